//! Table `server_state`: what there is once.

use sqlx::FromRow;

/// What there is once.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ServerState {
    /// Names this scheduler in the keys of all its attempts.
    pub instance: String,
    /// The current revision of the definitions; 0 before the first.
    pub revision: i64,
    /// Whether every start is stopped.
    pub is_paused: bool,
    /// Who has stopped them.
    pub paused_by: Option<String>,
    /// When, in microseconds.
    pub paused_at: Option<i64>,
    /// Why.
    pub pause_reason: Option<String>,
}

sql::both! {
    /// The state.
    pub async fn read(conn) -> sql::Result<ServerState> {
        Ok(sqlx::query_as::<Db, ServerState>(
            "SELECT instance, revision, is_paused, paused_by, paused_at, pause_reason FROM server_state WHERE id = 1")
            .fetch_one(&mut *conn).await?)
    }

    /// Locks the definitions against other changes until the transaction ends, and says which revision is current.
    pub async fn lock_definitions(conn) -> sql::Result<i64> {
        Ok(sqlx::query_as::<Db, (i64,)>(concat!("SELECT revision FROM server_state WHERE id = 1", row_lock!()))
            .fetch_one(&mut *conn).await?.0)
    }

    /// Reserves so many numbers of daily jobs and returns the first.
    pub async fn reserve_jobs(conn, count: i64) -> sql::Result<i64> {
        let (last,) = sqlx::query_as::<Db, (i64,)>(
            "UPDATE server_state SET last_job_id = last_job_id + $1 WHERE id = 1 RETURNING last_job_id")
            .bind(count).fetch_one(&mut *conn).await?;
        Ok(last - count + 1)
    }

    /// Leaves out the numbers of daily jobs before one.
    pub async fn pass_jobs(conn, before: i64) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE server_state SET last_job_id = $1 WHERE id = 1 AND last_job_id < $1")
            .bind(before - 1).execute(&mut *conn).await?;
        Ok(())
    }

    /// The mark of the archive of job output; none before the first start.
    pub async fn archive_id(conn) -> sql::Result<Option<String>> {
        Ok(sqlx::query_scalar::<Db, Option<String>>("SELECT archive_id FROM server_state WHERE id = 1")
            .fetch_one(&mut *conn).await?)
    }

    /// Remembers the mark of the archive.
    pub async fn set_archive_id(conn, id: &str) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE server_state SET archive_id = $1 WHERE id = 1").bind(id).execute(&mut *conn).await?;
        Ok(())
    }

    /// Which archive there is is not known any more: another one may be begun.
    pub async fn forget_archive_id(conn) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE server_state SET archive_id = NULL, archive_swept = NULL WHERE id = 1").execute(&mut *conn).await?;
        Ok(())
    }

    /// Before which instant everything in the archive is known to belong to a log, in microseconds; none where nobody has looked.
    pub async fn archive_swept(conn) -> sql::Result<Option<i64>> {
        Ok(sqlx::query_scalar::<Db, Option<i64>>("SELECT archive_swept FROM server_state WHERE id = 1")
            .fetch_one(&mut *conn).await?)
    }

    /// Remembers how far the archive was looked through.
    pub async fn set_archive_swept(conn, until: i64) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE server_state SET archive_swept = $1 WHERE id = 1").bind(until).execute(&mut *conn).await?;
        Ok(())
    }

    /// The clock by which the database lives, none before its first process; and how far an accelerated one may have come.
    pub async fn clock(conn) -> sql::Result<(Option<String>, Option<i64>)> {
        Ok(sqlx::query_as::<Db, (Option<String>, Option<i64>)>(concat!(
            "SELECT clock, clock_reached FROM server_state WHERE id = 1", row_lock!()))
            .fetch_one(&mut *conn).await?)
    }

    /// Says by which clock the database lives. It stays so.
    pub async fn set_clock(conn, clock: &str) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE server_state SET clock = $1 WHERE id = 1 AND clock IS NULL")
            .bind(clock).execute(&mut *conn).await?;
        Ok(())
    }

    /// Says how far an accelerated clock may come before it says so again.
    pub async fn reach(conn, until: i64) -> sql::Result<()> {
        sqlx::query::<Db>(
            "UPDATE server_state SET clock_reached = $1 WHERE id = 1 AND (clock_reached IS NULL OR clock_reached < $1)")
            .bind(until).execute(&mut *conn).await?;
        Ok(())
    }

    /// Stops every start.
    pub async fn pause(conn, by: &str, at: i64, reason: &str) -> sql::Result<bool> {
        let done = sqlx::query::<Db>(
            "UPDATE server_state SET is_paused = TRUE, paused_by = $1, paused_at = $2, pause_reason = $3 \
             WHERE id = 1 AND is_paused = FALSE")
            .bind(by).bind(at).bind(reason).execute(&mut *conn).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Lets starts go on.
    pub async fn resume(conn) -> sql::Result<bool> {
        let done = sqlx::query::<Db>(
            "UPDATE server_state SET is_paused = FALSE, paused_by = NULL, paused_at = NULL, pause_reason = NULL \
             WHERE id = 1 AND is_paused = TRUE")
            .execute(&mut *conn).await?;
        Ok(done.rows_affected() == 1)
    }
}

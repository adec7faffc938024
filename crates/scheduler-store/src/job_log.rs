//! Table `job_log`: where the text of each log lies in the archive.

use sqlx::FromRow;

use crate::batches::batches;

/// A log of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct JobLog {
    /// The daily job.
    pub job_id: i64,
    /// Its attempt.
    pub attempt: i64,
    /// What it is called.
    pub name: String,
    /// Its place among the logs of the attempt, the main one first.
    pub place: i64,
    /// Bytes of text.
    pub bytes: i64,
    /// The chunks in order, as JSON.
    pub chunks: String,
    /// Whether all of it is there.
    pub is_complete: bool,
    /// The day until which it is kept, as a date.
    pub keep_until: String,
}

/// Which log of all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The daily job.
    pub job_id: i64,
    /// Its attempt.
    pub attempt: i64,
    /// What it is called.
    pub name: String,
}

/// Where a log lies.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Placed {
    /// The daily job.
    pub job_id: i64,
    /// Its attempt.
    pub attempt: i64,
    /// What it is called.
    pub name: String,
    /// The chunks in order, as JSON.
    pub chunks: String,
}

/// Stores logs; one that is there already is replaced.
pub async fn put(tx: &mut sql::Tx<'_>, logs: &[JobLog]) -> sql::Result<()> {
    let row = |each: &JobLog| {
        serde_json::json!([
            each.job_id,
            each.attempt,
            each.name,
            each.place,
            each.bytes,
            each.chunks,
            i64::from(each.is_complete),
            each.keep_until,
        ])
    };
    for rows in batches(logs, row) {
        put_rows(tx, &rows).await?;
    }
    Ok(())
}

sql::both! {
    async fn put_rows(conn, rows: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "INSERT INTO job_log (job_id, attempt, name, place, bytes, chunks, is_complete, keep_until) SELECT ",
            item!("0", "BIGINT"), ", ", item!("1", "BIGINT"), ", ", item!("2", "TEXT"), ", ", item!("3", "BIGINT"), ", ",
            item!("4", "BIGINT"), ", ", item!("5", "TEXT"), ", ", item!("6", "BIGINT"), " = 1, ", item!("7", "TEXT"),
            " FROM ", items!("$1"), " WHERE true ON CONFLICT (job_id, attempt, name) DO UPDATE SET place = excluded.place, \
             bytes = excluded.bytes, chunks = excluded.chunks, is_complete = excluded.is_complete, \
             keep_until = excluded.keep_until"))
            .bind(rows).execute(&mut *conn).await?;
        Ok(())
    }

    /// The logs of an attempt, the main one first.
    pub async fn of_attempt(conn, job_id: i64, attempt: i64) -> sql::Result<Vec<JobLog>> {
        Ok(sqlx::query_as::<Db, JobLog>("SELECT * FROM job_log WHERE job_id = $1 AND attempt = $2 ORDER BY place, name")
            .bind(job_id).bind(attempt).fetch_all(&mut *conn).await?)
    }

    /// Where the logs that are kept until a day lie: those behind another one, by job, attempt and name; so many at once.
    pub async fn kept_until(conn, day: &str, after: &Place, max: i64) -> sql::Result<Vec<Placed>> {
        Ok(sqlx::query_as::<Db, Placed>(
            "SELECT job_id, attempt, name, chunks FROM job_log WHERE keep_until = $1 AND (job_id, attempt, name) > ($2, $3, $4) \
             ORDER BY job_id, attempt, name LIMIT $5")
            .bind(day).bind(after.job_id).bind(after.attempt).bind(&after.name).bind(max).fetch_all(&mut *conn).await?)
    }

    /// Takes away the rows of logs that are kept until an earlier day; so many at once. Says how many there were.
    pub async fn expire(conn, today: &str, max: i64) -> sql::Result<u64> {
        let done = sqlx::query::<Db>(
            "DELETE FROM job_log WHERE (job_id, attempt, name) IN (\
             SELECT job_id, attempt, name FROM job_log WHERE keep_until < $1 LIMIT $2)")
            .bind(today).bind(max).execute(&mut *conn).await?;
        Ok(done.rows_affected())
    }
}

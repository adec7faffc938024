//! Table `edge`: what daily jobs wait for, or may not run beside.

use sqlx::FromRow;

use crate::batches::batches;

/// An edge between daily jobs.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Edge {
    /// The job that waits.
    pub successor_id: i64,
    /// Its number among the edges of the successor.
    pub number: i64,
    /// The job for which it waits; none while there is none.
    pub predecessor_id: Option<i64>,
    /// `requires`, `after` or `conflict`.
    pub kind: String,
    /// The condition, as the definitions write it.
    pub condition: String,
    /// Whether the successor still waits for it.
    pub is_open: bool,
    /// The schedule of the other while it is not there.
    pub wanted_schedule: Option<String>,
    /// The job.
    pub wanted_job: Option<String>,
    /// The date, where it is known.
    pub wanted_date: Option<String>,
}

/// Stores new edges.
pub async fn insert(tx: &mut sql::Tx<'_>, new: &[Edge]) -> sql::Result<()> {
    let row = |edge: &Edge| {
        serde_json::json!([
            edge.successor_id,
            edge.number,
            edge.predecessor_id,
            edge.kind,
            edge.condition,
            i64::from(edge.is_open),
            edge.wanted_schedule,
            edge.wanted_job,
            edge.wanted_date,
        ])
    };
    for rows in batches(new, row) {
        insert_rows(tx, &rows).await?;
    }
    Ok(())
}

sql::both! {
    async fn insert_rows(conn, rows: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "INSERT INTO edge (successor_id, number, predecessor_id, kind, condition, is_open, wanted_schedule, wanted_job, \
             wanted_date) SELECT ",
            item!("0", "BIGINT"), ", ", item!("1", "BIGINT"), ", ", item!("2", "BIGINT"), ", ", item!("3", "TEXT"), ", ",
            item!("4", "TEXT"), ", ", item!("5", "BIGINT"), " = 1, ", item!("6", "TEXT"), ", ", item!("7", "TEXT"), ", ",
            item!("8", "TEXT"), " FROM ", items!("$1")))
            .bind(rows).execute(&mut *conn).await?;
        Ok(())
    }

    /// The edges to jobs that wait for these; `ids` is an [`sql::id_list`].
    pub async fn from(conn, ids: &str) -> sql::Result<Vec<Edge>> {
        Ok(sqlx::query_as::<Db, Edge>(concat!(
            "SELECT * FROM edge WHERE predecessor_id", one_of_ids!("$1"), " ORDER BY successor_id, number"))
            .bind(ids).fetch_all(&mut *conn).await?)
    }

    /// The edges of a job to what it waits for.
    pub async fn of(conn, successor_id: i64) -> sql::Result<Vec<Edge>> {
        Ok(sqlx::query_as::<Db, Edge>("SELECT * FROM edge WHERE successor_id = $1 ORDER BY number")
            .bind(successor_id).fetch_all(&mut *conn).await?)
    }

    /// The edges for which jobs of daily schedules still wait; `schedules` is an [`sql::id_list`].
    pub async fn open_of(conn, schedules: &str) -> sql::Result<Vec<Edge>> {
        Ok(sqlx::query_as::<Db, Edge>(concat!(
            "SELECT edge.* FROM daily_job JOIN edge ON edge.successor_id = daily_job.id WHERE daily_job.schedule_id",
            one_of_ids!("$1"), " AND edge.is_open = TRUE AND edge.kind <> 'conflict' ORDER BY edge.successor_id, edge.number"))
            .bind(schedules).fetch_all(&mut *conn).await?)
    }

    /// Opens or closes edges, given as a JSON array of `[successor, number, 1 or 0]`.
    pub async fn set_open(conn, rows: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "UPDATE edge SET is_open = new.is_open FROM (SELECT ", item!("0", "BIGINT"), " AS successor_id, ",
            item!("1", "BIGINT"), " AS number, ", item!("2", "BIGINT"), " = 1 AS is_open FROM ", items!("$1"),
            ") AS new WHERE edge.successor_id = new.successor_id AND edge.number = new.number"))
            .bind(rows).execute(&mut *conn).await?;
        Ok(())
    }

    /// Edges that wait for jobs of a schedule and date that are not there.
    pub async fn wanted(conn, schedule: &str, date: &str) -> sql::Result<Vec<Edge>> {
        Ok(sqlx::query_as::<Db, Edge>(
            "SELECT * FROM edge WHERE wanted_schedule = $1 AND wanted_date = $2 ORDER BY successor_id, number")
            .bind(schedule)
            .bind(date)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// Gives an edge the job for which it has waited.
    pub async fn fill(conn, successor_id: i64, number: i64, predecessor_id: i64, is_open: bool) -> sql::Result<()> {
        sqlx::query::<Db>(
            "UPDATE edge SET predecessor_id = $3, is_open = $4, wanted_schedule = NULL, wanted_job = NULL, \
             wanted_date = NULL WHERE successor_id = $1 AND number = $2")
            .bind(successor_id)
            .bind(number)
            .bind(predecessor_id)
            .bind(is_open)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// The job for which an edge waits is gone: it waits for one of that schedule, name and date.
    pub async fn empty(conn, edge: &Edge, is_open: bool, schedule: &str, job: &str, date: &str) -> sql::Result<()> {
        sqlx::query::<Db>(
            "UPDATE edge SET predecessor_id = NULL, is_open = $3, wanted_schedule = $4, wanted_job = $5, wanted_date = $6 \
             WHERE successor_id = $1 AND number = $2")
            .bind(edge.successor_id)
            .bind(edge.number)
            .bind(is_open)
            .bind(schedule)
            .bind(job)
            .bind(date)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// The jobs beside which a job may not run.
    pub async fn conflicts(conn, job_id: i64) -> sql::Result<Vec<i64>> {
        Ok(sqlx::query_scalar::<Db, i64>(
            "SELECT predecessor_id FROM edge WHERE successor_id = $1 AND kind = 'conflict' AND predecessor_id IS NOT NULL \
             UNION SELECT successor_id FROM edge WHERE predecessor_id = $1 AND kind = 'conflict'")
            .bind(job_id)
            .fetch_all(&mut *conn)
            .await?)
    }
}

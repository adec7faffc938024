//! Table `outcome`: run or reason. For each planned instant of each job what became of it.

use sqlx::FromRow;

use crate::batches::batches;

/// What became of a planned instant of a job.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Outcome {
    /// The date of its schedule.
    pub date: String,
    /// The daily schedule's name.
    pub schedule: String,
    /// The daily job's name.
    pub job: String,
    /// The planned instant, in microseconds.
    pub planned_at: i64,
    /// `ran`, `settled` (without a run: a null job, or declared so), `not_started` (it could not be), `skipped`, `missed`, `cancelled`.
    pub outcome: String,
    /// Why.
    pub reason: String,
    /// When it was decided.
    pub at: i64,
    /// The daily job, where there was one.
    pub job_id: Option<i64>,
    /// Its attempt, where there was one.
    pub attempt: Option<i64>,
}

/// Stores outcomes. One that is there already is replaced: a job that was restarted has a new one.
pub async fn put(tx: &mut sql::Tx<'_>, outcomes: &[Outcome]) -> sql::Result<()> {
    let row = |each: &Outcome| {
        serde_json::json!([
            each.date,
            each.schedule,
            each.job,
            each.planned_at,
            each.outcome,
            each.reason,
            each.at,
            each.job_id,
            each.attempt,
        ])
    };
    for rows in batches(outcomes, row) {
        put_rows(tx, &rows).await?;
    }
    Ok(())
}

sql::both! {
    async fn put_rows(conn, rows: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "INSERT INTO outcome (date, schedule, job, planned_at, outcome, reason, at, job_id, attempt) SELECT ",
            item!("0", "TEXT"), ", ", item!("1", "TEXT"), ", ", item!("2", "TEXT"), ", ", item!("3", "BIGINT"), ", ",
            item!("4", "TEXT"), ", ", item!("5", "TEXT"), ", ", item!("6", "BIGINT"), ", ", item!("7", "BIGINT"), ", ",
            item!("8", "BIGINT"), " FROM ", items!("$1"), " WHERE true ",
            "ON CONFLICT (date, schedule, job, planned_at) DO UPDATE SET outcome = excluded.outcome, \
             reason = excluded.reason, at = excluded.at, job_id = excluded.job_id, attempt = excluded.attempt"))
            .bind(rows).execute(&mut *conn).await?;
        Ok(())
    }

    /// All of a date, by schedule, job and instant.
    pub async fn of_date(conn, date: &str) -> sql::Result<Vec<Outcome>> {
        Ok(sqlx::query_as::<Db, Outcome>("SELECT * FROM outcome WHERE date = $1 ORDER BY schedule, job, planned_at")
            .bind(date).fetch_all(&mut *conn).await?)
    }

    /// The last ones of a job, newest first.
    pub async fn of_job(conn, schedule: &str, job: &str, max: i64) -> sql::Result<Vec<Outcome>> {
        Ok(sqlx::query_as::<Db, Outcome>(
            "SELECT * FROM outcome WHERE schedule = $1 AND job = $2 ORDER BY planned_at DESC LIMIT $3")
            .bind(schedule).bind(job).bind(max).fetch_all(&mut *conn).await?)
    }
}

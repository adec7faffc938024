//! Table `outcome`: run or reason. For each planned instant of each job what became of it.

use std::collections::HashSet;

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
    /// `ran`, `settled` (without a run: a null job, or declared so), `not_started` (it could not be), `skipped`, `missed`, `cancelled`;
    /// `closed`, `deleted`, `replaced`, as its daily schedule or job was; of one that was never built `excluded`, `superseded`,
    /// `missed`.
    pub outcome: String,
    /// Why.
    pub reason: String,
    /// When it was decided.
    pub at: i64,
    /// The daily job; 0 where none was built.
    pub job_id: i64,
    /// Its attempt, where there was one.
    pub attempt: Option<i64>,
}

/// Stores outcomes. One that is there already is replaced: a job that was restarted has a new one. Of several of one instant
/// the last one counts.
pub async fn put(tx: &mut sql::Tx<'_>, outcomes: &[Outcome]) -> sql::Result<()> {
    for rows in batches(&last_of_each(outcomes), |each| row(each)) {
        put_rows(tx, &rows).await?;
    }
    Ok(())
}

/// Stores outcomes of instants that have none.
pub async fn put_missing(tx: &mut sql::Tx<'_>, outcomes: &[Outcome]) -> sql::Result<()> {
    for rows in batches(&last_of_each(outcomes), |each| row(each)) {
        put_missing_rows(tx, &rows).await?;
    }
    Ok(())
}

/// One statement cannot change a row twice.
fn last_of_each(outcomes: &[Outcome]) -> Vec<&Outcome> {
    let mut seen = HashSet::with_capacity(outcomes.len());
    let key = |each: &&Outcome| {
        (each.date.clone(), each.schedule.clone(), each.job.clone(), each.planned_at, each.job_id)
    };
    let mut last: Vec<&Outcome> =
        outcomes.iter().rev().filter(|each| seen.insert(key(each))).collect();
    last.reverse();
    last
}

fn row(each: &Outcome) -> serde_json::Value {
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
}

sql::both! {
    async fn put_rows(conn, rows: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "INSERT INTO outcome (date, schedule, job, planned_at, outcome, reason, at, job_id, attempt) SELECT ",
            item!("0", "TEXT"), ", ", item!("1", "TEXT"), ", ", item!("2", "TEXT"), ", ", item!("3", "BIGINT"), ", ",
            item!("4", "TEXT"), ", ", item!("5", "TEXT"), ", ", item!("6", "BIGINT"), ", ", item!("7", "BIGINT"), ", ",
            item!("8", "BIGINT"), " FROM ", items!("$1"), " WHERE true ",
            "ON CONFLICT (date, schedule, job, planned_at, job_id) DO UPDATE SET outcome = excluded.outcome, \
             reason = excluded.reason, at = excluded.at, attempt = excluded.attempt"))
            .bind(rows).execute(&mut *conn).await?;
        Ok(())
    }

    async fn put_missing_rows(conn, rows: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "INSERT INTO outcome (date, schedule, job, planned_at, outcome, reason, at, job_id, attempt) SELECT ",
            item!("0", "TEXT"), ", ", item!("1", "TEXT"), ", ", item!("2", "TEXT"), ", ", item!("3", "BIGINT"), ", ",
            item!("4", "TEXT"), ", ", item!("5", "TEXT"), ", ", item!("6", "BIGINT"), ", ", item!("7", "BIGINT"), ", ",
            item!("8", "BIGINT"), " FROM ", items!("$1"), " WHERE true ON CONFLICT DO NOTHING"))
            .bind(rows).execute(&mut *conn).await?;
        Ok(())
    }

    /// Forgets that the jobs of a daily schedule were not built: it is now. `names` is an [`sql::text_list`] of daily schedules.
    pub async fn clear_unbuilt(conn, date: &str, names: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "DELETE FROM outcome WHERE date = $1 AND job_id = 0 AND schedule", one_of_texts!("$2")))
            .bind(date).bind(names).execute(&mut *conn).await?;
        Ok(())
    }

    /// Those of a job on a date, by instant.
    pub async fn of_job_on(conn, date: &str, schedule: &str, job: &str) -> sql::Result<Vec<Outcome>> {
        Ok(sqlx::query_as::<Db, Outcome>(
            "SELECT * FROM outcome WHERE date = $1 AND schedule = $2 AND job = $3 ORDER BY planned_at, job_id")
            .bind(date).bind(schedule).bind(job).fetch_all(&mut *conn).await?)
    }

    /// The first date after one and before another one that has outcomes.
    pub async fn oldest_date(conn, after: &str, before: &str) -> sql::Result<Option<String>> {
        Ok(sqlx::query_scalar::<Db, Option<String>>("SELECT MIN(date) FROM outcome WHERE date > $1 AND date < $2")
            .bind(after).bind(before).fetch_one(&mut *conn).await?)
    }

    /// Forgets the outcomes of a date, but for those of jobs that have attempts still: by them the attempts are found once they can be
    /// forgotten. Says how many these were.
    pub async fn expire(conn, date: &str) -> sql::Result<u64> {
        let done = sqlx::query::<Db>(
            "DELETE FROM outcome WHERE date = $1 AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.job_id = outcome.job_id)")
            .bind(date).execute(&mut *conn).await?;
        Ok(done.rows_affected())
    }

    /// All of a date, by schedule, job and instant.
    pub async fn of_date(conn, date: &str) -> sql::Result<Vec<Outcome>> {
        Ok(sqlx::query_as::<Db, Outcome>("SELECT * FROM outcome WHERE date = $1 ORDER BY schedule, job, planned_at, job_id")
            .bind(date).fetch_all(&mut *conn).await?)
    }

    /// The last ones of a job, newest first.
    pub async fn of_job(conn, schedule: &str, job: &str, max: i64) -> sql::Result<Vec<Outcome>> {
        Ok(sqlx::query_as::<Db, Outcome>(
            "SELECT * FROM outcome WHERE schedule = $1 AND job = $2 ORDER BY planned_at DESC, job_id DESC LIMIT $3")
            .bind(schedule).bind(job).bind(max).fetch_all(&mut *conn).await?)
    }
}

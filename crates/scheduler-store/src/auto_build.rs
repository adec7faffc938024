//! Tables `auto_build` and `build_day`: where each schedule that is built by itself stands, and what became of each date.

use sqlx::FromRow;

use crate::batches::batches;

/// Where a schedule stands.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct AutoBuild {
    /// The schedule.
    pub schedule: String,
    /// The first date that nobody has built or decided about, such as `2026-11-23`.
    pub next_date: String,
    /// When that is to be done, in microseconds.
    pub due_at: i64,
    /// Its first date.
    pub since: String,
    /// Why the date could not be built; it is tried again.
    pub problem: Option<String>,
}

/// What became of a date of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct BuildDay {
    /// The date.
    pub date: String,
    /// The schedule.
    pub schedule: String,
    /// `built`, `empty` (no job runs on it), `left` (it was there already), `superseded`, `missed`.
    pub what: String,
    /// Why.
    pub reason: String,
    /// Planned instants that have an outcome because the date was not built.
    pub instants: i64,
    /// When it was decided, in microseconds.
    pub at: i64,
}

/// Stores where schedules stand, in place of what was stored of them.
pub async fn put(tx: &mut sql::Tx<'_>, rows: &[AutoBuild]) -> sql::Result<()> {
    let row = |each: &AutoBuild| {
        serde_json::json!([each.schedule, each.next_date, each.due_at, each.since, each.problem])
    };
    for rows in batches(rows, row) {
        put_rows(tx, &rows).await?;
    }
    Ok(())
}

/// Stores what became of dates, in place of what was stored of them.
pub async fn put_days(tx: &mut sql::Tx<'_>, days: &[BuildDay]) -> sql::Result<()> {
    let row = |each: &BuildDay| {
        serde_json::json!([
            each.date,
            each.schedule,
            each.what,
            each.reason,
            each.instants,
            each.at
        ])
    };
    for rows in batches(days, row) {
        put_day_rows(tx, &rows).await?;
    }
    Ok(())
}

sql::both! {
    async fn put_rows(conn, rows: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "INSERT INTO auto_build (schedule, next_date, due_at, since, problem) SELECT ",
            item!("0", "TEXT"), ", ", item!("1", "TEXT"), ", ", item!("2", "BIGINT"), ", ", item!("3", "TEXT"), ", ",
            item!("4", "TEXT"), " FROM ", items!("$1"), " WHERE true ON CONFLICT (schedule) DO UPDATE SET \
             next_date = excluded.next_date, due_at = excluded.due_at, since = excluded.since, problem = excluded.problem"))
            .bind(rows).execute(&mut *conn).await?;
        Ok(())
    }

    async fn put_day_rows(conn, rows: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "INSERT INTO build_day (date, schedule, what, reason, instants, at) SELECT ",
            item!("0", "TEXT"), ", ", item!("1", "TEXT"), ", ", item!("2", "TEXT"), ", ", item!("3", "TEXT"), ", ",
            item!("4", "BIGINT"), ", ", item!("5", "BIGINT"), " FROM ", items!("$1"),
            " WHERE true ON CONFLICT (date, schedule) DO UPDATE SET what = excluded.what, reason = excluded.reason, \
             instants = excluded.instants, at = excluded.at"))
            .bind(rows).execute(&mut *conn).await?;
        Ok(())
    }

    /// Every schedule that is built by itself, by name.
    pub async fn all(conn) -> sql::Result<Vec<AutoBuild>> {
        Ok(sqlx::query_as::<Db, AutoBuild>("SELECT * FROM auto_build ORDER BY schedule")
            .fetch_all(&mut *conn).await?)
    }

    /// Those whose time has come.
    pub async fn due(conn, now: i64) -> sql::Result<Vec<AutoBuild>> {
        Ok(sqlx::query_as::<Db, AutoBuild>("SELECT * FROM auto_build WHERE due_at <= $1 ORDER BY schedule")
            .bind(now).fetch_all(&mut *conn).await?)
    }

    /// When the next one is due.
    pub async fn next_due(conn) -> sql::Result<Option<i64>> {
        Ok(sqlx::query_as::<Db, (Option<i64>,)>("SELECT min(due_at) FROM auto_build")
            .fetch_one(&mut *conn).await?.0)
    }

    /// Those of these schedules, locked until the transaction ends; `names` is an [`sql::text_list`].
    pub async fn lock(conn, names: &str) -> sql::Result<Vec<AutoBuild>> {
        Ok(sqlx::query_as::<Db, AutoBuild>(concat!(
            "SELECT * FROM auto_build WHERE schedule", one_of_texts!("$1"), " ORDER BY schedule", row_lock!()))
            .bind(names).fetch_all(&mut *conn).await?)
    }

    /// These are not built by themselves any more; `names` is an [`sql::text_list`].
    pub async fn remove(conn, names: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!("DELETE FROM auto_build WHERE schedule", one_of_texts!("$1")))
            .bind(names).execute(&mut *conn).await?;
        Ok(())
    }

    /// What became of a date, by schedule.
    pub async fn days_of(conn, date: &str) -> sql::Result<Vec<BuildDay>> {
        Ok(sqlx::query_as::<Db, BuildDay>("SELECT * FROM build_day WHERE date = $1 ORDER BY schedule")
            .bind(date).fetch_all(&mut *conn).await?)
    }

    /// The first date before another one of which is known what automatic build made of it.
    pub async fn oldest_day(conn, before: &str) -> sql::Result<Option<String>> {
        Ok(sqlx::query_scalar::<Db, Option<String>>("SELECT MIN(date) FROM build_day WHERE date < $1")
            .bind(before).fetch_one(&mut *conn).await?)
    }

    /// Forgets what automatic build made of a date.
    pub async fn expire_day(conn, date: &str) -> sql::Result<()> {
        sqlx::query::<Db>("DELETE FROM build_day WHERE date = $1").bind(date).execute(&mut *conn).await?;
        Ok(())
    }

    /// What became of the dates of a schedule, from one on, in order.
    pub async fn days_since(conn, schedule: &str, date: &str) -> sql::Result<Vec<BuildDay>> {
        Ok(sqlx::query_as::<Db, BuildDay>(
            "SELECT * FROM build_day WHERE schedule = $1 AND date >= $2 ORDER BY date")
            .bind(schedule).bind(date).fetch_all(&mut *conn).await?)
    }
}

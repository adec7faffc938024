//! The small store that the tests use, written the way a real table file is.

use sqlx::migrate::Migrator;
use testkit::TestDb;

static SQLITE: Migrator = sqlx::migrate!("tests/migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("tests/migrations/postgres");

/// Both folders.
pub(crate) const MIGRATIONS: sql::Migrations =
    sql::Migrations { sqlite: &SQLITE, postgres: &POSTGRES };

/// A row as it is stored; one struct serves both drivers.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Job {
    /// Number of the job.
    pub(crate) id: i64,
    /// One of `waiting`, `running`, `done`.
    pub(crate) state: String,
    /// A boolean, which SQLite keeps as a number.
    pub(crate) is_held: bool,
    /// How often it was given out.
    pub(crate) claims: i64,
    /// May be null.
    pub(crate) note: Option<String>,
}

sql::both! {
    /// Adds a queue and returns its number.
    pub(crate) async fn add_queue(conn, name: &str) -> sql::Result<i64> {
        let row: (i64,) = sqlx::query_as::<Db, _>("INSERT INTO queue (name) VALUES ($1) RETURNING id")
            .bind(name).fetch_one(&mut *conn).await?;
        Ok(row.0)
    }

    /// Adds a waiting job and returns its number.
    pub(crate) async fn add_job(conn, queue_id: i64, due_at: i64, note: Option<&str>) -> sql::Result<i64> {
        let row: (i64,) = sqlx::query_as::<Db, _>(
            "INSERT INTO job (queue_id, state, due_at, note) VALUES ($1, 'waiting', $2, $3) RETURNING id")
            .bind(queue_id).bind(due_at).bind(note).fetch_one(&mut *conn).await?;
        Ok(row.0)
    }

    /// Adds a queue with one job: a stamped function that calls others.
    pub(crate) async fn add_queue_with_job(conn, name: &str) -> sql::Result<i64> {
        let queue = add_queue(conn, name).await?;
        super::add_job(&mut sql::Tx::from(&mut *conn), queue, 0, None).await
    }

    /// Gives out up to `max` waiting jobs, earliest first.
    pub(crate) async fn claim(conn, queue_id: i64, now: i64, max: i64) -> sql::Result<Vec<i64>> {
        let rows: Vec<(i64,)> = sqlx::query_as::<Db, _>(concat!(
            "WITH chosen AS MATERIALIZED (SELECT id FROM job
                            WHERE queue_id = $1 AND state = 'waiting' AND due_at <= $2
                            ORDER BY due_at, id LIMIT $3", lock!(), ")
             UPDATE job SET state = 'running', claims = claims + 1
              WHERE id IN (SELECT id FROM chosen) AND state = 'waiting'
             RETURNING id"))
            .bind(queue_id).bind(now).bind(max).fetch_all(&mut *conn).await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Finishes a running job; `NotFound` when it is not running.
    pub(crate) async fn finish(conn, id: i64) -> sql::Result<()> {
        let done = sqlx::query("UPDATE job SET state = 'done' WHERE id = $1 AND state = 'running'")
            .bind(id).execute(&mut *conn).await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Adds one to `claims` the slow way: reads, then writes what it read plus one.
    pub(crate) async fn count_up(conn, id: i64) -> sql::Result<i64> {
        let row: (i64,) = sqlx::query_as::<Db, _>(concat!("SELECT claims FROM job WHERE id = $1", row_lock!()))
            .bind(id).fetch_one(&mut *conn).await?;
        sqlx::query("UPDATE job SET claims = $2 WHERE id = $1").bind(id).bind(row.0 + 1).execute(&mut *conn).await?;
        Ok(row.0 + 1)
    }

    /// A job by its number.
    pub(crate) async fn get(conn, id: i64) -> sql::Result<Job> {
        Ok(sqlx::query_as::<Db, Job>("SELECT id, state, is_held, claims, note FROM job WHERE id = $1")
            .bind(id).fetch_one(&mut *conn).await?)
    }

    /// The jobs with these numbers, and those with these notes.
    pub(crate) async fn find(conn, ids: &[i64], notes: &[&str]) -> sql::Result<Vec<i64>> {
        let rows: Vec<(i64,)> = sqlx::query_as::<Db, _>(concat!(
            "SELECT id FROM job WHERE id", one_of_ids!("$1"), " OR note", one_of_texts!("$2"), " ORDER BY id"))
            .bind(sql::id_list(ids.iter().copied())).bind(sql::text_list(notes.iter().copied()))
            .fetch_all(&mut *conn).await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// The number of jobs.
    pub(crate) async fn count(conn) -> sql::Result<i64> {
        let row: (i64,) = sqlx::query_as::<Db, _>("SELECT COUNT(*) FROM job").fetch_one(&mut *conn).await?;
        Ok(row.0)
    }

    /// Fresh statistics for the planner.
    pub(crate) async fn refresh_statistics(conn) -> sql::Result<()> {
        sqlx::query(analyze!("job")).execute(&mut *conn).await?;
        Ok(())
    }
}

/// Applies the migrations and adds one queue.
pub(crate) async fn prepared(db: &TestDb) -> i64 {
    db.migrate(&MIGRATIONS).await.expect("migrated");
    db.write(|tx| Box::pin(add_queue(tx, "night"))).await.expect("a queue")
}

/// Adds one waiting job.
pub(crate) async fn one_job(db: &sql::Db, queue: i64) -> i64 {
    db.write(move |tx| Box::pin(add_job(tx, queue, 0, None))).await.expect("a job")
}

/// The number of jobs as a reader sees it.
pub(crate) async fn jobs(db: &sql::Db) -> i64 {
    db.read(|tx| Box::pin(count(tx))).await.expect("a number")
}

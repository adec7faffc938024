//! Tables `queue` and `queue_controller`.

use sqlx::FromRow;

/// Whether one report may run more than once at a time in a queue that does not say so, however it is configured.
pub(crate) const SAME_REPORT_TWICE: bool = true;

/// A job queue (`amt-domain 2.6`).
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Queue {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) name_key: String,
    /// Its application; none serves all of them.
    pub(crate) application_id: Option<i64>,
    /// Default of its application, or the general default.
    pub(crate) is_default: bool,
    /// `high`, `normal` or `low`.
    pub(crate) priority: String,
    /// Local time of day `HH:MM:SS`; both or none.
    pub(crate) window_start: Option<String>,
    pub(crate) window_end: Option<String>,
    pub(crate) time_zone: String,
    /// How many requests may run at once, > 0.
    pub(crate) concurrency: i64,
    /// Whether one report may run more than once at a time.
    pub(crate) same_report_twice: bool,
    /// Held: nothing starts from it but by hand.
    pub(crate) is_held: bool,
    pub(crate) version: i64,
}

/// A queue to be stored.
#[derive(Debug, Clone)]
pub(crate) struct NewQueue {
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) application_id: Option<i64>,
    pub(crate) is_default: bool,
    pub(crate) priority: String,
    pub(crate) window_start: Option<String>,
    pub(crate) window_end: Option<String>,
    pub(crate) time_zone: String,
    pub(crate) concurrency: i64,
    pub(crate) same_report_twice: bool,
}

/// Who refers to a queue.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Usage {
    pub(crate) jobs: i64,
    pub(crate) schedules: i64,
    pub(crate) live_requests: i64,
    pub(crate) ended_requests: i64,
}

sql::both! {
    /// Every queue, by name.
    pub(crate) async fn all(conn) -> sql::Result<Vec<Queue>> {
        Ok(sqlx::query_as::<Db, Queue>("SELECT * FROM queue ORDER BY name_key")
            .fetch_all(&mut *conn)
            .await?)
    }

    /// Every pair of queue and controller.
    pub(crate) async fn controllers(conn) -> sql::Result<Vec<(i64, i64)>> {
        Ok(sqlx::query_as::<Db, (i64, i64)>("SELECT queue_id, controller_id FROM queue_controller")
            .fetch_all(&mut *conn)
            .await?)
    }

    /// Queues after an id.
    pub(crate) async fn page(conn, after: i64, limit: i64) -> sql::Result<Vec<Queue>> {
        Ok(sqlx::query_as::<Db, Queue>("SELECT * FROM queue WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after)
            .bind(limit)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// One queue.
    pub(crate) async fn get(conn, id: i64) -> sql::Result<Option<Queue>> {
        Ok(sqlx::query_as::<Db, Queue>("SELECT * FROM queue WHERE id = $1").bind(id).fetch_optional(&mut *conn).await?)
    }

    /// One queue, locked until the transaction ends.
    pub(crate) async fn lock(conn, id: i64) -> sql::Result<Option<Queue>> {
        Ok(sqlx::query_as::<Db, Queue>(concat!("SELECT * FROM queue WHERE id = $1", row_lock!()))
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// The queue with this key.
    pub(crate) async fn by_key(conn, name_key: &str) -> sql::Result<Option<Queue>> {
        Ok(sqlx::query_as::<Db, Queue>("SELECT * FROM queue WHERE name_key = $1")
            .bind(name_key)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// Stores a new queue, not held, and returns its id.
    pub(crate) async fn insert(conn, new: &NewQueue) -> sql::Result<i64> {
        let row = sqlx::query_as::<Db, (i64,)>(
            "INSERT INTO queue (name, name_key, application_id, is_default, priority, window_start, window_end, time_zone, \
             concurrency, same_report_twice, is_held, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, FALSE, 1) \
             RETURNING id")
            .bind(&new.name)
            .bind(&new.name_key)
            .bind(new.application_id)
            .bind(new.is_default)
            .bind(&new.priority)
            .bind(&new.window_start)
            .bind(&new.window_end)
            .bind(&new.time_zone)
            .bind(new.concurrency)
            .bind(new.same_report_twice)
            .fetch_one(&mut *conn)
            .await?;
        Ok(row.0)
    }

    /// Replaces a queue; whether it is held stays.
    pub(crate) async fn update(conn, id: i64, new: &NewQueue) -> sql::Result<()> {
        let done = sqlx::query::<Db>(
            "UPDATE queue SET name = $2, name_key = $3, application_id = $4, is_default = $5, priority = $6, \
             window_start = $7, window_end = $8, time_zone = $9, concurrency = $10, same_report_twice = $11, \
             version = version + 1 WHERE id = $1")
            .bind(id)
            .bind(&new.name)
            .bind(&new.name_key)
            .bind(new.application_id)
            .bind(new.is_default)
            .bind(&new.priority)
            .bind(&new.window_start)
            .bind(&new.window_end)
            .bind(&new.time_zone)
            .bind(new.concurrency)
            .bind(new.same_report_twice)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Takes the default from every other queue of the application, or from every other general one.
    pub(crate) async fn clear_default(conn, application_id: Option<i64>, except: i64) -> sql::Result<()> {
        sqlx::query::<Db>(
            "UPDATE queue SET is_default = FALSE, version = version + 1 WHERE is_default = TRUE AND id <> $2 \
             AND COALESCE(application_id, 0) = COALESCE(CAST($1 AS BIGINT), 0)")
            .bind(application_id)
            .bind(except)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// Holds or releases a queue. Doing it twice changes nothing.
    pub(crate) async fn set_held(conn, id: i64, is_held: bool) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE queue SET is_held = $2, version = version + 1 WHERE id = $1 AND is_held <> $2")
            .bind(id)
            .bind(is_held)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// Removes a queue that nothing refers to.
    pub(crate) async fn delete(conn, id: i64) -> sql::Result<()> {
        let done = sqlx::query::<Db>("DELETE FROM queue WHERE id = $1").bind(id).execute(&mut *conn).await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Replaces the controllers that serve a queue; none listed means all of them.
    pub(crate) async fn set_controllers(conn, queue_id: i64, controllers: &[i64]) -> sql::Result<()> {
        sqlx::query::<Db>("DELETE FROM queue_controller WHERE queue_id = $1").bind(queue_id).execute(&mut *conn).await?;
        sqlx::query::<Db>(concat!(
            "INSERT INTO queue_controller (queue_id, controller_id) SELECT $1, id FROM controller WHERE id", one_of_ids!("$2")))
            .bind(queue_id)
            .bind(sql::id_list(controllers.iter().copied()))
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// Who refers to a queue.
    pub(crate) async fn usage(conn, id: i64) -> sql::Result<Usage> {
        Ok(sqlx::query_as::<Db, Usage>(
            "SELECT (SELECT count(*) FROM job WHERE queue_id = $1) AS jobs, \
             (SELECT count(*) FROM schedule WHERE queue_id = $1) AS schedules, \
             (SELECT count(*) FROM request WHERE queue_id = $1 AND state <> 'ended') AS live_requests, \
             (SELECT count(*) FROM request WHERE queue_id = $1 AND state = 'ended') AS ended_requests")
            .bind(id)
            .fetch_one(&mut *conn)
            .await?)
    }
}

//! Taking requests to run them. Each statement repeats its state test on the outer update, so that a request is
//! given out once however many controllers look at the same time. What is chosen is materialised first: PostgreSQL may run a
//! plain subquery several times, and each time it would skip the rows locked before and choose others beyond the limit. A life of a
//! controller that another one has fenced off takes nothing, nor does a disabled controller.

use sqlx::FromRow;

use super::Request;

/// Who claims: a controller in one of its lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claimant {
    pub(crate) controller_id: i64,
    pub(crate) fence: i64,
    /// The boot of this host and the data folder: seen from another one, a missing claim file proves nothing.
    pub(crate) place: String,
    /// Microseconds.
    pub(crate) now: i64,
}

/// A queue in which requests wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub(crate) struct Waiting {
    pub(crate) queue_id: i64,
    /// Which configuration is in force.
    pub(crate) catalog_version: i64,
    /// Whether anything was started by hand, in any queue.
    pub(crate) has_by_hand: bool,
}

/// Runs what was `chosen`, for $1 controller, $2 fence, $3 now, $4 place. What was said of the attempt before is not true of this one.
macro_rules! take_chosen {
    () => {
        "UPDATE request SET state = 'running', version = version + 1, attempt = attempt + 1, spool_offset = 0, \
         activity = CASE start_kind WHEN 'debug' THEN 'debugger' ELSE 'working' END, \
         controller_id = $1, fence = $2, started_at = $3, place = $4, description = '', exit_code = NULL \
         WHERE id IN (SELECT id FROM chosen) AND state = 'queued' \
         AND EXISTS (SELECT 1 FROM controller WHERE id = $1 AND fence = $2 AND is_enabled = TRUE) RETURNING *"
    };
}

sql::both! {
    /// Requests that occupy a slot, per queue.
    pub(crate) async fn occupied(conn) -> sql::Result<Vec<(i64, i64)>> {
        Ok(sqlx::query_as::<Db, (i64, i64)>(
            "SELECT queue_id, count(*) FROM request \
             WHERE state = 'running' AND activity NOT IN ('job', 'report') GROUP BY queue_id")
            .fetch_all(&mut *conn)
            .await?)
    }

    /// The queues in which requests wait, with what counts for all. Until the transaction ends the configuration stays as it is, and no
    /// other process claims from these queues, so that their concurrency holds; new requests for them need not wait for that.
    pub(crate) async fn waiting(conn) -> sql::Result<Vec<Waiting>> {
        // No join: what a subquery for one value costs does not grow with what waits.
        Ok(sqlx::query_as::<Db, Waiting>(concat!(
            "SELECT queue.id AS queue_id, server_state.catalog_version AS catalog_version, ",
            "(SELECT id FROM request WHERE state = 'queued' AND start_kind IN ('manual', 'forced') LIMIT 1) IS NOT NULL AS has_by_hand ",
            "FROM queue CROSS JOIN server_state WHERE server_state.id = 1 AND ",
            "(SELECT id FROM request WHERE queue_id = queue.id AND state = 'queued' LIMIT 1) IS NOT NULL ",
            "ORDER BY queue.id", share_lock!("server_state"), change_lock!("queue")))
            .fetch_all(&mut *conn)
            .await?)
    }

    /// Takes up to `slots` requests of a queue, first in first out by id.
    pub(crate) async fn from_queue(conn, queue_id: i64, slots: i64, by: &Claimant) -> sql::Result<Vec<Request>> {
        Ok(sqlx::query_as::<Db, Request>(concat!(
            "WITH chosen AS MATERIALIZED (SELECT id FROM request WHERE queue_id = $5 AND state = 'queued' ",
            "AND (start_by IS NULL OR start_by > $3 OR start_kind <> 'normal') ORDER BY id LIMIT $6", lock!(), ") ",
            take_chosen!()))
            .bind(by.controller_id)
            .bind(by.fence)
            .bind(by.now)
            .bind(&by.place)
            .bind(queue_id)
            .bind(slots)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// Takes the oldest request of a queue whose report does not run yet, for queues that forbid the same report twice.
    pub(crate) async fn one_report(conn, queue_id: i64, by: &Claimant) -> sql::Result<Option<Request>> {
        Ok(sqlx::query_as::<Db, Request>(concat!(
            "WITH chosen AS MATERIALIZED (SELECT waiting.id AS id FROM request waiting WHERE waiting.queue_id = $5 AND waiting.state = 'queued' ",
            "AND (waiting.start_by IS NULL OR waiting.start_by > $3 OR waiting.start_kind <> 'normal') ",
            "AND (waiting.report_key IS NULL OR NOT EXISTS (SELECT 1 FROM request other ",
            "WHERE other.state = 'running' AND other.report_key = waiting.report_key)) ",
            "ORDER BY waiting.id LIMIT 1", lock!(), ") ",
            take_chosen!()))
            .bind(by.controller_id)
            .bind(by.fence)
            .bind(by.now)
            .bind(&by.place)
            .bind(queue_id)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// Takes requests that an operator started by hand, whatever their queue says but for its controllers; `forced_only`
    /// while halted.
    pub(crate) async fn by_hand(conn, forced_only: bool, max: i64, by: &Claimant) -> sql::Result<Vec<Request>> {
        Ok(sqlx::query_as::<Db, Request>(concat!(
            "WITH chosen AS MATERIALIZED (SELECT id FROM request WHERE state = 'queued' AND start_kind IN ('manual', 'forced') ",
            "AND (start_kind = 'forced' OR $5 = FALSE) ",
            "AND (NOT EXISTS (SELECT 1 FROM queue_controller listed WHERE listed.queue_id = request.queue_id) ",
            "OR EXISTS (SELECT 1 FROM queue_controller listed WHERE listed.queue_id = request.queue_id AND listed.controller_id = $1)) ",
            "ORDER BY id LIMIT $6", lock!(), ") ",
            take_chosen!()))
            .bind(by.controller_id)
            .bind(by.fence)
            .bind(by.now)
            .bind(&by.place)
            .bind(forced_only)
            .bind(max)
            .fetch_all(&mut *conn)
            .await?)
    }
}

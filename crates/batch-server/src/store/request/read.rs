//! Reading requests.

use sqlx::FromRow;

use super::Request;

/// A run as its controller counts it.
#[derive(Debug, Clone, Copy, FromRow)]
pub(crate) struct Run {
    pub(crate) id: i64,
    pub(crate) attempt: i64,
    pub(crate) fence: i64,
}

sql::both! {
    /// One request.
    pub(crate) async fn get(conn, id: i64) -> sql::Result<Option<Request>> {
        Ok(sqlx::query_as::<Db, Request>("SELECT * FROM request WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// One request, locked until the transaction ends.
    pub(crate) async fn lock(conn, id: i64) -> sql::Result<Option<Request>> {
        Ok(sqlx::query_as::<Db, Request>(concat!("SELECT * FROM request WHERE id = $1", row_lock!()))
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// The requests among `ids` that exist.
    pub(crate) async fn get_many(conn, ids: &[i64]) -> sql::Result<Vec<Request>> {
        Ok(sqlx::query_as::<Db, Request>(concat!("SELECT * FROM request WHERE id", one_of_ids!("$1")))
            .bind(sql::id_list(ids.iter().copied()))
            .fetch_all(&mut *conn)
            .await?)
    }

    /// The request with a key.
    pub(crate) async fn by_key(conn, key: &str) -> sql::Result<Option<Request>> {
        Ok(sqlx::query_as::<Db, Request>("SELECT * FROM request WHERE request_key = $1 AND request_key IS NOT NULL")
            .bind(key)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// What a controller runs.
    pub(crate) async fn running_on(conn, controller_id: i64) -> sql::Result<Vec<Run>> {
        Ok(sqlx::query_as::<Db, Run>(
            "SELECT id, attempt, fence FROM request WHERE controller_id = $1 AND state = 'running' ORDER BY id")
            .bind(controller_id)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// What a controller runs and its runner has to be told of: `(id, attempt, ending)`. An ending of `none` is a debugged
    /// job that may go on.
    pub(crate) async fn wanting_signals(conn, controller_id: i64) -> sql::Result<Vec<(i64, i64, String)>> {
        Ok(sqlx::query_as::<Db, (i64, i64, String)>(
            "SELECT id, attempt, ending FROM request WHERE controller_id = $1 AND state = 'running' \
             AND (ending <> 'none' OR (start_kind = 'debug' AND activity = 'working'))")
            .bind(controller_id)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// Running requests of controllers other than `own` whose lease ran out before `before`.
    pub(crate) async fn abandoned(conn, own: i64, before: i64) -> sql::Result<Vec<Request>> {
        Ok(sqlx::query_as::<Db, Request>(
            "SELECT request.* FROM request JOIN controller ON controller.id = request.controller_id \
             WHERE request.state = 'running' AND controller.lease_until < $2 AND controller.id <> $1 ORDER BY request.id LIMIT 500")
            .bind(own)
            .bind(before)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// The requests that wait for another one, locked until the transaction ends: none of them changes before its release.
    pub(crate) async fn lock_waiting_for(conn, id: i64) -> sql::Result<Vec<Request>> {
        Ok(sqlx::query_as::<Db, Request>(concat!(
            "SELECT * FROM request WHERE waits_for_id = $1 AND waits_for_id IS NOT NULL AND state = 'running' ORDER BY id",
            row_lock!()))
            .bind(id)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// The running requests of a report, for wake-ups.
    pub(crate) async fn running_report(conn, report_key: &str) -> sql::Result<Vec<(i64,)>> {
        Ok(sqlx::query_as::<Db, (i64,)>(
            "SELECT id FROM request WHERE state = 'running' AND report_key = $1 AND report_key IS NOT NULL ORDER BY id")
            .bind(report_key)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// The requests of the family below `id`, itself included.
    pub(crate) async fn family(conn, id: i64) -> sql::Result<Vec<(i64,)>> {
        Ok(sqlx::query_as::<Db, (i64,)>(
            "WITH RECURSIVE family(id) AS (SELECT CAST($1 AS BIGINT) UNION ALL \
             SELECT request.id FROM request JOIN family ON request.parent_id = family.id \
             WHERE request.parent_id IS NOT NULL) SELECT id FROM family")
            .bind(id)
            .fetch_all(&mut *conn)
            .await?)
    }
}

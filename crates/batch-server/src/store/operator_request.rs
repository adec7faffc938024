//! Table `operator_request`: questions of jobs to the operators (`amt-domain 9`).

use sqlx::FromRow;

/// A question and what became of it.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct OperatorRequest {
    pub(crate) id: i64,
    pub(crate) request_id: i64,
    pub(crate) text: String,
    /// `open`, `answered`, `timed_out` or `cancelled`.
    pub(crate) state: String,
    pub(crate) answer: Option<String>,
    pub(crate) answered_by: Option<String>,
    pub(crate) asked_at: i64,
    pub(crate) expires_at: Option<i64>,
    pub(crate) answered_at: Option<i64>,
    pub(crate) version: i64,
}

sql::both! {
    /// Opens a question; a call that has opened one already gets that one.
    pub(crate) async fn open(conn, request_id: i64, call_id: &str, text: &str, now: i64, expires_at: Option<i64>)
        -> sql::Result<OperatorRequest> {
        sqlx::query::<Db>(
            "INSERT INTO operator_request (request_id, call_id, text, state, asked_at, expires_at, version) \
             VALUES ($1, $2, $3, 'open', $4, $5, 1) ON CONFLICT (request_id, call_id) DO NOTHING")
            .bind(request_id)
            .bind(call_id)
            .bind(text)
            .bind(now)
            .bind(expires_at)
            .execute(&mut *conn)
            .await?;
        Ok(sqlx::query_as::<Db, OperatorRequest>(
            "SELECT * FROM operator_request WHERE request_id = $1 AND call_id = $2")
            .bind(request_id)
            .bind(call_id)
            .fetch_one(&mut *conn)
            .await?)
    }

    /// One question.
    pub(crate) async fn get(conn, id: i64) -> sql::Result<Option<OperatorRequest>> {
        Ok(sqlx::query_as::<Db, OperatorRequest>("SELECT * FROM operator_request WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// Questions after an id, open ones or all.
    pub(crate) async fn page(conn, after: i64, limit: i64, open_only: bool) -> sql::Result<Vec<OperatorRequest>> {
        Ok(sqlx::query_as::<Db, OperatorRequest>(
            "SELECT * FROM operator_request WHERE id > $1 AND ($3 = FALSE OR state = 'open') ORDER BY id LIMIT $2")
            .bind(after)
            .bind(limit)
            .bind(open_only)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// Closes an open question; false when it is not open any more.
    pub(crate) async fn close(conn, id: i64, state: &str, answer: Option<&str>, by: Option<&str>, now: i64) -> sql::Result<bool> {
        let done = sqlx::query::<Db>(
            "UPDATE operator_request SET state = $2, answer = $3, answered_by = $4, answered_at = $5, version = version + 1 \
             WHERE id = $1 AND state = 'open'")
            .bind(id)
            .bind(state)
            .bind(answer)
            .bind(by)
            .bind(now)
            .execute(&mut *conn)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Cancels what a run that has ended still asks.
    pub(crate) async fn cancel_of(conn, request_id: i64, now: i64) -> sql::Result<()> {
        sqlx::query::<Db>(
            "UPDATE operator_request SET state = 'cancelled', answered_at = $2, version = version + 1 \
             WHERE request_id = $1 AND state = 'open'")
            .bind(request_id)
            .bind(now)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }
}

//! Table `job_call`: what jobs have asked, so that a call sent again is answered and not done again.

sql::both! {
    /// Records a call; false when its id is known.
    pub(crate) async fn begin(conn, request_id: i64, call_id: &str, attempt: i64, now: i64) -> sql::Result<bool> {
        let done = sqlx::query::<Db>(
            "INSERT INTO job_call (request_id, call_id, attempt, asked_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (request_id, call_id) DO NOTHING")
            .bind(request_id)
            .bind(call_id)
            .bind(attempt)
            .bind(now)
            .execute(&mut *conn)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Whether this attempt has asked anything.
    pub(crate) async fn has_any(conn, request_id: i64, attempt: i64) -> sql::Result<bool> {
        let row = sqlx::query_as::<Db, (i64,)>(
            "SELECT attempt FROM job_call WHERE request_id = $1 AND attempt = $2 LIMIT 1")
            .bind(request_id)
            .bind(attempt)
            .fetch_optional(&mut *conn)
            .await?;
        Ok(row.is_some())
    }

    /// When a known call was asked first.
    pub(crate) async fn asked_at(conn, request_id: i64, call_id: &str) -> sql::Result<i64> {
        let row = sqlx::query_as::<Db, (i64,)>(
            "SELECT asked_at FROM job_call WHERE request_id = $1 AND call_id = $2")
            .bind(request_id)
            .bind(call_id)
            .fetch_one(&mut *conn)
            .await?;
        Ok(row.0)
    }

    /// The answer to a known call, as JSON; none while it is not answered or not known.
    pub(crate) async fn answer(conn, request_id: i64, call_id: &str) -> sql::Result<Option<String>> {
        let row = sqlx::query_as::<Db, (Option<String>,)>(
            "SELECT answer FROM job_call WHERE request_id = $1 AND call_id = $2")
            .bind(request_id)
            .bind(call_id)
            .fetch_optional(&mut *conn)
            .await?;
        Ok(row.and_then(|row| row.0))
    }

    /// Keeps the answer to a call.
    pub(crate) async fn finish(conn, request_id: i64, call_id: &str, answer: &str) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE job_call SET answer = $3 WHERE request_id = $1 AND call_id = $2")
            .bind(request_id)
            .bind(call_id)
            .bind(answer)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }
}

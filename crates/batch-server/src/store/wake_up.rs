//! Table `wake_up`: wake-ups that their sleeper has not taken yet (`amt-domain 7`).

sql::both! {
    /// Leaves a wake-up for a running request.
    pub(crate) async fn send(conn, request_id: i64, data: Option<&str>, now: i64) -> sql::Result<()> {
        sqlx::query::<Db>("INSERT INTO wake_up (request_id, data, sent_at) VALUES ($1, $2, $3)")
            .bind(request_id)
            .bind(data)
            .bind(now)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// Takes the oldest wake-up of a request.
    pub(crate) async fn take(conn, request_id: i64) -> sql::Result<Option<(i64, Option<String>)>> {
        Ok(sqlx::query_as::<Db, (i64, Option<String>)>(
            "DELETE FROM wake_up WHERE id = (SELECT min(id) FROM wake_up WHERE request_id = $1) RETURNING id, data")
            .bind(request_id)
            .fetch_optional(&mut *conn)
            .await?)
    }
}

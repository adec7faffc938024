//! Table `task_value`: keyed values of a run (`amt-domain 6.6`).

sql::both! {
    /// Sets a value.
    pub(crate) async fn set(conn, request_id: i64, name: &str, value: &str) -> sql::Result<()> {
        sqlx::query::<Db>(
            "INSERT INTO task_value (request_id, name, value) VALUES ($1, $2, $3) \
             ON CONFLICT (request_id, name) DO UPDATE SET value = excluded.value")
            .bind(request_id)
            .bind(name)
            .bind(value)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// One value.
    pub(crate) async fn get(conn, request_id: i64, name: &str) -> sql::Result<Option<String>> {
        let row = sqlx::query_as::<Db, (String,)>(
            "SELECT value FROM task_value WHERE request_id = $1 AND name = $2")
            .bind(request_id)
            .bind(name)
            .fetch_optional(&mut *conn)
            .await?;
        Ok(row.map(|row| row.0))
    }

    /// All values of a run, by name.
    pub(crate) async fn all(conn, request_id: i64) -> sql::Result<Vec<(String, String)>> {
        Ok(sqlx::query_as::<Db, (String, String)>(
            "SELECT name, value FROM task_value WHERE request_id = $1 ORDER BY name")
            .bind(request_id)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// Removes a value; whether there was one.
    pub(crate) async fn remove(conn, request_id: i64, name: &str) -> sql::Result<bool> {
        let done = sqlx::query::<Db>("DELETE FROM task_value WHERE request_id = $1 AND name = $2")
            .bind(request_id)
            .bind(name)
            .execute(&mut *conn)
            .await?;
        Ok(done.rows_affected() > 0)
    }
}

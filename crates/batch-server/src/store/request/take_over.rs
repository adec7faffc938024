//! A new life of a controller takes over the runs of the life before.

sql::both! {
    /// Puts the new fence on everything that the controller runs, so that what the old life still says is stale.
    pub(crate) async fn take_over(conn, controller_id: i64, fence: i64) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE request SET fence = $2, version = version + 1 WHERE controller_id = $1 AND state = 'running'")
            .bind(controller_id)
            .bind(fence)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }
}

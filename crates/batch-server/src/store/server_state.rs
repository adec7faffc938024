//! Table `server_state`: the one row of switches.

use sqlx::FromRow;

/// The switches of the job server.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct ServerState {
    /// While halted, waiting requests start only when forced.
    pub(crate) is_halted: bool,
    pub(crate) halted_by: Option<String>,
    pub(crate) halted_at: Option<i64>,
    /// Grows by one with each change of the configuration.
    pub(crate) catalog_version: i64,
}

sql::both! {
    /// The switches.
    pub(crate) async fn get(conn) -> sql::Result<ServerState> {
        Ok(sqlx::query_as::<Db, ServerState>(
            "SELECT is_halted, halted_by, halted_at, catalog_version FROM server_state WHERE id = 1")
            .fetch_one(&mut *conn)
            .await?)
    }

    /// Halts the job server; who did it first stands.
    pub(crate) async fn halt(conn, by: &str, now: i64) -> sql::Result<()> {
        sqlx::query::<Db>(
            "UPDATE server_state SET is_halted = TRUE, halted_by = $1, halted_at = $2 WHERE id = 1 AND is_halted = FALSE")
            .bind(by)
            .bind(now)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// Lets the job server go on.
    pub(crate) async fn resume(conn) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE server_state SET is_halted = FALSE, halted_by = NULL, halted_at = NULL WHERE id = 1")
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// Counts a change of the configuration. It also puts the writers of the configuration in a row: one after the other
    /// sees what the one before has done.
    pub(crate) async fn bump_catalog(conn) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE server_state SET catalog_version = catalog_version + 1 WHERE id = 1")
            .execute(&mut *conn)
            .await?;
        Ok(())
    }
}

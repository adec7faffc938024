//! Table `property_value`: values of properties as they are now; where there is no row, that of the definition counts.

sql::both! {
    /// All values of a scope: owner, name, value. `scope` is `global` or `machine`.
    pub async fn all(conn, scope: &str) -> sql::Result<Vec<(String, String, String)>> {
        Ok(sqlx::query_as::<Db, (String, String, String)>(
            "SELECT owner, name, value FROM property_value WHERE scope = $1 ORDER BY owner, name")
            .bind(scope).fetch_all(&mut *conn).await?)
    }

    /// Sets a value.
    pub async fn set(conn, scope: &str, owner: &str, name: &str, value: &str) -> sql::Result<()> {
        sqlx::query::<Db>(
            "INSERT INTO property_value (scope, owner, name, value) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (scope, owner, name) DO UPDATE SET value = excluded.value")
            .bind(scope).bind(owner).bind(name).bind(value).execute(&mut *conn).await?;
        Ok(())
    }

    /// Takes a value away: that of the definition counts again.
    pub async fn remove(conn, scope: &str, owner: &str, name: &str) -> sql::Result<()> {
        sqlx::query::<Db>("DELETE FROM property_value WHERE scope = $1 AND owner = $2 AND name = $3")
            .bind(scope).bind(owner).bind(name).execute(&mut *conn).await?;
        Ok(())
    }
}

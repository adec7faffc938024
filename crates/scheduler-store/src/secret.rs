//! Table `secret`: passwords of batch users and values of encrypted properties. They are sealed, and their keys are not here.

use sqlx::FromRow;

/// The kind of a batch user's password.
pub const BATCH_USER: &str = "batch_user";
/// The kind of an encrypted property's value.
pub const PROPERTY: &str = "property";

/// A secret.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Sealed {
    /// [`BATCH_USER`] or [`PROPERTY`].
    pub kind: String,
    /// Whose it is.
    pub name: String,
    /// The key of the key file with which it is sealed.
    pub key_id: String,
    /// The sealed bytes.
    pub sealed: Vec<u8>,
    /// When its value was set, in microseconds.
    pub changed_at: i64,
    /// Grows with each new value.
    pub version: i64,
}

sql::both! {
    /// All secrets, locked until the transaction ends.
    pub async fn lock_all(conn) -> sql::Result<Vec<Sealed>> {
        Ok(sqlx::query_as::<Db, Sealed>(concat!(
            "SELECT kind, name, key_id, sealed, changed_at, version FROM secret ORDER BY kind, name", row_lock!()))
            .fetch_all(&mut *conn).await?)
    }

    /// The secrets of a kind, by name.
    pub async fn of_kind(conn, kind: &str) -> sql::Result<Vec<Sealed>> {
        Ok(sqlx::query_as::<Db, Sealed>(
            "SELECT kind, name, key_id, sealed, changed_at, version FROM secret WHERE kind = $1 ORDER BY name")
            .bind(kind).fetch_all(&mut *conn).await?)
    }

    /// A secret.
    pub async fn one(conn, kind: &str, name: &str) -> sql::Result<Option<Sealed>> {
        Ok(sqlx::query_as::<Db, Sealed>(
            "SELECT kind, name, key_id, sealed, changed_at, version FROM secret WHERE kind = $1 AND name = $2")
            .bind(kind).bind(name).fetch_optional(&mut *conn).await?)
    }

    /// The keys with which secrets are sealed.
    pub async fn key_ids(conn) -> sql::Result<Vec<String>> {
        let rows = sqlx::query_as::<Db, (String,)>("SELECT DISTINCT key_id FROM secret ORDER BY key_id")
            .fetch_all(&mut *conn).await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Stores a new value.
    pub async fn put(conn, kind: &str, name: &str, key_id: &str, sealed: &[u8], now: i64) -> sql::Result<()> {
        sqlx::query::<Db>(
            "INSERT INTO secret (kind, name, key_id, sealed, changed_at, version) VALUES ($1, $2, $3, $4, $5, 1) \
             ON CONFLICT (kind, name) DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed, \
             changed_at = excluded.changed_at, version = secret.version + 1")
            .bind(kind).bind(name).bind(key_id).bind(sealed).bind(now).execute(&mut *conn).await?;
        Ok(())
    }

    /// Stores the same value, sealed anew.
    pub async fn reseal(conn, kind: &str, name: &str, key_id: &str, sealed: &[u8]) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE secret SET key_id = $3, sealed = $4 WHERE kind = $1 AND name = $2")
            .bind(kind).bind(name).bind(key_id).bind(sealed).execute(&mut *conn).await?;
        Ok(())
    }

    /// Takes a secret away. False where there is none.
    pub async fn remove(conn, kind: &str, name: &str) -> sql::Result<bool> {
        let done = sqlx::query::<Db>("DELETE FROM secret WHERE kind = $1 AND name = $2")
            .bind(kind).bind(name).execute(&mut *conn).await?;
        Ok(done.rows_affected() == 1)
    }
}

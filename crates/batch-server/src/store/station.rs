//! Table `station`: where requests come from.

use sqlx::FromRow;

/// A station (`amt-domain 11.2`).
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Station {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) version: i64,
}

sql::both! {
    /// Stations after an id.
    pub(crate) async fn page(conn, after: i64, limit: i64) -> sql::Result<Vec<Station>> {
        Ok(sqlx::query_as::<Db, Station>("SELECT * FROM station WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after)
            .bind(limit)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// One station.
    pub(crate) async fn get(conn, id: i64) -> sql::Result<Option<Station>> {
        Ok(sqlx::query_as::<Db, Station>("SELECT * FROM station WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// One station, locked until the transaction ends.
    pub(crate) async fn lock(conn, id: i64) -> sql::Result<Option<Station>> {
        Ok(sqlx::query_as::<Db, Station>(concat!("SELECT * FROM station WHERE id = $1", row_lock!()))
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// The station with this key.
    pub(crate) async fn by_key(conn, name_key: &str) -> sql::Result<Option<Station>> {
        Ok(sqlx::query_as::<Db, Station>("SELECT * FROM station WHERE name_key = $1")
            .bind(name_key)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// Stores a new station and returns its id.
    pub(crate) async fn insert(conn, name: &str, name_key: &str, description: &str) -> sql::Result<i64> {
        let row = sqlx::query_as::<Db, (i64,)>(
            "INSERT INTO station (name, name_key, description, version) VALUES ($1, $2, $3, 1) RETURNING id")
            .bind(name)
            .bind(name_key)
            .bind(description)
            .fetch_one(&mut *conn)
            .await?;
        Ok(row.0)
    }

    /// Replaces a station.
    pub(crate) async fn update(conn, id: i64, name: &str, name_key: &str, description: &str) -> sql::Result<()> {
        let done = sqlx::query::<Db>(
            "UPDATE station SET name = $2, name_key = $3, description = $4, version = version + 1 WHERE id = $1")
            .bind(id)
            .bind(name)
            .bind(name_key)
            .bind(description)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Removes a station.
    pub(crate) async fn delete(conn, id: i64) -> sql::Result<()> {
        let done = sqlx::query::<Db>("DELETE FROM station WHERE id = $1").bind(id).execute(&mut *conn).await?;
        sql::ensure_one(done.rows_affected())
    }

    /// How many users have a station of this key.
    pub(crate) async fn users(conn, name: &str) -> sql::Result<Vec<String>> {
        let rows = sqlx::query_as::<Db, (String,)>("SELECT name FROM batch_user WHERE station = $1 ORDER BY name_key LIMIT 5")
            .bind(name)
            .fetch_all(&mut *conn)
            .await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }
}

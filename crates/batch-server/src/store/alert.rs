//! Table `alert`: messages to the operators (`amt-domain 2.10`).

use sqlx::FromRow;

/// An alert.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Alert {
    pub(crate) id: i64,
    /// `error`, `warning` or `information`.
    pub(crate) kind: String,
    pub(crate) text: String,
    pub(crate) request_id: Option<i64>,
    pub(crate) raised_at: i64,
    pub(crate) acknowledged_by: Option<String>,
    pub(crate) acknowledged_at: Option<i64>,
    pub(crate) version: i64,
}

sql::both! {
    /// Raises an alert (`kind`: `error`, `warning` or `information`) and returns its id.
    pub(crate) async fn raise(conn, kind: &str, text: &str, request_id: Option<i64>, now: i64) -> sql::Result<i64> {
        let row = sqlx::query_as::<Db, (i64,)>(
            "INSERT INTO alert (kind, text, request_id, raised_at, version) VALUES ($1, $2, $3, $4, 1) RETURNING id")
            .bind(kind)
            .bind(text)
            .bind(request_id)
            .bind(now)
            .fetch_one(&mut *conn)
            .await?;
        Ok(row.0)
    }

    /// Alerts after an id, all of them or those that nobody has acknowledged.
    pub(crate) async fn page(conn, after: i64, limit: i64, open_only: bool) -> sql::Result<Vec<Alert>> {
        Ok(sqlx::query_as::<Db, Alert>(
            "SELECT * FROM alert WHERE id > $1 AND ($3 = FALSE OR acknowledged_at IS NULL) ORDER BY id LIMIT $2")
            .bind(after)
            .bind(limit)
            .bind(open_only)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// One alert.
    pub(crate) async fn get(conn, id: i64) -> sql::Result<Option<Alert>> {
        Ok(sqlx::query_as::<Db, Alert>("SELECT * FROM alert WHERE id = $1").bind(id).fetch_optional(&mut *conn).await?)
    }

    /// One alert, locked until the transaction ends.
    pub(crate) async fn lock(conn, id: i64) -> sql::Result<Option<Alert>> {
        Ok(sqlx::query_as::<Db, Alert>(concat!("SELECT * FROM alert WHERE id = $1", row_lock!()))
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// Replaces kind and text.
    pub(crate) async fn update(conn, id: i64, kind: &str, text: &str) -> sql::Result<()> {
        let done = sqlx::query::<Db>("UPDATE alert SET kind = $2, text = $3, version = version + 1 WHERE id = $1")
            .bind(id)
            .bind(kind)
            .bind(text)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Notes who has seen an alert; the first one stands.
    pub(crate) async fn acknowledge(conn, id: i64, by: &str, now: i64) -> sql::Result<()> {
        sqlx::query::<Db>(
            "UPDATE alert SET acknowledged_by = $2, acknowledged_at = $3, version = version + 1 \
             WHERE id = $1 AND acknowledged_at IS NULL")
            .bind(id)
            .bind(by)
            .bind(now)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// Removes an alert.
    pub(crate) async fn delete(conn, id: i64) -> sql::Result<()> {
        let done = sqlx::query::<Db>("DELETE FROM alert WHERE id = $1").bind(id).execute(&mut *conn).await?;
        sql::ensure_one(done.rows_affected())
    }
}

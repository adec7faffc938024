//! Table `token`: logon tokens; only their hash is stored.

use sqlx::FromRow;

/// The last use of a token is written at most this often, microseconds: a token lives up to this much longer than promised,
/// never shorter.
pub(crate) const TOUCH_MICROS: i64 = 60_000_000;

/// A token by its hash.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Token {
    pub(crate) id: i64,
    pub(crate) user_id: i64,
    /// Last use, written at most once a minute.
    pub(crate) used_at: i64,
}

sql::both! {
    /// Stores a new token.
    pub(crate) async fn insert(conn, hash: &str, user_id: i64, now: i64) -> sql::Result<()> {
        sqlx::query::<Db>("INSERT INTO token (hash, user_id, issued_at, used_at) VALUES ($1, $2, $3, $3)")
            .bind(hash)
            .bind(user_id)
            .bind(now)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// The token with this hash.
    pub(crate) async fn by_hash(conn, hash: &str) -> sql::Result<Option<Token>> {
        Ok(sqlx::query_as::<Db, Token>("SELECT id, user_id, used_at FROM token WHERE hash = $1")
            .bind(hash)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// The user of a token; none when it is gone.
    pub(crate) async fn user_of(conn, id: i64) -> sql::Result<Option<i64>> {
        let row = sqlx::query_as::<Db, (i64,)>("SELECT user_id FROM token WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?;
        Ok(row.map(|row| row.0))
    }

    /// Writes the last use. A use that another process wrote later stands.
    pub(crate) async fn touch(conn, id: i64, now: i64) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE token SET used_at = $2 WHERE id = $1 AND used_at < $2")
            .bind(id)
            .bind(now)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// Whether a request that the token submitted is not over yet.
    pub(crate) async fn has_live_request(conn, id: i64) -> sql::Result<bool> {
        let row = sqlx::query_as::<Db, (i64,)>(
            "SELECT id FROM request WHERE token_id = $1 AND token_id IS NOT NULL AND state <> 'ended' LIMIT 1")
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?;
        Ok(row.is_some())
    }

    /// Ends one session.
    pub(crate) async fn delete(conn, id: i64) -> sql::Result<()> {
        sqlx::query::<Db>("DELETE FROM token WHERE id = $1").bind(id).execute(&mut *conn).await?;
        Ok(())
    }

    /// Ends all sessions of a user.
    pub(crate) async fn delete_of_user(conn, user_id: i64) -> sql::Result<()> {
        sqlx::query::<Db>("DELETE FROM token WHERE user_id = $1").bind(user_id).execute(&mut *conn).await?;
        Ok(())
    }

    /// Removes up to `limit` tokens that were not used since `before`, as far as is known, and have no live request; returns
    /// how many.
    pub(crate) async fn purge(conn, before: i64, limit: i64) -> sql::Result<u64> {
        let done = sqlx::query::<Db>(
            "DELETE FROM token WHERE id IN (SELECT id FROM token WHERE used_at < $1 AND NOT EXISTS \
             (SELECT 1 FROM request WHERE request.token_id = token.id AND request.token_id IS NOT NULL \
              AND request.state <> 'ended') ORDER BY used_at LIMIT $2) AND used_at < $1")
            .bind(before.saturating_sub(TOUCH_MICROS))
            .bind(limit)
            .execute(&mut *conn)
            .await?;
        Ok(done.rows_affected())
    }
}

//! Table `message`: what is to be sent to people and other systems.

use sqlx::FromRow;

use crate::batches::batches;

/// A message that has not been delivered.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Message {
    /// Its number, which goes with it: who gets it twice can tell.
    pub id: i64,
    /// How it is sent: `email`, `webhook`, `command`, `log`.
    pub kind: String,
    /// What it is about, as it is shown.
    pub subject: String,
    /// What is sent, as JSON.
    pub body: String,
    /// When it was written, in microseconds.
    pub created_at: i64,
    /// When it is sent, or sent again.
    pub due_at: i64,
    /// How often that was tried.
    pub tries: i64,
    /// Why it is not delivered yet.
    pub last_error: Option<String>,
    /// The process on whose machine it happens: no other one goes on with it.
    pub node_id: Option<i64>,
}

/// Stores new messages; their numbers are not looked at.
pub async fn insert(tx: &mut sql::Tx<'_>, new: &[Message]) -> sql::Result<()> {
    let row = |each: &Message| {
        serde_json::json!([each.kind, each.subject, each.body, each.created_at, each.due_at])
    };
    for rows in batches(new, row) {
        insert_rows(tx, &rows).await?;
    }
    Ok(())
}

sql::both! {
    async fn insert_rows(conn, rows: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "INSERT INTO message (kind, subject, body, created_at, due_at, tries) SELECT ",
            item!("0", "TEXT"), ", ", item!("1", "TEXT"), ", ", item!("2", "TEXT"), ", ", item!("3", "BIGINT"), ", ",
            item!("4", "BIGINT"), ", 0 FROM ", items!("$1")))
            .bind(rows).execute(&mut *conn).await?;
        Ok(())
    }

    /// Takes up messages of a kind that are due at `now` and not for another process than this: nobody else does before `again`. The
    /// longest due first.
    pub async fn take(conn, of: (&str, i64), now: i64, again: i64, max: i64) -> sql::Result<Vec<Message>> {
        let mut taken = sqlx::query_as::<Db, Message>(concat!(
            "WITH chosen AS MATERIALIZED (SELECT id FROM message WHERE kind = $4 AND due_at <= $1 \
             AND (node_id IS NULL OR node_id = $5) ORDER BY due_at, id LIMIT $3", lock!(), ") \
             UPDATE message SET due_at = $2, tries = tries + 1 WHERE id IN (SELECT id FROM chosen) AND due_at <= $1 RETURNING *"))
            .bind(now).bind(again).bind(max).bind(of.0).bind(of.1).fetch_all(&mut *conn).await?;
        taken.sort_by_key(|message| message.id);
        Ok(taken)
    }

    /// When the next message of a kind is due that a process may send.
    pub async fn next_due(conn, kind: &str, node_id: i64) -> sql::Result<Option<i64>> {
        Ok(sqlx::query_scalar::<Db, Option<i64>>(
            "SELECT MIN(due_at) FROM message WHERE kind = $1 AND (node_id IS NULL OR node_id = $2)")
            .bind(kind).bind(node_id).fetch_one(&mut *conn).await?)
    }

    /// Says why a message is not delivered, when that is tried again, what is left of it, and by which process alone.
    pub async fn postpone(conn, id: i64, due_at: i64, why: &str, body: &str, node_id: Option<i64>) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE message SET due_at = $2, last_error = $3, body = $4, node_id = $5 WHERE id = $1")
            .bind(id).bind(due_at).bind(why).bind(body).bind(node_id).execute(&mut *conn).await?;
        Ok(())
    }

    /// Takes away a message that is delivered or given up.
    pub async fn remove(conn, id: i64) -> sql::Result<()> {
        sqlx::query::<Db>("DELETE FROM message WHERE id = $1").bind(id).execute(&mut *conn).await?;
        Ok(())
    }

    /// Messages that are not delivered, oldest first.
    pub async fn undelivered(conn, max: i64) -> sql::Result<Vec<Message>> {
        Ok(sqlx::query_as::<Db, Message>("SELECT * FROM message ORDER BY id LIMIT $1")
            .bind(max).fetch_all(&mut *conn).await?)
    }
}

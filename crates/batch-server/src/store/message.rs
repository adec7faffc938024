//! Table `message`: the job logs.

use sqlx::FromRow;

/// One line of a job log.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Message {
    pub(crate) sequence: i64,
    pub(crate) request_id: i64,
    /// Microseconds.
    pub(crate) written_at: i64,
    /// `O`, `I`, `W` or `E`.
    pub(crate) kind: String,
    pub(crate) text: String,
}

/// Bytes of JSON that one statement carries at most; a chattier batch is cut into several.
const BATCH_BYTES: usize = 512 * 1024;

/// Adds messages to the log of a family, in order. Their sequences are reserved in the same transaction, so a reader that
/// has seen one has seen all before it.
pub(crate) async fn append(
    tx: &mut sql::Tx<'_>,
    root_id: i64,
    request_id: i64,
    messages: &[(i64, &'static str, String)],
) -> sql::Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let count = i64::try_from(messages.len()).unwrap_or(i64::MAX);
    let last = super::request::change::reserve_messages(tx, root_id, count).await?;
    let mut sequence = last - count;
    let mut rows = Vec::new();
    let mut bytes = 0;
    for (written_at, kind, text) in messages {
        sequence += 1;
        bytes += text.len() + 64;
        // PostgreSQL cannot store a zero character.
        rows.push(serde_json::json!([sequence, written_at, kind, text.replace('\0', "\u{fffd}")]));
        if bytes > BATCH_BYTES {
            insert(
                tx,
                root_id,
                request_id,
                &serde_json::Value::from(std::mem::take(&mut rows)).to_string(),
            )
            .await?;
            bytes = 0;
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    insert(tx, root_id, request_id, &serde_json::Value::from(rows).to_string()).await
}

sql::both! {
    /// Stores rows `[sequence, written_at, kind, text]`, given as one JSON array.
    async fn insert(conn, root_id: i64, request_id: i64, rows: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "INSERT INTO message (root_id, sequence, request_id, written_at, kind, text) ",
            "SELECT $1, ", item!("0", "BIGINT"), ", $2, ", item!("1", "BIGINT"), ", ", item!("2", "TEXT"), ", ",
            item!("3", "TEXT"), " FROM ", items!("$3")))
            .bind(root_id)
            .bind(request_id)
            .bind(rows)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// Messages of a whole family after a sequence, oldest first.
    pub(crate) async fn of_root(conn, root_id: i64, after: i64, limit: i64) -> sql::Result<Vec<Message>> {
        Ok(sqlx::query_as::<Db, Message>(
            "SELECT sequence, request_id, written_at, kind, text FROM message \
             WHERE root_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3")
            .bind(root_id)
            .bind(after)
            .bind(limit)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// Messages of some requests of a family after a sequence, oldest first.
    pub(crate) async fn of_requests(conn, root_id: i64, requests: &[i64], after: i64, limit: i64) -> sql::Result<Vec<Message>> {
        Ok(sqlx::query_as::<Db, Message>(concat!(
            "SELECT sequence, request_id, written_at, kind, text FROM message ",
            "WHERE root_id = $1 AND sequence > $2 AND request_id", one_of_ids!("$4"), " ORDER BY sequence LIMIT $3"))
            .bind(root_id)
            .bind(after)
            .bind(limit)
            .bind(sql::id_list(requests.iter().copied()))
            .fetch_all(&mut *conn)
            .await?)
    }

    /// Bytes of text of each message of a whole family after a sequence, oldest first. They are known without reading the texts.
    pub(crate) async fn sizes_of_root(conn, root_id: i64, after: i64, limit: i64) -> sql::Result<Vec<i64>> {
        Ok(sqlx::query_scalar::<Db, i64>(
            "SELECT CAST(OCTET_LENGTH(text) AS BIGINT) FROM message \
             WHERE root_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3")
            .bind(root_id)
            .bind(after)
            .bind(limit)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// Bytes of text of each message of some requests of a family after a sequence, oldest first.
    pub(crate) async fn sizes_of_requests(conn, root_id: i64, requests: &[i64], after: i64, limit: i64) -> sql::Result<Vec<i64>> {
        Ok(sqlx::query_scalar::<Db, i64>(concat!(
            "SELECT CAST(OCTET_LENGTH(text) AS BIGINT) FROM message ",
            "WHERE root_id = $1 AND sequence > $2 AND request_id", one_of_ids!("$4"), " ORDER BY sequence LIMIT $3"))
            .bind(root_id)
            .bind(after)
            .bind(limit)
            .bind(sql::id_list(requests.iter().copied()))
            .fetch_all(&mut *conn)
            .await?)
    }

    /// Forgets the messages of one request.
    pub(crate) async fn forget(conn, root_id: i64, request_id: i64) -> sql::Result<()> {
        sqlx::query::<Db>("DELETE FROM message WHERE root_id = $1 AND request_id = $2")
            .bind(root_id)
            .bind(request_id)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }
}

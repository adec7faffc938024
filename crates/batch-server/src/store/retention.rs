//! Finding and removing what has been kept for long enough.

sql::both! {
    /// Ended requests without a parent that ended before an instant, after a place in that order: `(ended_at, id, has children)`.
    pub(crate) async fn old_roots(conn, before: i64, after_ended_at: i64, after_id: i64, max: i64)
        -> sql::Result<Vec<(i64, i64, bool)>> {
        Ok(sqlx::query_as::<Db, (i64, i64, bool)>(
            "SELECT ended_at, id, EXISTS (SELECT 1 FROM request child WHERE child.parent_id = root.id \
             AND child.parent_id IS NOT NULL) FROM request root \
             WHERE root.state = 'ended' AND root.ended_at < $1 AND root.parent_id IS NULL \
             AND (root.ended_at > $2 OR (root.ended_at = $2 AND root.id > $3)) ORDER BY root.ended_at, root.id LIMIT $4")
            .bind(before)
            .bind(after_ended_at)
            .bind(after_id)
            .bind(max)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// Which of these requests have to stay: they have not ended before an instant, or their key was given after another one.
    pub(crate) async fn must_stay(conn, ids: &[i64], ended_before: i64, keys_before: i64) -> sql::Result<Vec<i64>> {
        let rows = sqlx::query_as::<Db, (i64,)>(concat!(
            "SELECT id FROM request WHERE id", one_of_ids!("$1"),
            " AND (state <> 'ended' OR ended_at >= $2 OR (request_key IS NOT NULL AND queued_at >= $3))"))
            .bind(sql::id_list(ids.iter().copied()))
            .bind(ended_before)
            .bind(keys_before)
            .fetch_all(&mut *conn)
            .await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Which of these families have messages.
    pub(crate) async fn with_messages(conn, roots: &[i64]) -> sql::Result<Vec<i64>> {
        let rows = sqlx::query_as::<Db, (i64,)>(concat!(
            "SELECT id FROM request WHERE id", one_of_ids!("$1"),
            " AND EXISTS (SELECT 1 FROM message WHERE message.root_id = request.id)"))
            .bind(sql::id_list(roots.iter().copied()))
            .fetch_all(&mut *conn)
            .await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Removes the messages of families.
    pub(crate) async fn delete_messages(conn, roots: &[i64]) -> sql::Result<()> {
        sqlx::query::<Db>(concat!("DELETE FROM message WHERE root_id", one_of_ids!("$1")))
            .bind(sql::id_list(roots.iter().copied()))
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// Removes requests with everything that belongs to them but their messages.
    pub(crate) async fn delete_requests(conn, ids: &[i64]) -> sql::Result<u64> {
        let done = sqlx::query::<Db>(concat!("DELETE FROM request WHERE state = 'ended' AND id", one_of_ids!("$1")))
            .bind(sql::id_list(ids.iter().copied()))
            .execute(&mut *conn)
            .await?;
        Ok(done.rows_affected())
    }

    /// Removes up to `max` alerts that were acknowledged before an instant.
    pub(crate) async fn delete_alerts(conn, before: i64, max: i64) -> sql::Result<u64> {
        let done = sqlx::query::<Db>(
            "DELETE FROM alert WHERE id IN (SELECT id FROM alert WHERE acknowledged_at IS NOT NULL \
             AND acknowledged_at < $1 LIMIT $2)")
            .bind(before)
            .bind(max)
            .execute(&mut *conn)
            .await?;
        Ok(done.rows_affected())
    }

    /// Brings the statistics up to date by which the database chooses its indexes.
    pub(crate) async fn analyze(conn) -> sql::Result<()> {
        for statement in [analyze!("request"), analyze!("message")] {
            sqlx::query::<Db>(statement).execute(&mut *conn).await?;
        }
        Ok(())
    }
}

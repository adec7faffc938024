//! Moving waiting requests when a queue opens or closes, and when their time to start has passed.
//!
//! The statements mirror `batch_core::request`: only requests that a controller would start by itself (`normal`) move; what an
//! operator has started, or what recovers, stays.

sql::both! {
    /// What waits in a queue: whether there are requests outside of its window, and whether there are queued ones.
    pub(crate) async fn waits_in(conn, queue_id: i64) -> sql::Result<(bool, bool)> {
        let outside = sqlx::query_as::<Db, (i64,)>(
            "SELECT id FROM request WHERE queue_id = $1 AND state = 'window' LIMIT 1")
            .bind(queue_id)
            .fetch_optional(&mut *conn)
            .await?;
        let queued = sqlx::query_as::<Db, (i64,)>(
            "SELECT id FROM request WHERE queue_id = $1 AND state = 'queued' AND start_kind = 'normal' LIMIT 1")
            .bind(queue_id)
            .fetch_optional(&mut *conn)
            .await?;
        Ok((outside.is_some(), queued.is_some()))
    }

    /// Moves up to `max` requests of a queue that has opened into it (20 → 1); returns them.
    pub(crate) async fn open(conn, queue_id: i64, max: i64) -> sql::Result<Vec<i64>> {
        let rows = sqlx::query_as::<Db, (i64,)>(concat!(
            "UPDATE request SET state = 'queued', start_kind = 'normal', version = version + 1 WHERE id IN (",
            "SELECT id FROM request WHERE queue_id = $1 AND state = 'window' ORDER BY id LIMIT $2", lock!(), ") ",
            "AND state = 'window' RETURNING id"))
            .bind(queue_id)
            .bind(max)
            .fetch_all(&mut *conn)
            .await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Moves up to `max` requests out of a queue that has closed (1 → 20); returns them.
    pub(crate) async fn close(conn, queue_id: i64, max: i64) -> sql::Result<Vec<i64>> {
        let rows = sqlx::query_as::<Db, (i64,)>(concat!(
            "UPDATE request SET state = 'window', version = version + 1 WHERE id IN (",
            "SELECT id FROM request WHERE queue_id = $1 AND state = 'queued' AND start_kind = 'normal' ",
            "ORDER BY id LIMIT $2", lock!(), ") ",
            "AND state = 'queued' AND start_kind = 'normal' RETURNING id"))
            .bind(queue_id)
            .bind(max)
            .fetch_all(&mut *conn)
            .await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Suspends up to `max` requests that should have started by now (→ 5); returns them.
    pub(crate) async fn suspend_missed(conn, now: i64, max: i64) -> sql::Result<Vec<i64>> {
        let rows = sqlx::query_as::<Db, (i64,)>(concat!(
            "UPDATE request SET state = 'suspended', start_kind = 'normal', version = version + 1 WHERE id IN (",
            "SELECT id FROM request WHERE start_by IS NOT NULL AND state IN ('queued', 'window') AND start_by <= $1 ",
            "AND start_kind = 'normal' ORDER BY start_by LIMIT $2", lock!(), ") ",
            "AND state IN ('queued', 'window') AND start_kind = 'normal' RETURNING id"))
            .bind(now)
            .bind(max)
            .fetch_all(&mut *conn)
            .await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// The next instant at which a waiting request will have missed its start.
    pub(crate) async fn next_start_by(conn) -> sql::Result<Option<i64>> {
        let row = sqlx::query_as::<Db, (Option<i64>,)>(
            "SELECT min(start_by) FROM request \
             WHERE start_by IS NOT NULL AND state IN ('queued', 'window') AND start_kind = 'normal'")
            .fetch_one(&mut *conn)
            .await?;
        Ok(row.0)
    }
}

//! Table `controller`: processes that run jobs, their leases and fences.

use sqlx::FromRow;

/// A controller (`amt-domain 2.5`): one process on one host.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Controller {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) host: String,
    /// The data folder of its process; empty before that was started once.
    pub(crate) instance: String,
    /// A disabled one claims nothing; what it runs goes on.
    pub(crate) is_enabled: bool,
    /// Grows by one with each life of the process: what an older life says is stale.
    pub(crate) fence: i64,
    /// The process counts as alive until then, microseconds.
    pub(crate) lease_until: i64,
    pub(crate) started_at: i64,
    pub(crate) version: i64,
}

/// A life that begins.
#[derive(Debug, Clone)]
pub(crate) struct NewLife {
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) host: String,
    /// The data folder of its process.
    pub(crate) instance: String,
    /// Microseconds.
    pub(crate) now: i64,
    /// Microseconds.
    pub(crate) lease_until: i64,
}

sql::both! {
    /// The controller of a name, locked until the transaction ends.
    pub(crate) async fn lock_by_key(conn, name_key: &str) -> sql::Result<Option<Controller>> {
        Ok(sqlx::query_as::<Db, Controller>(concat!("SELECT * FROM controller WHERE name_key = $1", row_lock!()))
            .bind(name_key)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// Begins a new life of a controller and returns its row with the new fence.
    pub(crate) async fn begin_life(conn, new: &NewLife) -> sql::Result<Controller> {
        Ok(sqlx::query_as::<Db, Controller>(
            "INSERT INTO controller (name, name_key, host, instance, is_enabled, fence, lease_until, started_at, version) \
             VALUES ($1, $2, $3, $4, TRUE, 1, $6, $5, 1) \
             ON CONFLICT (name_key) DO UPDATE SET fence = controller.fence + 1, host = excluded.host, \
             instance = excluded.instance, lease_until = excluded.lease_until, started_at = excluded.started_at, \
             version = controller.version + 1 \
             RETURNING *")
            .bind(&new.name)
            .bind(&new.name_key)
            .bind(&new.host)
            .bind(&new.instance)
            .bind(new.now)
            .bind(new.lease_until)
            .fetch_one(&mut *conn)
            .await?)
    }

    /// Renews a lease; none when a newer life has begun.
    pub(crate) async fn renew(conn, id: i64, fence: i64, lease_until: i64) -> sql::Result<Option<Controller>> {
        Ok(sqlx::query_as::<Db, Controller>(
            "UPDATE controller SET lease_until = $3 WHERE id = $1 AND fence = $2 RETURNING *")
            .bind(id)
            .bind(fence)
            .bind(lease_until)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// Every controller, by name.
    pub(crate) async fn all(conn) -> sql::Result<Vec<Controller>> {
        Ok(sqlx::query_as::<Db, Controller>("SELECT * FROM controller ORDER BY name_key")
            .fetch_all(&mut *conn)
            .await?)
    }

    /// Whether another controller than `id` is alive on this database.
    pub(crate) async fn has_others(conn, id: i64, now: i64) -> sql::Result<bool> {
        Ok(sqlx::query_as::<Db, (i64,)>("SELECT count(*) FROM controller WHERE id <> $1 AND lease_until > $2")
            .bind(id)
            .bind(now)
            .fetch_one(&mut *conn)
            .await?
            .0 > 0)
    }

    /// Controllers after an id.
    pub(crate) async fn page(conn, after: i64, limit: i64) -> sql::Result<Vec<Controller>> {
        Ok(sqlx::query_as::<Db, Controller>("SELECT * FROM controller WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after)
            .bind(limit)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// One controller.
    pub(crate) async fn get(conn, id: i64) -> sql::Result<Option<Controller>> {
        Ok(sqlx::query_as::<Db, Controller>("SELECT * FROM controller WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// One controller, locked until the transaction ends.
    pub(crate) async fn lock(conn, id: i64) -> sql::Result<Option<Controller>> {
        Ok(sqlx::query_as::<Db, Controller>(concat!("SELECT * FROM controller WHERE id = $1", row_lock!()))
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// Makes a controller known before its process has been started once, so that queues can name it.
    pub(crate) async fn announce(conn, name: &str, name_key: &str, host: &str, is_enabled: bool) -> sql::Result<i64> {
        let row = sqlx::query_as::<Db, (i64,)>(
            "INSERT INTO controller (name, name_key, host, instance, is_enabled, fence, lease_until, started_at, version) \
             VALUES ($1, $2, $3, '', $4, 0, 0, 0, 1) RETURNING id")
            .bind(name)
            .bind(name_key)
            .bind(host)
            .bind(is_enabled)
            .fetch_one(&mut *conn)
            .await?;
        Ok(row.0)
    }

    /// Replaces what an administrator can change.
    pub(crate) async fn update(conn, id: i64, name: &str, name_key: &str, host: &str, is_enabled: bool) -> sql::Result<()> {
        let done = sqlx::query::<Db>(
            "UPDATE controller SET name = $2, name_key = $3, host = $4, is_enabled = $5, version = version + 1 WHERE id = $1")
            .bind(id)
            .bind(name)
            .bind(name_key)
            .bind(host)
            .bind(is_enabled)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Removes a controller, also from the lists of queues.
    pub(crate) async fn delete(conn, id: i64) -> sql::Result<()> {
        let done = sqlx::query::<Db>("DELETE FROM controller WHERE id = $1").bind(id).execute(&mut *conn).await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Names of the queues that list a controller and no other one, five at most.
    pub(crate) async fn only_for(conn, id: i64) -> sql::Result<Vec<String>> {
        let rows = sqlx::query_as::<Db, (String,)>(
            "SELECT queue.name FROM queue WHERE EXISTS (SELECT 1 FROM queue_controller WHERE queue_id = queue.id \
             AND controller_id = $1) AND NOT EXISTS (SELECT 1 FROM queue_controller WHERE queue_id = queue.id \
             AND controller_id <> $1) ORDER BY queue.name_key LIMIT 5")
            .bind(id)
            .fetch_all(&mut *conn)
            .await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }
}

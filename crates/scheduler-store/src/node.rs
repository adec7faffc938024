//! Table `node`: the processes that run the scheduler, with their leases.

use sqlx::FromRow;

/// A process in one of its lives.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Node {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Which of its lives it is in; what an earlier one wants to write is refused.
    pub fence: i64,
    /// Until when it counts as alive, in microseconds.
    pub lease_until: i64,
}

/// The leases that count at an instant, in microseconds. One that lasts longer than any that is taken then was taken before the clock
/// was put back, by a process that renews it no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Valid {
    /// Until when they last at least.
    pub from: i64,
    /// Until when they last at most.
    pub to: i64,
}

impl Valid {
    /// Whether a lease until an instant counts.
    pub fn has(self, lease_until: i64) -> bool {
        (self.from..=self.to).contains(&lease_until)
    }
}

sql::both! {
    /// Begins a new life of a process; its earlier lives are fenced off. `home` tells its data folder from others: none where another
    /// one has the name.
    pub async fn begin_life(conn, name: &str, home: &str, now: i64, lease_until: i64) -> sql::Result<Option<Node>> {
        // Transactions of earlier lives that are under way end first.
        sqlx::query::<Db>(concat!("SELECT id FROM node WHERE name = $1", row_lock!()))
            .bind(name).fetch_optional(&mut *conn).await?;
        Ok(sqlx::query_as::<Db, Node>(
            "INSERT INTO node (name, fence, lease_until, started_at, home) VALUES ($1, 1, $2, $3, $4) \
             ON CONFLICT (name) DO UPDATE SET fence = node.fence + 1, lease_until = $2, started_at = $3, home = $4 \
             WHERE node.home IS NULL OR node.home = $4 RETURNING id, name, fence, lease_until")
            .bind(name).bind(lease_until).bind(now).bind(home).fetch_optional(&mut *conn).await?)
    }

    /// Which data folder has a name is not known any more: the next that begins with the name gets it.
    pub async fn forget_homes(conn) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE node SET home = NULL").execute(&mut *conn).await?;
        Ok(())
    }

    /// Renews the lease of a life. False when it is fenced off: the process must end.
    pub async fn renew(conn, id: i64, fence: i64, lease_until: i64) -> sql::Result<bool> {
        let done = sqlx::query::<Db>("UPDATE node SET lease_until = $3 WHERE id = $1 AND fence = $2")
            .bind(id).bind(fence).bind(lease_until).execute(&mut *conn).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Makes sure that a life is not fenced off until the transaction ends. Its lease can be renewed meanwhile, however long that takes.
    pub async fn is_current(conn, id: i64, fence: i64) -> sql::Result<bool> {
        Ok(sqlx::query_as::<Db, (i64,)>(concat!("SELECT id FROM node WHERE id = $1 AND fence = $2", key_lock!()))
            .bind(id).bind(fence).fetch_optional(&mut *conn).await?.is_some())
    }

    /// Fences off the lives of processes whose lease counts no more, of those in `nodes`, an [`sql::id_list`]. Those that were
    /// fenced off, in their order: who renews its lease meanwhile goes on.
    pub async fn fence_off(conn, nodes: &str, valid: Valid) -> sql::Result<Vec<Node>> {
        let mut fenced = sqlx::query_as::<Db, Node>(concat!(
            "WITH chosen AS MATERIALIZED (SELECT id FROM node WHERE id", one_of_ids!("$1"), " AND lease_until NOT BETWEEN $2 AND $3 ORDER BY id", row_lock!(), ") \
             UPDATE node SET fence = fence + 1 WHERE id IN (SELECT id FROM chosen) AND lease_until NOT BETWEEN $2 AND $3 \
             RETURNING id, name, fence, lease_until"))
            .bind(nodes).bind(valid.from).bind(valid.to).fetch_all(&mut *conn).await?;
        fenced.sort_by_key(|node| node.id);
        Ok(fenced)
    }

    /// Ends a life in good order: its lease is over at `now`.
    pub async fn end_life(conn, id: i64, fence: i64, now: i64) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE node SET lease_until = $3 WHERE id = $1 AND fence = $2 AND lease_until > $3")
            .bind(id).bind(fence).bind(now).execute(&mut *conn).await?;
        Ok(())
    }

    /// All processes.
    pub async fn all(conn) -> sql::Result<Vec<Node>> {
        Ok(sqlx::query_as::<Db, Node>("SELECT id, name, fence, lease_until FROM node ORDER BY id")
            .fetch_all(&mut *conn).await?)
    }
}

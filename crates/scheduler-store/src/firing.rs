//! Table `firing`: events that have been triggered and are performed one after the other.

use sqlx::FromRow;

use crate::batches::batches;

/// Events of a job or a schedule that were triggered together.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Firing {
    /// Its number; firings are performed in this order.
    pub id: i64,
    /// The daily job whose events they are.
    pub job_id: Option<i64>,
    /// The daily schedule whose events they are.
    pub schedule_id: Option<i64>,
    /// The agent that something is told of.
    pub agent: Option<String>,
    /// The job of `AdHoc` that has the events of automatic work, such as `SMA_SKD_BUILD`.
    pub maintenance: Option<String>,
    /// What is told when all are performed, as JSON.
    pub reply: Option<String>,
    /// The events, as a JSON array.
    pub events: String,
    /// How many of them are performed or refused.
    pub performed: i64,
    /// How many of these were refused.
    pub refused: i64,
    /// When they were triggered, in microseconds.
    pub fired_at: i64,
}

/// Stores new firings in their order; their numbers are not looked at.
pub async fn insert(tx: &mut sql::Tx<'_>, new: &[Firing]) -> sql::Result<()> {
    let row = |each: &Firing| {
        serde_json::json!([
            each.job_id,
            each.schedule_id,
            each.reply,
            each.events,
            each.fired_at,
            each.agent,
            each.maintenance
        ])
    };
    for rows in batches(new, row) {
        insert_rows(tx, &rows).await?;
    }
    Ok(())
}

sql::both! {
    async fn insert_rows(conn, rows: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "INSERT INTO firing (job_id, schedule_id, reply, events, performed, refused, fired_at, agent, maintenance) SELECT ",
            item!("0", "BIGINT"), ", ", item!("1", "BIGINT"), ", ", item!("2", "TEXT"), ", ", item!("3", "TEXT"), ", 0, 0, ",
            item!("4", "BIGINT"), ", ", item!("5", "TEXT"), ", ", item!("6", "TEXT"), " FROM ", items!("$1")))
            .bind(rows).execute(&mut *conn).await?;
        Ok(())
    }

    /// The numbers of the oldest firings.
    pub async fn oldest(conn, max: i64) -> sql::Result<Vec<i64>> {
        Ok(sqlx::query_scalar::<Db, i64>("SELECT id FROM firing ORDER BY id LIMIT $1")
            .bind(max).fetch_all(&mut *conn).await?)
    }

    /// A firing, locked until the transaction ends; none where it is gone.
    pub async fn lock(conn, id: i64) -> sql::Result<Option<Firing>> {
        Ok(sqlx::query_as::<Db, Firing>(concat!("SELECT * FROM firing WHERE id = $1", row_lock!()))
            .bind(id).fetch_optional(&mut *conn).await?)
    }

    /// A firing as it is now.
    pub async fn find(conn, id: i64) -> sql::Result<Option<Firing>> {
        Ok(sqlx::query_as::<Db, Firing>("SELECT * FROM firing WHERE id = $1").bind(id).fetch_optional(&mut *conn).await?)
    }

    /// Says how far a locked firing has come.
    pub async fn advance(conn, id: i64, performed: i64, refused: i64) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE firing SET performed = $2, refused = $3 WHERE id = $1")
            .bind(id).bind(performed).bind(refused).execute(&mut *conn).await?;
        Ok(())
    }

    /// Takes away a firing that is performed.
    pub async fn remove(conn, id: i64) -> sql::Result<()> {
        sqlx::query::<Db>("DELETE FROM firing WHERE id = $1").bind(id).execute(&mut *conn).await?;
        Ok(())
    }
}

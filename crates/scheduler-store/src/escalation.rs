//! Table `escalation`: what follows while nobody acknowledges what a notification group was told.

use sqlx::FromRow;

/// An escalation.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Escalation {
    /// Its number, by which it is acknowledged.
    pub id: i64,
    /// The group that was told first.
    pub notification_group: String,
    /// What has happened, as JSON.
    pub happening: String,
    /// To what, as it is shown.
    pub subject: String,
    /// The daily job to which it has happened.
    pub job_id: Option<i64>,
    /// The daily schedule to which it has happened.
    pub schedule_id: Option<i64>,
    /// The agent to which it has happened.
    pub agent: Option<String>,
    /// Its state, as JSON.
    pub state: String,
    /// When a group is told next, in microseconds.
    pub due_at: Option<i64>,
    /// When the first group was told.
    pub created_at: i64,
    /// Who has acknowledged.
    pub acknowledged_by: Option<String>,
    /// When nothing followed any more.
    pub ended_at: Option<i64>,
}

/// What is stored of an escalation that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its state, as JSON.
    pub state: String,
    /// When a group is told next.
    pub due_at: Option<i64>,
    /// When it ended, if it has.
    pub ended_at: Option<i64>,
    /// Who has acknowledged it.
    pub acknowledged_by: Option<String>,
}

sql::both! {
    /// Stores a new escalation and returns its number; `new.id` is not looked at.
    pub async fn insert(conn, new: &Escalation) -> sql::Result<i64> {
        Ok(sqlx::query_scalar::<Db, i64>(
            "INSERT INTO escalation (notification_group, happening, subject, job_id, schedule_id, agent, state, due_at, created_at, \
             ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id")
            .bind(&new.notification_group).bind(&new.happening).bind(&new.subject).bind(new.job_id).bind(new.schedule_id)
            .bind(&new.agent).bind(&new.state).bind(new.due_at).bind(new.created_at).bind(new.ended_at)
            .fetch_one(&mut *conn).await?)
    }

    /// Escalations that are due at `now`, locked until the transaction ends; those that somebody else has locked are left out.
    pub async fn lock_due(conn, now: i64, max: i64) -> sql::Result<Vec<Escalation>> {
        Ok(sqlx::query_as::<Db, Escalation>(concat!(
            "SELECT * FROM escalation WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2", lock!()))
            .bind(now).bind(max).fetch_all(&mut *conn).await?)
    }

    /// When the next escalation is due.
    pub async fn next_due(conn) -> sql::Result<Option<i64>> {
        Ok(sqlx::query_scalar::<Db, Option<i64>>("SELECT MIN(due_at) FROM escalation WHERE due_at IS NOT NULL")
            .fetch_one(&mut *conn).await?)
    }

    /// An escalation, locked until the transaction ends.
    pub async fn lock_one(conn, id: i64) -> sql::Result<Option<Escalation>> {
        Ok(sqlx::query_as::<Db, Escalation>(concat!("SELECT * FROM escalation WHERE id = $1", row_lock!()))
            .bind(id).fetch_optional(&mut *conn).await?)
    }

    /// Stores how an escalation goes on.
    pub async fn step(conn, id: i64, step: &Step) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE escalation SET state = $2, due_at = $3, ended_at = $4, acknowledged_by = $5 WHERE id = $1")
            .bind(id).bind(&step.state).bind(step.due_at).bind(step.ended_at).bind(&step.acknowledged_by)
            .execute(&mut *conn).await?;
        Ok(())
    }

    /// The last escalations, newest first; with `only_open` those that nobody has acknowledged.
    pub async fn list(conn, only_open: bool, max: i64) -> sql::Result<Vec<Escalation>> {
        Ok(sqlx::query_as::<Db, Escalation>(
            "SELECT * FROM escalation WHERE ($1 = FALSE OR acknowledged_by IS NULL) ORDER BY id DESC LIMIT $2")
            .bind(only_open).bind(max).fetch_all(&mut *conn).await?)
    }

    /// Forgets escalations that ended before an instant, so many at most. Says how many they were.
    pub async fn expire(conn, before: i64, max: i64) -> sql::Result<u64> {
        let done = sqlx::query::<Db>(
            "DELETE FROM escalation WHERE id IN (SELECT id FROM escalation WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)")
            .bind(before).bind(max).execute(&mut *conn).await?;
        Ok(done.rows_affected())
    }
}

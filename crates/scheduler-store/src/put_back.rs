//! What waits by a clock that was put back: it would wait until it is as late again as it was.
//!
//! Planned instants stay: that they come later is what putting the clock back means. What was to be done at once, or tried again
//! soon, does not wait for that.

use crate::attempt::Owner;

/// Microseconds after the latest time that was seen for which something may have been put off to be tried again.
const SOON: i64 = 60_000_000;

sql::both! {
    /// Everything that was to be done by `latest`, or soon after it, is looked at at `now`, which is earlier; instants are
    /// microseconds. What is to be done outside for attempts of `owner` is tried at once, agents are asked at once; messages and
    /// escalations wait as long as they would have waited.
    pub async fn put_back(conn, owner: Owner, now: i64, latest: i64) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE daily_job SET due_at = $1, version = version + 1 WHERE due_at > $1 AND due_at <= $2")
            .bind(now).bind(latest + SOON).execute(&mut *conn).await?;
        sqlx::query::<Db>("UPDATE daily_schedule SET due_at = $1, version = version + 1 WHERE due_at > $1 AND due_at <= $2")
            .bind(now).bind(latest + SOON).execute(&mut *conn).await?;
        // Where it is followed the time says when that has begun.
        sqlx::query::<Db>(
            "UPDATE attempt SET due_at = $1 WHERE node_id = $2 AND fence = $3 AND wanted IN ('start', 'find', 'archive', 'forget') \
             AND due_at > $1")
            .bind(now).bind(owner.node_id).bind(owner.fence).execute(&mut *conn).await?;
        sqlx::query::<Db>("UPDATE agent_state SET due_at = $1, version = version + 1 WHERE due_at > $1")
            .bind(now).execute(&mut *conn).await?;
        for table in ["UPDATE message SET due_at = due_at - $2 WHERE due_at > $1", "UPDATE escalation SET due_at = due_at - $2 WHERE due_at > $1"] {
            sqlx::query::<Db>(table).bind(now).bind(latest - now).execute(&mut *conn).await?;
        }
        Ok(())
    }
}

//! Whether anything goes on, and what is due next: over all tables, in one look. Each answer is the first entry of an index, so
//! that it costs the same however large the plan is.

use sqlx::FromRow;

/// What goes on, and what is due next. Instants are microseconds.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Lull {
    /// Whether every start is stopped.
    pub is_paused: bool,
    /// A process that still has something to do outside for an attempt: to start, find, follow or forget it, or to keep its logs.
    pub attempts_of: Option<i64>,
    /// The first firing that is not performed.
    pub firing: Option<i64>,
    /// What a job waits for: an agent (`agent:AMT`).
    pub agent: Option<String>,
    /// What a job waits for: the first of several agents (`agents:|A|B|`).
    pub alternate_agents: Option<String>,
    /// What a job waits for: an agent of a group (`group:LINUX`).
    pub agent_group: Option<String>,
    /// When the next daily job is due.
    pub job: Option<i64>,
    /// When the next daily schedule is.
    pub schedule: Option<i64>,
    /// When the next date is to be built.
    pub build: Option<i64>,
    /// When the next message is to be sent, or sent again.
    pub message: Option<i64>,
}

/// The question, which a test also lets the database explain.
macro_rules! lull_text {
    () => {
        "SELECT is_paused, \
         (SELECT min(node_id) FROM attempt WHERE wanted IS NOT NULL) AS attempts_of, \
         (SELECT min(id) FROM firing) AS firing, \
         (SELECT min(waits_for) FROM daily_job WHERE waits_for >= 'agent:' AND waits_for < 'agent;') AS agent, \
         (SELECT min(waits_for) FROM daily_job WHERE waits_for >= 'agents:' AND waits_for < 'agents;') AS alternate_agents, \
         (SELECT min(waits_for) FROM daily_job WHERE waits_for >= 'group:' AND waits_for < 'group;') AS agent_group, \
         (SELECT min(due_at) FROM daily_job WHERE due_at IS NOT NULL) AS job, \
         (SELECT min(due_at) FROM daily_schedule WHERE due_at IS NOT NULL) AS schedule, \
         (SELECT min(due_at) FROM auto_build) AS build, \
         (SELECT min(due_at) FROM message) AS message \
         FROM server_state WHERE id = 1"
    };
}
#[cfg(test)]
pub(crate) use lull_text;

sql::both! {
    /// What goes on, and what is due next.
    pub async fn lull(conn) -> sql::Result<Lull> {
        Ok(sqlx::query_as::<Db, Lull>(lull_text!()).fetch_one(&mut *conn).await?)
    }
}

//! Table `agent_state`: what an agent may do and how it is.

use sqlx::FromRow;

/// How an agent is.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct AgentState {
    /// The agent.
    pub agent: String,
    /// `full`, `limited` or `disabled`.
    pub communication: String,
    /// `communicating`, `waiting` or `not_responding`.
    pub status: String,
    /// Whether it answered when that was last known: `unknown`, `up` or `down`.
    pub network: String,
    /// Why it is so.
    pub why: String,
    /// Since when, in microseconds.
    pub since: i64,
    /// When it is asked again.
    pub due_at: Option<i64>,
    /// Jobs that occupy a slot.
    pub running: i64,
}

sql::both! {
    /// All agents.
    pub async fn all(conn) -> sql::Result<Vec<AgentState>> {
        Ok(sqlx::query_as::<Db, AgentState>(
            "SELECT agent, communication, status, network, why, since, due_at, running FROM agent_state ORDER BY agent")
            .fetch_all(&mut *conn).await?)
    }

    /// These agents, locked until the transaction ends, always in the order of their names; `agents` is a [`sql::text_list`].
    pub async fn lock(conn, agents: &str) -> sql::Result<Vec<AgentState>> {
        Ok(sqlx::query_as::<Db, AgentState>(concat!(
            "SELECT agent, communication, status, network, why, since, due_at, running FROM agent_state WHERE agent",
            one_of_texts!("$1"), " ORDER BY agent", row_lock!()))
            .bind(agents).fetch_all(&mut *conn).await?)
    }

    /// One agent.
    pub async fn one(conn, agent: &str) -> sql::Result<Option<AgentState>> {
        Ok(sqlx::query_as::<Db, AgentState>(
            "SELECT agent, communication, status, network, why, since, due_at, running FROM agent_state WHERE agent = $1")
            .bind(agent).fetch_optional(&mut *conn).await?)
    }

    /// Adds an agent; nothing where it is there.
    pub async fn add(conn, agent: &str, communication: &str, now: i64) -> sql::Result<()> {
        sqlx::query::<Db>(
            "INSERT INTO agent_state (agent, communication, status, network, why, since, due_at, running, version) \
             VALUES ($1, $2, 'waiting', 'unknown', '', $3, $3, 0, 1) ON CONFLICT (agent) DO NOTHING")
            .bind(agent).bind(communication).bind(now).execute(&mut *conn).await?;
        Ok(())
    }

    /// Takes an agent away.
    pub async fn remove(conn, agent: &str) -> sql::Result<()> {
        sqlx::query::<Db>("DELETE FROM agent_state WHERE agent = $1").bind(agent).execute(&mut *conn).await?;
        Ok(())
    }

    /// Stores how an agent is.
    pub async fn set_status(conn, agent: &str, status: &str, why: &str, since: i64, due_at: Option<i64>) -> sql::Result<()> {
        sqlx::query::<Db>(
            "UPDATE agent_state SET status = $2, why = $3, since = $4, due_at = $5, version = version + 1, \
             network = CASE $2 WHEN 'communicating' THEN 'up' WHEN 'not_responding' THEN 'down' ELSE network END WHERE agent = $1")
            .bind(agent).bind(status).bind(why).bind(since).bind(due_at).execute(&mut *conn).await?;
        Ok(())
    }

    /// Stores what an agent may do.
    pub async fn set_communication(conn, agent: &str, communication: &str, now: i64) -> sql::Result<()> {
        sqlx::query::<Db>(
            "UPDATE agent_state SET communication = $2, status = 'waiting', why = '', since = $3, due_at = $3, \
             version = version + 1 WHERE agent = $1")
            .bind(agent).bind(communication).bind(now).execute(&mut *conn).await?;
        Ok(())
    }

    /// Stores what an agent has answered, where nobody has changed since it was asked when it is to be. False where somebody has.
    pub async fn answered(conn, asked: &AgentState, status: &str, why: &str, since: i64, due_at: i64) -> sql::Result<bool> {
        let done = sqlx::query::<Db>(
            "UPDATE agent_state SET status = $2, why = $3, since = $4, due_at = $5, version = version + 1, \
             network = CASE $2 WHEN 'communicating' THEN 'up' WHEN 'not_responding' THEN 'down' ELSE network END \
             WHERE agent = $1 AND communication = $6 AND status = $7 AND due_at = $8")
            .bind(&asked.agent).bind(status).bind(why).bind(since).bind(due_at)
            .bind(&asked.communication).bind(&asked.status).bind(asked.due_at)
            .execute(&mut *conn).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Lets an agent be asked at once, as one that has just been enabled: its settings are other ones. Nothing is started on it
    /// before it has answered.
    pub async fn ask_again(conn, agent: &str, why: &str, now: i64) -> sql::Result<()> {
        sqlx::query::<Db>(
            "UPDATE agent_state SET status = 'waiting', why = $2, since = $3, due_at = $3, version = version + 1 WHERE agent = $1")
            .bind(agent).bind(why).bind(now).execute(&mut *conn).await?;
        Ok(())
    }

    /// Lets agents be asked at once whether they are there, however they were; `agents` is a [`sql::text_list`]. What they answer to an
    /// earlier question counts no more.
    pub async fn ask_now(conn, agents: &str, now: i64) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "UPDATE agent_state SET due_at = $2, version = version + 1 WHERE agent", one_of_texts!("$1")))
            .bind(agents).bind(now).execute(&mut *conn).await?;
        Ok(())
    }

    /// Counts slots that are taken or, with a negative number, given back.
    pub async fn count_running(conn, agent: &str, more: i64) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE agent_state SET running = running + $2, version = version + 1 WHERE agent = $1")
            .bind(agent).bind(more).execute(&mut *conn).await?;
        Ok(())
    }
}

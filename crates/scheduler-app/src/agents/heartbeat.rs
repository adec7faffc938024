//! Whether agents are there: asked when they are enabled, and regularly.

use std::collections::HashMap;
use std::sync::Arc;

use connector::{Communication, Heartbeat};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use scheduler_core::definition::agent::Agent;
use scheduler_store::agent_state::{self, AgentState};
use scheduler_store::{daily_job, definition};

use crate::App;
use crate::definitions::body;
use crate::error::Result;
use crate::notices::agent_changed;

/// How often an agent is asked whose definition does not say it (`opcon-domain 3.2`).
const INTERVAL: SignedDuration = SignedDuration::from_secs(120);
/// Jobs that wait for an agent are tested when it is there; so many at once.
const WOKEN_MAX: i64 = 1000;

/// What a pass has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heartbeats {
    /// How many agents were asked.
    pub asked: usize,
    /// How many are there that were not, or are not any more.
    pub changed: usize,
    /// When the next one is to be asked.
    pub next: Option<Timestamp>,
}

/// Asks every agent that is due.
///
/// # Errors
/// The database did not do it.
pub async fn heartbeat(app: &App) -> Result<Heartbeats> {
    let now = app.now();
    let (states, intervals) = app
        .db()
        .read(|tx| {
            Box::pin(async move {
                let mut intervals = HashMap::new();
                for row in definition::current_of(tx, "agent").await? {
                    let agent: Agent = body(&row)?;
                    let seconds = i64::from(agent.check_status_seconds);
                    intervals.insert(row.name, SignedDuration::from_secs(seconds));
                }
                Ok::<_, crate::Error>((agent_state::all(tx).await?, intervals))
            })
        })
        .await?;
    let micros = sql::to_micros(now);
    let is_due = |state: &&AgentState| {
        state.communication != "disabled" && state.due_at.is_some_and(|at| at <= micros)
    };
    let due: Vec<AgentState> = states.iter().filter(is_due).cloned().collect();
    let answers = join_all(due.iter().map(|state| ask(app, state))).await;
    let (mut changed, asked) = (0, due.len());
    for (state, answer) in due.into_iter().zip(answers) {
        let interval = intervals.get(&state.agent).copied().unwrap_or(INTERVAL);
        changed += usize::from(store(app, state, answer?, now, interval).await?);
    }
    let next = app
        .db()
        .read(|tx| Box::pin(async move { agent_state::all(tx).await }))
        .await?
        .iter()
        .filter(|state| state.communication != "disabled")
        .filter_map(|state| state.due_at)
        .min();
    let next = next.map(|at| sql::from_micros("agent_state", "due_at", at)).transpose()?;
    Ok(Heartbeats { asked, changed, next })
}

async fn ask(app: &App, state: &AgentState) -> Result<Communication> {
    let is_first = state.status == "waiting";
    match app.integration(&state.agent).await? {
        Ok(integration) => Ok(integration.heartbeat(Heartbeat { is_first }).await),
        Err(none) => Ok(Communication::NotCommunicating { why: none.to_string() }),
    }
}

/// Stores what an agent has answered, and wakes jobs that wait for it when it is there again.
async fn store(
    app: &App,
    state: AgentState,
    answer: Communication,
    now: Timestamp,
    interval: SignedDuration,
) -> Result<bool> {
    let (status, why) = match answer {
        Communication::Communicating { warnings, .. } => ("communicating", warnings.join("; ")),
        Communication::NotCommunicating { why } => ("not_responding", why),
    };
    let is_changed = state.status != status;
    let since = if is_changed { sql::to_micros(now) } else { state.since };
    let due_at = now.saturating_add(interval).unwrap_or(Timestamp::MAX);
    let (micros, due_at) = (sql::to_micros(now), sql::to_micros(due_at));
    let bodies = app.bodies();
    let is_told = app
        .db()
        .write(move |tx| {
            let (agent, why, state) = (state.agent.clone(), why.clone(), state.clone());
            let bodies = Arc::clone(&bodies);
            Box::pin(async move {
                // Somebody has disabled it, or given it other settings: this answer is not about them.
                if !agent_state::answered(tx, &state, status, &why, since, due_at).await? {
                    return Ok(false);
                }
                if is_changed && status == "communicating" {
                    daily_job::wake_waiting(tx, &format!("agent:{agent}"), micros, WOKEN_MAX)
                        .await?;
                    daily_job::wake_alternates(tx, &agent, micros, WOKEN_MAX).await?;
                    daily_job::wake_groups(tx, micros).await?;
                }
                let mark = state.communication.clone();
                agent_changed(tx, &bodies, &state, &mark, status, now).await
            })
        })
        .await?;
    if is_told {
        app.wakes().events.wake();
    }
    Ok(is_changed)
}

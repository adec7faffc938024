//! Whether agents are there: asked when they are enabled, and regularly.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use connector::{Communication, Heartbeat, Integration};
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::{SignedDuration, Timestamp};
use scheduler_core::definition::agent::Agent;
use scheduler_store::agent_state::{self, AgentState};
use scheduler_store::{WaitKey, daily_job, definition};
use tokio::time::timeout;

use crate::App;
use crate::definitions::body;
use crate::error::Result;
use crate::notices::agent_changed;

/// How often an agent is asked whose definition does not say it (`opcon-domain 3.2`).
const INTERVAL: SignedDuration = SignedDuration::from_secs(120);
/// Jobs that wait for an agent are tested when it is there; so many at once.
const WOKEN_MAX: i64 = 1000;

/// How long an agent may take to say whether it is there; what takes longer is not. Its integration may allow itself more.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// How long a pass waits for the next answer before it looks who else is due.
const PASS_WAIT: Duration = Duration::from_millis(250);

/// What a pass has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heartbeats {
    /// How many agents have answered.
    pub asked: usize,
    /// How many are there that were not, or are not any more.
    pub changed: usize,
    /// Whether some have not answered yet.
    pub is_waiting: bool,
    /// When the next one is to be asked.
    pub next: Option<Timestamp>,
}

/// Asks agents whether they are there, each when it is due. One that hangs keeps no other waiting.
pub struct Asker {
    app: App,
    calls: FuturesUnordered<BoxFuture<'static, Answered>>,
    busy: HashSet<String>,
}

/// What an agent has answered, and how it was when it was asked.
struct Answered {
    state: AgentState,
    interval: SignedDuration,
    asked_at: Timestamp,
    answer: Communication,
}

/// Asks every agent that is due, and waits for all answers.
///
/// # Errors
/// The database did not do it.
pub async fn heartbeat(app: &App) -> Result<Heartbeats> {
    let mut asker = Asker::new(app.clone());
    let mut all = asker.pass().await?;
    while all.is_waiting {
        let more = asker.pass().await?;
        all = Heartbeats {
            asked: all.asked + more.asked,
            changed: all.changed + more.changed,
            ..more
        };
    }
    Ok(all)
}

impl Asker {
    /// For this process.
    pub fn new(app: App) -> Self {
        Self { app, calls: FuturesUnordered::new(), busy: HashSet::new() }
    }

    /// Asks who is due and stores what has been answered. It waits a moment for each answer, and returns when there are no more or the
    /// next one takes longer.
    ///
    /// # Errors
    /// The database did not do it.
    pub async fn pass(&mut self) -> Result<Heartbeats> {
        self.ask_due().await?;
        let (mut asked, mut changed) = (0, 0);
        while let Ok(Some(answered)) = timeout(PASS_WAIT, self.calls.next()).await {
            self.busy.remove(&answered.state.agent);
            asked += 1;
            changed += usize::from(store(&self.app, answered).await?);
        }
        let busy = &self.busy;
        let next = self
            .app
            .db()
            .read(|tx| Box::pin(async move { agent_state::all(tx).await }))
            .await?
            .iter()
            .filter(|state| state.communication != "disabled" && !busy.contains(&state.agent))
            .filter_map(|state| state.due_at)
            .min();
        let next = next.map(|at| sql::from_micros("agent_state", "due_at", at)).transpose()?;
        Ok(Heartbeats { asked, changed, is_waiting: !self.calls.is_empty(), next })
    }

    async fn ask_due(&mut self) -> Result<()> {
        let asked_at = self.app.now();
        let (states, intervals) = self
            .app
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
        let micros = sql::to_micros(asked_at);
        for state in states {
            let is_due = state.due_at.is_some_and(|at| at <= micros);
            if state.communication == "disabled" || !is_due || self.busy.contains(&state.agent) {
                continue;
            }
            let interval = intervals.get(&state.agent).copied().unwrap_or(INTERVAL);
            let is_first = state.status == "waiting";
            let integration = self.app.integration(&state.agent).await?;
            self.busy.insert(state.agent.clone());
            self.calls.push(Box::pin(async move {
                let answer = match integration {
                    Ok(integration) => ask(integration, is_first).await,
                    Err(none) => Communication::NotCommunicating { why: none.to_string() },
                };
                Answered { state, interval, asked_at, answer }
            }));
        }
        Ok(())
    }
}

async fn ask(integration: Arc<dyn Integration>, is_first: bool) -> Communication {
    let asking = integration.heartbeat(Heartbeat { is_first });
    timeout(ANSWER_MAX, asking).await.unwrap_or_else(|_| Communication::NotCommunicating {
        why: format!("it did not answer within {} seconds", ANSWER_MAX.as_secs()),
    })
}

/// Stores what an agent has answered, and wakes jobs that wait for it when it is there again.
async fn store(app: &App, answered: Answered) -> Result<bool> {
    let Answered { state, interval, asked_at: now, answer } = answered;
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
                    let key = WaitKey::Agent(agent.clone());
                    daily_job::wake_waiting(tx, &key, micros, WOKEN_MAX).await?;
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

impl std::fmt::Debug for Asker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asker").finish_non_exhaustive()
    }
}

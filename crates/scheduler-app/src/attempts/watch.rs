//! Following attempts: one question for all of an agent.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use connector::{AttemptKey, Report, Reports, State, TaskRef, TaskStatus, Watch};
use futures_util::future::join_all;
use scheduler_core::job::{Event, News};
use scheduler_store::attempt;
use scheduler_store::server_state;

use super::start::exit;
use super::task;
use crate::App;
use crate::error::Result;
use crate::work::Work;

/// Attempts that one question is about at most.
const TASKS_MAX: usize = 10_000;
/// Attempts that are taken up at once at most.
const TAKEN_MAX: i64 = 10_000;

/// Follows the attempts of this process. What it remembers is read again after a restart.
#[derive(Debug)]
pub struct Watcher {
    app: App,
    /// By agent.
    agents: HashMap<String, Followed>,
    /// Attempts that were put under watch before this are known.
    seen: i64,
    wait: Duration,
}

/// The attempts of an agent.
#[derive(Debug, Default)]
struct Followed {
    tasks: BTreeMap<AttemptKey, Task>,
    cursor: Option<String>,
}

#[derive(Debug)]
struct Task {
    job: i64,
    number: i64,
    state: State,
}

/// What an agent has said.
struct Heard {
    agent: String,
    reports: Reports,
}

impl Watcher {
    /// For this process; an agent may wait so long for news before it answers that there are none.
    pub fn new(app: App, wait: Duration) -> Self {
        Self { app, agents: HashMap::new(), seen: i64::MIN, wait }
    }

    /// Asks each agent once for news of its attempts and stores them. Says how many attempts are followed, and how many had
    /// news.
    ///
    /// # Errors
    /// The database did not do it; the agents are asked again for everything.
    pub async fn pass(&mut self) -> Result<(usize, usize)> {
        self.take_up().await?;
        let followed = self.agents.values().map(|agent| agent.tasks.len()).sum();
        let questions = self.agents.iter().filter(|(_, agent)| !agent.tasks.is_empty());
        let questions = questions.map(|(name, agent)| ask(&self.app, name, agent, self.wait));
        let answers: Vec<Heard> = join_all(questions).await.into_iter().flatten().collect();
        let mut count = 0;
        for answer in answers {
            count += answer.reports.reports.len();
            if let Err(error) = self.store(&answer).await {
                // Whatever was said counts as not heard.
                self.agents.clear();
                self.seen = i64::MIN;
                return Err(error);
            }
            self.heard(answer);
        }
        Ok((followed, count))
    }

    /// Takes up attempts that are new under watch.
    async fn take_up(&mut self) -> Result<()> {
        let (node, seen) = (self.app.life().node_id, self.seen);
        let (instance, rows) = self
            .app
            .db()
            .read(move |tx| {
                Box::pin(async move {
                    let rows = attempt::watched_since(tx, node, seen, TAKEN_MAX).await?;
                    Ok::<_, sql::Error>((server_state::read(tx).await?.instance, rows))
                })
            })
            .await?;
        for row in rows {
            let key = task::key(&instance, row.job_id, row.number);
            self.seen = self.seen.max(row.due_at.unwrap_or(i64::MIN));
            let task = Task {
                job: row.job_id,
                number: row.number,
                state: State(row.handle.unwrap_or_default()),
            };
            self.agents.entry(row.agent).or_default().tasks.entry(key).or_insert(task);
        }
        Ok(())
    }

    async fn store(&self, news: &Heard) -> Result<()> {
        let Some(agent) = self.agents.get(&news.agent) else { return Ok(()) };
        let known = |report: &Report| {
            let task = agent.tasks.get(&report.attempt)?;
            Some((task.job, task.number, report.clone()))
        };
        let reports: Arc<Vec<_>> =
            Arc::new(news.reports.reports.iter().filter_map(known).collect());
        if reports.is_empty() {
            return Ok(());
        }
        let (now, life, bodies) = (self.app.now(), self.app.life(), self.app.bodies());
        self.app
            .db()
            .write(move |tx| {
                let (bodies, reports) = (Arc::clone(&bodies), Arc::clone(&reports));
                Box::pin(async move {
                    let mut work = Work::begin(tx, bodies, now, life).await?;
                    for (job, number, report) in reports.iter() {
                        take(&mut work, (*job, *number), report, sql::to_micros(now)).await?;
                    }
                    work.finish().await
                })
            })
            .await?;
        Ok(())
    }

    /// What was stored is not asked for again.
    fn heard(&mut self, news: Heard) {
        let Some(agent) = self.agents.get_mut(&news.agent) else { return };
        agent.cursor = news.reports.cursor;
        for report in news.reports.reports {
            match (report.status, report.state) {
                (TaskStatus::Ended(_) | TaskStatus::Lost { .. }, _) => {
                    agent.tasks.remove(&report.attempt);
                }
                (TaskStatus::Waiting { .. } | TaskStatus::Running { .. }, Some(state)) => {
                    if let Some(task) = agent.tasks.get_mut(&report.attempt) {
                        task.state = state;
                    }
                }
                (TaskStatus::Waiting { .. } | TaskStatus::Running { .. }, None) => {}
            }
        }
    }
}

/// Asks an agent; nothing where it could not be asked, which says nothing about its tasks.
async fn ask(app: &App, agent: &str, followed: &Followed, wait: Duration) -> Option<Heard> {
    let tasks = followed.tasks.iter().take(TASKS_MAX);
    let tasks =
        tasks.map(|(key, task)| TaskRef { attempt: key.clone(), state: task.state.clone() });
    let question = Watch { tasks: tasks.collect(), cursor: followed.cursor.clone(), wait };
    let integration = match app.integration(agent).await {
        Ok(Ok(integration)) => integration,
        Ok(Err(none)) => {
            tracing::warn!(agent, "its jobs cannot be followed: {none}");
            return None;
        }
        Err(error) => {
            tracing::warn!(agent, "its jobs cannot be followed: {error}");
            return None;
        }
    };
    match integration.watch(question).await {
        Ok(reports) => Some(Heard { agent: agent.to_owned(), reports }),
        Err(error) => {
            tracing::debug!(agent, "no news: {error}");
            None
        }
    }
}

/// What a report makes of an attempt and its job.
async fn take(
    work: &mut Work<'_, '_>,
    (job, number): (i64, i64),
    report: &Report,
    now: i64,
) -> Result<()> {
    let attempt = u32::try_from(number).unwrap_or(u32::MAX);
    let Some(row) = work.attempt(job, number).await? else { return Ok(()) };
    // Late news of an attempt that has ended already.
    if row.ended_at.is_some() {
        return Ok(());
    }
    if let Some(state) = &report.state {
        row.handle = Some(state.0.clone());
    }
    match &report.status {
        TaskStatus::Waiting { phase, code } | TaskStatus::Running { phase, code } => {
            work.phase(job, phase, *code).await
        }
        TaskStatus::Ended(end) => {
            (row.code, row.ended_at) = (end.code.map(i64::from), Some(now));
            row.description.clone_from(&end.description);
            (row.wanted, row.due_at, row.tries) = (Some("archive".to_owned()), Some(now), 0);
            work.job(job, Event::News { attempt, news: News::Exited(exit(end)) });
            Ok(())
        }
        TaskStatus::Lost { why } => {
            row.description.clone_from(why);
            (row.wanted, row.due_at) = (None, None);
            work.phase(job, "LOST", None).await
        }
    }
}

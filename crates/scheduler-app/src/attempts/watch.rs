//! Following attempts: one question for all of an agent.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use connector::{AttemptKey, Integration, Report, Reports, State, TaskRef, TaskStatus, Watch};
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use scheduler_core::job::{Event, News, Status};
use scheduler_store::attempt::{self, Attempt};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::start::ended;
use super::task;
use crate::App;
use crate::agents::NoIntegration;
use crate::error::Result;
use crate::pace::{Pace, STEP};
use crate::work::Work;

/// Attempts that one question is about at most.
const TASKS_MAX: usize = 10_000;
/// How often new attempts are looked for, where a signal is lost.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long to wait after something that failed.
const FAILED_PAUSE: Duration = Duration::from_secs(1);
/// How long what an agent says of a task on its way is kept before it is stored: what has ended by then needs it not.
const PHASE_AFTER: Duration = Duration::from_millis(200);
/// Attempts that are taken up at once at most.
const TAKEN_MAX: i64 = 10_000;

/// Follows the attempts of this process. What it remembers is read again after a restart.
#[derive(Debug)]
pub struct Watcher {
    app: App,
    /// By agent.
    agents: BTreeMap<String, Followed>,
    /// Questions that are under way, one for each agent.
    questions: FuturesUnordered<BoxFuture<'static, Heard>>,
    /// What agents have said of tasks on their way, by job and number, and is not stored yet.
    phases: BTreeMap<(i64, i64), Report>,
    /// When they are stored.
    phases_at: Option<Instant>,
    /// Attempts that were put under watch before this are known.
    seen: i64,
    wait: Duration,
    failed_pause: Duration,
}

/// The attempts of an agent.
#[derive(Debug, Default)]
struct Followed {
    tasks: BTreeMap<AttemptKey, Task>,
    cursor: Option<String>,
    /// Ends the question that is under way.
    question: Option<CancellationToken>,
    /// There is more to ask for than that question does, and when it is given up for that.
    ask_anew: Option<Instant>,
    /// When it may be asked again: while much is going on, what comes within a step is told together.
    pace: Pace,
    /// When a question was given up last: that is done once in a step at most, for questions are answered soon where much is
    /// going on.
    given_up: Option<Instant>,
    /// How long to wait before the next question.
    pause: Duration,
}

#[derive(Debug)]
struct Task {
    job: i64,
    number: i64,
    state: State,
}

/// What an agent has said; none where it was not asked to the end, or could not be.
struct Heard {
    agent: String,
    reports: Option<Reports>,
    has_failed: bool,
}

impl Watcher {
    /// For this process; an agent may wait so long for news before it answers that there are none.
    pub fn new(app: App, wait: Duration) -> Self {
        let (agents, questions) = (BTreeMap::new(), FuturesUnordered::new());
        let (phases, phases_at) = (BTreeMap::new(), None);
        Self {
            app,
            agents,
            questions,
            phases,
            phases_at,
            seen: i64::MIN,
            wait,
            failed_pause: FAILED_PAUSE,
        }
    }

    /// Waits so long in place of a second before it asks again an agent that could not be asked.
    #[must_use]
    pub fn with_failed_pause(self, failed_pause: Duration) -> Self {
        Self { failed_pause, ..self }
    }

    /// Asks each agent once for news of its attempts and stores them. Says how many attempts are followed, and how many had
    /// news.
    ///
    /// # Errors
    /// The database did not do it; the agents are asked again for everything.
    pub async fn pass(&mut self) -> Result<(usize, usize)> {
        self.look().await?;
        let followed = self.agents.values().map(|agent| agent.tasks.len()).sum();
        let mut count = 0;
        while let Some(heard) = self.questions.next().await {
            count += self.take(heard).await?;
        }
        self.store_phases().await?;
        Ok((followed, count))
    }

    /// Follows attempts until it is asked to end. A question that waits for news is given up when there is more to ask for.
    ///
    /// # Errors
    /// Never; what the database did not do is tried again.
    pub async fn run(mut self, soft: CancellationToken) -> anyhow::Result<()> {
        let wake = self.app.wakes().watch.clone();
        while !soft.is_cancelled() {
            if let Err(error) = self.look().await {
                tracing::warn!("attempts under watch could not be read: {error}");
            }
            let again = self.give_up_questions().unwrap_or_else(|| Instant::now() + LOOK_EVERY);
            let heard = tokio::select! {
                biased;
                () = soft.cancelled() => break,
                Some(heard) = self.questions.next(), if !self.questions.is_empty() => Some(heard),
                () = wake.woken() => None,
                () = tokio::time::sleep_until(again) => None,
            };
            if self.phases_at.is_some_and(|at| at <= Instant::now())
                && let Err(error) = self.store_phases().await
            {
                tracing::warn!("what agents say of running jobs could not be stored: {error}");
            }
            if let Some(heard) = heard
                && let Err(error) = self.take(heard).await
            {
                tracing::warn!("news of attempts could not be stored: {error}");
                tokio::time::sleep(FAILED_PAUSE).await;
            }
        }
        Ok(())
    }

    /// Ends the questions that are to be asked anew; says when the next thing is to be done.
    fn give_up_questions(&mut self) -> Option<Instant> {
        let now = Instant::now();
        let mut next = self.phases_at;
        for agent in self.agents.values_mut() {
            match (agent.ask_anew, &agent.question) {
                (Some(at), Some(question)) if at <= now => {
                    question.cancel();
                    (agent.ask_anew, agent.given_up) = (None, Some(now));
                }
                (Some(at), Some(_)) => next = Some(next.map_or(at, |next| next.min(at))),
                (_, None) => agent.ask_anew = None,
                (None, Some(_)) => {}
            }
        }
        next
    }

    /// Stores what agents have said of tasks on their way.
    async fn store_phases(&mut self) -> Result<()> {
        self.phases_at = None;
        let phases = std::mem::take(&mut self.phases);
        let reports = phases.into_iter().map(|((job, number), report)| (job, number, report));
        let stored = store(&self.app, reports.collect()).await;
        if stored.is_err() {
            self.forget_all();
        }
        stored
    }

    /// Whatever was said counts as not heard: the agents are asked again for everything.
    fn forget_all(&mut self) {
        self.agents.clear();
        self.phases.clear();
        self.seen = i64::MIN;
    }

    async fn look(&mut self) -> Result<()> {
        self.take_up().await?;
        self.ask_all().await
    }

    /// Asks the agents that are not being asked.
    async fn ask_all(&mut self) -> Result<()> {
        for (name, agent) in &mut self.agents {
            if agent.tasks.is_empty() || agent.question.is_some() {
                continue;
            }
            let integration = self.app.integration(name).await?;
            let stop = CancellationToken::new();
            agent.question = Some(stop.clone());
            let question = question(agent, self.wait);
            let now = Instant::now();
            let rest = match self.wait {
                Duration::ZERO => Duration::ZERO,
                _ => agent.pace.next().duration_since(now),
            };
            let pause = std::mem::take(&mut agent.pause).max(rest);
            self.questions.push(ask(integration, name.clone(), question, pause, stop));
        }
        Ok(())
    }

    /// Stores what an agent has said, and how many attempts it was about.
    async fn take(&mut self, heard: Heard) -> Result<usize> {
        if let Some(agent) = self.agents.get_mut(&heard.agent) {
            agent.question = None;
            if heard.has_failed {
                agent.pause = self.failed_pause;
            }
        }
        let Some(reports) = heard.reports else { return Ok(0) };
        let count = reports.reports.len();
        let known = self.known(&heard.agent, &reports);
        let known = self.keep_phases(known);
        let since = Instant::now();
        if let Err(error) = store(&self.app, known).await {
            self.forget_all();
            return Err(error);
        }
        if let Some(agent) = self.agents.get_mut(&heard.agent) {
            agent.pace.wrote(since.elapsed(), true);
        }
        self.heard(&heard.agent, reports);
        Ok(count)
    }

    /// Takes up attempts that are new under watch.
    async fn take_up(&mut self) -> Result<()> {
        let (life, seen) = (self.app.life(), self.seen);
        let rows = self
            .app
            .db()
            .read_one(move |tx| Box::pin(attempt::watched_since(tx, life, seen, TAKEN_MAX)))
            .await?;
        for row in rows {
            let key = task::key(self.app.instance(), row.job_id, row.number);
            self.seen = self.seen.max(row.due_at.unwrap_or(i64::MIN));
            let task = Task {
                job: row.job_id,
                number: row.number,
                state: State(row.handle.unwrap_or_default()),
            };
            let agent = self.agents.entry(row.agent).or_default();
            if let Entry::Vacant(place) = agent.tasks.entry(key) {
                place.insert(task);
                // It is asked for with the others, soon.
                if agent.question.is_some() && agent.ask_anew.is_none() {
                    let now = Instant::now();
                    let at = agent.given_up.map_or(now, |last| (last + STEP).max(now));
                    agent.ask_anew = Some(at);
                }
            }
        }
        Ok(())
    }

    /// The reports of attempts that are followed.
    fn known(&self, agent: &str, reports: &Reports) -> Vec<(i64, i64, Report)> {
        let Some(agent) = self.agents.get(agent) else { return Vec::new() };
        let known = |report: &Report| {
            let task = agent.tasks.get(&report.attempt)?;
            Some((task.job, task.number, report.clone()))
        };
        reports.reports.iter().filter_map(known).collect()
    }

    /// Keeps what is said of tasks on their way for a while; what has ended, or is lost, is stored at once.
    fn keep_phases(&mut self, reports: Vec<(i64, i64, Report)>) -> Vec<(i64, i64, Report)> {
        let mut ends = Vec::new();
        for (job, number, report) in reports {
            match report.status {
                TaskStatus::Ended(_) | TaskStatus::Lost { .. } => {
                    self.phases.remove(&(job, number));
                    ends.push((job, number, report));
                }
                TaskStatus::Waiting { .. } | TaskStatus::PreRun | TaskStatus::Running { .. } => {
                    self.phases.insert((job, number), report);
                }
            }
        }
        if !self.phases.is_empty() && self.phases_at.is_none() {
            self.phases_at = Some(Instant::now() + PHASE_AFTER);
        }
        ends
    }

    /// What was stored is not asked for again.
    fn heard(&mut self, agent: &str, reports: Reports) {
        let Some(agent) = self.agents.get_mut(agent) else { return };
        agent.cursor = reports.cursor;
        agent.pause = reports.again_after;
        for report in reports.reports {
            match (report.status, report.state) {
                (TaskStatus::Ended(_) | TaskStatus::Lost { .. }, _) => {
                    agent.tasks.remove(&report.attempt);
                }
                (
                    TaskStatus::Waiting { .. } | TaskStatus::PreRun | TaskStatus::Running { .. },
                    Some(state),
                ) => {
                    if let Some(task) = agent.tasks.get_mut(&report.attempt) {
                        task.state = state;
                    }
                }
                (
                    TaskStatus::Waiting { .. } | TaskStatus::PreRun | TaskStatus::Running { .. },
                    None,
                ) => {}
            }
        }
    }
}

async fn store(app: &App, reports: Vec<(i64, i64, Report)>) -> Result<()> {
    if reports.is_empty() {
        return Ok(());
    }
    let reports = Arc::new(reports);
    let (now, life, bodies) = (app.now(), app.life(), app.bodies());
    let done = app
        .db()
        .write(move |tx| {
            let (bodies, reports) = (Arc::clone(&bodies), Arc::clone(&reports));
            Box::pin(async move {
                let mut work = Work::begin(tx, bodies, now, life).await?;
                let jobs: Vec<i64> = reports.iter().map(|(job, ..)| *job).collect();
                work.expect(&jobs).await?;
                for (job, number, report) in reports.iter() {
                    take(&mut work, (*job, *number), report, sql::to_micros(now)).await?;
                }
                work.finish().await
            })
        })
        .await?;
    app.wakes().after(done);
    Ok(())
}

fn question(followed: &Followed, wait: Duration) -> Watch {
    let tasks = followed.tasks.iter().take(TASKS_MAX);
    let tasks =
        tasks.map(|(key, task)| TaskRef { attempt: key.clone(), state: task.state.clone() });
    Watch { tasks: tasks.collect(), cursor: followed.cursor.clone(), wait }
}

/// Asks an agent. That it could not be asked says nothing about its tasks.
fn ask(
    integration: std::result::Result<Arc<dyn Integration>, NoIntegration>,
    agent: String,
    question: Watch,
    pause: Duration,
    stop: CancellationToken,
) -> BoxFuture<'static, Heard> {
    Box::pin(async move {
        let answer = async {
            // Even a sleep of no time takes until the next tick of the timer.
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            match integration {
                Ok(integration) => {
                    integration.watch(question).await.map_err(|error| error.to_string())
                }
                Err(none) => Err(none.to_string()),
            }
        };
        let answer = tokio::select! {
            answer = answer => Some(answer),
            () = stop.cancelled() => None,
        };
        let (reports, has_failed) = match answer {
            Some(Ok(reports)) => (Some(reports), false),
            Some(Err(why)) => {
                tracing::warn!(agent, "its jobs cannot be followed now: {why}");
                (None, true)
            }
            None => (None, false),
        };
        Heard { agent, reports, has_failed }
    })
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
    if row.ended_at.is_some() {
        over(row, report, now);
        return Ok(());
    }
    if let Some(state) = &report.state {
        row.handle = Some(state.0.clone());
    }
    match &report.status {
        TaskStatus::Waiting { phase, code } => work.phase(job, phase, *code).await,
        TaskStatus::Running { phase, code } => {
            work.job(job, Event::News { attempt, news: News::Running });
            work.phase(job, phase, *code).await
        }
        TaskStatus::PreRun => {
            work.job(job, Event::News { attempt, news: News::PrerunStarted });
            Ok(())
        }
        TaskStatus::Ended(end) => {
            (row.code, row.ended_at) = (end.code.map(i64::from), Some(now));
            row.description.clone_from(&end.description);
            (row.wanted, row.due_at, row.tries) = (Some("archive".to_owned()), Some(now), 0);
            if end.is_pre_run_failure {
                row.ending = Some(Status::PrerunFailed.description().to_owned());
            }
            work.job(job, Event::News { attempt, news: ended(end) });
            Ok(())
        }
        TaskStatus::Lost { why } => {
            row.description.clone_from(why);
            (row.wanted, row.due_at) = (None, None);
            work.phase(job, "LOST", None).await
        }
    }
}

/// News of an attempt that counts as ended already. Where somebody has decided how it ended while its task went on, that stays; its
/// logs are wanted once the task is over.
fn over(row: &mut Attempt, report: &Report, now: i64) {
    if row.wanted.as_deref() != Some("watch") {
        return;
    }
    match &report.status {
        TaskStatus::Ended(end) => {
            row.code = end.code.map(i64::from);
            row.description.clone_from(&end.description);
            (row.wanted, row.due_at, row.tries) = (Some("archive".to_owned()), Some(now), 0);
        }
        TaskStatus::Lost { why } => {
            row.description.clone_from(why);
            (row.wanted, row.due_at) = (None, None);
        }
        TaskStatus::Waiting { .. } | TaskStatus::PreRun | TaskStatus::Running { .. } => {}
    }
}

//! Following attempts: one question for all of an agent, or several where it has more than one may be about.

use std::collections::BTreeMap;
use std::time::Duration;

use connector::{AttemptKey, Report, Reports, State, TaskStatus};
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use scheduler_store::attempt::{self, Attempt};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::followed::{Answer, Followed, Heard, Part, Task};
use super::{reports, task};
use crate::App;
use crate::error::Result;
use crate::places::Place;

/// Attempts that one question is about at most.
const TASKS_MAX: usize = 10_000;
/// How often new attempts are looked for, where a signal is lost.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often all attempts under watch are read again. Of two transactions the later one may be stored first: whoever has seen that
/// one then looks no more for what the other one has put under watch before it.
const READ_AGAIN: Duration = Duration::from_secs(60);
/// How long to wait after something that failed.
const FAILED_PAUSE: Duration = Duration::from_secs(1);
/// How long what an agent says of a task on its way is kept before it is stored: what has ended by then needs it not.
const PHASE_AFTER: Duration = Duration::from_millis(200);
/// Attempts that are read at once at most.
const PAGE: usize = 10_000;
/// Before all attempts under watch.
const FIRST: (i64, i64, i64) = (i64::MIN, i64::MIN, i64::MIN);

/// Follows the attempts of this process. What it remembers is read again after a restart.
#[derive(Debug)]
pub struct Watcher {
    app: App,
    parts: BTreeMap<Part, Followed>,
    /// Questions that are under way, one for each part.
    questions: FuturesUnordered<BoxFuture<'static, Heard>>,
    /// The number of the last question.
    asked: u64,
    /// What agents have said of tasks on their way and is not stored yet.
    phases: BTreeMap<Place, Report>,
    /// When they are stored.
    phases_at: Option<Instant>,
    /// The last attempt under watch that is known: when it was put there, its job and its number.
    seen: (i64, i64, i64),
    /// When all are read again.
    read_again: Instant,
    wait: Duration,
    failed_pause: Duration,
    tasks_max: usize,
    page: usize,
}

impl Watcher {
    /// For this process; an agent may wait so long for news before it answers that there are none.
    pub fn new(app: App, wait: Duration) -> Self {
        Self {
            app,
            parts: BTreeMap::new(),
            questions: FuturesUnordered::new(),
            asked: 0,
            phases: BTreeMap::new(),
            phases_at: None,
            seen: FIRST,
            read_again: Instant::now() + READ_AGAIN,
            wait,
            failed_pause: FAILED_PAUSE,
            tasks_max: TASKS_MAX,
            page: PAGE,
        }
    }

    /// Waits so long in place of a second before it asks again an agent that could not be asked.
    #[must_use]
    pub fn with_failed_pause(self, failed_pause: Duration) -> Self {
        Self { failed_pause, ..self }
    }

    /// One question is about fewer attempts, and fewer are read at once.
    #[cfg(test)]
    pub(crate) fn with_bounds(self, tasks_max: usize, page: usize) -> Self {
        Self { tasks_max, page, ..self }
    }

    /// Asks each agent once for news of its attempts and stores them. Says how many attempts are followed, and how many had
    /// news.
    ///
    /// # Errors
    /// The database did not do it; the agents are asked again for everything.
    pub async fn pass(&mut self) -> Result<(usize, usize)> {
        self.look().await?;
        let followed = self.parts.values().map(Followed::len).sum();
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
        for part in self.parts.values_mut() {
            let again = [part.recall(now), part.give_up(now)];
            next = again.into_iter().chain([next]).flatten().min();
        }
        next
    }

    /// Stores what agents have said of tasks on their way. What is refused for what is in it has been told of, and is not tried again.
    async fn store_phases(&mut self) -> Result<()> {
        self.phases_at = None;
        let phases = std::mem::take(&mut self.phases);
        let stored = reports::store(&self.app, phases.into_iter().collect()).await;
        if stored.is_err() {
            self.forget_all();
        }
        stored.map(|_| ())
    }

    /// Whatever was said counts as not heard: the agents are asked again for everything. Questions that are under way end.
    fn forget_all(&mut self) {
        self.parts.clear();
        self.phases.clear();
        self.seen = FIRST;
    }

    async fn look(&mut self) -> Result<()> {
        if self.read_again <= Instant::now() {
            (self.seen, self.read_again) = (FIRST, Instant::now() + READ_AGAIN);
        }
        self.take_up().await?;
        self.ask_all().await
    }

    /// Asks the agents that are not being asked.
    async fn ask_all(&mut self) -> Result<()> {
        for (of, part) in &mut self.parts {
            if !part.has_to_ask() {
                continue;
            }
            let integration = self.app.integration(&of.0).await?;
            self.asked += 1;
            let asked = part.ask(self.asked, self.wait);
            self.questions.push(asked.to(integration, of.clone()));
        }
        Ok(())
    }

    /// Stores what an agent has said, and how many attempts it was about.
    async fn take(&mut self, heard: Heard) -> Result<usize> {
        let failed_pause = self.failed_pause;
        let Some(part) = self.parts.get_mut(&heard.of) else { return Ok(0) };
        if !part.is_answered_by(&heard) {
            return Ok(0);
        }
        let agent = &heard.of.0;
        let reports = match heard.answer {
            Answer::Reports(reports) => reports,
            Answer::Failed(why) => {
                if part.failed(&why, failed_pause) {
                    tracing::warn!(agent, "its jobs cannot be followed now: {why}");
                }
                return Ok(0);
            }
            Answer::GivenUp => return Ok(0),
        };
        if part.answered() {
            tracing::info!(agent, "its jobs are followed again");
        }
        let count = reports.reports.len();
        let known = known(part, &reports);
        let ends = self.keep_phases(known);
        let (since, has_ends) = (Instant::now(), !ends.is_empty());
        let refused = match reports::store(&self.app, ends).await {
            Ok(refused) => refused,
            Err(error) => {
                self.forget_all();
                return Err(error);
            }
        };
        if let Some(part) = self.parts.get_mut(&heard.of) {
            if has_ends {
                part.pace.wrote(since.elapsed(), true);
            } else {
                part.pace.looked();
            }
            part.put_off(&refused);
            part.heard(reports);
        }
        Ok(count)
    }

    /// Takes up attempts that are new under watch.
    async fn take_up(&mut self) -> Result<()> {
        let (life, page) = (self.app.life(), self.page);
        let max = i64::try_from(page).unwrap_or(i64::MAX);
        loop {
            let seen = self.seen;
            let rows = self
                .app
                .db()
                .read_one(move |tx| Box::pin(attempt::watched_after(tx, life, seen, max)))
                .await?;
            let count = rows.len();
            for row in rows {
                self.follow(row);
            }
            if count < page {
                return Ok(());
            }
        }
    }

    /// Follows an attempt, if that is not done already.
    fn follow(&mut self, row: Attempt) {
        self.seen = (row.due_at.unwrap_or(i64::MIN), row.job_id, row.number);
        let key = task::key(self.app.instance(), row.job_id, row.number);
        let place = (row.job_id, row.number);
        let task = Task { place, state: State(row.handle.unwrap_or_default()) };
        let number = self.part_for(&row.agent, &key);
        if let Some(number) = number {
            self.parts.entry((row.agent, number)).or_default().add(key, task);
        }
    }

    /// The first part of an agent that has room for a task, which may be a new one; none where one has it.
    fn part_for(&self, agent: &str, key: &AttemptKey) -> Option<usize> {
        let own = self.parts.range((agent.to_owned(), 0)..=(agent.to_owned(), usize::MAX));
        let (mut free, mut count) = (None, 0);
        for ((_, number), part) in own {
            if part.has(key) {
                return None;
            }
            count += 1;
            if part.len() < self.tasks_max {
                free = free.or(Some(*number));
            }
        }
        free.or(Some(count))
    }

    /// Keeps what is said of tasks on their way for a while; what has ended, or is lost, is stored at once.
    fn keep_phases(&mut self, reports: Vec<(Place, Report)>) -> Vec<(Place, Report)> {
        let mut ends = Vec::new();
        for (place, report) in reports {
            match report.status {
                TaskStatus::Ended(_) | TaskStatus::Lost { .. } => {
                    self.phases.remove(&place);
                    ends.push((place, report));
                }
                TaskStatus::Waiting { .. } | TaskStatus::PreRun | TaskStatus::Running { .. } => {
                    self.phases.insert(place, report);
                }
            }
        }
        if !self.phases.is_empty() && self.phases_at.is_none() {
            self.phases_at = Some(Instant::now() + PHASE_AFTER);
        }
        ends
    }
}

/// The reports of attempts that are followed.
fn known(part: &Followed, reports: &Reports) -> Vec<(Place, Report)> {
    let known = |report: &Report| Some((part.tasks.get(&report.attempt)?.place, report.clone()));
    reports.reports.iter().filter_map(known).collect()
}

//! Starting attempts, and looking for those whose start had no certain answer.

use std::collections::HashSet;
use std::sync::Arc;

use connector::{Found, StartTask, Started};
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::{SignedDuration, Timestamp};
use scheduler_core::job::{Event, Exit, News};
use scheduler_store::attempt::{self, Attempt};
use scheduler_store::{daily_job, daily_schedule, server_state};

use super::task;
use crate::App;
use crate::error::Result;
use crate::work::Work;

/// Calls under way at the same time at most.
const CALLS_MAX: usize = 256;
/// First wait before something is looked for again; it doubles up to [`FIND_MAX`].
const FIND_FIRST: SignedDuration = SignedDuration::from_secs(1);
/// Longest wait before something is looked for again.
const FIND_MAX: SignedDuration = SignedDuration::from_secs(60);

/// Starts attempts and looks for lost ones. It remembers only which calls are under way.
#[derive(Debug)]
pub struct Starter {
    app: App,
    calls: FuturesUnordered<BoxFuture<'static, Answered>>,
    busy: HashSet<(i64, i64)>,
}

/// What an agent has said of an attempt.
struct Answered {
    attempt: Attempt,
    answer: Answer,
}

enum Answer {
    Started(Started),
    Found(Found),
}

/// An attempt with what is to be sent for it, or why that cannot be said.
struct Order {
    attempt: Attempt,
    task: std::result::Result<StartTask, String>,
}

impl Starter {
    /// For this process.
    pub fn new(app: App) -> Self {
        Self { app, calls: FuturesUnordered::new(), busy: HashSet::new() }
    }

    /// Takes up what is wanted and stores what has been answered; waits for the first answer where calls are under way.
    /// Says how many answers there were; 0 when nothing is under way.
    ///
    /// # Errors
    /// The database did not do it. Answers that could not be stored are lost, and their attempts are looked for in the next
    /// life, never started again.
    pub async fn pass(&mut self) -> Result<usize> {
        self.take_up().await?;
        let Some(first) = self.calls.next().await else { return Ok(0) };
        let mut answered = vec![first];
        // Others that are there already are stored with it.
        while let Some(Some(next)) = futures_util::FutureExt::now_or_never(self.calls.next()) {
            answered.push(next);
        }
        let count = answered.len();
        for each in &answered {
            self.busy.remove(&(each.attempt.job_id, each.attempt.number));
        }
        self.store(answered).await?;
        Ok(count)
    }

    async fn take_up(&mut self) -> Result<()> {
        let room = CALLS_MAX.saturating_sub(self.calls.len());
        if room == 0 {
            return Ok(());
        }
        for order in self.orders(room).await? {
            let place = (order.attempt.job_id, order.attempt.number);
            if self.busy.insert(place) {
                self.calls.push(call(self.app.clone(), order));
            }
        }
        Ok(())
    }

    async fn orders(&self, room: usize) -> Result<Vec<Order>> {
        let (node, now) = (self.app.life().node_id, self.app.now());
        let (busy, bodies) = (self.busy.clone(), self.app.bodies());
        // What is under way is wanted still.
        let max = i64::try_from(room + busy.len()).unwrap_or(i64::MAX);
        self.app
            .db()
            .read(move |tx| {
                Box::pin(async move {
                    let mut wanted =
                        attempt::wanted(tx, node, "start", sql::to_micros(now), max).await?;
                    wanted
                        .extend(attempt::wanted(tx, node, "find", sql::to_micros(now), max).await?);
                    wanted.retain(|each| !busy.contains(&(each.job_id, each.number)));
                    let ids = sql::id_list(wanted.iter().map(|each| each.job_id));
                    let jobs = daily_job::by_ids(tx, &ids).await?;
                    let ids = sql::id_list(jobs.iter().map(|job| job.schedule_id));
                    let schedules = daily_schedule::by_ids(tx, &ids).await?;
                    let instance = server_state::read(tx).await?.instance;
                    let mut orders = Vec::new();
                    for attempt in wanted {
                        let Some(job) = jobs.iter().find(|job| job.id == attempt.job_id) else {
                            continue;
                        };
                        let schedule = schedules.iter().find(|each| each.id == job.schedule_id);
                        let Some(schedule) = schedule else { continue };
                        let definition = bodies.job(tx, job.definition_id).await?;
                        let key = task::key(&instance, attempt.job_id, attempt.number);
                        let place = (job, schedule);
                        let task = task::task(tx, key, &attempt, place, &definition, now).await?;
                        orders.push(Order { attempt, task });
                    }
                    Ok(orders)
                })
            })
            .await
    }

    async fn store(&self, answered: Vec<Answered>) -> Result<()> {
        let (now, life, bodies) = (self.app.now(), self.app.life(), self.app.bodies());
        let answered = Arc::new(answered);
        self.app
            .db()
            .write(move |tx| {
                let (bodies, answered) = (Arc::clone(&bodies), Arc::clone(&answered));
                Box::pin(async move {
                    let mut work = Work::begin(tx, bodies, now, life).await?;
                    for each in answered.iter() {
                        take(&mut work, each, now).await?;
                    }
                    work.finish().await
                })
            })
            .await?;
        Ok(())
    }
}

fn call(app: App, order: Order) -> BoxFuture<'static, Answered> {
    let Order { attempt, task } = order;
    let is_find = attempt.wanted.as_deref() == Some("find");
    Box::pin(async move {
        let answer = if is_find {
            Answer::Found(find(&app, &attempt, task).await)
        } else {
            Answer::Started(start(&app, &attempt, task).await)
        };
        Answered { attempt, answer }
    })
}

async fn start(app: &App, attempt: &Attempt, task: Result<StartTask, String>) -> Started {
    let task = match task {
        Ok(task) => task,
        Err(why) => return Started::Refused { why },
    };
    match app.integration(&attempt.agent).await {
        Ok(Ok(integration)) => integration.start(task).await,
        // Nothing was sent.
        Ok(Err(none)) => Started::Refused { why: none.to_string() },
        // Nothing was sent here either, but the job is not to blame: it is looked for, and started again.
        Err(error) => Started::Unknown { why: error.to_string() },
    }
}

async fn find(app: &App, attempt: &Attempt, task: Result<StartTask, String>) -> Found {
    // What cannot be made into a task was never sent.
    let Ok(task) = task else { return Found::Never };
    match app.integration(&attempt.agent).await {
        Ok(Ok(integration)) => integration.find(task).await,
        Ok(Err(none)) => Found::NotNow { why: none.to_string() },
        Err(error) => Found::NotNow { why: error.to_string() },
    }
}

/// What an answer makes of an attempt and its job.
async fn take(work: &mut Work<'_, '_>, answered: &Answered, now: Timestamp) -> Result<()> {
    let (job, number) = (answered.attempt.job_id, answered.attempt.number);
    let attempt = u32::try_from(number).unwrap_or(u32::MAX);
    let news = |news| Event::News { attempt, news };
    let Some(row) = work.attempt(job, number).await? else { return Ok(()) };
    let micros = sql::to_micros(now);
    match &answered.answer {
        Answer::Started(Started::Running { state }) => {
            follow(row, &state.0, micros);
            work.job(job, news(News::Running));
        }
        Answer::Found(Found::Running { state }) => {
            follow(row, &state.0, micros);
            work.job(job, news(News::StartFound));
            work.job(job, news(News::Running));
        }
        Answer::Started(Started::Ended { state, end }) => {
            follow(row, &state.0, micros);
            row.wanted = Some("archive".to_owned());
            (row.code, row.ended_at) = (end.code.map(i64::from), Some(micros));
            row.description.clone_from(&end.description);
            work.job(job, news(News::Exited(exit(end))));
        }
        Answer::Started(Started::Refused { why }) => {
            over(row, why, micros);
            work.job(job, news(News::StartRefused));
        }
        Answer::Started(Started::Unknown { why }) => {
            row.description.clone_from(why);
            work.job(job, news(News::StartUnknown));
        }
        Answer::Found(Found::Never) => {
            over(row, "it never arrived at its agent", micros);
            work.job(job, news(News::StartNotFound));
        }
        Answer::Found(Found::NotNow { why }) => {
            row.description.clone_from(why);
            row.tries += 1;
            row.due_at = Some(sql::to_micros(again(now, row.tries)));
        }
        Answer::Found(Found::Cannot { why }) => {
            // An operator decides.
            row.description.clone_from(why);
            row.wanted = None;
        }
    }
    Ok(())
}

/// The agent has it: it is followed.
fn follow(row: &mut Attempt, state: &str, now: i64) {
    row.handle = Some(state.to_owned());
    row.wanted = Some("watch".to_owned());
    (row.due_at, row.tries, row.started_at) = (Some(now), 0, Some(now));
    row.description.clear();
}

/// It was never there.
fn over(row: &mut Attempt, why: &str, now: i64) {
    why.clone_into(&mut row.description);
    (row.wanted, row.due_at, row.ended_at) = (None, None, Some(now));
}

/// How an attempt has ended, for the core.
pub(super) fn exit(end: &connector::End) -> Exit {
    match (end.is_killed, end.code) {
        (true, _) => Exit::Killed,
        (false, Some(code)) => Exit::Code(code),
        (false, None) => Exit::NoCode,
    }
}

fn again(now: Timestamp, tries: i64) -> Timestamp {
    let doubled = u32::try_from(tries.clamp(1, 7) - 1).unwrap_or(0);
    let wait = (FIND_FIRST * i32::pow(2, doubled)).min(FIND_MAX);
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

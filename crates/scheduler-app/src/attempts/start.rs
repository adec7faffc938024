//! Starting attempts, and looking for those whose start had no certain answer.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use connector::{Found, Integration, StartTask, Started};
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use kit::Wake;
use scheduler_core::job::{Event, Exit, News};
use scheduler_store::attempt::{self, Attempt};
use scheduler_store::daily_job::{self, DailyJob};
use scheduler_store::daily_schedule::{self, DailySchedule};
use tokio_util::sync::CancellationToken;

use super::task::{self, Planned, Surroundings};
use crate::App;
use crate::agents::NoIntegration;
use crate::error::Result;
use crate::places::{Place, Places};
use crate::turns::{self, Call, Calls, Turns, place_of};
use crate::work::Work;

/// First wait before something is looked for again; it doubles up to [`FIND_MAX`].
const FIND_FIRST: SignedDuration = SignedDuration::from_secs(1);
/// Longest wait before something is looked for again.
const FIND_MAX: SignedDuration = SignedDuration::from_secs(60);

/// Starts attempts and looks for lost ones. It remembers only which calls are under way.
pub struct Starter(Turns<Starts>);

/// What a starter does.
struct Starts(App);

/// What an agent has said of an attempt.
#[derive(Debug, Clone)]
struct Told {
    attempt: Attempt,
    answer: Answer,
}

#[derive(Debug, Clone)]
enum Answer {
    Started(Started),
    Found(Found),
}

/// An attempt with what is to be sent for it.
struct Order {
    attempt: Attempt,
    task: StartTask,
    /// Why it cannot be sent.
    fault: Option<String>,
}

/// The way to an agent.
type Connection = std::result::Result<Arc<dyn Integration>, NoIntegration>;

impl Starter {
    /// For this process.
    pub fn new(app: App) -> Self {
        Self(Turns::new(Starts(app)))
    }

    /// Takes up what is wanted and stores what has been answered; waits for the first answer where calls are under way.
    /// Says how many answers there were; 0 when nothing is under way.
    ///
    /// # Errors
    /// The database did not do it. Answers that could not be stored are stored by a later pass.
    pub async fn pass(&mut self) -> Result<usize> {
        self.0.pass().await
    }

    /// Starts and looks for attempts until it is asked to end; calls that are under way then end with the process, and
    /// the next life looks for their attempts.
    ///
    /// # Errors
    /// Never; what the database did not do is tried again.
    pub async fn run(self, soft: CancellationToken) -> anyhow::Result<()> {
        self.0.run(soft).await
    }

    /// Takes up what is wanted and not under way.
    #[cfg(test)]
    pub(crate) async fn take_up(&mut self) -> Result<()> {
        self.0.take_up().await
    }

    /// Stores what has been answered, and waits for nothing.
    #[cfg(test)]
    pub(crate) async fn take_answered(&mut self) -> Result<usize> {
        self.0.take_answered().await
    }
}

impl std::fmt::Debug for Starter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Starter").finish_non_exhaustive()
    }
}

impl turns::Answer for Told {
    fn place(&self) -> Place {
        place_of(&self.attempt)
    }
}

impl Calls for Starts {
    type Answer = Told;
    const CALLS_MAX: usize = 1024;
    const AGENT_CALLS_MAX: usize = 256;
    const LOOK_EVERY: Duration = Duration::from_secs(1);
    const LEADS_ON: bool = false;
    const NOT_STORED: &'static str = "answers of agents could not be stored yet";
    const NOT_READ: &'static str = "attempts to start could not be read";

    fn wake(&self) -> Wake {
        self.0.wakes().start.clone()
    }

    async fn wanted(&mut self, places: &Places, room: usize) -> Result<(Vec<Call<Told>>, bool)> {
        let mut connections: HashMap<String, Connection> = HashMap::new();
        let mut calls = Vec::new();
        let (orders, has_more) = orders(&self.0, places.clone(), room).await?;
        for order in orders {
            let agent = &order.attempt.agent;
            if !connections.contains_key(agent) {
                connections.insert(agent.clone(), self.0.integration(agent).await?);
            }
            let connection = connections[agent].clone();
            let (place, agent) = (place_of(&order.attempt), agent.clone());
            calls.push(Call { place, agent, answer: call(order, connection) });
        }
        Ok((calls, has_more))
    }

    async fn store(&self, answers: Arc<Vec<Told>>) -> Result<()> {
        store(&self.0, answers).await
    }

    fn in_place_of(&self, told: &Told, why: String) -> Told {
        let why = format!("what its agent has answered could not be stored: {why}");
        let answer = match &told.answer {
            // It does not run, whatever else was said.
            Answer::Started(Started::Refused { .. }) => Answer::Started(Started::Refused { why }),
            Answer::Started(Started::NotSent { .. }) => Answer::Started(Started::NotSent { why }),
            Answer::Started(_) => Answer::Started(Started::Unknown { why }),
            Answer::Found(_) => Answer::Found(Found::NotNow { why }),
        };
        Told { attempt: told.attempt.clone(), answer }
    }
}

/// What is wanted, not under way, and has a place; and whether there may be more.
async fn orders(app: &App, mut places: Places, room: usize) -> Result<(Vec<Order>, bool)> {
    let (life, now) = (app.life(), app.now());
    let (bodies, own) = (app.bodies(), app.clone());
    // What is under way is wanted still.
    let (max, except) = (room + places.open_len(), places.full());
    app.db()
        .read(move |tx| {
            Box::pin(async move {
                let what = sql::text_list(["start", "find"]);
                let (due, limit) = (sql::to_micros(now), i64::try_from(max).unwrap_or(i64::MAX));
                let mut wanted = attempt::wanted(tx, life, &what, &except, due, limit).await?;
                let has_more = places.choose(&mut wanted, room, max);
                if wanted.is_empty() {
                    return Ok((Vec::new(), has_more));
                }
                let ids = sql::id_list(wanted.iter().map(|each| each.job_id));
                let jobs = daily_job::by_ids(tx, &ids).await?;
                bodies.prefetch(tx, jobs.iter().map(|job| job.definition_id)).await?;
                let jobs: HashMap<i64, DailyJob> =
                    jobs.into_iter().map(|job| (job.id, job)).collect();
                let ids: BTreeSet<i64> = jobs.values().map(|job| job.schedule_id).collect();
                let schedules = daily_schedule::by_ids(tx, &sql::id_list(ids)).await?;
                let schedules: HashMap<i64, DailySchedule> =
                    schedules.into_iter().map(|schedule| (schedule.id, schedule)).collect();
                let mut orders = Vec::new();
                let mut around = Surroundings::new(&own, now);
                for attempt in wanted {
                    let Some(job) = jobs.get(&attempt.job_id) else { continue };
                    let Some(schedule) = schedules.get(&job.schedule_id) else { continue };
                    let definition = bodies.job(tx, job.definition_id).await?;
                    let key = task::key(own.instance(), attempt.job_id, attempt.number);
                    let of_schedule = bodies.schedule(tx, schedule.definition_id).await?;
                    let (definition, of_schedule) = (&*definition, &*of_schedule);
                    let planned = Planned { job, schedule, definition, of_schedule };
                    let task = task::task(tx, key, &attempt, planned, &mut around).await?;
                    let (task, fault) = task;
                    orders.push(Order { attempt, task, fault });
                }
                Ok((orders, has_more))
            })
        })
        .await
}

async fn store(app: &App, answered: Arc<Vec<Told>>) -> Result<()> {
    let (now, life, bodies) = (app.now(), app.life(), app.bodies());
    let watched_at = app.watched_at(sql::to_micros(now));
    let done = app
        .db()
        .write(move |tx| {
            let (bodies, answered) = (Arc::clone(&bodies), Arc::clone(&answered));
            Box::pin(async move {
                let mut work = Work::begin(tx, bodies, now, life).await?;
                let jobs: Vec<i64> = answered.iter().map(|each| each.attempt.job_id).collect();
                work.expect(&jobs).await?;
                for each in answered.iter() {
                    take(&mut work, each, now, watched_at).await?;
                }
                work.finish().await
            })
        })
        .await?;
    app.wakes().after(done);
    app.wakes().watch.wake();
    Ok(())
}

/// Asks an agent.
fn call(order: Order, integration: Connection) -> BoxFuture<'static, Told> {
    let Order { attempt, task, fault } = order;
    let is_find = attempt.wanted.as_deref() == Some("find");
    Box::pin(async move {
        let answer = if is_find {
            Answer::Found(find(integration, task).await)
        } else {
            start(integration, task, fault).await
        };
        Told { attempt, answer }
    })
}

async fn start(integration: Connection, task: StartTask, fault: Option<String>) -> Answer {
    if let Some(why) = fault {
        return Answer::Started(Started::Refused { why });
    }
    match integration {
        Ok(integration) => Answer::Started(integration.start(task).await),
        Err(none) => Answer::Started(Started::NotSent { why: none.to_string() }),
    }
}

/// Texts that have no values now had some when it was sent: that says nothing about whether it runs.
async fn find(integration: Connection, task: StartTask) -> Found {
    match integration {
        Ok(integration) => integration.find(task).await,
        Err(none) => Found::NotNow { why: none.to_string() },
    }
}

/// What an answer makes of an attempt and its job.
async fn take(
    work: &mut Work<'_, '_>,
    answered: &Told,
    now: Timestamp,
    watched_at: i64,
) -> Result<()> {
    let (job, number) = (answered.attempt.job_id, answered.attempt.number);
    let attempt = u32::try_from(number).unwrap_or(u32::MAX);
    let news = |news| Event::News { attempt, news };
    let Some(row) = work.attempt(job, number).await? else { return Ok(()) };
    if row.wanted != answered.attempt.wanted {
        // It was stored before, and nobody could say so.
        return Ok(());
    }
    let micros = sql::to_micros(now);
    match &answered.answer {
        Answer::Started(Started::Running { state }) => {
            follow(row, &state.0, micros, watched_at);
            // Of one with a pre-run it is said when it begins.
            if !work.has_pre_run(job).await? {
                work.job(job, news(News::Running));
            }
        }
        Answer::Found(Found::Running { state }) => {
            follow(row, &state.0, micros, watched_at);
            work.job(job, news(News::StartFound));
            if !work.has_pre_run(job).await? {
                work.job(job, news(News::Running));
            }
        }
        Answer::Started(Started::Ended { state, end }) => {
            follow(row, &state.0, micros, watched_at);
            (row.wanted, row.due_at) = (Some("archive".to_owned()), Some(micros));
            (row.code, row.ended_at) = (end.code.map(i64::from), Some(micros));
            row.description.clone_from(&end.description);
            work.job(job, news(ended(end)));
        }
        Answer::Started(Started::Refused { why }) => {
            over(row, why, micros);
            work.job(job, news(News::StartRefused));
        }
        Answer::Started(Started::Unknown { why }) => {
            row.description.clone_from(why);
            work.job(job, news(News::StartUnknown));
        }
        Answer::Started(Started::NotSent { why }) => {
            // It waits for its agent, which says why.
            over(row, why, micros);
            work.lose_agent(&answered.attempt.agent, why).await?;
            work.job(job, news(News::StartUnknown));
            work.job(job, news(News::StartNotFound));
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
fn follow(row: &mut Attempt, state: &str, now: i64, watched_at: i64) {
    row.handle = Some(state.to_owned());
    row.wanted = Some("watch".to_owned());
    (row.due_at, row.tries, row.started_at) = (Some(watched_at), 0, Some(now));
    row.description.clear();
}

/// It was never there.
fn over(row: &mut Attempt, why: &str, now: i64) {
    why.clone_into(&mut row.description);
    (row.wanted, row.due_at, row.ended_at) = (None, None, Some(now));
}

/// How an attempt has ended, for the core.
pub(super) fn ended(end: &connector::End) -> News {
    match (end.is_killed, end.is_pre_run_failure, end.code) {
        (true, _, _) => News::Exited(Exit::Killed),
        (false, true, _) => News::PrerunFailed,
        (false, false, Some(code)) => News::Exited(Exit::Code(code)),
        (false, false, None) => News::Exited(Exit::NoCode),
    }
}

fn again(now: Timestamp, tries: i64) -> Timestamp {
    let doubled = u32::try_from(tries.clamp(1, 7) - 1).unwrap_or(0);
    let wait = (FIND_FIRST * i32::pow(2, doubled)).min(FIND_MAX);
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

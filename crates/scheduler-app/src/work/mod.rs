//! The unit of work: daily jobs and schedules are taken up once, stepped by the pure core until nothing follows any more, and
//! stored together, in one transaction.
//!
//! What an event makes of a job is decided in `scheduler-core`; here its effects are turned into rows, and into
//! events of other jobs and schedules.

mod add;
mod agents;
mod asked;
mod change;
mod due;
mod events;
mod inside;
mod job;
mod limits;
mod notices;
mod outcomes;
mod schedule;
mod tell;
mod test;
#[cfg(test)]
mod tests;
mod wake;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use scheduler_core::definition::{Job as JobDefinition, Options, Schedule as ScheduleDefinition};
use scheduler_core::job::{Ending, Event as JobEvent, Job};
use scheduler_core::schedule::{Event as ScheduleEvent, ReopenedBy, Schedule};
use scheduler_store::attempt::{self, Attempt};
use scheduler_store::daily_job::{self, DailyJob};
use scheduler_store::daily_schedule::{self, DailySchedule};
use scheduler_store::firing::{self, Firing};
use scheduler_store::outcome::{self, Outcome};
use scheduler_store::{WaitKey, agent_state, node, server_state};

use crate::body::Bodies;
use crate::error::{Error, Result};
use crate::notices::agent_changed;
use crate::tokens::Installation;
pub(crate) use add::Made;
use agents::Agents;
pub(crate) use agents::DefinedAgents;
use limits::{Limits, Units};

/// Steps of one unit of work at most: a loop of events must not hold a transaction for ever.
const STEPS_MAX: usize = 1_000_000;

/// The channel on which processes on the same database wake each other.
pub(crate) const SIGNAL: &str = "ringmaster_scheduler";

/// When an agent is asked again that could not be used for a start.
const LOST_AGAIN: SignedDuration = SignedDuration::from_secs(30);

/// A life of the process that does the work.
pub(crate) use scheduler_store::attempt::Owner as Life;

pub(crate) use events::{Reply, Triggered, always};

/// What is to be done after the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each wakes one loop, whatever the others say")]
pub(crate) struct Done {
    /// Attempts are to be started or found.
    pub(crate) has_starts: bool,
    /// Attempts are to be followed.
    pub(crate) has_watches: bool,
    /// Attempts are to be ended by force.
    pub(crate) has_kills: bool,
    /// Logs are to be archived.
    pub(crate) has_logs: bool,
    /// Jobs or schedules are due.
    pub(crate) has_due: bool,
    /// Events have been triggered.
    pub(crate) has_firings: bool,
    /// How many events were handled.
    pub(crate) steps: usize,
}

/// Something that is to be looked at.
#[derive(Debug)]
enum Todo {
    Job(i64, JobEvent),
    /// Its time has come: it is tested, or is late.
    Due(i64),
    Schedule(i64, ScheduleEvent),
}

/// A daily job that was taken up.
struct LoadedJob {
    row: DailyJob,
    life: Job,
    definition: Arc<JobDefinition>,
    /// How the count of its schedule knows it.
    counted: (bool, bool),
    /// What it takes of resources when it starts, as its test has found.
    units: Units,
    is_changed: bool,
}

/// A daily schedule that was taken up.
struct LoadedSchedule {
    row: DailySchedule,
    life: Schedule,
    definition: Arc<ScheduleDefinition>,
    is_changed: bool,
}

/// One unit of work in a transaction.
pub(crate) struct Work<'w, 'c> {
    tx: &'w mut sql::Tx<'c>,
    bodies: Arc<Bodies>,
    now: Timestamp,
    owner: Life,
    is_paused: bool,
    /// The revision of the definitions.
    revision: i64,
    jobs: BTreeMap<i64, LoadedJob>,
    schedules: BTreeMap<i64, LoadedSchedule>,
    agents: Option<Agents>,
    options: Option<Arc<Options>>,
    limits: Option<Limits>,
    todo: VecDeque<Todo>,
    /// What those are told that wait for a job: how it has ended, or that it has not any more.
    told: Vec<(i64, Option<Ending>)>,
    /// Jobs that were under way and are not any more.
    stopped: BTreeSet<i64>,
    /// As they are, and as they were read.
    attempts: BTreeMap<(i64, i64), (Attempt, Attempt)>,
    new_attempts: Vec<Attempt>,
    outcomes: Vec<Outcome>,
    /// Of planned instants for which no job will run: where there is no outcome yet.
    unused: Vec<Outcome>,
    firings: Vec<Firing>,
    /// What somebody is told; nobody waits for it.
    notices: Vec<Firing>,
    /// What has become free: jobs that wait for it are woken.
    freed: BTreeSet<WaitKey>,
    /// Who opens schedules again by what it does to their jobs.
    reopened_by: ReopenedBy,
    /// Who asks for what is done here, and why, in words.
    asker: Option<String>,
    /// What expressions refer to and belongs to no date, until this unit of work changes it.
    installation: Option<Arc<Installation>>,
    done: Done,
}

impl<'w, 'c> Work<'w, 'c> {
    /// A unit of work at a time, for a life of this process.
    pub(crate) async fn begin(
        tx: &'w mut sql::Tx<'c>,
        bodies: Arc<Bodies>,
        now: Timestamp,
        owner: Life,
    ) -> Result<Self> {
        // What an earlier life wants to store is refused.
        if !node::is_current(tx, owner.node_id, owner.fence).await? {
            return Err(Error::Fenced);
        }
        let server = server_state::read(tx).await?;
        Ok(Self {
            tx,
            bodies,
            now,
            owner,
            is_paused: server.is_paused,
            revision: server.revision,
            jobs: BTreeMap::new(),
            schedules: BTreeMap::new(),
            agents: None,
            options: None,
            limits: None,
            todo: VecDeque::new(),
            told: Vec::new(),
            stopped: BTreeSet::new(),
            attempts: BTreeMap::new(),
            new_attempts: Vec::new(),
            outcomes: Vec::new(),
            unused: Vec::new(),
            firings: Vec::new(),
            notices: Vec::new(),
            freed: BTreeSet::new(),
            reopened_by: ReopenedBy::User,
            asker: None,
            installation: None,
            done: Done::default(),
        })
    }

    /// The transaction.
    pub(crate) fn tx(&mut self) -> &mut sql::Tx<'c> {
        self.tx
    }

    /// The present.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// It is the work of somebody else than an operator, who may not open every schedule again.
    pub(crate) fn reopens_as(&mut self, by: ReopenedBy) {
        self.reopened_by = by;
    }

    /// Something has happened to a job.
    pub(crate) fn job(&mut self, id: i64, event: JobEvent) {
        self.todo.push_back(Todo::Job(id, event));
    }

    /// The time of schedules has come, and of jobs, of which those with the highest priority are first. All schedules on which this
    /// depends are locked together, in the order of their numbers, as whoever hears of jobs does it.
    pub(crate) async fn due(&mut self, schedules: &[i64], mut rows: Vec<DailyJob>) -> Result<()> {
        // Of those that can be taken up now the most important one gets a free slot.
        rows.sort_by_key(|row| (std::cmp::Reverse(row.priority), row.start_at, row.id));
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let of_jobs = rows.iter().map(|row| row.schedule_id);
        let all: BTreeSet<i64> = of_jobs.chain(schedules.iter().copied()).collect();
        self.take_up_all(rows).await?;
        self.load_schedules(all).await?;
        for id in schedules {
            self.schedule_due(*id).await?;
        }
        self.todo.extend(ids.into_iter().map(Todo::Due));
        Ok(())
    }

    /// The time of a schedule has come. One that may not run beside other days of itself waits for them.
    async fn schedule_due(&mut self, id: i64) -> Result<()> {
        if !self.has_time_come(id).await? {
            return Ok(());
        }
        if self.is_ad_hoc_over(id).await? {
            self.counted(id).await
        } else {
            if self.is_free_of_other_days(id).await? {
                self.schedule(id, ScheduleEvent::StartTimeReached);
            }
            Ok(())
        }
    }

    /// Something has happened to a schedule.
    pub(crate) fn schedule(&mut self, id: i64, event: ScheduleEvent) {
        self.todo.push_back(Todo::Schedule(id, event));
    }

    /// An attempt that was taken up, or that is in the database.
    pub(crate) async fn attempt(&mut self, job: i64, number: i64) -> Result<Option<&mut Attempt>> {
        if let Some(place) =
            self.new_attempts.iter().position(|each| (each.job_id, each.number) == (job, number))
        {
            return Ok(self.new_attempts.get_mut(place));
        }
        if !self.attempts.contains_key(&(job, number)) {
            let found = attempt::get(self.tx, job, number).await?;
            self.keep_attempts(found);
        }
        Ok(self.attempts.get_mut(&(job, number)).map(|(attempt, _)| attempt))
    }

    fn keep_attempts(&mut self, found: impl IntoIterator<Item = Attempt>) {
        for each in found {
            let key = (each.job_id, each.number);
            self.attempts.entry(key).or_insert_with(|| (each.clone(), each));
        }
    }

    /// Nothing can be sent to an agent: jobs wait for it.
    pub(crate) async fn lose_agent(&mut self, agent: &str, why: &str) -> Result<()> {
        self.agents().await?.lose(agent, why);
        Ok(())
    }

    /// What an agent says of a job that it has.
    pub(crate) async fn phase(&mut self, id: i64, phase: &str, code: Option<i32>) -> Result<()> {
        self.load_jobs([id]).await?;
        let Some(job) = self.jobs.get_mut(&id) else { return Ok(()) };
        if !matches!(job.life.state, scheduler_core::job::State::Live(_)) {
            return Ok(());
        }
        let said = (Some(phase.to_owned()), code.map(i64::from));
        let is_news = (&job.row.phase, job.row.phase_code) != (&said.0, said.1);
        (job.row.phase, job.row.phase_code) = said;
        job.is_changed = true;
        // What an agent says again, or to the next life of this process, is no news.
        if is_news { self.fire_feedback(id, phase, code).await } else { Ok(()) }
    }

    /// Steps until nothing follows, stores everything and says what is to be done after the commit.
    pub(crate) async fn finish(mut self) -> Result<Done> {
        loop {
            while let Some(todo) = self.todo.pop_front() {
                self.done.steps += 1;
                if self.done.steps > STEPS_MAX {
                    return Err(Error::Stored {
                        what: "the daily plan".to_owned(),
                        why: format!("its events cause each other more than {STEPS_MAX} times"),
                    });
                }
                match todo {
                    Todo::Job(id, event) => self.step_job(id, event).await?,
                    Todo::Due(id) => self.look(id).await?,
                    Todo::Schedule(id, event) => self.step_schedule(id, event).await?,
                }
            }
            if !self.tell().await? {
                break;
            }
        }
        self.store().await?;
        Ok(self.done)
    }

    async fn store(&mut self) -> Result<()> {
        self.mask();
        let changed = |job: &&LoadedJob| job.is_changed;
        let jobs: Vec<DailyJob> =
            self.jobs.values().filter(changed).map(|job| job.row.clone()).collect();
        daily_job::update(self.tx, &jobs).await?;
        for schedule in self.schedules.values().filter(|schedule| schedule.is_changed) {
            daily_schedule::update(self.tx, &schedule.row).await?;
        }
        attempt::insert(self.tx, &self.new_attempts).await?;
        // What was only read may have got on since.
        let attempts = self.attempts.values().filter(|(now, before)| now != before);
        let attempts: Vec<Attempt> = attempts.map(|(now, _)| now.clone()).collect();
        attempt::update(self.tx, &attempts).await?;
        for each in self.new_attempts.iter().chain(&attempts) {
            match each.wanted.as_deref() {
                Some("start" | "find") => self.done.has_starts = true,
                Some("watch") => {
                    self.done.has_watches = true;
                    self.done.has_kills |= each.is_kill_wanted;
                }
                Some("archive" | "forget") => self.done.has_logs = true,
                Some(_) | None => {}
            }
        }
        let is_of_others = |each: &Attempt| each.node_id.is_some_and(|id| id != self.owner.node_id);
        if attempts.iter().any(is_of_others) {
            // Whoever looks after them hears of it with the commit.
            sql::notify(self.tx, SIGNAL, "").await?;
        }
        outcome::put(self.tx, &self.outcomes).await?;
        outcome::put_missing(self.tx, &self.unused).await?;
        self.firings.append(&mut self.notices);
        firing::insert(self.tx, &self.firings).await?;
        self.done.has_firings |= !self.firings.is_empty();
        if let Some(agents) = &self.agents {
            if !agents.lock(self.tx).await? {
                return Err(sql::Error::outdated().into());
            }
            for (before, why) in agents.lost() {
                let agent = before.agent.as_str();
                let (tx, bodies) = (&mut *self.tx, &self.bodies);
                let (told, is) = (before.communication.as_str(), "not_responding");
                self.done.has_firings |=
                    agent_changed(tx, bodies, before, told, is, self.now).await?;
                let now = sql::to_micros(self.now);
                let again = self.now.saturating_add(LOST_AGAIN).unwrap_or(Timestamp::MAX);
                let again = Some(sql::to_micros(again));
                agent_state::set_status(self.tx, agent, is, why, now, again).await?;
            }
            for (agent, more) in agents.changes() {
                agent_state::count_running(self.tx, agent, more).await?;
            }
        }
        self.wake().await
    }

    /// What agents have said may hold what was sent to them.
    fn mask(&mut self) {
        let masks = &self.bodies.masks;
        let known = self.attempts.values_mut().map(|(attempt, _)| attempt);
        for attempt in self.new_attempts.iter_mut().chain(known) {
            masks.apply(&mut attempt.description);
        }
        for outcome in &mut self.outcomes {
            masks.apply(&mut outcome.reason);
        }
        for phase in self.jobs.values_mut().filter_map(|job| job.row.phase.as_mut()) {
            masks.apply(phase);
        }
    }

    async fn take_up(&mut self, row: DailyJob) -> Result<()> {
        if self.jobs.contains_key(&row.id) {
            return Ok(());
        }
        let definition = self.bodies.clone().job(self.tx, row.definition_id).await?;
        let life: Job = read(&row.life, || format!("daily job {}", row.id))?;
        let counted = counts(&life);
        self.jobs.insert(
            row.id,
            LoadedJob { row, life, definition, counted, units: Units::new(), is_changed: false },
        );
        Ok(())
    }

    /// Takes up jobs that are not taken up yet.
    async fn load_jobs(&mut self, ids: impl IntoIterator<Item = i64>) -> Result<()> {
        let missing: Vec<i64> = ids.into_iter().filter(|id| !self.jobs.contains_key(id)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let rows = daily_job::lock(self.tx, &sql::id_list(missing)).await?;
        self.take_up_all(rows).await
    }

    async fn take_up_all(&mut self, rows: Vec<DailyJob>) -> Result<()> {
        let bodies = Arc::clone(&self.bodies);
        bodies.prefetch(self.tx, rows.iter().map(|row| row.definition_id)).await?;
        for row in rows {
            self.take_up(row).await?;
        }
        Ok(())
    }

    /// Takes up jobs of which there is news, with their open attempts and their schedules: with few questions, however many they are.
    pub(crate) async fn expect(&mut self, jobs: &[i64]) -> Result<()> {
        self.load_jobs(jobs.iter().copied()).await?;
        let open = attempt::open_of_jobs(self.tx, &sql::id_list(jobs.iter().copied())).await?;
        self.keep_attempts(open);
        let schedules = jobs.iter().filter_map(|id| self.jobs.get(id));
        let schedules = schedules.map(|job| job.row.schedule_id).collect::<BTreeSet<_>>();
        self.load_schedules(schedules).await
    }

    /// Takes up a schedule; none where it is gone.
    async fn load_schedule(&mut self, id: i64) -> Result<Option<&mut LoadedSchedule>> {
        self.load_schedules([id]).await?;
        Ok(self.schedules.get_mut(&id))
    }

    /// Takes up schedules that are not taken up yet.
    async fn load_schedules(&mut self, ids: impl IntoIterator<Item = i64>) -> Result<()> {
        let missing: Vec<i64> =
            ids.into_iter().filter(|id| !self.schedules.contains_key(id)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        for row in daily_schedule::lock(self.tx, &sql::id_list(missing)).await? {
            let definition = self.bodies.clone().schedule(self.tx, row.definition_id).await?;
            let life = read(&row.life, || format!("daily schedule {}", row.id))?;
            let loaded = LoadedSchedule { life, definition, is_changed: false, row };
            self.schedules.insert(loaded.row.id, loaded);
        }
        Ok(())
    }
}

/// Whether a job has ended and has failed, as its schedule counts.
fn counts(life: &Job) -> (bool, bool) {
    use scheduler_core::schedule::{counts_as_ended, counts_as_failed};
    // A failure whose events are still performed does not count yet: it is counted with its end.
    let has_ended = counts_as_ended(life);
    (has_ended, has_ended && counts_as_failed(life))
}

fn read<T: serde::de::DeserializeOwned>(text: &str, what: impl Fn() -> String) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|error| Error::Stored { what: what(), why: error.to_string() })
}

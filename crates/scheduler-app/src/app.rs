//! What every part of a scheduler process shares.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::{SignedDuration, Timestamp};
use job_archive::Archive;
use kit::{SharedClock, Wake};
use notification::Senders;
use scheduler_core::leap::Pace;
use scheduler_store::node::{self, Valid};
use scheduler_store::{put_back, server_state};
use sql::Db;
use tokio::sync::SetOnce;

use crate::agents::Connectors;
use crate::body::Bodies;
use crate::clock::{Latest, Sending, valid_leases};
use crate::error::{Error, Result};
use crate::history::Retention;
use crate::messages::KINDS;
use crate::secrets::Keys;
use crate::trouble::Troubles;
use crate::work::{Done, Life};

/// How long a process counts as alive without saying so. Processes live and die in the time of the machine, so that is what a
/// lease is measured in: a clock that leaps lets none run out.
pub const LEASE: SignedDuration = SignedDuration::from_secs(15);

/// Microseconds for each number of a daily job: a hundred thousand numbers in a second are more than are ever built in one.
const NUMBER_MICROS: i64 = 10;
/// When these numbers begin, in microseconds: 2026-01-01.
const NUMBERS_SINCE: i64 = 1_767_225_600_000_000;

/// The first number of a daily job at an instant.
fn first_number(now: Timestamp) -> i64 {
    (sql::to_micros(now) - NUMBERS_SINCE).max(0) / NUMBER_MICROS + 1
}

/// Handles to the database and the clock. It owns no state that a restart would miss, and is cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    db: Db,
    clock: SharedClock,
    life: Life,
    /// Names this scheduler for ever.
    instance: String,
    bodies: Arc<Bodies>,
    connectors: Connectors,
    keys: OnceLock<Keys>,
    wakes: Wakes,
    archive: SetOnce<Archive>,
    senders: OnceLock<Senders>,
    sending: Sending,
    pace: Mutex<Option<Pace>>,
    /// When the last attempt was put under watch, by a clock that does not go back.
    watched_at: AtomicI64,
    latest: Latest,
    retention: OnceLock<Retention>,
    troubles: Troubles,
}

/// One signal for each loop of this process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wakes {
    /// Something may be due.
    pub(crate) advance: Wake,
    /// Something is to be started or looked for.
    pub(crate) start: Wake,
    /// Something is to be followed.
    pub(crate) watch: Wake,
    /// Something is to be ended by force.
    pub(crate) kill: Wake,
    /// Events have been triggered.
    pub(crate) events: Wake,
    /// Logs are to be copied into the archive.
    pub(crate) archive: Wake,
    /// Messages are to be sent, of each of [`KINDS`].
    pub(crate) messages: [Wake; KINDS.len()],
    /// Somebody is to be told who follows.
    pub(crate) escalations: Wake,
    /// Dates may be due to be built.
    pub(crate) build: Wake,
    /// An agent is to be asked whether it is there.
    pub(crate) heartbeat: Wake,
    /// Something has ended: an accelerated clock may leap.
    pub(crate) leap: Wake,
}

impl Wakes {
    /// Wakes everybody.
    pub(crate) fn all(&self) {
        let Self {
            advance,
            start,
            watch,
            kill,
            events,
            archive,
            messages: _,
            escalations: _,
            build,
            heartbeat,
            leap,
        } = self;
        for wake in [advance, start, watch, kill, events, archive, build, heartbeat, leap] {
            wake.wake();
        }
        self.tell();
    }

    /// Wakes who tells people and other systems.
    pub(crate) fn tell(&self) {
        self.messages.iter().chain([&self.escalations]).for_each(Wake::wake);
    }

    /// Wakes who has to do after a unit of work.
    pub(crate) fn after(&self, done: Done) {
        if done.has_due {
            self.advance.wake();
        }
        if done.has_starts {
            self.start.wake();
        }
        if done.has_watches {
            self.watch.wake();
        }
        if done.has_kills {
            self.kill.wake();
        }
        if done.has_logs {
            self.archive.wake();
        }
        if done.has_firings {
            self.events.wake();
        }
        self.leap.wake();
    }
}

/// Who runs a scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process<'a> {
    /// Its name, among those on one database.
    pub name: &'a str,
    /// What tells its data folder from others. Jobs that run on its machine are found with this folder only.
    pub home: &'a str,
}

fn another_home(name: &str) -> Error {
    Error::Refused(format!(
        "the name `{name}` belongs to a scheduler with another data folder. Start it with that folder: what runs on its machine is found \
         nowhere else. Or give this one a name of its own (`--name`): it takes over what can be taken over"
    ))
}

impl App {
    /// Begins a life of the process of that name on a database whose schema is up to date. Its earlier lives are fenced off.
    ///
    /// # Errors
    /// The database did not do it.
    pub async fn begin(
        db: Db,
        clock: SharedClock,
        connectors: Connectors,
        process: Process<'_>,
    ) -> Result<Self> {
        let (now, name) = (clock.machine(), process.name.to_owned());
        let home = process.home.to_owned();
        let until = sql::to_micros(now.saturating_add(LEASE).unwrap_or(Timestamp::MAX));
        let (before, node, instance) = db
            .write(move |tx| {
                let (name, home) = (name.clone(), home.clone());
                Box::pin(async move {
                    let before = node::all(tx).await?.into_iter().find(|node| node.name == name);
                    let node = node::begin_life(tx, &name, &home, sql::to_micros(now), until);
                    let node = node.await?.ok_or_else(|| another_home(&name))?;
                    Ok::<_, Error>((before, node, server_state::read(tx).await?.instance))
                })
            })
            .await?;
        // A clock that leaps goes on where it was.
        let before = before.filter(|_| clock.leaping().is_none());
        let seen =
            before.and_then(|node| sql::from_micros("node", "lease_until", node.lease_until).ok());
        let latest = Latest::new(seen.and_then(|until| until.checked_sub(LEASE).ok()));
        let life = Life { node_id: node.id, fence: node.fence };
        Ok(Self(Arc::new(Inner {
            db,
            clock,
            life,
            instance,
            bodies: Arc::default(),
            connectors,
            keys: OnceLock::new(),
            wakes: Wakes::default(),
            archive: SetOnce::new(),
            senders: OnceLock::new(),
            sending: Sending::default(),
            pace: Mutex::new(None),
            watched_at: AtomicI64::new(i64::MIN),
            latest,
            retention: OnceLock::new(),
            troubles: Troubles::default(),
        })))
    }

    /// Numbers of daily jobs go on where the time is, so that none comes back when the database was put back: an agent that knows
    /// a job of such a number would answer with its end in place of starting another one. Between two lives no more jobs are built than
    /// their time has numbers.
    ///
    /// # Errors
    /// The database did not do it.
    pub async fn number_by_time(&self) -> Result<()> {
        let first = first_number(self.clock().machine());
        let pass = self.db().write_one(move |tx| Box::pin(server_state::pass_jobs(tx, first)));
        Ok(pass.await?)
    }

    /// The life of this process.
    pub(crate) fn life(&self) -> Life {
        self.0.life
    }

    /// What names this scheduler for ever.
    pub(crate) fn instance(&self) -> &str {
        &self.0.instance
    }

    /// The loops that were woken since this was last asked, by the names that [`crate::run::start`] gives them: for whoever runs
    /// their passes himself.
    pub fn take_woken(&self) -> Vec<&'static str> {
        let Wakes {
            advance,
            start,
            watch,
            kill,
            events,
            archive,
            messages,
            escalations,
            build,
            heartbeat,
            leap,
        } = self.wakes();
        let all = [
            ("advance", advance),
            ("start", start),
            ("watch", watch),
            ("kill", kill),
            ("events", events),
            ("archive", archive),
            ("escalations", escalations),
            ("auto build", build),
            ("heartbeat", heartbeat),
            ("leap", leap),
        ];
        let kinds = KINDS.into_iter().zip(messages);
        all.into_iter().chain(kinds).filter(|(_, wake)| wake.take()).map(|(name, _)| name).collect()
    }

    /// The signals of this process.
    pub(crate) fn wakes(&self) -> &Wakes {
        &self.0.wakes
    }

    /// Says that this process is alive for some time more. Where the clock was put back, what was due by it is looked at now.
    ///
    /// # Errors
    /// [`Error::Fenced`] where another life has begun, or the database did not do it.
    pub async fn renew_lease(&self) -> Result<()> {
        let life = self.life();
        let clock = Arc::clone(&self.0.clock);
        let reached = self.0.clock.leaping().map(|_| self.reached_after(self.now()));
        let (now, put_back_from) = (self.now_micros(), self.put_back_from());
        let is_renewed = self
            .db()
            .write(move |tx| {
                let clock = Arc::clone(&clock);
                Box::pin(async move {
                    // From here on: it may have waited for the database.
                    let until = clock.machine().saturating_add(LEASE).unwrap_or(Timestamp::MAX);
                    if let Some(reached) = reached {
                        server_state::reach(tx, reached).await?;
                    }
                    if let Some(latest) = put_back_from {
                        put_back::put_back(tx, life, now, latest).await?;
                    }
                    node::renew(tx, life.node_id, life.fence, sql::to_micros(until)).await
                })
            })
            .await?;
        if !is_renewed {
            return Err(Error::Fenced);
        }
        if let Some(latest) = put_back_from {
            let seconds = (latest - now) / 1_000_000;
            tracing::warn!(
                "the clock was put back by {seconds} s: what was due is looked at again"
            );
            self.wakes().all();
        }
        self.0.latest.set(now);
        Ok(())
    }

    /// The leases that count now.
    pub(crate) fn valid_leases(&self) -> Valid {
        valid_leases(self.clock().machine())
    }

    /// What the clock had shown before it was put back, in microseconds; none where it was not.
    pub(crate) fn put_back_from(&self) -> Option<i64> {
        self.0.latest.put_back_from(self.now_micros())
    }

    /// How far the clock comes after an instant before it is said again, as long as the lease is kept; in microseconds.
    pub(crate) fn reached_after(&self, instant: Timestamp) -> i64 {
        sql::to_micros(instant.saturating_add(LEASE).unwrap_or(Timestamp::MAX))
    }

    /// The clock of this process.
    pub fn clock(&self) -> &SharedClock {
        &self.0.clock
    }

    /// Messages that are being sent.
    pub(crate) fn sending(&self) -> &Sending {
        &self.0.sending
    }

    /// What an accelerated clock does at present; none for another clock.
    pub fn pace(&self) -> Option<Pace> {
        self.0.pace.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says what the clock does.
    pub(crate) fn set_pace(&self, pace: Pace) {
        *self.0.pace.lock().unwrap_or_else(PoisonError::into_inner) = Some(pace);
    }

    /// Ends this life in good order: another process takes over at once what this one has left.
    ///
    /// # Errors
    /// The database did not do it; others take over when the lease has run out.
    pub async fn end_life(&self) -> Result<()> {
        let (life, now) = (self.life(), sql::to_micros(self.clock().machine()));
        let write = self.db().write(move |tx| {
            Box::pin(async move { node::end_life(tx, life.node_id, life.fence, now).await })
        });
        Ok(write.await?)
    }

    /// The connectors of this process.
    pub(crate) fn connectors(&self) -> &Connectors {
        &self.0.connectors
    }

    /// The keys of secrets; none where it was given none.
    pub(crate) fn keys(&self) -> Option<&Keys> {
        self.0.keys.get()
    }

    /// Gives this process its keys; false where it has some.
    pub(crate) fn set_keys(&self, keys: Keys) -> bool {
        self.0.keys.set(keys).is_ok()
    }

    /// Definitions by which daily jobs live.
    pub(crate) fn bodies(&self) -> Arc<Bodies> {
        Arc::clone(&self.0.bodies)
    }

    /// Gives it the archive of job output. One that it has already stays.
    pub fn set_archive(&self, archive: Archive) {
        let _ = self.0.archive.set(archive);
    }

    /// Gives it what sends messages. What it has already stays.
    pub fn set_senders(&self, senders: Senders) {
        let _ = self.0.senders.set(senders);
    }

    /// Says how long the past is known. What was said before stays.
    pub fn set_retention(&self, retention: Retention) {
        let _ = self.0.retention.set(retention);
    }

    /// How long the past is known.
    pub(crate) fn retention(&self) -> Retention {
        self.0.retention.get().copied().unwrap_or_default()
    }

    /// Says that something has failed for this reason and is tried again, or that it works.
    pub fn note_trouble(&self, what: &'static str, why: Option<String>) {
        self.0.troubles.note(what, self.now(), why);
    }

    /// What does not work now.
    pub(crate) fn troubles(&self) -> &Troubles {
        &self.0.troubles
    }

    /// What sends messages; none where they wait.
    pub(crate) fn senders(&self) -> Option<&Senders> {
        self.0.senders.get()
    }

    /// The archive of job output.
    pub(crate) fn archive(&self) -> Result<&Archive> {
        let missing = || {
            let why =
                "the archive of job output is away; `ringmaster doctor` says what is wrong with it";
            Error::Refused(why.to_owned())
        };
        self.0.archive.get().ok_or_else(missing)
    }

    /// Waits for the archive of job output.
    pub(crate) async fn archive_begun(&self) -> Archive {
        self.0.archive.wait().await.clone()
    }

    /// Its database.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The present in microseconds as attempts that are put under watch together get it: after that of all earlier ones, even when
    /// the clock stands or was put back, so that who looks for those that come after what he has seen finds them.
    pub(crate) fn watched_at(&self, now: i64) -> i64 {
        let after = |last: i64| now.max(last.saturating_add(1));
        let update = |last| Some(after(last));
        let last = self.0.watched_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, update);
        after(last.unwrap_or_else(|last| last))
    }

    /// The present in microseconds, as it is stored.
    pub(crate) fn now_micros(&self) -> i64 {
        sql::to_micros(self.now())
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}

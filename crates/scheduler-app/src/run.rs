//! The loops of a scheduler process. Each is woken by a signal or by the next due instant; a safety poll finds what a lost signal
//! has missed.

mod archive;
mod leap;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kit::{Next, Pass, Report, Supervisor, Wake, run_pass_loop};
use tokio_util::sync::CancellationToken;

use crate::advance::{Advanced, advance};
use crate::agents::Asker;
use crate::attempts::{Starter, Watcher, adopt, ask_for_lost, kill, take_over};
use crate::auto_build::auto_build;
use crate::delete::delete;
use crate::events::perform;
use crate::history::forget;
use crate::messages::{KINDS, deliver, escalate, forget_escalations};
use crate::trouble::Noted;
use crate::work::SIGNAL;
use crate::{App, Error};

/// Longest time between two looks at what is due.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// When it is looked again for what is due and locked by somebody else.
const LOCKED_AGAIN: SignedDuration = SignedDuration::from_millis(100);
/// How often the lease is renewed: several times before it runs out.
const LEASE_EVERY: Duration = Duration::from_secs(4);
/// How often logs, or history, whose time is over are looked for.
const RETAIN_EVERY: Duration = Duration::from_secs(3600);
/// How often agents are asked again for what they did not know.
const LOST_EVERY: Duration = Duration::from_mins(5);
/// Longest time between two looks at what is to be deleted: one that is completed late goes then.
const DELETE_EVERY: Duration = Duration::from_secs(60);
/// How long an agent may wait for news.
const WATCH_WAIT: Duration = Duration::from_secs(20);

/// Takes over what earlier lives have left and starts all loops.
///
/// # Errors
/// The database did not do it.
pub async fn start(
    app: &App,
    supervisor: &Supervisor,
    clock: &kit::SharedClock,
) -> crate::Result<()> {
    let adopted = adopt(app).await?;
    if adopted > 0 {
        tracing::info!(adopted, "attempts of earlier lives were taken over");
    }
    let soft = supervisor.soft();
    supervisor.critical("start", Starter::new(app.clone()).run(soft.clone()));
    supervisor.critical("watch", Watcher::new(app.clone(), WATCH_WAIT).run(soft.clone()));
    supervisor.critical("signals", hear(app.clone(), soft));
    let loops = Loops { app, supervisor, clock };
    let (wakes, own) = (app.wakes(), || app.clone());
    loops.start("advance", Advance(own()), &wakes.advance, LOOK_EVERY);
    let heartbeats = Heartbeats(Asker::new(own()), own());
    loops.start("heartbeat", heartbeats, &wakes.heartbeat, LOOK_EVERY);
    loops.start("kill", Kills(own()), &wakes.kill, LOOK_EVERY);
    loops.start("events", Events(own()), &wakes.events, LOOK_EVERY);
    loops.start("lost attempts", Lost(own()), &Wake::new(), LOST_EVERY);
    archive::start(&loops);
    loops.start("history", Forgetting(own()), &Wake::new(), RETAIN_EVERY);
    loops.start("escalations", Escalations(own()), &wakes.escalations, LOOK_EVERY);
    // Each kind by itself: a receiver that hangs keeps no message of another kind waiting.
    for (kind, wake) in KINDS.into_iter().zip(&wakes.messages) {
        loops.start(kind, Messages(own(), kind), wake, LOOK_EVERY);
    }
    loops.start("auto build", Builds(own()), &wakes.build, LOOK_EVERY);
    if clock.leaping().is_some() {
        loops.start("leap", leap::Leap::new(own()), &wakes.leap, leap::EVERY);
    }
    loops.start("delete", Deletes(own()), &Wake::new(), DELETE_EVERY);
    loops.start("lease", Lease(own()), &Wake::new(), LEASE_EVERY);
    Ok(())
}

/// What all loops of a process share.
struct Loops<'a> {
    app: &'a App,
    supervisor: &'a Supervisor,
    clock: &'a kit::SharedClock,
}

impl Loops<'_> {
    /// Starts one; its failures are kept for who asks.
    fn start(&self, what: &'static str, pass: impl Pass, wake: &Wake, every: Duration) {
        let pass = Noted::new(what, self.app, pass);
        let (clock, soft) = (self.clock.clone(), self.supervisor.soft());
        self.supervisor.critical(what, run_pass_loop(pass, wake.clone(), clock, every, soft));
    }
}

/// Wakes the loops when another process has changed what this one looks after. A signal that is lost costs the time until the next
/// safety poll; on SQLite there is no other process.
async fn hear(app: App, soft: CancellationToken) -> anyhow::Result<()> {
    let mut signals = loop {
        match app.db().listen(SIGNAL).await {
            Ok(signals) => break signals,
            Err(error) => tracing::warn!("signals of other processes cannot be heard yet: {error}"),
        }
        tokio::select! {
            () = soft.cancelled() => return Ok(()),
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    };
    loop {
        tokio::select! {
            () = soft.cancelled() => return Ok(()),
            _ = signals.next() => app.wakes().all(),
        }
    }
}

struct Advance(App);

impl Pass for Advance {
    const NAME: &'static str = "advance";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let done = advance(&self.0).await.map_err(fatal)?;
        let next = next_of(done, self.0.now());
        Ok(Report { handled: done.steps, next })
    }
}

/// When what is due is looked at again. What is due and was not taken up is locked by somebody else, who needs time for it.
fn next_of(done: Advanced, now: Timestamp) -> Next {
    match done.next {
        Some(next) if next > now => Next::At(next),
        Some(_) if done.steps > 0 => Next::Now,
        Some(_) => Next::At(now.saturating_add(LOCKED_AGAIN).unwrap_or(now)),
        None => Next::Idle,
    }
}

struct Heartbeats(Asker, App);

impl Pass for Heartbeats {
    const NAME: &'static str = "heartbeat";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let done = self.0.pass().await.map_err(fatal)?;
        if done.changed > 0 {
            self.1.wakes().advance.wake();
        }
        let next = match done.next {
            _ if done.is_waiting => Next::Now,
            Some(at) => Next::At(at),
            None => Next::Idle,
        };
        Ok(Report { handled: done.asked, next })
    }
}

struct Kills(App);

impl Pass for Kills {
    const NAME: &'static str = "kill";

    async fn run(&mut self) -> anyhow::Result<Report> {
        Ok(Report { handled: kill(&self.0).await.map_err(fatal)?, next: Next::Idle })
    }
}

struct Events(App);

impl Pass for Events {
    const NAME: &'static str = "events";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let handled = perform(&self.0).await.map_err(fatal)?;
        self.0.wakes().leap.wake();
        Ok(Report { handled, next: Next::Idle })
    }
}

struct Lost(App);

impl Pass for Lost {
    const NAME: &'static str = "lost attempts";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let asked = ask_for_lost(&self.0).await.map_err(fatal)?;
        Ok(Report { handled: usize::try_from(asked).unwrap_or(usize::MAX), next: Next::Idle })
    }
}

struct Forgetting(App);

impl Pass for Forgetting {
    const NAME: &'static str = "history";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let done = forget(&self.0, self.0.retention()).await.map_err(fatal)?;
        let escalations = forget_escalations(&self.0).await.map_err(fatal)?;
        let handled = done.records.saturating_add(escalations);
        let handled = usize::try_from(handled).unwrap_or(usize::MAX).saturating_add(done.dates);
        Ok(Report { handled, next: Next::Idle })
    }
}

struct Escalations(App);

impl Pass for Escalations {
    const NAME: &'static str = "escalations";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let done = escalate(&self.0).await.map_err(fatal)?;
        self.0.wakes().leap.wake();
        Ok(Report { handled: done.stepped, next: done.next.map_or(Next::Idle, Next::At) })
    }
}

/// Messages of a kind.
struct Messages(App, &'static str);

impl Pass for Messages {
    const NAME: &'static str = "messages";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let sent = deliver(&self.0, self.1).await.map_err(fatal)?;
        self.0.wakes().leap.wake();
        Ok(Report { handled: sent.tried, next: sent.next.map_or(Next::Idle, Next::At) })
    }
}

struct Builds(App);

impl Pass for Builds {
    const NAME: &'static str = "auto build";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let done = auto_build(&self.0).await.map_err(fatal)?;
        Ok(Report { handled: done.dates, next: done.next.map_or(Next::Idle, Next::At) })
    }
}

struct Deletes(App);

impl Pass for Deletes {
    const NAME: &'static str = "delete";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let done = delete(&self.0).await.map_err(fatal)?;
        Ok(Report { handled: done.schedules, next: done.next.map_or(Next::Idle, Next::At) })
    }
}

struct Lease(App);

impl Pass for Lease {
    const NAME: &'static str = "lease";

    async fn run(&mut self) -> anyhow::Result<Report> {
        self.0.renew_lease().await.map_err(fatal)?;
        // Another process may have died meanwhile.
        let adopted = take_over(&self.0).await.map_err(fatal)?;
        if adopted > 0 {
            tracing::info!(adopted, "attempts of another process were taken over");
        }
        Ok(Report { handled: 1 + adopted, next: Next::Idle })
    }
}

/// A process that is fenced off can do nothing any more and ends.
fn fatal(error: Error) -> anyhow::Error {
    match error {
        Error::Fenced => kit::Fatal::new(error.to_string()).into(),
        other => other.into(),
    }
}

//! Reconcilers: loops that look at the state of the world and move it one step.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock::{Leaps, SharedClock};
use crate::wake::Wake;

/// First wait after a failed pass; it doubles with each failure in a row up to [`RETRY_MAX`].
const RETRY_FIRST: Duration = Duration::from_millis(100);
/// Longest wait after a failed pass.
const RETRY_MAX: Duration = Duration::from_secs(10);

/// A reconciler takes no input: it reads the state of the world and moves it one step. A pass handles a bounded
/// batch, and the failure of one item does not stop the others.
pub trait Pass: Send + 'static {
    /// What logs call it.
    const NAME: &'static str;

    /// Does one step and says how much it did and when to look again.
    fn run(&mut self) -> impl Future<Output = anyhow::Result<Report>> + Send;
}

/// What a pass did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Number of items it moved.
    pub handled: usize,
    /// When to look again at the latest.
    pub next: Next,
}

/// When a pass wants to be run again, unless it is woken earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// At once: the batch was full, so there is probably more.
    Now,
    /// When something becomes due.
    At(Timestamp),
    /// Only when woken, or after the longest interval, which is the safety net.
    Idle,
}

impl Report {
    /// Nothing was done and nothing is known to become due.
    pub const IDLE: Self = Self { handled: 0, next: Next::Idle };
}

/// A failure that no later pass can mend: the loop ends with it, and so does the process.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Fatal(String);

impl Fatal {
    /// Says why.
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

/// Runs `pass` until `soft` is cancelled: at once, then whenever it is woken, its own due time comes (also by a leap of the
/// clock), or `max_interval` has passed. A failing pass is logged and tried again after 0.1 s, growing to 10 s. A pass that runs
/// when `soft` is cancelled finishes.
///
/// # Errors
/// A [`Fatal`] failure of the pass.
pub async fn run_pass_loop<P: Pass>(
    mut pass: P,
    wake: Wake,
    clock: SharedClock,
    max_interval: Duration,
    soft: CancellationToken,
) -> anyhow::Result<()> {
    let mut retry = RETRY_FIRST;
    let mut leaps = Leaps::of(&*clock);
    while !soft.is_cancelled() {
        let started = Instant::now();
        // A signal given from here on is kept by `wake`, so nothing that happens during the pass is missed.
        match pass.run().await {
            Ok(report) => {
                retry = RETRY_FIRST;
                summarise(P::NAME, report, started);
                tokio::select! {
                    biased;
                    () = soft.cancelled() => break,
                    () = wake.woken(), if report.next != Next::Now => {}
                    () = rest(report.next, &clock, &mut leaps, max_interval) => {}
                }
            }
            Err(error) if error.is::<Fatal>() => return Err(error),
            Err(error) => {
                let wait = retry;
                retry = (retry * 2).min(RETRY_MAX);
                tracing::warn!(
                    pass = P::NAME,
                    error = format!("{error:#}"),
                    retry_ms = millis(wait),
                    "pass {} failed, trying again",
                    P::NAME
                );
                // A wake-up must not turn a failing pass into a busy loop.
                tokio::select! {
                    biased;
                    () = soft.cancelled() => break,
                    () = tokio::time::sleep(wait) => {}
                }
            }
        }
    }
    Ok(())
}

/// Waits until a pass is to run again, whatever wakes it. The longest interval is one of the machine: no leap shortens it.
async fn rest(next: Next, clock: &SharedClock, leaps: &mut Leaps, max_interval: Duration) {
    let latest = Instant::now() + max_interval;
    loop {
        // Before the clock is asked: a leap that comes later ends the wait.
        leaps.see();
        let until = Instant::now() + wait_for(next, clock.now(), max_interval);
        tokio::select! {
            biased;
            () = tokio::time::sleep_until(until.min(latest)) => return,
            () = leaps.next() => {}
        }
    }
}

fn wait_for(next: Next, now: Timestamp, max_interval: Duration) -> Duration {
    match next {
        Next::Now => Duration::ZERO,
        // A time in the past is due now.
        Next::At(time) => {
            Duration::try_from(time.duration_since(now)).unwrap_or_default().min(max_interval)
        }
        Next::Idle => max_interval,
    }
}

fn summarise(name: &'static str, report: Report, started: Instant) {
    let duration_ms = millis(started.elapsed());
    tracing::debug!(pass = name, handled = report.handled, duration_ms, next = ?report.next, "pass {name} ended");
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::mpsc;

    use super::*;
    use crate::clock::{Clock, LeapClock};

    /// The longest interval where nothing should wait for it.
    const HOUR: Duration = Duration::from_hours(1);

    struct Fixed(Timestamp);
    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            self.0
        }
    }

    /// Reports the instants at which it ran and answers from a script, then idles.
    struct Scripted {
        ran: mpsc::UnboundedSender<Duration>,
        start: Instant,
        script: std::vec::IntoIter<anyhow::Result<Next>>,
    }

    impl Pass for Scripted {
        const NAME: &'static str = "scripted";
        async fn run(&mut self) -> anyhow::Result<Report> {
            self.ran.send(self.start.elapsed()).expect("the test listens");
            let next = self.script.next().unwrap_or(Ok(Next::Idle))?;
            Ok(Report { handled: 1, next })
        }
    }

    struct World {
        ran: mpsc::UnboundedReceiver<Duration>,
        wake: Wake,
        soft: CancellationToken,
        task: tokio::task::JoinHandle<anyhow::Result<()>>,
    }

    fn start(max_interval: Duration, script: Vec<anyhow::Result<Next>>) -> World {
        start_by(Arc::new(Fixed(Timestamp::UNIX_EPOCH)), max_interval, script)
    }

    #[expect(clippy::disallowed_methods, reason = "the test ends with its runtime")]
    fn start_by(
        clock: SharedClock,
        max_interval: Duration,
        script: Vec<anyhow::Result<Next>>,
    ) -> World {
        let (sender, ran) = mpsc::unbounded_channel();
        let pass = Scripted { ran: sender, start: Instant::now(), script: script.into_iter() };
        let (wake, soft) = (Wake::new(), CancellationToken::new());
        let task =
            tokio::spawn(run_pass_loop(pass, wake.clone(), clock, max_interval, soft.clone()));
        World { ran, wake, soft, task }
    }

    impl World {
        async fn next(&mut self) -> Duration {
            self.ran.recv().await.expect("the loop runs")
        }
    }

    fn at_ms(milliseconds: i64) -> Next {
        Next::At(Timestamp::from_millisecond(milliseconds).expect("a valid instant"))
    }

    #[tokio::test]
    async fn a_pass_runs_again_when_its_due_time_comes() {
        let mut world = start(HOUR, vec![Ok(at_ms(80)), Ok(at_ms(-5)), Ok(Next::Now)]);
        world.next().await;
        let due = world.next().await;
        assert!(due.as_millis() >= 80, "{due:?}");
        // Neither of these waits for anything; with the interval of an hour the test would not end if they did.
        world.next().await;
        world.next().await;
    }

    #[tokio::test]
    async fn the_longest_interval_is_the_safety_net() {
        let interval = Duration::from_millis(60);
        let mut world = start(interval, vec![Ok(at_ms(3_600_000)), Ok(Next::Idle)]);
        world.next().await;
        let far_due = world.next().await;
        assert!(far_due >= interval, "{far_due:?}");
        let idle = world.next().await;
        assert!(idle >= far_due + interval, "{idle:?}");
    }

    #[tokio::test]
    async fn a_wake_up_ends_the_wait() {
        let mut world = start(HOUR, vec![]);
        world.next().await;
        world.wake.wake();
        assert!(world.next().await < HOUR);
    }

    #[tokio::test]
    async fn a_leap_over_the_due_time_ends_the_wait_and_one_before_it_does_not() {
        let machine = Arc::new(Fixed(Timestamp::UNIX_EPOCH));
        let clock = LeapClock::new(machine, Timestamp::UNIX_EPOCH, None);
        let script = vec![Ok(at_ms(3_000_000)), Ok(at_ms(3_500_000))];
        let mut world = start_by(Arc::new(clock.clone()), HOUR, script);
        world.next().await;
        clock.leap_to(Timestamp::from_millisecond(2_999_900).expect("a valid instant"));
        // A tenth of a second is left; of the wait as it began, most of an hour.
        let ran = world.next().await;
        assert!(ran.as_millis() >= 100 && ran.as_secs() < 3000, "{ran:?}");
        clock.leap_to(Timestamp::from_second(3600).expect("a valid instant"));
        world.next().await;
    }

    #[tokio::test]
    async fn a_failing_pass_is_tried_again_with_growing_waits_even_when_woken() {
        let fail = || Err(anyhow::anyhow!("no database"));
        let mut world = start(HOUR, vec![fail(), fail(), fail(), Ok(Next::Idle)]);
        world.wake.wake();
        for due in [0, 100, 300, 700] {
            let ran = world.next().await.as_millis();
            assert!(ran >= due, "ran at {ran} ms, before {due}");
        }
    }

    #[tokio::test]
    async fn the_loop_ends_when_asked() {
        let mut world = start(HOUR, vec![]);
        world.next().await;
        world.soft.cancel();
        world.task.await.expect("no panic").expect("no error");
    }
}

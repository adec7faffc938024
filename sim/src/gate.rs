//! Where a simulated process can die, and how what it does is driven from one such place to the next.
//!
//! A transaction happens whole or not at all, and so does a call of an agent. So before and after each of them are all the
//! points at which a kill makes a difference. Each is a *crossing*, and they are counted: a process that is to die at its n-th
//! crossing stops there, is dropped with all that it remembers, and never knows.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::BoxFuture;
use sql::Access;

use crate::random::Random;

/// Counts crossings and stops a process at one of them.
#[derive(Debug, Default)]
pub(crate) struct Gate(Mutex<State>);

#[derive(Debug)]
struct State {
    /// Crossings that are left until the process dies; none where it lives.
    left: Option<u64>,
    is_dead: bool,
    /// Transactions that are under way.
    in_flight: usize,
    /// Write transactions that were kept so far.
    kept: u64,
    /// Of a thousand transactions so many fail.
    failing: u32,
    random: Random,
    /// Transactions that were made to fail so far.
    failed: u64,
}

impl Default for State {
    fn default() -> Self {
        Self {
            left: None,
            is_dead: false,
            in_flight: 0,
            kept: 0,
            failing: 0,
            random: Random::new(0),
            failed: 0,
        }
    }
}

/// How far something has come.
#[derive(Debug)]
pub(crate) enum Turn<T> {
    /// It is done.
    Done(T),
    /// It waits for something that only the simulation brings about.
    Idle,
    /// Its process has died.
    Dead,
}

impl Gate {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new life: it dies at its `crossing`-th crossing from now on, or not at all.
    pub(crate) fn set_death(&self, crossing: Option<u64>) {
        let mut state = self.state();
        (state.left, state.is_dead, state.in_flight) = (crossing, false, 0);
    }

    /// From now on of a thousand transactions so many fail, drawn from a seed.
    pub(crate) fn set_failing(&self, per_mille: u32, seed: u64) {
        let mut state = self.state();
        (state.failing, state.random) = (per_mille, Random::new(seed));
    }

    /// Write transactions that were kept so far.
    pub(crate) fn kept(&self) -> u64 {
        self.state().kept
    }

    /// Transactions that were made to fail so far.
    pub(crate) fn failed(&self) -> u64 {
        self.state().failed
    }

    /// Passes a place where the process can die.
    pub(crate) async fn cross(&self) {
        let dies = {
            let mut state = self.state();
            match &mut state.left {
                None => false,
                Some(left) => {
                    *left = left.saturating_sub(1);
                    state.is_dead |= state.left == Some(0);
                    state.is_dead
                }
            }
        };
        if dies {
            pending::<()>().await;
        }
    }

    fn fails(&self) -> sql::Result<()> {
        let mut state = self.state();
        let per_mille = state.failing;
        if per_mille == 0 || !state.random.chance(per_mille) {
            return Ok(());
        }
        state.failed += 1;
        Err(sql::Error::Unavailable { while_doing: "simulating", source: None })
    }

    /// Drives something until it is done, waits for what is not under way, or is dead.
    pub(crate) async fn drive<F: Future>(&self, mut work: Pin<&mut F>) -> Turn<F::Output> {
        poll_fn(|cx| {
            let flag =
                Arc::new(Flag { is_woken: AtomicBool::new(false), outer: cx.waker().clone() });
            let waker = Waker::from(Arc::clone(&flag));
            match work.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(done) => Poll::Ready(Turn::Done(done)),
                Poll::Pending => {
                    let (is_busy, is_dead) = {
                        let state = self.state();
                        (state.in_flight > 0, state.is_dead)
                    };
                    if is_busy {
                        return Poll::Pending;
                    }
                    if flag.is_woken.load(Ordering::Acquire) {
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                    Poll::Ready(if is_dead { Turn::Dead } else { Turn::Idle })
                }
            }
        })
        .await
    }
}

impl sql::Gate for Gate {
    fn before(&self, _: Access) -> BoxFuture<'_, sql::Result<()>> {
        Box::pin(async move {
            self.cross().await;
            self.fails()?;
            self.state().in_flight += 1;
            Ok(())
        })
    }

    fn after(&self, access: Access, is_kept: bool) -> BoxFuture<'_, sql::Result<()>> {
        {
            let mut state = self.state();
            state.in_flight = state.in_flight.saturating_sub(1);
            state.kept += u64::from(is_kept && access == Access::Write);
        }
        Box::pin(async move {
            self.cross().await;
            self.fails()
        })
    }
}

/// Remembers that something was woken, and wakes who drives it.
struct Flag {
    is_woken: AtomicBool,
    outer: Waker,
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        self.outer.wake_by_ref();
    }
}

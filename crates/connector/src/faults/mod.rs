//! Makes any integration behave badly, on purpose and reproducibly.
//!
//! [`Faulty`] stands before an [`Integration`] and asks a [`Source`] at each call what trouble it gets. A [`Script`] says it
//! call by call; [`Seeded`] draws it, the same way each time for the same seed and the same order of calls. There is no clock in it but
//! tokio's, and that only for [`Trouble::Slow`].

mod integration;
mod source;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indexmap::IndexMap;
use tokio::sync::watch;

pub use self::source::{Script, Seeded, Source};
use crate::call::{Call, CallKind};
use crate::{AttemptKey, End, Integration};

/// What a call suffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// Nothing.
    None,
    /// The call is made after this time (tokio's clock).
    Slow(Duration),
    /// The call does not arrive: the agent cannot be reached. A heartbeat says so: a script of these and of none is one that flaps.
    Unreachable,
    /// The call does not arrive, and what stands before the agent answers an error such as 500.
    ServerError,
    /// The call is made, and its answer is lost.
    LostReply,
    /// The call arrives twice at the same time; one of the two answers counts.
    Twice,
    /// The last start, cancel or delete arrives once more first, late, and nobody hears its answer; then the call is made.
    Replay,
    /// Nothing happens until [`Faulty::release`]; then the call is made.
    HangBefore,
    /// The call is made; its answer comes after [`Faulty::release`] only.
    HangAfter,
    /// The answer has news of a task for which nobody asked. Other calls than watches are answered with nonsense, a start with *unknown*,
    /// as after [`Trouble::LostReply`].
    StrangeTask,
    /// Tasks whose end was told before end once more, with another code; else as [`Trouble::None`].
    OtherEnd,
    /// The answer's cursor is one that was told long ago, so that old news comes again; else as [`Trouble::None`].
    StaleCursor,
}

impl Trouble {
    /// All kinds, a slow answer with 50 ms.
    pub const ALL: [Self; 12] = [
        Self::None,
        Self::Slow(Duration::from_millis(50)),
        Self::Unreachable,
        Self::ServerError,
        Self::LostReply,
        Self::Twice,
        Self::Replay,
        Self::HangBefore,
        Self::HangAfter,
        Self::StrangeTask,
        Self::OtherEnd,
        Self::StaleCursor,
    ];
}

/// An integration with faults. See the [module](self).
pub struct Faulty {
    inner: Arc<dyn Integration>,
    source: Mutex<Box<dyn Source>>,
    memory: Mutex<Memory>,
    /// Number of releases so far.
    released: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Memory {
    injected: Vec<(CallKind, Trouble)>,
    /// The last call that changes something.
    act: Option<Call>,
    /// Ends that were told.
    ends: IndexMap<AttemptKey, End>,
    /// The first cursor that was told.
    cursor: Option<String>,
}

/// Most ends and troubles that are remembered.
const REMEMBERED_MAX: usize = 100_000;

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty").field("inner", &self.inner).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Faulty {
    /// An integration that gets its troubles from `source`.
    pub fn new(inner: Arc<dyn Integration>, source: impl Source + 'static) -> Self {
        Self {
            inner,
            source: Mutex::new(Box::new(source)),
            memory: Mutex::default(),
            released: watch::Sender::new(0),
        }
    }

    /// Lets all calls go on that hang now.
    pub fn release(&self) {
        self.released.send_modify(|count| *count += 1);
    }

    /// What was injected so far, in order of the calls; the first 100,000.
    pub fn injected(&self) -> Vec<(CallKind, Trouble)> {
        lock(&self.memory).injected.clone()
    }

    fn draw(&self, call: &Call) -> Trouble {
        let trouble = lock(&self.source).next(call);
        let mut memory = lock(&self.memory);
        if trouble != Trouble::None && memory.injected.len() < REMEMBERED_MAX {
            memory.injected.push((call.kind(), trouble));
        }
        trouble
    }

    async fn hang(&self) {
        let mut released = self.released.subscribe();
        // The sender lives as long as `self`.
        let _ = released.changed().await;
    }
}

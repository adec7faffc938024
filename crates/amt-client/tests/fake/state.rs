//! What the fake remembers, and the faults it is told to make.

use serde_json::{Value, json};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// What goes wrong with a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// The connection ends before anything is done.
    DropBefore,
    /// Everything is done, and the connection ends without an answer.
    DropAfter,
    /// Nothing is done; this status, with a problem document.
    Status(u16),
    /// Everything is done; this status.
    StatusAfter(u16),
    /// Everything is done; an answer that is not JSON.
    Garbage,
    /// Everything is done, and the answer waits.
    Slow(Duration),
}

/// How messages are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MessageForm {
    /// Ours.
    #[default]
    Objects,
    /// An array of strings, without paging.
    Strings,
    /// Text lines.
    Text,
}

/// One call that came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    pub call: String,
    pub members: Value,
}

#[derive(Debug, Clone)]
pub struct Request {
    pub content: Value,
    /// How many status calls there were.
    pub asked: usize,
    pub killed: bool,
}

#[derive(Default)]
pub struct Inner {
    pub tokens: HashSet<String>,
    pub token_count: usize,
    pub requests: HashMap<i64, Request>,
    pub keys: HashMap<String, i64>,
    /// Keys under which nothing is accepted any more.
    pub voided: HashSet<String>,
    pub faults: HashMap<String, VecDeque<Fault>>,
    pub always: HashMap<String, Fault>,
    pub seen: Vec<Seen>,
    /// The codes of successive status calls; the last one stays.
    pub codes: Vec<Value>,
    pub messages: Vec<String>,
    pub message_form: MessageForm,
    pub first_id: i64,
    pub never_complete: bool,
}

/// The fake's memory.
pub struct State {
    inner: Mutex<Inner>,
    changed: Condvar,
}

impl Default for State {
    fn default() -> Self {
        let inner = Inner {
            codes: vec![json!(2), json!(4)],
            messages: (1..=5).map(|n| format!("line {n}")).collect(),
            first_id: 2112,
            ..Inner::default()
        };
        Self { inner: Mutex::new(inner), changed: Condvar::new() }
    }
}

impl State {
    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// The next calls of this name go wrong like this, one fault each.
    pub fn fault(&self, call: &str, faults: &[Fault]) {
        self.lock().faults.entry(call.to_owned()).or_default().extend(faults.iter().cloned());
    }

    /// Every call of this name goes wrong like this.
    pub fn always(&self, call: &str, fault: Fault) {
        self.lock().always.insert(call.to_owned(), fault);
    }

    /// Calls of this name work again.
    pub fn heal(&self, call: &str) {
        self.lock().always.remove(call);
    }

    pub fn record(&self, call: &str, members: &Value) -> Option<Fault> {
        let mut inner = self.lock();
        inner.seen.push(Seen { call: call.to_owned(), members: members.clone() });
        self.changed.notify_all();
        let queued = inner.faults.get_mut(call).and_then(VecDeque::pop_front);
        queued.or_else(|| inner.always.get(call).cloned())
    }

    /// How many calls of this name came in.
    pub fn count(&self, call: &str) -> usize {
        self.lock().seen.iter().filter(|seen| seen.call == call).count()
    }

    /// The members of the last call of this name.
    pub fn last(&self, call: &str) -> Value {
        let inner = self.lock();
        inner.seen.iter().rev().find(|seen| seen.call == call).unwrap().members.clone()
    }

    /// How many requests are stored.
    pub fn stored(&self) -> usize {
        self.lock().requests.len()
    }

    /// Waits until so many calls of this name have come in.
    pub fn wait_for(&self, call: &str, count: usize) {
        let limit = Instant::now() + Duration::from_secs(30);
        let mut inner = self.lock();
        while inner.seen.iter().filter(|seen| seen.call == call).count() < count {
            let left = limit.checked_duration_since(Instant::now()).expect("the call never came");
            inner = self.changed.wait_timeout(inner, left).unwrap().0;
        }
    }
}

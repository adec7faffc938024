//! The agents of the simulation: the fake connector behind a layer of faults, behind a witness.
//!
//! The witness stands where the scheduler calls. It writes into the [`Book`] what was asked, before anything can go
//! wrong with it, and lets the process die before and after each call. What a call suffers, and how a task goes, is
//! drawn from the seed and the name of the task: the order of calls that are made at the same time changes nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use connector::call::{Answer, Call, CallKind, answer};
use connector::fake::{AtStart, Fake, Plan, ended};
use connector::faults::{Faulty, Trouble};
use connector::{
    AttemptKey, CallError, Carrier, Connector, Form, FormRequest, Info, Integration,
    SettingsProblem, StartTask, Target, TaskStatus,
};
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use testkit::SimClock;

use crate::book::Book;
use crate::gate::Gate;
use crate::random::Random;

/// What a call can suffer.
const TROUBLES: [Trouble; 10] = [
    Trouble::Unreachable,
    Trouble::ServerError,
    Trouble::LostReply,
    Trouble::Twice,
    Trouble::Replay,
    Trouble::HangBefore,
    Trouble::HangAfter,
    Trouble::StrangeTask,
    Trouble::OtherEnd,
    Trouble::StaleCursor,
];

/// When a task whose end has come and that has not arrived yet is looked at again.
const NOT_THERE_AGAIN: SignedDuration = SignedDuration::from_mins(30);
/// How often that is done.
const NOT_THERE_MAX: u32 = 20;

/// The connector, and the handle of the simulation. Clones are the same.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) fake: Fake,
    gate: Arc<Gate>,
    shared: Arc<Shared>,
}

struct Shared {
    seed: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    book: Book,
    /// Of a thousand calls so many suffer.
    faults: u32,
    /// How many calls there were, by kind and what they are about.
    counts: BTreeMap<String, u64>,
    /// What calls suffered.
    suffered: BTreeMap<String, u64>,
    layers: Vec<Weak<Faulty>>,
    ends: BTreeMap<(Timestamp, AttemptKey), End>,
}

#[derive(Debug, Clone, Copy)]
struct End {
    code: i32,
    tries: u32,
}

impl Link {
    pub(crate) fn new(seed: u64, gate: Arc<Gate>, clock: SimClock) -> Self {
        let fake = Fake::new();
        fake.set_calls_max(0);
        let shared = Arc::new(Shared { seed, state: Mutex::default() });
        let planner = Arc::clone(&shared);
        fake.plan_all(move |start| planner.plan(start, &clock));
        Self { fake, gate, shared }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    /// From now on of a thousand calls so many suffer.
    pub(crate) fn set_faults(&self, per_mille: u32) {
        self.state().faults = per_mille;
    }

    /// Lets all calls go on that hang.
    pub(crate) fn release(&self) {
        let mut state = self.state();
        state.layers.retain(|layer| layer.strong_count() > 0);
        for layer in state.layers.iter().filter_map(Weak::upgrade) {
            layer.release();
        }
    }

    /// What was asked.
    pub(crate) fn with_book<T>(&self, with: impl FnOnce(&mut Book) -> T) -> T {
        with(&mut self.state().book)
    }

    /// What calls suffered, by kind.
    pub(crate) fn suffered(&self) -> BTreeMap<String, u64> {
        self.state().suffered.clone()
    }

    /// When the next task ends.
    pub(crate) fn next_end(&self) -> Option<Timestamp> {
        self.state().ends.keys().next().map(|(at, _)| *at)
    }

    /// Ends the tasks whose time has come; how many.
    pub(crate) fn end_tasks(&self, now: Timestamp) -> usize {
        let mut count = 0;
        loop {
            let next = {
                let mut state = self.state();
                match state.ends.first_entry() {
                    Some(first) if first.key().0 <= now => first.remove_entry(),
                    _ => return count,
                }
            };
            let ((at, key), end) = next;
            if self.fake.status(&key).is_none() && end.tries < NOT_THERE_MAX {
                let again = End { tries: end.tries + 1, ..end };
                self.state().ends.insert((at + NOT_THERE_AGAIN, key), again);
                continue;
            }
            count += usize::from(self.fake.end(&key, ended(end.code)));
        }
    }

    /// Whether a task runs at its agent.
    pub(crate) fn is_running(&self, key: &AttemptKey) -> bool {
        matches!(
            self.fake.status(key),
            Some(TaskStatus::Running { .. } | TaskStatus::Waiting { .. })
        )
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How a task goes.
    fn plan(&self, start: &StartTask, clock: &SimClock) -> Plan {
        let mut random = Random::of(self.seed, short(&start.attempt));
        let code = if random.chance(850) { 0 } else { random.one(&[1, 8, 99]) };
        let plan = Plan::until_told();
        match random.below(1000) {
            0..50 => return plan.at_start(AtStart::EndsAtOnce(ended(code))),
            50..65 => return Plan::refused("the simulation refuses it"),
            _ => {}
        }
        let minutes = match random.below(100) {
            0..60 => random.between(0, 3),
            60..92 => random.between(4, 60),
            92..98 => random.between(61, 300),
            _ => random.between(301, 1500),
        };
        let seconds = minutes * 60 + random.between(0, 59);
        let at = testkit_now(clock) + SignedDuration::from_secs(seconds);
        self.state().ends.insert((at, start.attempt.clone()), End { code, tries: 0 });
        let plan = if random.chance(30) { plan.deaf() } else { plan };
        match random.below(1000) {
            0..30 => plan.at_start(AtStart::LosesReply),
            30..60 => plan.at_start(AtStart::NeverArrives),
            _ => plan,
        }
    }

    /// What a call suffers.
    fn draw(&self, agent: &str, call: &Call) -> Trouble {
        let about = match call {
            Call::Start(task) | Call::Find(task) => short(&task.attempt),
            Call::Cancel(task) | Call::Logs(task) | Call::Delete(task) => short(&task.attempt),
            Call::ReadLog(request) => short(&request.task.attempt),
            Call::Heartbeat(_) | Call::Watch(_) => agent,
        };
        let name = format!("{:?} {about}", call.kind());
        let mut state = self.state();
        let count = state.counts.entry(name.clone()).or_default();
        *count += 1;
        let mut random = Random::of(self.seed ^ *count, &name);
        if !random.chance(state.faults) {
            return Trouble::None;
        }
        let trouble = random.one(&TROUBLES);
        // Nobody waits for these but those who ask all agents at once.
        let is_long = matches!(trouble, Trouble::HangBefore | Trouble::HangAfter);
        if is_long && matches!(call.kind(), CallKind::Heartbeat | CallKind::Cancel) {
            return Trouble::None;
        }
        *state.suffered.entry(format!("{trouble:?}")).or_default() += 1;
        trouble
    }
}

fn testkit_now(clock: &SimClock) -> Timestamp {
    clock.shared().now()
}

/// A key without the name of the database, which is another one each time.
pub(crate) fn short(key: &AttemptKey) -> &str {
    key.as_str().splitn(3, '-').nth(2).unwrap_or_default()
}

impl Connector for Link {
    fn info(&self) -> Info {
        self.fake.info()
    }

    fn form<'a>(&'a self, request: &'a FormRequest) -> BoxFuture<'a, Result<Form, CallError>> {
        self.fake.form(request)
    }

    fn connect(&self, target: Target) -> Result<Arc<dyn Integration>, Vec<SettingsProblem>> {
        let agent = target.agent.clone();
        let (shared, name) = (Arc::clone(&self.shared), agent.clone());
        let source = move |call: &Call| shared.draw(&name, call);
        let faulty = Arc::new(Faulty::new(self.fake.connect(target)?, source));
        self.state().layers.push(Arc::downgrade(&faulty));
        Ok(Arc::new(Witness { agent, link: self.clone(), faulty }))
    }
}

/// The connection to one agent as the scheduler has it.
struct Witness {
    agent: String,
    link: Link,
    faulty: Arc<Faulty>,
}

impl Carrier for Witness {
    fn carry(&self, call: Call) -> BoxFuture<'_, Result<Answer, CallError>> {
        Box::pin(async move {
            self.link.gate.cross().await;
            if let Call::Start(task) = &call {
                let runs = |key: &AttemptKey| self.link.is_running(key);
                self.link.state().book.asked_to_start(&self.agent, &task.attempt, runs);
            }
            let said = match answer(self.faulty.as_ref(), call).await {
                // What jobs have printed is the archive's business, which has a simulation of its own: there is no log.
                Answer::Logs(_) => Answer::Logs(Vec::new()),
                other => other,
            };
            self.link.gate.cross().await;
            Ok(said)
        })
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Witness").field("agent", &self.agent).finish_non_exhaustive()
    }
}

//! A connector for tests: it runs nothing, records every call, and does what a test tells it.
//!
//! A [`Fake`] is the connector, its agents and the handle of the test, all in one; clones are the same fake. Each start is answered as
//! its [`Plan`] says: one given for its key, one made by the test's [`Planner`], or what the task's own fields
//! ask for. Tasks change by being watched ([`Step`]) or because a test says so; nothing is random, and time passes only where a
//! question waits for news (tokio's clock, which a test can hold), not at all with [`Fake::set_again_after`].
//!
//! ```
//! # use connector::fake::{Fake, Plan};
//! # use connector::{AttemptKey, Connector};
//! # let key: AttemptKey = "MONTHEND-1".parse().unwrap();
//! let fake = Fake::new();
//! fake.plan(&key, Plan::ends_after(3, 4));
//! let integration = fake.connect(Fake::target("A")).unwrap();
//! // … the code under test uses `integration` …
//! assert_eq!(fake.starts(&key), 0);
//! ```

mod connector;
mod integration;
mod plan;
mod way;
mod world;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Map;
use tokio::sync::Notify;

pub use self::plan::{AtStart, PhaseField, Plan, PlanFields, Step, ended};
use self::world::World;
pub use self::world::{Planner, Recorded};
use crate::call::{Call, CallKind};
use crate::conformance::WayFault;
use crate::{AttemptKey, Communication, End, StartTask, Target, TaskStatus};

/// The kind of agent that a fake knows.
pub const APPLICATION: &str = "Fake";
/// The type of its tasks.
pub const TASK_TYPE: &str = "fake";
/// The name of the log that each of its tasks has.
pub const LOG: &str = "job.log";

/// See the [module](self).
#[derive(Debug, Clone)]
pub struct Fake {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    world: Mutex<World>,
    /// A task or a log changed, or the way to an agent.
    news: Notify,
    /// A call was recorded.
    called: Notify,
}

impl Default for Fake {
    fn default() -> Self {
        Self::new()
    }
}

impl Fake {
    /// A fake to which everything works: agents are there, find and cancel; each task goes as its fields say.
    pub fn new() -> Self {
        Self {
            inner: Arc::new(Inner {
                world: Mutex::new(World::new()),
                news: Notify::new(),
                called: Notify::new(),
            }),
        }
    }

    /// An agent of this kind.
    pub fn target(agent: &str) -> Target {
        Target {
            agent: agent.to_owned(),
            application: APPLICATION.to_owned(),
            settings: Map::new(),
            batch_user: None,
        }
    }

    /// A start without fields: a task that runs until told.
    pub fn task(key: &AttemptKey) -> StartTask {
        StartTask {
            attempt: key.clone(),
            name: format!("FAKE/{key}"),
            task_type: TASK_TYPE.to_owned(),
            fields: Map::new(),
            secrets: Vec::new(),
            batch_user: None,
            variables: indexmap::IndexMap::new(),
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        // A test that failed while it held the world has said so already.
        self.inner.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the world and wakes those who wait for news.
    fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let changed = change(&mut self.world());
        self.inner.news.notify_waiters();
        changed
    }

    fn record(&self, agent: &str, call: &Call) {
        self.world().record(agent, call);
        self.inner.called.notify_waiters();
    }

    /// How the task of a key goes.
    pub fn plan(&self, key: &AttemptKey, plan: Plan) {
        self.world().plans.insert(key.clone(), plan);
    }

    /// How tasks go for which no plan was given. For a simulation: a function of the start and a seed.
    pub fn plan_all(&self, planner: impl Fn(&StartTask) -> Plan + Send + Sync + 'static) {
        self.world().set_planner(Arc::new(planner));
    }

    /// Ends a running task. Says whether there was one.
    pub fn end(&self, key: &AttemptKey, end: End) -> bool {
        self.set_status(key, TaskStatus::Ended(end))
    }

    /// Makes a task be so, unless it has ended. Says whether that changed anything.
    pub fn set_status(&self, key: &AttemptKey, status: TaskStatus) -> bool {
        self.change(|world| world.become_status(key, status))
    }

    /// The target has a task of which no call has told: one that ran before this process began, say.
    pub fn adopt(&self, key: &AttemptKey, plan: Plan) {
        self.change(|world| world.run(key, plan));
    }

    /// Adds to the log of a task. Says whether there is such a task.
    pub fn write(&self, key: &AttemptKey, text: &str) -> bool {
        self.change(|world| {
            let task = world.tasks.get_mut(key);
            task.map(|task| task.log.push_str(text)).is_some()
        })
    }

    /// Opens or closes the way to all agents. Over a closed way nothing arrives: starts are unknown, other calls fail.
    pub fn set_reachable(&self, is_reachable: bool) {
        self.change(|world| world.manners.is_unreachable = !is_reachable);
    }

    /// Opens or closes the way to one agent.
    pub fn set_agent_reachable(&self, agent: &str, is_reachable: bool) {
        self.change(|world| {
            if is_reachable {
                world.manners.unreachable_agents.remove(agent);
            } else {
                world.manners.unreachable_agents.insert(agent.to_owned());
            }
        });
    }

    /// What heartbeats answer while the way is open.
    pub fn set_communication(&self, communication: Communication) {
        self.change(|world| world.manners.communication = communication);
    }

    /// Whether agents find tasks by their key. At first they do.
    pub fn set_can_find(&self, can_find: bool) {
        self.change(|world| world.manners.can_find = can_find);
    }

    /// Whether agents end tasks by force. At first they do.
    pub fn set_can_cancel(&self, can_cancel: bool) {
        self.change(|world| world.manners.can_cancel = can_cancel);
    }

    /// Whether the logs of tasks that have ended are not whole yet. At first they are.
    pub fn set_logs_late(&self, are_late: bool) {
        self.change(|world| world.manners.are_logs_late = are_late);
    }

    /// Whether agents know a key again. Without that a repeated start runs the task again, against the contract: for tests that want
    /// to see that nobody repeats a start. At first they do.
    pub fn set_keeps_keys(&self, keeps_keys: bool) {
        self.change(|world| world.manners.keeps_keys = keeps_keys);
    }

    /// It stands for agents of one more kind.
    pub fn stand_for(&self, application: &str) {
        self.change(|world| world.manners.applications.push(application.to_owned()));
    }

    /// Its agents run tasks on the machine of the process; at first they do not.
    pub fn set_local(&self, is_local: bool) {
        self.change(|world| world.manners.is_local = is_local);
    }

    /// With a time, questions never wait, and answers say to ask again after it: an agent that must be polled. With none, the
    /// agent itself waits for news, as at first.
    pub fn set_again_after(&self, again_after: Option<Duration>) {
        self.change(|world| world.manners.again_after = again_after);
    }

    /// The answers of the next `count` starts are lost, after their tasks have started.
    pub fn lose_replies(&self, count: u32) {
        self.change(|world| world.manners.lost_replies = count);
    }

    /// Calls of this kind suffer so on their way, until [`Fake::heal`]. Those that do not arrive are not recorded; one that hangs before it
    /// arrives never does where its caller gives it up.
    pub fn set_fault(&self, fault: WayFault, during: CallKind) {
        self.change(|world| world.way.set(fault, during));
    }

    /// Makes the way right again, and says how many calls have suffered since [`Fake::set_fault`].
    pub fn heal(&self) -> u32 {
        self.change(|world| world.way.heal())
    }

    /// How often the target really ran a task of this key: 1 at most, if nobody breaks the contract.
    pub fn starts(&self, key: &AttemptKey) -> u32 {
        self.world().starts.get(key).copied().unwrap_or_default()
    }

    /// The keys that really ran more often than once. Empty, or the contract is broken.
    pub fn started_twice(&self) -> Vec<AttemptKey> {
        let world = self.world();
        let mut keys: Vec<_> = world
            .starts
            .iter()
            .filter(|(_, count)| **count > 1)
            .map(|(key, _)| key.clone())
            .collect();
        keys.sort();
        keys
    }

    /// The keys of all tasks that the target has or had, in the order of their starts.
    pub fn tasks(&self) -> Vec<AttemptKey> {
        self.world().tasks.keys().cloned().collect()
    }

    /// How a task is; none where the target has no such task.
    pub fn status(&self, key: &AttemptKey) -> Option<TaskStatus> {
        self.world().tasks.get(key).map(|task| task.status.clone())
    }

    /// The recorded calls, in order.
    pub fn calls(&self) -> Vec<Recorded> {
        self.world().calls.iter().cloned().collect()
    }

    /// How many of the recorded calls are of a kind.
    pub fn count_calls(&self, kind: CallKind) -> usize {
        self.world().calls.iter().filter(|recorded| recorded.call.kind() == kind).count()
    }

    /// How many calls there were, also those that are no longer recorded.
    pub fn calls_count(&self) -> u64 {
        self.world().calls_count
    }

    /// Most calls that are kept, the newest ones; 0 records none. At first 100,000.
    pub fn set_calls_max(&self, calls_max: usize) {
        let mut world = self.world();
        world.calls_max = calls_max;
        let surplus = world.calls.len().saturating_sub(calls_max);
        world.calls.drain(..surplus);
    }

    /// Waits until something is true of the fake, looking after each call and each change. Has no limit of its own.
    pub async fn until(&self, mut is_so: impl FnMut(&Self) -> bool) {
        loop {
            let (news, called) = (self.inner.news.notified(), self.inner.called.notified());
            tokio::pin!(news, called);
            news.as_mut().enable();
            called.as_mut().enable();
            if is_so(self) {
                return;
            }
            tokio::select! { () = news => {}, () = called => {} }
        }
    }
}

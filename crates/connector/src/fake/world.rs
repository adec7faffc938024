//! What is true on the fake's side.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use super::plan::{AtStart, Plan, Step};
use super::way::WayState;
use crate::call::Call;
use crate::{
    AttemptKey, CallError, Communication, End, Fault, Report, Reports, StartTask, Started, State,
    TaskRef, TaskStatus, Watch,
};

/// A call that the fake got.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The agent's name.
    pub agent: String,
    /// The call.
    pub call: Call,
}

/// Says how the task of a start goes.
pub type Planner = Arc<dyn Fn(&StartTask) -> Plan + Send + Sync>;

/// A task that the fake has.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) status: TaskStatus,
    /// Number of the world's change that made it so.
    changed: u64,
    steps: VecDeque<Step>,
    /// Watches since the last step.
    watches: u32,
    pub(super) log: String,
    pub(super) is_deleted: bool,
    pub(super) is_deaf: bool,
}

/// How the agents are.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own for tests")]
pub(super) struct Manners {
    pub(super) can_find: bool,
    pub(super) can_cancel: bool,
    /// Logs of tasks that have ended are not whole yet.
    pub(super) are_logs_late: bool,
    pub(super) is_local: bool,
    pub(super) applications: Vec<String>,
    pub(super) keeps_keys: bool,
    pub(super) again_after: Option<Duration>,
    pub(super) communication: Communication,
    pub(super) is_unreachable: bool,
    pub(super) unreachable_agents: HashSet<String>,
    pub(super) lost_replies: u32,
}

pub(super) struct World {
    planner: Planner,
    pub(super) plans: HashMap<AttemptKey, Plan>,
    pub(super) tasks: IndexMap<AttemptKey, Task>,
    /// How often the agent really ran a task of the key.
    pub(super) starts: HashMap<AttemptKey, u32>,
    /// Keys whose first call was lost on the way.
    lost_on_the_way: HashSet<AttemptKey>,
    pub(super) calls: VecDeque<Recorded>,
    pub(super) calls_max: usize,
    pub(super) calls_count: u64,
    pub(super) manners: Manners,
    pub(super) way: WayState,
    change: u64,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("tasks", &self.tasks)
            .field("manners", &self.manners)
            .finish_non_exhaustive()
    }
}

const CALLS_MAX: usize = 100_000;

impl World {
    pub(super) fn new() -> Self {
        Self {
            planner: Arc::new(Plan::from_fields),
            plans: HashMap::new(),
            tasks: IndexMap::new(),
            starts: HashMap::new(),
            lost_on_the_way: HashSet::new(),
            calls: VecDeque::new(),
            calls_max: CALLS_MAX,
            calls_count: 0,
            manners: Manners {
                can_find: true,
                can_cancel: true,
                are_logs_late: false,
                is_local: false,
                applications: vec![super::APPLICATION.to_owned()],
                keeps_keys: true,
                again_after: None,
                communication: Communication::Communicating {
                    version: "fake 1".into(),
                    warnings: Vec::new(),
                },
                is_unreachable: false,
                unreachable_agents: HashSet::new(),
                lost_replies: 0,
            },
            way: WayState::default(),
            change: 1,
        }
    }

    pub(super) fn set_planner(&mut self, planner: Planner) {
        self.planner = planner;
    }

    pub(super) fn record(&mut self, agent: &str, call: &Call) {
        self.calls_count += 1;
        if self.calls_max == 0 {
            return;
        }
        while self.calls.len() >= self.calls_max {
            self.calls.pop_front();
        }
        self.calls.push_back(Recorded { agent: agent.to_owned(), call: call.clone() });
    }

    /// Whether the way to an agent is open.
    pub(super) fn reach(&self, agent: &str) -> Result<(), CallError> {
        if self.manners.is_unreachable || self.manners.unreachable_agents.contains(agent) {
            return Err(CallError::new(
                Fault::Unreachable,
                format!("the agent {agent} of the fake cannot be reached, as a test has said"),
            ));
        }
        Ok(())
    }

    pub(super) fn start(&mut self, agent: &str, call: &StartTask) -> Started {
        if let Err(error) = self.reach(agent) {
            return Started::Unknown { why: error.message };
        }
        if self.manners.keeps_keys && self.tasks.contains_key(&call.attempt) {
            return self.reply(&call.attempt);
        }
        let planner = Arc::clone(&self.planner);
        let plan = self.plans.entry(call.attempt.clone()).or_insert_with(|| planner(call)).clone();
        let is_lost = match &plan.start {
            AtStart::Refuses(why) => return Started::Refused { why: why.clone() },
            AtStart::NeverArrives if self.lost_on_the_way.insert(call.attempt.clone()) => {
                return Started::Unknown { why: "the call was lost on the way".into() };
            }
            AtStart::LosesReply => true,
            AtStart::Runs | AtStart::NeverArrives | AtStart::EndsAtOnce(_) => false,
        };
        self.run(&call.attempt, plan);
        if is_lost {
            return Started::Unknown { why: "the answer was lost on the way".into() };
        }
        self.reply(&call.attempt)
    }

    /// The target begins a task.
    pub(super) fn run(&mut self, key: &AttemptKey, plan: Plan) {
        *self.starts.entry(key.clone()).or_default() += 1;
        let status = match plan.start {
            AtStart::EndsAtOnce(end) => TaskStatus::Ended(end),
            _ => plan.first,
        };
        let task = Task {
            status,
            changed: self.next_change(),
            steps: plan.steps.into(),
            watches: 0,
            log: plan.log,
            is_deleted: false,
            is_deaf: plan.is_deaf,
        };
        self.tasks.insert(key.clone(), task);
    }

    /// What a start of a key that is there answers.
    fn reply(&mut self, key: &AttemptKey) -> Started {
        if self.manners.lost_replies > 0 {
            self.manners.lost_replies -= 1;
            return Started::Unknown { why: "the answer was lost on the way".into() };
        }
        match self.tasks.get(key) {
            Some(Task { status: TaskStatus::Ended(end), changed, .. }) => {
                Started::Ended { state: state(*changed), end: end.clone() }
            }
            // A watch tells how it is.
            Some(_) => Started::Running { state: state(0) },
            None => Started::Unknown { why: "the fake has lost it".into() },
        }
    }

    fn next_change(&mut self) -> u64 {
        self.change += 1;
        self.change
    }

    /// Gives a task another status, unless it has ended. Says whether it has one now that it did not have.
    pub(super) fn become_status(&mut self, key: &AttemptKey, status: TaskStatus) -> bool {
        let change = self.next_change();
        let Some(task) = self.tasks.get_mut(key) else { return false };
        if matches!(task.status, TaskStatus::Ended(_)) || task.status == status {
            return false;
        }
        task.status = status;
        task.changed = change;
        true
    }

    /// One watch has named these tasks: those that move by that do.
    pub(super) fn step(&mut self, tasks: &[TaskRef]) {
        for TaskRef { attempt, .. } in tasks {
            let Some(task) = self.tasks.get_mut(attempt) else { continue };
            let Some(next) = task.steps.front() else { continue };
            task.watches += 1;
            if task.watches < next.watches {
                continue;
            }
            task.watches = 0;
            if let Some(step) = task.steps.pop_front() {
                self.become_status(attempt, step.then);
            }
        }
    }

    /// Whether the next watch moves one of these tasks on.
    pub(super) fn moves_by_watching(&self, tasks: &[TaskRef]) -> bool {
        tasks
            .iter()
            .filter_map(|task| self.tasks.get(&task.attempt))
            .any(|task| !task.steps.is_empty() && !matches!(task.status, TaskStatus::Ended(_)))
    }

    /// The news of a question. A task whose state is that of its last change has none, if the cursor is one of this world.
    pub(super) fn news(&self, call: &Watch) -> Reports {
        let is_known = call
            .cursor
            .as_deref()
            .and_then(change_of)
            .is_some_and(|cursor| (1..=self.change).contains(&cursor));
        let reports = call.tasks.iter().filter_map(|asked| {
            let report = self.report(&asked.attempt);
            (!is_known || report.state.as_ref() != Some(&asked.state)).then_some(report)
        });
        Reports {
            reports: reports.collect(),
            cursor: Some(format!("{PREFIX}{}", self.change)),
            again_after: self.manners.again_after.unwrap_or_default(),
        }
    }

    fn report(&self, key: &AttemptKey) -> Report {
        let (state, status) = match self.tasks.get(key) {
            Some(task) => (state(task.changed), task.status.clone()),
            None => (
                State(format!("{PREFIX}lost")),
                TaskStatus::Lost { why: format!("the fake knows no task `{key}`") },
            ),
        };
        Report { attempt: key.clone(), state: Some(state), status }
    }

    /// How a task has ended, if it has.
    pub(super) fn end_of(&self, key: &AttemptKey) -> Option<&End> {
        match &self.tasks.get(key)?.status {
            TaskStatus::Ended(end) => Some(end),
            _ => None,
        }
    }
}

const PREFIX: &str = "fake:";

/// What is remembered of a task: the change that the scheduler has been told of.
pub(super) fn state(change: u64) -> State {
    State(format!("{PREFIX}{change}"))
}

fn change_of(text: &str) -> Option<u64> {
    text.strip_prefix(PREFIX)?.parse().ok()
}

//! How a task of the fake goes.

use serde::{Deserialize, Serialize};

use crate::{End, StartTask, TaskStatus};

/// How one task goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What its start does.
    pub start: AtStart,
    /// How it is when it has started.
    pub first: TaskStatus,
    /// What it becomes by being watched, in this order. A task that has no end among them runs until a test ends it.
    pub steps: Vec<Step>,
    /// Its log from the start.
    pub log: String,
    /// Whether a cancel is taken and then not obeyed.
    pub is_deaf: bool,
}

/// What a start does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtStart {
    /// The task runs.
    Runs,
    /// The task has run and is over, with this end.
    EndsAtOnce(End),
    /// The agent refuses it for this reason; every repetition too.
    Refuses(String),
    /// The task runs, and the answer is lost.
    LosesReply,
    /// The first call is lost on the way; a repetition runs.
    NeverArrives,
}

/// A change that comes by being watched: nothing here has a clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// How many watches must name the task before it comes; 0 counts as 1. That many watches after the step before, the task is so.
    pub watches: u32,
    /// What the task is then.
    pub then: TaskStatus,
}

/// An end by itself, with a code.
pub fn ended(code: i32) -> End {
    End::with_code(code, format!("code {code}"))
}

impl Default for Plan {
    fn default() -> Self {
        Self::until_told()
    }
}

impl Plan {
    /// Runs until [`crate::fake::Fake::end`].
    pub fn until_told() -> Self {
        Self {
            start: AtStart::Runs,
            first: TaskStatus::Running { phase: "RUNNING".into(), code: None },
            steps: Vec::new(),
            log: String::new(),
            is_deaf: false,
        }
    }

    /// The `watches`-th watch that names it tells its end with `code`.
    pub fn ends_after(watches: u32, code: i32) -> Self {
        Self::until_told().then(watches, TaskStatus::Ended(ended(code)))
    }

    /// It is over when its start is answered.
    pub fn ends_at_once(code: i32) -> Self {
        Self { start: AtStart::EndsAtOnce(ended(code)), ..Self::until_told() }
    }

    /// It is refused.
    pub fn refused(why: impl Into<String>) -> Self {
        Self { start: AtStart::Refuses(why.into()), ..Self::until_told() }
    }

    /// What its start does.
    pub fn at_start(self, start: AtStart) -> Self {
        Self { start, ..self }
    }

    /// It waits with this phase when it has started, such as `QUEUED`.
    pub fn waiting(self, phase: impl Into<String>, code: Option<i32>) -> Self {
        Self { first: TaskStatus::Waiting { phase: phase.into(), code }, ..self }
    }

    /// One more step.
    pub fn then(mut self, watches: u32, status: TaskStatus) -> Self {
        self.steps.push(Step { watches, then: status });
        self
    }

    /// Its log from the start.
    pub fn log(self, log: impl Into<String>) -> Self {
        Self { log: log.into(), ..self }
    }

    /// A cancel is taken and then not obeyed.
    pub fn deaf(self) -> Self {
        Self { is_deaf: true, ..self }
    }

    /// What the task's own fields ask for ([`PlanFields`]); fields that make no sense are refused. The plan of a fake to which nobody has
    /// given others.
    pub fn from_fields(start: &StartTask) -> Self {
        match serde_json::from_value::<PlanFields>(start.fields.clone().into()) {
            Ok(fields) => fields.plan(),
            Err(error) => Self::refused(format!("the fields of the fake task are wrong: {error}")),
        }
    }
}

/// Fields of a task by which whoever defines it says how it goes. All may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanFields {
    /// How it is before its end, each for a number of watches; the first one from the start.
    pub phases: Vec<PhaseField>,
    /// The code that it ends with; none for a task that runs until told.
    pub code: Option<i32>,
    /// How many watches the last phase lasts.
    pub watches: u32,
    /// Whether it is over when its start is answered.
    pub at_once: bool,
    /// Why it is refused; none for a task that is not.
    pub refuse: Option<String>,
    /// Its log.
    pub log: String,
}

/// A phase among [`PlanFields`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseField {
    /// In the agent's words.
    pub phase: String,
    /// The agent's number for it.
    #[serde(default)]
    pub code: Option<i32>,
    /// Whether the task has not begun.
    #[serde(default)]
    pub is_waiting: bool,
    /// How many watches it lasts.
    #[serde(default)]
    pub watches: u32,
}

impl PhaseField {
    fn status(&self) -> TaskStatus {
        let (phase, code) = (self.phase.clone(), self.code);
        if self.is_waiting {
            TaskStatus::Waiting { phase, code }
        } else {
            TaskStatus::Running { phase, code }
        }
    }
}

impl PlanFields {
    fn plan(self) -> Plan {
        let mut plan = Plan::until_told().log(self.log);
        let mut lasts = self.watches;
        if let Some(first) = self.phases.first() {
            plan.first = first.status();
            for pair in self.phases.windows(2) {
                plan = plan.then(pair[0].watches, pair[1].status());
            }
            lasts = lasts.max(self.phases.last().map_or(0, |last| last.watches));
        }
        plan.start = match (self.refuse, self.at_once) {
            (Some(why), _) => AtStart::Refuses(why),
            (None, true) => AtStart::EndsAtOnce(ended(self.code.unwrap_or_default())),
            (None, false) => AtStart::Runs,
        };
        match self.code {
            Some(code) => plan.then(lasts, TaskStatus::Ended(ended(code))),
            None => plan,
        }
    }
}

//! Notifications: groups of things, what about them is told, to whom and how (`opcon-domain 1.14`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::run::texts::{At, Visit};
use crate::event::EventText;
use crate::name::{AgentName, JobName, NotificationGroupName, ScheduleName};

/// A group of agents, schedules or jobs, with what is told about them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationGroup {
    /// What it is for.
    #[schemars(length(max = 4000))]
    pub documentation: Option<String>,
    /// What it is about.
    pub about: About,
    /// What is told, and how.
    #[serde(default)]
    pub triggers: Vec<Trigger>,
    /// Groups that follow while nobody acknowledges, in this order.
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub escalation: Vec<EscalationStep>,
}

/// What a group is about, by master names: every instance of them counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// Agents.
    Agents(Vec<AgentName>),
    /// Schedules.
    Schedules(Vec<ScheduleName>),
    /// Jobs.
    Jobs(Vec<JobReference>),
    /// Every agent.
    AllAgents,
    /// Every schedule.
    AllSchedules,
    /// Every job.
    AllJobs,
}

/// A job by its schedule and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobReference {
    /// The schedule.
    pub schedule: ScheduleName,
    /// The job.
    pub job: JobName,
}

/// Something that is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// What must happen.
    pub on: TriggerKind,
    /// Only for these AMT completion codes, such as 3; for jobs of an AMT batch server.
    #[serde(default)]
    pub amt_codes: Vec<u16>,
    /// Only for the AMT completion codes of which somebody should hear at once, 11, 12, 23 and 24, beside those of `amt_codes`.
    #[serde(default)]
    pub amt_alert: bool,
    /// What is done, all of it.
    #[schemars(length(min = 1, max = 20))]
    pub actions: Vec<Action>,
}

/// The AMT completion codes of which somebody should hear at once (`amt-domain 3.2`): ERROR, ABORTED, WEB_SERVER_ERROR and
/// AUTHENTICATION_ERROR.
pub const AMT_ALERT_CODES: [u16; 4] = [11, 12, 23, 24];

impl Trigger {
    /// Whether it is about something with this completion code: it names no codes, or this one.
    pub fn wants_code(&self, code: Option<u16>) -> bool {
        let is_for_all = self.amt_codes.is_empty() && !self.amt_alert;
        let is_named = |code: u16| {
            self.amt_codes.contains(&code) || self.amt_alert && AMT_ALERT_CODES.contains(&code)
        };
        is_for_all || code.is_some_and(is_named)
    }
}

/// What can be told: 7 things about agents, 4 about schedules, 20 about jobs.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "their names are the vendor's")]
pub enum TriggerKind {
    AgentMarkedDown,
    AgentMarkedLimited,
    AgentMarkedUp,
    AgentStatusChanged,
    AgentNetworkDown,
    AgentNetworkUp,
    AgentNetworkStatusChanged,
    ScheduleStarted,
    ScheduleCompleted,
    ScheduleOnHold,
    ScheduleReleased,
    JobWaitMachine,
    JobLateToStart,
    JobLateToFinish,
    JobSubmitted,
    JobStillAttempting,
    JobInitializationError,
    JobPrerunFailed,
    JobMissedStart,
    JobRunning,
    JobToBeKilled,
    JobExceededMaxRunTime,
    JobFinishedOk,
    JobFailed,
    JobMarkedOk,
    JobMarkedFailed,
    JobCancelled,
    JobRestarted,
    JobSkipped,
    JobUnderReview,
    JobFixed,
}

impl TriggerKind {
    /// Which kind of thing it can happen to.
    pub fn subject(self) -> Subject {
        use TriggerKind as T;
        match self {
            T::AgentMarkedDown
            | T::AgentMarkedLimited
            | T::AgentMarkedUp
            | T::AgentStatusChanged
            | T::AgentNetworkDown
            | T::AgentNetworkUp
            | T::AgentNetworkStatusChanged => Subject::Agent,
            T::ScheduleStarted | T::ScheduleCompleted | T::ScheduleOnHold | T::ScheduleReleased => {
                Subject::Schedule
            }
            T::JobWaitMachine
            | T::JobLateToStart
            | T::JobLateToFinish
            | T::JobSubmitted
            | T::JobStillAttempting
            | T::JobInitializationError
            | T::JobPrerunFailed
            | T::JobMissedStart
            | T::JobRunning
            | T::JobToBeKilled
            | T::JobExceededMaxRunTime
            | T::JobFinishedOk
            | T::JobFailed
            | T::JobMarkedOk
            | T::JobMarkedFailed
            | T::JobCancelled
            | T::JobRestarted
            | T::JobSkipped
            | T::JobUnderReview
            | T::JobFixed => Subject::Job,
        }
    }
}

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names say it")]
pub enum Subject {
    Agent,
    Schedule,
    Job,
}

impl About {
    /// Which kind of thing it names.
    pub fn subject(&self) -> Subject {
        match self {
            Self::Agents(_) | Self::AllAgents => Subject::Agent,
            Self::Schedules(_) | Self::AllSchedules => Subject::Schedule,
            Self::Jobs(_) | Self::AllJobs => Subject::Job,
        }
    }
}

/// How it is told. Texts may hold tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A mail.
    Email(Email),
    /// A call of a web address, signed.
    Webhook(Webhook),
    /// A command line on a command agent.
    Command(CommandAction),
    /// A line in the scheduler's log.
    Log(Log),
    /// An event, such as `$JOB:RESTART,…`.
    Event(EventAction),
}

impl Action {
    /// Its texts that may hold tokens, with where they stand in it. An event is checked as an event.
    pub fn texts<'d>(&'d self, visit: &mut Visit<'_, 'd>) {
        let mut field = |kind: &'static str, field: &'static str, text: Option<&'d String>| {
            if let Some(text) = text {
                visit(&[At::Field(kind), At::Field(field)], text);
            }
        };
        match self {
            Self::Email(Email { to, cc, subject, message }) => {
                field("email", "subject", Some(subject));
                field("email", "message", message.as_ref());
                for (list, texts) in [("to", to), ("cc", cc)] {
                    for (index, text) in texts.iter().enumerate() {
                        visit(&[At::Field("email"), At::Field(list), At::Index(index)], text);
                    }
                }
            }
            Self::Webhook(Webhook { url, message }) => {
                field("webhook", "url", Some(url));
                field("webhook", "message", message.as_ref());
            }
            Self::Command(CommandAction { agent: _, line }) => field("command", "line", Some(line)),
            Self::Log(Log { message }) => field("log", "message", Some(message)),
            Self::Event(EventAction { event: _ }) => {}
        }
    }
}

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Email {
    /// Addresses.
    #[schemars(length(min = 1, max = 50))]
    pub to: Vec<String>,
    /// Addresses that get a copy.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub cc: Vec<String>,
    /// The subject.
    #[schemars(length(min = 1, max = 200))]
    pub subject: String,
    /// The text.
    #[schemars(length(max = 4000))]
    pub message: Option<String>,
}

/// A call of a web address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// The address. Its secret is set on the server.
    #[schemars(length(min = 1, max = 1024))]
    pub url: String,
    /// A text that goes with it.
    #[schemars(length(max = 4000))]
    pub message: Option<String>,
}

/// A command line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandAction {
    /// The command agent.
    pub agent: AgentName,
    /// The command line.
    #[schemars(length(min = 1, max = 4000))]
    pub line: String,
}

/// A line in the scheduler's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// The text.
    #[schemars(length(min = 1, max = 4000))]
    pub message: String,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventAction {
    /// The event.
    pub event: EventText,
}

/// What follows while nobody acknowledges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalationStep {
    /// The group that is told next.
    pub group: NotificationGroupName,
    /// Minutes to wait before it is told.
    #[schemars(range(min = 1, max = 1440))]
    pub after_minutes: u16,
    /// How often it is told.
    #[serde(default = "once")]
    #[schemars(range(min = 1, max = 99))]
    pub attempts: u8,
}

fn once() -> u8 {
    1
}

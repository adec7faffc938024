//! Daily jobs.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A daily job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its number.
    pub id: i64,
    /// The date of its schedule.
    pub date: Date,
    /// Its schedule's name.
    pub schedule: String,
    /// Its name.
    pub name: String,
    /// Its status, such as `Job Running`.
    pub status: String,
    /// What its agent says of it, such as `WAIT FOR INPUT REQUEST`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// Its agent's number for that, such as 14.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase_code: Option<i64>,
    /// When it may start at the earliest.
    pub start: Timestamp,
    /// The zone of its times.
    pub time_zone: String,
    /// The agent to which it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// When its last attempt began to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// When its last attempt ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// The exit code of its last attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
}

/// A daily job with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobDetails {
    /// The job.
    #[serde(flatten)]
    pub job: Job,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// By when it has to start; later it does not start by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_start: Option<Timestamp>,
    /// Its attempts, oldest first.
    pub attempts: Vec<Attempt>,
    /// The attempts of daily jobs of its name and date that were replaced or deleted, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Attempt>,
    /// Why it is as it is: what it waits for, and what that waits for.
    pub why: Vec<Reason>,
    /// What became of those of its planned instants of which that is decided, in their order, with the recorded reason.
    #[serde(default)]
    pub outcomes: Vec<Outcome>,
}

/// One try to run a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// By what it is named alone: the number of its daily job and its own, such as `17.1`. It stays when the job is gone.
    pub id: String,
    /// Its number, from 1.
    pub number: i64,
    /// The agent.
    pub agent: String,
    /// The planned instant for which it runs.
    pub planned: Timestamp,
    /// When it was asked for.
    pub requested: Timestamp,
    /// When it began to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// When its logs were in the archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<Timestamp>,
    /// Its exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// What became of it, such as `Finished OK`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<String>,
    /// What its agent has said of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What is still done about it, such as `find` or `archive`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<String>,
}

/// A reason, with the reasons for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The reason in words.
    pub text: String,
    /// Why that is so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Reason>,
}

/// A job that is to be added to a daily schedule.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddJob {
    /// The frequency whose details it has; its first one if left out.
    #[serde(default)]
    pub frequency: Option<String>,
    /// Whether it is added on hold.
    #[serde(default)]
    pub on_hold: bool,
    /// Its properties, over those of its definition, in their order.
    #[serde(default)]
    pub properties: Vec<(String, String)>,
    /// Whether it is refused by an instance in which it is not by its definition.
    #[serde(default)]
    pub apply_exceptions: bool,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedJobs {
    /// What the new daily jobs are called.
    pub jobs: Vec<String>,
}

/// Something that is asked of a daily job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobOrder {
    /// What.
    pub action: JobAction,
    /// What a restart of a container does with its jobs; all of them are restarted if left out.
    #[serde(default)]
    pub restart: Option<Restart>,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

/// An action on a daily job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "their names are the vendor's")]
pub enum JobAction {
    Hold,
    Release,
    Cancel,
    Skip,
    Start,
    Kill,
    Restart,
    RestartOnHold,
    ForceRestart,
    MarkFinishedOk,
    MarkFailed,
    MarkUnderReview,
    MarkFixed,
}

/// What a restart of a container does with its jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// They are built anew.
    Rebuild,
    /// They stay as they are.
    Leave,
    /// Those with the container's status are restarted.
    Matching,
    /// All are restarted.
    All,
}

/// What became of a job on a date, for one that is not in the plan any more, or never was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobPast {
    /// What became of each planned instant, in their order.
    pub outcomes: Vec<Outcome>,
    /// What automatic build made of that date of the schedule, and why: `superseded`; null where it made nothing of it.
    pub build: Option<String>,
    /// The attempts of its daily jobs that were replaced or deleted, oldest first.
    #[serde(default)]
    pub attempts: Vec<Attempt>,
    /// The zone in which times are shown.
    pub time_zone: String,
}

/// What became of a planned instant of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The instant.
    pub planned: Timestamp,
    /// What: `ran`, `skipped`, `missed`, `cancelled`, `deleted`, `replaced`, `superseded` …
    pub outcome: String,
    /// Why.
    pub reason: String,
    /// When that was decided.
    pub at: Timestamp,
    /// The attempt that ran.
    pub attempt: Option<i64>,
}

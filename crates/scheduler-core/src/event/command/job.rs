//! `$JOB:…`: jobs in daily schedules.

use crate::action::{Action, Privilege};
use crate::event::field::{
    Field, List, Number, Options, RescheduleFrom, Text, Value, printed, whole,
};
use crate::event::reader::{BadEvent, Reader};
use crate::event::spec::{Arg, DATE, JOB, Needs, SCHEDULE, Spec, needed, optional};
use crate::event::target::{Definition, JobTarget};
use crate::name::{BatchUserName, FrequencyName, MachineGroupName, Tag};

/// Something that is asked of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobCommand {
    /// Of which.
    pub target: JobTarget,
    /// What.
    pub order: JobOrder,
}

/// What is asked of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobOrder {
    /// `HOLD`, `CANCEL`, `SKIP`, `KILL`, `RELEASE`, `START`, `GOOD`, `BAD`, `UNDERREVIEW`, `FIXED`: an action of
    /// the action table.
    Act(Action),
    /// `DELETE`: take it out of the daily schedule.
    Delete,
    /// `RESTART`, `RESTARTHLD`.
    Restart {
        /// Put it on hold.
        on_hold: bool,
        /// Start it by force; N unless given.
        force: Option<Field<bool>>,
        /// The step at which it begins, for jobs that have steps.
        step: Option<Field<Text>>,
    },
    /// `ADD`, `ADDHLD`: add it to the daily schedule.
    Add(Add),
    /// `RESCHEDULE`, `RESCHEDHLD`: give it another start time.
    Reschedule(Reschedule),
    /// `MACHGRP`: another machine group.
    MachineGroup(Field<MachineGroupName>),
    /// `MAXRUNTIME`: another maximum run time, in minutes.
    MaxRunTime(Field<Number<1, 32767>>),
    /// `PRIORITY`: another priority, 0 is the lowest.
    Priority(Field<Number<0, 32767>>),
    /// `TAGADD`: more tags.
    TagAdd(Field<List<Tag>>),
    /// `TAGDEL`: fewer tags.
    TagDelete(Field<List<Tag>>),
    /// `USER`: another batch user.
    User(Field<BatchUserName>),
    /// `TRACK`: follow a job that was submitted elsewhere. Only agents send it.
    Track {
        /// Its frequency.
        frequency: Option<Field<FrequencyName>>,
        /// What the agent knows.
        data: Option<Field<Text>>,
    },
    /// `QUEUED`: control a job that was submitted elsewhere. Only agents send it.
    Queued {
        /// Its frequency.
        frequency: Option<Field<FrequencyName>>,
        /// What the agent knows.
        data: Option<Field<Text>>,
    },
    /// `QUESTATE`: how a job stands that was submitted elsewhere. Only agents send it.
    QueueState {
        /// Its status, in the agent's words.
        status: Field<Text>,
        /// What the agent knows.
        data: Option<Field<Text>>,
    },
}

/// How a job is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Add {
    /// Put it on hold.
    pub on_hold: bool,
    /// The frequency whose details it has; its first one unless given.
    pub frequency: Option<Field<FrequencyName>>,
    /// Its instance properties.
    pub properties: Option<Field<List<Definition>>>,
    /// Open a completed schedule; N unless given. With N the job is added all the same and waits, unless the option
    /// *Allow Job Events to Restart Schedules* opens the schedule
    /// ([`ReopenedBy::event`](crate::schedule::ReopenedBy::event)).
    pub reopen: Option<Field<bool>>,
    /// Apply the exceptions of named instances; N unless given. Not with `ADDHLD`.
    pub apply_exceptions: Option<Field<bool>>,
}

/// When a job starts instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reschedule {
    /// Put it on hold.
    pub on_hold: bool,
    /// From when the minutes count; from now unless given.
    pub from: Option<Field<RescheduleFrom>>,
    /// How many.
    pub minutes: Field<Minutes>,
}

/// The minutes of a reschedule, at most 1439.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Minutes {
    /// So many from that time.
    After(u16),
    /// The start offset of a job that has not started becomes so much longer, or shorter.
    Change(i16),
}

impl Value for Minutes {
    const EXPECTED: &'static str =
        "minutes from 0 to 1439, with + or - to change the start offset by them";

    fn read(text: &str, _: Options) -> Result<Self, String> {
        let digits = text.trim_start_matches(['+', '-']);
        let is_signed = digits.len() + 1 == text.len();
        let number = whole(digits)
            .filter(|_| is_signed || digits.len() == text.len())
            .ok_or_else(String::new)?;
        let minutes = i16::try_from(number)
            .ok()
            .filter(|minutes| *minutes <= 1439)
            .ok_or_else(|| "is more than 1439".to_owned())?;
        Ok(match (is_signed, text.starts_with('-')) {
            (true, true) => Self::Change(-minutes),
            (true, false) => Self::Change(minutes),
            (false, _) => Self::After(minutes.unsigned_abs()),
        })
    }

    fn print(&self) -> String {
        match self {
            Self::After(minutes) => minutes.to_string(),
            Self::Change(minutes) => format!("{minutes:+}"),
        }
    }
}

const AT: [Arg; 3] = [DATE, SCHEDULE, JOB];
const FREQUENCY: Arg = optional("frequency name", Some("FREQNAME"));
const PROPERTIES: Arg = optional("property definitions", Some("PROPERTIES")).of("PROPERTY", ';');
const REOPEN: Arg = optional("reopen schedule: Y/N", Some("REOPENSKD"));
const EXCEPTIONS: Arg = optional("apply exceptions: Y/N", None);
const DATA: Arg = optional("job data", Some("JOBPDATA"));
const TAGS: Arg = needed("tags", "TAGS").of("TAG", ';');
const FROM: Arg = optional("T/S/N", Some("OFFSETFROM"));
const MINUTES: Arg = needed("minutes", "OFFSETMIN");

const RESTART: [Arg; 5] =
    [DATE, SCHEDULE, JOB, optional("force restart: Y/N", None), optional("restart step", None)];
const RESCHEDULE: [Arg; 5] = [DATE, SCHEDULE, JOB, FROM, MINUTES];
const TAG: [Arg; 4] = [DATE, SCHEDULE, JOB, TAGS];
const TRACK: [Arg; 5] = [DATE, SCHEDULE, JOB, FREQUENCY, DATA];

const fn spec(
    action: &'static str,
    what: &'static str,
    args: &'static [Arg],
    privilege: Privilege,
) -> Spec {
    Spec { group: "JOB", action, what, args, needs: Needs::Privilege(privilege) }
}

/// The privilege of an action counts for its event, too. For `FIXED` the vendor's page shows that of
/// `DELETE`, a slip.
pub(super) const SPECS: [Spec; 26] = [
    spec("HOLD", "puts a job on hold", &AT, Privilege::HoldJobs),
    spec("CANCEL", "cancels a job", &AT, Privilege::CancelJobs),
    spec("SKIP", "skips a job when it qualifies", &AT, Privilege::SkipJobs),
    spec("KILL", "kills a running job", &AT, Privilege::KillJobs),
    spec("RELEASE", "releases a held job", &AT, Privilege::ReleaseJobs),
    spec("START", "starts a job by force", &AT, Privilege::ForceStartJobs),
    spec("DELETE", "deletes a job from its daily schedule", &AT, Privilege::DeleteDailyJobs),
    spec("GOOD", "marks a job as finished OK", &AT, Privilege::MarkJobsFinishedOk),
    spec("BAD", "marks a job as failed", &AT, Privilege::MarkJobsFailed),
    spec("UNDERREVIEW", "puts a failed job under review", &AT, Privilege::MarkJobsFailed),
    spec("FIXED", "marks a failed job as fixed", &AT, Privilege::MarkJobsFinishedOk),
    spec("RESTART", "restarts a job", &RESTART, Privilege::RestartJobs),
    spec("RESTARTHLD", "restarts a job on hold", &RESTART, Privilege::RestartJobs),
    spec(
        "ADD",
        "adds a job to a daily schedule",
        &[DATE, SCHEDULE, JOB, FREQUENCY, PROPERTIES, REOPEN, EXCEPTIONS],
        Privilege::AddDailyJobs,
    ),
    spec(
        "ADDHLD",
        "adds a job on hold to a daily schedule",
        &[DATE, SCHEDULE, JOB, FREQUENCY, PROPERTIES, optional("reopen schedule: Y/N", None)],
        Privilege::AddDailyJobs,
    ),
    spec("RESCHEDULE", "gives a job another start time", &RESCHEDULE, Privilege::RestartJobs),
    spec("RESCHEDHLD", "the same, and puts it on hold", &RESCHEDULE, Privilege::RestartJobs),
    spec(
        "MACHGRP",
        "gives a job another machine group",
        &[DATE, SCHEDULE, JOB, needed("machine group name", "MACHGRPNAME")],
        Privilege::AllAdministrative,
    ),
    spec(
        "MAXRUNTIME",
        "gives a job another maximum run time",
        &[DATE, SCHEDULE, JOB, needed("minutes", "MAXMINS")],
        Privilege::AllAdministrative,
    ),
    spec(
        "PRIORITY",
        "gives a job another priority",
        &[DATE, SCHEDULE, JOB, needed("priority", "PRIORITY")],
        Privilege::AllAdministrative,
    ),
    spec("TAGADD", "adds tags to a job", &TAG, Privilege::AllAdministrative),
    spec("TAGDEL", "takes tags from a job", &TAG, Privilege::AllAdministrative),
    Spec {
        group: "JOB",
        action: "USER",
        what: "gives a job another batch user",
        args: &[DATE, SCHEDULE, JOB, needed("batch user", "USER")],
        needs: Needs::Ocadm,
    },
    spec("TRACK", "follows a job submitted elsewhere", &TRACK, Privilege::AddDailyJobs),
    spec("QUEUED", "controls a job submitted elsewhere", &TRACK, Privilege::AddDailyJobs),
    spec(
        "QUESTATE",
        "says how a job submitted elsewhere stands",
        &[DATE, SCHEDULE, JOB, needed("job status", "JOBSTATUS"), DATA],
        Privilege::AddDailyJobs,
    ),
];

/// The commands that are actions of the action table.
const ACTIONS: [(&str, Action); 10] = [
    ("HOLD", Action::Hold),
    ("CANCEL", Action::Cancel),
    ("SKIP", Action::Skip),
    ("KILL", Action::Kill),
    ("RELEASE", Action::Release),
    ("START", Action::Start),
    ("GOOD", Action::MarkFinishedOk),
    ("BAD", Action::MarkFailed),
    ("UNDERREVIEW", Action::MarkUnderReview),
    ("FIXED", Action::MarkFixed),
];

pub(super) fn read(reader: &mut Reader<'_>) -> Result<JobCommand, BadEvent> {
    let target = JobTarget::read(reader)?;
    let action = reader.spec().action;
    if let Some((_, action)) = ACTIONS.iter().find(|(name, _)| *name == action) {
        return Ok(JobCommand { target, order: JobOrder::Act(*action) });
    }
    let order = match action {
        "DELETE" => JobOrder::Delete,
        "RESTART" | "RESTARTHLD" => JobOrder::Restart {
            on_hold: action == "RESTARTHLD",
            force: reader.optional()?,
            step: reader.optional()?,
        },
        "ADD" | "ADDHLD" => JobOrder::Add(Add {
            on_hold: action == "ADDHLD",
            frequency: reader.optional()?,
            properties: reader.optional()?,
            reopen: reader.optional()?,
            apply_exceptions: reader.optional()?,
        }),
        "RESCHEDULE" | "RESCHEDHLD" => JobOrder::Reschedule(Reschedule {
            on_hold: action == "RESCHEDHLD",
            from: reader.optional()?,
            minutes: reader.needed()?,
        }),
        "MACHGRP" => JobOrder::MachineGroup(reader.needed()?),
        "MAXRUNTIME" => JobOrder::MaxRunTime(reader.needed()?),
        "PRIORITY" => JobOrder::Priority(reader.needed()?),
        "TAGADD" => JobOrder::TagAdd(reader.needed()?),
        "TAGDEL" => JobOrder::TagDelete(reader.needed()?),
        "USER" => JobOrder::User(reader.needed()?),
        "TRACK" => JobOrder::Track { frequency: reader.optional()?, data: reader.optional()? },
        "QUEUED" => JobOrder::Queued { frequency: reader.optional()?, data: reader.optional()? },
        _ => JobOrder::QueueState { status: reader.needed()?, data: reader.optional()? },
    };
    Ok(JobCommand { target, order })
}

impl JobOrder {
    pub(super) fn action(&self) -> &'static str {
        match self {
            Self::Act(action) => {
                ACTIONS.iter().find(|(_, one)| one == action).map_or("HOLD", |(name, _)| *name)
            }
            Self::Delete => "DELETE",
            Self::Restart { on_hold: false, .. } => "RESTART",
            Self::Restart { on_hold: true, .. } => "RESTARTHLD",
            Self::Add(Add { on_hold: false, .. }) => "ADD",
            Self::Add(Add { on_hold: true, .. }) => "ADDHLD",
            Self::Reschedule(Reschedule { on_hold: false, .. }) => "RESCHEDULE",
            Self::Reschedule(Reschedule { on_hold: true, .. }) => "RESCHEDHLD",
            Self::MachineGroup(_) => "MACHGRP",
            Self::MaxRunTime(_) => "MAXRUNTIME",
            Self::Priority(_) => "PRIORITY",
            Self::TagAdd(_) => "TAGADD",
            Self::TagDelete(_) => "TAGDEL",
            Self::User(_) => "USER",
            Self::Track { .. } => "TRACK",
            Self::Queued { .. } => "QUEUED",
            Self::QueueState { .. } => "QUESTATE",
        }
    }

    fn fields(&self) -> Vec<String> {
        match self {
            Self::Act(_) | Self::Delete => Vec::new(),
            Self::Restart { force, step, .. } => {
                vec![printed(force.as_ref()), printed(step.as_ref())]
            }
            Self::Add(add) => add.fields(),
            Self::Reschedule(reschedule) => {
                vec![printed(reschedule.from.as_ref()), reschedule.minutes.print()]
            }
            Self::MachineGroup(group) => vec![group.print()],
            Self::MaxRunTime(minutes) => vec![minutes.print()],
            Self::Priority(priority) => vec![priority.print()],
            Self::TagAdd(tags) | Self::TagDelete(tags) => vec![tags.print()],
            Self::User(user) => vec![user.print()],
            Self::Track { frequency, data } | Self::Queued { frequency, data } => {
                vec![printed(frequency.as_ref()), printed(data.as_ref())]
            }
            Self::QueueState { status, data } => vec![status.print(), printed(data.as_ref())],
        }
    }
}

impl Add {
    fn fields(&self) -> Vec<String> {
        let mut fields = vec![
            printed(self.frequency.as_ref()),
            printed(self.properties.as_ref()),
            printed(self.reopen.as_ref()),
        ];
        if !self.on_hold {
            fields.push(printed(self.apply_exceptions.as_ref()));
        }
        fields
    }
}

impl JobCommand {
    pub(super) fn fields(&self) -> Vec<String> {
        let mut fields = self.target.fields();
        fields.extend(self.order.fields());
        fields
    }
}

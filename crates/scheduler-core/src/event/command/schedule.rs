//! `$SCHEDULE:…`: daily schedules.

use crate::action::Privilege;
use crate::event::date_ref::DateRef;
use crate::event::field::{CheckMode, Field, List, Text, printed};
use crate::event::reader::{BadEvent, Reader};
use crate::event::spec::{Arg, DATE, Needs, SCHEDULE, Spec, optional};
use crate::event::target::{Definition, NamedInstance, ScheduleTarget};
use crate::schedule::Action;

/// Something that is asked of a daily schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScheduleCommand {
    /// `BUILD`, `BUILDHLD`.
    Build(Build),
    /// `CHECK`: check what was built.
    Check {
        /// Which.
        target: ScheduleTarget,
        /// Where the log is written.
        log: Option<Field<Text>>,
        /// How thoroughly; N unless given.
        mode: Option<Field<CheckMode>>,
    },
    /// `CHECKALL`: check all schedules of a date.
    CheckAll {
        /// The date.
        date: Field<DateRef>,
        /// Where the log is written.
        log: Option<Field<Text>>,
        /// How thoroughly; N unless given.
        mode: Option<Field<CheckMode>>,
    },
    /// `HOLD`, `RELEASE`, `START`, `CLOSE`: an action of the action table.
    Act {
        /// Of which.
        target: ScheduleTarget,
        /// What.
        action: Action,
    },
    /// `CANCEL`: cancel all of its jobs.
    Cancel {
        /// Which.
        target: ScheduleTarget,
    },
    /// `DELETE`.
    Delete {
        /// Which.
        target: ScheduleTarget,
        /// Where the log is written.
        log: Option<Field<Text>>,
    },
}

/// How a schedule is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// Which, for which date.
    pub target: ScheduleTarget,
    /// Put it on hold.
    pub on_hold: bool,
    /// Where the log is written.
    pub log: Option<Field<Text>>,
    /// Replace a completed one; N unless given.
    pub overwrite: Option<Field<bool>>,
    /// Its instance properties.
    pub properties: Option<Field<List<Definition>>>,
    /// Only this named instance.
    pub instance: Option<Field<NamedInstance>>,
}

const LOG: Arg = optional("log file", None);
const MODE: Arg = optional("Y/N/S", Some("CIRCCHECK"));
const TARGET: [Arg; 2] = [DATE, SCHEDULE];
const BUILD: [Arg; 6] = [
    DATE,
    SCHEDULE,
    LOG,
    optional("overwrite: Y/N", Some("OVERWRITE")),
    optional("property definitions", Some("PROPERTIES")).of("PROPERTY", ';'),
    optional("InstanceName=value", None),
];

const fn spec(
    action: &'static str,
    what: &'static str,
    args: &'static [Arg],
    privilege: Privilege,
) -> Spec {
    Spec { group: "SCHEDULE", action, what, args, needs: Needs::Privilege(privilege) }
}

pub(super) const SPECS: [Spec; 10] = [
    spec("BUILD", "builds a schedule", &BUILD, Privilege::BuildSchedules),
    spec("BUILDHLD", "builds a schedule on hold", &BUILD, Privilege::BuildSchedules),
    spec(
        "CHECK",
        "checks a built schedule",
        &[DATE, SCHEDULE, LOG, MODE],
        Privilege::BuildSchedules,
    ),
    spec(
        "CHECKALL",
        "checks all schedules of a date",
        &[DATE, LOG, MODE],
        Privilege::BuildSchedules,
    ),
    spec("HOLD", "puts a schedule on hold", &TARGET, Privilege::HoldSchedules),
    spec("RELEASE", "releases a held schedule", &TARGET, Privilege::ReleaseSchedules),
    spec("START", "starts a schedule before its time", &TARGET, Privilege::ForceStartSchedules),
    spec(
        "CLOSE",
        "closes a schedule without events and history",
        &TARGET,
        Privilege::HoldSchedules,
    ),
    spec("CANCEL", "cancels all jobs of a schedule", &TARGET, Privilege::CancelJobs),
    spec("DELETE", "deletes a daily schedule", &[DATE, SCHEDULE, LOG], Privilege::DeleteSchedules),
];

pub(super) fn read(reader: &mut Reader<'_>) -> Result<ScheduleCommand, BadEvent> {
    let action = reader.spec().action;
    if action == "CHECKALL" {
        return Ok(ScheduleCommand::CheckAll {
            date: reader.needed()?,
            log: reader.optional()?,
            mode: reader.optional()?,
        });
    }
    let target = ScheduleTarget::read(reader)?;
    let act = |action| ScheduleCommand::Act { target: target.clone(), action };
    Ok(match action {
        "HOLD" => act(Action::Hold),
        "RELEASE" => act(Action::Release),
        "START" => act(Action::Start),
        "CLOSE" => act(Action::Close),
        "CANCEL" => ScheduleCommand::Cancel { target },
        "DELETE" => ScheduleCommand::Delete { target, log: reader.optional()? },
        "CHECK" => {
            ScheduleCommand::Check { target, log: reader.optional()?, mode: reader.optional()? }
        }
        _ => ScheduleCommand::Build(Build {
            target,
            on_hold: action == "BUILDHLD",
            log: reader.optional()?,
            overwrite: reader.optional()?,
            properties: reader.optional()?,
            instance: reader.optional()?,
        }),
    })
}

impl ScheduleCommand {
    pub(super) fn action(&self) -> &'static str {
        match self {
            Self::Build(Build { on_hold: false, .. }) => "BUILD",
            Self::Build(Build { on_hold: true, .. }) => "BUILDHLD",
            Self::Check { .. } => "CHECK",
            Self::CheckAll { .. } => "CHECKALL",
            Self::Act { action: Action::Hold, .. } => "HOLD",
            Self::Act { action: Action::Release, .. } => "RELEASE",
            Self::Act { action: Action::Start, .. } => "START",
            Self::Act { action: Action::Close, .. } => "CLOSE",
            Self::Cancel { .. } => "CANCEL",
            Self::Delete { .. } => "DELETE",
        }
    }

    pub(super) fn fields(&self) -> Vec<String> {
        let (mut fields, more) = match self {
            Self::Build(build) => (
                build.target.fields(),
                vec![
                    printed(build.log.as_ref()),
                    printed(build.overwrite.as_ref()),
                    printed(build.properties.as_ref()),
                    printed(build.instance.as_ref()),
                ],
            ),
            Self::Check { target, log, mode } => {
                (target.fields(), vec![printed(log.as_ref()), printed(mode.as_ref())])
            }
            Self::CheckAll { date, log, mode } => {
                (vec![date.print()], vec![printed(log.as_ref()), printed(mode.as_ref())])
            }
            Self::Act { target, .. } | Self::Cancel { target } => (target.fields(), Vec::new()),
            Self::Delete { target, log } => (target.fields(), vec![printed(log.as_ref())]),
        };
        fields.extend(more);
        fields
    }
}

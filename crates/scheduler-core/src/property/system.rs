//! The properties of the system: one table, and what a name with `$` or `@` in front means.

use std::fmt::Write as _;

use core_kit::nearest;
use core_kit::text::shown;

use super::scope::Scope;

/// A property that the system provides and nobody sets.
#[derive(Debug, Clone, Copy)]
pub struct SystemProperty {
    /// Its name, as it is spelled.
    pub name: &'static str,
    /// Where it may be asked for; [`Scope::Global`] stands for "without a prefix".
    pub scopes: &'static [Scope],
    /// What it is.
    pub meaning: &'static str,
    /// Its format, for dates and times; it may be changed by a global property of the same name.
    pub format: Option<&'static str>,
    /// Whether events from outside may have it.
    pub is_external: bool,
    pub(crate) id: Which,
}

/// Which property it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Which {
    JobName,
    MasterJobName,
    ScheduleName,
    MasterScheduleName,
    ScheduleId,
    ScheduleInstance,
    FrequencyName,
    JobStatus,
    JobStatusCategory,
    JobTermination,
    JobId,
    JobIdCompact,
    JobIdLong,
    MachineName,
    MachineOperatorStatus,
    MachineNetworkStatus,
    MachineRunningJobs,
    ActualRunTime,
    EstimatedRunTime,
    MaxRunTime,
    DepartmentName,
    RestartStep,
    StartCommand,
    ScheduleStatus,
    ScheduleStatusCategory,
    ArrivedFileName,
    ArrivedShortFileName,
    ArrivedBaseFileName,
    ArrivedFileExtension,
    ArrivedFilePath,
    Version,
    NotificationId,
    InstanceName,
    InstanceCurrent,
    Managed(Managed),
}

/// Dates and times that have a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Managed {
    Date,
    Time,
    Now,
    ScheduleDate,
    ScheduleDateSerial,
    JobStart,
    JobEnd,
}

use Scope::{Global, Job, Machine, ParentJob, ParentSchedule, Schedule};

/// Of the installation.
const ANYWHERE: &[Scope] = &[Global];
/// Of a job, with or without a prefix.
const JOB: &[Scope] = &[Global, Job, ParentJob];
/// Of a job, with a prefix.
const JOB_PREFIXED: &[Scope] = &[Job, ParentJob];
/// Of a schedule or of a job's schedule.
const SCHEDULE: &[Scope] = &[Global, Schedule, Job, ParentSchedule, ParentJob];
/// The same, with a prefix.
const SCHEDULE_PREFIXED: &[Scope] = &[Schedule, Job, ParentSchedule, ParentJob];
/// Of a machine or of a job's machine.
const MACHINE: &[Scope] = &[Global, Machine, Job, ParentJob];
/// Of a machine.
const MACHINE_PREFIXED: &[Scope] = &[Machine];

/// A row of the table.
const fn row(
    name: &'static str,
    scopes: &'static [Scope],
    id: Which,
    meaning: &'static str,
) -> SystemProperty {
    SystemProperty { name, scopes, meaning, format: None, is_external: false, id }
}

impl SystemProperty {
    /// With the format that it has unless somebody changes it.
    const fn format(self, format: &'static str) -> Self {
        Self { format: Some(format), ..self }
    }

    /// Legal in events from outside.
    const fn external(self) -> Self {
        Self { is_external: true, ..self }
    }
}

/// Every property of the system (`opcon-domain 1.9`).
#[rustfmt::skip]
pub const SYSTEM_PROPERTIES: &[SystemProperty] = &[
    row("$DATE", ANYWHERE, Which::Managed(Managed::Date), "Today's date.").format("Short Date").external(),
    row("$TIME", ANYWHERE, Which::Managed(Managed::Time), "The time of day.").format("Long Time").external(),
    row("$NOW", ANYWHERE, Which::Managed(Managed::Now), "Today's date and the time of day.").format("General Date").external(),
    row("$OPCONVER", ANYWHERE, Which::Version, "Version of the scheduler.").external(),
    row("$NOTIFYID", ANYWHERE, Which::NotificationId, "Number of the notification; in notifications only."),
    row("$SCHEDULE DATE", SCHEDULE, Which::Managed(Managed::ScheduleDate), "Date of the schedule.").format("dd-mmm-yyyy"),
    row("$SCHEDULE DATEMS", SCHEDULE, Which::Managed(Managed::ScheduleDateSerial), "Date of the schedule as a Microsoft date number.").format("#####"),
    row("$SCHEDULE NAME", SCHEDULE, Which::ScheduleName, "Full name of the daily schedule."),
    row("$MASTER SCHEDULE NAME", SCHEDULE, Which::MasterScheduleName, "Name of the schedule before it was built."),
    row("$SCHEDULE ID", SCHEDULE, Which::ScheduleId, "Number of the schedule."),
    row("$SCHEDULE INST", SCHEDULE, Which::ScheduleInstance, "Number of the schedule's instance."),
    row("$SKD STATUS", SCHEDULE_PREFIXED, Which::ScheduleStatus, "Status of the schedule."),
    row("$SKD STATUS CATEGORY", SCHEDULE_PREFIXED, Which::ScheduleStatusCategory, "Category of the schedule's status."),
    row("$JOB NAME", JOB, Which::JobName, "Full name of the daily job."),
    row("$MASTER JOB NAME", JOB, Which::MasterJobName, "Name of the job before it was built."),
    row("$JOBID", JOB, Which::JobId, "Number of the job, 10 digits."),
    row("$JOBID CMP", JOB, Which::JobIdCompact, "Name of the job without blanks, then its number."),
    row("$JOBID LONG", JOB, Which::JobIdLong, "First 12 characters of the job's name, 5 blanks, its number: 27 characters."),
    row("$FREQUENCY NAME", JOB, Which::FrequencyName, "Frequency for which the job was built."),
    row("$JOB STATUS", JOB, Which::JobStatus, "Status of the job."),
    row("$JOB STATUS CATEGORY", JOB, Which::JobStatusCategory, "Category of the job's status."),
    row("$JOB TERMINATION", JOB, Which::JobTermination, "How the job ended, in full."),
    row("$JOB STARTTIME", JOB, Which::Managed(Managed::JobStart), "When the job started.").format("yyyy/MM/dd hh:mm:ss"),
    row("$JOB ENDTIME", JOB, Which::Managed(Managed::JobEnd), "When the job ended.").format("yyyy/MM/dd hh:mm:ss"),
    row("$ACTUAL RUN TIME", JOB_PREFIXED, Which::ActualRunTime, "Run time of the job when it has ended, hh:mm:ss."),
    row("$EST RUN TIME", JOB_PREFIXED, Which::EstimatedRunTime, "Estimated run time of the job, hh:mm:ss."),
    row("$MAX RUN TIME", JOB_PREFIXED, Which::MaxRunTime, "Longest run time of the job, hh:mm:ss."),
    row("$DEPARTMENT NAME", JOB_PREFIXED, Which::DepartmentName, "Department of the job."),
    row("$RESTART STEP", JOB_PREFIXED, Which::RestartStep, "Step for a restart of the job."),
    row("$START COMMAND", JOB_PREFIXED, Which::StartCommand, "Command that the agent started."),
    row("$ARRIVED FILE NAME", JOB_PREFIXED, Which::ArrivedFileName, "Full path of the file that a file arrival job found."),
    row("$ARRIVED SHORT FILE NAME", JOB_PREFIXED, Which::ArrivedShortFileName, "Name of that file with its extension."),
    row("$ARRIVED BASE FILE NAME", JOB_PREFIXED, Which::ArrivedBaseFileName, "Name of that file without its extension."),
    row("$ARRIVED FILE EXTENSION", JOB_PREFIXED, Which::ArrivedFileExtension, "Extension of that file, with its dot."),
    row("$ARRIVED FILE PATH", JOB_PREFIXED, Which::ArrivedFilePath, "Folder of that file."),
    row("$MACHINE NAME", MACHINE, Which::MachineName, "Machine of the job."),
    row("$MACHINE OPER STATUS", MACHINE_PREFIXED, Which::MachineOperatorStatus, "Status that the operator gave the machine."),
    row("$MACHINE NET STATUS", MACHINE_PREFIXED, Which::MachineNetworkStatus, "Status of the machine on the network."),
    row("$MACHINE RUNNING JOBS", MACHINE_PREFIXED, Which::MachineRunningJobs, "Number of jobs that run on the machine."),
    row("@name", ANYWHERE, Which::InstanceName, "Name of the named instance, while it is built."),
    row("@current", ANYWHERE, Which::InstanceCurrent, "Value so far of the job field that an exception of a named instance changes."),
];

/// Names that a global property may begin with to be a date or time in a format of its own.
const DERIVED_FROM: [&str; 4] = ["$SCHEDULE DATE", "$DATE", "$TIME", "$NOW"];

/// What a name with `$` or `@` in front means.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) property: &'static SystemProperty,
    /// Whether the name has more behind it, so that the global property of the whole name gives the
    /// format.
    pub(crate) is_derived: bool,
}

/// Whether a name belongs to the system.
pub(crate) fn is_reserved(name: &str) -> bool {
    name.starts_with(['$', '@'])
}

/// The property that a derived name (`$DATE yyyymmdd`) takes its moment from.
pub(crate) fn derived_from(name: &str) -> Option<&'static SystemProperty> {
    if exact(name).is_some() {
        return None;
    }
    DERIVED_FROM.into_iter().find(|base| name.starts_with(base)).and_then(exact)
}

/// Whether a name of the system needs a global property of the same name, which has its format.
pub(crate) fn is_derived(name: &str) -> bool {
    derived_from(name).is_some()
}

pub(crate) fn exact(name: &str) -> Option<&'static SystemProperty> {
    SYSTEM_PROPERTIES.iter().find(|property| property.name == name)
}

/// What `name` means in `scope`.
pub(crate) fn lookup(scope: Scope, name: &str) -> Result<Known, String> {
    let (property, is_derived) = match (exact(name), derived_from(name)) {
        (Some(property), _) => (property, false),
        (None, Some(base)) => (base, true),
        (None, None) => return Err(unknown(name)),
    };
    if property.scopes.contains(&scope) {
        return Ok(Known { property, is_derived });
    }
    let written: Vec<String> =
        property
            .scopes
            .iter()
            .filter(|scope| has_prefix_form(**scope))
            .map(|scope| {
                if *scope == Global {
                    name.to_owned()
                } else {
                    format!("{}.{name}", scope.prefix())
                }
            })
            .collect();
    Err(format!(
        "`{}` is not known {}, write {}",
        shown(name),
        if scope == Global {
            "without a prefix".to_owned()
        } else {
            format!("in {}", scope.prefix())
        },
        written.join(" or ")
    ))
}

/// The forms that a message offers: those of parents are too rare.
fn has_prefix_form(scope: Scope) -> bool {
    !matches!(scope, ParentJob | ParentSchedule)
}

fn unknown(name: &str) -> String {
    let names = SYSTEM_PROPERTIES.iter().map(|property| property.name);
    let what = format!("`{}` is no property of the system", shown(name));
    match nearest(name, names) {
        Some(near) => format!("{what}, did you mean `{near}`?"),
        None => format!("{what}; names with `$` or `@` in front are the system's"),
    }
}

/// The properties of the system as a Markdown table.
pub fn table() -> String {
    let mut out = String::from(
        "| property | written as | meaning | format | external events |\n|---|---|---|---|---|\n",
    );
    for property in SYSTEM_PROPERTIES {
        let forms: Vec<String> = property
            .scopes
            .iter()
            .map(|scope| match scope {
                Global => format!("`[[{}]]`", property.name),
                scope => format!("`[[{}.{}]]`", scope.prefix(), property.name),
            })
            .collect();
        let format = property.format.map_or(String::new(), |format| format!("`{format}`"));
        let external = if property.is_external { "yes" } else { "" };
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {format} | {external} |",
            property.name,
            forms.join(", "),
            property.meaning
        );
    }
    out
}

#[cfg(test)]
#[path = "system_tests.rs"]
mod tests;

//! The values of the system's properties.

use jiff::Timestamp;

use super::context::{Audience, Context, Find, JobFacts, JobKey, ScheduleFacts, ScheduleKey};
use super::date_format::{DateFormat, Moment};
use super::date_offset::Anchor;
use super::place::{Place, place_of};
use super::reference::Reference;
use super::scope::Scope;
use super::system::{self, Known, Managed, Which};

/// What stands for something that is not known, or not yet.
const MISSING: &str = "N/A";

/// The value of a property of the system. The error lacks the place.
pub(super) fn system_value(reference: &Reference, context: &Context<'_>) -> Result<String, String> {
    let known = system::lookup(reference.scope, &reference.name)?;
    if context.audience == Audience::ExternalEvent && !known.property.is_external {
        return Err(format!(
            "`{}` may not be in an event from outside, which has $DATE, $TIME, $NOW and $OPCONVER only",
            reference.name
        ));
    }
    let of = Of { reference, context };
    let value = match known.property.id {
        Which::Version => Some(context.version.to_owned()),
        Which::NotificationId => Some(of.notification_id()?),
        Which::InstanceName => Some(of.instance_name()?),
        Which::InstanceCurrent => Some(of.instance_current()?),
        Which::Managed(managed) => of.managed(managed, known)?,
        Which::MachineName
        | Which::MachineOperatorStatus
        | Which::MachineNetworkStatus
        | Which::MachineRunningJobs => of.machine(known.property.id)?,
        Which::ScheduleName
        | Which::MasterScheduleName
        | Which::ScheduleId
        | Which::ScheduleInstance
        | Which::ScheduleStatus
        | Which::ScheduleStatusCategory => Some(of.schedule(known.property.id)?),
        id => of.job(id)?,
    };
    Ok(value.filter(|value| !value.is_empty()).unwrap_or_else(|| MISSING.to_owned()))
}

/// A reference and what it is resolved with.
struct Of<'a> {
    reference: &'a Reference,
    context: &'a Context<'a>,
}

impl Of<'_> {
    fn notification_id(&self) -> Result<String, String> {
        let id = self.context.notification_id;
        id.filter(|_| self.context.audience == Audience::Notification)
            .map(|id| id.to_string())
            .ok_or_else(|| "`$NOTIFYID` is known in notifications only".to_owned())
    }

    fn instance_name(&self) -> Result<String, String> {
        let name = self.context.instance.map(|instance| instance.name.clone());
        name.ok_or_else(|| "`@name` is known only while a named instance is built".to_owned())
    }

    fn instance_current(&self) -> Result<String, String> {
        let current = self.context.instance.and_then(|instance| instance.current.as_ref());
        current.map(ToString::to_string).ok_or_else(|| {
            "`@current` is known only in the exceptions of a named instance".to_owned()
        })
    }

    /// The reference as one to the current job or schedule: without a prefix these are meant.
    fn within(&self, scope: Scope) -> Reference {
        let scope = match self.reference.scope {
            Scope::Global => scope,
            written => written,
        };
        Reference { scope, ..self.reference.clone() }
    }

    fn job_key(&self) -> Result<JobKey, String> {
        match place_of(&self.within(Scope::Job), self.context)? {
            Some(Place::Job(key)) => Ok(key),
            _ => Err(format!("`{}` belongs to a job", self.reference.name)),
        }
    }

    fn schedule_key(&self) -> Result<ScheduleKey, String> {
        match place_of(&self.within(Scope::Schedule), self.context)? {
            Some(Place::Schedule(key)) => Ok(key),
            Some(Place::Job(key)) => Ok(key.schedule),
            _ => Err(format!("`{}` belongs to a schedule", self.reference.name)),
        }
    }

    fn job_facts(&self) -> Result<JobFacts, String> {
        let key = self.job_key()?;
        self.context.store.job(&key).ok_or_else(|| format!("there is no job {key}"))
    }

    fn schedule(&self, id: Which) -> Result<String, String> {
        let key = self.schedule_key()?;
        if id == Which::ScheduleName {
            return Ok(key.name);
        }
        let facts = self.context.store.schedule(&key);
        let facts: ScheduleFacts = facts.ok_or_else(|| format!("there is no schedule {key}"))?;
        Ok(match id {
            Which::MasterScheduleName => facts.master_name,
            Which::ScheduleId => facts.id.to_string(),
            Which::ScheduleInstance => facts.instance.to_string(),
            Which::ScheduleStatus => facts.status,
            _ => facts.status_category,
        })
    }

    fn machine(&self, id: Which) -> Result<Option<String>, String> {
        if matches!(self.reference.scope, Scope::Job | Scope::ParentJob) {
            return self.job_facts().map(|facts| facts.machine);
        }
        if self.reference.scope == Scope::Global {
            return Ok(self.context.current_machine());
        }
        let Some(Place::Machine(name)) = place_of(self.reference, self.context)? else {
            return Err(format!("`{}` belongs to a machine", self.reference.name));
        };
        let facts = self.context.store.machine(&name);
        let facts = facts.ok_or_else(|| format!("there is no machine `{name}`"))?;
        Ok(Some(match id {
            Which::MachineName => name,
            Which::MachineOperatorStatus => facts.operator_status,
            Which::MachineNetworkStatus => facts.network_status,
            _ => facts.running_jobs.to_string(),
        }))
    }

    fn job(&self, id: Which) -> Result<Option<String>, String> {
        let key = self.job_key()?;
        if id == Which::JobName {
            return Ok(Some(key.name));
        }
        let facts = self.job_facts()?;
        let number = format!("{:010}", facts.id);
        let file = facts.arrived_file.as_deref();
        Ok(match id {
            Which::MasterJobName => Some(facts.master_name),
            Which::JobId => Some(number),
            Which::JobIdCompact => {
                let name: String = key.name.chars().filter(|c| !c.is_whitespace()).collect();
                Some(name + &number)
            }
            Which::JobIdLong => {
                let name: String = key.name.chars().take(12).collect();
                Some(format!("{name:<12}     {number}"))
            }
            Which::FrequencyName => facts.frequency,
            Which::JobStatus => Some(facts.status),
            Which::JobStatusCategory => Some(facts.status_category),
            Which::JobTermination => facts.termination,
            Which::ActualRunTime => run_time(&facts),
            Which::EstimatedRunTime => facts.estimated_run_s.map(core_kit::text::hms),
            Which::MaxRunTime => facts.max_run_s.map(core_kit::text::hms),
            Which::DepartmentName => facts.department,
            Which::RestartStep => facts.restart_step,
            Which::StartCommand => facts.start_command,
            Which::ArrivedFileName => file.map(str::to_owned),
            Which::ArrivedFilePath => file.map(|file| split_file(file).0.to_owned()),
            Which::ArrivedShortFileName => file.map(|file| split_file(file).1.to_owned()),
            Which::ArrivedBaseFileName => file.map(|file| split_extension(file).0.to_owned()),
            Which::ArrivedFileExtension => file.map(|file| split_extension(file).1.to_owned()),
            other => return Err(format!("{other:?} is no property of a job")),
        })
    }

    fn managed(&self, managed: Managed, known: Known) -> Result<Option<String>, String> {
        let instant = |at: Option<Timestamp>| at.map(Anchor::Instant);
        let anchor = match managed {
            Managed::Date | Managed::Time | Managed::Now => Some(Anchor::Instant(self.context.now)),
            Managed::ScheduleDate | Managed::ScheduleDateSerial => {
                Some(Anchor::Day(self.schedule_key()?.date))
            }
            Managed::JobStart => instant(self.job_facts()?.started_at),
            Managed::JobEnd => instant(self.job_facts()?.ended_at),
        };
        let format = self.format(known)?;
        let Some(anchor) = anchor else { return Ok(None) };
        let zone = self.context.zone;
        let moment = match (self.reference.offset, anchor) {
            (Some(offset), anchor) => offset
                .apply(anchor, zone, self.context.working_days)
                .map_err(|why| format!("`{}`: {why}", self.reference.name))?,
            (None, Anchor::Instant(at)) => Moment::of_instant(at, zone),
            (None, Anchor::Day(day)) => Moment::of_day(day, zone)
                .ok_or_else(|| format!("{day} is beyond the ends of time"))?,
        };
        Ok(Some(format.print(&moment, self.context.regional)))
    }

    /// The format: of the global property with the whole name, or else the one of the table.
    fn format(&self, known: Known) -> Result<DateFormat, String> {
        let name = &self.reference.name;
        let text = match self.context.store.find(&Place::Global, name) {
            Find::Value(text) => text,
            Find::Encrypted => return Err(format!("the format of `{name}` is encrypted")),
            Find::NoProperty | Find::NoObject if known.is_derived => {
                return Err(format!(
                    "there is no global property `{name}`; define it with a date format as its value"
                ));
            }
            Find::NoProperty | Find::NoObject => known.property.format.unwrap_or("c").to_owned(),
        };
        DateFormat::parse(&text).map_err(|why| format!("the format of `{name}`: {why}"))
    }
}

/// The run time of a job that has ended, hh:mm:ss.
fn run_time(facts: &JobFacts) -> Option<String> {
    let run = facts.ended_at?.duration_since(facts.started_at?);
    let seconds = u32::try_from(run.as_secs().max(0)).unwrap_or(u32::MAX);
    Some(core_kit::text::hms(seconds))
}

/// Folder and name of a file, by either slash.
fn split_file(file: &str) -> (&str, &str) {
    match file.rfind(['\\', '/']) {
        Some(at) => (&file[..at], &file[at + 1..]),
        None => ("", file),
    }
}

/// Name and extension of a file; a dot in front is no extension.
fn split_extension(file: &str) -> (&str, &str) {
    let name = split_file(file).1;
    match name.rfind('.') {
        Some(at) if at > 0 => name.split_at(at),
        _ => (name, ""),
    }
}

#[cfg(test)]
#[path = "system_value_tests.rs"]
mod tests;

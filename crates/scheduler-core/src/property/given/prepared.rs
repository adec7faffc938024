//! The context of a [`Given`], and the store that answers from it.

use super::{
    Given, GivenAudience, GivenField, GivenJob, GivenMachine, GivenSchedule, Secrets, Values,
};
use crate::calendar::{DateSet, Weekdays, WorkingDays};
use crate::expression::Value;
use crate::property::definition::{
    PropertyValue, global_name_fault, global_value_fault, instance_name_fault,
};
use crate::property::limits::VALUE_CHARS_MAX;
use crate::property::{
    Audience, Context, Current, Find, JobFacts, JobKey, MachineFacts, NamedInstance, Place,
    Regional, ResourceUnits, ScheduleFacts, ScheduleKey, Secret, Store,
};
use crate::text_value::read;
use crate::time::Zone;

/// A [`Given`] that has been checked, from which a [`Context`] is made.
pub struct Prepared {
    given: Given,
    zone: Zone,
    regional: Regional,
    instance: Option<NamedInstance>,
    working_days: Option<WorkingDays>,
}

impl Given {
    /// Checks what the types do not say.
    ///
    /// # Errors
    /// All mistakes, each with the field it is in.
    pub fn prepare(mut self) -> Result<Prepared, Vec<String>> {
        let mut faults = Vec::new();
        if self.job.is_some() && self.schedule.is_none() {
            faults.push("job: needs a schedule, which is the current one".to_owned());
        }
        self.names(&mut faults);
        let regional = self.regional().unwrap_or_else(|why| {
            faults.push(format!("formats: {why}"));
            Regional::default()
        });
        if !faults.is_empty() {
            return Err(faults);
        }
        let instance = self.instance.clone().map(|instance| NamedInstance {
            name: instance.name,
            current: instance.current.map(|field| match field {
                GivenField::Text(text) => Value::Text(text),
                GivenField::Number(number) => Value::Float(number),
            }),
            properties: instance.properties.into_iter().collect(),
        });
        let zone = self.zone.as_ref().map_or_else(Zone::utc, |zone| zone.0.clone());
        let working_days = self.working_days.take().map(|days| {
            let week: Weekdays = days.days.into();
            let holidays: DateSet = days.holidays.into_iter().map(|day| day.0).collect();
            WorkingDays::new(week, [&holidays])
        });
        Ok(Prepared { given: self, zone, regional, instance, working_days })
    }

    fn regional(&self) -> Result<Regional, String> {
        let formats = self.formats.as_ref();
        let own = [
            formats.and_then(|formats| formats.short_date.as_deref()),
            formats.and_then(|formats| formats.long_date.as_deref()),
            formats.and_then(|formats| formats.short_time.as_deref()),
            formats.and_then(|formats| formats.long_time.as_deref()),
        ];
        let mut all = Regional::DEFAULT;
        for (format, own) in all.iter_mut().zip(own) {
            *format = own.unwrap_or(*format);
        }
        Regional::new(all)
    }

    /// Checks names and values of all properties.
    fn names(&self, faults: &mut Vec<String>) {
        let texts = self.properties.iter().map(|(name, value)| (name, value.as_str()));
        for (name, value) in texts {
            let bad = global_name_fault(name).or_else(|| global_value_fault(name, value));
            let bad = bad.or_else(|| value_fault(name, value));
            faults.extend(bad.map(|why| format!("properties: {why}")));
        }
        let global: (&str, &Values, &Secrets) = ("", &Values::new(), &self.encrypted);
        self.bag(global, "encrypted", faults);
        for schedule in self.schedule.iter().chain(&self.schedules) {
            let bag = (schedule.name.as_str(), &schedule.properties, &schedule.encrypted);
            self.bag(bag, "schedule", faults);
            schedule.jobs.iter().for_each(|job| self.job_bag(job, faults));
        }
        self.job.iter().for_each(|job| self.job_bag(job, faults));
        for machine in &self.machines {
            let bag = (machine.name.as_str(), &machine.properties, &machine.encrypted);
            self.bag(bag, "machine", faults);
        }
    }

    fn job_bag(&self, job: &GivenJob, faults: &mut Vec<String>) {
        self.bag((&job.name, &job.properties, &job.encrypted), "job", faults);
    }

    fn bag(&self, bag: (&str, &Values, &Secrets), kind: &str, faults: &mut Vec<String>) {
        let (owner, properties, encrypted) = bag;
        let plain = properties
            .iter()
            .map(|(name, value)| instance_name_fault(name).or_else(|| value_fault(name, value)));
        let secret = encrypted.iter().map(|(name, value)| {
            let is_long = value.expose().chars().nth(VALUE_CHARS_MAX).is_some();
            let long = format!("the value of `{}` is too long", core_kit::text::shown(name));
            instance_name_fault(name).or_else(|| is_long.then_some(long))
        });
        let gap = if owner.is_empty() { "" } else { " " };
        faults
            .extend(plain.chain(secret).flatten().map(|why| format!("{kind}{gap}{owner}: {why}")));
    }
}

fn value_fault(name: &str, value: &str) -> Option<String> {
    let bad = read::<PropertyValue>(value).err()?;
    Some(format!("the value of `{}`: {}", core_kit::text::shown(name), bad.message))
}

impl Prepared {
    /// The context.
    pub fn context(&self) -> Context<'_> {
        let given = &self.given;
        let key = |schedule: &GivenSchedule| schedule.key();
        Context {
            now: given.now.0,
            zone: &self.zone,
            current: Current {
                schedule: given.schedule.as_ref().map(key),
                job: given.job.as_ref().map(|job| job.name.clone()),
                machine: given.machine.clone(),
                container: given.container.as_ref().map(|container| JobKey {
                    schedule: ScheduleKey {
                        date: container.date.0,
                        name: container.schedule.clone(),
                    },
                    name: container.job.clone(),
                }),
            },
            store: self,
            working_days: self.working_days.as_ref(),
            audience: match given.audience {
                GivenAudience::Scheduler => Audience::Scheduler,
                GivenAudience::Agent => Audience::Agent,
                GivenAudience::ExternalEvent => Audience::ExternalEvent,
                GivenAudience::Notification => Audience::Notification,
            },
            regional: &self.regional,
            version: &given.version,
            notification_id: given.notification_id,
            instance: self.instance.as_ref(),
        }
    }

    fn given_schedule(&self, key: &ScheduleKey) -> Option<&GivenSchedule> {
        let mut all = self.given.schedule.iter().chain(&self.given.schedules);
        all.find(|schedule| schedule.date.0 == key.date && schedule.name == key.name)
    }

    fn given_job(&self, key: &JobKey) -> Option<&GivenJob> {
        let schedule = self.given_schedule(&key.schedule)?;
        let current = self.given.schedule.as_ref().filter(|current| current.key() == key.schedule);
        let job = self.given.job.as_ref().filter(|_| current.is_some());
        job.into_iter().chain(&schedule.jobs).find(|job| job.name == key.name)
    }

    fn given_machine(&self, name: &str) -> Option<&GivenMachine> {
        self.given.machines.iter().find(|machine| machine.name == name)
    }

    /// The properties at a place, the encrypted ones second.
    fn values(&self, place: &Place) -> Option<(&Values, &Secrets)> {
        Some(match place {
            Place::Global => (&self.given.properties, &self.given.encrypted),
            Place::Machine(name) => {
                let machine = self.given_machine(name)?;
                (&machine.properties, &machine.encrypted)
            }
            Place::Schedule(key) => {
                let schedule = self.given_schedule(key)?;
                (&schedule.properties, &schedule.encrypted)
            }
            Place::Job(key) => {
                let job = self.given_job(key)?;
                (&job.properties, &job.encrypted)
            }
            Place::Thresholds | Place::Resources => return None,
        })
    }
}

impl GivenSchedule {
    fn key(&self) -> ScheduleKey {
        ScheduleKey { date: self.date.0, name: self.name.clone() }
    }
}

impl Store for Prepared {
    fn find(&self, place: &Place, name: &str) -> Find {
        match self.values(place) {
            None => Find::NoObject,
            Some((properties, encrypted)) => match properties.get(name) {
                Some(value) => Find::Value(value.clone()),
                None if encrypted.contains_key(name) => Find::Encrypted,
                None => Find::NoProperty,
            },
        }
    }

    fn secret(&self, place: &Place, name: &str) -> Option<Secret> {
        self.values(place)?.1.get(name).cloned()
    }

    fn job(&self, job: &JobKey) -> Option<JobFacts> {
        let given = self.given_job(job)?.clone();
        Some(JobFacts {
            master_name: given.master_name.unwrap_or(given.name),
            id: given.id,
            status: given.status,
            status_category: given.status_category,
            termination: given.termination,
            frequency: given.frequency,
            department: given.department,
            machine: given.machine,
            estimated_run_s: given.estimated_run_s,
            max_run_s: given.max_run_s,
            started_at: given.started_at.map(|at| at.0),
            ended_at: given.ended_at.map(|at| at.0),
            restart_step: given.restart_step,
            start_command: given.start_command,
            arrived_file: given.arrived_file,
        })
    }

    fn schedule(&self, schedule: &ScheduleKey) -> Option<ScheduleFacts> {
        let given = self.given_schedule(schedule)?;
        Some(ScheduleFacts {
            master_name: given.master_name.clone().unwrap_or_else(|| given.name.clone()),
            id: given.id,
            instance: given.instance,
            status: given.status.clone(),
            status_category: given.status_category.clone(),
        })
    }

    fn machine(&self, name: &str) -> Option<MachineFacts> {
        let given = self.given_machine(name)?;
        Some(MachineFacts {
            operator_status: given.operator_status.clone(),
            network_status: given.network_status.clone(),
            running_jobs: given.running_jobs,
        })
    }

    fn threshold(&self, name: &str) -> Option<i64> {
        self.given.thresholds.get(name).copied()
    }

    fn resource(&self, name: &str) -> Option<ResourceUnits> {
        let given = self.given.resources.get(name)?;
        Some(ResourceUnits { maximum: given.maximum, in_use: given.in_use })
    }

    fn names(&self, place: &Place) -> Vec<String> {
        match place {
            Place::Thresholds => self.given.thresholds.keys().cloned().collect(),
            Place::Resources => self.given.resources.keys().cloned().collect(),
            place => self.values(place).map_or_else(Vec::new, |(properties, encrypted)| {
                properties.keys().chain(encrypted.keys()).cloned().collect()
            }),
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

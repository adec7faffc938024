//! From definitions to a model.

use std::collections::HashSet;

use super::contexts::Contexts;
use super::dependencies::Resolver;
use super::{
    Copies, Instance, JobUse, Model, PlannedJob, PlannedSchedule, Presence, ScheduleId, Special,
    Work,
};
use crate::definition::run::Run;
use crate::definition::{
    Definitions, FrequencyUse, Instances, Job, Options, Problem, RunsOn, Schedule,
};
use crate::frequency::{Overrides, Use};
use crate::job::instance_name::{Copy, instance_name as job_instance_name};
use crate::name::{JobName, MachineGroupName, ScheduleName};
use crate::schedule::instance_name::{NoName, instance_name as schedule_instance_name};

impl Model {
    /// Resolves definitions. What refers to something that is not there is left out; the problems say what it is.
    /// Names other than those of dependencies are checked by [`crate::definition::references::check`].
    pub fn new(definitions: &Definitions) -> (Self, Vec<Problem>) {
        let mut maker = Maker {
            definitions,
            options: definitions.options.clone().unwrap_or_default(),
            contexts: Contexts::new(definitions),
            model: Self::empty(definitions),
        };
        for (name, schedule) in definitions.schedules.iter() {
            maker.schedule(name, schedule);
        }
        let mut model = maker.model;
        let problems = Resolver::new(definitions, &mut model).resolve();
        (model, problems)
    }

    fn empty(definitions: &Definitions) -> Self {
        let names = definitions.schedules.keys().cloned();
        Self {
            schedules: Vec::with_capacity(definitions.schedules.len()),
            jobs: Vec::new(),
            job_names: Vec::new(),
            uses: Vec::new(),
            frequencies: Vec::new(),
            rules: Vec::new(),
            dependencies: Vec::new(),
            alike: Vec::new(),
            has_excludes: false,
            by_name: names.zip((0..).map(ScheduleId)).collect(),
            offset_rule: definitions
                .options
                .as_ref()
                .map(|options| options.job_dependency_offset)
                .unwrap_or_default(),
        }
    }
}

struct Maker<'d> {
    definitions: &'d Definitions,
    options: Options,
    contexts: Contexts<'d>,
    model: Model,
}

impl Maker<'_> {
    fn schedule(&mut self, name: &ScheduleName, schedule: &Schedule) {
        let working = self.contexts.working(schedule);
        let id = ScheduleId(number(self.model.schedules.len()));
        let first = number(self.model.jobs.len());
        for (name, job) in schedule.jobs.iter() {
            let uses =
                if job.frequencies.is_empty() { &schedule.frequencies } else { &job.frequencies };
            let uses = self.uses(uses, working);
            let special = Special {
                is_disabled: job.disable_build,
                copies: self.copies(schedule, name, job),
                presence: presence(job),
            };
            let job = PlannedJob {
                schedule: id,
                work: self.work(&job.run),
                uses,
                dependencies: 0,
                special: (special != Special::default()).then(|| Box::new(special)),
            };
            self.model.jobs.push(job);
            self.model.job_names.push(name.clone());
        }
        let zone = schedule.time_zone.as_ref().unwrap_or(&self.options.time_zone);
        let instances = self.instances(schedule);
        self.model.schedules.push(PlannedSchedule {
            name: name.clone(),
            instance_names: self.instance_names(name, &instances),
            zone: zone.0.clone(),
            start_time: schedule.start_time,
            working: self.contexts.working_days(working),
            is_subschedule: schedule.subschedule,
            is_multi_instance: schedule.multi_instance,
            auto_build: schedule.auto_build.clone(),
            instances,
            jobs: first..number(self.model.jobs.len()),
        });
    }

    /// Adds a job's uses of frequencies and says where they begin.
    fn uses(&mut self, uses: &[FrequencyUse], working: usize) -> u32 {
        let first = number(self.model.uses.len());
        for each in uses {
            // A frequency that is not there is a problem of the references.
            let Some(rule) = self.contexts.compiled(&each.frequency, working) else { continue };
            let overrides =
                each.advanced.as_ref().map(|advanced| Overrides::new(advanced)).unwrap_or_default();
            self.model.rules.push(Use { rule, overrides, status: each.build });
            self.model.uses.push(JobUse {
                start: each.start,
                start_from: each.start_from,
                latest_start: each.latest_start,
                estimated_minutes: each.estimated_run_minutes,
                priority: each.priority,
                recurrence: each.recurrence.clone(),
            });
            self.model.frequencies.push(each.frequency.clone());
        }
        first
    }

    fn work(&self, run: &Run) -> Work {
        match run {
            Run::NullJob => Work::Null,
            Run::Container(container) => {
                Work::Container(self.model.schedule_named(container.schedule.as_str()))
            }
            Run::AmtBatchJob(_)
            | Run::AmtScript(_)
            | Run::AmtConnector(_)
            | Run::Command(_)
            | Run::PlugIn(_) => Work::Agent,
        }
    }

    fn copies(&self, schedule: &Schedule, name: &JobName, job: &Job) -> Copies {
        let copies: Vec<Copy<'_>> = match &job.runs_on {
            Some(RunsOn::EachOf(group)) => self
                .members(group)
                .map(|agent| Copy { machine: Some(agent.as_str()), first_value: None })
                .collect(),
            _ => job
                .instances
                .iter()
                .filter_map(|set| set.values().next())
                .map(|value| Copy { first_value: Some(value), machine: None })
                .collect(),
        };
        let mut names =
            Names::new(|wanted| wanted != name.as_str() && schedule.jobs.contains_key(wanted));
        let copies = copies
            .into_iter()
            .filter_map(|copy| names.add(|is_taken| job_instance_name(name, copy, is_taken)));
        let copies: Vec<String> = copies.collect();
        if copies.is_empty() { Copies::One } else { Copies::Each(copies.into()) }
    }

    /// The names of the daily schedules of a schedule's instances, in their order.
    fn instance_names(&self, name: &ScheduleName, instances: &[Instance]) -> Vec<String> {
        let schedules = &self.definitions.schedules;
        let mut names =
            Names::new(|wanted| wanted != name.as_str() && schedules.contains_key(wanted));
        let all = instances.iter().map(|instance| {
            let value = match instance {
                Instance::Agent(agent) => Some(agent.as_str()),
                Instance::Properties(set) => set.values().next().map(String::as_str),
                Instance::Named(name) => Some(name.as_str()),
            };
            names
                .add(|is_taken| schedule_instance_name(name, value, is_taken))
                .unwrap_or_else(|| name.as_str().to_owned())
        });
        all.collect()
    }

    fn members(&self, group: &MachineGroupName) -> impl Iterator<Item = &crate::name::AgentName> {
        self.definitions.machine_groups.get(group).into_iter().flat_map(|group| &group.agents)
    }

    fn instances(&self, schedule: &Schedule) -> Vec<Instance> {
        match &schedule.instances {
            None => Vec::new(),
            Some(Instances::MachineGroup(group)) => {
                self.members(group).cloned().map(Instance::Agent).collect()
            }
            Some(Instances::Properties(sets)) => {
                sets.iter().cloned().map(Instance::Properties).collect()
            }
            Some(Instances::Named(names)) => names.iter().cloned().map(Instance::Named).collect(),
        }
    }
}

/// Names that are made one after the other, none of them twice.
struct Names<F> {
    made: HashSet<String>,
    is_taken: F,
}

impl<F: Fn(&str) -> bool> Names<F> {
    fn new(is_taken: F) -> Self {
        Self { made: HashSet::new(), is_taken }
    }

    /// A name by the rule, which is told what is taken; none where all numbers are.
    fn add(
        &mut self,
        make: impl FnOnce(&dyn Fn(&str) -> bool) -> Result<String, NoName>,
    ) -> Option<String> {
        let name = make(&|wanted| self.made.contains(wanted) || (self.is_taken)(wanted)).ok()?;
        self.made.insert(name.clone());
        Some(name)
    }
}

fn presence(job: &Job) -> Option<Presence> {
    let is_everywhere = job.only_instances.is_none() && job.except_instances.is_empty();
    (!is_everywhere).then(|| Presence {
        only: job.only_instances.clone(),
        except: job.except_instances.clone(),
    })
}

/// Numbers of things are 32 bits wide: a model of more would not fit into memory.
pub(super) fn number(len: usize) -> u32 {
    u32::try_from(len).expect("definitions are read from files of limited size")
}

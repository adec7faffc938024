//! Jobs (`opcon-domain 1.3`).

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::run::Run;
use super::{FrequencyUse, Named, RunsOn};
use crate::criteria::Criteria;
use crate::dependency::{
    JobDependency, ResourceDependency, ResourceUpdate, ThresholdDependency, ThresholdUpdate,
};
use crate::event::EventDefinition;
use crate::expression::ExpressionText;
use crate::name::{AccessCodeName, DepartmentName, InstanceName, PropertyName, Tag};

/// A job of a schedule (the vendor's master job).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// What it is for.
    #[schemars(length(max = 4000))]
    pub documentation: Option<String>,
    /// What it does when it starts.
    pub run: Run,
    /// Where it runs. Null jobs and containers need nothing here.
    pub runs_on: Option<RunsOn>,
    /// The department. Without it <General>.
    pub department: Option<DepartmentName>,
    /// The access code. Without it <None>: everybody with other rights to the job may see it.
    pub access_code: Option<AccessCodeName>,
    /// Words to find it by.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub tags: Vec<Tag>,
    /// Whether it is left out of every build.
    #[serde(default)]
    pub disable_build: bool,
    /// Whether it may be added to the same daily schedule more than once.
    #[serde(default)]
    pub allow_multi_instance: bool,
    /// One job for each of these sets of properties, named after the first property's value.
    #[serde(default)]
    #[schemars(length(max = 128), with = "Vec<Named<PropertyName, String>>")]
    pub instances: Vec<IndexMap<PropertyName, String>>,
    /// The named instances of its schedule in which it is. Without it all.
    pub only_instances: Option<Vec<InstanceName>>,
    /// The named instances of its schedule in which it is not.
    #[serde(default)]
    pub except_instances: Vec<InstanceName>,
    /// Its properties (scope JI). Those of a container are copied to its subschedule (scope SI).
    #[serde(default)]
    #[schemars(with = "Named<PropertyName, String>")]
    pub properties: IndexMap<PropertyName, String>,
    /// When its exit code means failure. Without it: an AMT job fails on any code but 4, any other job on any code but 0.
    pub failure_criteria: Option<Criteria>,
    /// Its frequencies, the highest priority first: on each date the first that qualifies counts. Without any it has
    /// those of its schedule.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub frequencies: Vec<FrequencyUse>,
    /// Other jobs that it waits for, may not run beside, or removes.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub depends_on: Vec<JobDependency>,
    /// Values of thresholds that it waits for.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub thresholds: Vec<ThresholdDependency>,
    /// Units of resources that it takes while it runs.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub resources: Vec<ResourceDependency>,
    /// An expression that must be true before it starts.
    pub expression: Option<ExpressionText>,
    /// Thresholds that it changes.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub threshold_updates: Vec<ThresholdUpdate>,
    /// Resources whose number of units it changes.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub resource_updates: Vec<ResourceUpdate>,
    /// Events that it causes.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub events: Vec<EventDefinition>,
}

impl Job {
    /// A job with every default.
    pub fn new(run: Run) -> Self {
        Self {
            documentation: None,
            run,
            runs_on: None,
            department: None,
            access_code: None,
            tags: Vec::new(),
            disable_build: false,
            allow_multi_instance: false,
            instances: Vec::new(),
            only_instances: None,
            except_instances: Vec::new(),
            properties: IndexMap::new(),
            failure_criteria: None,
            frequencies: Vec::new(),
            depends_on: Vec::new(),
            thresholds: Vec::new(),
            resources: Vec::new(),
            expression: None,
            threshold_updates: Vec::new(),
            resource_updates: Vec::new(),
            events: Vec::new(),
        }
    }
}

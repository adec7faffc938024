//! What a job does when it starts.

mod amt;
mod amt_connector;
mod command;
mod container;
mod plug_in;
pub mod texts;

pub use amt::{AmtBatchJob, AmtScript};
pub use amt_connector::{AmtConnector, AmtJobType};
pub use command::{Command, OutputRule, PreRun};
pub use container::Container;
pub use plug_in::PlugIn;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a job does when it starts: one of the following.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Run {
    /// Nothing: the job is finished as soon as it qualifies. It anchors dependencies and events, and needs no
    /// agent.
    NullJob,
    /// A job of an AMT batch server, through an agent of the type AsyscoAMT (task type Batch Job).
    AmtBatchJob(Box<AmtBatchJob>),
    /// A script on an AMT batch server, through an agent of the type AsyscoAMT (task type Script).
    AmtScript(Box<AmtScript>),
    /// A job of an AMT batch server, through the program `amt` on a command agent (the job sub-type Asysco AMT of
    /// the older connector).
    AmtConnector(Box<AmtConnector>),
    /// A command line on a command agent.
    Command(Box<Command>),
    /// A subschedule: it is built with this job's schedule, runs while this job runs, and this job fails when one of
    /// its jobs fails.
    Container(Box<Container>),
    /// A task of an integration that is plugged in.
    PlugIn(Box<PlugIn>),
}

impl Run {
    /// Its word in files.
    pub fn key(&self) -> &'static str {
        match self {
            Self::NullJob => "null_job",
            Self::AmtBatchJob(_) => "amt_batch_job",
            Self::AmtScript(_) => "amt_script",
            Self::AmtConnector(_) => "amt_connector",
            Self::Command(_) => "command",
            Self::Container(_) => "container",
            Self::PlugIn(_) => "plug_in",
        }
    }

    /// Its texts that may hold tokens, with where they stand below [`Run::key`]. The properties of a container are
    /// properties, and checked with the others.
    pub fn texts<'d>(&'d self, visit: &mut texts::Visit<'_, 'd>) {
        match self {
            Self::NullJob | Self::Container(_) => {}
            Self::AmtBatchJob(run) => run.texts(visit),
            Self::AmtScript(run) => run.texts(visit),
            Self::AmtConnector(run) => run.texts(visit),
            Self::Command(run) => run.texts(visit),
            Self::PlugIn(run) => run.texts(visit),
        }
    }

    /// Whether an agent carries it out.
    pub fn needs_agent(&self) -> bool {
        match self {
            Self::NullJob | Self::Container(_) => false,
            Self::AmtBatchJob(_)
            | Self::AmtScript(_)
            | Self::AmtConnector(_)
            | Self::Command(_)
            | Self::PlugIn(_) => true,
        }
    }

    /// The job type, as users of the vendor's product know it (`opcon-domain 1.3`).
    pub fn job_type(&self) -> &str {
        match self {
            Self::NullJob => "Null",
            Self::AmtBatchJob(_) | Self::AmtScript(_) => "AsyscoAMT",
            Self::AmtConnector(_) | Self::Command(_) => "Command",
            Self::Container(_) => "Container",
            Self::PlugIn(plug_in) => &plug_in.integration,
        }
    }
}

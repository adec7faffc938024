//! Commands of the scheduler: the process itself, and what operators ask it over its socket.

mod agents;
mod arguments;
mod audit;
mod batch_users;
mod client;
mod definitions;
mod installation;
mod job_arguments;
mod jobs;
mod limits;
mod logs;
mod messages;
mod moves;
mod output;
mod past;
mod properties;
mod schedules;
mod serve;
mod server;
mod words;

pub(crate) use arguments::{
    AgentArguments, ApplyArguments, BatchUserArguments, Connection, IntegrationArguments,
    PauseArguments, PlanArguments, PropertyArguments, ResumeArguments, ScheduleArguments,
    ServeArguments,
};
pub(crate) use client::{Late, NoServer, Refusal};
pub(crate) use job_arguments::JobArguments;

use kit::ExitCode;

pub(crate) use agents::{integration, run as agent};
pub(crate) use audit::{AuditArguments, run as audit};
pub(crate) use batch_users::run as batch_user;
pub(crate) use definitions::{apply, export, plan};
pub(crate) use installation::{
    BackupArguments, DoctorArguments, ForgetArchiveArguments, ForgetArguments, RestoreArguments,
    backup, doctor, forget, forget_archive, restore,
};
pub(crate) use jobs::run as job;
pub(crate) use limits::{ResourceArguments, ThresholdArguments, resource, threshold};
pub(crate) use messages::{EscalationArguments, MessageArguments, escalation, message};
pub(crate) use properties::run as property;
pub(crate) use schedules::run as schedule;
pub(crate) use serve::serve;
pub(crate) use server::{pause, resume, status};

/// Runs a command that speaks to the server.
fn block_on<T>(what: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    use anyhow::Context as _;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("starting the runtime")?.block_on(what)
}

/// The exit code of something that was done.
const DONE: ExitCode = ExitCode::Success;

//! Performing one event in the transaction that says so.

use scheduler_core::event::{Command, JobCommand, JobOrder};
use scheduler_store::message;

use super::ready::{Ready, What};
use super::{add, definitions, jobs, limits, machines, messages, properties, schedules};
use crate::error::Result;
use crate::work::Work;

/// Performs an event and says what became of it, for the audit.
pub(super) async fn perform(work: &mut Work<'_, '_>, ready: &Ready) -> Result<String> {
    let command = match &ready.what {
        What::Command(command) => command,
        What::Message(new) => {
            message::insert(work.tx(), std::slice::from_ref(new)).await?;
            return Ok("to be sent".to_owned());
        }
    };
    match command {
        Command::Console(text) => {
            let text = super::find::known(text)?;
            tracing::info!(text = text.0, "console");
            Ok("displayed".to_owned())
        }
        Command::Job(JobCommand { order: JobOrder::Add(order), .. }) => {
            add::perform(work, ready, order).await
        }
        Command::Job(command) => jobs::perform(work, &ready.origin, command).await,
        Command::Schedule(command) => schedules::perform(work, ready, command).await,
        Command::Threshold(command) => limits::threshold(work, ready, command).await,
        Command::Resource(command) => limits::resource(work, ready, command).await,
        Command::Property(command) => properties::perform(work, &ready.origin, command).await,
        Command::Machine(command) => machines::perform(work, ready, command).await,
        Command::Notify(command) => messages::perform(work, ready, command).await,
        Command::Calendar(_) | Command::JobMaster(_) => definitions::store(work, ready).await,
    }
}

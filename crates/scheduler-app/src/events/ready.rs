//! Making an event ready: its condition is calculated, its tokens are resolved, and what takes long is worked out before
//! the transaction that performs it.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use scheduler_core::definition::Options as ServerOptions;
use scheduler_core::event::{self, Command, Options, ScheduleCommand};
use scheduler_core::expression::ExpressionText;
use scheduler_core::text_value::TextValue;
use scheduler_store::definition;
use scheduler_store::firing::Firing;

use super::definitions::{Edited, changes_definitions};
use super::schedules::Day;
use crate::App;
use crate::definitions::body;
use crate::error::{Error, Result};
use crate::tokens::Tokens;
use crate::work::Triggered;

/// An event that can be performed.
pub(super) struct Ready {
    /// The event with the values of its tokens.
    pub(super) text: String,
    pub(super) command: Command,
    pub(super) origin: Origin,
    /// The days that it builds.
    pub(super) days: Vec<Day>,
    /// The definitions that it changes.
    pub(super) edited: Option<Arc<Edited>>,
}

/// From where an event comes.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// The date on which it runs, in the server's zone.
    pub(super) today: Date,
    /// The date of the schedule whose event it is.
    pub(super) own: Option<Date>,
    /// The tokens of the job or schedule whose event it is stand for these.
    pub(super) job_id: Option<i64>,
    pub(super) schedule_id: Option<i64>,
    pub(super) options: ServerOptions,
}

/// Makes an event ready; none where its condition is not true.
pub(super) async fn ready(
    app: &App,
    firing: &Firing,
    triggered: &Triggered,
) -> Result<Option<Ready>> {
    let (now, firing, triggered) = (app.now(), firing.clone(), triggered.clone());
    let resolved = app
        .db()
        .read(move |tx| {
            let (firing, triggered) = (firing.clone(), triggered.clone());
            Box::pin(async move { resolve(tx, now, &firing, &triggered).await })
        })
        .await?;
    let Some((command, origin)) = resolved else { return Ok(None) };
    let mut ready =
        Ready { text: command.to_string(), command, origin, days: Vec::new(), edited: None };
    match &ready.command {
        Command::Schedule(ScheduleCommand::Build(build)) => {
            ready.days = super::schedules::plan(app, build, &ready.origin).await?;
        }
        command if changes_definitions(command) => {
            ready.edited = Some(Arc::new(super::definitions::edit(app, command).await?));
        }
        _ => {}
    }
    Ok(Some(ready))
}

async fn resolve(
    tx: &mut sql::Tx<'_>,
    now: Timestamp,
    firing: &Firing,
    triggered: &Triggered,
) -> Result<Option<(Command, Origin)>> {
    let mut tokens = match (firing.job_id, firing.schedule_id) {
        (Some(job), _) => Tokens::of_job(tx, job, now).await?,
        (None, Some(schedule)) => Tokens::of_schedule(tx, schedule, now).await?,
        (None, None) => {
            return Err(Error::Refused(
                "the daily job or schedule whose event it is has been deleted".to_owned(),
            ));
        }
    };
    if let Some(condition) = &triggered.only_if {
        let condition = ExpressionText::parse(condition).map_err(Error::Refused)?;
        if !tokens.is_true(tx, &condition).await?.map_err(Error::Refused)? {
            return Ok(None);
        }
    }
    let options = server_options(tx).await?;
    let own = tokens.own_date();
    let command = event::parse(&triggered.event, Options::permissive())
        .map_err(|bad| Error::Refused(bad.message))?;
    let allowed = Options { allow_wildcards: options.wildcards_in_events, ..Options::default() };
    let command = tokens.command(tx, &command, allowed).await?.map_err(Error::Refused)?;
    let today = options.time_zone.0.local(now).date();
    let origin =
        Origin { today, own, job_id: firing.job_id, schedule_id: firing.schedule_id, options };
    Ok(Some((command, origin)))
}

/// The server options that are defined.
pub(crate) async fn server_options(tx: &mut sql::Tx<'_>) -> Result<ServerOptions> {
    match definition::current_of(tx, "options").await?.first() {
        Some(row) => body(row),
        None => Ok(ServerOptions::default()),
    }
}

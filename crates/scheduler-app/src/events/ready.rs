//! Making an event ready: its condition is calculated, its tokens are resolved, and what takes long is worked out before
//! the transaction that performs it.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use scheduler_core::definition::Options as ServerOptions;
use scheduler_core::event::{self, Command, JobCommand, JobOrder, Options, ScheduleCommand};
use scheduler_core::expression::ExpressionText;
use scheduler_core::text_value::TextValue;
use scheduler_store::definition;
use scheduler_store::firing::Firing;
use scheduler_store::message::Message;

use super::definitions::{Edited, changes_definitions};
use crate::App;
use crate::build::{Adding, Planned};
use crate::definitions::body;
use crate::error::{Error, Result};
use crate::tokens::{Of, Tokens};
use crate::view::Finding;
use crate::work::Triggered;

/// An event that can be performed.
pub(super) struct Ready {
    /// The event with the values of its tokens.
    pub(super) text: String,
    pub(super) what: What,
    pub(super) origin: Origin,
    /// What takes long, worked out before.
    pub(super) prepared: Prepared,
}

/// What is worked out before the transaction that performs an event.
pub(super) enum Prepared {
    /// It is done as it is.
    Nothing,
    /// The day that it builds.
    Day(Box<Planned>),
    /// The job that it adds.
    Job(Box<Adding>),
    /// What a check has found.
    Checked(Vec<Finding>),
    /// The definitions that it changes.
    Definitions(Arc<Edited>),
}

/// What is done.
pub(super) enum What {
    /// A command.
    Command(Command),
    /// A message is written.
    Message(Message),
}

/// From where an event comes.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// When it runs.
    pub(super) now: Timestamp,
    /// The date on which it runs, in the server's zone.
    pub(super) today: Date,
    /// The date of the schedule whose event it is.
    pub(super) own: Option<Date>,
    /// The tokens of the job or schedule whose event it is stand for these.
    pub(super) of: Of,
    /// In words.
    pub(super) shown: String,
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
    let Some((what, origin)) = resolved else { return Ok(None) };
    let (text, prepared) = match &what {
        What::Message(message) => (message.subject.clone(), Prepared::Nothing),
        What::Command(command) => (command.to_string(), prepare(app, command, &origin).await?),
    };
    Ok(Some(Ready { text, what, origin, prepared }))
}

/// What takes long.
async fn prepare(app: &App, command: &Command, origin: &Origin) -> Result<Prepared> {
    match command {
        Command::Schedule(ScheduleCommand::Build(build)) => {
            Ok(Prepared::Day(Box::new(super::schedules::plan(app, build, origin).await?)))
        }
        Command::Schedule(ScheduleCommand::Check { target, .. }) => Ok(Prepared::Checked(
            super::schedules::check(app, Some(target), &target.date, origin).await?,
        )),
        Command::Schedule(ScheduleCommand::CheckAll { date, .. }) => {
            Ok(Prepared::Checked(super::schedules::check(app, None, date, origin).await?))
        }
        Command::Job(JobCommand { target, order: JobOrder::Add(add) }) => {
            Ok(Prepared::Job(Box::new(super::add::plan(app, target, add, origin).await?)))
        }
        command if changes_definitions(command) => {
            let edited = super::definitions::edit(app, command).await?;
            Ok(Prepared::Definitions(Arc::new(edited)))
        }
        _ => Ok(Prepared::Nothing),
    }
}

async fn resolve(
    tx: &mut sql::Tx<'_>,
    now: Timestamp,
    firing: &Firing,
    triggered: &Triggered,
) -> Result<Option<(What, Origin)>> {
    let of = Of::firing(firing);
    let mut tokens = match (Tokens::of(tx, &of, now).await?, &triggered.subject) {
        (Some(tokens), _) => tokens,
        // Who is to be told is told: an escalation goes on when its job has been replaced.
        (None, Some(subject)) => Tokens::of_gone(tx, subject, now).await?,
        (None, None) => {
            return Err(Error::Refused(
                "the daily job or schedule whose event it is has been deleted".to_owned(),
            ));
        }
    };
    tokens.number(triggered.notification);
    if let Some(condition) = &triggered.only_if {
        let condition = ExpressionText::parse(condition).map_err(Error::Refused)?;
        if !tokens.is_true(tx, &condition).await?.map_err(Error::Refused)? {
            return Ok(None);
        }
    }
    let options = server_options(tx).await?;
    let origin = Origin {
        now,
        today: options.time_zone.0.local(now).date(),
        own: tokens.own_date(),
        of,
        shown: tokens.subject(),
        options,
    };
    if let Some(action) = &triggered.tell {
        let message = super::tell::message(tx, &mut tokens, action, &triggered.event).await?;
        return Ok(Some((What::Message(message), origin)));
    }
    let command = event::parse(&triggered.event, Options::permissive())
        .map_err(|bad| Error::Refused(bad.message))?;
    let allowed =
        Options { allow_wildcards: origin.options.wildcards_in_events, ..Options::default() };
    let command = tokens.command(tx, &command, allowed).await?.map_err(Error::Refused)?;
    Ok(Some((What::Command(command), origin)))
}

/// The server options that are defined.
pub(crate) async fn server_options(tx: &mut sql::Tx<'_>) -> Result<ServerOptions> {
    match definition::current_of(tx, "options").await?.first() {
        Some(row) => body(row),
        None => Ok(ServerOptions::default()),
    }
}

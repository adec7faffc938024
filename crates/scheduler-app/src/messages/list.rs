//! Messages and escalations as operators see them.

use jiff::Timestamp;
use scheduler_core::action::Privilege;
use scheduler_core::notification::escalation::State;
use scheduler_store::escalation::{self, Escalation};
use scheduler_store::message::{self, Message};

use super::escalate::read;
use crate::error::Result;
use crate::notices::Stored;
use crate::{App, Caller};

/// Rows that are shown at most.
const SHOWN_MAX: i64 = 1000;

/// A message that is not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageEntry {
    /// Its number.
    pub id: i64,
    /// How it is sent: `email`, `webhook`, `command`, `log`.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// How often it was tried.
    pub tries: i64,
    /// Why it is not delivered; none before the first try.
    pub why: Option<String>,
}

/// An escalation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EscalationEntry {
    /// The number by which it is acknowledged.
    pub id: i64,
    /// The group that was told first.
    pub group: String,
    /// What has happened, as definitions spell the trigger.
    pub trigger: String,
    /// To what.
    pub subject: String,
    /// When the first group was told.
    pub created_at: Timestamp,
    /// `waiting`, `acknowledged`, or `exhausted`: everybody was told and nobody has acknowledged.
    pub state: &'static str,
    /// When a group is told next.
    pub due_at: Option<Timestamp>,
    /// Who has acknowledged it.
    pub acknowledged_by: Option<String>,
}

/// Messages that are not delivered, oldest first, a thousand at most.
///
/// # Errors
/// [`crate::Error::Forbidden`], or the database could not be read.
pub async fn undelivered(app: &App, caller: &Caller) -> Result<Vec<MessageEntry>> {
    caller.must("list messages", &[Privilege::Notifications])?;
    let read = app
        .db()
        .read(|tx| Box::pin(async move { message::undelivered(tx, SHOWN_MAX).await }))
        .await?;
    let time = |column, at| sql::from_micros("message", column, at);
    let entry = |of: Message| {
        Ok(MessageEntry {
            created_at: time("created_at", of.created_at)?,
            due_at: time("due_at", of.due_at)?,
            id: of.id,
            kind: of.kind,
            subject: of.subject,
            tries: of.tries,
            why: of.last_error,
        })
    };
    read.into_iter().map(entry).collect()
}

/// Escalations, newest first, a thousand at most: those that nobody has acknowledged, or all that are kept.
///
/// # Errors
/// [`crate::Error::Forbidden`], or the database could not be read.
pub async fn escalations(app: &App, caller: &Caller, all: bool) -> Result<Vec<EscalationEntry>> {
    caller.must("list escalations", &[Privilege::Notifications])?;
    let found = app
        .db()
        .read(move |tx| Box::pin(async move { escalation::list(tx, !all, SHOWN_MAX).await }))
        .await?;
    found.into_iter().map(entry).collect()
}

fn entry(of: Escalation) -> Result<EscalationEntry> {
    let time = |column, at| sql::from_micros("escalation", column, at);
    let state: State = read(&of, &of.state)?;
    let stored: Stored = read(&of, &of.happening)?;
    Ok(EscalationEntry {
        trigger: stored.trigger(),
        state: match state {
            State::New | State::Waiting { .. } => "waiting",
            State::Acknowledged => "acknowledged",
            State::Exhausted => "exhausted",
        },
        created_at: time("created_at", of.created_at)?,
        due_at: of.due_at.map(|at| time("due_at", at)).transpose()?,
        id: of.id,
        group: of.notification_group,
        subject: of.subject,
        acknowledged_by: of.acknowledged_by,
    })
}

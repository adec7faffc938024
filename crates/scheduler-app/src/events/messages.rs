//! `$NOTIFY:…`: messages to people and other systems.

use scheduler_core::event::{Command, Email, Field, NotifyCommand, Text};
use scheduler_store::message::{self, Message};
use serde_json::json;

use super::find::known;
use super::ready::Ready;
use crate::error::{Error, Result};
use crate::work::Work;

/// Writes a message; it is sent after the transaction.
pub(super) async fn perform(
    work: &mut Work<'_, '_>,
    ready: &Ready,
    command: &NotifyCommand,
) -> Result<String> {
    let (kind, body) = match command {
        NotifyCommand::Email(email) => ("email", mail(email)?),
        NotifyCommand::Log { severity, event_id, message, source, .. } => (
            "log",
            json!({
                "severity": severity.print(),
                "event_id": known(event_id)?.get(),
                "message": known(message)?.0,
                "source": text(source.as_ref())?,
            }),
        ),
        NotifyCommand::Command { .. }
        | NotifyCommand::TextMessage { .. }
        | NotifyCommand::NetSend { .. }
        | NotifyCommand::Snmp { .. }
        | NotifyCommand::SpoAlarm { .. }
        | NotifyCommand::SpoCommand { .. }
        | NotifyCommand::Tasks { .. } => return Err(refused(&ready.command)),
    };
    let now = sql::to_micros(work.now());
    let new = Message {
        id: 0,
        kind: kind.to_owned(),
        subject: ready.text.clone(),
        body: body.to_string(),
        created_at: now,
        due_at: now,
        tries: 0,
        last_error: None,
    };
    message::insert(work.tx(), &[new]).await?;
    Ok("to be sent".to_owned())
}

fn refused(command: &Command) -> Error {
    Error::Refused(format!(
        "{} is not supported; use $NOTIFY:EMAIL, $NOTIFY:LOG, or a notification group with a webhook or a command",
        command.spec().name()
    ))
}

fn mail(email: &Email) -> Result<serde_json::Value> {
    if email.attachments.is_some() {
        return Err(Error::Refused("attachments of mails are not supported".to_owned()));
    }
    Ok(json!({
        "to": addresses(Some(&email.to))?,
        "cc": addresses(email.cc.as_ref())?,
        "bcc": addresses(email.bcc.as_ref())?,
        "subject": known(&email.subject)?.0,
        "message": known(&email.message)?.0,
    }))
}

fn text(field: Option<&Field<Text>>) -> Result<Option<&str>> {
    Ok(field.map(known).transpose()?.map(|text| text.0.as_str()))
}

/// Addresses with `;` between them.
fn addresses(field: Option<&Field<Text>>) -> Result<Vec<String>> {
    let all = text(field)?.unwrap_or_default().split(';').map(str::trim);
    Ok(all.filter(|address| !address.is_empty()).map(ToOwned::to_owned).collect())
}

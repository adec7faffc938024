//! `$NOTIFY:…`: messages to people and other systems.

use notification::Delivery;
use scheduler_core::event::{Command, Email, Field, NotifyCommand, Text};
use scheduler_store::message;

use super::find::known;
use super::ready::Ready;
use crate::error::{Error, Result};
use crate::messages::{LOG, new, of_delivery};
use crate::work::Work;

/// Writes a message; it is sent after the transaction.
pub(super) async fn perform(
    work: &mut Work<'_, '_>,
    ready: &Ready,
    command: &NotifyCommand,
) -> Result<String> {
    let (now, subject) = (work.now(), &ready.text);
    let new = match command {
        NotifyCommand::Email(email) => mails(email)?
            .into_iter()
            .map(|mail| of_delivery(&Delivery::Email(mail), subject, now))
            .collect(),
        NotifyCommand::Log { message, .. } => {
            vec![new(LOG, known(message)?.0.clone(), subject, now)]
        }
        NotifyCommand::Command { .. }
        | NotifyCommand::TextMessage { .. }
        | NotifyCommand::NetSend { .. }
        | NotifyCommand::Snmp { .. }
        | NotifyCommand::SpoAlarm { .. }
        | NotifyCommand::SpoCommand { .. }
        | NotifyCommand::Tasks { .. } => return Err(refused(command)),
    };
    message::insert(work.tx(), &new).await?;
    Ok("to be sent".to_owned())
}

fn refused(command: &NotifyCommand) -> Error {
    let name = Command::Notify(command.clone()).spec().name();
    let instead = match command {
        NotifyCommand::Command { .. } => {
            "no program runs on the scheduler's own machine; use the action `command` of a notification group, which names an \
             agent, or $JOB:ADD"
        }
        _ => "use $NOTIFY:EMAIL, $NOTIFY:LOG, or a notification group with a webhook",
    };
    Error::Refused(format!("{name} is not supported; {instead}"))
}

/// The mail, and one more for those whom nobody is to see.
fn mails(email: &Email) -> Result<Vec<notification::Email>> {
    if email.attachments.is_some() {
        return Err(Error::Refused("attachments of mails are not supported".to_owned()));
    }
    let open = notification::Email {
        to: addresses(Some(&email.to))?,
        cc: addresses(email.cc.as_ref())?,
        subject: known(&email.subject)?.0.clone(),
        message: known(&email.message)?.0.clone(),
        only: Vec::new(),
    };
    let hidden = addresses(email.bcc.as_ref())?;
    let mut mails = vec![open];
    if !hidden.is_empty() {
        let first = mails[0].clone();
        mails.extend(hidden.into_iter().map(|address| notification::Email {
            to: vec![address],
            cc: Vec::new(),
            ..first.clone()
        }));
    }
    Ok(mails)
}

/// Addresses with `;` between them.
fn addresses(field: Option<&Field<Text>>) -> Result<Vec<String>> {
    let text = field.map(known).transpose()?.map_or("", |text| text.0.as_str());
    let all = text.split(';').map(str::trim);
    Ok(all.filter(|address| !address.is_empty()).map(ToOwned::to_owned).collect())
}

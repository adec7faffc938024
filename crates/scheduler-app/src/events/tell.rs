//! Notifications: their texts are resolved with what the job or schedule has now, and become messages.

use notification::{Delivery, Email, Webhook};
use scheduler_core::definition::notification::Action;
use scheduler_store::message::Message;
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::messages::{COMMAND, LOG, Order, new, of_delivery};
use crate::tokens::Tokens;

/// The message of an action, its texts resolved.
pub(super) async fn message(
    tx: &mut sql::Tx<'_>,
    tokens: &mut Tokens,
    action: &Action,
    about: &str,
) -> Result<Message> {
    let mut value = serde_json::to_value(action)
        .map_err(|why| Error::Refused(format!("the notification cannot be read: {why}")))?;
    tokens.resolve_for_notification(tx, &mut value).await?.map_err(Error::Refused)?;
    let action: Action = serde_json::from_value(value).map_err(|why| {
        Error::Refused(format!("with its tokens the notification is none: {why}"))
    })?;
    let now = tokens.now();
    // Of many messages of one group it is to be seen which is which.
    let subject = &format!("{} ({about})", tokens.subject());
    Ok(match action {
        Action::Email(mail) => {
            let message = mail.message.unwrap_or_default();
            let mail = Email {
                to: mail.to,
                cc: mail.cc,
                subject: mail.subject,
                message,
                only: Vec::new(),
            };
            of_delivery(&Delivery::Email(mail), subject, now)
        }
        Action::Webhook(hook) => {
            let body = body(tokens, about, hook.message.as_deref());
            of_delivery(&Delivery::Webhook(Webhook { url: hook.url, body }), subject, now)
        }
        Action::Log(log) => new(LOG, log.message, subject, now),
        Action::Command(command) => {
            let order = Order::new(command.agent.as_str(), &command.line);
            new(COMMAND, serde_json::to_string(&order).unwrap_or_default(), subject, now)
        }
        Action::Event(_) => return Err(Error::Refused("an event is no message".to_owned())),
    })
}

/// What a webhook is told.
fn body(tokens: &Tokens, about: &str, message: Option<&str>) -> Value {
    json!({
        "type": "ringmaster.notification",
        "timestamp": tokens.now().to_string(),
        "data": { "about": about, "subject": tokens.subject(), "message": message },
    })
}

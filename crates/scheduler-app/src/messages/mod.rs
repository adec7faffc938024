//! Messages at work: what is written for people and other systems is sent, at least once, under one name for ever.
//!
//! A message is stored in the transaction of what it is about, and taken away when the other side has it. A process that is
//! killed in between sends it once more, with the same name: who gets it twice can tell.

mod command;
mod escalate;
mod list;
#[cfg(test)]
mod tests;

pub(crate) use command::Order;
pub use escalate::{Escalated, acknowledge, escalate, forget_escalations};
pub use list::{EscalationEntry, MessageEntry, escalations, undelivered};

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::{SignedDuration, Timestamp};
use notification::{Backoff, Delivery, DeliveryId, Outcome, Senders};
use scheduler_store::message::{self, Message};
use scheduler_store::server_state;

use crate::App;
use crate::error::Result;

/// Messages that are sent at the same time at most.
const AT_ONCE: i64 = 32;
/// As long as a message that is taken up is left to who has taken it.
const TAKEN_FOR: SignedDuration = SignedDuration::from_mins(10);
/// As long as one try may take; less than [`TAKEN_FOR`], so that nobody else takes it up meanwhile.
const TRY_MAX: Duration = Duration::from_mins(5);
/// After so long a message is given up.
const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(72);

/// What a pass has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sent {
    /// Messages that were tried.
    pub tried: usize,
    /// When the next one is due.
    pub next: Option<Timestamp>,
}

/// What becomes of a message.
enum Fate {
    /// It is delivered, or nothing more can be done.
    Over,
    /// It is sent again after so long, to these addresses only where some are named.
    Again { wait: Duration, why: String, only: Vec<String> },
    /// A part of it is done, which is remembered; it goes on after so long.
    GoesOn {
        wait: Duration,
        why: String,
        body: String,
        /// Whether only this process can go on with it: it happens on its machine.
        is_own: bool,
    },
}

/// Sends the messages of a kind that are due, some at a time.
///
/// # Errors
/// The database did not do it; what was sent meanwhile is sent again.
pub async fn deliver(app: &App, kind: &'static str) -> Result<Sent> {
    let _sending = app.sending().begin();
    let now = app.now();
    let again = sql::to_micros(now.saturating_add(TAKEN_FOR).unwrap_or(Timestamp::MAX));
    let node = app.life().node_id;
    let (instance, taken) = app
        .db()
        .write(move |tx| {
            Box::pin(async move {
                let taken =
                    message::take(tx, (kind, node), sql::to_micros(now), again, AT_ONCE).await?;
                Ok::<_, sql::Error>((server_state::read(tx).await?.instance, taken))
            })
        })
        .await?;
    let taken_up = taken.len();
    let instance = instance.as_str();
    let tries = taken.iter().map(|message| async move {
        let wait = wait_before(message);
        let fate = tokio::time::timeout(TRY_MAX, send(app, instance, message, wait)).await;
        change(message, fate.unwrap_or_else(|_| too_slow(wait)), now)
    });
    // Who has answered is stored, whoever has not.
    let mut answered = tries.collect::<FuturesUnordered<_>>().ready_chunks(taken_up.max(1));
    while let Some(changes) = answered.next().await {
        store(app, Arc::new(changes), node).await?;
    }
    let next = app.db().read(move |tx| Box::pin(message::next_due(tx, kind, node))).await?;
    let next = next.map(|due| sql::from_micros("message", "due_at", due)).transpose()?;
    Ok(Sent { tried: taken_up, next })
}

async fn store(app: &App, changes: Arc<Vec<Change>>, node: i64) -> Result<()> {
    let write = app.db().write(move |tx| {
        let changes = Arc::clone(&changes);
        Box::pin(async move {
            for change in changes.iter() {
                match change {
                    Change::Remove(id) => message::remove(tx, *id).await?,
                    Change::Postpone { id, due, why, body, is_own } => {
                        let node = is_own.then_some(node);
                        message::postpone(tx, *id, *due, why, body, node).await?;
                    }
                }
            }
            Ok::<_, sql::Error>(())
        })
    });
    Ok(write.await?)
}

/// How long to wait after a try that did not succeed.
fn wait_before(message: &Message) -> Duration {
    let attempt = u32::try_from(message.tries).unwrap_or(u32::MAX);
    let jitter = u16::try_from(message.id.rem_euclid(1 << 16)).unwrap_or(0);
    Backoff::default().wait_before(attempt.saturating_add(1), jitter)
}

fn too_slow(wait: Duration) -> Fate {
    let why = format!("nobody has answered within {} s", TRY_MAX.as_secs());
    Fate::Again { wait, why, only: Vec::new() }
}

/// What is stored of a message.
enum Change {
    Remove(i64),
    Postpone { id: i64, due: i64, why: String, body: String, is_own: bool },
}

fn change(message: &Message, fate: Fate, now: Timestamp) -> Change {
    let goes_on = matches!(fate, Fate::GoesOn { .. });
    let (wait, why, body, is_own) = match fate {
        Fate::Over => return Change::Remove(message.id),
        Fate::Again { wait, why, only } => {
            (wait, why, remaining(&message.body, &only), message.node_id.is_some())
        }
        Fate::GoesOn { wait, why, body, is_own } => (wait, why, body, is_own),
    };
    let created = Timestamp::from_microsecond(message.created_at).unwrap_or(now);
    if now.duration_since(created) > GIVEN_UP_AFTER {
        tracing::error!(message = message.id, about = message.subject, "it is given up: {why}");
        return Change::Remove(message.id);
    }
    if !goes_on {
        tracing::warn!(
            message = message.id,
            about = message.subject,
            "it is not delivered yet: {why}"
        );
    }
    let due = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
    Change::Postpone { id: message.id, due: sql::to_micros(due), why, body, is_own }
}

/// The message for those of its addresses that have not got it.
fn remaining(body: &str, only: &[String]) -> String {
    if let (false, Ok(Delivery::Email(mut email))) = (only.is_empty(), serde_json::from_str(body)) {
        email.only = only.to_vec();
        return serde_json::to_string(&Delivery::Email(email)).unwrap_or_else(|_| body.to_owned());
    }
    body.to_owned()
}

async fn send(app: &App, instance: &str, message: &Message, wait: Duration) -> Fate {
    if message.kind == LOG {
        tracing::warn!(about = message.subject, "notification: {}", message.body);
        return Fate::Over;
    }
    if message.kind == COMMAND {
        return command::send(app, instance, message, wait).await;
    }
    let Some(senders) = app.senders() else {
        let why = "this scheduler sends no messages".to_owned();
        return Fate::Again { wait, why, only: Vec::new() };
    };
    let delivery = serde_json::from_str::<Delivery>(&message.body);
    let id = DeliveryId::new(format!("rm-{instance}-{}", lasting(message)));
    let (Ok(delivery), Ok(id)) = (delivery, id) else {
        tracing::error!(message = message.id, "what is stored of it is no message");
        return Fate::Over;
    };
    by(senders, id, message, delivery, wait).await
}

/// What no other message has, also where the database was put back and numbers come again: receivers take a second one for the first.
fn lasting(message: &Message) -> String {
    format!("{}-{}", message.id, message.created_at)
}

async fn by(
    senders: &Senders,
    id: DeliveryId,
    message: &Message,
    delivery: Delivery,
    wait: Duration,
) -> Fate {
    let created = Timestamp::from_microsecond(message.created_at).unwrap_or(Timestamp::UNIX_EPOCH);
    match senders.send(&id, created, &delivery).await {
        Outcome::Delivered { refused, later, .. } => {
            for each in refused {
                tracing::warn!(
                    message = message.id,
                    address = each.address,
                    "refused: {}",
                    each.answer
                );
            }
            if later.is_empty() {
                return Fate::Over;
            }
            let why = format!("{} addresses are not taken now", later.len());
            let only = later.into_iter().map(|each| each.address).collect();
            Fate::Again { wait, why, only }
        }
        Outcome::Refused { reason, .. } => {
            tracing::error!(
                message = message.id,
                about = message.subject,
                "it is refused: {reason}"
            );
            Fate::Over
        }
        Outcome::Later { reason, after } => {
            let wait = wait.max(after.unwrap_or_default());
            Fate::Again { wait, why: reason, only: Vec::new() }
        }
        Outcome::Unknown { reason } => Fate::Again { wait, why: reason, only: Vec::new() },
    }
}

/// The kinds of messages. Each is sent by itself.
pub const KINDS: [&str; 4] = [LOG, EMAIL, WEBHOOK, COMMAND];

/// The kind of a message that is a mail.
const EMAIL: &str = "email";

/// The kind of a message that is sent by HTTP.
const WEBHOOK: &str = "webhook";

/// The kind of a message that is a line in the scheduler's log.
pub(crate) const LOG: &str = "log";

/// The kind of a message that is a command line on an agent.
pub(crate) const COMMAND: &str = "command";

/// Messages for a delivery that is to be made.
pub(crate) fn of_delivery(delivery: &Delivery, subject: &str, now: Timestamp) -> Message {
    let kind = match delivery {
        Delivery::Email(_) => EMAIL,
        Delivery::Webhook(_) => WEBHOOK,
    };
    new(kind, serde_json::to_string(delivery).unwrap_or_default(), subject, now)
}

/// A new message, due at once.
pub(crate) fn new(kind: &str, body: String, subject: &str, now: Timestamp) -> Message {
    let now = sql::to_micros(now);
    Message {
        id: 0,
        kind: kind.to_owned(),
        subject: subject.to_owned(),
        body,
        created_at: now,
        due_at: now,
        tries: 0,
        last_error: None,
        node_id: None,
    }
}

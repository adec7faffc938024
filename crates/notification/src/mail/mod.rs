//! Mail by SMTP.
//!
//! The exchange is made here command by command, on connections of lettre, for three things that its transport does not do: each address is
//! accepted or refused by itself; it is known whether the message was handed over when something breaks; and a
//! connection whose exchange was given up half-way is never used again.

mod address;
mod compose;
mod connection;
mod guard;
mod reply;

use jiff::Timestamp;
use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::response::Response;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::outcome::Refusal;
use crate::settings::{Mail, SettingsError};
use crate::text::one_line;
use crate::{DeliveryId, Email, Outcome};
use compose::Ready;
use connection::Connections;
use reply::Meaning;

/// Sends mails.
pub(crate) struct MailSender {
    settings: Mail,
    from: Mailbox,
    connections: Connections,
    permits: Semaphore,
}

/// Why a mail was not handed over.
enum Stopped {
    /// The server has said so.
    Said(Outcome),
    /// The connection broke or time was up.
    Broken(String),
}

/// Who gets it, and who does not.
#[derive(Default)]
struct Accepted {
    refused: Vec<Refusal>,
    later: Vec<Refusal>,
}

impl MailSender {
    pub(crate) fn open(settings: &Mail) -> Result<Self, SettingsError> {
        settings.check()?;
        let from = address::mailbox(&settings.from);
        Ok(Self {
            settings: settings.clone(),
            from: from.map_err(|why| SettingsError::new("mail.from", why))?,
            connections: Connections::open(settings)?,
            permits: Semaphore::new(settings.connections.into()),
        })
    }

    pub(crate) async fn send(&self, id: &DeliveryId, created: Timestamp, email: &Email) -> Outcome {
        let ready = match compose::compose(id, created, &self.from, email) {
            Ok(ready) => ready,
            Err(why) => return Outcome::refused(why),
        };
        let (bytes, most) = (ready.bytes.len(), self.settings.message_max);
        if u64::try_from(bytes).unwrap_or(u64::MAX) > most.bytes() {
            return Outcome::refused(format!(
                "the mail has {bytes} bytes, and mail.message_max is {most}"
            ));
        }
        // Never closed.
        let Ok(_permit) = self.permits.acquire().await else {
            return Outcome::later("the senders are closed");
        };
        match self.attempt(&ready).await {
            Ok(outcome) | Err(Stopped::Said(outcome)) => outcome,
            Err(Stopped::Broken(why)) => Outcome::later(why),
        }
    }

    async fn attempt(&self, ready: &Ready) -> Result<Outcome, Stopped> {
        let mut connection = self.connections.get().await.map_err(Stopped::Broken)?;
        let Accepted { refused, later } = self.begin(&mut connection.smtp, ready).await?;
        let handed = timeout(self.settings.timeout.get(), connection.smtp.message(&ready.bytes));
        match handed.await {
            Ok(Ok(response)) => {
                self.connections.keep(connection);
                Ok(Outcome::Delivered { answer: self.named(&said(&response)), refused, later })
            }
            Ok(Err(error)) => Ok(match reply::meaning(&error) {
                Meaning::ForGood => Outcome::refused(self.named(&reply::shown(&error))),
                Meaning::NotNow => Outcome::later(self.named(&reply::shown(&error))),
                Meaning::None => Outcome::unknown(self.named(&format!(
                    "the connection broke after the mail was handed over: {}",
                    reply::shown(&error)
                ))),
            }),
            Err(_) => Ok(Outcome::unknown(self.named(&format!(
                "no answer within {} after the mail was handed over",
                self.settings.timeout
            )))),
        }
    }

    /// Up to the point at which the server waits for the message.
    async fn begin(
        &self,
        smtp: &mut AsyncSmtpConnection,
        ready: &Ready,
    ) -> Result<Accepted, Stopped> {
        let limit = self.settings.timeout;
        match timeout(limit.get(), self.envelope(smtp, &ready.to)).await {
            Ok(result) => result,
            Err(_) => Err(Stopped::Broken(self.named(&format!("no answer within {limit}")))),
        }
    }

    async fn envelope(
        &self,
        smtp: &mut AsyncSmtpConnection,
        to: &[(String, Address)],
    ) -> Result<Accepted, Stopped> {
        let from = MailFrom::new(Some(self.from.email.clone()), Vec::new());
        smtp.command(from).await.map_err(|error| self.stopped(&error))?;
        let mut accepted = Accepted::default();
        for (address, email) in to {
            let Err(error) = smtp.command(Rcpt::new(email.clone(), Vec::new())).await else {
                continue;
            };
            let refusal = Refusal { address: address.clone(), answer: reply::shown(&error) };
            match reply::meaning(&error) {
                Meaning::ForGood => accepted.refused.push(refusal),
                // 421: it closes the connection.
                Meaning::NotNow if error.status().map(u16::from) != Some(421) => {
                    accepted.later.push(refusal);
                }
                Meaning::NotNow | Meaning::None => return Err(self.stopped(&error)),
            }
        }
        if accepted.refused.len() + accepted.later.len() == to.len() {
            return Err(Stopped::Said(self.nobody(&accepted)));
        }
        smtp.command(Data).await.map_err(|error| self.stopped(&error))?;
        Ok(accepted)
    }

    /// The server takes the mail for nobody. As long as one address may be taken later, all are tried again.
    fn nobody(&self, Accepted { refused, later }: &Accepted) -> Outcome {
        let all = later.iter().chain(refused);
        let all = all.map(|Refusal { address, answer }| format!("{address}: {answer}"));
        let text = self.named(&all.collect::<Vec<_>>().join("; "));
        if later.is_empty() { Outcome::refused(text) } else { Outcome::later(text) }
    }

    fn stopped(&self, error: &SmtpError) -> Stopped {
        let text = self.named(&reply::shown(error));
        match reply::meaning(error) {
            Meaning::ForGood => Stopped::Said(Outcome::refused(text)),
            Meaning::NotNow => Stopped::Said(Outcome::later(text)),
            Meaning::None => Stopped::Broken(text),
        }
    }

    fn named(&self, text: &str) -> String {
        let Mail { host, .. } = &self.settings;
        one_line(&format!("mail server {host}:{}: {text}", self.settings.port()))
    }
}

fn said(response: &Response) -> String {
    let lines: Vec<&str> = response.message().collect();
    format!("{} {}", response.code(), lines.join(" "))
}

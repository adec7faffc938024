//! The way in.

use std::fmt;

use jiff::Timestamp;
use kit::SharedClock;

use crate::mail::MailSender;
use crate::webhook::WebhookSender;
use crate::{Delivery, DeliveryId, Outcome, Settings, SettingsError};

/// Everything that can send, open and ready. Share it behind an `Arc`: any number of deliveries may be sent at the same time, and wait
/// for each other where the settings limit them.
pub struct Senders {
    mail: Option<MailSender>,
    webhooks: WebhookSender,
}

impl fmt::Debug for Senders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Senders").field("has_mail", &self.mail.is_some()).finish_non_exhaustive()
    }
}

impl Senders {
    /// Checks the settings, reads their files and logs their warnings. Connects to nobody. `clock` gives the time in signatures.
    ///
    /// # Errors
    /// Which setting is wrong and what to do.
    pub fn open(settings: &Settings, clock: SharedClock) -> Result<Self, SettingsError> {
        kit::tls::install_provider();
        for warning in settings.warnings() {
            tracing::warn!("{warning}");
        }
        let mail = settings.mail.as_ref().map(MailSender::open).transpose()?;
        let webhooks = WebhookSender::open(&settings.webhooks, clock)?;
        Ok(Self { mail, webhooks })
    }

    /// Makes one attempt and says what became of it. It ends within the time-outs of the settings, after the wait for a free place.
    ///
    /// `id` and `created`, the moment of what is told, must be the same for every attempt: see the crate's page.
    ///
    /// A future that is dropped leaves the outcome unknown; the connection is then closed and never used again.
    pub async fn send(&self, id: &DeliveryId, created: Timestamp, delivery: &Delivery) -> Outcome {
        match (delivery, &self.mail) {
            (Delivery::Email(email), Some(mail)) => mail.send(id, created, email).await,
            (Delivery::Email(_), None) => Outcome::later(
                "no mail server is set on this server: set `host` and `from` under [notifications.mail] in its configuration",
            ),
            (Delivery::Webhook(webhook), _) => self.webhooks.send(id, webhook).await,
        }
    }
}

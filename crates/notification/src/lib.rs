//! Sends notifications: mail by SMTP, and webhooks with the signature of [Standard Webhooks](https://www.standardwebhooks.com).
//!
//! A caller stores each [`Delivery`] under a [`DeliveryId`] before it is sent, hands it to [`Senders::send`], and stores what the
//! [`Outcome`] says. Nothing is stored here, and nothing is repeated here: [`Backoff::wait_before`] says how long to wait before
//! another attempt, and the caller makes it.
//!
//! **At least once.** Neither SMTP nor HTTP can promise more: when the connection breaks after the message was handed over, nobody knows
//! whether it arrived ([`Outcome::Unknown`]), and a caller that is killed before it has stored the outcome does not know it either. The
//! caller then sends the same delivery again *with the same id and the same time of creation*. The id is the `Message-ID` of the mail and the
//! `webhook-id` of the call, so that whoever receives it twice can drop the second: receivers of webhooks are told to, and most mail
//! systems do it by themselves.
//!
//! Nothing here prints a secret. Addresses of webhooks often have one in the path or the query, so messages and `Debug` name their
//! scheme, host and port only.

mod backoff;
mod delivery;
mod mail;
mod outcome;
mod senders;
mod settings;
mod text;
mod webhook;

pub use backoff::Backoff;
pub use delivery::{BadDeliveryId, Delivery, DeliveryId, Email, Webhook};
pub use outcome::{Outcome, Refusal};
pub use senders::Senders;
pub use settings::{Mail, Settings, SettingsError, Signing, Tls, Webhooks};

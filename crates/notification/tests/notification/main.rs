//! The senders against servers that are not ours.

mod http_server;
mod mail;
mod mail_faults;
mod smtp_server;
mod support;
mod webhook;
mod webhook_faults;

use jiff::Timestamp;
use kit::SystemClock;
use notification::{Delivery, DeliveryId, Email, Mail, Outcome, Senders, Settings};

pub(crate) fn id(text: &str) -> DeliveryId {
    DeliveryId::new(text).expect("an id")
}

pub(crate) fn created() -> Timestamp {
    "2026-11-22T05:06:07Z".parse().expect("a time")
}

pub(crate) fn senders(settings: &Settings) -> Senders {
    Senders::open(settings, SystemClock::shared()).expect("good settings")
}

pub(crate) fn mail_senders(mail: Mail) -> Senders {
    senders(&Settings { mail: Some(mail), ..Settings::default() })
}

pub(crate) fn email(to: &[&str]) -> Email {
    Email {
        to: to.iter().map(|&to| to.to_owned()).collect(),
        cc: Vec::new(),
        subject: "Job DAILY failed".to_owned(),
        message: "See the log.".to_owned(),
        only: Vec::new(),
    }
}

/// One attempt.
pub(crate) async fn send(senders: &Senders, name: &str, email: Email) -> Outcome {
    senders.send(&id(name), created(), &Delivery::Email(email)).await
}

//! What is sent, as data that a caller can store.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::webhook::shown;

/// The name of a delivery, the same for every attempt: 1 to 64 letters, digits, `-` and `_`, unique for ever in one installation. Receivers
/// recognise a repeated delivery by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeliveryId(String);

/// A text that cannot be a [`DeliveryId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} cannot be the id of a delivery: use 1 to 64 letters, digits, - and _")]
pub struct BadDeliveryId(String);

impl DeliveryId {
    /// Takes a text as an id.
    ///
    /// # Errors
    /// When it is empty, too long or has another sign. A dot, for one, would make the signature of a webhook ambiguous.
    pub fn new(text: impl Into<String>) -> Result<Self, BadDeliveryId> {
        let text = text.into();
        let is_letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if (1..=64).contains(&text.len()) && text.bytes().all(is_letter) {
            Ok(Self(text))
        } else {
            Err(BadDeliveryId(text.chars().take(80).collect()))
        }
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for DeliveryId {
    type Error = BadDeliveryId;

    fn try_from(text: String) -> Result<Self, BadDeliveryId> {
        Self::new(text)
    }
}

impl From<DeliveryId> for String {
    fn from(id: DeliveryId) -> Self {
        id.0
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// A mail.
    Email(Email),
    /// A call of a web address.
    Webhook(Webhook),
}

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Email {
    /// Addresses, as `someone@example.com` or `Some One <someone@example.com>`; 1 to 100 together with `cc`.
    pub to: Vec<String>,
    /// Addresses that get a copy.
    #[serde(default)]
    pub cc: Vec<String>,
    /// The subject. Ends of lines and other signs that cannot be seen become blanks, and what is longer than 500 characters is cut.
    pub subject: String,
    /// The text.
    #[serde(default)]
    pub message: String,
    /// Send it only to these of the addresses, as they are written there; empty for all of them. The mail shows all of them. It is for the second
    /// attempt after [`crate::Outcome::Delivered`] with `later`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
}

/// A call of a web address: `POST` with a JSON body, signed.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// The address, `https://…` or `http://…`. What follows the host is treated as a secret.
    pub url: String,
    /// What is sent. Standard Webhooks recommends an object with `type`, `timestamp` and `data`.
    pub body: serde_json::Value,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("url", &shown(&self.url)).field("body", &self.body).finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_is_safe_in_headers_and_in_signatures() {
        assert_eq!(DeliveryId::new("n-4711_a").unwrap().as_str(), "n-4711_a");
        for text in ["", "a.b", "a b", "a\r\nX: y", "ä", "a@b", &"a".repeat(65)] {
            assert!(DeliveryId::new(text).is_err(), "{text}");
            assert!(serde_json::from_value::<DeliveryId>(json!(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_stored_delivery_is_read_back_as_it_was() {
        let mail = Email {
            to: vec!["a@example.com".to_owned()],
            cc: Vec::new(),
            subject: "Ä".to_owned(),
            message: "b\n".to_owned(),
            only: Vec::new(),
        };
        let hook = Webhook { url: "https://h/x?y".to_owned(), body: json!({"a": [1, 2.5, "ü"]}) };
        for delivery in [Delivery::Email(mail), Delivery::Webhook(hook)] {
            let text = serde_json::to_string(&delivery).unwrap();
            assert_eq!(serde_json::from_str::<Delivery>(&text).unwrap(), delivery, "{text}");
        }
        assert!(serde_json::from_str::<Delivery>(r#"{"pager":{}}"#).is_err());
    }

    #[test]
    fn debug_shows_nothing_of_an_address_beyond_its_host() {
        let hook = Webhook {
            url: "https://user:pa55@hooks.example.com/T0/tok3n?key=s3cret".to_owned(),
            body: json!({}),
        };
        let text = format!("{:?}", Delivery::Webhook(hook));
        assert!(text.contains("https://hooks.example.com"), "{text}");
        for secret in ["pa55", "tok3n", "s3cret", "user"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

//! How notifications are sent. Set on the server, never in definitions.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kit::{DurationText, Secret, SizeText};
use serde::Deserialize;

use crate::webhook::shown;

/// How notifications are sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The mail server. Without one, mails wait.
    pub mail: Option<Mail>,
    /// Calls of web addresses.
    pub webhooks: Webhooks,
}

/// A mail server that takes mail for everybody (a *relay* or *submission server*).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Its name or address.
    pub host: String,
    /// Its port; unless told 587 with `starttls`, 465 with `tls`, 25 with `none`.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is encrypted; `starttls` unless told.
    #[serde(default)]
    pub tls: Tls,
    /// The user to log on as; without one nobody logs on.
    #[serde(default)]
    pub user: Option<String>,
    /// The user's password.
    #[serde(default)]
    pub password: Option<Secret>,
    /// Who the mails are from: `ringmaster@example.com` or `Ringmaster <ringmaster@example.com>`.
    pub from: String,
    /// How this machine names itself to the server; its host name unless told.
    #[serde(default)]
    pub hello: Option<String>,
    /// A PEM file with the authorities that the server's certificate may be from, besides those of the system.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The longest that connecting and logging on may take, 10 ms to 10 min; 10 s unless told.
    #[serde(default = "ten_seconds")]
    pub connect_timeout: DurationText,
    /// The longest that naming sender and receivers may take, and then again handing the message over, 10 ms to 10 min; 60 s unless told.
    #[serde(default = "sixty_seconds")]
    pub timeout: DurationText,
    /// Most connections at a time, 1 to 32; 4 unless told. They are used again.
    #[serde(default = "four")]
    pub connections: u16,
    /// Most bytes of a mail as it is sent, 1 KiB to 32 MiB; 256 KiB unless told.
    #[serde(default = "body")]
    pub message_max: SizeText,
}

/// How the connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// Not at all: for a server on this machine.
    None,
    /// It begins in the clear and is encrypted before anything is said; a server that cannot do so gets no mail.
    #[default]
    Starttls,
    /// From the first byte.
    Tls,
}

/// How web addresses are called.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Webhooks {
    /// The signing secrets, each `whsec_` and 24 to 64 bytes in base64. A call is signed with all of them, so that a new one can be added
    /// before the receivers know it, and the old one taken away when all of them do. At most 8.
    pub secrets: Vec<Secret>,
    /// Other secrets for some addresses; the longest prefix counts.
    pub signing: Vec<Signing>,
    /// The longest that connecting may take, 10 ms to 10 min; 10 s unless told.
    pub connect_timeout: DurationText,
    /// The longest that a call may take in all, 10 ms to 10 min; 30 s unless told.
    pub timeout: DurationText,
    /// Most calls at a time, 1 to 256; 16 unless told.
    pub concurrency: u16,
    /// Most bytes of a body, 1 KiB to 32 MiB; 256 KiB unless told.
    pub body_max: SizeText,
    /// A PEM file with the authorities that certificates may be from, besides those of the system.
    pub ca_file: Option<PathBuf>,
    /// Whether addresses of private networks and of this machine may be called. Without it a definition cannot reach what is
    /// meant for inside only.
    pub private_addresses: bool,
}

/// The secrets for some addresses.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signing {
    /// Scheme, host, port and the beginning of the path, in whole parts: `https://example.com/hooks` is for
    /// `https://example.com/hooks/a` and not for `https://example.com/hooksb`.
    pub prefix: String,
    /// As in [`Webhooks::secrets`].
    pub secrets: Vec<Secret>,
}

impl fmt::Debug for Signing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut signing = f.debug_struct("Signing");
        signing.field("prefix", &shown(&self.prefix)).field("secrets", &self.secrets).finish()
    }
}

impl Default for Webhooks {
    fn default() -> Self {
        Self {
            secrets: Vec::new(),
            signing: Vec::new(),
            connect_timeout: ten_seconds(),
            timeout: DurationText(Duration::from_secs(30)),
            concurrency: 16,
            body_max: body(),
            ca_file: None,
            private_addresses: false,
        }
    }
}

/// Settings that cannot be used: which, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {reason}")]
pub struct SettingsError {
    /// The setting, such as `mail.port`.
    pub setting: String,
    /// Why, and what to do. Without secrets.
    pub reason: String,
}

impl SettingsError {
    pub(crate) fn new(setting: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { setting: setting.into(), reason: reason.into() }
    }
}

impl Settings {
    /// What works and should not stay so, one sentence each; [`crate::Senders::open`] logs them.
    pub fn warnings(&self) -> Vec<String> {
        let Some(mail) = &self.mail else { return Vec::new() };
        if mail.tls != Tls::None || is_local(&mail.host) {
            return Vec::new();
        }
        let what = if mail.password.is_some() { "mails and the password" } else { "mails" };
        vec![format!(
            "mail.tls is none and {} is another machine: {what} cross the network in the clear; use starttls or tls",
            mail.host
        )]
    }
}

impl Mail {
    /// The port, as told or as usual.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            Tls::None => 25,
            Tls::Starttls => 587,
            Tls::Tls => 465,
        })
    }

    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        if self.host.is_empty() || self.host.chars().any(|c| c.is_whitespace() || c.is_control()) {
            let reason = format!("{:?} is no name of a host", self.host);
            return Err(SettingsError::new("mail.host", reason));
        }
        if self.port == Some(0) {
            return Err(SettingsError::new("mail.port", "0 is no port; use 1 to 65535"));
        }
        if self.user.is_some() != self.password.is_some() {
            let reason = "give both, user and password, or none of them";
            return Err(SettingsError::new("mail.user", reason));
        }
        let is_name = |name: &str| {
            let is_letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
            (1..=255).contains(&name.len()) && name.bytes().all(is_letter)
        };
        if let Some(hello) = self.hello.as_deref().filter(|hello| !is_name(hello)) {
            let reason = format!("{hello:?} is no host name: use letters, digits, - and .");
            return Err(SettingsError::new("mail.hello", reason));
        }
        in_range("mail.connect_timeout", self.connect_timeout)?;
        in_range("mail.timeout", self.timeout)?;
        counts("mail.connections", self.connections, 32)?;
        size("mail.message_max", self.message_max)
    }
}

impl Webhooks {
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        in_range("webhooks.connect_timeout", self.connect_timeout)?;
        in_range("webhooks.timeout", self.timeout)?;
        counts("webhooks.concurrency", self.concurrency, 256)?;
        size("webhooks.body_max", self.body_max)
    }
}

fn in_range(setting: &str, time: DurationText) -> Result<(), SettingsError> {
    if (Duration::from_millis(10)..=Duration::from_secs(600)).contains(&time.get()) {
        return Ok(());
    }
    Err(SettingsError::new(setting, format!("{time} is not in 10ms to 10m")))
}

fn counts(setting: &str, number: u16, most: u16) -> Result<(), SettingsError> {
    if (1..=most).contains(&number) {
        return Ok(());
    }
    Err(SettingsError::new(setting, format!("{number} is not in 1 to {most}")))
}

fn size(setting: &str, size: SizeText) -> Result<(), SettingsError> {
    if (1 << 10..=32 << 20).contains(&size.bytes()) {
        return Ok(());
    }
    Err(SettingsError::new(setting, format!("{size} is not in 1KiB to 32MiB")))
}

/// The bytes of a file of authorities.
pub(crate) fn read_authorities(setting: &str, file: &Path) -> Result<Vec<u8>, SettingsError> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    let wrong =
        |reason: String| SettingsError::new(setting, format!("{}: {reason}", file.display()));
    let pem = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
    let certificates = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    match certificates.map_err(|error| wrong(format!("is not valid PEM: {error}")))?.as_slice() {
        [] => Err(wrong("holds no certificate (\"-----BEGIN CERTIFICATE-----\")".to_owned())),
        _ => Ok(pem),
    }
}

/// Whether this is a name or address of this machine itself.
fn is_local(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

fn ten_seconds() -> DurationText {
    DurationText(Duration::from_secs(10))
}

fn sixty_seconds() -> DurationText {
    DurationText(Duration::from_secs(60))
}

fn four() -> u16 {
    4
}

fn body() -> SizeText {
    SizeText(256 << 10)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mail(members: serde_json::Value) -> Mail {
        let mut all = json!({ "host": "mail.example.com", "from": "r@example.com" });
        let serde_json::Value::Object(members) = members else { panic!("an object") };
        all.as_object_mut().unwrap().extend(members);
        serde_json::from_value(all).unwrap()
    }

    #[test]
    fn the_port_follows_from_the_encryption_unless_told() {
        assert_eq!(mail(json!({})).port(), 587);
        assert_eq!(mail(json!({"tls": "tls"})).port(), 465);
        assert_eq!(mail(json!({"tls": "none"})).port(), 25);
        assert_eq!(mail(json!({"tls": "none", "port": 2525})).port(), 2525);
    }

    #[test]
    fn mail_in_the_clear_to_another_machine_is_warned_about() {
        let warnings = |members| {
            Settings { mail: Some(mail(members)), ..Settings::default() }.warnings().join("\n")
        };
        assert!(warnings(json!({"tls": "none"})).contains("mails cross the network in the clear"));
        let password = warnings(json!({"tls": "none", "user": "u", "password": "pa55"}));
        assert!(password.contains("and the password") && !password.contains("pa55"), "{password}");
        for host in ["localhost", "127.0.0.1", "::1", "[::1]", "127.1.2.3"] {
            assert_eq!(warnings(json!({"tls": "none", "host": host})), "", "{host}");
        }
        assert_eq!(warnings(json!({"tls": "starttls"})), "");
    }

    #[test]
    fn settings_that_cannot_be_used_are_named() {
        for (members, setting) in [
            (json!({"host": ""}), "mail.host"),
            (json!({"host": "a b"}), "mail.host"),
            (json!({"port": 0}), "mail.port"),
            (json!({"user": "u"}), "mail.user"),
            (json!({"password": "p"}), "mail.user"),
            (json!({"hello": "a\r\nRCPT"}), "mail.hello"),
            (json!({"timeout": "11m"}), "mail.timeout"),
            (json!({"connect_timeout": "1ms"}), "mail.connect_timeout"),
            (json!({"connections": 0}), "mail.connections"),
            (json!({"message_max": "1B"}), "mail.message_max"),
        ] {
            assert_eq!(mail(members.clone()).check().unwrap_err().setting, setting, "{members}");
        }
        assert_eq!(mail(json!({})).check(), Ok(()));
        assert_eq!(Webhooks::default().check(), Ok(()));
        assert!(Webhooks { concurrency: 257, ..Webhooks::default() }.check().is_err());
        assert!(serde_json::from_value::<Settings>(json!({"smtp": {}})).is_err());
    }

    #[test]
    fn settings_never_show_a_secret() {
        let settings: Settings = serde_json::from_value(json!({
            "mail": {"host": "h", "from": "a@b.c", "user": "u", "password": "pa55word"},
            "webhooks": {"secrets": ["whsec_s3cret"], "signing": [{"prefix": "https://h/t0ken", "secrets": ["whsec_other"]}]},
        }))
        .unwrap();
        let text = format!("{settings:?}");
        for secret in ["pa55word", "s3cret", "t0ken", "other"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

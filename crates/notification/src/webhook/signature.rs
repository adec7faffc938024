//! The signature of Standard Webhooks: HMAC-SHA256 of id, time and body.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use kit::Secret;
use sha2::Sha256;

use crate::settings::SettingsError;

const PREFIX: &str = "whsec_";
/// What the standard allows.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
const SECRETS_MAX: usize = 8;

/// The keys that a call is signed with.
#[derive(Clone)]
pub(crate) struct Keys(Vec<Hmac<Sha256>>);

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

impl Keys {
    /// Reads secrets.
    ///
    /// # Errors
    /// Which one is wrong, by its place.
    pub(crate) fn read(setting: &str, secrets: &[Secret]) -> Result<Self, SettingsError> {
        if secrets.len() > SECRETS_MAX {
            let reason =
                format!("has {} secrets; at most {SECRETS_MAX} are possible", secrets.len());
            return Err(SettingsError::new(setting, reason));
        }
        let keys = secrets.iter().enumerate().map(|(index, secret)| {
            key(secret).map_err(|why| {
                let reason = format!(
                    "secret {} {why}; make one with: echo whsec_$(openssl rand -base64 32)",
                    index + 1
                );
                SettingsError::new(setting, reason)
            })
        });
        keys.collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The header `webhook-signature`: one signature for each key, with blanks between them.
    pub(crate) fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let signatures = self.0.iter().map(|key| {
            let mut mac = key.clone();
            mac.update(format!("{id}.{seconds}.").as_bytes());
            mac.update(body);
            format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
        });
        signatures.collect::<Vec<_>>().join(" ")
    }
}

fn key(secret: &Secret) -> Result<Hmac<Sha256>, String> {
    let text = secret.expose().strip_prefix(PREFIX);
    let text = text.ok_or_else(|| format!("does not begin with {PREFIX}"))?;
    let bytes = STANDARD.decode(text).map_err(|_| "is not base64 after its prefix".to_owned())?;
    if !KEY_BYTES.contains(&bytes.len()) {
        return Err(format!("has {} bytes, and 24 to 64 are allowed", bytes.len()));
    }
    Hmac::new_from_slice(&bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use standardwebhooks::Webhook;

    use super::*;

    /// The one of the standard's own libraries.
    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    fn keys(secrets: &[&str]) -> Result<Keys, SettingsError> {
        let secrets: Vec<_> = secrets.iter().map(|&secret| Secret::new(secret)).collect();
        Keys::read("webhooks.secrets", &secrets)
    }

    #[test]
    fn the_published_example_has_the_published_signature() {
        let body = br#"{"email":"test@example.com","username":"test_user"}"#;
        assert_eq!(
            keys(&[SECRET]).unwrap().sign("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body),
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
        );
    }

    #[test]
    fn each_secret_signs_as_the_library_of_the_standard_does() {
        let other = format!("whsec_{}", STANDARD.encode([7u8; 64]));
        let body = "{\"text\":\"Größe\"}";
        let both = keys(&[SECRET, &other]).unwrap().sign("n-1", 1_800_000_000, body.as_bytes());
        let expected = [SECRET, &other].map(|secret| {
            Webhook::new(secret).unwrap().sign("n-1", 1_800_000_000, body.as_bytes()).unwrap()
        });
        assert_eq!(both, expected.join(" "));
    }

    #[test]
    fn a_wrong_secret_is_named_by_its_place_and_not_shown() {
        let short = format!("whsec_{}", STANDARD.encode([7u8; 23]));
        for wrong in ["s3cret", "whsec_s3cret!", &short, ""] {
            let error = keys(&[SECRET, wrong]).unwrap_err().to_string();
            assert!(error.contains("webhooks.secrets: secret 2"), "{error}");
            assert!(wrong.is_empty() || !error.contains(wrong), "{error}");
        }
        assert!(keys(&[SECRET; 9]).is_err());
    }
}

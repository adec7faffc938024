//! Values that must not be seen: passwords, keys, tokens.

use std::fmt;
use std::hint::black_box;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

/// A text that never prints itself and is wiped from memory when dropped. It has no `Serialize`: writing a secret out
/// is always a decision, made by calling [`Secret::expose`].
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether this is `other`, in a time that does not depend on where they differ.
    pub fn matches(&self, other: &str) -> bool {
        constant_time_eq(self.expose().as_bytes(), other.as_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// A new random text from `bytes` bytes of the system's generator, in base64url without padding: 32 bytes make 43
/// characters.
pub fn random_token(bytes: usize) -> Result<Secret, RandomError> {
    let mut raw = vec![0; bytes];
    getrandom::fill(&mut raw).map_err(|error| RandomError(error.to_string()))?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(raw)))
}

/// The system has no random numbers to give.
#[derive(Debug, thiserror::Error)]
#[error("cannot get random numbers from the system: {0}")]
pub struct RandomError(String);

/// Whether two byte strings are equal, in a time that depends on their lengths only.
pub fn constant_time_eq(left: &[u8], right: &[u8]) -> bool {
    let differences = left.iter().zip(right).fold(0u8, |seen, (a, b)| black_box(seen | (a ^ b)));
    left.len() == right.len() && black_box(differences) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn comparison_sees_every_difference() {
        let secret = Secret::new("hunter2");
        assert!(secret.matches("hunter2"));
        for other in ["", "hunter", "hunter22", "Hunter2", "hunter3"] {
            assert!(!secret.matches(other), "{other}");
        }
    }

    #[test]
    fn tokens_have_the_length_asked_for_and_differ() {
        let (one, two) = (random_token(32).expect("random"), random_token(32).expect("random"));
        assert_eq!(one.expose().len(), 43);
        assert!(!one.matches(two.expose()));
    }
}

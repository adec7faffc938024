//! Hashing and verifying passwords.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context;
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use kit::Secret;
use sha2::Sha256;

use super::{Auth, lock};
use crate::error::{Error, Result};

/// Longest password, in characters: hashing takes time with the length.
pub(crate) const PASSWORD_CHARS_MAX: usize = 256;

/// How long a verified password is remembered, so that the costly hash is paid once.
const REMEMBERED_FOR: Duration = Duration::from_mins(5);
/// Logons that wait for a hash; more are told to come again.
const WAITING_MAX: usize = 256;
/// Remembered passwords; beyond it all are forgotten, which costs one hash each.
const VERIFIED_MAX: usize = 10_000;

/// Verified for users that do not exist, so that they cost the time of those that do. It has the cost of [`hash`] and
/// belongs to no password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$cmluZ21hc3Rlci1ub2JvZHk$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Keyed hashes of verified passwords, and until when they count.
pub(super) type Verified = HashMap<[u8; 32], Timestamp>;

/// Whether there is nothing in a password but blanks. Such a one never logs anybody on (`amt-domain 11.1`).
pub(crate) fn is_blank(password: &str) -> bool {
    password.trim().is_empty()
}

/// The argon2id hash of a password, as it is stored. It takes some 20 ms of a core: see [`Auth::hash_password`].
///
/// # Errors
/// The system has no random numbers to give.
pub(crate) fn hash(password: &Secret) -> anyhow::Result<String> {
    let hash = Argon2::default().hash_password(password.expose().as_bytes());
    Ok(hash.map_err(|error| anyhow::anyhow!("{error}")).context("hashing a password")?.to_string())
}

impl Auth {
    /// [`hash`] on a thread that may block, when it is its turn.
    pub(crate) async fn hash_password(&self, password: Secret) -> Result<String> {
        let _turn = self.turn().await?;
        let hashed = tokio::task::spawn_blocking(move || hash(&password)).await;
        hashed.context("waiting for a password hash").and_then(|hash| hash).map_err(Error::Internal)
    }

    /// Whether `password` is the one behind `stored`. Without a stored one the answer is no, after the same time.
    pub(super) async fn verify(&self, stored: Option<String>, password: Secret) -> Result<bool> {
        let _turn = self.turn().await?;
        let verified = tokio::task::spawn_blocking(move || {
            let is_known = stored.is_some();
            let stored = stored.as_deref().unwrap_or(NOBODY);
            // A damaged hash lets nobody in.
            let Ok(hash) = PasswordHash::new(stored) else { return false };
            let matches =
                Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok();
            matches && is_known
        });
        verified.await.context("waiting for a password hash").map_err(Error::Internal)
    }

    /// From now on nobody hashes, as when the process ends.
    #[cfg(test)]
    pub(crate) fn stop_hashing(&self) {
        self.hashing.close();
    }

    async fn turn(&self) -> Result<(tokio::sync::SemaphorePermit<'_>, Waiting<'_>)> {
        let waiting = Waiting::enter(&self.waiting).ok_or_else(|| {
            Error::TooMany("too many logons at once; try again in a few seconds".into())
        })?;
        let permit = self
            .hashing
            .acquire()
            .await
            .context("the server is stopping")
            .map_err(Error::Unavailable)?;
        Ok((permit, waiting))
    }

    /// Whether this password was verified a short time ago against this stored hash.
    pub(super) fn remembers(&self, mark: &[u8; 32], now: Timestamp) -> bool {
        lock(&self.verified).get(mark).is_some_and(|until| now < *until)
    }

    /// Remembers that a password was verified.
    pub(super) fn remember(&self, mark: [u8; 32], now: Timestamp) {
        let mut verified = lock(&self.verified);
        if verified.len() >= VERIFIED_MAX {
            verified.retain(|_, until| now < *until);
        }
        if verified.len() >= VERIFIED_MAX {
            verified.clear();
        }
        verified.insert(mark, now + REMEMBERED_FOR);
    }

    /// What is remembered of a verified password: it depends on the stored hash, so a new password forgets the old one.
    pub(super) fn mark(&self, user_id: i64, stored: &str, password: &Secret) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.expose().as_bytes())
            .expect("a key of any length is accepted");
        mac.update(&user_id.to_le_bytes());
        mac.update(&(stored.len() as u64).to_le_bytes());
        mac.update(stored.as_bytes());
        mac.update(password.expose().as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// A place in the waiting line.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn enter(count: &'a AtomicUsize) -> Option<Self> {
        let place = Self(count);
        (count.fetch_add(1, Ordering::Relaxed) < WAITING_MAX).then_some(place)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Security;

    fn secret(text: &str) -> Secret {
        Secret::new(text)
    }

    #[tokio::test]
    async fn only_the_right_password_is_verified_and_nobody_has_none() {
        let auth = Auth::new(&Security::default()).unwrap();
        let stored = auth.hash_password(secret("correct horse")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_eq!(
            stored.len(),
            NOBODY.len() - 23 + 22,
            "the hash of nobody is as long as a real one"
        );
        assert!(PasswordHash::new(NOBODY).is_ok());
        assert!(auth.verify(Some(stored.clone()), secret("correct horse")).await.unwrap());
        assert!(!auth.verify(Some(stored), secret("Correct horse")).await.unwrap());
        assert!(!auth.verify(None, secret("correct horse")).await.unwrap());
        assert!(!auth.verify(Some("damaged".into()), secret("")).await.unwrap());
    }

    #[test]
    fn a_verified_password_is_remembered_for_its_time_and_its_hash_only() {
        let auth = Auth::new(&Security::default()).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let mark = auth.mark(1, "hash", &secret("p"));
        assert!(!auth.remembers(&mark, now));
        auth.remember(mark, now);
        assert!(auth.remembers(&mark, now + std::time::Duration::from_secs(299)));
        assert!(!auth.remembers(&mark, now + std::time::Duration::from_mins(5)));
        for other in [
            auth.mark(2, "hash", &secret("p")),
            auth.mark(1, "hasi", &secret("p")),
            auth.mark(1, "hash", &secret("q")),
        ] {
            assert!(!auth.remembers(&other, now));
        }
        let elsewhere = Auth::new(&Security::default()).unwrap();
        assert_ne!(
            elsewhere.mark(1, "hash", &secret("p")),
            mark,
            "each process has a key of its own"
        );
    }

    #[test]
    fn the_waiting_line_has_an_end() {
        let count = AtomicUsize::new(0);
        let places: Vec<_> = (0..WAITING_MAX).map(|_| Waiting::enter(&count)).collect();
        assert!(places.iter().all(Option::is_some));
        assert!(Waiting::enter(&count).is_none());
        drop(places);
        assert_eq!(count.load(Ordering::Relaxed), 0);
    }
}

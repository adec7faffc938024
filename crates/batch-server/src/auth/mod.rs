//! Logon, tokens, lockout, and the administrator of the first run.
//!
//! Only hashes are stored: argon2id of passwords, SHA-256 of tokens. In memory are keyed hashes of passwords that were
//! verified a short time ago, and callers that were loaded a few seconds ago; both are caches.

mod administrator;
mod failures;
mod logon;
mod password;
mod session;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use crate::options::Security;

pub(crate) use administrator::{USER as ADMINISTRATOR, ensure_administrator, somebody_administers};
pub(crate) use password::{PASSWORD_CHARS_MAX, hash as hash_password, is_blank};
#[cfg(test)]
pub(crate) use session::token_hash;

/// How many passwords are hashed at the same time; each needs 19 MiB and a core.
const HASHES_AT_ONCE: usize = 2;

/// Everything about logons that lives in memory.
pub(crate) struct Auth {
    security: Security,
    /// Key of the remembered passwords; a new one in every process.
    key: kit::Secret,
    hashing: Semaphore,
    /// Logons that wait for `hashing`.
    waiting: AtomicUsize,
    verified: Mutex<password::Verified>,
    failures: Mutex<failures::Failures>,
    sessions: Mutex<session::Sessions>,
    /// Grows whenever what callers may do has changed, so that a caller loaded before that is not kept.
    generation: AtomicU64,
}

impl Auth {
    /// Nothing is remembered yet.
    ///
    /// # Errors
    /// The system has no random numbers to give.
    pub(crate) fn new(security: &Security) -> anyhow::Result<Self> {
        Ok(Self {
            security: security.clone(),
            key: kit::secret::random_token(32)?,
            hashing: Semaphore::new(HASHES_AT_ONCE),
            waiting: AtomicUsize::new(0),
            verified: Mutex::default(),
            failures: Mutex::default(),
            sessions: Mutex::default(),
            generation: AtomicU64::new(0),
        })
    }

    /// The limits in force.
    pub(crate) fn security(&self) -> &Security {
        &self.security
    }

    /// Forgets every caller in memory: roles, users or jobs have changed. Called after the commit.
    pub(crate) fn forget_callers(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        lock(&self.sessions).clear();
    }
}

/// The caches hold plain values that are whole between two statements.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Auth").field("security", &self.security).finish_non_exhaustive()
    }
}

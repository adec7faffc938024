//! Which keys were sent lately by this process.
//!
//! A start that was sent once may be at the server, or still on its way to it, whatever a later call sees. So a key that is known here
//! never becomes 23 or 24. What another process, or this one before a restart, has sent is found, or voided, by a search.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use connector::AttemptKey;

/// Most keys that are remembered; the oldest are forgotten.
const KEYS_MAX: usize = 10_000;

/// The keys.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    sent: Mutex<Sent>,
}

#[derive(Debug, Default)]
struct Sent {
    known: HashSet<AttemptKey>,
    /// In the order of the first sending.
    order: VecDeque<AttemptKey>,
}

/// A start under way.
#[derive(Debug)]
pub(crate) struct Sending<'a> {
    keys: &'a Keys,
    key: &'a AttemptKey,
    /// Whether the key was sent before.
    pub(crate) is_repeated: bool,
}

impl Keys {
    fn sent(&self) -> MutexGuard<'_, Sent> {
        // Nothing in here panics half-way.
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be called before the first byte is sent.
    pub(crate) fn send<'a>(&'a self, key: &'a AttemptKey) -> Sending<'a> {
        let mut sent = self.sent();
        let is_repeated = !sent.known.insert(key.clone());
        if !is_repeated {
            sent.order.push_back(key.clone());
        }
        while sent.order.len() > KEYS_MAX {
            let oldest = sent.order.pop_front();
            oldest.map(|oldest| sent.known.remove(&oldest));
        }
        Sending { keys: self, key, is_repeated }
    }
}

impl Sending<'_> {
    /// It is certain that this call has left nothing at the server.
    pub(crate) fn left_nothing(&self) {
        if !self.is_repeated {
            let mut sent = self.keys.sent();
            sent.known.remove(self.key);
            sent.order.retain(|key| key != self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> AttemptKey {
        text.parse().unwrap()
    }

    #[test]
    fn a_key_that_left_nothing_is_as_one_that_was_never_sent() {
        let (keys, key) = (Keys::default(), key("K"));
        keys.send(&key).left_nothing();
        let first = keys.send(&key);
        let second = keys.send(&key);
        assert!(!first.is_repeated && second.is_repeated);
        second.left_nothing();
        assert!(keys.send(&key).is_repeated, "the first one may have left something");
    }

    #[test]
    fn the_oldest_keys_are_forgotten() {
        let keys = Keys::default();
        for number in 0..=KEYS_MAX {
            keys.send(&key(&number.to_string()));
        }
        assert_eq!(keys.sent().known.len(), KEYS_MAX);
        assert!(!keys.send(&key("0")).is_repeated && keys.send(&key("9999")).is_repeated);
    }
}

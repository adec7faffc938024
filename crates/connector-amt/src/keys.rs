//! Which keys were sent lately by this process.
//!
//! A start that was sent once may be at the server, or still on its way to it, whatever a later call sees. So a key that is known here
//! never becomes 23 or 24, and a search that does not find it says "not now" for a while. Over a restart of this process
//! nothing is remembered: then nothing of it is on its way any more, except in what a dead connection left in the server's hands.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use connector::AttemptKey;
use tokio::time::Instant;

/// Most keys that are remembered; the oldest are forgotten.
const KEYS_MAX: usize = 10_000;

/// The keys, with the time of the last sending.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    sent: Mutex<Sent>,
}

#[derive(Debug, Default)]
struct Sent {
    last: HashMap<AttemptKey, Instant>,
    /// In the order of the first sending.
    order: VecDeque<AttemptKey>,
}

/// A start under way. However the call ends, dropped ones included, the time of its end is remembered.
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
        let is_repeated = sent.last.insert(key.clone(), Instant::now()).is_some();
        if !is_repeated {
            sent.order.push_back(key.clone());
        }
        while sent.order.len() > KEYS_MAX {
            let oldest = sent.order.pop_front();
            oldest.and_then(|oldest| sent.last.remove(&oldest));
        }
        Sending { keys: self, key, is_repeated }
    }

    /// How long a start of this key may still be on its way, if it takes `arrival` at most.
    pub(crate) fn may_arrive_for(&self, key: &AttemptKey, arrival: Duration) -> Option<Duration> {
        let last = *self.sent().last.get(key)?;
        arrival.checked_sub(last.elapsed()).filter(|left| !left.is_zero())
    }
}

impl Sending<'_> {
    /// It is certain that this call has left nothing at the server.
    pub(crate) fn left_nothing(&self) {
        if !self.is_repeated {
            let mut sent = self.keys.sent();
            sent.last.remove(self.key);
            sent.order.retain(|key| key != self.key);
        }
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        if let Some(last) = self.keys.sent().last.get_mut(self.key) {
            *last = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARRIVAL: Duration = Duration::from_secs(30);

    fn key(text: &str) -> AttemptKey {
        text.parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_sent_key_may_arrive_until_its_time_is_over() {
        let (keys, key) = (Keys::default(), key("K"));
        assert_eq!(keys.may_arrive_for(&key, ARRIVAL), None);
        let sending = keys.send(&key);
        tokio::time::advance(ARRIVAL * 2).await;
        drop(sending);
        assert_eq!(keys.may_arrive_for(&key, ARRIVAL), Some(ARRIVAL));
        tokio::time::advance(ARRIVAL).await;
        assert_eq!(keys.may_arrive_for(&key, ARRIVAL), None);
        assert!(keys.send(&key).is_repeated, "it was sent all the same");
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_that_left_nothing_is_as_one_that_was_never_sent() {
        let (keys, key) = (Keys::default(), key("K"));
        keys.send(&key).left_nothing();
        assert_eq!(keys.may_arrive_for(&key, ARRIVAL), None);
        let first = keys.send(&key);
        let second = keys.send(&key);
        assert!(!first.is_repeated && second.is_repeated);
        second.left_nothing();
        drop((first, second));
        assert!(
            keys.may_arrive_for(&key, ARRIVAL).is_some(),
            "the first one may have left something"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_keys_are_forgotten() {
        let keys = Keys::default();
        for number in 0..=KEYS_MAX {
            drop(keys.send(&key(&number.to_string())));
        }
        assert_eq!(keys.sent().last.len(), KEYS_MAX);
        assert!(!keys.send(&key("0")).is_repeated && keys.send(&key("9999")).is_repeated);
    }
}

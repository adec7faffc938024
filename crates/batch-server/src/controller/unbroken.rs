//! For how long this controller has kept its lease without a gap.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::LEASE;

/// After a gap, how long the others are given to renew their leases too: what has kept this process from the database, or has
/// stopped it, may have done the same to them. Longer than a lease and the longest pause between two tries to renew it.
const SETTLE: SignedDuration = SignedDuration::from_secs(30);

/// When the lease was renewed first after the last gap, and when last.
#[derive(Debug, Default)]
pub(crate) struct Unbroken(Mutex<Option<(Timestamp, Timestamp)>>);

impl Unbroken {
    /// The lease was renewed.
    pub(super) fn renewed(&self, now: Timestamp) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = match *kept {
            Some((since, last)) if now.duration_since(last) <= LEASE => Some((since, now)),
            _ => Some((now, now)),
        };
    }

    /// Whether leases of others that have run out say something about those others, and not about what all of them share.
    pub(super) fn is_settled(&self, now: Timestamp) -> bool {
        let kept = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.is_some_and(|(since, last)| {
            now.duration_since(last) <= LEASE && now.duration_since(since) >= SETTLE
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    #[test]
    fn others_are_judged_only_after_leases_could_be_renewed_for_a_while() {
        let lease = Unbroken::default();
        assert!(!lease.is_settled(at(0)), "never renewed");
        for second in [0, 5, 10, 15, 20, 25] {
            lease.renewed(at(second));
            assert!(!lease.is_settled(at(second)));
        }
        lease.renewed(at(30));
        assert!(lease.is_settled(at(30)) && lease.is_settled(at(45)));
        assert!(!lease.is_settled(at(46)), "nothing is known of the time since");
        lease.renewed(at(100));
        assert!(!lease.is_settled(at(100)), "a gap begins it anew");
        for second in (105..=130).step_by(5) {
            lease.renewed(at(second));
        }
        assert!(lease.is_settled(at(130)));
    }
}

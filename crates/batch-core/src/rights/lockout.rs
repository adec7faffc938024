//! The lock after too many failed logons.

/// What a failed logon does to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lockout {
    /// The user may try again.
    Open {
        /// Failed logons until the lock; none when there is no limit.
        remaining: Option<u32>,
    },
    /// The user is locked out, until an administrator clears it (`amt-domain 11.1`: it is never
    /// cleared by time).
    Locked,
}

/// Decides after a failed logon. `failed` counts those since the last good one, this one included;
/// `limit` is the one that locks, none or 0 means never.
pub fn after_failed_logon(failed: u32, limit: Option<u32>) -> Lockout {
    match limit.filter(|limit| *limit > 0) {
        None => Lockout::Open { remaining: None },
        Some(limit) if failed >= limit => Lockout::Locked,
        Some(limit) => Lockout::Open { remaining: Some(limit - failed) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_locks_and_so_does_everything_beyond() {
        let cases = [
            (1, Some(3), Lockout::Open { remaining: Some(2) }),
            (2, Some(3), Lockout::Open { remaining: Some(1) }),
            (3, Some(3), Lockout::Locked),
            // The limit was lowered.
            (9, Some(3), Lockout::Locked),
            (1, Some(1), Lockout::Locked),
            (u32::MAX, None, Lockout::Open { remaining: None }),
            (u32::MAX, Some(0), Lockout::Open { remaining: None }),
        ];
        for (failed, limit, expected) in cases {
            assert_eq!(after_failed_logon(failed, limit), expected, "{failed} of {limit:?}");
        }
    }
}

//! The rule by which a start ends up known: a pure decision, driven by [`Client::submit`](crate::Client::submit).
//!
//! Nothing here sleeps or sends. The rule is the table "What the clients make of it" of the interface page: before a
//! start was sent, failing is harmless and ends after a while; once it was sent without a definite answer it may have
//! been stored, so it is sent again under the same request key, for as long as it takes. Only refused credentials end it
//! as unknown: they do not get better, and each try brings their user nearer to being locked out.

use std::time::Duration;

/// How long to try, and how fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The first wait between two attempts; doubles with each. Default 200 ms.
    pub first: Duration,
    /// The longest wait between two attempts. Default 10 s.
    pub ceiling: Duration,
    /// How long to try while nothing can have been stored. Default 30 s.
    pub unsent: Duration,
    /// How long to settle a doubtful start; none means until it is known, which is the default.
    pub doubtful: Option<Duration>,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(200),
            ceiling: Duration::from_secs(10),
            unsent: Duration::from_secs(30),
            doubtful: None,
        }
    }
}

impl Patience {
    /// The wait before attempt `n + 1`, where `n` attempts have failed.
    pub fn backoff(&self, failed: u32) -> Duration {
        let factor = 1u32.checked_shl(failed.saturating_sub(1).min(16)).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.ceiling)
    }
}

/// What one attempt has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// The request has an id.
    Accepted,
    /// The server says that it has stored nothing (`BatchRequestId` 0).
    Rejected,
    /// Nothing was sent.
    NotSent,
    /// Sent, and no definite answer.
    Doubtful,
    /// A 4xx refusal with this status.
    Refused(u16),
    /// The logon was refused.
    Denied,
    /// A token was refused that a good logon had just given.
    TokenRefused,
    /// `FindJob` says that nothing is stored under the key.
    Absent,
}

/// What to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// The start, with its request key.
    Start,
    /// `FindJob` with the request key.
    Find,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// The request is known.
    Known,
    /// Nothing was stored: a definite refusal.
    Refused,
    /// Nothing was ever sent; the server could not be reached.
    NotSent,
    /// Nothing was stored: the credentials were refused.
    Denied,
    /// It may have been stored, and this server has no request keys to find out by. A person must look.
    AskOperator,
    /// It may have been stored, and the time allowed for settling is over or the credentials are accepted no more.
    GaveUp,
}

/// The next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Wait, then send.
    After(Duration, Ask),
    /// It is settled.
    End(Settlement),
}

/// How far the settling of one start has come.
#[derive(Debug, Clone)]
pub struct Settling {
    patience: Patience,
    has_key: bool,
    /// Elapsed time at the first doubtful outcome; from then on it may have been stored.
    doubtful_since: Option<Duration>,
    failed: u32,
}

impl Settling {
    /// Nothing sent yet. `has_key` says that the server knows request keys and the start carries one.
    pub const fn new(patience: Patience, has_key: bool) -> Self {
        Self { patience, has_key, doubtful_since: None, failed: 0 }
    }

    /// The same for a start that an earlier process may have sent.
    pub const fn resumed(patience: Patience, has_key: bool) -> Self {
        Self { patience, has_key, doubtful_since: Some(Duration::ZERO), failed: 0 }
    }

    /// True once the start may have been stored.
    pub const fn is_doubtful(&self) -> bool {
        self.doubtful_since.is_some()
    }

    /// Takes what the attempt `asked` has shown and says what to do next. `elapsed` counts from the first attempt.
    pub fn next(&mut self, asked: Ask, seen: Seen, elapsed: Duration) -> Next {
        if seen == Seen::Accepted {
            return Next::End(Settlement::Known);
        }
        self.failed += 1;
        if seen == Seen::Doubtful && asked == Ask::Start && self.doubtful_since.is_none() {
            self.doubtful_since = Some(elapsed);
        }
        match self.doubtful_since {
            None => self.nothing_stored(seen, elapsed),
            Some(since) => self.maybe_stored(asked, seen, elapsed.saturating_sub(since)),
        }
    }

    fn nothing_stored(&self, seen: Seen, elapsed: Duration) -> Next {
        let wait = self.patience.backoff(self.failed);
        let is_patient = elapsed + wait <= self.patience.unsent;
        match seen {
            Seen::NotSent | Seen::Refused(429) if is_patient => Next::After(wait, Ask::Start),
            Seen::NotSent => Next::End(Settlement::NotSent),
            Seen::Denied | Seen::TokenRefused => Next::End(Settlement::Denied),
            _ => Next::End(Settlement::Refused),
        }
    }

    fn maybe_stored(&self, asked: Ask, seen: Seen, doubtful_for: Duration) -> Next {
        if !self.has_key {
            return Next::End(Settlement::AskOperator);
        }
        let next = match (asked, seen) {
            // The server has looked under the key and stored nothing, or the key belongs to something else.
            (_, Seen::Rejected | Seen::Absent) | (Ask::Start, Seen::Refused(409)) => {
                return Next::End(Settlement::Refused);
            }
            // The same password again and again would only lock the user out.
            (_, Seen::Denied) => return Next::End(Settlement::GaveUp),
            // Refused now; the one sent before may still have got through.
            (Ask::Start, Seen::Refused(status)) if status != 429 => Ask::Find,
            _ => Ask::Start,
        };
        let wait = self.patience.backoff(self.failed);
        match self.patience.doubtful {
            Some(limit) if doubtful_for + wait > limit => Next::End(Settlement::GaveUp),
            _ => Next::After(wait, next),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Settlement as S;

    const SECOND: Duration = Duration::from_secs(1);

    fn patience() -> Patience {
        Patience { unsent: 10 * SECOND, ..Patience::default() }
    }

    /// Feeds the outcomes of attempts that are each a second apart, and says what came out.
    fn run(has_key: bool, patience: Patience, seen: &[Seen]) -> (Vec<Ask>, Next) {
        let mut settling = Settling::new(patience, has_key);
        let mut asks = vec![Ask::Start];
        let mut next = Next::After(Duration::ZERO, Ask::Start);
        for (second, seen) in (0u32..).zip(seen) {
            let asked = *asks.last().unwrap();
            next = settling.next(asked, *seen, SECOND * second);
            match next {
                Next::After(_, ask) => asks.push(ask),
                Next::End(_) => break,
            }
        }
        (asks, next)
    }

    fn end(has_key: bool, seen: &[Seen]) -> Next {
        run(has_key, patience(), seen).1
    }

    #[test]
    fn a_definite_first_answer_ends_it() {
        for (seen, settlement) in [
            (Seen::Accepted, S::Known),
            (Seen::Rejected, S::Refused),
            (Seen::Refused(403), S::Refused),
            (Seen::Refused(409), S::Refused),
            (Seen::Denied, S::Denied),
            (Seen::TokenRefused, S::Denied),
        ] {
            assert_eq!(end(true, &[seen]), Next::End(settlement));
            assert_eq!(end(false, &[seen]), Next::End(settlement));
        }
    }

    #[test]
    fn an_unreachable_server_is_tried_for_a_while_and_then_not_sent() {
        assert!(matches!(end(true, &[Seen::NotSent; 3]), Next::After(_, Ask::Start)));
        assert_eq!(end(true, &[Seen::NotSent; 30]), Next::End(S::NotSent));
        assert_eq!(end(true, &[Seen::NotSent, Seen::Accepted]), Next::End(S::Known));
        assert_eq!(end(true, &[Seen::Refused(429); 30]), Next::End(S::Refused));
    }

    #[test]
    fn a_doubtful_start_never_becomes_not_sent_or_denied() {
        for later in [Seen::NotSent, Seen::Doubtful, Seen::TokenRefused, Seen::Refused(429)] {
            let mut seen = vec![Seen::Doubtful];
            seen.extend([later; 500]);
            let (asks, next) = run(true, patience(), &seen);
            assert!(matches!(next, Next::After(wait, Ask::Start) if wait == patience().ceiling));
            assert!(asks.iter().all(|ask| *ask == Ask::Start), "{later:?}");
            seen.push(Seen::Accepted);
            assert_eq!(end(true, &seen), Next::End(S::Known));
        }
    }

    #[test]
    fn a_refused_logon_after_doubt_is_not_tried_again() {
        let (asks, next) = run(true, patience(), &[Seen::Doubtful, Seen::Denied, Seen::Accepted]);
        assert_eq!((asks.len(), next), (2, Next::End(S::GaveUp)));
    }

    #[test]
    fn a_resumed_start_is_settled_and_never_not_sent() {
        let mut settling = Settling::resumed(patience(), true);
        for second in 0..100 {
            let next = settling.next(Ask::Start, Seen::NotSent, SECOND * second);
            assert!(matches!(next, Next::After(_, Ask::Start)), "{next:?}");
        }
        let next = settling.next(Ask::Start, Seen::Refused(403), SECOND * 100);
        assert!(matches!(next, Next::After(_, Ask::Find)), "{next:?}");
    }

    #[test]
    fn a_refusal_after_doubt_is_settled_by_looking_under_the_key() {
        let (asks, next) =
            run(true, patience(), &[Seen::Doubtful, Seen::Refused(403), Seen::Absent]);
        assert_eq!(asks, [Ask::Start, Ask::Start, Ask::Find]);
        assert_eq!(next, Next::End(S::Refused));
        let (_, next) =
            run(true, patience(), &[Seen::Doubtful, Seen::Refused(403), Seen::Accepted]);
        assert_eq!(next, Next::End(S::Known));
        let (asks, _) =
            run(true, patience(), &[Seen::Doubtful, Seen::Refused(404), Seen::Refused(404)]);
        assert_eq!(
            asks.last(),
            Some(&Ask::Start),
            "a 404 of FindJob that is no problem document settles nothing"
        );
    }

    #[test]
    fn without_request_keys_a_doubtful_start_needs_a_person() {
        assert_eq!(end(false, &[Seen::Doubtful]), Next::End(S::AskOperator));
        assert_eq!(end(false, &[Seen::NotSent, Seen::Doubtful]), Next::End(S::AskOperator));
    }

    #[test]
    fn giving_up_is_opt_in() {
        let limited = Patience { doubtful: Some(20 * SECOND), ..patience() };
        assert_eq!(run(true, limited, &[Seen::Doubtful; 100]).1, Next::End(S::GaveUp));
    }

    #[test]
    fn waits_double_up_to_the_ceiling() {
        let p = Patience::default();
        let waits: Vec<_> = [1, 2, 3, 6, 7, 60, u32::MAX].map(|n| p.backoff(n).as_millis()).into();
        assert_eq!(waits, [200, 400, 800, 6400, 10_000, 10_000, 10_000]);
    }
}

//! What becomes of the starts that have come due: a pure decision.

use std::time::Duration;

use batch_core::schedule::{Punctuality, missed};
use jiff::Timestamp;

/// What becomes of one start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A request is queued.
    Submit,
    /// A suspended request is stored (code 5): its time has passed.
    Missed,
    /// Nothing is stored but the reason: a later missed start stands for it.
    Superseded,
}

/// Decides about starts that are due, oldest first. `next` is the start that follows them, when it is due by now as well.
///
/// Of the missed ones the newest becomes a suspended request and stands for those before it: so an outage of a day does
/// not leave a thousand requests of a job that starts each minute. Starts on time are all made.
pub(super) fn decide(
    due: &[Timestamp],
    within: Duration,
    now: Timestamp,
    next: Option<Timestamp>,
) -> Vec<(Timestamp, Outcome)> {
    let is_missed = |at: &Timestamp| missed(*at, within, now) == Punctuality::Missed;
    let newest_missed = due.iter().copied().rfind(is_missed);
    let is_followed_by_missed = next.is_some_and(|next| is_missed(&next));
    due.iter()
        .map(|at| {
            let outcome =
                match (is_missed(at), newest_missed == Some(*at) && !is_followed_by_missed) {
                    (false, _) => Outcome::Submit,
                    (true, true) => Outcome::Missed,
                    (true, false) => Outcome::Superseded,
                };
            (*at, outcome)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Outcome::{Missed, Submit, Superseded};
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    fn outcomes(minutes: std::ops::Range<i64>, now: i64, next: Option<i64>) -> Vec<Outcome> {
        let due: Vec<_> = minutes.map(at).collect();
        let decided = decide(&due, WITHIN, at(now), next.map(at));
        assert!(decided.iter().map(|(at, _)| *at).eq(due));
        decided.into_iter().map(|(_, outcome)| outcome).collect()
    }

    const WITHIN: Duration = Duration::from_mins(2);

    #[test]
    fn of_the_missed_starts_the_newest_stands_for_all() {
        assert_eq!(outcomes(10..11, 10, None), [Submit]);
        assert_eq!(outcomes(10..11, 12, None), [Submit], "the last moment counts");
        assert_eq!(outcomes(10..11, 13, None), [Missed]);
        assert_eq!(outcomes(10..14, 20, None), [Superseded, Superseded, Superseded, Missed]);
        assert_eq!(outcomes(10..14, 14, None), [Superseded, Missed, Submit, Submit]);
        assert_eq!(outcomes(0..0, 14, None), []);
    }

    #[test]
    fn an_outage_of_a_day_leaves_one_request() {
        let all = outcomes(0..1440, 1500, None);
        assert_eq!(all.iter().filter(|outcome| **outcome == Superseded).count(), 1439);
        assert_eq!(all.last(), Some(&Missed));
    }

    /// A long backlog is decided in chunks; it does not matter where they end.
    #[test]
    fn chunks_agree_with_the_whole() {
        let due: Vec<_> = (0..50).map(at).collect();
        for now in 49..60 {
            let whole = decide(&due, WITHIN, at(now), None);
            for size in 1..50 {
                let parts = due.chunks(size).enumerate().flat_map(|(index, chunk)| {
                    let next = due.get((index + 1) * size).copied();
                    decide(chunk, WITHIN, at(now), next)
                });
                assert!(parts.eq(whole.iter().copied()), "at minute {now} in chunks of {size}");
            }
        }
    }
}

//! In what order queues may start requests, and how many.

use super::Priority;

/// What a claim needs to know of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueLoad<Q> {
    /// The queue, as the caller identifies it; decides between equals.
    pub queue: Q,
    /// How urgent its work is.
    pub priority: Priority,
    /// Whether its window is open, see [`super::QueueWindow::is_open`].
    pub is_open: bool,
    /// Whether an operator holds it.
    pub is_held: bool,
    /// Whether the job server that would run its work is halted: only forced starts happen
    /// (`amt-domain 5`).
    pub is_halted: bool,
    /// Requests that may run at once; none means no limit (`amt-domain 4.5`).
    pub concurrency: Option<u32>,
    /// Requests that take a slot now. Which ones do is for the caller to say: a parent that waits
    /// for its own child should not, or it would wait for ever in a queue of one (`amt-domain
    /// 4.5`).
    pub occupied: u32,
}

/// A queue that may start requests now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim<Q> {
    /// The queue.
    pub queue: Q,
    /// How many may start, at least one; none means as many as wait.
    pub slots: Option<u32>,
}

impl<Q> QueueLoad<Q> {
    /// How many requests may start now, whatever their number: none means no limit.
    pub fn free_slots(&self) -> Option<u32> {
        if self.is_open && !self.is_held && !self.is_halted {
            self.concurrency.map(|limit| limit.saturating_sub(self.occupied))
        } else {
            Some(0)
        }
    }
}

/// The queues with free slots, in the order in which their work is taken: by priority (`amt-domain
/// 4.4`), then those that run least now, so that no queue starves beside another of its level, then
/// by `queue`.
pub fn claim_order<Q: Ord + Clone>(loads: &[QueueLoad<Q>]) -> Vec<Claim<Q>> {
    let mut able: Vec<_> = loads.iter().filter(|load| load.free_slots() != Some(0)).collect();
    able.sort_by(|a, b| {
        (a.priority, a.occupied, &a.queue).cmp(&(b.priority, b.occupied, &b.queue))
    });
    able.into_iter()
        .map(|load| Claim { queue: load.queue.clone(), slots: load.free_slots() })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn load(
        queue: &'static str,
        priority: Priority,
        limit: Option<u32>,
        occupied: u32,
    ) -> QueueLoad<&'static str> {
        QueueLoad {
            queue,
            priority,
            is_open: true,
            is_held: false,
            is_halted: false,
            concurrency: limit,
            occupied,
        }
    }

    fn order(loads: &[QueueLoad<&'static str>]) -> Vec<(&'static str, Option<u32>)> {
        claim_order(loads).into_iter().map(|claim| (claim.queue, claim.slots)).collect()
    }

    #[test]
    fn urgent_queues_come_first_then_those_that_run_least() {
        let loads = [
            load("low", Priority::Low, None, 0),
            load("b", Priority::Normal, Some(4), 1),
            load("a", Priority::Normal, Some(4), 1),
            load("idle", Priority::Normal, Some(1), 0),
            load("high", Priority::High, Some(5), 3),
        ];
        assert_eq!(
            order(&loads),
            [("high", Some(2)), ("idle", Some(1)), ("a", Some(3)), ("b", Some(3)), ("low", None)]
        );
    }

    #[test]
    fn a_queue_that_is_shut_held_halted_or_full_starts_nothing() {
        let ready = load("q", Priority::High, Some(2), 1);
        assert_eq!(order(std::slice::from_ref(&ready)), [("q", Some(1))]);
        let not = [
            QueueLoad { is_open: false, ..ready.clone() },
            QueueLoad { is_held: true, ..ready.clone() },
            QueueLoad { is_halted: true, ..ready.clone() },
            QueueLoad { occupied: 2, ..ready.clone() },
            // The limit was lowered, or operators forced starts.
            QueueLoad { occupied: 9, ..ready.clone() },
            QueueLoad { concurrency: Some(0), occupied: 0, ..ready.clone() },
            QueueLoad { concurrency: None, is_held: true, ..ready },
        ];
        for load in not {
            assert_eq!(order(std::slice::from_ref(&load)), [], "{load:?}");
        }
    }

    proptest! {
        #[test]
        fn a_claim_never_goes_over_the_limit_and_never_passes_a_more_urgent_queue(
            facts in prop::collection::vec(
                (prop::sample::select(Priority::ALL.to_vec()), any::<[bool; 3]>(), prop::option::of(0u32..5), 0u32..7),
                0..12,
            )
        ) {
            let loads: Vec<_> = facts.into_iter().enumerate().map(|(queue, (priority, is, concurrency, occupied))| {
                QueueLoad { queue, priority, is_open: is[0], is_held: is[1], is_halted: is[2], concurrency, occupied }
            }).collect();
            let claims = claim_order(&loads);
            for claim in &claims {
                let load = &loads[claim.queue];
                prop_assert!(load.is_open && !load.is_held && !load.is_halted);
                prop_assert_eq!(claim.slots.map(|slots| slots + load.occupied), load.concurrency);
                prop_assert_ne!(claim.slots, Some(0));
            }
            prop_assert!(claims.windows(2).all(|pair| loads[pair[0].queue].priority <= loads[pair[1].queue].priority));
        }
    }
}

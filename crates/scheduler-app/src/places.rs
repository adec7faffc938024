//! Who has how many calls under way: an agent that hangs takes no place from others.

use std::collections::HashMap;
use std::sync::Arc;

use scheduler_store::attempt::Attempt;

/// An attempt: its daily job, and its number among the attempts of that.
pub(crate) type Place = (i64, i64);

/// Answers of an agent that are not stored yet, at most, as a multiple of the calls that it may have under way.
const UNSTORED_TIMES: usize = 4;

/// Attempts for which a call is under way, or has an answer that is not stored yet, with their agents.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    taken: HashMap<Place, Taken>,
    by_agent: HashMap<Arc<str>, Counts>,
    per_agent: usize,
}

#[derive(Debug, Clone)]
struct Taken {
    agent: Arc<str>,
    is_answered: bool,
}

/// What an agent has.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    /// Attempts with a place.
    taken: usize,
    /// Of these such as have no answer yet.
    calls: usize,
}

impl Counts {
    fn is_full(self, per_agent: usize) -> bool {
        self.calls >= per_agent || self.taken >= per_agent * UNSTORED_TIMES
    }
}

impl Places {
    /// Each agent gets at most so many places.
    pub(crate) fn new(per_agent: usize) -> Self {
        Self { per_agent, ..Self::default() }
    }

    /// Takes a place; false where the attempt has one, or its agent has all of its own.
    pub(crate) fn take(&mut self, place: Place, agent: &str) -> bool {
        if self.taken.contains_key(&place) || self.is_full(agent) {
            return false;
        }
        let known = self.by_agent.get_key_value(agent).map(|(name, _)| Arc::clone(name));
        let agent = known.unwrap_or_else(|| Arc::from(agent));
        let counts = self.by_agent.entry(Arc::clone(&agent)).or_default();
        counts.taken += 1;
        counts.calls += 1;
        self.taken.insert(place, Taken { agent, is_answered: false });
        true
    }

    /// The call has its answer: its agent can have another one, but none for this attempt. Whether the agent had no place left.
    pub(crate) fn answered(&mut self, place: Place) -> bool {
        let Some(taken) = self.taken.get_mut(&place).filter(|taken| !taken.is_answered) else {
            return false;
        };
        taken.is_answered = true;
        let Some(counts) = self.by_agent.get_mut(&taken.agent) else { return false };
        let was_full = counts.is_full(self.per_agent);
        counts.calls -= 1;
        was_full
    }

    /// Gives a place back.
    pub(crate) fn give_back(&mut self, place: Place) {
        self.answered(place);
        let Some(Taken { agent, .. }) = self.taken.remove(&place) else { return };
        if let Some(counts) = self.by_agent.get_mut(&agent) {
            counts.taken -= 1;
            if counts.taken == 0 {
                self.by_agent.remove(&agent);
            }
        }
    }

    /// Keeps of what is wanted what can take a place, and no more than there is room for; `max` is how many were asked for. Whether there
    /// may be more.
    pub(crate) fn choose(&mut self, wanted: &mut Vec<Attempt>, room: usize, max: usize) -> bool {
        let mut has_more = wanted.len() >= max;
        wanted.retain(|each| {
            let place = (each.job_id, each.number);
            let is_taken = self.take(place, &each.agent);
            has_more |= !is_taken && !self.has(place);
            is_taken
        });
        has_more |= wanted.len() > room;
        wanted.truncate(room);
        has_more
    }

    /// Whether the attempt has a place.
    pub(crate) fn has(&self, place: Place) -> bool {
        self.taken.contains_key(&place)
    }

    /// Whether an agent has all of its places.
    pub(crate) fn is_full(&self, agent: &str) -> bool {
        self.by_agent.get(agent).is_some_and(|counts| counts.is_full(self.per_agent))
    }

    /// The agents that have all of their places, as a [`sql::text_list`]: who looks for work needs none of theirs.
    pub(crate) fn full(&self) -> String {
        let full = self.by_agent.iter().filter(|(_, counts)| counts.is_full(self.per_agent));
        sql::text_list(full.map(|(agent, _)| &**agent))
    }

    /// How many attempts have a place, of agents that have one left.
    pub(crate) fn open_len(&self) -> usize {
        let open = self.by_agent.values().filter(|counts| !counts.is_full(self.per_agent));
        open.map(|counts| counts.taken).sum()
    }

    /// Whether an agent has all of its places.
    pub(crate) fn has_full(&self) -> bool {
        self.by_agent.values().any(|counts| counts.is_full(self.per_agent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_takes_no_more_than_its_own_places() {
        let mut places = Places::new(2);
        assert!(places.take((1, 1), "A") && !places.take((1, 1), "A"));
        assert!(!places.has_full());
        assert!(places.take((2, 1), "A") && !places.take((3, 1), "A"));
        assert!(places.take((3, 1), "B"));
        assert_eq!((places.full(), places.open_len()), (sql::text_list(["A"]), 1));
        assert!(places.has((2, 1)) && !places.has((2, 2)));
        places.give_back((2, 1));
        places.give_back((2, 1));
        assert!(!places.has_full() && places.take((2, 2), "A"));
        for place in [(1, 1), (2, 2), (3, 1)] {
            places.give_back(place);
        }
        assert_eq!((places.open_len(), places.by_agent.len()), (0, 0));
    }

    #[test]
    fn an_answer_makes_room_for_other_attempts_before_it_is_stored_and_within_bounds() {
        let mut places = Places::new(2);
        assert!(places.take((1, 1), "A") && !places.answered((1, 1)));
        assert!(places.has((1, 1)) && !places.take((1, 1), "A"));
        for job in 2..=7 {
            assert!(places.take((job, 1), "A"));
            if job > 2 {
                assert!(places.answered((job, 1)) && !places.answered((job, 1)));
            }
        }
        assert_eq!((places.open_len(), places.is_full("A")), (7, false));
        assert!(places.take((8, 1), "A") && places.answered((8, 1)) && places.answered((2, 1)));
        // All have their answers, and none is stored.
        assert!(places.is_full("A") && !places.take((9, 1), "A"));
        places.give_back((1, 1));
        assert!(places.take((9, 1), "A") && places.is_full("A"));
    }
}

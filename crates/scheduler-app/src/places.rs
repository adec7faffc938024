//! Who has how many calls under way: an agent that hangs takes no place from others.

use std::collections::HashMap;
use std::sync::Arc;

use scheduler_store::attempt::Attempt;

/// An attempt: its daily job, and its number among the attempts of that.
pub(crate) type Place = (i64, i64);

/// Attempts for which a call is under way, with their agents.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    taken: HashMap<Place, Arc<str>>,
    by_agent: HashMap<Arc<str>, usize>,
    per_agent: usize,
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
        *self.by_agent.entry(Arc::clone(&agent)).or_default() += 1;
        self.taken.insert(place, agent);
        true
    }

    /// Gives a place back.
    pub(crate) fn give_back(&mut self, place: Place) {
        let Some(agent) = self.taken.remove(&place) else { return };
        if let Some(count) = self.by_agent.get_mut(&agent) {
            *count -= 1;
            if *count == 0 {
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

    /// Whether a call for the attempt is under way.
    pub(crate) fn has(&self, place: Place) -> bool {
        self.taken.contains_key(&place)
    }

    /// Whether an agent has all of its places.
    pub(crate) fn is_full(&self, agent: &str) -> bool {
        self.by_agent.get(agent).is_some_and(|count| *count >= self.per_agent)
    }

    /// The agents that have all of their places, as a [`sql::text_list`]: who looks for work needs none of theirs.
    pub(crate) fn full(&self) -> String {
        let full = self.by_agent.iter().filter(|(_, count)| **count >= self.per_agent);
        sql::text_list(full.map(|(agent, _)| &**agent))
    }

    /// How many attempts have a place, of agents that have one left.
    pub(crate) fn open_len(&self) -> usize {
        self.by_agent.values().filter(|count| **count < self.per_agent).sum()
    }

    /// Whether an agent has all of its places.
    pub(crate) fn has_full(&self) -> bool {
        self.by_agent.values().any(|count| *count >= self.per_agent)
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
}

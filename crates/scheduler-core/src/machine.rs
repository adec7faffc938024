//! Which machine takes a job: slots, alternates, groups (`opcon-domain 1.3, 1.11`).

use std::cmp::{Ordering, Reverse};

use jiff::Timestamp;

/// What is known of a machine's communication, as the letter that lists filter on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It answers and takes jobs.
    Up,
    /// It answers; running jobs are followed, none are started.
    Limited,
    /// Switched off by an operator.
    Down,
    /// It was asked and has not answered yet.
    Waiting,
    /// It does not answer.
    Error,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Up, Self::Limited, Self::Down, Self::Waiting, Self::Error];

    /// The vendor's letter.
    pub const fn letter(self) -> char {
        match self {
            Self::Up => 'U',
            Self::Limited => 'L',
            Self::Down => 'D',
            Self::Waiting => 'W',
            Self::Error => 'E',
        }
    }

    /// The state with this letter; none for a letter that no state has.
    pub fn from_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.letter() == letter.to_ascii_uppercase())
    }
}

/// A machine at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it takes jobs.
    pub state: State,
    /// Most jobs at a time, set in the server; 0 for what the agent itself allows.
    pub server_maximum: u32,
    /// Most jobs at a time that the agent says it takes; none for an agent that says nothing, such as a
    /// plug-in.
    pub agent_maximum: Option<u32>,
    /// Jobs that run on it, those that are being started included.
    pub running: u32,
}

/// Why a machine cannot take a job now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Unusable {
    /// Not up.
    #[error("limited: it starts no jobs")]
    Limited,
    /// Not up.
    #[error("switched off")]
    Down,
    /// Not up.
    #[error("has not answered yet")]
    Waiting,
    /// Not up.
    #[error("does not answer")]
    Error,
    /// Full.
    #[error("no free slot")]
    NoSlot,
}

impl Machine<'_> {
    /// Most jobs at a time: the smaller of both numbers. Without any, there is no limit.
    pub fn slots(&self) -> u32 {
        let server = (self.server_maximum > 0).then_some(self.server_maximum);
        let agent = self.agent_maximum;
        server.into_iter().chain(agent).min().unwrap_or(u32::MAX)
    }

    /// Slots that are free, whatever its state.
    pub fn free_slots(&self) -> u32 {
        self.slots().saturating_sub(self.running)
    }

    /// Whether it can take a job now. A start by force needs no slot.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn usable(&self, is_forced: bool) -> Result<(), Unusable> {
        match self.state {
            State::Up if is_forced || self.free_slots() > 0 => Ok(()),
            State::Up => Err(Unusable::NoSlot),
            State::Limited => Err(Unusable::Limited),
            State::Down => Err(Unusable::Down),
            State::Waiting => Err(Unusable::Waiting),
            State::Error => Err(Unusable::Error),
        }
    }

    /// More free is greater: by the share of slots that are free. No slots at all is no share.
    fn by_share(&self, other: &Self) -> Ordering {
        let (mine, others) = (u64::from(self.slots()), u64::from(other.slots()));
        let left = u64::from(self.free_slots()) * others.max(1);
        let right = u64::from(other.free_slots()) * mine.max(1);
        left.cmp(&right)
    }
}

/// The machine for a job with a primary machine and alternates: the first in the given order that can
/// take it.
pub fn first_usable(machines: &[Machine<'_>], is_forced: bool) -> Option<usize> {
    machines.iter().position(|machine| machine.usable(is_forced).is_ok())
}

/// The machine for a job with a group: of those that can take it the one with the largest share of free
/// slots; of several the first by name.
pub fn least_tasked(machines: &[Machine<'_>], is_forced: bool) -> Option<usize> {
    let usable =
        machines.iter().enumerate().filter(|(_, machine)| machine.usable(is_forced).is_ok());
    let best = usable
        .max_by(|(_, one), (_, other)| one.by_share(other).then_with(|| other.name.cmp(one.name)));
    best.map(|(index, _)| index)
}

/// The order in which jobs that wait for slots are taken up: the highest priority first; of several the one
/// that has been ready longest, then the one with the smaller number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Turn {
    priority: Reverse<u16>,
    ready_since: Timestamp,
    number: u64,
}

impl Turn {
    /// The turn of a job with this priority (0 is low, 32767 high), ready since then. `number` is
    /// unique.
    pub const fn new(priority: u16, ready_since: Timestamp, number: u64) -> Self {
        Self { priority: Reverse(priority), ready_since, number }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn machine(name: &str, state: State, slots: u32, running: u32) -> Machine<'_> {
        Machine { name, state, server_maximum: slots, agent_maximum: None, running }
    }

    #[test]
    fn slots_are_the_smaller_of_server_and_agent() {
        for (server, agent, expected) in [
            (0, None, u32::MAX),
            (0, Some(5), 5),
            (3, None, 3),
            (3, Some(5), 3),
            (9, Some(5), 5),
            (9, Some(0), 0),
        ] {
            let machine = Machine {
                server_maximum: server,
                agent_maximum: agent,
                ..machine("m", State::Up, 0, 0)
            };
            assert_eq!(machine.slots(), expected, "{server} {agent:?}");
        }
        assert_eq!(machine("m", State::Up, 2, 5).free_slots(), 0, "lowered meanwhile");
    }

    #[test]
    fn only_a_machine_that_is_up_and_has_a_slot_takes_a_job() {
        for state in State::ALL {
            let free = machine("m", state, 2, 1);
            assert_eq!(free.usable(false).is_ok(), state == State::Up);
            assert_eq!(free.usable(true).is_ok(), state == State::Up);
            assert_eq!(State::from_letter(state.letter()), Some(state));
        }
        let full = machine("m", State::Up, 2, 2);
        assert_eq!(full.usable(false), Err(Unusable::NoSlot));
        assert_eq!(full.usable(true), Ok(()));
    }

    #[test]
    fn alternates_are_taken_in_their_order() {
        let machines = [
            machine("primary", State::Down, 9, 0),
            machine("first", State::Up, 2, 2),
            machine("second", State::Up, 2, 1),
            machine("third", State::Up, 9, 0),
        ];
        assert_eq!(first_usable(&machines, false), Some(2));
        assert_eq!(first_usable(&machines, true), Some(1));
        assert_eq!(first_usable(&machines[..2], false), None);
    }

    #[test]
    fn the_largest_share_wins_and_then_the_name() {
        let up = |name, slots, running| machine(name, State::Up, slots, running);
        // 2 of 4, 30 of 100, 1 of 2: half is most, and `a` comes before `c`.
        let machines = [up("c", 4, 2), up("b", 100, 70), up("a", 2, 1)];
        assert_eq!(least_tasked(&machines, false), Some(2));
        assert_eq!(least_tasked(&[up("x", 0, 1), up("y", 5, 0)], false), Some(1));
        assert_eq!(least_tasked(&[machine("x", State::Limited, 5, 0)], true), None);
        assert_eq!(least_tasked(&[up("z", 1, 1), up("y", 1, 1)], true), Some(1));
    }

    #[test]
    fn jobs_take_turns_by_priority_then_by_age() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut turns = [
            Turn::new(0, at(0), 1),
            Turn::new(9, at(5), 3),
            Turn::new(9, at(5), 2),
            Turn::new(9, at(4), 4),
        ];
        turns.sort_unstable();
        assert_eq!(turns.map(|turn| turn.number), [4, 2, 3, 1]);
    }

    proptest! {
        #[test]
        fn the_least_tasked_is_the_best_by_percentage(
            machines in prop::collection::vec(("[a-e]{1,2}", 0..6u32, 0..8u32, 0..5usize), 0..6),
            is_forced: bool,
        ) {
            let machines: Vec<_> = machines
                .iter()
                .map(|(name, slots, running, state)| machine(name, State::ALL[*state], slots + 1, *running))
                .collect();
            let share = |m: &Machine<'_>| f64::from(m.free_slots()) / f64::from(m.slots());
            let found = least_tasked(&machines, is_forced);
            let usable: Vec<_> = machines.iter().filter(|m| m.usable(is_forced).is_ok()).collect();
            prop_assert_eq!(found.is_some(), !usable.is_empty());
            if let Some(found) = found.map(|index| &machines[index]) {
                prop_assert!(found.usable(is_forced).is_ok());
                for other in usable {
                    let (mine, its) = (share(found), share(other));
                    let is_tie = (mine - its).abs() < 1e-9;
                    prop_assert!(mine > its || is_tie && found.name <= other.name);
                }
            }
        }
    }
}

//! What is told of an agent when its status changes.

use super::{Happening, Subject};
use crate::definition::notification::TriggerKind;

/// What an operator has set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Marked {
    /// It takes jobs.
    Up,
    /// Running jobs are followed, none are started.
    Limited,
    /// It is switched off.
    Down,
}

/// Whether it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Network {
    /// It does.
    Up,
    /// It does not.
    Down,
    /// Nobody knows yet: it has not answered since it was added, switched on, or since the scheduler has started.
    Unknown,
}

/// Both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AgentStatus {
    /// What an operator has set.
    pub marked: Marked,
    /// Whether it answers.
    pub network: Network,
}

impl AgentStatus {
    /// This status after news: while nobody knows whether the agent answers, the last thing that was known stays. Compare statuses that
    /// were made so, and a restart of the scheduler tells of nothing.
    pub fn after(self, news: Self) -> Self {
        match news.network {
            Network::Unknown => Self { network: self.network, ..news },
            Network::Up | Network::Down => news,
        }
    }

    /// What is told when this becomes `next`: what it was marked as, then that its status changed; and the same for its network. That
    /// an agent answers for the first time is told of nobody, that it does not is.
    pub fn changes(self, next: Self, agent: &str) -> Vec<Happening<'_>> {
        let mut kinds = Vec::new();
        if self.marked != next.marked {
            kinds.push(match next.marked {
                Marked::Up => TriggerKind::AgentMarkedUp,
                Marked::Limited => TriggerKind::AgentMarkedLimited,
                Marked::Down => TriggerKind::AgentMarkedDown,
            });
            kinds.push(TriggerKind::AgentStatusChanged);
        }
        let network = match (self.network, next.network) {
            (Network::Down, Network::Up) => Some(TriggerKind::AgentNetworkUp),
            (Network::Up | Network::Unknown, Network::Down) => Some(TriggerKind::AgentNetworkDown),
            (Network::Up | Network::Unknown, Network::Up)
            | (Network::Down, Network::Down)
            | (_, Network::Unknown) => None,
        };
        if let Some(network) = network {
            kinds.extend([network, TriggerKind::AgentNetworkStatusChanged]);
        }
        kinds.into_iter().map(|kind| Happening::new(kind, Subject::Agent(agent))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(marked: Marked, network: Network) -> AgentStatus {
        AgentStatus { marked, network }
    }

    fn told(before: AgentStatus, after: AgentStatus) -> Vec<TriggerKind> {
        before.changes(after, "A").into_iter().map(|happening| happening.kind()).collect()
    }

    #[test]
    fn a_mark_and_a_change_of_the_network_are_told_each_with_its_general_one() {
        use TriggerKind as T;
        let up = status(Marked::Up, Network::Up);
        for (after, expected) in [
            (up, vec![]),
            (status(Marked::Down, Network::Up), vec![T::AgentMarkedDown, T::AgentStatusChanged]),
            (
                status(Marked::Limited, Network::Up),
                vec![T::AgentMarkedLimited, T::AgentStatusChanged],
            ),
            (
                status(Marked::Up, Network::Down),
                vec![T::AgentNetworkDown, T::AgentNetworkStatusChanged],
            ),
            (
                status(Marked::Down, Network::Down),
                vec![
                    T::AgentMarkedDown,
                    T::AgentStatusChanged,
                    T::AgentNetworkDown,
                    T::AgentNetworkStatusChanged,
                ],
            ),
        ] {
            assert_eq!(told(up, after), expected, "{after:?}");
        }
        let back = told(status(Marked::Limited, Network::Down), up);
        assert_eq!(
            back,
            [
                T::AgentMarkedUp,
                T::AgentStatusChanged,
                T::AgentNetworkUp,
                T::AgentNetworkStatusChanged
            ]
        );
    }

    #[test]
    fn waiting_for_an_answer_tells_nothing_and_forgets_nothing() {
        let (up, down) = (status(Marked::Up, Network::Up), status(Marked::Up, Network::Down));
        let waiting = status(Marked::Up, Network::Unknown);
        for known in [up, down] {
            assert_eq!(known.after(waiting), known);
            assert_eq!(told(known, known.after(waiting)), []);
            assert_eq!(told(known.after(waiting), known), []);
        }
        assert_eq!(told(up.after(waiting), up.after(down)).len(), 2);
        assert_eq!(told(waiting, up), [], "its first answer is no news");
        assert_eq!(told(waiting, down).len(), 2);
        let switched_off = status(Marked::Down, Network::Unknown);
        assert_eq!(up.after(switched_off), status(Marked::Down, Network::Up));
    }
}

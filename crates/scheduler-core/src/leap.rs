//! Whether an accelerated clock leaps, and where to: to the next due instant while nothing goes on, for demos and rehearsals.
//!
//! What goes on outside takes the time that it takes: jobs run, agents are away, operators have stopped all starts. Meanwhile the
//! clock runs as that of the machine does.

use jiff::Timestamp;

/// How the plan stands, as one consistent look found it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says of one thing whether it goes on, and any of them may"
)]
pub struct Standing {
    /// What the clock showed before the look.
    pub now: Timestamp,
    /// The instant beyond which the clock does not leap.
    pub stop: Option<Timestamp>,
    /// Whether every start is stopped.
    pub is_paused: bool,
    /// Whether an attempt is to be started, looked for, followed, archived or forgotten.
    pub has_attempts: bool,
    /// Whether events are triggered and not performed.
    pub has_events: bool,
    /// Whether messages are being sent.
    pub is_sending: bool,
    /// An agent or a group that a job waits for, while nothing runs that could give it back.
    pub agent: Option<String>,
    /// When the next thing is due: a job, a schedule, a build, a message.
    pub due: Option<Timestamp>,
}

/// What the clock does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pace {
    /// It leaps to this instant.
    Leap(Timestamp),
    /// It runs as that of the machine.
    Real(Why),
}

/// Why a clock does not leap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Every start is stopped.
    Paused,
    /// Jobs run, are being started, or their logs are being kept.
    Attempts,
    /// Events are being performed.
    Events,
    /// Messages are being sent.
    Messages,
    /// A job waits for an agent that cannot be used; whether it is there again is a matter of the machine's time.
    Agent(String),
    /// Something is due and being done.
    Due,
    /// It has come to where it stops.
    Stopped,
    /// Nothing is going to be due.
    Nothing,
}

impl Standing {
    /// Leaps to what is due next, where nothing goes on and nobody has to do something first.
    pub fn pace(&self) -> Pace {
        let reasons = [
            (self.is_paused, Why::Paused),
            (self.has_attempts, Why::Attempts),
            (self.has_events, Why::Events),
            (self.is_sending, Why::Messages),
            (self.due.is_some_and(|due| due <= self.now), Why::Due),
        ];
        let first = reasons.into_iter().find_map(|(holds, why)| holds.then_some(why));
        if let Some(why) = first.or_else(|| self.agent.clone().map(Why::Agent)) {
            return Pace::Real(why);
        }
        if self.stop.is_some_and(|stop| stop <= self.now) {
            return Pace::Real(Why::Stopped);
        }
        match self.due {
            Some(due) => Pace::Leap(self.stop.map_or(due, |stop| due.min(stop))),
            // Definitions may still come: who applies them does not want to find the end of time.
            None => Pace::Real(Why::Nothing),
        }
    }
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Paused => f.write_str("every start is stopped"),
            Self::Attempts => {
                f.write_str("jobs run, are being started, or their logs are being kept")
            }
            Self::Events => f.write_str("events are being performed"),
            Self::Messages => f.write_str("messages are being sent"),
            Self::Agent(agent) => write!(f, "a job waits for {agent}, which cannot be used"),
            Self::Due => f.write_str("something is due and being done"),
            Self::Stopped => f.write_str("it has come to where it stops"),
            Self::Nothing => f.write_str("nothing is going to be due"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn quiet() -> Standing {
        Standing {
            now: at(100),
            stop: None,
            is_paused: false,
            has_attempts: false,
            has_events: false,
            is_sending: false,
            agent: None,
            due: Some(at(500)),
        }
    }

    #[test]
    fn it_leaps_to_what_is_due_next_and_not_beyond_its_stop() {
        assert_eq!(quiet().pace(), Pace::Leap(at(500)));
        let stopping = |stop| Standing { stop: Some(at(stop)), ..quiet() };
        assert_eq!(stopping(600).pace(), Pace::Leap(at(500)));
        assert_eq!(stopping(400).pace(), Pace::Leap(at(400)));
        assert_eq!(stopping(100).pace(), Pace::Real(Why::Stopped));
        let empty = Standing { due: None, ..quiet() };
        assert_eq!(empty.pace(), Pace::Real(Why::Nothing));
        let only_stop = Standing { due: None, stop: Some(at(400)), ..quiet() };
        assert_eq!(only_stop.pace(), Pace::Real(Why::Nothing));
    }

    #[test]
    fn whatever_goes_on_keeps_the_clock_at_the_pace_of_the_machine() {
        let agent = Some("agent:AMT".to_owned());
        for (standing, why) in [
            (Standing { is_paused: true, ..quiet() }, Why::Paused),
            (Standing { has_attempts: true, ..quiet() }, Why::Attempts),
            (Standing { has_events: true, ..quiet() }, Why::Events),
            (Standing { is_sending: true, ..quiet() }, Why::Messages),
            (Standing { due: Some(at(100)), ..quiet() }, Why::Due),
            (Standing { due: Some(at(-5)), ..quiet() }, Why::Due),
            (Standing { agent, ..quiet() }, Why::Agent("agent:AMT".to_owned())),
        ] {
            assert_eq!(standing.pace(), Pace::Real(why), "{standing:?}");
        }
    }
}

//! The one function that decides what an event makes of a daily job.

use jiff::Timestamp;

use super::{
    BuiltAs, Effect, Ending, Event, Illegal, Job, Kill, Kind, Live, News, Notice, Policy,
    Qualification, Reason, Stage, State, Verdict,
};
use crate::action::{self, StartMachine};
use crate::event::JobStatusTrigger as Trigger;

/// Time from a failed pre-run to its next try, in seconds (`opcon-domain 1.15`).
pub const PRERUN_RETRY_SECONDS: i64 = 180;

/// All that decides besides the job and the event.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The definition.
    pub policy: &'a Policy,
    /// The machine to which its attempt was sent; none before.
    pub start_machine: Option<StartMachine>,
    /// The time.
    pub now: Timestamp,
}

impl Context<'_> {
    pub(super) fn facts(&self) -> action::Facts {
        action::Facts { kind: self.policy.kind, start_machine: self.start_machine }
    }
}

use Verdict::Stale;

impl Job {
    /// The whole life of a daily job. No I/O, no clock, no randomness, and no case left out.
    pub fn on(&self, event: &Event, cx: &Context<'_>) -> Verdict {
        match *event {
            Event::Built(built_as) => self.built(built_as, cx),
            Event::Tested(qualification) => self.tested(qualification, cx),
            Event::StartRequested { attempt } => self.start_requested(attempt, cx),
            Event::News { attempt, news } => self.news(attempt, news, cx),
            Event::LateToStart => self.late_to_start(),
            Event::LateToFinish => self.late_to_finish(),
            Event::EventsProcessed { ending } => self.events_processed(ending),
            Event::Asked { action, subschedule } => self.asked(action, subschedule, cx),
            Event::Rescheduled { not_before, on_hold } => self.rescheduled(not_before, on_hold, cx),
        }
    }

    fn built(&self, built_as: BuiltAs, cx: &Context<'_>) -> Verdict {
        match self.state {
            State::UnderConstruction => self.to(match built_as {
                BuiltAs::Released => State::Waiting { reason: Reason::Qualifying },
                BuiltAs::OnHold => State::Held { since: cx.now },
                BuiltAs::ToBeSkipped => State::ToBeSkipped,
            }),
            State::Held { .. }
            | State::Waiting { .. }
            | State::ToBeSkipped
            | State::Ready
            | State::Live(_)
            | State::Ended { .. } => Stale,
        }
    }

    fn tested(&self, qualification: Qualification, cx: &Context<'_>) -> Verdict {
        match self.state {
            State::Waiting { reason } => match qualification {
                // Whatever the test says: a next try is not begun before its time.
                Qualification::Qualified if self.is_before_its_time(cx) => {
                    self.waits(reason, Reason::StartTime)
                }
                Qualification::Qualified if cx.policy.kind == Kind::Null => self.null_run(cx),
                Qualification::Qualified => self.to(State::Ready),
                Qualification::Missed if self.is_bound_by_latest_start() => {
                    self.end(Ending::MissedStartTime, cx).verdict()
                }
                Qualification::Missed => Stale,
                Qualification::Waiting(missing) => self.waits(reason, missing),
            },
            State::ToBeSkipped => match qualification {
                Qualification::Qualified if self.is_before_its_time(cx) => Stale,
                Qualification::Qualified => self.end(Ending::Skipped, cx).verdict(),
                Qualification::Missed | Qualification::Waiting(_) => Stale,
            },
            State::Ready => match qualification {
                Qualification::Waiting(missing) if !self.is_forced => {
                    self.waits(Reason::Qualifying, missing)
                }
                Qualification::Waiting(_) | Qualification::Qualified | Qualification::Missed => {
                    Stale
                }
            },
            State::UnderConstruction
            | State::Held { .. }
            | State::Live(_)
            | State::Ended { .. } => Stale,
        }
    }

    fn is_before_its_time(&self, cx: &Context<'_>) -> bool {
        self.not_before.is_some_and(|at| at > cx.now)
    }

    /// Waits for `missing`, after it waited for `before`.
    fn waits(&self, before: Reason, missing: Reason) -> Verdict {
        let is_prerun_wait = before == Reason::PrerunFailed && missing == Reason::StartTime;
        let is_same = before == missing && matches!(self.state, State::Waiting { .. });
        if is_same || is_prerun_wait {
            return Stale;
        }
        let change = self.change(State::Waiting { reason: missing });
        match missing {
            Reason::Machine => change.and(Effect::Notify(Notice::WaitMachine)).verdict(),
            Reason::Qualifying
            | Reason::Released
            | Reason::StartTime
            | Reason::JobDependency
            | Reason::JobConflict
            | Reason::ThresholdOrResource
            | Reason::Expression
            | Reason::PrerunFailed => change.verdict(),
        }
    }

    fn start_requested(&self, attempt: u32, cx: &Context<'_>) -> Verdict {
        let next = self.attempts.saturating_add(1);
        match self.state {
            State::Ready if attempt == next => {
                let live = Live {
                    attempt,
                    stage: Stage::Preparing,
                    requested_at: cx.now,
                    started_at: None,
                    kill: Kill::None,
                    has_exceeded: false,
                };
                let job = Self { attempts: attempt, is_late_to_start: false, ..*self };
                job.change(State::Live(live))
                    .and(Effect::Occupy { attempt })
                    .and(Effect::PrepareStart { attempt })
                    .verdict()
            }
            _ if attempt > next => self.unknown_attempt(attempt),
            // Somebody was faster: a hold, a cancel, another dispatcher.
            State::Ready
            | State::UnderConstruction
            | State::Held { .. }
            | State::Waiting { .. }
            | State::ToBeSkipped
            | State::Live(_)
            | State::Ended { .. } => Stale,
        }
    }

    fn unknown_attempt(&self, said: u32) -> Verdict {
        Verdict::Illegal { why: Illegal::UnknownAttempt { said, last: self.attempts } }
    }

    fn news(&self, attempt: u32, news: News, cx: &Context<'_>) -> Verdict {
        match self.state {
            _ if attempt > self.attempts => self.unknown_attempt(attempt),
            State::Live(live) if live.attempt == attempt => self.live_news(live, news, cx),
            State::Live(_)
            | State::UnderConstruction
            | State::Held { .. }
            | State::Waiting { .. }
            | State::ToBeSkipped
            | State::Ready
            | State::Ended { .. } => Stale,
        }
    }

    fn late_to_start(&self) -> Verdict {
        match self.state {
            State::Held { .. } | State::Waiting { .. } | State::Ready
                if self.attempts == 0 && !self.is_late_to_start =>
            {
                Self { is_late_to_start: true, ..*self }
                    .change(self.state)
                    .and(Effect::Fire(Trigger::LateToStart))
                    .and(Effect::Notify(Notice::LateToStart))
                    .verdict()
            }
            State::Held { .. }
            | State::Waiting { .. }
            | State::Ready
            | State::UnderConstruction
            | State::ToBeSkipped
            | State::Live(_)
            | State::Ended { .. } => Stale,
        }
    }

    fn late_to_finish(&self) -> Verdict {
        match self.state {
            State::Live(_) if !self.is_late_to_finish => Self { is_late_to_finish: true, ..*self }
                .change(self.state)
                .and(Effect::Fire(Trigger::LateToFinish))
                .and(Effect::Notify(Notice::LateToFinish))
                .verdict(),
            State::Live(_)
            | State::UnderConstruction
            | State::Held { .. }
            | State::Waiting { .. }
            | State::ToBeSkipped
            | State::Ready
            | State::Ended { .. } => Stale,
        }
    }

    /// Dependants and the schedule hear of an end when its events are processed, so that a property
    /// that an event sets has its value before a dependant uses it.
    fn events_processed(&self, said: u32) -> Verdict {
        match self.state {
            _ if said > self.endings => {
                Verdict::Illegal { why: Illegal::UnknownEnding { said, last: self.endings } }
            }
            State::Ended { ending, at, is_processing: true } if said == self.endings => self
                .change(State::Ended { ending, at, is_processing: false })
                .and(Effect::TellDependants(Some(ending)))
                .and(Effect::CountSchedule)
                .verdict(),
            State::Ended { .. }
            | State::UnderConstruction
            | State::Held { .. }
            | State::Waiting { .. }
            | State::ToBeSkipped
            | State::Ready
            | State::Live(_) => Stale,
        }
    }

    pub(super) fn to(&self, state: State) -> Verdict {
        self.change(state).verdict()
    }

    pub(super) fn change(&self, state: State) -> Change {
        Change { next: Self { state, ..*self }, effects: Vec::new() }
    }
}

/// A verdict that is being put together.
#[derive(Debug, Clone)]
pub(super) struct Change {
    next: Job,
    effects: Vec<Effect>,
}

impl Change {
    pub(super) fn and(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }

    pub(super) fn and_if(self, condition: bool, effect: Effect) -> Self {
        if condition { self.and(effect) } else { self }
    }

    pub(super) fn after(mut self, mut effects: Vec<Effect>) -> Self {
        effects.append(&mut self.effects);
        self.effects = effects;
        self
    }

    pub(super) fn verdict(self) -> Verdict {
        Verdict::Advance { next: self.next, effects: self.effects }
    }
}

//! What is asked of a job by people and events, and how a job ends.

use jiff::Timestamp;

use super::lifecycle::Change;
use super::{
    Context, Effect, Ending, Failure, Illegal, Job, Kill, Kind, Live, Notice, Reason, State,
    SubscheduleRestart, Verdict,
};
use crate::action::{self, Action};
use crate::event::JobStatusTrigger as Trigger;

impl Job {
    /// The action table decides whether; this, what follows.
    pub(super) fn asked(
        &self,
        action: Action,
        subschedule: SubscheduleRestart,
        cx: &Context<'_>,
    ) -> Verdict {
        if let Err(refusal) = action::decide(action, self.status(), cx.facts()) {
            return Verdict::Illegal { why: Illegal::Action(refusal) };
        }
        match action {
            Action::Hold => {
                Self { is_forced: false, ..*self }.change(State::Held { since: cx.now }).verdict()
            }
            Action::Release => self.to(State::Waiting { reason: Reason::Released }),
            Action::Cancel => self.end(Ending::Cancelled, cx).verdict(),
            Action::Skip => self.back_to(State::ToBeSkipped).verdict(),
            Action::Start if cx.policy.kind == Kind::Null => self.null_again(false, cx),
            // In a schedule that was closed it would never start.
            Action::Start => Self { is_forced: true, not_before: None, ..*self }
                .back_to(State::Ready)
                .and_if(!matches!(self.state, State::Ended { .. }), Effect::ReopenSchedule)
                .verdict(),
            Action::Kill => self.killed(),
            Action::Restart => self.restarted(QUALIFYING, false, subschedule, cx),
            Action::RestartOnHold => {
                let held = State::Held { since: cx.now };
                self.restarted(held, false, subschedule, cx)
            }
            Action::ForceRestart if cx.policy.kind == Kind::Null => self.null_again(true, cx),
            Action::ForceRestart => self.restarted(State::Ready, true, subschedule, cx),
            Action::MarkFinishedOk => self.end(Ending::MarkedFinishedOk, cx).verdict(),
            Action::MarkFailed => self.end(Ending::Failed(Failure::MarkedFailed), cx).verdict(),
            Action::MarkUnderReview | Action::MarkFixed => self.reviewed(action, cx),
        }
    }

    /// Another start time takes a hold, a skip and lateness away, and restarts what has ended
    /// (`$JOB:RESCHEDULE`).
    pub(super) fn rescheduled(
        &self,
        not_before: Timestamp,
        on_hold: bool,
        cx: &Context<'_>,
    ) -> Verdict {
        if let Err(why) = action::may_be_rescheduled(self.status()) {
            return Verdict::Illegal { why: Illegal::Reschedule(why) };
        }
        let state = if on_hold { State::Held { since: cx.now } } else { QUALIFYING };
        let has_ended = matches!(self.state, State::Ended { .. });
        let job = Self { is_late_to_start: false, is_late_to_finish: false, ..*self };
        Self { is_forced: false, retries: 0, not_before: Some(not_before), ..job }
            .back_to(state)
            .and_if(has_ended, Effect::Notify(Notice::Restarted))
            .verdict()
    }

    fn restarted(
        &self,
        state: State,
        is_forced: bool,
        subschedule: SubscheduleRestart,
        cx: &Context<'_>,
    ) -> Verdict {
        // A restart of one that was to be skipped takes the skip back, and not the time that it waits for.
        let not_before = self.not_before.filter(|_| !is_forced);
        Self { is_forced, not_before, retries: 0, is_late_to_finish: false, ..*self }
            .back_to(state)
            .and_if(cx.policy.kind == Kind::Container, Effect::PrepareSubschedule(subschedule))
            .and(Effect::Notify(Notice::Restarted))
            .verdict()
    }

    /// A null job that is started or restarted by force has run by then.
    fn null_again(&self, is_restart: bool, cx: &Context<'_>) -> Verdict {
        let Verdict::Advance { next, effects } = self.null_run(cx) else { return Verdict::Stale };
        let mut all = self.taken_back();
        if is_restart {
            all.push(Effect::Notify(Notice::Restarted));
        }
        all.extend(effects);
        Verdict::Advance { next, effects: all }
    }

    /// Leaves an end, if it had come to one.
    fn back_to(&self, state: State) -> Change {
        self.change(state).after(self.taken_back())
    }

    fn taken_back(&self) -> Vec<Effect> {
        match self.state {
            State::Ended { .. } => vec![Effect::TellDependants(None), Effect::ReopenSchedule],
            State::UnderConstruction
            | State::Held { .. }
            | State::Waiting { .. }
            | State::ToBeSkipped
            | State::Ready
            | State::Live(_) => Vec::new(),
        }
    }

    fn killed(&self) -> Verdict {
        let Some(live) = self.live() else { return Verdict::Stale };
        match live.kill {
            Kill::Requested => Verdict::Stale,
            // Sent and without effect so far: it is sent once more.
            Kill::None | Kill::Sent => self
                .change(State::Live(Live { kill: Kill::Requested, ..live }))
                .and(Effect::Kill { attempt: live.attempt })
                .and(Effect::Notify(Notice::ToBeKilled))
                .verdict(),
        }
    }

    fn reviewed(&self, action: Action, cx: &Context<'_>) -> Verdict {
        let State::Ended { ending: Ending::Failed(failure) | Ending::UnderReview(failure), .. } =
            self.state
        else {
            return Verdict::Stale;
        };
        let ending = match action {
            Action::MarkFixed => Ending::Fixed(failure),
            _ => Ending::UnderReview(failure),
        };
        self.end(ending, cx).verdict()
    }

    /// The end, with all that follows from it. An attempt that is under way is over with it.
    pub(super) fn end(&self, ending: Ending, cx: &Context<'_>) -> Change {
        let endings = self.endings.saturating_add(1);
        let is_processing = ending.has_processing();
        let job =
            Self { endings, not_before: None, is_forced: false, is_late_to_start: false, ..*self };
        let mut change = job.change(State::Ended { ending, at: cx.now, is_processing });
        if let Some(live) = self.live() {
            let attempt = live.attempt;
            change = change
                .and_if(is_declared(ending), Effect::StopFollowing { attempt })
                .and(Effect::Vacate { attempt });
        }
        let (is_recorded, trigger, notice) = consequences(ending);
        change = change.and_if(is_recorded, self.record(ending, cx));
        if let Some(trigger) = trigger {
            change = change.and(Effect::Fire(trigger));
        }
        change = change.and(Effect::Notify(notice));
        if is_processing {
            change.and(Effect::ProcessEvents { ending: endings })
        } else {
            change.and(Effect::TellDependants(Some(ending))).and(Effect::CountSchedule)
        }
    }

    /// The row of history for an attempt that is over now; for a job that never started, start and end
    /// are now (`opcon-domain 1.10`).
    pub(super) fn record(&self, ending: Ending, cx: &Context<'_>) -> Effect {
        let live = self.live();
        Effect::Record {
            attempt: live.map(|live| live.attempt),
            started: live.and_then(|live| live.started_at).unwrap_or(cx.now),
            ended: cx.now,
            ending,
        }
    }
}

const QUALIFYING: State = State::Waiting { reason: Reason::Qualifying };

/// Whether somebody said so, while the attempt may go on.
fn is_declared(ending: Ending) -> bool {
    matches!(ending, Ending::MarkedFinishedOk | Ending::Failed(Failure::MarkedFailed))
}

/// Whether an ending enters history (`opcon-domain 1.13`), what it fires, and what is told.
///
/// No source says whether a job that could not be started fires its *Failed* events. It does here: who
/// attaches an alarm to failures wants to hear of these, too.
const fn consequences(ending: Ending) -> (bool, Option<Trigger>, Notice) {
    match ending {
        Ending::FinishedOk => (true, Some(Trigger::FinishedOk), Notice::FinishedOk),
        Ending::MarkedFinishedOk => (true, Some(Trigger::FinishedOk), Notice::MarkedFinishedOk),
        Ending::Failed(Failure::Failed) => (true, Some(Trigger::Failed), Notice::Failed),
        Ending::Failed(Failure::MarkedFailed) => {
            (true, Some(Trigger::Failed), Notice::MarkedFailed)
        }
        Ending::Failed(Failure::InitializationError) => {
            (true, Some(Trigger::Failed), Notice::InitializationError)
        }
        Ending::Skipped => (true, Some(Trigger::Skipped), Notice::Skipped),
        Ending::Cancelled => (false, None, Notice::Cancelled),
        Ending::MissedStartTime => {
            (false, Some(Trigger::MissedLatestStartTime), Notice::MissedStartTime)
        }
        Ending::UnderReview(_) => (false, None, Notice::UnderReview),
        Ending::Fixed(_) => (false, None, Notice::Fixed),
    }
}

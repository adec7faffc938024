//! What becomes of an attempt that is under way.

use jiff::{SignedDuration, Timestamp};

use super::lifecycle::{Change, Context, PRERUN_RETRY_SECONDS};
use super::{
    Effect, Ending, Exit, Failure, Illegal, Job, Kill, Kind, Live, News, Notice, Reason, Stage,
    State, SubscheduleRestart, Verdict,
};
use crate::criteria::Outcome;
use crate::event::JobStatusTrigger as Trigger;
use crate::time::later;

use Verdict::Stale;

impl Job {
    pub(super) fn live_news(&self, live: Live, news: News, cx: &Context<'_>) -> Verdict {
        match live.stage {
            Stage::Preparing => self.while_preparing(live, news, cx),
            Stage::Submitted { is_still_attempting } => {
                self.while_submitted(live, is_still_attempting, news, cx)
            }
            Stage::Unknown { is_still_attempting } => {
                self.while_unknown(live, is_still_attempting, news, cx)
            }
            Stage::Prerun => self.while_prerun(live, news, cx),
            Stage::Running => self.while_running(live, news, cx),
        }
    }

    fn while_preparing(&self, live: Live, news: News, cx: &Context<'_>) -> Verdict {
        let attempt = live.attempt;
        match news {
            News::StartPrepared => self
                .at(live, Stage::Submitted { is_still_attempting: false })
                .and(Effect::Start { attempt })
                .and(Effect::Notify(Notice::Submitted))
                .verdict(),
            News::StartNotPrepared => Self { is_forced: false, ..*self }
                .change(State::Held { since: cx.now })
                .and(Effect::Vacate { attempt })
                .verdict(),
            News::StartRefused => self.not_started(cx),
            News::StartAccepted
            | News::StartUnknown
            | News::StartFound
            | News::StartNotFound
            | News::PrerunStarted
            | News::PrerunOk
            | News::PrerunFailed
            | News::Running
            | News::Exited(_) => Verdict::Illegal { why: Illegal::NotSent { attempt } },
            News::StillAttempting
            | News::MaxRunTimeExceeded
            | News::KillSent
            | News::KillFailed => Stale,
        }
    }

    fn while_submitted(
        &self,
        live: Live,
        is_still_attempting: bool,
        news: News,
        cx: &Context<'_>,
    ) -> Verdict {
        match news {
            News::StartRefused => self.not_started(cx),
            News::StartUnknown => self
                .at(live, Stage::Unknown { is_still_attempting })
                .and(Effect::FindOut { attempt: live.attempt })
                .verdict(),
            News::StillAttempting if is_still_attempting => Stale,
            News::StillAttempting => {
                self.still_attempting(live, Stage::Submitted { is_still_attempting: true })
            }
            News::PrerunStarted => self.at(live, Stage::Prerun).verdict(),
            News::PrerunFailed => self.prerun_failed(live, cx),
            News::Running => self.runs(live, cx),
            News::KillSent | News::KillFailed => self.kill_news(live, news),
            News::Exited(exit) => self.exited(live, exit, cx),
            News::StartPrepared
            | News::StartNotPrepared
            | News::StartAccepted
            | News::StartFound
            | News::StartNotFound
            | News::PrerunOk
            | News::MaxRunTimeExceeded => Stale,
        }
    }

    /// Any sign of life settles the question; only a search that is sure settles it the other way.
    fn while_unknown(
        &self,
        live: Live,
        is_still_attempting: bool,
        news: News,
        cx: &Context<'_>,
    ) -> Verdict {
        match news {
            News::StartAccepted | News::StartFound | News::PrerunOk => {
                self.at(live, Stage::Submitted { is_still_attempting }).verdict()
            }
            News::StartNotFound => self.never_arrived(live, cx),
            News::StartRefused => self.not_started(cx),
            News::StillAttempting if is_still_attempting => Stale,
            News::StillAttempting => {
                self.still_attempting(live, Stage::Unknown { is_still_attempting: true })
            }
            News::PrerunStarted => self.at(live, Stage::Prerun).verdict(),
            News::PrerunFailed => self.prerun_failed(live, cx),
            News::Running => self.runs(live, cx),
            News::KillSent | News::KillFailed => self.kill_news(live, news),
            News::Exited(exit) => self.exited(live, exit, cx),
            News::StartPrepared
            | News::StartNotPrepared
            | News::StartUnknown
            | News::MaxRunTimeExceeded => Stale,
        }
    }

    fn while_prerun(&self, live: Live, news: News, cx: &Context<'_>) -> Verdict {
        match news {
            News::PrerunOk => {
                self.at(live, Stage::Submitted { is_still_attempting: false }).verdict()
            }
            News::PrerunFailed => self.prerun_failed(live, cx),
            News::Running => self.runs(live, cx),
            News::KillSent | News::KillFailed => self.kill_news(live, news),
            News::Exited(exit) => self.exited(live, exit, cx),
            News::StartPrepared
            | News::StartNotPrepared
            | News::StartAccepted
            | News::StartRefused
            | News::StartUnknown
            | News::StartFound
            | News::StartNotFound
            | News::StillAttempting
            | News::PrerunStarted
            | News::MaxRunTimeExceeded => Stale,
        }
    }

    fn while_running(&self, live: Live, news: News, cx: &Context<'_>) -> Verdict {
        match news {
            News::MaxRunTimeExceeded if live.has_exceeded => Stale,
            News::MaxRunTimeExceeded => self
                .change(State::Live(Live { has_exceeded: true, ..live }))
                .and(Effect::Fire(Trigger::ExceededMaxRunTime))
                .and(Effect::Notify(Notice::ExceededMaxRunTime))
                .verdict(),
            News::KillSent | News::KillFailed => self.kill_news(live, news),
            News::Exited(exit) => self.exited(live, exit, cx),
            // Its agent has said that it has it, and not that its pre-run comes first.
            News::PrerunFailed => self.prerun_failed(live, cx),
            News::StartPrepared
            | News::StartNotPrepared
            | News::StartAccepted
            | News::StartRefused
            | News::StartUnknown
            | News::StartFound
            | News::StartNotFound
            | News::StillAttempting
            | News::PrerunStarted
            | News::PrerunOk
            | News::Running => Stale,
        }
    }

    fn still_attempting(&self, live: Live, stage: Stage) -> Verdict {
        self.at(live, stage)
            .and(Effect::Fire(Trigger::JobStillAttemptingStart))
            .and(Effect::Notify(Notice::StillAttempting))
            .verdict()
    }

    fn kill_news(&self, live: Live, news: News) -> Verdict {
        let kill = match (news, live.kill) {
            (News::KillSent, Kill::Requested) => Kill::Sent,
            (News::KillFailed, Kill::Requested | Kill::Sent) => Kill::None,
            _ => return Stale,
        };
        self.to(State::Live(Live { kill, ..live }))
    }

    fn runs(&self, live: Live, cx: &Context<'_>) -> Verdict {
        let live = Live { stage: Stage::Running, started_at: Some(cx.now), ..live };
        self.change(State::Live(live)).and(Effect::Notify(Notice::Running)).verdict()
    }

    fn prerun_failed(&self, live: Live, cx: &Context<'_>) -> Verdict {
        if live.kill != Kill::None {
            return self.end(Ending::Failed(Failure::Failed), cx).verdict();
        }
        let wait = SignedDuration::from_secs(PRERUN_RETRY_SECONDS);
        let at = cx.now.checked_add(wait).unwrap_or(Timestamp::MAX);
        Self { not_before: Some(at), ..*self }
            .change(State::Waiting { reason: Reason::PrerunFailed })
            .and(Effect::Vacate { attempt: live.attempt })
            .and(Effect::Notify(Notice::PrerunFailed))
            .verdict()
    }

    fn not_started(&self, cx: &Context<'_>) -> Verdict {
        self.end(Ending::Failed(Failure::InitializationError), cx).verdict()
    }

    /// The attempt is over without ever having begun: the job may be started again, unless it was to
    /// be killed.
    fn never_arrived(&self, live: Live, cx: &Context<'_>) -> Verdict {
        if live.kill != Kill::None {
            return self.end(Ending::Failed(Failure::Failed), cx).verdict();
        }
        let state = if self.is_forced {
            State::Ready
        } else {
            State::Waiting { reason: Reason::Qualifying }
        };
        self.change(state).and(Effect::Vacate { attempt: live.attempt }).verdict()
    }

    fn exited(&self, live: Live, exit: Exit, cx: &Context<'_>) -> Verdict {
        let is_good = match exit {
            Exit::Code(code) => cx.policy.criteria.decide(code) == Outcome::FinishOk,
            Exit::NoCode | Exit::Killed => false,
            Exit::Subschedule { failed_jobs } => failed_jobs == 0,
        };
        // Who kills a job does not want it back: neither retry nor recurrence.
        let is_last = exit == Exit::Killed || live.kill != Kill::None;
        if is_good {
            self.good_run(Some(live), is_last, cx).verdict()
        } else {
            self.bad_run(live, is_last, cx)
        }
    }

    fn bad_run(&self, live: Live, is_last: bool, cx: &Context<'_>) -> Verdict {
        let ending = Ending::Failed(Failure::Failed);
        match cx.policy.retry {
            Some(retry) if !is_last && self.retries < retry.maximum_attempts => {
                let at = later(cx.now, retry.minutes_between.into());
                Self { retries: self.retries + 1, not_before: Some(at), ..*self }
                    .change(State::Waiting { reason: Reason::StartTime })
                    .and(Effect::Vacate { attempt: live.attempt })
                    .and(self.record(ending, cx))
                    .and_if(cx.policy.kind == Kind::Container, set_back())
                    .verdict()
            }
            Some(_) | None => self.end(ending, cx).verdict(),
        }
    }

    /// A run that ended well: the next one of a recurrence, or the end. `live` is none for a null job.
    fn good_run(&self, live: Option<Live>, is_last: bool, cx: &Context<'_>) -> Change {
        let job = Self { runs: self.runs.saturating_add(1), retries: 0, ..*self };
        let started = live.and_then(|live| live.started_at).unwrap_or(cx.now);
        let next = if is_last { None } else { cx.policy.repeat.next(&job, started, cx.now) };
        let Some(next) = next else { return job.end(Ending::FinishedOk, cx) };
        let record = self.record(Ending::FinishedOk, cx);
        let job = Self {
            instances_used: next.instances_used,
            not_before: Some(next.at),
            is_forced: false,
            ..job
        };
        let mut change = job.change(State::Waiting { reason: Reason::StartTime });
        if let Some(live) = live {
            change = change.and(Effect::Vacate { attempt: live.attempt });
        }
        change
            .and(record)
            .and(Effect::Fire(Trigger::FinishedOk))
            .and(Effect::Notify(Notice::FinishedOk))
            .and(Effect::ProcessRunEvents { attempt: job.attempts })
            .and_if(cx.policy.kind == Kind::Container, set_back())
    }

    /// A null job runs in no time.
    pub(super) fn null_run(&self, cx: &Context<'_>) -> Verdict {
        let attempts = self.attempts.saturating_add(1);
        Self { attempts, is_late_to_start: false, ..*self }.good_run(None, false, cx).verdict()
    }

    fn at(&self, live: Live, stage: Stage) -> Change {
        self.change(State::Live(Live { stage, ..live }))
    }
}

/// What a retry or a recurrence does with a subschedule.
fn set_back() -> Effect {
    Effect::PrepareSubschedule(SubscheduleRestart::RestartAll)
}

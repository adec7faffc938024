//! The life of a daily job as Markdown, for the reference in the documents.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use super::{
    BuiltAs, Context, Effect, Ending, Event, Exit, Failure, Job, Kill, Kind, Live, News, Policy,
    Qualification, Reason, Repeat, Retry, Stage, State, SubscheduleRestart, Verdict,
};
use crate::action::{Action, StartMachine};
use crate::criteria::Criteria;

/// The time of everything in the table.
const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// The number of the attempt that is live in the table.
const ATTEMPT: u32 = 1;

/// Every kind of state, with a name.
pub(super) fn states() -> Vec<(&'static str, Job)> {
    let fresh = Job::new();
    let job = |state| Job { state, ..fresh };
    let waiting = |reason| job(State::Waiting { reason });
    let tried = Job { attempts: ATTEMPT, ..fresh };
    let live = |stage, kill| Job {
        state: State::Live(Live {
            attempt: ATTEMPT,
            stage,
            requested_at: NOW,
            started_at: (stage == Stage::Running).then_some(NOW),
            kill,
            has_exceeded: false,
        }),
        ..tried
    };
    let ended = |ending: Ending, is_processing| Job {
        state: State::Ended { ending, at: NOW, is_processing },
        endings: 1,
        ..tried
    };
    let not_before = NOW.checked_add(SignedDuration::from_mins(1)).ok();
    let again = |job| Job { attempts: ATTEMPT, not_before, ..job };
    let sent = |is_still_attempting| Stage::Submitted { is_still_attempting };
    let unknown = Stage::Unknown { is_still_attempting: false };
    vec![
        ("under construction", fresh),
        ("on hold", job(State::Held { since: NOW })),
        ("qualifying", waiting(Reason::Qualifying)),
        ("waits for its start time", waiting(Reason::StartTime)),
        ("waits for a machine", waiting(Reason::Machine)),
        ("late to start", Job { is_late_to_start: true, ..waiting(Reason::JobDependency) }),
        ("waits for its next try", again(waiting(Reason::StartTime))),
        ("pre-run failed", again(waiting(Reason::PrerunFailed))),
        ("to be skipped", job(State::ToBeSkipped)),
        ("to be skipped, waits for a time", Job { not_before, ..job(State::ToBeSkipped) }),
        ("ready", job(State::Ready)),
        ("ready, forced", Job { is_forced: true, ..job(State::Ready) }),
        ("being prepared", live(Stage::Preparing, Kill::None)),
        ("sent", live(sent(false), Kill::None)),
        ("sent, no answer", live(sent(true), Kill::None)),
        ("sent, fate unknown", live(unknown, Kill::None)),
        ("sent, fate unknown, to be killed", live(unknown, Kill::Requested)),
        ("pre-run runs", live(Stage::Prerun, Kill::None)),
        ("running", live(Stage::Running, Kill::None)),
        ("running, late", Job { is_late_to_finish: true, ..live(Stage::Running, Kill::None) }),
        ("running, kill requested", live(Stage::Running, Kill::Requested)),
        ("running, kill sent", live(Stage::Running, Kill::Sent)),
        ("finished OK, processing events", ended(Ending::FinishedOk, true)),
        ("finished OK", ended(Ending::FinishedOk, false)),
        ("marked finished OK", ended(Ending::MarkedFinishedOk, false)),
        ("failed", ended(Ending::Failed(Failure::Failed), false)),
        ("initialization error", ended(Ending::Failed(Failure::InitializationError), false)),
        ("skipped", ended(Ending::Skipped, false)),
        ("cancelled", ended(Ending::Cancelled, false)),
        ("missed its start", ended(Ending::MissedStartTime, false)),
        ("under review", ended(Ending::UnderReview(Failure::Failed), false)),
        ("fixed", ended(Ending::Fixed(Failure::Failed), false)),
    ]
}

/// Every kind of event, with a name; messages are those of the attempt and the ending in [`states`].
pub(super) fn events() -> Vec<(String, Event)> {
    let tested = |qualification| Event::Tested(qualification);
    let mut all: Vec<(String, Event)> = vec![
        ("built, released".into(), Event::Built(BuiltAs::Released)),
        ("built on hold".into(), Event::Built(BuiltAs::OnHold)),
        ("built to be skipped".into(), Event::Built(BuiltAs::ToBeSkipped)),
        ("test: qualified".into(), tested(Qualification::Qualified)),
        ("test: latest start passed".into(), tested(Qualification::Missed)),
        ("test: waits for a job".into(), tested(Qualification::Waiting(Reason::JobDependency))),
        ("test: waits for a machine".into(), tested(Qualification::Waiting(Reason::Machine))),
        ("start requested".into(), Event::StartRequested { attempt: ATTEMPT }),
        ("late to start".into(), Event::LateToStart),
        ("late to finish".into(), Event::LateToFinish),
        ("events processed".into(), Event::EventsProcessed { ending: 1 }),
        ("rescheduled".into(), Event::Rescheduled { not_before: NOW, on_hold: false }),
        ("rescheduled on hold".into(), Event::Rescheduled { not_before: NOW, on_hold: true }),
    ];
    all.extend(
        news()
            .into_iter()
            .map(|(name, news)| (name.to_owned(), Event::News { attempt: ATTEMPT, news })),
    );
    all.extend(Action::ALL.into_iter().map(|action| {
        let subschedule = SubscheduleRestart::Rebuild;
        (format!("*{action}*"), Event::Asked { action, subschedule })
    }));
    all
}

/// Every kind of news, with a name.
pub(super) fn news() -> Vec<(&'static str, News)> {
    vec![
        ("start prepared", News::StartPrepared),
        ("start not prepared", News::StartNotPrepared),
        ("start accepted", News::StartAccepted),
        ("start refused", News::StartRefused),
        ("start unknown", News::StartUnknown),
        ("found", News::StartFound),
        ("not found", News::StartNotFound),
        ("no answer yet", News::StillAttempting),
        ("pre-run started", News::PrerunStarted),
        ("pre-run OK", News::PrerunOk),
        ("pre-run failed", News::PrerunFailed),
        ("runs", News::Running),
        ("longer than max run time", News::MaxRunTimeExceeded),
        ("kill sent", News::KillSent),
        ("kill failed", News::KillFailed),
        ("exit, good", News::Exited(Exit::Code(0))),
        ("exit, bad", News::Exited(Exit::Code(1))),
        ("exit, killed", News::Exited(Exit::Killed)),
    ]
}

/// The definition of the job in the table.
pub(super) fn policy() -> Policy {
    Policy { kind: Kind::Task, retry: None, repeat: Repeat::None, criteria: Criteria::default() }
}

fn context(policy: &Policy) -> Context<'_> {
    Context { policy, start_machine: Some(StartMachine { allows_kill: true }), now: NOW }
}

/// What an event makes of a state, in one cell.
pub(super) fn cell(job: &Job, event: &Event, policy: &Policy) -> Option<String> {
    match job.on(event, &context(policy)) {
        Verdict::Advance { next, effects } => {
            let effects: Vec<_> = effects.iter().map(effect_name).collect();
            Some(format!("`{}` | {}", next.status(), effects.join(", ")))
        }
        Verdict::Stale | Verdict::Illegal { .. } => None,
    }
}

fn effect_name(effect: &Effect) -> String {
    match effect {
        Effect::Occupy { .. } => "take slot and resources".into(),
        Effect::Vacate { .. } => "give back slot and resources".into(),
        Effect::PrepareStart { .. } => "run *Start Attempted* triggers".into(),
        Effect::Start { .. } => "**start**".into(),
        Effect::FindOut { .. } => "look for it".into(),
        Effect::Kill { .. } => "**kill**".into(),
        Effect::StopFollowing { .. } => "stop following".into(),
        Effect::PrepareSubschedule(_) => "prepare subschedule".into(),
        Effect::Fire(trigger) => format!("fire *{trigger}*"),
        Effect::ProcessEvents { .. } => "process events".into(),
        Effect::ProcessRunEvents { .. } => "process events of the run".into(),
        Effect::Record { .. } => "history".into(),
        Effect::TellDependants(Some(_)) => "tell dependants".into(),
        Effect::TellDependants(None) => "take back from dependants".into(),
        Effect::CountSchedule => "count schedule".into(),
        Effect::ReopenSchedule => "reopen schedule".into(),
        Effect::Notify(notice) => format!("notify {notice:?}"),
    }
}

/// What every event makes of every state, for a task that runs once, and how a run ends that is to be
/// repeated. Printed from [`Job::on`].
pub fn table() -> String {
    let (policy, mut out) = (policy(), String::new());
    for (name, job) in states() {
        let status = job.status();
        let _ =
            writeln!(out, "### {name}: `{status}`\n\n| event | becomes | effects |\n|---|---|---|");
        let (mut stale, mut refused) = (Vec::new(), Vec::new());
        for (name, event) in events() {
            match job.on(&event, &context(&policy)) {
                Verdict::Advance { .. } => {
                    let cell = cell(&job, &event, &policy).unwrap_or_default();
                    let _ = writeln!(out, "| {name} | {cell} |");
                }
                Verdict::Stale => stale.push(name),
                Verdict::Illegal { .. } => refused.push(name),
            }
        }
        let _ = writeln!(out, "\nNothing changes: {}.\n", listed(&stale));
        let _ = writeln!(out, "Refused: {}.\n", listed(&refused));
    }
    out.push_str(&again());
    out
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "no event".to_owned() } else { names.join(", ") }
}

/// How a run ends that is to be repeated.
fn again() -> String {
    let mut out = String::from(
        "### A run that ends\n\n| definition | end | becomes | effects |\n|---|---|---|---|\n",
    );
    let retry = Some(Retry { minutes_between: 1, maximum_attempts: 1 });
    let repeat =
        Repeat::Restart { minutes: 1, from: super::RestartFrom::End, latest: None, runs: Some(2) };
    let running = states().into_iter().find(|(name, _)| *name == "running").map(|(_, job)| job);
    let Some(running) = running else { return out };
    let cases = [
        ("retry, one left", Policy { retry, ..policy() }, running),
        ("retry, used up", Policy { retry, ..policy() }, Job { retries: 1, ..running }),
        ("recurrence, one left", Policy { repeat: repeat.clone(), ..policy() }, running),
        ("recurrence, used up", Policy { repeat, ..policy() }, Job { runs: 1, ..running }),
    ];
    for (definition, policy, job) in &cases {
        for (name, news) in news() {
            let News::Exited(_) = news else { continue };
            let event = Event::News { attempt: ATTEMPT, news };
            let cell = cell(job, &event, policy).unwrap_or_default();
            let _ = writeln!(out, "| {definition} | {name} | {cell} |");
        }
    }
    out
}

//! The life of a daily schedule as Markdown, for the reference in the documents.

use std::fmt::Write as _;

use super::{
    Action, Effect, Event, JobsCounted, ReopenedBy, Resume, Schedule, StartedBy, State, Status,
    Tally, Verdict, decide,
};

/// How one that is held can go on, with what is said of that.
pub(super) const RESUMES: [(&str, Resume); 6] = [
    ("was waiting", Resume::WaitToStart),
    ("was waiting for its container", Resume::WaitContainerJob),
    ("its container has started", Resume::StartByContainer),
    ("was in process", Resume::InProcess { is_reopened: false }),
    ("was open again", Resume::InProcess { is_reopened: true }),
    ("was completed", Resume::Completed),
];

/// Every kind of state, with a name: of those that are held one for each way in which they can go on.
pub(super) fn states() -> Vec<(String, Schedule)> {
    let of = |state| Schedule { state, completions: 1, was_released: true };
    let mut all = vec![
        ("waiting".to_owned(), of(State::WaitToStart)),
        ("waiting for its container".to_owned(), of(State::WaitContainerJob)),
        ("starting".to_owned(), of(State::Starting(StartedBy::Clock))),
        ("started by its container".to_owned(), of(State::Starting(StartedBy::Container))),
        ("in process".to_owned(), of(State::InProcess { is_reopened: false })),
        ("open again".to_owned(), of(State::InProcess { is_reopened: true })),
    ];
    for (said, resume) in RESUMES {
        let on_hold = |is_parent_held| of(State::OnHold { resume, is_parent_held });
        all.push((format!("on hold, {said}"), on_hold(false)));
        all.push((format!("on hold, below one on hold, {said}"), on_hold(true)));
    }
    for (said, resume) in RESUMES {
        all.push((format!("held from above, {said}"), of(State::ParentHold { resume })));
    }
    let completed = |is_processing| of(State::Completed { is_processing });
    all.push(("completed, processing events".to_owned(), completed(true)));
    all.push(("completed".to_owned(), completed(false)));
    all
}

/// Every kind of event, with a name.
pub(super) fn events() -> Vec<(String, Event)> {
    let counted = |open, failed, keep_open| {
        Event::JobsCounted(JobsCounted { tally: Tally { open, failed }, keep_open })
    };
    let added = |is_allowed| Event::JobAdded(ReopenedBy::Event { is_allowed });
    let reopened = |is_allowed| Event::JobReopened(ReopenedBy::Event { is_allowed });
    let mut all: Vec<(String, Event)> = vec![
        ("start time reached".into(), Event::StartTimeReached),
        ("container started".into(), Event::ContainerStarted),
        ("started".into(), Event::Started),
        ("held above".into(), Event::ParentHeld),
        ("released above".into(), Event::ParentReleased),
        ("a job is open".into(), counted(1, 0, false)),
        ("all jobs ended".into(), counted(0, 1, false)),
        ("all jobs ended, failed ones keep it open".into(), counted(0, 1, true)),
        ("job restarted by a user".into(), Event::JobReopened(ReopenedBy::User)),
        ("job restarted by an event that may".into(), reopened(true)),
        ("job restarted by an event that may not".into(), reopened(false)),
        ("job added by an event that may reopen".into(), added(true)),
        ("job added by an event that may not".into(), added(false)),
        ("container restarted".into(), Event::ContainerRestarted),
        ("events processed".into(), Event::EventsProcessed { completion: 1 }),
    ];
    all.extend(Action::ALL.map(|action| (format!("*{action}*"), Event::Asked(action))));
    all
}

/// Which action is possible in which status, and what every event makes of every state. Printed from
/// [`decide`] and [`Schedule::on`].
pub fn table() -> String {
    let mut out = String::from("| status | category | id |");
    for action in Action::ALL {
        let _ = write!(out, " {action} |");
    }
    let _ = writeln!(out, "\n|---|---|---|{}", "---|".repeat(Action::ALL.len()));
    for &status in Status::ALL {
        let _ = write!(out, "| {status} | {} | {} |", status.category(), status.id());
        for action in Action::ALL {
            let cell = match decide(action, status) {
                Ok(()) => "**yes**".to_owned(),
                Err(refusal) => refusal.why.to_string(),
            };
            let _ = write!(out, " {cell} |");
        }
        out.push('\n');
    }
    for (name, schedule) in states() {
        let _ = writeln!(
            out,
            "\n### {name}: `{}`\n\n| event | becomes | effects |\n|---|---|---|",
            schedule.status()
        );
        for (name, event) in events() {
            let _ = writeln!(out, "| {name} | {} |", cell(schedule, &event));
        }
    }
    out
}

/// What an event makes of a state, in two cells.
pub(super) fn cell(schedule: Schedule, event: &Event) -> String {
    match schedule.on(event) {
        Verdict::Advance { next, effects } => {
            let effects: Vec<_> = effects.iter().map(|effect| effect_name(*effect)).collect();
            format!("`{}` | {}", next.status(), effects.join(", "))
        }
        Verdict::Stale => "· |".to_owned(),
        Verdict::Illegal { why } => format!("refused | {why}"),
    }
}

fn effect_name(effect: Effect) -> String {
    let name = match effect {
        Effect::Notify(notice) => return format!("notify {notice:?}"),
        Effect::WorkOutStartTimes => "work out start times",
        Effect::TestJobs => "test jobs",
        Effect::HoldSubschedules => "hold subschedules",
        Effect::ReleaseSubschedules => "release subschedules",
        Effect::CountJobs => "count jobs",
        Effect::RunCompletionEvents { .. } => "run completion events",
        Effect::Record => "history",
        Effect::TellContainer { .. } => "tell container",
    };
    name.to_owned()
}

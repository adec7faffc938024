//! What an integration may say. Its texts are stored and shown, so that none may fill the database or a screen; what would change the
//! meaning of an answer by being cut is refused instead.

use std::time::Duration;

use crate::call::Answer;
use crate::{
    CallError, Cancelled, Communication, Found, Info, LogFile, Reports, Started, State, TaskStatus,
};

/// Longest text for people, in characters; the rest is cut off.
const TEXT_CHARS_MAX: usize = 2000;
/// Longest name of a connector, an application, a task type or a language, in bytes.
const NAME_BYTES_MAX: usize = 64;
/// Most applications, task types and languages, each.
const NAMES_MAX: usize = 64;
/// Longest cursor and place in a log, in bytes.
const PLACE_BYTES_MAX: usize = 4096;
/// Longest name of a log, in bytes.
const LOG_NAME_BYTES_MAX: usize = 255;
/// Most logs of a task.
const LOGS_MAX: usize = 100;
/// Most warnings of an agent.
const WARNINGS_MAX: usize = 20;
/// Most mistakes in settings that are told.
pub(crate) const PROBLEMS_MAX: usize = 100;
/// Longest pause before the next question; who wants a longer one is asked in vain.
const AGAIN_MAX: Duration = Duration::from_mins(5);

/// Says what is wrong with what a plug-in says of itself.
pub(crate) fn check_info(info: &Info) -> Result<(), String> {
    if info.applications.is_empty() {
        return Err("it knows no kind of agents (`applications` is empty)".to_owned());
    }
    let types = info.task_types.iter().map(|each| &each.name);
    let lists = [info.applications.len(), info.task_types.len(), info.languages.len()];
    if lists.into_iter().any(|count| count > NAMES_MAX) {
        return Err(format!("a list of it has more than {NAMES_MAX} names"));
    }
    let titles = info.task_types.iter().map(|each| &each.title);
    let names = [&info.name, &info.version].into_iter().chain(&info.applications);
    for name in names.chain(types).chain(&info.languages).chain(titles) {
        if name.is_empty() || name.len() > NAME_BYTES_MAX || name.chars().any(char::is_control) {
            return Err(format!(
                "a name of it is empty, longer than {NAME_BYTES_MAX} bytes or has control characters"
            ));
        }
    }
    Ok(())
}

/// An answer with its texts cut to what is kept of them.
///
/// # Errors
/// What is too long in it and cannot be cut.
pub(crate) fn within_limits(mut answer: Answer) -> Result<Answer, String> {
    match &mut answer {
        Answer::Heartbeat(Communication::Communicating { version, warnings }) => {
            shorten(version);
            warnings.truncate(WARNINGS_MAX);
            warnings.iter_mut().for_each(shorten);
        }
        Answer::Heartbeat(Communication::NotCommunicating { why })
        | Answer::Start(
            Started::Refused { why } | Started::NotSent { why } | Started::Unknown { why },
        )
        | Answer::Find(Found::NotNow { why } | Found::Cannot { why })
        | Answer::Cancel(Cancelled::Refused { why }) => shorten(why),
        Answer::Start(Started::Running { state }) | Answer::Find(Found::Running { state }) => {
            check_state(state)?;
        }
        Answer::Start(Started::Ended { state, end }) => {
            check_state(state)?;
            shorten(&mut end.description);
        }
        Answer::Find(Found::Never)
        | Answer::Cancel(Cancelled::Sent | Cancelled::TooLate)
        | Answer::Delete => {}
        Answer::Watch(reports) => check_reports(reports)?,
        Answer::Logs(logs) => check_logs(logs)?,
        Answer::ReadLog(part) => check_place(&part.next)?,
        Answer::Failed(CallError { message, .. }) => shorten(message),
    }
    Ok(answer)
}

fn check_reports(reports: &mut Reports) -> Result<(), String> {
    reports.again_after = reports.again_after.min(AGAIN_MAX);
    if let Some(cursor) = &reports.cursor {
        check_place(cursor)?;
    }
    for report in &mut reports.reports {
        if let Some(state) = &report.state {
            check_state(state)?;
        }
        match &mut report.status {
            TaskStatus::Waiting { phase, .. } | TaskStatus::Running { phase, .. } => shorten(phase),
            TaskStatus::PreRun => {}
            TaskStatus::Ended(end) => shorten(&mut end.description),
            TaskStatus::Lost { why } => shorten(why),
        }
    }
    Ok(())
}

fn check_logs(logs: &[LogFile]) -> Result<(), String> {
    if logs.len() > LOGS_MAX {
        return Err(format!("with more than {LOGS_MAX} logs of one task"));
    }
    let is_name = |name: &str| {
        !name.is_empty()
            && name.len() <= LOG_NAME_BYTES_MAX
            && !name.chars().any(|sign| sign.is_control() || matches!(sign, '/' | '\\'))
    };
    if logs.iter().all(|log| is_name(&log.name)) {
        return Ok(());
    }
    Err(format!(
        "with a log whose name is empty, longer than {LOG_NAME_BYTES_MAX} bytes or no plain name"
    ))
}

fn check_state(state: &State) -> Result<(), String> {
    if state.0.len() > State::BYTES_MAX {
        return Err(format!("with a `state` longer than {} bytes", State::BYTES_MAX));
    }
    if state.0.contains('\0') {
        return Err("with a zero character in a `state`".to_owned());
    }
    Ok(())
}

fn check_place(place: &str) -> Result<(), String> {
    if place.len() > PLACE_BYTES_MAX {
        return Err(format!("with a `cursor` or `next` longer than {PLACE_BYTES_MAX} bytes"));
    }
    if place.contains('\0') {
        return Err("with a zero character in a `cursor` or `next`".to_owned());
    }
    Ok(())
}

/// Cuts a text for people, and says so.
pub(crate) fn shorten(text: &mut String) {
    if let Some((at, _)) = text.char_indices().nth(TEXT_CHARS_MAX) {
        text.truncate(at);
        text.push('…');
    }
    if text.contains('\0') {
        // No database keeps it.
        *text = text.replace('\0', "\u{fffd}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{End, LogPart, Report, TaskType};

    fn info() -> Info {
        Info {
            name: "sleeper".into(),
            version: "1".into(),
            applications: vec!["Sleeper".into()],
            task_types: vec![TaskType { name: "sleep".into(), title: "Sleep".into() }],
            languages: vec!["en".into()],
            can_find: true,
            can_cancel: true,
            is_local: false,
        }
    }

    #[test]
    fn a_plug_in_that_cannot_be_what_it_says_is_refused() {
        assert_eq!(check_info(&info()), Ok(()));
        let with = |change: fn(&mut Info)| {
            let mut info = info();
            change(&mut info);
            check_info(&info).unwrap_err()
        };
        assert!(with(|info| info.applications.clear()).contains("no kind of agents"));
        assert!(with(|info| info.name.clear()).contains("is empty"));
        assert!(with(|info| info.version = "x".repeat(65)).contains("longer than 64"));
        assert!(with(|info| info.applications[0] = "A\u{1b}[2J".into()).contains("control"));
        assert!(with(|info| info.languages = vec!["en".into(); 65]).contains("more than 64"));
    }

    #[test]
    fn texts_are_cut_and_pauses_are_bounded() {
        let long = "ü".repeat(3000);
        let report = |status| Report { attempt: "K".parse().unwrap(), state: None, status };
        let reports = Reports {
            reports: vec![
                report(TaskStatus::Ended(End::with_code(0, long.clone()))),
                report(TaskStatus::Lost { why: "a\0b".into() }),
            ],
            cursor: None,
            again_after: Duration::MAX,
        };
        let Ok(Answer::Watch(kept)) = within_limits(Answer::Watch(reports)) else { panic!() };
        assert_eq!(kept.again_after, AGAIN_MAX);
        let TaskStatus::Ended(end) = &kept.reports[0].status else { panic!() };
        assert_eq!(end.description.chars().count(), TEXT_CHARS_MAX + 1);
        assert_eq!(kept.reports[1].status, TaskStatus::Lost { why: "a\u{fffd}b".into() });
        let answer = Answer::Start(Started::Unknown { why: long });
        let Ok(Answer::Start(Started::Unknown { why })) = within_limits(answer) else { panic!() };
        assert!(why.ends_with("ü…"));
    }

    #[test]
    fn what_cannot_be_cut_costs_the_answer() {
        let state = State("x".repeat(State::BYTES_MAX + 1));
        let place = "x".repeat(PLACE_BYTES_MAX + 1);
        let log = |name: &str| LogFile { name: name.into(), is_complete: true };
        let part = LogPart { text: String::new(), next: place.clone(), is_end: false };
        let reports = Reports { cursor: Some(place), ..Reports::default() };
        for answer in [
            Answer::Start(Started::Running { state: state.clone() }),
            Answer::Find(Found::Running { state }),
            Answer::Watch(reports),
            Answer::ReadLog(part),
            Answer::Logs(vec![log("../job.log")]),
            Answer::Logs(vec![log("")]),
            Answer::Logs(vec![log("x"); LOGS_MAX + 1]),
            // No database keeps it.
            Answer::Start(Started::Running { state: State("a\0b".into()) }),
            Answer::ReadLog(LogPart { text: String::new(), next: "\0".into(), is_end: false }),
        ] {
            let shown = format!("{answer:?}");
            let shown: String = shown.chars().take(80).collect();
            assert!(within_limits(answer).is_err(), "{shown}");
        }
        let state = State("x".repeat(State::BYTES_MAX));
        assert!(within_limits(Answer::Start(Started::Running { state })).is_ok());
    }
}

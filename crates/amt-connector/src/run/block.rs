//! The head of the job log block, from what this run was asked for.

use super::start::{STATION, SUBMIT_USER, members};
use crate::arguments::{Arguments, JobType};
use amt_client::job_log::{JobLog, Ran};
use amt_protocol::CompletionCode;

/// Everything above the messages.
pub(super) fn head(arguments: &Arguments, server: &str, code: CompletionCode) -> String {
    let text = |given: &Option<String>| given.clone().unwrap_or_default();
    // Only of a start is it known who submits when nothing is said.
    let is_start = arguments.job_type == JobType::Start && arguments.resume.is_none();
    let or = |given: &Option<String>, default: &str| match given {
        Some(given) => given.clone(),
        None if is_start => default.to_owned(),
        None => String::new(),
    };
    let job = text(&arguments.job);
    let mut parameters = members(arguments.parameters.as_deref());
    parameters.extend(members(arguments.task_values.as_deref()));
    let log = JobLog {
        server,
        application: &text(&arguments.application),
        submit_user: &or(&arguments.submit_user, SUBMIT_USER),
        station: &or(&arguments.station, STATION),
        queue: &text(&arguments.queue),
        ran: arguments.file.as_deref().map_or(Ran::Job(&job), Ran::Script),
        parameters: &parameters,
        completion: code.name(),
    };
    log.head()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head_of(line: &[&str]) -> String {
        let read = crate::arguments::parse(line.iter().map(std::ffi::OsString::from)).unwrap();
        head(&read, "http://h:1", CompletionCode::Killed)
    }

    #[test]
    fn what_was_asked_for_stands_above_the_messages() {
        let asked = ["-an", "A", "-jn", "J", "-fn", "/x.sh", "-pa", "P=1;Q", "-tv", "25"];
        let text = head_of(&[&asked[..], &["--queue", "LATE", "--station", "S"]].concat());
        for line in [
            "Server          : http://h:1",
            "Application     : A",
            "Submit User     : BATCH",
            "Station         : S",
            "Queue Name      : LATE",
            "Script Job      : /x.sh",
            "Parameters      : P=1, Q, 25",
            "Completion Code : KILLED",
        ] {
            assert!(text.lines().any(|shown| shown == line), "{line}\n{text}");
        }
    }

    #[test]
    fn what_a_resumed_run_does_not_know_is_empty() {
        let text = head_of(&["--resume", "7"]);
        assert!(text.contains("\nSubmit User     : \nStation         : \n"), "{text}");
        assert!(text.contains("\nBatch Job       : \nParameters      :\n"), "{text}");
    }
}

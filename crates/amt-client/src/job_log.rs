//! The block that goes into a scheduler's job log: what ran, how it ended, and its messages, 75 columns wide
//! (`amt-domain 13.2.3`). Values in, text out.
//!
//! A log may be long, so it comes in three pieces: [`JobLog::head`], a [`message`] at a time, and the [`RULE`].

use crate::observe::masked_value;
use std::fmt::Write;

/// Above and below everything.
pub const RULE: &str =
    "---------------------------------------------------------------------------";
/// Columns of a line that ends in dashes.
const COLUMNS: usize = RULE.len();

/// What ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran<'a> {
    /// A stored job, by its name; empty where it is not known.
    Job(&'a str),
    /// An ad-hoc script, as it was asked for.
    Script(&'a str),
}

/// All that stands above the messages. Values that are not known are empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobLog<'a> {
    /// Address of the server, with scheme and port.
    pub server: &'a str,
    /// The application.
    pub application: &'a str,
    /// The user that submits, such as `BATCH`.
    pub submit_user: &'a str,
    /// The station, such as `OPCON`.
    pub station: &'a str,
    /// The queue that was asked for.
    pub queue: &'a str,
    /// The job or script.
    pub ran: Ran<'a>,
    /// Script parameters and task values. What looks like a secret is masked here.
    pub parameters: &'a [String],
    /// Name of the completion code, such as `DONE`.
    pub completion: &'a str,
}

impl JobLog<'_> {
    /// The lines above the messages, each with its line end.
    pub fn head(&self) -> String {
        let (label, name) = match self.ran {
            Ran::Job(name) => ("Batch Job", name),
            Ran::Script(path) => ("Script Job", path),
        };
        let mut text = format!("{RULE}\n{}", titled("Job Information"));
        for (label, value) in [
            ("Server", self.server),
            ("Application", self.application),
            ("Submit User", self.submit_user),
            ("Station", self.station),
            ("Queue Name", self.queue),
            (label, name),
        ] {
            push(&mut text, format_args!("{label:<16}: {}\n", one_line(value)));
        }
        let parameters: Vec<_> =
            self.parameters.iter().map(|value| one_line(&masked_value(value))).collect();
        let parameters = parameters.join(", ");
        // Alone of all labels it has no blank behind it when there is nothing to say.
        let blank = if parameters.is_empty() { "" } else { " " };
        push(&mut text, format_args!("{:<16}:{blank}{parameters}\n{RULE}\n", "Parameters"));
        push(&mut text, format_args!("Completion Code : {}\n{RULE}\n", one_line(self.completion)));
        text.push_str(&titled("Job Log"));
        text
    }

    /// The whole block.
    pub fn text<'m>(&self, messages: impl IntoIterator<Item = &'m str>) -> String {
        let mut text = self.head();
        for one in messages {
            push(&mut text, format_args!("{}\n", message(one)));
        }
        push(&mut text, format_args!("{RULE}\n"));
        text
    }
}

/// A message as a JSON string, without a line end: it stays one line whatever it holds.
pub fn message(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn titled(title: &str) -> String {
    format!("{title} {}\n", &RULE[..COLUMNS - title.len() - 1])
}

/// No value may look like more lines of the block than it is.
fn one_line(value: &str) -> String {
    value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn push(text: &mut String, piece: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(piece);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: JobLog<'_> = JobLog {
        server: "http://10.1.29.5:9001",
        application: "DEMO2",
        submit_user: "BATCH",
        station: "OPCON",
        queue: "",
        ran: Ran::Job("REPORTTEST01"),
        parameters: &[],
        completion: "DONE",
    };

    #[test]
    fn a_report_that_is_done_looks_like_the_sample() {
        let messages = [
            "Started Rev: 1.3 AMT: 8.0.24223.0. Params: LOADINBATCHCONTROLLER /R:4280 /USEWORKINGDIR",
            "Report test 01 is started",
            "Report test 01 user BATCH",
            "Report test 01 Value param []",
            "Report test 01 is running 0 seconds",
            "Report test 01 is running 10 seconds",
            "Report test 01 is running 20 seconds",
            "Report test 01 test is ended",
            "Report execution time: 00:00:30:229",
            "Done",
        ];
        assert_eq!(SAMPLE.text(messages), include_str!("../tests/golden/job-log-done.txt"));
    }

    #[test]
    fn a_script_that_could_not_be_started_looks_like_the_sample() {
        let log = JobLog {
            ran: Ran::Script(r"F:\Amt\Scripts\DEMO2\RUN_FILENAMETEST.ps1"),
            completion: "ERROR",
            ..SAMPLE
        };
        let messages = [
            "Error starting job []",
            r"[An error occurred trying to start process 'pwsh' with working directory 'F:\AMT\SCRIPTS\DEMO2'. The system cannot find the file specified.]",
        ];
        assert_eq!(log.text(messages), include_str!("../tests/golden/job-log-error.txt"));
    }

    #[test]
    fn a_job_that_was_killed_looks_like_the_sample() {
        let log = JobLog { ran: Ran::Job("LONGRUNNINGREPORT"), completion: "KILLED", ..SAMPLE };
        assert_eq!(log.text([]), include_str!("../tests/golden/job-log-killed.txt"));
    }

    #[test]
    fn parameters_are_listed_and_secrets_are_not() {
        let parameters = ["DAY=1", "", "db_password=hush", "'X'\r\nEnd"].map(str::to_owned);
        let log = JobLog { queue: "LATE", parameters: &parameters, ..SAMPLE };
        let head = log.head();
        assert!(
            head.contains("\nParameters      : DAY=1, , db_password=***, 'X'  End\n"),
            "{head}"
        );
        assert!(head.contains("\nQueue Name      : LATE\n") && !head.contains("hush"), "{head}");
    }

    #[test]
    fn a_message_is_one_line_of_json() {
        let text = "a\"b\\c\nd\tä\u{1}\u{2028}";
        let shown = message(text);
        assert!(!shown.contains('\n'), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
    }
}

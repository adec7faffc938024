//! The job log, in the layout of the agents for Windows (the last of the seeds).

use std::fmt::Write as _;
use std::path::Path;

use batch_runner::spool::Attempt;
use indexmap::IndexMap;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::places::{Note, Outcome};
use crate::secrets::Secrets;
use crate::task::{Invocation, Task};
use crate::words::shown;

/// What the head of a log is made of.
pub(crate) struct Head<'a> {
    pub(crate) name: &'a str,
    pub(crate) task: &'a Task,
    pub(crate) secrets: &'a Secrets,
    /// The program as it was found.
    pub(crate) program: &'a str,
    pub(crate) working_directory: &'a str,
    /// The user's name; none for the agent's own.
    pub(crate) user: Option<&'a str>,
    pub(crate) environment: &'a IndexMap<String, String>,
    pub(crate) now: Timestamp,
    pub(crate) zone: &'a TimeZone,
}

/// The log up to the start of the job.
pub(crate) fn head(head: &Head<'_>) -> String {
    let time = stamp(head.now, head.zone);
    let mut text = String::new();
    let mut line = |words: &str| {
        let _ = writeln!(text, "{time} {}", words.replace(['\n', '\r'], " "));
    };
    let version = env!("CARGO_PKG_VERSION");
    let pid = std::process::id();
    line(&format!(
        "MSLSAM File Version {version} (Ringmaster command agent {version}), PID : {pid}"
    ));
    line("The Job Parameters are ...");
    line(&format!("JobName : {}", head.name));
    let program = head.secrets.text(head.program);
    line(&format!("JobStartImage : {program}"));
    let arguments = head.secrets.arguments(&head.task.runs.arguments);
    line(&format!("JobArguments : {}", shown(&arguments, head.task.is_amt)));
    if let Some(Invocation { program, arguments }) = &head.task.pre_run {
        let arguments = shown(&head.secrets.arguments(arguments), false);
        line(&format!("JobPreRun : {} {arguments}", head.secrets.text(program)));
    }
    line(&format!("WorkingDirectory : {}", head.working_directory));
    line(&format!("Job User : {}", head.user.unwrap_or("Use Service Account")));
    let file = file(&Path::new(head.working_directory).join(head.program), head.zone);
    line(&format!("{program} , File Version : , Product Version : , {file}"));
    line("Job Environment :");
    for (name, value) in head.environment {
        let _ = writeln!(text, "{}", head.secrets.variable(name, value));
    }
    text.push('\n');
    text
}

fn file(path: &Path, zone: &TimeZone) -> String {
    let meta = std::fs::metadata(path).ok();
    let size = meta.as_ref().map_or_else(String::new, |meta| meta.len().to_string());
    let changed = meta
        .and_then(|meta| meta.modified().ok())
        .and_then(|at| Timestamp::try_from(at).ok())
        .map_or_else(String::new, |at| {
            at.to_zoned(zone.clone()).strftime("%-m/%-d/%Y %-I:%M:%S %p").to_string()
        });
    format!("FileSize : {size}, File Modification Time : {changed}")
}

/// The log from the start on, up to the output.
pub(crate) fn tail(note: &Note, attempt: &Attempt, outcome: &Outcome, zone: &TimeZone) -> String {
    let mut text = String::new();
    let child = attempt.child.as_ref();
    let exit = attempt.exit.as_ref();
    let started = child.map(|child| child.started_at).or(exit.map(|exit| exit.started_at));
    if let Some(at) = started {
        let time = stamp(at, zone);
        let _ = writeln!(text, "{time} Job Start Time : {}", clock(at, zone));
        let _ = writeln!(text, "{time} Job Process Name : {}", note.image);
        if let Some(child) = child {
            let _ = writeln!(text, "{time} Job Process Id : {}", child.pid);
        }
        let _ = writeln!(text, "{time} Getting Job Termination Status for Job {}", note.job_id);
    }
    let time = exit.map(|exit| exit.ended_at).or(started).map(|at| stamp(at, zone));
    let time = time.map_or_else(String::new, |time| format!("{time} "));
    match outcome {
        Outcome::Ended(end) => {
            if let Some(code) = end.code {
                let _ = writeln!(text, "{time}Job terminated with Exit Code : {code}");
            }
            if !end.description.is_empty() {
                let _ = writeln!(text, "{time}Job Termination : {}", end.description);
            }
        }
        Outcome::Lost(why) => {
            let _ = writeln!(text, "{time}Job Termination Status is not known : {why}");
        }
    }
    if let Some(exit) = exit {
        if exit.escaped_ended > 0 {
            let count = exit.escaped_ended;
            let _ = writeln!(text, "{time}{count} processes that the job had left were ended");
        }
        let _ = writeln!(text, "{time}Job finished at : {}", clock(exit.ended_at, zone));
    }
    let _ = writeln!(text, "{time}Job Standard Out/Error :");
    text
}

/// `5/18/2017 14:00:10:879`.
fn stamp(at: Timestamp, zone: &TimeZone) -> String {
    let millis = at.as_millisecond().rem_euclid(1000);
    format!("{}:{millis:03}", at.to_zoned(zone.clone()).strftime("%-m/%-d/%Y %H:%M:%S"))
}

/// `140010`.
fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H%M%S").to_string()
}

#[cfg(test)]
mod tests {
    use batch_runner::{ChildRecord, End as RunnerEnd, ExitRecord};
    use connector::End;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_log_of_the_example_has_the_lines_of_the_agents() {
        let arguments =
            ["-jt", "START", "-pa", "'PARAM'", "--password", "hush-hush"].map(String::from);
        let program = "/connectors/asysco.amt/amt".to_owned();
        let task = Task {
            runs: Invocation { program: program.clone(), arguments: arguments.to_vec() },
            is_amt: true,
            working_directory: None,
            batch_user: None,
            environment: IndexMap::new(),
            pre_run: None,
            output_rules: Vec::new(),
        };
        let mut secrets = Secrets::default();
        secrets.add_arguments(&task.runs.arguments);
        let environment =
            IndexMap::from([("A", "1"), ("TOKEN", "x")].map(|(n, v)| (n.to_owned(), v.to_owned())));
        let text = head(&Head {
            name: "TESTRUNPARAM 0000000194",
            task: &task,
            secrets: &secrets,
            program: &program,
            working_directory: "/connectors/asysco.amt",
            user: None,
            environment: &environment,
            now: at("2017-05-18T14:00:10.879Z"),
            zone: &TimeZone::UTC,
        });
        let version = env!("CARGO_PKG_VERSION");
        let pid = std::process::id();
        let time = "5/18/2017 14:00:10:879";
        let expected = format!(
            "{time} MSLSAM File Version {version} (Ringmaster command agent {version}), PID : {pid}\n\
             {time} The Job Parameters are ...\n\
             {time} JobName : TESTRUNPARAM 0000000194\n\
             {time} JobStartImage : /connectors/asysco.amt/amt\n\
             {time} JobArguments : -jt \"START\" -pa \"'PARAM'\" --password \"***\"\n\
             {time} WorkingDirectory : /connectors/asysco.amt\n\
             {time} Job User : Use Service Account\n\
             {time} /connectors/asysco.amt/amt , File Version : , Product Version : , \
             FileSize : , File Modification Time : \n\
             {time} Job Environment :\nA=1\nTOKEN=***\n\n"
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn the_end_of_the_example_has_the_lines_of_the_agents() {
        let note = Note {
            name: "AMT_TEST/TEST_RUN_PARAMETERTESTA".into(),
            job_id: "TESTRUNPARAM 0000000194".into(),
            head: String::new(),
            image: "amt".into(),
            output_rules: Vec::new(),
            is_staged: false,
        };
        let (started_at, ended_at) =
            (at("2017-05-18T14:00:11.191Z"), at("2017-05-18T14:01:35.892Z"));
        let attempt = Attempt {
            runner_pid: Some(1),
            door: None,
            child: Some(ChildRecord { pid: 10080, pgid: 10080, started_at }),
            exit: Some(ExitRecord {
                end: RunnerEnd::Exited { code: 0 },
                started_at,
                ended_at,
                was_killed: false,
                stop: None,
                dropped_bytes: 0,
                escaped_ended: 0,
                is_over_process_limit: false,
                spool_error: None,
            }),
        };
        let end = End::with_code(0, "");
        let text = tail(&note, &attempt, &Outcome::Ended(end), &TimeZone::UTC);
        let expected = "5/18/2017 14:00:11:191 Job Start Time : 140011\n\
             5/18/2017 14:00:11:191 Job Process Name : amt\n\
             5/18/2017 14:00:11:191 Job Process Id : 10080\n\
             5/18/2017 14:00:11:191 Getting Job Termination Status for Job TESTRUNPARAM 0000000194\n\
             5/18/2017 14:01:35:892 Job terminated with Exit Code : 0\n\
             5/18/2017 14:01:35:892 Job finished at : 140135\n\
             5/18/2017 14:01:35:892 Job Standard Out/Error :\n";
        assert_eq!(text, expected);
    }
}

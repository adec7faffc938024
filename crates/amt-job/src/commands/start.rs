//! Children of this job.

use amt_job::protocol::{Answer, Op, Outcome, StartChild};
use serde_json::json;

use super::{Command, PLAIN, request_id};
use crate::arguments::{Arguments, Spec};
use crate::context::{self, Context, members, unexpected};
use crate::exit::{Exit, Failure};

pub(super) const START: Command = Command {
    name: "start",
    about: "start a job or a script as a child of this one",
    help: "\
Start a job or a script as a child of this one and print its request id; with --wait, wait for its end and print
`ID CODE STATUS`, as in `4711 4 DONE`. Its messages appear in this job's log.

Usage: amtjob start (--job NAME | --script FILE) [OPTIONS]

  --job NAME                       a job definition; a label when --script is given too
  --script FILE                    a script, relative names from the application's script path
  --application NAME               default: this job's application
  --queue NAME                     default: the definition's queue
  --user NAME                      the AMT user to run as; default: this job's user
  --task-value NAME=VALUE          may be repeated, at most 20; a bare VALUE is accepted
  --script-parameter NAME=VALUE    may be repeated, at most 20; a bare VALUE is accepted
  --report-parameter TEXT
  --global-parameter TEXT          of an executable: split on blanks into PARM1, PARM2, …
  --request-file NAME              accept file that answers the child's questions
  --extract-file ID=NAME           may be repeated; the child finds it as dd_ID
  --batch-id ID                    default: this job's batch
  --alternative-report-name NAME
  --wait                           exit code 0 only when the child ended with DONE, else 1
  --json                           print {\"request_id\": ID, \"outcome\": {…} or null}

Examples:
  amtjob start --job REPORTTEST02 --task-value 25 --wait
  id=$(amtjob start --script RUN_LOAD.ps1 --script-parameter PARAM=25)
  amtjob wait \"$id\"
",
    spec: Spec {
        flags: &["wait"],
        options: &[
            "job",
            "script",
            "application",
            "queue",
            "user",
            "task-value",
            "script-parameter",
            "report-parameter",
            "global-parameter",
            "request-file",
            "extract-file",
            "batch-id",
            "alternative-report-name",
        ],
        ..PLAIN
    },
    run: start,
};

pub(super) const WAIT: Command = Command {
    name: "wait",
    about: "wait for the end of other runs",
    help: "\
Wait for the end of other runs and print `ID CODE STATUS` for each, as in `4711 4 DONE`. Exit code 0 only when all
of them ended with DONE, else 1. The job has code 15 meanwhile.

Usage: amtjob wait ID…

  ID      request id, as printed by `amtjob start`
  --json  print one object per run: request_id, code, status, description, exit_code

Examples:
  first=$(amtjob start --job LOAD_A); second=$(amtjob start --job LOAD_B)
  amtjob wait \"$first\" \"$second\" || exit 1
",
    spec: PLAIN,
    run: wait,
};

fn start(context: &Context) -> Result<Exit, Failure> {
    context.arguments.words_at_most(0)?;
    let child = child(&context.arguments)?;
    let does_wait = child.wait;
    let answer = context::call(Op::Start(child))?;
    let Answer::Started { request_id, outcome } = &answer else { return Err(unexpected()) };
    let (plain, exit) = match outcome {
        Some(outcome) => (line(outcome), verdict(outcome)),
        None if does_wait => return Err(unexpected()),
        None => (request_id.to_string(), Exit::Ok),
    };
    context.print(Some(&plain), &members(&answer))?;
    Ok(exit)
}

fn wait(context: &Context) -> Result<Exit, Failure> {
    let words = &context.arguments.words;
    if words.is_empty() {
        return Err(Failure::usage("ID is missing"));
    }
    let ids = words.iter().map(|word| request_id("ID", &word.text));
    let ids: Vec<i64> = ids.collect::<Result<_, _>>()?;
    let mut exit = Exit::Ok;
    for request_id in ids {
        let answer = context::call(Op::WaitJob { request_id })?;
        let Answer::Ended(outcome) = answer else { return Err(unexpected()) };
        context.print(Some(&line(&outcome)), &json!(outcome))?;
        if verdict(&outcome) == Exit::No {
            exit = Exit::No;
        }
    }
    Ok(exit)
}

fn child(arguments: &Arguments) -> Result<StartChild, Failure> {
    let text = |option| arguments.value(option).map(str::to_owned);
    let list = |option| arguments.values(option).map(str::to_owned).collect();
    let child = StartChild {
        application: text("application"),
        job_name: text("job"),
        script_name: text("script"),
        queue_name: text("queue"),
        user: text("user"),
        task_values: list("task-value"),
        script_parameters: list("script-parameter"),
        report_parameter: text("report-parameter"),
        global_parameter: text("global-parameter"),
        request_file: text("request-file"),
        extract_files: arguments
            .values("extract-file")
            .map(extract_file)
            .collect::<Result<_, _>>()?,
        batch_id: text("batch-id"),
        alternative_report_name: text("alternative-report-name"),
        wait: arguments.has("wait"),
    };
    if child.job_name.is_none() && child.script_name.is_none() {
        return Err(Failure::usage("--job or --script is missing"));
    }
    Ok(child)
}

fn extract_file(text: &str) -> Result<(String, String), Failure> {
    match text.split_once('=') {
        Some((id, name)) if !id.is_empty() && !name.is_empty() => Ok((id.into(), name.into())),
        _ => Err(Failure::usage(format!("--extract-file `{text}` is not ID=NAME"))),
    }
}

fn line(outcome: &Outcome) -> String {
    format!("{} {} {}", outcome.request_id, outcome.code, outcome.status)
}

fn verdict(outcome: &Outcome) -> Exit {
    if outcome.is_done() { Exit::Ok } else { Exit::No }
}

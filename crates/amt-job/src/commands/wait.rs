//! Waiting for a file.

use amt_job::protocol::{Answer, Op};

use super::{Command, PLAIN};
use crate::arguments::Spec;
use crate::context::{self, Context, members, unexpected};
use crate::duration;
use crate::exit::{Exit, Failure};

pub(super) const WAIT_FILE: Command = Command {
    name: "wait-file",
    about: "wait until a file exists",
    help: "\
Wait until a file exists and print its full path. The job has code 13 meanwhile.

Usage: amtjob wait-file PATH [--timeout DURATION]

  PATH                relative names from the current folder
  --timeout DURATION  give up after 90, 90s, 10m or 2h, with exit code 1; 0 looks once; default: wait for ever
  --json              print {\"found\": true or false, \"path\": TEXT}

Examples:
  amtjob wait-file /data/in/rates.csv --timeout 2h || exit 1
  amtjob wait-file ready.flag
",
    spec: Spec { options: &["timeout"], ..PLAIN },
    run,
};

fn run(context: &Context) -> Result<Exit, Failure> {
    let path = context.arguments.only_word("PATH")?;
    let timeout = context.arguments.value("timeout");
    let timeout_seconds = timeout.map(|text| duration::seconds("--timeout", text)).transpose()?;
    let answer = context::call(Op::WaitFile { path: absolute(path)?, timeout_seconds })?;
    let Answer::File { found, path } = &answer else { return Err(unexpected()) };
    context.print(found.then_some(path), &members(&answer))?;
    Ok(if *found { Exit::Ok } else { Exit::No })
}

/// The server has another current folder than the job.
fn absolute(path: &str) -> Result<String, Failure> {
    let absolute = std::path::absolute(path)
        .map_err(|error| Failure::usage(format!("PATH `{path}` is not usable: {error}")))?;
    absolute.into_os_string().into_string().map_err(|absolute| {
        let absolute = absolute.to_string_lossy().into_owned();
        Failure::usage(format!("PATH `{absolute}` is not UTF-8; only UTF-8 can be sent"))
    })
}

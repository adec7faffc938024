//! Questions to the operator.

use amt_job::protocol::{Answer, Op};

use super::{Command, PLAIN};
use crate::arguments::Spec;
use crate::context::{self, Context, members, unexpected};
use crate::duration;
use crate::exit::{Exit, Failure};
use crate::input;

pub(super) const ASK: Command = Command {
    name: "ask",
    about: "ask the operator and print the answer",
    help: "\
Ask the operator and print the answer. With a request file (accept file) its next line answers at once. The job has
code 14 meanwhile.

Usage: amtjob ask [--timeout DURATION] TEXT…

  TEXT                words are joined with a blank; after `--` everything is text; a single `-` reads standard input
  --timeout DURATION  give up after 90, 90s, 10m or 2h, with exit code 3; 0 (default) waits for ever
  --json              print {\"answer\": TEXT, \"source\": \"operator\" or \"accept_file\"}

Examples:
  answer=$(amtjob ask \"Is the tape mounted? (y/n)\")
  amtjob ask --timeout 10m \"Go on without the rates of today?\" || exit 1
",
    spec: Spec { options: &["timeout"], is_lossy: true, ..PLAIN },
    run,
};

fn run(context: &Context) -> Result<Exit, Failure> {
    let timeout = context.arguments.value("timeout");
    let timeout = timeout.map(|text| duration::seconds("--timeout", text)).transpose()?;
    let text = input::required_text(&context.arguments)?;
    // Zero waits for ever in AMT as well (amt-domain 8.2, `TimeOut`).
    let timeout_seconds = timeout.filter(|seconds| *seconds > 0);
    let answer = context::call(Op::Ask { text, timeout_seconds })?;
    let Answer::Asked { answer: given, .. } = &answer else { return Err(unexpected()) };
    context.print(Some(given), &members(&answer))?;
    Ok(Exit::Ok)
}

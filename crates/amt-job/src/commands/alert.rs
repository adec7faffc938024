//! Alerts for the operators.

use amt_job::protocol::{AlertKind, Answer, Op};

use super::{Command, PLAIN};
use crate::arguments::Spec;
use crate::context::{self, Context, members, unexpected};
use crate::exit::{Exit, Failure};
use crate::input;

pub(super) const ALERT: Command = Command {
    name: "alert",
    about: "post an alert for the operators",
    help: "\
Post an alert for the operators. It is shown until one of them takes note of it, unlike a message of the job's log.

Usage: amtjob alert --kind KIND TEXT…

  TEXT         words are joined with a blank; after `--` everything is text; a single `-` reads standard input
  --kind KIND  error (red), warning (yellow) or information (green)
  --json       print {\"id\": NUMBER}

Examples:
  amtjob alert --kind error \"The bank's file did not come\"
  df -h /data | amtjob alert --kind warning -
",
    spec: Spec { options: &["kind"], is_lossy: true, ..PLAIN },
    run,
};

fn run(context: &Context) -> Result<Exit, Failure> {
    let kind = match context.arguments.value("kind") {
        Some("error") => AlertKind::Error,
        Some("warning") => AlertKind::Warning,
        Some("information") => AlertKind::Information,
        Some(other) => {
            return Err(Failure::usage(format!(
                "--kind `{other}` is not known; write error, warning or information"
            )));
        }
        None => return Err(Failure::usage("--kind is missing")),
    };
    let text = input::required_text(&context.arguments)?;
    let answer = context::call(Op::Alert { kind, text })?;
    let Answer::Alerted { .. } = answer else { return Err(unexpected()) };
    context.print(None, &members(&answer))?;
    Ok(Exit::Ok)
}

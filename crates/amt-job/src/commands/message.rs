//! Messages for the job's log.

use amt_job::environment;
use amt_job::protocol::MessageKind;
use serde_json::json;

use super::{Command, PLAIN};
use crate::arguments::Spec;
use crate::context::{self, Context};
use crate::exit::{Exit, Failure};
use crate::input;

const SPEC: Spec = Spec { options: &["kind"], is_lossy: true, ..PLAIN };

pub(super) const MESSAGE: Command = Command {
    name: "message",
    about: "write a message into the job's log",
    help: "\
Write a message into the job's log.

Usage: amtjob message [--kind KIND] TEXT…
       amtjob message [--kind KIND] -

  TEXT         words are joined with a blank; after `--` everything is text
  -            one message per line of standard input, as the lines come
  --kind KIND  information (default), warning or error
  --json       print {\"messages\": NUMBER}

Examples:
  amtjob message \"Loaded 1200 rows\"
  amtjob message --kind warning \"3 rows were left out\"
  amtjob message -- \"$text\"
  sort input.txt 2>&1 | amtjob message -
",
    spec: SPEC,
    run: |context| write(context, ""),
};

pub(super) const LOG: Command = Command {
    name: "log",
    about: "write a message that begins with application and script name",
    help: "\
Write a message that begins with the application and the script name, as AMT's own script library does:
`DEMO2 RUN_REPORTTEST : Loaded 1200 rows`.

Usage: amtjob log [--kind KIND] TEXT…
       amtjob log [--kind KIND] -

  TEXT         words are joined with a blank; after `--` everything is text
  -            one message per line of standard input, as the lines come
  --kind KIND  information (default), warning or error
  --json       print {\"messages\": NUMBER}

Examples:
  amtjob log \"Starting report: REPORTTEST\"
  amtjob log --kind error \"no input file\"
",
    spec: SPEC,
    run: |context| write(context, &prefix()),
};

fn write(context: &Context, prefix: &str) -> Result<Exit, Failure> {
    let kind = kind(context)?;
    let mut count = 0;
    if input::is_stdin(&context.arguments) {
        let mut runner = context::runner()?;
        input::for_each_line(&mut std::io::stdin().lock(), |line| {
            count += runner.message(kind, &format!("{prefix}{line}"))?;
            Ok(())
        })?;
    } else {
        let text = input::required_text(&context.arguments)?;
        count = context::runner()?.message(kind, &format!("{prefix}{text}"))?;
    }
    context.print(None, &json!({ "messages": count }))?;
    Ok(Exit::Ok)
}

fn kind(context: &Context) -> Result<MessageKind, Failure> {
    match context.arguments.value("kind") {
        None | Some("information") => Ok(MessageKind::Information),
        Some("warning") => Ok(MessageKind::Warning),
        Some("error") => Ok(MessageKind::Error),
        Some(other) => Err(Failure::usage(format!(
            "--kind `{other}` is not known; write information, warning or error"
        ))),
    }
}

/// `<APPLICATION> <SCRIPT NAME> : ` (amt-domain 6.2); a run without a script is called by its job name.
fn prefix() -> String {
    let application = environment::optional(environment::APPLICATION);
    let script = environment::optional(environment::SCRIPT_NAME)
        .map(|path| bare_name(&path).to_owned())
        .or_else(|| environment::optional(environment::JOB_NAME));
    let parts: Vec<String> = application.into_iter().chain(script).collect();
    if parts.is_empty() { String::new() } else { format!("{} : ", parts.join(" ")) }
}

/// The script's name without folder and extension. Either separator counts on every system, since definitions are
/// moved between them.
fn bare_name(path: &str) -> &str {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    }
}

#[cfg(test)]
mod tests {
    use super::bare_name;

    #[test]
    fn a_script_is_called_by_its_bare_name() {
        for (path, name) in [
            ("RUN_PARAMETERSTEST.ps1", "RUN_PARAMETERSTEST"),
            (r"F:\Amt\Scripts\DEMO2\RUN_FILENAMETEST.ps1", "RUN_FILENAMETEST"),
            ("/srv/amt/scripts/nightly.v2.sh", "nightly.v2"),
            ("plain", "plain"),
            (".profile", ".profile"),
        ] {
            assert_eq!(bare_name(path), name);
        }
    }
}

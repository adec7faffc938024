//! Sleeping and waking up.

use amt_job::protocol::{Answer, Op};

use super::{Command, PLAIN, optional_request_id};
use crate::arguments::Spec;
use crate::context::{self, Context, members, unexpected};
use crate::duration;
use crate::exit::{Exit, Failure};

pub(super) const SLEEP: Command = Command {
    name: "sleep",
    about: "sleep until the time is over or somebody wakes this run up",
    help: "\
Sleep until the time is over or somebody wakes this run up (`amtjob wake-up`, or an operator), and print the data
that came with the wake-up, if any. Exit code 0 in both cases; --json tells them apart.

Usage: amtjob sleep [DURATION]

  DURATION  90, 90s, 10m or 2h; without it until a wake-up comes
  --json    print {\"by_wake_up\": true or false, \"data\": TEXT or null}

Examples:
  amtjob sleep 10m
  data=$(amtjob sleep)
",
    spec: PLAIN,
    run: sleep,
};

pub(super) const WAKE_UP: Command = Command {
    name: "wake-up",
    about: "wake another run up",
    help: "\
Wake another run up, named by its report or by its request id. Exit code 1 when it is not running.

Usage: amtjob wake-up (REPORT | --request ID) [--data TEXT]

  REPORT        report name; sent in upper case
  --request ID  request id
  --data TEXT   what the sleeper gets
  --json        print {\"delivered\": true or false}

Examples:
  amtjob wake-up NIGHTLOAD --data \"rates are in\"
  amtjob wake-up --request 4711 || amtjob log \"nobody was waiting\"
",
    spec: Spec { options: &["request", "data"], ..PLAIN },
    run: wake_up,
};

fn sleep(context: &Context) -> Result<Exit, Failure> {
    context.arguments.words_at_most(1)?;
    let word = context.arguments.words.first();
    let seconds = word.map(|word| duration::seconds("DURATION", &word.text)).transpose()?;
    let answer = context::call(Op::Sleep { seconds })?;
    let Answer::Woken { data, .. } = &answer else { return Err(unexpected()) };
    context.print(data.as_deref(), &members(&answer))?;
    Ok(Exit::Ok)
}

fn wake_up(context: &Context) -> Result<Exit, Failure> {
    context.arguments.words_at_most(1)?;
    // Report names are upper case (amt-domain 7).
    let report = context.arguments.words.first().map(|word| word.text.to_uppercase());
    let request_id = optional_request_id(context, "request")?;
    if report.is_some() == request_id.is_some() {
        return Err(Failure::usage("write either REPORT or --request ID"));
    }
    let data = context.arguments.value("data").map(str::to_owned);
    let answer = context::call(Op::WakeUp { report, request_id, data })?;
    let Answer::Delivered { delivered } = answer else { return Err(unexpected()) };
    context.print(None, &members(&answer))?;
    Ok(if delivered { Exit::Ok } else { Exit::No })
}

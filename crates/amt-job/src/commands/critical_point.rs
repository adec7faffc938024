//! Critical points and the way back to them.

use amt_job::environment::{self, CRITICAL_POINT as DATA, RECOVER, TOKEN};
use amt_job::protocol::{Answer, Op};
use serde_json::json;

use super::{Command, PLAIN};
use crate::arguments::Spec;
use crate::context::{self, Context, members, unexpected};
use crate::duration;
use crate::exit::{Exit, Failure};

pub(super) const CRITICAL_POINT: Command = Command {
    name: "critical-point",
    about: "save a point from which a restart goes on",
    help: "\
Save a point from which a restart goes on. After a crash the job is started again by itself, at most five times, and
finds the data of its last critical point with `amtjob recovered`.

Usage: amtjob critical-point [--name TEXT] [--data TEXT] [--sleep DURATION]

  --name TEXT       a name for people
  --data TEXT       what the restarted run needs to go on
  --sleep DURATION  sleep after saving: 90, 90s, 10m or 2h
  --json            print {\"number\": NUMBER}

Examples:
  amtjob critical-point --name \"loaded\" --data \"step=2;file=$file\"
",
    spec: Spec { options: &["name", "data", "sleep"], ..PLAIN },
    run: save,
};

pub(super) const RECOVERED: Command = Command {
    name: "recovered",
    about: "print the data of the critical point this run goes on from",
    help: "\
Print the data of the critical point this run goes on from. Exit code 0 when this is a recovery start, 1 when the run
begins at the beginning. Asks nobody.

Usage: amtjob recovered

  --json  print {\"recovered\": true or false, \"data\": TEXT or null}

Examples:
  if data=$(amtjob recovered); then echo \"going on from $data\"; fi
",
    spec: PLAIN,
    run: recovered,
};

fn save(context: &Context) -> Result<Exit, Failure> {
    context.arguments.words_at_most(0)?;
    let text = |option| context.arguments.value(option).map(str::to_owned);
    let sleep = context.arguments.value("sleep");
    let answer = context::call(Op::CriticalPoint {
        name: text("name"),
        data: text("data"),
        sleep_seconds: sleep.map(|text| duration::seconds("--sleep", text)).transpose()?,
    })?;
    let Answer::Saved { .. } = answer else { return Err(unexpected()) };
    context.print(None, &members(&answer))?;
    Ok(Exit::Ok)
}

fn recovered(context: &Context) -> Result<Exit, Failure> {
    context.arguments.words_at_most(0)?;
    if environment::optional(TOKEN).is_none() {
        return Err(environment::Error::Missing(TOKEN).into());
    }
    if environment::optional(RECOVER).as_deref() != Some("1") {
        context.print(None, &json!({ "recovered": false, "data": null }))?;
        return Ok(Exit::No);
    }
    let data = environment::optional(DATA);
    context.print(data.as_deref(), &json!({ "recovered": true, "data": data }))?;
    Ok(Exit::Ok)
}

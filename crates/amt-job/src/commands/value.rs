//! Task values.

use amt_job::protocol::{Answer, Op};
use serde_json::json;

use super::{Command, PLAIN, optional_request_id};
use crate::arguments::Spec;
use crate::context::{self, Context, members, unexpected};
use crate::exit::{Exit, Failure};

pub(super) const SET: Command = Command {
    name: "set",
    about: "store a task value of this run",
    help: "\
Store a task value of this run. Whoever started the run can read it.

Usage: amtjob set KEY VALUE
       amtjob set KEY=VALUE

  VALUE   taken as it is, even when it begins with `-`; so write `--json` before KEY

Examples:
  amtjob set ROWS 1200
  amtjob set BALANCE -5
  amtjob set \"SUMMARY=$text\"
",
    spec: Spec { second_word_is_raw: true, ..PLAIN },
    run: set,
};

pub(super) const GET: Command = Command {
    name: "get",
    about: "print a task value",
    help: "\
Print a task value of this run or of a run that it has started. Exit code 1 when there is none.

Usage: amtjob get KEY [--request ID] [--default TEXT]

  --request ID    of this run, as printed by `amtjob start`
  --default TEXT  print this when there is no such value, with exit code 0
  --json          print {\"value\": TEXT or null}

Examples:
  rows=$(amtjob get ROWS --default 0)
  amtjob get EXITCODE --request 4711
",
    spec: Spec { options: &["request", "default"], ..PLAIN },
    run: get,
};

pub(super) const VALUES: Command = Command {
    name: "values",
    about: "print all task values",
    help: "\
Print all task values of this run or of a run that it has started, as KEY=VALUE lines in the order of their keys.

Usage: amtjob values [--request ID]

  --request ID  of this run, as printed by `amtjob start`
  --json        print one object; use this when a value may have line breaks

Examples:
  amtjob values
  amtjob values --request 4711 --json
",
    spec: Spec { options: &["request"], ..PLAIN },
    run: values,
};

fn set(context: &Context) -> Result<Exit, Failure> {
    let words = &context.arguments.words;
    let (key, value) = match &**words {
        [pair] => pair.text.split_once('=').ok_or_else(|| {
            Failure::usage(format!("`{}` has no value, write KEY VALUE or KEY=VALUE", pair.text))
        })?,
        [key, value] => (&*key.text, &*value.text),
        [] => return Err(Failure::usage("KEY and VALUE are missing")),
        [_, _, more, ..] => {
            return Err(Failure::usage(format!(
                "`{}` is one word too many; put a value with blanks in quotes",
                more.text
            )));
        }
    };
    check_key(key)?;
    let answer = context::call(Op::SetValue { key: key.to_owned(), value: value.to_owned() })?;
    let Answer::Stored = answer else { return Err(unexpected()) };
    context.print(None, &json!({ "key": key, "value": value }))?;
    Ok(Exit::Ok)
}

fn get(context: &Context) -> Result<Exit, Failure> {
    let key = context.arguments.only_word("KEY")?;
    check_key(key)?;
    let request_id = optional_request_id(context, "request")?;
    let answer = context::call(Op::GetValue { key: key.to_owned(), request_id })?;
    let Answer::Value { value } = answer else { return Err(unexpected()) };
    let value = value.as_deref().or(context.arguments.value("default"));
    context.print(value, &json!({ "value": value }))?;
    Ok(if value.is_some() { Exit::Ok } else { Exit::No })
}

fn values(context: &Context) -> Result<Exit, Failure> {
    context.arguments.words_at_most(0)?;
    let request_id = optional_request_id(context, "request")?;
    let answer = context::call(Op::ListValues { request_id })?;
    let Answer::Values { values } = &answer else { return Err(unexpected()) };
    let lines: Vec<String> = values.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let plain = (!lines.is_empty()).then(|| lines.join("\n"));
    context.print(plain.as_deref(), &members(&answer)["values"])?;
    Ok(Exit::Ok)
}

/// An equals sign in a key could not be told from the one after it.
fn check_key(key: &str) -> Result<(), Failure> {
    if key.is_empty() || key.contains('=') {
        return Err(Failure::usage(format!("`{key}` cannot be a key; it is empty or has a `=`")));
    }
    Ok(())
}

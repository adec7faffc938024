//! One file per group of commands, and the table of them all.

mod abort;
mod alert;
mod ask;
mod critical_point;
mod message;
mod sleep;
mod start;
mod value;
mod wait;

use crate::arguments::Spec;
use crate::context::Context;
use crate::exit::{Exit, Failure};

/// One command of `amtjob`.
pub(crate) struct Command {
    /// As it is typed.
    pub(crate) name: &'static str,
    /// For the list of commands.
    pub(crate) about: &'static str,
    /// The whole text of `--help`.
    pub(crate) help: &'static str,
    /// What it accepts.
    pub(crate) spec: Spec,
    /// What it does.
    pub(crate) run: fn(&Context) -> Result<Exit, Failure>,
}

/// In the order in which they are listed.
pub(crate) static ALL: &[Command] = &[
    message::MESSAGE,
    message::LOG,
    alert::ALERT,
    ask::ASK,
    value::SET,
    value::GET,
    value::VALUES,
    start::START,
    start::WAIT,
    wait::WAIT_FILE,
    sleep::SLEEP,
    sleep::WAKE_UP,
    critical_point::CRITICAL_POINT,
    critical_point::RECOVERED,
    abort::ABORT,
];

/// Most commands take no options of their own and only UTF-8.
const PLAIN: Spec = Spec { flags: &[], options: &[], second_word_is_raw: false, is_lossy: false };

/// A request id, counted from 1.
fn request_id(name: &str, text: &str) -> Result<i64, Failure> {
    match text.parse::<i64>() {
        Ok(id) if id > 0 => Ok(id),
        _ => Err(Failure::usage(format!("{name} `{text}` is not a request id, a number from 1"))),
    }
}

/// A request id given as an option.
fn optional_request_id(context: &Context, option: &str) -> Result<Option<i64>, Failure> {
    context.arguments.value(option).map(|text| request_id(&format!("--{option}"), text)).transpose()
}

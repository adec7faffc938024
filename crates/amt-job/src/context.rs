//! What every command needs: its arguments, its job, and the way to the two partners of that job.

use std::io::{self, Write as _};
use std::time::Duration;

use amt_job::environment::Environment;
use amt_job::protocol::{Answer, Op};
use amt_job::runner::Runner;
use amt_job::server::Server;

use crate::arguments::Arguments;
use crate::exit::Failure;

/// A restart of the batch server that nobody notices need not stand in the job's log.
const QUIET: Duration = Duration::from_secs(10);

/// One run of one command.
#[derive(Debug)]
pub(crate) struct Context {
    /// Its command line.
    pub(crate) arguments: Arguments,
}

impl Context {
    /// Prints the plain answer, or with `--json` the whole one.
    pub(crate) fn print(
        &self,
        plain: Option<&str>,
        json: &serde_json::Value,
    ) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        let written = if self.arguments.wants_json {
            writeln!(out, "{json}")
        } else {
            plain.map_or(Ok(()), |plain| writeln!(out, "{plain}"))
        };
        written
            .and_then(|()| out.flush())
            .map_err(|error| Failure::local("write the answer", &error))
    }
}

/// The runner of this job.
pub(crate) fn runner() -> Result<Runner, Failure> {
    let job = Environment::read()?;
    Ok(Runner::new(job.runner, job.token))
}

/// Asks the batch server. What the job has written before is stored before.
pub(crate) fn call(op: Op) -> Result<Answer, Failure> {
    let job = Environment::read()?;
    // Only the order in the log is at stake, and the server is going to refuse a bad token itself.
    if let Err(error) = Runner::new(job.runner, job.token.clone()).flush() {
        warn(&format!("earlier output may be stored late: {error}"));
    }
    let retry = job.retry;
    let mut has_said_so = false;
    let answer = Server::new(job.server, job.token, retry).call(op, |waited, error| {
        if waited >= QUIET && !has_said_so {
            has_said_so = true;
            let retry = retry.as_secs();
            warn(&format!("the batch server is away ({error}), trying for up to {retry} s"));
        }
    });
    Ok(answer?)
}

/// The members of an answer, without the name of its kind.
pub(crate) fn members(answer: &Answer) -> serde_json::Value {
    use serde_json::Value;
    match serde_json::to_value(answer) {
        Ok(Value::Object(kinds)) => {
            kinds.into_iter().next().map_or(Value::Null, |(_, inner)| inner)
        }
        _ => Value::Object(serde_json::Map::new()),
    }
}

/// The failure of a command whose answer is of another kind than its question.
pub(crate) fn unexpected() -> Failure {
    amt_job::server::Error::Unexpected.into()
}

/// Says something on standard error.
pub(crate) fn warn(text: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(io::stderr().lock(), "amtjob: {text}");
}

//! Ending the job on purpose.

use std::time::Duration;

use amt_job::environment::{self, ABORT_SECONDS};
use amt_job::protocol::{Answer, Op};

use super::{Command, PLAIN};
use crate::arguments::Spec;
use crate::context::{self, Context, unexpected, warn};
use crate::exit::{Exit, Failure};
use crate::input;

/// The server ends the process group at once; later than this it does not.
const WAIT_DEFAULT: Duration = Duration::from_mins(1);

pub(super) const ABORT: Command = Command {
    name: "abort",
    about: "end this job on purpose",
    help: "\
End this job on purpose: code 12 (ABORTED), or 22 (ABORTED_WITH_RECOVER) with --recover. The batch server ends the
job with all its processes, so nothing after this command runs. When it does not within 60 s, exit code 12.

Usage: amtjob abort [MESSAGE…] [--recover] [--restart]

  MESSAGE    goes into the job's log; a single `-` reads standard input
  --recover  keep the last critical point, so that an operator can restart the job there
  --restart  restart it there at once; only with --recover

Examples:
  amtjob abort \"totals do not match\"
  amtjob abort --recover --restart \"the database went away\"
",
    spec: Spec { flags: &["recover", "restart"], is_lossy: true, ..PLAIN },
    run,
};

fn run(context: &Context) -> Result<Exit, Failure> {
    let recover = context.arguments.has("recover");
    let restart = context.arguments.has("restart");
    if restart && !recover {
        return Err(Failure::usage("--restart needs --recover: there is nothing to restart from"));
    }
    let wait = environment::seconds(ABORT_SECONDS, WAIT_DEFAULT)?;
    let message = input::text(&context.arguments)?;
    let answer = context::call(Op::Abort { message, recover, restart })?;
    let Answer::Aborting = answer else { return Err(unexpected()) };
    // The script must not go on while its end is under way.
    std::thread::sleep(wait);
    warn("the job was aborted but nobody ended this process; end the script yourself");
    Ok(Exit::Aborted)
}

//! `amtjob`: what a script or a program says to the batch server that runs it.

mod arguments;
mod commands;
mod context;
mod duration;
mod exit;
mod input;
mod nearest;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use arguments::Arguments;
use context::Context;
use exit::{Exit, Failure};

fn main() -> ExitCode {
    match run(std::env::args_os().skip(1)) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            context::warn(&failure.text);
            failure.exit.into()
        }
    }
}

fn run(mut given: impl Iterator<Item = OsString>) -> Result<Exit, Failure> {
    let Some(first) = given.next() else {
        return Err(Failure::usage("COMMAND is missing; see `amtjob --help`"));
    };
    let name = first.to_string_lossy();
    if let Some(command) = commands::ALL.iter().find(|command| command.name == name) {
        let hint = |mut failure: Failure| {
            if failure.exit == Exit::Usage {
                failure.text.push_str("; see `amtjob ");
                failure.text.push_str(&name);
                failure.text.push_str(" --help`");
            }
            failure
        };
        let arguments = Arguments::parse(&command.spec, given).map_err(hint)?;
        if arguments.wants_help {
            return show(command.help);
        }
        return (command.run)(&Context { arguments }).map_err(hint);
    }
    match &*name {
        "--help" | "-h" | "help" => show(&overview()),
        "--version" | "-V" => show(concat!("amtjob ", env!("CARGO_PKG_VERSION"), "\n")),
        _ => Err(unknown(&name)),
    }
}

fn unknown(name: &str) -> Failure {
    let known = commands::ALL.iter().map(|command| command.name);
    let meant = nearest::nearest(name, known)
        .map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
    Failure::usage(format!("there is no command `{name}`; {meant}see `amtjob --help`"))
}

fn show(text: &str) -> Result<Exit, Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| Failure::local("write the help", &error))?;
    Ok(Exit::Ok)
}

fn overview() -> String {
    let mut text = String::from(
        "Speak to the batch server that runs this job.\n\nUsage: amtjob COMMAND [ARGUMENTS]\n\n\
         Commands (each has its own --help with examples):\n",
    );
    for command in commands::ALL {
        // Writing into a String does not fail.
        let _ = writeln!(text, "  {:<15} {}", command.name, command.about);
    }
    text.push_str(
        "\nEvery command takes --json, which prints the whole answer as one JSON object per line.\n\n\
         Exit codes:\n  \
         0   done, or the answer is yes\n  \
         1   the answer is no: no such file or value, not delivered, child not DONE, no recovery start\n  \
         2   wrong command line\n  \
         3   timed out\n  \
         4   refused by the batch server or the runner\n  \
         5   not run inside a job, or its batch server or runner cannot be reached\n  \
         6   standard input or output failed\n  \
         12  the abort was accepted but nobody ended the process\n\n\
         A lost batch server is looked for again for AMTJOB_RETRY_SECONDS, 600 when not set.\n",
    );
    text
}

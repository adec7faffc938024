//! `amt`: starts a job on an AMT Batch Server, waits for it, prints its log and ends with its completion code.

use amt_connector::arguments::{Arguments, Command, completions, help, man, parse};
use amt_connector::{doctor::doctor, exit, run};
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match parse(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("amt: {error}");
            return exit::USAGE.into();
        }
    };
    match arguments.command {
        Command::Help => print(&help()),
        Command::Version => print(&format!("amt {}\n", env!("CARGO_PKG_VERSION"))),
        Command::Man => print(&man()),
        Command::Completions(shell) => print(&completions(shell)),
        Command::Doctor | Command::Run => on_wire(&arguments),
    }
}

/// One thread is enough for one job, and costs the least to start.
fn on_wire(arguments: &Arguments) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("amt: cannot start: {error}");
            return exit::INPUT_OUTPUT.into();
        }
    };
    let code = runtime.block_on(async {
        if arguments.command == Command::Doctor {
            let report = doctor(arguments).await;
            let _ = print(&report.render(arguments.output));
            report.exit_code()
        } else {
            run::run(arguments).await
        }
    });
    // A look-up of a name may still be running on its own thread; it must not hold up the end.
    runtime.shutdown_background();
    code.into()
}

fn print(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => exit::INPUT_OUTPUT.into(),
    }
}

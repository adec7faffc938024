//! The ringmaster binary: roles and operator commands as subcommands.

mod arguments;
mod batch_server;
mod config;
mod failure;
mod memory;
mod password;
mod planning;
#[cfg(test)]
mod reference;
mod scheduler;
mod texts;

use clap::Parser;
use kit::ExitCode;

use arguments::{BatchServerCommand, Cli, Command};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing can be done when it cannot be printed.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::Usage } else { ExitCode::Success };
        }
    };
    match dispatch(cli) {
        Ok(code) => code,
        Err(error) => {
            texts::say(&format!("ringmaster: {error:#}"));
            failure::exit_code(&error)
        }
    }
}

fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::BatchServer(arguments) => match arguments.command {
            None => batch_server::run(&arguments.flags, &arguments.process),
            Some(BatchServerCommand::Run(process)) => batch_server::run(&arguments.flags, &process),
            Some(BatchServerCommand::ResetPassword(user)) => {
                batch_server::reset_password(&arguments.flags, &user)
            }
            Some(BatchServerCommand::AddUser(user)) => {
                batch_server::add_user(&arguments.flags, &user)
            }
            Some(BatchServerCommand::Check) => batch_server::check(&arguments.flags),
            Some(BatchServerCommand::Openapi { interface }) => texts::openapi(interface),
        },
        Command::Serve(arguments) => scheduler::serve(&arguments),
        Command::Status(connection) => scheduler::status(&connection),
        Command::Plan(arguments) => scheduler::plan(&arguments),
        Command::Apply(arguments) => scheduler::apply(&arguments),
        Command::Export(connection) => scheduler::export(&connection),
        Command::Schedule(arguments) => scheduler::schedule(&arguments),
        Command::Job(arguments) => scheduler::job(&arguments),
        Command::Agent(arguments) => scheduler::agent(&arguments),
        Command::Integration(arguments) => scheduler::integration(&arguments),
        Command::BatchUser(arguments) => scheduler::batch_user(&arguments),
        Command::Audit(arguments) => scheduler::audit(&arguments),
        Command::Doctor(arguments) => scheduler::doctor(&arguments),
        Command::Backup(arguments) => scheduler::backup(&arguments),
        Command::Restore(arguments) => scheduler::restore(&arguments),
        Command::ForgetUnreadable(arguments) => scheduler::forget(&arguments),
        Command::ForgetArchive(arguments) => scheduler::forget_archive(&arguments),
        Command::Message(arguments) => scheduler::message(&arguments),
        Command::Escalation(arguments) => scheduler::escalation(&arguments),
        Command::Property(arguments) => scheduler::property(&arguments),
        Command::Threshold(arguments) => scheduler::threshold(&arguments),
        Command::Resource(arguments) => scheduler::resource(&arguments),
        Command::Pause(arguments) => scheduler::pause(&arguments),
        Command::Resume(arguments) => scheduler::resume(&arguments),
        Command::Validate(arguments) => planning::validate(&arguments),
        Command::Check(arguments) => planning::check(&arguments),
        Command::Forecast(arguments) => planning::forecast(&arguments),
        Command::ExplainFrequency(arguments) => planning::explain(&arguments),
        Command::Eval(arguments) => planning::eval(&arguments),
        Command::Import(arguments) => planning::import(&arguments.command),
        Command::Schema => planning::schema(),
        Command::Config(arguments) => config::show(&arguments.flags),
        Command::Completions { shell } => texts::completions(shell),
        Command::Man { folder } => texts::man(folder.as_deref()),
    }
}

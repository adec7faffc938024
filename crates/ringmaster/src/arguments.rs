//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::Serialize;

use crate::planning::{
    CheckArguments, EvalArguments, ExplainArguments, ForecastArguments, ImportCommand,
    ValidateArguments,
};
use crate::scheduler::{
    AgentArguments, ApplyArguments, AuditArguments, BackupArguments, BatchUserArguments,
    Connection, DoctorArguments, EscalationArguments, ForgetArchiveArguments, ForgetArguments,
    IntegrationArguments, JobArguments, MessageArguments, PauseArguments, PlanArguments,
    PropertyArguments, ResourceArguments, RestoreArguments, ResumeArguments, ScheduleArguments,
    ServeArguments, ThresholdArguments,
};

/// Open workload automation for sites that run batch on Asysco AMT / LION.
#[derive(Debug, Parser)]
#[command(name = "ringmaster", version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done, 1 failed, 2 the command line or the configuration is wrong, 3 there is no such thing,
4 not possible now or not allowed, 5 no server or database, 6 not in time, 7 somebody else was faster."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The batch server: queues, controllers, the AMTOpCon interface and the Control Center API
    BatchServer(BatchServerArguments),
    /// The scheduler: builds days, starts jobs, follows them, keeps their output
    Serve(ServeArguments),
    /// Say how the scheduler is
    Status(Connection),
    /// Show what applying definitions would change, and which jobs of the coming days would move
    Plan(PlanArguments),
    /// Store definitions, all of them or none; what is not in them is removed from the server
    Apply(ApplyArguments),
    /// Print the definitions that are stored, as JSON, which `apply` reads
    #[command(after_help = "Examples:
  ringmaster export > definitions.json
  ringmaster apply definitions.json --reason 'as it was before'")]
    Export(Connection),
    /// Daily schedules: build, check, list, hold, release, start, close
    Schedule(ScheduleArguments),
    /// Daily jobs: list, why, log, hold, release, start, restart, kill, mark
    Job(JobArguments),
    /// Agents: list, communication
    Agent(AgentArguments),
    /// Integrations: what kinds of agents can be spoken to
    Integration(IntegrationArguments),
    /// Batch users and their passwords
    BatchUser(BatchUserArguments),
    /// Messages that are not delivered
    Message(MessageArguments),
    /// Who is told next while nobody acknowledges: list, acknowledge
    Escalation(EscalationArguments),
    /// Properties: list, set, delete; also the values of encrypted ones
    Property(PropertyArguments),
    /// Thresholds, the numbers that jobs wait for: list, set
    Threshold(ThresholdArguments),
    /// Resources, the units that running jobs share: list, set
    Resource(ResourceArguments),
    /// The audit: who did what, and whether it is what was written
    Audit(AuditArguments),
    /// Look whether an installation is sound, running or not
    #[command(after_help = "Examples:
  ringmaster doctor --data /var/lib/ringmaster/scheduler
  ringmaster doctor --config scheduler.toml --strict --output json      for monitoring

Exit code 1 says that something does not work; with --strict also that somebody should look at something.")]
    Doctor(DoctorArguments),
    /// Copy the database while it is used
    #[command(after_help = "Examples:
  ringmaster backup /backup/2026-12-01 --data /var/lib/ringmaster/scheduler
  ringmaster backup /backup/2026-12-01 --with-keys --config scheduler.toml")]
    Backup(BackupArguments),
    /// Put a backup back where there is no database
    #[command(after_help = "Examples:
  ringmaster restore /backup/2026-12-01 --data /var/lib/ringmaster/scheduler
  ringmaster restore --mark-only --config scheduler.toml      after a pg_restore

Every start is stopped in what was restored: look at what has run since the backup, then `ringmaster resume`.")]
    Restore(RestoreArguments),
    /// Give up passwords and encrypted values whose key is lost for ever
    ForgetUnreadable(ForgetArguments),
    /// Give up an archive of logs that is lost for ever, so that the next start begins another
    ForgetArchive(ForgetArchiveArguments),
    /// Stop every start; what runs goes on
    Pause(PauseArguments),
    /// Let jobs be started again
    Resume(ResumeArguments),
    /// Read definitions of schedules and jobs, and find every mistake
    Validate(ValidateArguments),
    /// Find loops, missing predecessors, jobs that can never run and runs that would overlap
    Check(CheckArguments),
    /// Show every planned run, with the frequency that qualified it
    Forecast(ForecastArguments),
    /// Say in words when a frequency qualifies, with its next dates
    ExplainFrequency(ExplainArguments),
    /// Resolve the tokens of a text, or calculate an expression, in a given context
    Eval(EvalArguments),
    /// Make definitions of something else
    Import(ImportArguments),
    /// Print the JSON Schema of definition files, with which editors complete and check
    #[command(after_help = "Examples:
  ringmaster schema > definitions.schema.json

A first line of a file that makes editors use it:
  # yaml-language-server: $schema=definitions.schema.json")]
    Schema,
    /// What the configuration of the batch server says
    #[command(subcommand_required = true)]
    Config(ConfigArguments),
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one page per command into a folder
    Man {
        /// Where to write the pages; without it, the first one is printed
        folder: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    #[command(subcommand)]
    pub(crate) command: ImportCommand,
}

/// The batch server.
#[derive(Debug, Args)]
pub(crate) struct BatchServerArguments {
    #[command(subcommand)]
    pub(crate) command: Option<BatchServerCommand>,
    #[command(flatten)]
    pub(crate) flags: Flags,
    #[command(flatten)]
    pub(crate) process: Process,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BatchServerCommand {
    /// Run the batch server until it is asked to end; the same as no command
    Run(Process),
    /// Set a new password for a user, unlock and approve it
    ResetPassword(PasswordOf),
    /// Make a user that can log on to the interfaces
    AddUser(NewUser),
    /// Check configuration and definitions, and start nothing
    Check,
    /// Print the OpenAPI description of an interface
    Openapi {
        /// Which one
        interface: Interface,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PasswordOf {
    /// The user
    pub(crate) user: String,
    /// Read the password from the first line of standard input; without it, one is made and printed
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct NewUser {
    /// The name
    pub(crate) name: String,
    /// Read the password from the first line of standard input; without it, one is made and printed
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Its role: `operator`, `monitor`, `Administrators`, or one that exists
    #[arg(long)]
    pub(crate) role: String,
}

/// An interface with a description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Interface {
    /// What connectors call
    Amtopcon,
    /// What people and the user interface call
    ControlCenter,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigArguments {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
    #[command(flatten)]
    pub(crate) flags: Flags,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print what is in force, with secrets as `***`
    Show,
}

/// Flags that override the configuration; see docs/reference/configuration.md.
#[derive(Debug, Default, Args)]
pub(crate) struct Flags {
    /// Configuration file; see docs/reference/configuration.md
    #[arg(long, global = true, value_name = "FILE", env = "RINGMASTER_BATCH_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, global = true, value_name = "ADDRESS:PORT", value_parser = batch_server::listen_address)]
    pub(crate) listen: Option<SocketAddr>,
    /// Folder of the database, of the spool and of the lock
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
    /// Database: sqlite:PATH or postgres://user@host/name
    #[arg(long, global = true, value_name = "URL", hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// File with applications, jobs, queues and batch users
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) definitions: Option<PathBuf>,
    /// Certificate for HTTPS, in PEM form
    #[arg(long, global = true, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Its key, in PEM form
    #[arg(long, global = true, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Log level, or levels per part: info,batch_server=debug
    #[arg(long, global = true, value_name = "FILTER")]
    pub(crate) log: Option<String>,
}

/// Flags of a process that runs.
#[derive(Debug, Default, Args)]
pub(crate) struct Process {
    /// What this process does
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Option<ProcessRole>,
    /// Name of this batch server and of its controller
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ProcessRole {
    /// Answers callers and runs jobs
    All,
    /// Answers callers
    Api,
    /// Runs jobs
    Controller,
}

/// The flags as the configuration takes them: what is absent overrides nothing.
#[derive(Debug, Serialize)]
pub(crate) struct Overrides<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    listen: Option<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_dir: Option<&'a PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<&'a String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    definitions: Option<&'a PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<ProcessRole>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<TlsFiles<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<LogFilter<'a>>,
}

#[derive(Debug, Serialize)]
struct TlsFiles<'a> {
    certificate: &'a PathBuf,
    key: &'a PathBuf,
}

#[derive(Debug, Serialize)]
struct LogFilter<'a> {
    filter: &'a String,
}

impl Flags {
    /// What the flags override.
    pub(crate) fn overrides<'a>(&'a self, process: &'a Process) -> Overrides<'a> {
        let tls = self.tls_cert.as_ref().zip(self.tls_key.as_ref());
        Overrides {
            listen: self.listen,
            data_dir: self.data.as_ref(),
            database: self.database.as_ref(),
            definitions: self.definitions.as_ref(),
            role: process.role,
            name: process.name.as_ref(),
            tls: tls.map(|(certificate, key)| TlsFiles { certificate, key }),
            log: self.log.as_ref().map(|filter| LogFilter { filter }),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_role_is_that_of_the_process_or_of_the_user() {
        let parse = |line: &str| match Cli::try_parse_from(line.split(' ')).expect(line).command {
            Command::BatchServer(arguments) => arguments,
            other => panic!("{other:?}"),
        };
        let process = parse("ringmaster batch-server --role api").process;
        assert_eq!(process.role, Some(ProcessRole::Api));
        let arguments = parse("ringmaster batch-server run --role controller --name b");
        assert!(matches!(arguments.command,
            Some(BatchServerCommand::Run(process)) if process.role == Some(ProcessRole::Controller)));
        let arguments = parse("ringmaster batch-server add-user n --role operator");
        assert!(arguments.process.role.is_none());
    }

    #[test]
    fn flags_go_before_and_after_the_command() {
        for line in [
            "ringmaster batch-server --data d add-user n --role operator",
            "ringmaster batch-server add-user n --role operator --data d",
        ] {
            let cli = Cli::try_parse_from(line.split(' ')).expect(line);
            let Command::BatchServer(arguments) = cli.command else { panic!("{line}") };
            assert_eq!(arguments.flags.data, Some(PathBuf::from("d")), "{line}");
        }
    }
}

//! The command lines.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;
use kit::DurationText;

use super::output::Output;
use super::words::JobName;

/// How the server is reached.
#[derive(Debug, Clone, Args)]
pub(crate) struct Connection {
    /// The socket of the server; without it, `ringmaster.sock` in the data folder
    #[arg(long, global = true, value_name = "FILE", env = "RINGMASTER_SOCKET")]
    pub(crate) socket: Option<PathBuf>,
    /// The server's data folder
    #[arg(
        long,
        global = true,
        value_name = "FOLDER",
        env = "RINGMASTER_DATA_DIR",
        default_value = "ringmaster-data"
    )]
    pub(crate) data: PathBuf,
    /// How answers are printed
    #[arg(long, short, global = true, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
    /// How long an answer is waited for, such as 10s; 1m if left out, and no limit for what takes long or is to be done
    #[arg(long, global = true, value_name = "DURATION", value_parser = limit)]
    pub(crate) timeout: Option<Duration>,
}

/// A time limit: a duration that is not nothing.
fn limit(text: &str) -> Result<Duration, String> {
    let limit = text.parse::<DurationText>().map_err(|error| error.to_string())?.get();
    if limit.is_zero() { Err("it must be more than nothing".to_owned()) } else { Ok(limit) }
}

/// Run the scheduler.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Configuration file
    #[arg(long, value_name = "FILE", env = "RINGMASTER_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Folder of the database, the logs, the jobs of command agents and the socket
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
    /// Database: sqlite:PATH or postgres://user@host/name
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// The socket that commands speak to
    #[arg(long, value_name = "FILE")]
    pub(crate) socket: Option<PathBuf>,
    /// Folder of plug-ins; without it, `plug-ins` in the data folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) plug_ins: Option<PathBuf>,
    /// Name of this process among those on the same database
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Run a batch server in this process, with this configuration file: for demos
    #[arg(long, value_name = "FILE")]
    pub(crate) with_batch_server: Option<PathBuf>,
    /// Let the clock leap to what is due next while nothing goes on: for demos and rehearsals, with a database of their own
    #[arg(long)]
    pub(crate) accelerated: bool,
    /// What an accelerated clock shows at first, such as 2026-12-04T05:00:00+01:00; now if left out
    #[arg(long, value_name = "INSTANT")]
    pub(crate) clock_start: Option<Timestamp>,
    /// Let an accelerated clock not leap beyond this instant
    #[arg(long, value_name = "INSTANT")]
    pub(crate) clock_stop: Option<Timestamp>,
    /// Log level, or levels per part: info,scheduler_app=debug
    #[arg(long, value_name = "FILTER")]
    pub(crate) log: Option<String>,
}

/// Show what applying definitions would change, and which jobs of the coming days would move.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ringmaster plan definitions/                 today and tomorrow
  ringmaster plan definitions/ --days 7 --all  a week, every job that moves
  ringmaster plan definitions/ --output json   for programs")]
pub(crate) struct PlanArguments {
    /// The file or folder with definitions
    pub(crate) definitions: PathBuf,
    /// Dates from today on of which it is said which jobs move
    #[arg(long, default_value_t = 2, value_name = "DAYS",
        value_parser = clap::value_parser!(u16).range(1..=31))]
    pub(crate) days: u16,
    /// Show every job that moves, not the first forty
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

/// Store definitions.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ringmaster apply definitions/ --reason 'new rates job'
  ringmaster apply definitions/ --expected-revision 7    what `ringmaster plan` has shown, or nothing

They take the place of all that the server has: a schedule, job, agent or user that is not in them is removed. Give the folder with
everything, and not the one file that has changed; `ringmaster plan` shows what would be removed. Daily schedules that are built stay.")]
pub(crate) struct ApplyArguments {
    /// The file or folder with all definitions
    pub(crate) definitions: PathBuf,
    /// Why, for the audit
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// The revision on which your plan was based; another one is refused
    #[arg(long, value_name = "NUMBER")]
    pub(crate) expected_revision: Option<i64>,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

/// Stop every start.
#[derive(Debug, Args)]
pub(crate) struct PauseArguments {
    /// Why; everybody who looks sees it
    #[arg(long)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

/// Let jobs be started again.
#[derive(Debug, Args)]
pub(crate) struct ResumeArguments {
    /// Why, for the audit
    #[arg(long)]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

/// Daily schedules.
#[derive(Debug, Args)]
pub(crate) struct ScheduleArguments {
    #[command(subcommand)]
    pub(crate) command: ScheduleCommand,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ScheduleCommand {
    /// Build schedules of a date
    #[command(after_help = "Examples:
  ringmaster schedule build                     all schedules, for today
  ringmaster schedule build Night --date 2026-12-01
  ringmaster schedule build Night --overwrite --reason 'wrong rates'
  ringmaster schedule build Branch --property NUMBER=2682 --property FILE=late.csv
  ringmaster schedule build Regions --instance EAST")]
    Build {
        /// The schedules; all that are not subschedules if left out
        schedules: Vec<String>,
        #[command(flatten)]
        day: Day,
        /// Replace completed daily schedules
        #[arg(long)]
        overwrite: bool,
        /// Build on hold
        #[arg(long)]
        on_hold: bool,
        /// A property of the one schedule that is named; may be given several times
        #[arg(long = "property", value_name = "NAME=VALUE", value_parser = property)]
        properties: Vec<(String, String)>,
        /// Build this named instance only
        #[arg(long)]
        instance: Option<String>,
        /// Why, for the audit
        #[arg(long)]
        reason: Option<String>,
    },
    /// Find the jobs of a date that will not start by themselves, whatever happens; exits with 1 where there are some
    #[command(after_help = "Examples:
  ringmaster schedule check
  ringmaster schedule check Night --date 2026-12-01
  ringmaster check definitions/     looks at definitions, before they are built")]
    Check {
        /// The daily schedules, with what is in their containers; all of the date if left out
        schedules: Vec<String>,
        #[command(flatten)]
        day: Day,
    },
    /// List the daily schedules of a date
    #[command(after_help = "Examples:
  ringmaster schedule list
  ringmaster schedule list --date 2026-12-01 --output json")]
    List {
        #[command(flatten)]
        day: Day,
    },
    /// Start no more jobs of a daily schedule; running ones go on
    #[command(after_help = "Examples:
  ringmaster schedule hold Night --reason 'disk is full'
  ringmaster schedule hold Night --date 2026-12-01")]
    Hold(OfSchedule),
    /// Let a held daily schedule go on
    #[command(after_help = "Examples:
  ringmaster schedule release Night")]
    Release(OfSchedule),
    /// Start a daily schedule before its time
    #[command(after_help = "Examples:
  ringmaster schedule start Night --reason 'input came early'")]
    Start(OfSchedule),
    /// Declare a daily schedule completed
    #[command(after_help = "Examples:
  ringmaster schedule close Night --reason 'goes on tomorrow'

What runs goes on; nothing of it starts any more. No completion events take place.")]
    Close(OfSchedule),
}

#[derive(Debug, Args)]
pub(crate) struct OfSchedule {
    /// The daily schedule
    pub(crate) schedule: String,
    #[command(flatten)]
    pub(crate) day: Day,
    /// Why, for the audit
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

/// A date.
#[derive(Debug, Clone, Args)]
pub(crate) struct Day {
    /// The date; today in the server's zone if left out
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub(crate) date: Option<Date>,
}

/// A date as it is written everywhere here.
fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "write it as 2026-12-01, or leave it out for today".to_owned())
}

/// A property and its value.
pub(super) fn property(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Agents.
#[derive(Debug, Args)]
pub(crate) struct AgentArguments {
    #[command(subcommand)]
    pub(crate) command: AgentCommand,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AgentCommand {
    /// List the agents
    #[command(after_help = "Examples:
  ringmaster agent list
  ringmaster agent list --output json")]
    List,
    /// Say how an agent is spoken to
    #[command(after_help = "Examples:
  ringmaster agent communication AMT limited --reason maintenance    what runs ends, nothing starts
  ringmaster agent communication AMT full                             asks it at once")]
    Communication {
        /// The agent
        agent: String,
        /// How
        #[arg(value_enum)]
        communication: Spoken,
        /// Why, for the audit
        #[arg(long)]
        reason: Option<String>,
    },
}

/// How an agent is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Spoken {
    /// Jobs are started on it
    Full,
    /// Its jobs are followed, and none is started
    Limited,
    /// Nothing is sent to it
    Disabled,
}

impl Spoken {
    /// As the server is asked for it.
    pub(crate) const fn asked(self) -> scheduler_api::Communication {
        match self {
            Self::Full => scheduler_api::Communication::Full,
            Self::Limited => scheduler_api::Communication::Limited,
            Self::Disabled => scheduler_api::Communication::Disabled,
        }
    }
}

/// Properties.
#[derive(Debug, Args)]
pub(crate) struct PropertyArguments {
    #[command(subcommand)]
    pub(crate) command: PropertyCommand,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PropertyCommand {
    /// List properties with their values; those of encrypted ones are never shown
    #[command(after_help = "Examples:
  ringmaster property list
  ringmaster property list --job Night/Load --date 2026-12-01
  ringmaster property list --agent AMT")]
    List {
        #[command(flatten)]
        of: OfProperty,
    },
    /// Give a property a value
    #[command(after_help = "Examples:
  ringmaster property set RATE 1.25
  ringmaster property set API_KEY < key.txt
  ringmaster property set FILE in.csv --job Night/Load")]
    Set {
        /// Its name
        name: String,
        /// The value; without it, the first line of standard input
        value: Option<String>,
        /// Why, for the audit
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        of: OfProperty,
    },
    /// Take a value away; that of the definitions counts again, except of daily schedules and jobs, which have none behind them
    #[command(after_help = "Examples:
  ringmaster property delete RATE
  ringmaster property delete FILE --job Night/Load")]
    Delete {
        /// Its name
        name: String,
        /// Why, for the audit
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        of: OfProperty,
    },
}

/// Whose properties are meant: global ones if nothing is said.
#[derive(Debug, Args)]
pub(crate) struct OfProperty {
    /// Those of an agent
    #[arg(long, conflicts_with_all = ["schedule", "job"])]
    pub(crate) agent: Option<String>,
    /// Those of a daily schedule
    #[arg(long, conflicts_with = "job")]
    pub(crate) schedule: Option<String>,
    /// Those of a daily job
    #[arg(long, value_name = "SCHEDULE/JOB")]
    pub(crate) job: Option<JobName>,
    #[command(flatten)]
    pub(crate) day: Day,
}

/// Integrations.
#[derive(Debug, Args)]
pub(crate) struct IntegrationArguments {
    #[command(subcommand)]
    pub(crate) command: IntegrationCommand,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum IntegrationCommand {
    /// List the integrations that are there
    #[command(after_help = "Examples:
  ringmaster integration list")]
    List,
}

/// Batch users.
#[derive(Debug, Args)]
pub(crate) struct BatchUserArguments {
    #[command(subcommand)]
    pub(crate) command: BatchUserCommand,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BatchUserCommand {
    /// List the batch users; passwords are never shown
    #[command(after_help = "Examples:
  ringmaster batch-user list")]
    List,
    /// Give a batch user the password on the first line of standard input
    #[command(after_help = "Example:
  ringmaster batch-user set-password AMTUSER < password.txt")]
    SetPassword {
        /// The batch user
        user: String,
        /// Why, for the audit
        #[arg(long)]
        reason: Option<String>,
    },
    /// Add a key to the key file and seal every secret anew with it; copy the file afterwards
    #[command(after_help = "Examples:
  ringmaster batch-user rotate-key --reason 'once a year'")]
    RotateKey {
        /// Why, for the audit
        #[arg(long)]
        reason: Option<String>,
    },
    /// Take the password of a batch user away
    #[command(after_help = "Examples:
  ringmaster batch-user remove-password AMTUSER")]
    RemovePassword {
        /// The batch user
        user: String,
        /// Why, for the audit
        #[arg(long)]
        reason: Option<String>,
    },
}

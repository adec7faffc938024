//! The command lines.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};
use scheduler_core::name::{AgentName, FrequencyName, ScheduleName};
use scheduler_core::time::{Day, ZoneName};

/// Where the definitions are.
#[derive(Debug, Args)]
pub(crate) struct Definitions {
    /// A file, a folder of which all files *.yaml and *.yml are read, or - for standard input
    pub(crate) path: PathBuf,
}

/// How mistakes are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    #[default]
    Text,
    /// For programs: a list of objects with file, line, column, path, severity and message
    Json,
}

/// Read definitions and find every mistake.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ringmaster validate demo/
  ringmaster validate schedules.yaml --output json

Ends with 0 when there is no mistake, with 1 when there is one.")]
pub(crate) struct ValidateArguments {
    #[command(flatten)]
    pub(crate) definitions: Definitions,
    /// Every place, also of what is wrong at many in the same way
    #[arg(long)]
    pub(crate) all: bool,
    /// How mistakes are printed
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: ReportFormat,
}

/// The dates that are looked at.
#[derive(Debug, Args)]
pub(crate) struct Span {
    /// The first date; today unless it is given
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<Day>,
    /// How many days; 365 unless this or --to is given
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(DAYS_MAX)), value_name = "N")]
    pub(crate) days: Option<u32>,
    /// The last date, instead of --days
    #[arg(long, conflicts_with = "days", value_name = "DATE")]
    pub(crate) to: Option<Day>,
}

/// Days of one run at most: a hundred years.
const DAYS_MAX: u32 = 36_525;
/// Days where neither their number nor the last one is given.
const DAYS_DEFAULT: u32 = 365;

impl Span {
    /// The first date, and how many there are.
    pub(crate) fn dates(&self, today: impl FnOnce() -> Day) -> anyhow::Result<(Day, u32)> {
        let first = self.from.unwrap_or_else(today);
        let Some(last) = self.to else { return Ok((first, self.days.unwrap_or(DAYS_DEFAULT))) };
        let more = first.0.until(last.0).map_or(0, |span| span.get_days());
        let Ok(more) = u32::try_from(more) else {
            let hint =
                if self.from.is_none() { "today: give --from too" } else { "the first date" };
            bail!("--to {last} is before {first}, {hint}");
        };
        if more >= DAYS_MAX {
            bail!("from {first} to {last} are more than {DAYS_MAX} days: give an earlier --to");
        }
        Ok((first, more + 1))
    }
}

/// Find loops, missing predecessors, jobs that can never run and runs that would overlap.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ringmaster check demo/
  ringmaster check demo/ --from 2027-01-01 --to 2028-12-31
  ringmaster check demo/ --schedule Night --schedule Billing

Every day is built as the scheduler would build it. Ends with 0 when no error is shown, with 1 when one is.")]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) definitions: Definitions,
    #[command(flatten)]
    pub(crate) span: Span,
    /// What goes wrong in this schedule only, although all of them are built; may be given more than once
    #[arg(long, value_name = "SCHEDULE")]
    pub(crate) schedule: Vec<String>,
    /// Every place, also of what is wrong at many in the same way
    #[arg(long)]
    pub(crate) all: bool,
    /// How findings are printed
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: ReportFormat,
}

/// How a forecast is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ForecastFormat {
    /// A line for each run, or for all runs of a job that repeats within a day, and for each date that was dropped
    #[default]
    Table,
    /// The same as JSON, an object on each line for each run
    Json,
    /// An iCalendar file (RFC 5545); what was dropped are cancelled events
    Ical,
}

/// Show every planned run with the frequency that qualified it, and what was moved, dropped or excluded and why.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ringmaster forecast demo/ --days 7
  ringmaster forecast demo/ --from 2026-12-01 --to 2026-12-31 --job Nightly/Report
  ringmaster forecast demo/ --days 365 --output ical > plan.ics

A date on which a job does not run although a frequency names it has a line too, without a time and with the reason.")]
pub(crate) struct ForecastArguments {
    #[command(flatten)]
    pub(crate) definitions: Definitions,
    #[command(flatten)]
    pub(crate) span: Span,
    /// This job only: its name, or schedule and name as in Nightly/Report, or what a forecast prints, as Regions_NORTH/Report
    /// or Backup_HOST1; may be given more than once
    #[arg(long, value_name = "JOB")]
    pub(crate) job: Vec<String>,
    /// This schedule only, or this instance as in Regions_NORTH, with its subschedules; may be given more than once
    #[arg(long, value_name = "SCHEDULE", conflicts_with = "job")]
    pub(crate) schedule: Vec<String>,
    /// A line of the table for each run, also of a job that repeats within a day
    #[arg(long)]
    pub(crate) all_runs: bool,
    /// How it is printed
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: ForecastFormat,
}

/// Say in words when a frequency qualifies, with its next dates.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ringmaster explain-frequency demo/ \"Month end\"
  ringmaster explain-frequency demo/ \"Month end\" --schedule Billing --months 6
  ringmaster explain-frequency --rule '{ on_occurrence: { days: [tue], occurrence: 3 } }'")]
pub(crate) struct ExplainArguments {
    /// A file or folder of definitions
    #[arg(required_unless_present = "rule")]
    pub(crate) path: Option<PathBuf>,
    /// The frequency
    #[arg(required_unless_present = "rule")]
    pub(crate) frequency: Option<FrequencyName>,
    /// The schedule whose working days count; Monday to Friday and the Master Holiday calendar unless it is given
    #[arg(long, value_name = "SCHEDULE", conflicts_with = "rule")]
    pub(crate) schedule: Option<ScheduleName>,
    /// A rule as it would be written under `when`, instead of a frequency of a file
    #[arg(long, value_name = "YAML", conflicts_with_all = ["path", "frequency"])]
    pub(crate) rule: Option<String>,
    /// The first date; today unless it is given
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<Day>,
    /// How many months of dates
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=1_200), value_name = "N")]
    pub(crate) months: u32,
}

/// Resolve the tokens of a text, or calculate an expression, in a given context.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ringmaster eval 'Report of [[$DATE(-1d)]]'
  ringmaster eval --set Count=5 --expression 'ToInt([[Count]]) * 2 > 8'
  ringmaster eval --context night.yaml 'load [[JI.FILE]] of [[SI.REGION]]'
  ringmaster eval --at 2026-12-31T23:30 --zone Europe/Zurich '[[$NOW]]'

The context is a file in YAML or JSON: now, zone, schedule, job, machine, properties, thresholds, resources and so on.
Ends with 0 when it could be resolved, with 1 when not. What is encrypted is shown as ***.")]
pub(crate) struct EvalArguments {
    /// The text, or the expression with --expression
    pub(crate) text: String,
    /// Take the text for an expression
    #[arg(long, short)]
    pub(crate) expression: bool,
    /// What is known: a file in YAML or JSON; - for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) context: Option<PathBuf>,
    /// The present: an instant, or a local time of the zone
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// The time zone
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<ZoneName>,
    /// A global property; may be given more than once
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
}

/// Make definitions of something else.
#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// From a crontab; the definitions are printed, what cannot be taken over is said on standard error
    #[command(after_help = "Examples:
  crontab -l | ringmaster import crontab - --time-zone Europe/Zurich > cron.yaml
  ringmaster import crontab /etc/crontab --system --agent HOST1 > system.yaml")]
    Crontab(CrontabArguments),
}

#[derive(Debug, Args)]
pub(crate) struct CrontabArguments {
    /// The table; - for standard input
    pub(crate) file: PathBuf,
    /// The table is one of the system, with a user before each command
    #[arg(long)]
    pub(crate) system: bool,
    /// The schedule that the jobs are put into
    #[arg(long, default_value = "Crontab", value_name = "SCHEDULE")]
    pub(crate) schedule: ScheduleName,
    /// The command agent on which they run
    #[arg(long, default_value = "LOCAL", value_name = "AGENT")]
    pub(crate) agent: AgentName,
    /// The time zone of the times, where the table sets none
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    pub(crate) time_zone: ZoneName,
}

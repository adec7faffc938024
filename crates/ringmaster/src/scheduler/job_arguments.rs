//! The command lines of `ringmaster job`.

use clap::{Args, Subcommand};

use super::arguments::{Connection, Day, property};
use super::words::{AttemptId, JobName};

/// Daily jobs.
#[derive(Debug, Args)]
pub(crate) struct JobArguments {
    #[command(subcommand)]
    pub(crate) command: JobCommand,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JobCommand {
    /// List the daily jobs of a date
    #[command(after_help = "Examples:
  ringmaster job list --status failed
  ringmaster job list --says 'wait for input'      AMT jobs that ask for something
  ringmaster job list --schedule Night --date 2026-12-01 --output json")]
    List {
        #[command(flatten)]
        day: Day,
        /// Those of this daily schedule
        #[arg(long)]
        schedule: Option<String>,
        /// Those whose status, or its group, begins so: failed (with Initialization Error), wait, 'wait machine', missed
        #[arg(long)]
        status: Option<String>,
        /// Those of which their agent says this now, such as the status of an AMT job: queued, 'wait for input', or its number 14
        #[arg(long, value_name = "TEXT")]
        says: Option<String>,
    },
    /// Show a daily job with all its attempts
    #[command(after_help = "Examples:
  ringmaster job show Night/Load
  ringmaster job show Night/Load --date 2026-11-02    its schedule may be gone by now")]
    Show(OfJob),
    /// Say why a daily job is as it is, down to where somebody can do something
    #[command(after_help = "Examples:
  ringmaster job why Night/Load
  ringmaster job why Night/Load --date 2026-11-02     what became of it then")]
    Why(OfJob),
    /// Print what a job has printed, also of one that was deleted or built anew since
    #[command(after_help = "Examples:
  ringmaster job log Night/Load
  ringmaster job log Night/Load --follow
  ringmaster job log Night/Load --attempt 1 --name job.log
  ringmaster job log Night/Load --date 2026-11-02    its schedule may be gone by now
  ringmaster job log --id 17.1                       as `job show` and `job why` name attempts")]
    Log {
        /// The job, after its daily schedule: Night/Load
        #[arg(value_name = "SCHEDULE/JOB", required_unless_present = "id")]
        job: Option<JobName>,
        #[command(flatten)]
        day: Day,
        /// The attempt of the job; the last one if left out
        #[arg(long, value_name = "NUMBER")]
        attempt: Option<i64>,
        /// An attempt by its id, in place of a job
        #[arg(long, value_name = "ID", conflicts_with_all = ["job", "attempt", "date"])]
        id: Option<AttemptId>,
        /// The log; the main one if left out
        #[arg(long)]
        name: Option<String>,
        /// Go on while the job runs
        #[arg(long, short)]
        follow: bool,
        /// List the logs that there are
        #[arg(long, conflicts_with_all = ["follow", "name"])]
        list: bool,
    },
    /// Add a job of the definitions to a daily schedule that is built
    #[command(after_help = "Examples:
  ringmaster job add Night/Report --reason 'the customer wants it today'
  ringmaster job add Night/Load --frequency Reruns --on-hold
  ringmaster job add Night/Load --property FILE=late.csv
  ringmaster job add AdHoc/Cleanup             the schedule AdHoc is there for today")]
    Add {
        #[command(flatten)]
        job: ActOnJob,
        /// The frequency whose details it has; its first one if left out
        #[arg(long)]
        frequency: Option<String>,
        /// Add it on hold
        #[arg(long)]
        on_hold: bool,
        /// A property of the new job; may be given several times
        #[arg(long = "property", value_name = "NAME=VALUE", value_parser = property)]
        properties: Vec<(String, String)>,
        /// Refuse an instance in which the job is not by its definition
        #[arg(long)]
        apply_exceptions: bool,
    },
    /// Keep a job from being started
    #[command(after_help = "Examples:
  ringmaster job hold Night/Load --reason 'rates are wrong'")]
    Hold(ActOnJob),
    /// Let a held job go on
    #[command(after_help = "Examples:
  ringmaster job release Night/Load --reason 'rates are right'")]
    Release(ActOnJob),
    /// Start a job whatever it waits for
    #[command(after_help = "Examples:
  ringmaster job start Night/Load --reason 'input came by hand'")]
    Start(ActOnJob),
    /// Take a job out of the day; those that need it do not run
    #[command(after_help = "Examples:
  ringmaster job cancel Night/Load --reason 'not today'")]
    Cancel(ActOnJob),
    /// Skip a job when its turn comes; those that wait for it go on
    #[command(after_help = "Examples:
  ringmaster job skip Night/Load --reason 'no input today'")]
    Skip(ActOnJob),
    /// End a running job by force
    #[command(after_help = "Examples:
  ringmaster job kill Night/Load --reason 'hangs'

Its agent must allow it: `allow_kill` in its definition.")]
    Kill(ActOnJob),
    /// Run a job that has ended once more; a container with its jobs
    #[command(after_help = "Examples:
  ringmaster job restart Night/Load --reason 'input was late'
  ringmaster job restart Night/Load --force                 now, whatever it waits for
  ringmaster job restart Day/Branches --subschedule matching
                                  a container that failed, with those of its jobs that failed
  ringmaster job restart Day/Branches --subschedule rebuild  by the definitions of now")]
    Restart {
        #[command(flatten)]
        job: ActOnJob,
        /// On hold
        #[arg(long, conflicts_with = "force")]
        on_hold: bool,
        /// At once, whatever it waits for
        #[arg(long)]
        force: bool,
        /// What becomes of the jobs in a container
        #[arg(long, value_enum, value_name = "HOW", default_value_t = Inside::All)]
        subschedule: Inside,
    },
    /// Say how a job has ended
    #[command(after_help = "Examples:
  ringmaster job mark finished-ok Night/Load --reason 'was done by hand'
  ringmaster job mark under-review Night/Load --reason 'INC-4711'")]
    Mark {
        /// As what
        #[arg(value_enum)]
        what: Mark,
        #[command(flatten)]
        job: ActOnJob,
    },
}

/// What becomes of the jobs in a container that is restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Inside {
    /// All that have ended run again
    All,
    /// Those run again that have ended as the container has: of one that failed, those that failed
    Matching,
    /// None runs again: the container follows what is in it and ends as that does
    Leave,
    /// They are deleted, and built anew by the definitions of now
    Rebuild,
}

/// As what a job is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Mark {
    /// It finished OK
    FinishedOk,
    /// It failed
    Failed,
    /// Somebody looks at its failure
    UnderReview,
    /// Its failure is mended
    Fixed,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct OfJob {
    /// The job, after its daily schedule: Night/Load
    #[arg(value_name = "SCHEDULE/JOB")]
    pub(crate) job: JobName,
    #[command(flatten)]
    pub(crate) day: Day,
}

#[derive(Debug, Args)]
pub(crate) struct ActOnJob {
    #[command(flatten)]
    pub(crate) job: OfJob,
    /// Why, for the audit
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

//! What the batch server tells a job about itself, in environment variables.

use std::fmt;
use std::time::Duration;

use crate::address::{Address, BadAddress};
use crate::protocol::Token;

/// The batch server's job socket.
pub const SERVER: &str = "AMTJOB_SERVER";
/// The runner's message socket.
pub const RUNNER: &str = "AMTJOB_RUNNER";
/// The secret of this run.
pub const TOKEN: &str = "AMTJOB_TOKEN";
/// How long a lost batch server is looked for, in seconds.
pub const RETRY_SECONDS: &str = "AMTJOB_RETRY_SECONDS";
/// How long an aborted job waits to be ended, in seconds.
pub const ABORT_SECONDS: &str = "AMTJOB_ABORT_SECONDS";
/// The application of this run.
pub const APPLICATION: &str = "AMTAPPLICATION";
/// The script of this run, with its folder and extension.
pub const SCRIPT_NAME: &str = "AMTSCRIPTNAME";
/// The job definition of this run.
pub const JOB_NAME: &str = "AMTJOBNAME";
/// `1` when this run goes on from a critical point, else `0`.
pub const RECOVER: &str = "AMTRECOVER";
/// The data of that critical point.
pub const CRITICAL_POINT: &str = "AMTCRITICALPOINT";

/// A restart of the batch server must not fail a running job, so it is waited for as long as such a thing takes.
const RETRY_DEFAULT: Duration = Duration::from_mins(10);

/// Where this job's partners are and how it proves who it is.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The batch server's job socket.
    pub server: Address,
    /// The runner's message socket.
    pub runner: Address,
    /// The secret of this run.
    pub token: Token,
    /// How long a lost batch server is looked for; zero tries once.
    pub retry: Duration,
}

/// Why this process cannot speak for a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The variable is not set.
    Missing(&'static str),
    /// The variable holds no address.
    Address(&'static str, BadAddress),
    /// The variable holds no number of seconds.
    Seconds(&'static str, String),
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(
                out,
                "{name} is not set; amtjob works only in a job that a batch server has started"
            ),
            Self::Address(name, error) => write!(out, "cannot use {name}: {error}"),
            Self::Seconds(name, text) => {
                write!(out, "cannot use {name}: `{text}` is not a whole number of seconds")
            }
        }
    }
}

impl std::error::Error for Error {}

impl Environment {
    /// Reads the variables of this process.
    ///
    /// # Errors
    /// When one is missing or cannot be used.
    pub fn read() -> Result<Self, Error> {
        Ok(Self {
            server: address(SERVER)?,
            runner: address(RUNNER)?,
            token: Token::new(required(TOKEN)?),
            retry: seconds(RETRY_SECONDS, RETRY_DEFAULT)?,
        })
    }
}

/// A variable that is set and not empty.
pub fn optional(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// A variable in whole seconds, or `default` when it is not set.
///
/// # Errors
/// When it is not a number.
pub fn seconds(name: &'static str, default: Duration) -> Result<Duration, Error> {
    let Some(text) = optional(name) else { return Ok(default) };
    match text.trim().parse::<u32>() {
        Ok(seconds) => Ok(Duration::from_secs(seconds.into())),
        Err(_) => Err(Error::Seconds(name, text)),
    }
}

fn required(name: &'static str) -> Result<String, Error> {
    optional(name).ok_or(Error::Missing(name))
}

fn address(name: &'static str) -> Result<Address, Error> {
    Address::parse(&required(name)?).map_err(|error| Error::Address(name, error))
}

//! Arguments, typed.

use super::completions::Shell;
use super::duration::duration;
use super::once::Given;
use super::prepare::prepare;
use super::table::{COMMANDS, OPTIONS, Opt};
use crate::config::nearest;
use amt_protocol::REQUEST_KEY_CHARS_MAX;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// What `amt` is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Start, stop, kill or resume.
    Run,
    /// `amt doctor`.
    Doctor,
    /// `amt completions SHELL`.
    Completions(Shell),
    /// `amt man`.
    Man,
    /// `--help`.
    Help,
    /// `--version`.
    Version,
}

/// The job type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobType {
    /// Submit a job or script.
    Start,
    /// Ask a run politely to end.
    Stop,
    /// End a run.
    Kill,
}

impl JobType {
    /// As the log prints it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "START",
            Self::Stop => "STOP",
            Self::Kill => "KILL",
        }
    }
}

/// How to notice the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitMode {
    /// Long poll.
    Push,
    /// At an interval.
    Poll,
}

/// The form of standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// The log of the older connector.
    Text,
    /// The block for a scheduler's job log.
    JobLog,
    /// JSON.
    Json,
}

/// Everything on the command line. Blank values count as absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arguments {
    /// What to do.
    pub command: Command,
    /// `-jt`.
    pub job_type: JobType,
    /// `-an`.
    pub application: Option<String>,
    /// `-jn`.
    pub job: Option<String>,
    /// `-fn`.
    pub file: Option<String>,
    /// `-pa`, all of them joined with `;`.
    pub parameters: Option<String>,
    /// `-u`.
    pub user: Option<String>,
    /// `-tv`, all of them joined with `;`.
    pub task_values: Option<String>,
    /// `-ri`.
    pub request_id: Option<i64>,
    /// `--queue`.
    pub queue: Option<String>,
    /// `--report-parameter`.
    pub report_parameter: Option<String>,
    /// `--global-parameter`.
    pub global_parameter: Option<String>,
    /// `--request-file`.
    pub request_file: Option<String>,
    /// `--submit-user`.
    pub submit_user: Option<String>,
    /// `--station`.
    pub station: Option<String>,
    /// `--request-key`.
    pub request_key: Option<String>,
    /// `--resume`.
    pub resume: Option<i64>,
    /// `--wait-mode`.
    pub wait_mode: Option<WaitMode>,
    /// `--follow`.
    pub follow: bool,
    /// `--no-wait`.
    pub no_wait: bool,
    /// `--give-up-after`.
    pub give_up_after: Option<Duration>,
    /// `--kill-on-interrupt`.
    pub kill_on_interrupt: bool,
    /// `--output`.
    pub output: Output,
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--profile`.
    pub profile: Option<PathBuf>,
    /// `--timeout`.
    pub timeout: Option<Duration>,
    /// `--connect-timeout`.
    pub connect_timeout: Option<Duration>,
    /// `--retry-for`.
    pub retry_for: Option<Duration>,
}

/// Arguments that make no sense, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

fn wrong<T>(text: impl Into<String>) -> Result<T, UsageError> {
    Err(UsageError(text.into()))
}

/// Reads arguments, without the program's name.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, UsageError> {
    let mut parser = lexopt::Parser::from_args(prepare(arguments));
    let mut read = Arguments::empty();
    let mut given = Given::default();
    let mut words: Vec<String> = Vec::new();
    while let Some(argument) = parser.next().map_err(|error| UsageError(error.to_string()))? {
        match argument {
            lexopt::Arg::Short('h') => read.command = Command::Help,
            lexopt::Arg::Short('V') => read.command = Command::Version,
            lexopt::Arg::Short(letter) => return unknown_option(&format!("-{letter}")),
            lexopt::Arg::Value(word) => words.push(word.to_string_lossy().into_owned()),
            lexopt::Arg::Long(name) => {
                let Some(option) = Opt::by_long(name) else {
                    return unknown_option(&format!("--{name}"));
                };
                if option.value.is_some() {
                    let value = parser.optional_value();
                    let Some(value) = value else {
                        return wrong(format!("{} wants a value", shown(option)));
                    };
                    let Ok(value) = value.into_string() else {
                        return wrong(format!("the value of {} is not valid text", shown(option)));
                    };
                    given.note(option, &value)?;
                    read.take(option, &value)?;
                } else {
                    read.raise(option.long);
                }
            }
        }
    }
    read.take_words(&words)?;
    if read.command == Command::Run {
        read.check()?;
    }
    Ok(read)
}

impl Arguments {
    fn empty() -> Self {
        Self {
            command: Command::Run,
            job_type: JobType::Start,
            application: None,
            job: None,
            file: None,
            parameters: None,
            user: None,
            task_values: None,
            request_id: None,
            queue: None,
            report_parameter: None,
            global_parameter: None,
            request_file: None,
            submit_user: None,
            station: None,
            request_key: None,
            resume: None,
            wait_mode: None,
            follow: false,
            no_wait: false,
            give_up_after: None,
            kill_on_interrupt: false,
            output: Output::Text,
            config: None,
            profile: None,
            timeout: None,
            connect_timeout: None,
            retry_for: None,
        }
    }

    fn take(&mut self, option: &Opt, value: &str) -> Result<(), UsageError> {
        if value.trim().is_empty() {
            return Ok(());
        }
        let chosen = option.choices.iter().find(|choice| choice.eq_ignore_ascii_case(value.trim()));
        if !option.choices.is_empty() && chosen.is_none() {
            let choices = option.choices.join(", ");
            return wrong(format!("{} is one of {choices}, not `{value}`", shown(option)));
        }
        let text = || Some(value.to_owned());
        let time = || {
            duration(value).map(Some).map_err(|why| UsageError(format!("{}: {why}", shown(option))))
        };
        match option.long {
            "job-type" => {
                self.job_type = match chosen {
                    Some(&"STOP") => JobType::Stop,
                    Some(&"KILL") => JobType::Kill,
                    _ => JobType::Start,
                }
            }
            "application" => self.application = text(),
            "job" => self.job = text(),
            "file" => self.file = text(),
            "parameters" => join(&mut self.parameters, value),
            "user" => self.user = text(),
            "task-value" => join(&mut self.task_values, value),
            "request-id" => self.request_id = Some(request_id(option, value)?),
            "queue" => self.queue = text(),
            "report-parameter" => self.report_parameter = text(),
            "global-parameter" => self.global_parameter = text(),
            "request-file" => self.request_file = text(),
            "submit-user" => self.submit_user = text(),
            "station" => self.station = text(),
            "request-key" => self.request_key = text(),
            "resume" => self.resume = Some(request_id(option, value)?),
            "wait-mode" => {
                self.wait_mode = chosen.map(|mode| match *mode {
                    "push" => WaitMode::Push,
                    _ => WaitMode::Poll,
                });
            }
            "output" => {
                self.output = match chosen {
                    Some(&"json") => Output::Json,
                    Some(&"joblog") => Output::JobLog,
                    _ => Output::Text,
                };
            }
            "give-up-after" => self.give_up_after = time()?,
            "config" => self.config = Some(value.into()),
            "profile" => self.profile = Some(value.into()),
            "timeout" => self.timeout = time()?,
            "connect-timeout" => self.connect_timeout = time()?,
            "retry-for" => self.retry_for = time()?,
            other => return wrong(format!("--{other} takes no value")),
        }
        Ok(())
    }

    fn raise(&mut self, flag: &str) {
        match flag {
            "help" => self.command = Command::Help,
            "version" => self.command = Command::Version,
            "follow" => self.follow = true,
            "no-wait" => self.no_wait = true,
            _ => self.kill_on_interrupt = true,
        }
    }

    fn take_words(&mut self, words: &[String]) -> Result<(), UsageError> {
        let is_asking = matches!(self.command, Command::Help | Command::Version);
        match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [] => {}
            _ if is_asking => {}
            ["doctor"] => self.command = Command::Doctor,
            ["man"] => self.command = Command::Man,
            ["help"] => self.command = Command::Help,
            ["completions", shell] => {
                let Some(shell) = Shell::find(shell) else {
                    return wrong(format!(
                        "completions are for bash, zsh, fish or powershell, not `{shell}`"
                    ));
                };
                self.command = Command::Completions(shell);
            }
            ["completions"] => return wrong("completions wants bash, zsh, fish or powershell"),
            [word, ..] => return unknown_word(word),
        }
        Ok(())
    }

    fn check(&self) -> Result<(), UsageError> {
        if self.resume.is_some() && self.job_type != JobType::Start {
            return wrong("--resume waits for a request; use -ri with -jt STOP or KILL");
        }
        if self.follow && self.output == Output::JobLog {
            return wrong(
                "--follow prints while the job runs, but a job log block says first how it ended; use --output text or json",
            );
        }
        match self.job_type {
            JobType::Stop | JobType::Kill if self.request_id.is_none() => {
                wrong(format!("-jt {} wants -ri with the request id", self.job_type.name()))
            }
            JobType::Start if self.request_id.is_some() => {
                wrong("-ri goes with -jt STOP or KILL; use --resume to wait for a request")
            }
            JobType::Start
                if self.resume.is_none() && self.job.is_none() && self.file.is_none() =>
            {
                wrong("nothing to start: give -jn (stored job) or -fn (script)")
            }
            _ if self
                .request_key
                .as_ref()
                .is_some_and(|key| key.chars().count() > REQUEST_KEY_CHARS_MAX) =>
            {
                wrong(format!("--request-key is longer than {REQUEST_KEY_CHARS_MAX} characters"))
            }
            _ => Ok(()),
        }
    }
}

fn join(list: &mut Option<String>, value: &str) {
    match list {
        Some(text) => {
            text.push(';');
            text.push_str(value);
        }
        None => *list = Some(value.to_owned()),
    }
}

fn request_id(option: &Opt, value: &str) -> Result<i64, UsageError> {
    match value.trim().parse::<i64>() {
        Ok(id) if id > 0 => Ok(id),
        _ => wrong(format!("{} wants a request id such as 2112, not `{value}`", shown(option))),
    }
}

pub(super) fn shown(option: &Opt) -> String {
    match option.legacy {
        Some(legacy) => format!("{legacy} (--{})", option.long),
        None => format!("--{}", option.long),
    }
}

fn unknown_option<T>(given: &str) -> Result<T, UsageError> {
    let name = given.trim_start_matches('-');
    match nearest(name, OPTIONS.iter().map(|option| option.long)) {
        Some(near) => wrong(format!("there is no option {given}; did you mean --{near}?")),
        None => wrong(format!("there is no option {given}; see amt --help")),
    }
}

fn unknown_word<T>(word: &str) -> Result<T, UsageError> {
    match nearest(word, COMMANDS.iter().map(|(name, _, _)| *name)) {
        Some(near) => wrong(format!("there is no command {word}; did you mean {near}?")),
        None => wrong(format!(
            "`{word}` belongs to no option; quote values that hold blanks, or see amt --help"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &[&str]) -> Result<Arguments, UsageError> {
        parse(line.iter().map(OsString::from))
    }

    fn error(line: &[&str]) -> String {
        read(line).unwrap_err().0
    }

    #[test]
    fn the_seed_line_reads_with_its_quotes() {
        let read =
            read(&["-jt", "START", "-an", "DEMO2", "-jn", "RUN_PARAMETERTESTA", "-pa", "'PARAM'"])
                .unwrap();
        assert_eq!(read.command, Command::Run);
        assert_eq!(read.application.as_deref(), Some("DEMO2"));
        assert_eq!(read.job.as_deref(), Some("RUN_PARAMETERTESTA"));
        assert_eq!(read.parameters.as_deref(), Some("'PARAM'"));
        assert_eq!((read.file, read.user, read.task_values), (None, None, None));
    }

    #[test]
    fn modern_names_mean_the_same() {
        let legacy = [
            "-jt", "start", "-an", "A", "-jn", "J", "-fn", "F", "-pa", "-p", "-u", "U", "-tv", "T",
        ];
        let modern = [
            "--job-type=START",
            "--application",
            "A",
            "--job=J",
            "--file",
            "F",
            "--parameters",
            "-p",
            "--user",
            "U",
            "--task-value",
            "T",
        ];
        assert_eq!(read(&legacy), read(&modern));
    }

    #[test]
    fn lists_repeat_and_blank_values_are_absent() {
        let read = read(&[
            "-jn", "J", "-pa", "A=1;B", "-pa", "-c", "-tv", "x", "-tv", "", "-u", " ", "-fn", "",
        ])
        .unwrap();
        assert_eq!(read.parameters.as_deref(), Some("A=1;B;-c"));
        assert_eq!(read.task_values.as_deref(), Some("x"));
        assert_eq!((read.user, read.file), (None, None));
    }

    #[test]
    fn job_types_want_what_they_need() {
        let stop = read(&["-jt", "Stop", "-ri", "2112"]).unwrap();
        assert_eq!((stop.job_type, stop.request_id), (JobType::Stop, Some(2112)));
        assert!(error(&["-jt", "KILL"]).contains("-ri"));
        assert!(error(&["-jt", "PAUSE", "-jn", "J"]).contains("START, STOP, KILL"));
        assert!(error(&["-jn", "J", "-ri", "1"]).contains("--resume"));
        assert!(error(&[]).contains("-jn"));
        assert!(error(&["--resume", "-5"]).contains("request id"));
        assert!(error(&["-jn", "J", "--follow", "--output", "joblog"]).contains("--follow"));
        assert!(error(&["--resume", "5", "-jt", "kill", "-ri", "5"]).contains("--resume"));
    }

    #[test]
    fn slips_are_explained() {
        assert!(error(&["-jn", "J", "--aplication", "X"]).contains("did you mean --application?"));
        assert!(error(&["-jn", "J", "-zz"]).contains("no option -z"));
        assert!(
            error(&["-jn", "A", "--job", "B"]).contains("given twice, as `A` and as `B`"),
            "they contradict each other"
        );
        assert!(read(&["-jn", "A", "-jn", "A", "-u", "", "-u", "U"]).is_ok());
        assert!(error(&["docter"]).contains("did you mean doctor?"));
        assert!(error(&["-jn", "A", "B"]).contains("`B` belongs to no option"));
        assert!(error(&["-jn", "J", "--timeout", "5d"]).contains("--timeout"));
        assert!(error(&["-jn", "J", "--follow=1"]).contains("--follow"));
        assert!(error(&["-jn"]).contains("wants a value"));
        assert!(error(&["completions", "tcsh"]).contains("powershell"));
    }

    #[test]
    fn commands_are_words() {
        assert_eq!(read(&["doctor"]).unwrap().command, Command::Doctor);
        assert_eq!(
            read(&["completions", "bash"]).unwrap().command,
            Command::Completions(Shell::Bash)
        );
        assert_eq!(read(&["--help"]).unwrap().command, Command::Help);
        assert_eq!(read(&["-V"]).unwrap().command, Command::Version);
    }
}

//! From the lines to definitions.

use indexmap::IndexMap;
use scheduler_core::definition::run::{Command, Run};
use scheduler_core::definition::{BatchUser, Definitions, FrequencyUse, Job, RunsOn, Schedule};
use scheduler_core::frequency::{Cron, CronRule, DayType, Frequency, Rule};
use scheduler_core::name::{AgentName, BatchUserName, FrequencyName, JobName, ScheduleName};
use scheduler_core::text_value::TextValue;
use scheduler_core::time::ZoneName;

use super::parse::{BadLine, Entry, Layout, Line, parse};
use super::text::{program, quoted, without_tokens};

/// Longest command line of a definition, in characters.
const COMMAND_CHARS_MAX: usize = 4_000;
/// Longest documentation of a definition, in characters.
const DOCUMENTATION_CHARS_MAX: usize = 4_000;

/// How a table is taken over.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// A user's table or a system's.
    pub layout: Layout,
    /// The schedule that the jobs are put into.
    pub schedule: ScheduleName,
    /// The agent on which they run.
    pub agent: AgentName,
    /// The time zone of the times, where the table sets none.
    pub time_zone: ZoneName,
}

/// What has been made of a table.
#[derive(Debug)]
pub struct Crontab {
    /// The schedule, its jobs and their frequencies.
    pub definitions: Definitions,
    /// Lines that could not be taken over, and why.
    pub refused: Vec<BadLine>,
    /// What behaves differently or needs a look.
    pub notes: Vec<String>,
}

/// Makes definitions of a table.
pub fn import(text: &str, options: &ImportOptions) -> Crontab {
    let mut import = Import::new(options);
    for (number, line) in parse(text, options.layout).into_iter().enumerate() {
        match line {
            Ok(Line::Setting { name, value }) => import.setting(number + 1, name, value),
            Ok(Line::Comment(comment)) => import.comments.push(comment),
            Ok(Line::Blank) => import.comments.clear(),
            Ok(Line::Job(entry)) => {
                if let Err(message) = import.job(number + 1, entry) {
                    import.refused.push(BadLine { line: number + 1, message });
                }
                import.comments.clear();
            }
            Err(bad) => import.refused.push(bad),
        }
    }
    import.finish()
}

struct Import<'o> {
    options: &'o ImportOptions,
    schedule: Schedule,
    /// Frequencies by their patterns.
    frequencies: IndexMap<String, FrequencyName>,
    definitions: Definitions,
    environment: IndexMap<String, String>,
    comments: Vec<String>,
    has_job: bool,
    refused: Vec<BadLine>,
    notes: Vec<String>,
}

impl<'o> Import<'o> {
    fn new(options: &'o ImportOptions) -> Self {
        let schedule =
            Schedule { time_zone: Some(options.time_zone.clone()), ..Schedule::default() };
        Self {
            options,
            schedule,
            frequencies: IndexMap::new(),
            definitions: Definitions::default(),
            environment: IndexMap::new(),
            comments: Vec::new(),
            has_job: false,
            refused: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn setting(&mut self, line: usize, name: String, value: String) {
        match name.as_str() {
            "CRON_TZ" | "TZ" if !self.has_job => match value.parse::<ZoneName>() {
                Ok(zone) => self.schedule.time_zone = Some(zone),
                Err(error) => self.refused.push(BadLine { line, message: error.message }),
            },
            "CRON_TZ" => {
                let message = "a second time zone in one table: import the lines below it as a table of their own".to_owned();
                self.refused.push(BadLine { line, message });
            }
            "MAILTO" | "MAILFROM" => self.notes.push(format!("line {line}: {name} is not taken over: add a notification group for the failure of jobs")),
            "RANDOM_DELAY" => self.notes.push(format!("line {line}: RANDOM_DELAY is not taken over: jobs start on time")),
            _ => {
                self.environment.insert(name, value);
            }
        }
    }

    fn job(&mut self, line: usize, entry: Entry) -> Result<(), String> {
        if entry.pattern == "@reboot" {
            return Err(
                "@reboot has no time: let the system's own service manager start it".to_owned()
            );
        }
        let pattern = Cron::parse(&entry.pattern)
            .map_err(|why| format!("the pattern `{}` {why}", entry.pattern))?;
        if entry.input.is_some() {
            self.notes.push(format!("line {line}: the text after % is passed by printf, as cron passes it to the command"));
        }
        let shell = self.environment.get("SHELL").map_or("/bin/sh", String::as_str);
        let line = without_tokens(&command_line(&entry, shell));
        let chars = line.chars().count();
        if chars > COMMAND_CHARS_MAX {
            return Err(format!(
                "the command line of the job would have {chars} characters; at most {COMMAND_CHARS_MAX} are allowed: put it into a script"
            ));
        }
        let batch_user = entry
            .user
            .as_deref()
            .map(str::parse::<BatchUserName>)
            .transpose()
            .map_err(|error| error.message)?;
        if let Some(user) = &batch_user {
            let made = || BatchUser {
                target: "Command".to_owned(),
                identifier: None,
                roles: Vec::new(),
                documentation: None,
            };
            self.definitions.batch_users.entry(user.clone()).or_insert_with(made);
        }
        let frequency = self.frequency(&entry.pattern, pattern);
        let name = self.name(&entry.command);
        let plain = |(name, value): (&String, &String)| (name.clone(), without_tokens(value));
        let command = Command {
            line,
            environment: self.environment.iter().map(plain).collect(),
            working_directory: self.environment.get("HOME").map(|home| without_tokens(home)),
            batch_user,
            ..Command::default()
        };
        let mut job = Job::new(Run::Command(Box::new(command)));
        let comments = self.comments.join("\n");
        job.documentation = (!comments.is_empty())
            .then(|| comments.chars().take(DOCUMENTATION_CHARS_MAX).collect());
        job.runs_on = Some(RunsOn::Agents(vec![self.options.agent.clone()]));
        job.frequencies = vec![FrequencyUse::new(frequency)];
        self.schedule.jobs.insert(name, job);
        self.has_job = true;
        Ok(())
    }

    /// The frequency of a pattern: lines with the same pattern share it.
    fn frequency(&mut self, text: &str, pattern: Cron) -> FrequencyName {
        if let Some(name) = self.frequencies.get(text) {
            return name.clone();
        }
        // After the schedule: tables that become different schedules may lie in one folder.
        let number = format!("-{}", self.frequencies.len() + 1);
        let room = FrequencyName::CHARS_MAX - number.len();
        let stem: String = self.options.schedule.as_str().chars().take(room).collect();
        let name: FrequencyName = format!("{stem}{number}")
            .parse()
            .expect("what the name of a schedule may have, that of a frequency may have too");
        let rule =
            Rule::Cron(CronRule { pattern, calendar: None, aobn: None, day_type: DayType::Any });
        self.definitions
            .frequencies
            .insert(name.clone(), Frequency { documentation: String::new(), when: rule });
        self.frequencies.insert(text.to_owned(), name.clone());
        name
    }

    /// A name after the program, with a number where it is taken.
    fn name(&self, command: &str) -> JobName {
        let plain: String = program(command)
            .chars()
            .filter(|sign| sign.is_alphanumeric() || "-_.+".contains(*sign))
            .take(JobName::CHARS_MAX - 6)
            .collect();
        let plain = if plain.is_empty() { "job".to_owned() } else { plain };
        let is_free = |name: &JobName| {
            !self
                .schedule
                .jobs
                .keys()
                .any(|taken| taken.as_str().eq_ignore_ascii_case(name.as_str()))
        };
        let numbered = |number: usize| {
            if number == 0 { plain.clone() } else { format!("{plain}-{}", number + 1) }
        };
        // Of one name more than there are jobs, one is free.
        (0..=self.schedule.jobs.len())
            .filter_map(|number| numbered(number).parse::<JobName>().ok())
            .find(is_free)
            .expect("letters, digits and -_.+ make a name, and one of these is free")
    }

    fn finish(mut self) -> Crontab {
        if self.schedule.jobs.is_empty() {
            self.notes.push("the table has no job that could be taken over".to_owned());
        }
        self.definitions.schedules.insert(self.options.schedule.clone(), self.schedule);
        Crontab { definitions: self.definitions, refused: self.refused, notes: self.notes }
    }
}

/// The command as cron runs it: by the shell, with the input of the table.
fn command_line(entry: &Entry, shell: &str) -> String {
    let command = match &entry.input {
        None => entry.command.clone(),
        Some(input) => format!("printf %s {} | {{ {}; }}", quoted(input), entry.command),
    };
    format!("{shell} -c {}", quoted(&command))
}

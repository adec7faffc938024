//! From the lines to definitions.

use indexmap::IndexMap;
use scheduler_core::definition::run::{Command, Run};
use scheduler_core::definition::{
    AutoBuild, BatchUser, Definitions, FrequencyUse, Job, RunsOn, Schedule,
};
use scheduler_core::frequency::{Cron, CronRule, DayType, Frequency, Rule};
use scheduler_core::name::{AgentName, BatchUserName, FrequencyName, ScheduleName};
use scheduler_core::property::TokenText;
use scheduler_core::text_value::TextValue;
use scheduler_core::time::ZoneName;

use super::names::Names;
use super::parse::{BadLine, Entry, Layout, Line, parse};
use super::text::{is_heading, program, quoted, without_tokens};

/// Longest command line of a definition, in characters.
const COMMAND_CHARS_MAX: usize = 4_000;
/// Longest folder of a definition, in characters.
const FOLDER_CHARS_MAX: usize = 1_024;
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
            // What stands above the heading is about the table.
            Ok(Line::Comment(comment)) if is_heading(&comment) => import.comments.clear(),
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
    names: Names,
    /// Why the times of the lines below cannot be taken over.
    wrong_zone: Option<String>,
    refused: Vec<BadLine>,
    notes: Vec<String>,
}

impl<'o> Import<'o> {
    fn new(options: &'o ImportOptions) -> Self {
        let schedule = Schedule {
            time_zone: Some(options.time_zone.clone()),
            // cron runs its lines without being asked.
            auto_build: Some(AutoBuild::default()),
            ..Schedule::default()
        };
        Self {
            options,
            schedule,
            frequencies: IndexMap::new(),
            definitions: Definitions::default(),
            environment: IndexMap::new(),
            comments: Vec::new(),
            names: Names::default(),
            wrong_zone: None,
            refused: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn setting(&mut self, line: usize, name: String, value: String) {
        match name.as_str() {
            "CRON_TZ" => self.time_zone(line, &value),
            "MAILTO" if value.is_empty() => self.notes.push(format!("line {line}: MAILTO is empty: cron sent no mail for the jobs below, and nobody is told of their failures here either until a notification group is added")),
            "MAILTO" | "MAILFROM" => self.notes.push(format!("line {line}: {name} is not taken over: add a notification group for the failure of jobs")),
            "RANDOM_DELAY" => self.notes.push(format!("line {line}: RANDOM_DELAY is not taken over: jobs start on time")),
            _ => {
                if name == "TZ" {
                    self.notes.push(format!("line {line}: TZ is set for the commands and changes no times, as for cron: jobs start by CRON_TZ or, without it, by the time zone of the import"));
                }
                self.variable(line, name, value);
            }
        }
    }

    /// Times below it are those of this zone; of an empty one, those of the system. A schedule has one zone.
    fn time_zone(&mut self, line: usize, value: &str) {
        let zone = match value {
            "" => Ok(self.options.time_zone.clone()),
            value => value.parse::<ZoneName>(),
        };
        self.wrong_zone = match zone {
            Err(error) => {
                self.refused.push(BadLine { line, message: error.message });
                Some(format!("its times are those of the CRON_TZ in line {line}, which is not known"))
            }
            Ok(zone) if self.schedule.jobs.is_empty() => {
                self.schedule.time_zone = Some(zone);
                None
            }
            Ok(zone) => (self.schedule.time_zone.as_ref() != Some(&zone)).then(|| {
                format!(
                    "its times are those of `{zone}`, the second time zone of the table, set in line {line}: import the lines from there on as a table of their own"
                )
            }),
        };
    }

    /// A variable of the commands below it.
    fn variable(&mut self, line: usize, name: String, value: String) {
        if let Err(error) = without_tokens(&value).parse::<TokenText>() {
            let message = format!("the value of {name} cannot be written without tokens: {error}");
            self.refused.push(BadLine { line, message });
        } else {
            self.environment.insert(name, value);
        }
    }

    fn job(&mut self, line: usize, entry: Entry) -> Result<(), String> {
        if entry.pattern == "@reboot" {
            return Err(
                "@reboot has no time: let the system's own service manager start it".to_owned()
            );
        }
        if let Some(why) = &self.wrong_zone {
            return Err(why.clone());
        }
        let pattern = Cron::parse(&entry.pattern)
            .map_err(|why| format!("the pattern `{}` {why}", entry.pattern))?;
        if entry.input.is_some() {
            self.notes.push(format!("line {line}: the text after % is passed by printf, as cron passes it to the command"));
        }
        if let Some(user) = user_before_a_program(&entry) {
            self.notes.push(format!("line {line}: `{user}` is taken for the program; if it is the user, as in /etc/crontab and /etc/cron.d, import the table with --system"));
        }
        let shell = self.environment.get("SHELL").map_or("/bin/sh", String::as_str);
        let line = without_tokens(&command_line(&entry, shell));
        let chars = line.chars().count();
        if chars > COMMAND_CHARS_MAX {
            return Err(format!(
                "the command line of the job would have {chars} characters; at most {COMMAND_CHARS_MAX} are allowed: put it into a script"
            ));
        }
        let working_directory = self.environment.get("HOME").map(|home| without_tokens(home));
        let chars = working_directory.as_deref().map_or(0, |folder| folder.chars().count());
        if chars > FOLDER_CHARS_MAX {
            return Err(format!(
                "HOME, the folder in which the job runs, would have {chars} characters; at most {FOLDER_CHARS_MAX} are allowed"
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
        let name = self.names.name(program(&entry.command));
        let plain = |(name, value): (&String, &String)| (name.clone(), without_tokens(value));
        let command = Command {
            line,
            environment: self.environment.iter().map(plain).collect(),
            working_directory,
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

    fn finish(mut self) -> Crontab {
        if self.schedule.jobs.is_empty() {
            self.notes.push("the table has no job that could be taken over".to_owned());
        }
        self.definitions.schedules.insert(self.options.schedule.clone(), self.schedule);
        Crontab { definitions: self.definitions, refused: self.refused, notes: self.notes }
    }
}

/// The first word of a command that is likely to be the user of a system table: a name that is no program anywhere, and the path of a
/// program after it.
fn user_before_a_program(entry: &Entry) -> Option<&str> {
    const USERS: [&str; 8] =
        ["root", "nobody", "daemon", "www-data", "apache", "nginx", "postgres", "oracle"];
    let mut words = entry.command.split_whitespace();
    let user = words.next().filter(|user| USERS.contains(user))?;
    // `postgres` and `nginx` are programs, too; a path as their first argument is not usual.
    (entry.user.is_none() && words.next()?.starts_with('/')).then_some(user)
}

/// The command as cron runs it: by the shell, with the input of the table. The command is given to a shell of its own, so
/// that it may end in whatever it likes: a comment, an `&`, a backslash.
fn command_line(entry: &Entry, shell: &str) -> String {
    let command = quoted(&entry.command);
    match &entry.input {
        None => format!("{shell} -c {command}"),
        Some(input) => {
            let input = quoted(input);
            format!("{shell} -c 'printf %s \"$1\" | \"$0\" -c \"$2\"' {shell} {input} {command}")
        }
    }
}

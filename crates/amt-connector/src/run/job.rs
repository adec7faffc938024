//! The order of things in one run.

use super::finish::{self, finish};
use super::interrupt::{Interrupts, Signal};
use super::setup::{Setup, prepare};
use super::start::{Started, action, random_key, start};
use super::wait::{Ended, Seen, wait};
use super::watch::{Pace, Watch};
use super::{act, begin, block, deliver};
use crate::arguments::{Arguments, JobType};
use crate::exit;
use crate::log::{Console, LOG_BEGIN, LOG_END, Voice, header};
use amt_client::Client;
use amt_client::job_log::RULE as RULE_BELOW;
use amt_client::settle::Patience;
use amt_protocol::{Action, CompletionCode, JobStatus};
use std::time::Duration;

/// How long the polite logoff at the end may take.
const LOGOFF: Duration = Duration::from_secs(2);

/// A run and what it has found out so far.
struct Job<'a> {
    arguments: &'a Arguments,
    client: Client,
    console: Console,
    pace: Pace,
    patience: Patience,
    key: Option<String>,
    id: Option<i64>,
    status: Option<JobStatus>,
    seen: Seen,
    is_log_open: bool,
    is_block_open: bool,
    messages_missing: Option<String>,
}

/// Starts, stops, kills or resumes, and returns the exit code.
pub async fn run(arguments: &Arguments) -> u8 {
    let setup = match prepare(arguments) {
        Ok(setup) => setup,
        Err(error) => {
            eprintln!("amt: {error}");
            return exit::CONFIGURATION;
        }
    };
    let Ok(mut interrupts) = Interrupts::listen() else {
        eprintln!("amt: cannot listen for Ctrl-C");
        return exit::INPUT_OUTPUT;
    };
    let mut job = Job::new(arguments, setup);
    let ended = tokio::select! {
        biased;
        signal = interrupts.next() => Err(signal),
        code = job.run() => Ok(code),
    };
    match ended {
        Ok(code) => {
            job.end(code);
            // Nothing depends on it: the token would run out by itself.
            let _ = tokio::time::timeout(LOGOFF, job.client.logoff()).await;
            exit::of(code)
        }
        Err(signal) => job.interrupted(signal, &mut interrupts).await,
    }
}

impl<'a> Job<'a> {
    fn new(arguments: &'a Arguments, setup: Setup) -> Self {
        let mut console = Console::new(arguments.output, arguments.follow, setup.log);
        console.warn_of_log();
        setup.warnings.iter().for_each(|warning| console.warn(warning));
        let patience = Patience {
            unsent: arguments.retry_for.unwrap_or(Patience::default().unsent),
            doubtful: arguments.give_up_after,
            ..Patience::default()
        };
        Self {
            arguments,
            client: setup.client,
            console,
            pace: setup.pace,
            patience,
            key: None,
            id: arguments.resume.or(arguments.request_id),
            status: None,
            seen: Seen::default(),
            is_log_open: false,
            is_block_open: false,
            messages_missing: None,
        }
    }

    async fn run(&mut self) -> CompletionCode {
        for text in header(self.arguments, env!("CARGO_PKG_VERSION")) {
            self.console.say(Voice::Connector, &text);
        }
        let logon = begin::logon(&self.client, &mut self.console, self.patience).await;
        if let Err(code) = logon {
            self.remember_earlier_run();
            return code;
        }
        self.console.say(Voice::Executor, "Authentication successful");
        match (self.arguments.job_type, self.id) {
            (JobType::Stop, Some(id)) => self.act(Action::Stop, id).await,
            (JobType::Kill, Some(id)) => self.act(Action::Kill, id).await,
            (_, Some(id)) => self.watch_and_deliver(id, false).await,
            (_, None) => self.start().await,
        }
    }

    /// This run has sent nothing, but whoever names a key may have sent a start under it before.
    fn remember_earlier_run(&mut self) {
        if let (Some(key), None) = (&self.arguments.request_key, self.id) {
            self.console.remark(&format!(
                "An earlier run with --request-key {key} may have started the job; run the same command again with that key, \
                 not without it"
            ));
        }
    }

    async fn start(&mut self) -> CompletionCode {
        let key = match self.arguments.request_key.clone().map_or_else(random_key, Ok) {
            Ok(key) => key,
            Err(error) => {
                self.console.remark(&format!("no random request key: {error}"));
                return CompletionCode::Error;
            }
        };
        let action = action(self.arguments, &key);
        self.console.note(&format!("RequestKey '{key}'"));
        self.key = Some(key);
        let name = self.name();
        self.console.say(Voice::Executor, &format!("Job '{name}' START request received"));
        // Who names the key may be finding out what became of an earlier start.
        let is_resumed = self.arguments.request_key.is_some();
        let started =
            start(&self.client, &mut self.console, &action, self.patience, is_resumed).await;
        match started {
            Started::Nothing(code) => code,
            Started::Request(id) => {
                self.id = Some(id);
                self.console.say(
                    Voice::Executor,
                    &format!("Job '{name}' started in AMT Environment : BatchrequestId '{id}'"),
                );
                self.console.event(|| serde_json::json!({"Event": "Started", "BatchRequestId": id, "RequestKey": action.request_key}));
                self.watch_and_deliver(id, true).await
            }
        }
    }

    /// The job name, or the file name of an ad-hoc script without one.
    fn name(&self) -> String {
        let arguments = self.arguments;
        arguments.job.clone().or_else(|| arguments.file.clone()).unwrap_or_default()
    }

    async fn act(&mut self, action: Action, id: i64) -> CompletionCode {
        let verb = self.arguments.job_type.name();
        self.console
            .say(Voice::Executor, &format!("BatchrequestId '{id}' {verb} request received"));
        let answer = act::act(&self.client, &mut self.console, action, id, self.patience).await;
        let code = match answer {
            Ok(answer) => answer.code.and_then(|code| CompletionCode::try_from(code).ok()),
            Err(code) => return code,
        };
        match code {
            Some(code) if code.is_final() || self.arguments.no_wait => code,
            None if self.arguments.no_wait => CompletionCode::Undefined,
            _ => self.watch(id, true).await,
        }
    }

    async fn watch_and_deliver(&mut self, id: i64, is_known: bool) -> CompletionCode {
        if self.arguments.follow {
            self.open_log();
        }
        let code = self.watch(id, is_known).await;
        if self.status.is_some() {
            self.open_block(code);
            self.deliver(id).await;
        }
        code
    }

    async fn watch(&mut self, id: i64, is_known: bool) -> CompletionCode {
        let watch = Watch::new(self.pace, self.arguments.give_up_after, is_known);
        let follow = self.is_log_open;
        let ended = wait(&self.client, &mut self.console, id, watch, follow, &mut self.seen).await;
        match ended {
            Ended::Final(code, status) => {
                self.status = Some(*status);
                code
            }
            Ended::GaveUp => {
                self.console.remark(&format!(
                    "Giving up on BatchrequestId '{id}': the server was silent for longer than --give-up-after. Its outcome is \
                     unknown and it may still run; do not start it again, continue with: {}",
                    resume(self.arguments, id)
                ));
                // Not 23, which promises that nothing was started.
                CompletionCode::Undefined
            }
            Ended::Denied(error) => {
                self.console.remark(&format!(
                    "Authentication failed: {error}. BatchrequestId '{id}' goes on; write the new credentials into \
                     Connector.config, then wait for it with: {}",
                    resume(self.arguments, id)
                ));
                CompletionCode::AuthenticationError
            }
            Ended::NoSuchRequest => {
                self.console
                    .remark(&format!("The server has no BatchrequestId '{id}'; check the number"));
                CompletionCode::Undefined
            }
        }
    }

    fn open_log(&mut self) {
        if !self.is_log_open {
            self.is_log_open = true;
            self.console.say(Voice::Executor, LOG_BEGIN);
        }
    }

    /// The messages between their two lines. The result stands without them too.
    async fn deliver(&mut self, id: i64) {
        self.open_log();
        if !self.seen.is_log_complete {
            let after = self.seen.last_message;
            self.messages_missing = deliver::rest(&self.client, &mut self.console, id, after).await;
        }
        if let Some(why) = &self.messages_missing {
            self.console.remark(&format!(
                "Messages of BatchrequestId '{id}' are missing, the return code stands: {why}; fetch them later with: {}",
                resume(self.arguments, id)
            ));
        }
        self.console.note(&match self.console.printed() {
            1 => "1 message".to_owned(),
            count => format!("{count} messages"),
        });
        self.console.say(Voice::Executor, LOG_END);
        self.say_why(id);
    }

    /// What the server says of a request that did not end well. A job that has just ended with another exit code has often written
    /// nothing of it.
    fn say_why(&mut self, id: i64) {
        let Some(status) = &self.status else { return };
        if status.completion() != CompletionCode::Done && !status.description.is_empty() {
            let text = format!(
                "BatchrequestId '{id}' ended with {} : {}",
                status.status, status.description
            );
            self.console.say(Voice::Executor, &text);
        }
    }

    /// The job log block up to its messages. It says first how the request ended, so it cannot come earlier.
    fn open_block(&mut self, code: CompletionCode) {
        if !self.is_block_open {
            self.is_block_open = true;
            self.console.block(&block::head(self.arguments, self.client.server(), code));
        }
    }

    fn end(&mut self, code: CompletionCode) {
        self.open_block(code);
        self.console.block(RULE_BELOW);
        if self.is_log_open && self.status.is_none() {
            self.console.say(Voice::Executor, LOG_END);
        }
        let result = finish::Result {
            arguments: self.arguments,
            server: self.client.server(),
            request_key: self.key.as_deref(),
            id: self.id,
            status: self.status.as_ref(),
            messages_missing: self.messages_missing.as_deref(),
            code,
        };
        finish(&mut self.console, &result);
        self.console.warn_of_log();
    }

    /// Says how to go on; kills the job only if asked to. A second signal ends at once.
    async fn interrupted(&mut self, signal: Signal, interrupts: &mut Interrupts) -> u8 {
        let may_run = self.id.is_some() || self.key.is_some();
        if self.arguments.kill_on_interrupt && may_run {
            return tokio::select! {
                biased;
                second = interrupts.next() => self.leave(second),
                code = self.kill() => match code {
                    Some(code) => {
                        self.end(code);
                        exit::of(code)
                    }
                    None => self.leave(signal),
                },
            };
        }
        self.leave(signal)
    }

    async fn kill(&mut self) -> Option<CompletionCode> {
        if self.id.is_none()
            && let Some(key) = self.key.clone()
        {
            let found = self.client.find_job(&key).await.ok().flatten();
            self.id = found.map(|status| status.batch_request_id);
        }
        let id = self.id?;
        self.console.remark(&format!("Interrupted: killing BatchrequestId '{id}'"));
        act::act(&self.client, &mut self.console, Action::Kill, id, self.patience).await.ok()?;
        Some(self.watch_and_deliver(id, true).await)
    }

    fn leave(&mut self, signal: Signal) -> u8 {
        let text = match (self.id, &self.key) {
            (Some(id), _) => format!(
                "interrupted: BatchrequestId '{id}' goes on. Wait for it with: {}; end it with: {}",
                resume(self.arguments, id),
                command(self.arguments, &format!("-jt KILL -ri {id}"))
            ),
            (None, Some(key)) => format!(
                "interrupted: it is not known whether the job was started. Run the same command with --request-key {key} to \
                 find out: it does not start a second time"
            ),
            (None, None) => "interrupted before anything was started".to_owned(),
        };
        self.console.remark(&text);
        eprintln!("amt: {text}");
        self.console.document(serde_json::json!({
            "BatchRequestId": self.id, "RequestKey": self.key, "ReturnCode": null, "Status": "INTERRUPTED",
        }));
        signal.exit_code()
    }
}

fn resume(arguments: &Arguments, id: i64) -> String {
    command(arguments, &format!("--resume {id}"))
}

fn command(arguments: &Arguments, rest: &str) -> String {
    match &arguments.config {
        Some(path) => format!("amt --config \"{}\" {rest}", path.display()),
        None => format!("amt {rest}"),
    }
}

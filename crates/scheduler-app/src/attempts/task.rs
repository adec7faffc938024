//! What is sent to an agent for an attempt.

use std::sync::Arc;

use connector::{AttemptKey, StartTask};
use indexmap::IndexMap;
use jiff::Timestamp;
use scheduler_core::definition::run::Run;
use scheduler_core::definition::{Job, Schedule};
use scheduler_store::attempt::Attempt;
use scheduler_store::daily_job::DailyJob;
use scheduler_store::daily_schedule::DailySchedule;
use serde_json::{Map, Value};

use crate::App;
use crate::batch_users::{login, named_by_run, with_user};
use crate::body::frequency_use;
use crate::changes::changes;
use crate::error::Result;
use crate::secrets::PropertySecrets;
use crate::tokens::{Installation, Tokens, has_tokens};

/// The key of an attempt: the same for ever, and no other attempt of any scheduler has it.
pub(crate) fn key(instance: &str, job_id: i64, number: i64) -> AttemptKey {
    let text = format!("rm-{instance}-{job_id}-{number}");
    text.try_into().expect("letters, digits and dashes")
}

/// What the texts of all tasks of one pass are resolved with; read when the first of them has a token.
pub(super) struct Surroundings<'a> {
    app: &'a App,
    now: Timestamp,
    known: Option<(Arc<Installation>, PropertySecrets)>,
}

impl<'a> Surroundings<'a> {
    pub(super) fn new(app: &'a App, now: Timestamp) -> Self {
        Self { app, now, known: None }
    }

    async fn tokens(&mut self, tx: &mut sql::Tx<'_>, job: i64) -> Result<Tokens> {
        if self.known.is_none() {
            let secrets = self.app.property_secrets(tx).await?;
            self.known = Some((Tokens::installation(tx).await?, secrets));
        }
        let (installation, secrets) = self.known.as_ref().expect("just read");
        let installation = Arc::clone(installation);
        let mut tokens = Tokens::of_job_in(tx, installation, job, self.now).await?;
        tokens.give(secrets.clone());
        Ok(tokens)
    }
}

/// A daily job and its schedule, with the definitions with which they were built.
#[derive(Clone, Copy)]
pub(super) struct Planned<'p> {
    pub(super) job: &'p DailyJob,
    pub(super) schedule: &'p DailySchedule,
    pub(super) definition: &'p Job,
    pub(super) of_schedule: &'p Schedule,
}

/// What is to be started, and why it cannot be.
pub(super) async fn task(
    tx: &mut sql::Tx<'_>,
    key: AttemptKey,
    attempt: &Attempt,
    planned: Planned<'_>,
    around: &mut Surroundings<'_>,
) -> Result<(StartTask, Option<String>)> {
    let Planned { job, schedule, definition, of_schedule } = planned;
    let own = changes(job)?.batch_user;
    let other = own.and_then(|user| with_user(&definition.run, &user));
    let run = other.as_ref().unwrap_or(&definition.run);
    let (task_type, fields) = fields(run);
    let mut fields = Value::Object(fields);
    let (mut fault, mut secrets) = (None, Vec::new());
    if has_tokens(&fields) {
        let mut tokens = around.tokens(tx, job.id).await?;
        fault = tokens.resolve_all(tx, &mut fields).await?.err();
        secrets = tokens.take_secrets();
    }
    let user = match named_by_run(run) {
        None => Ok(None),
        Some((name, kind)) => login(tx, name).await?.open(around.app, kind).map(Some),
    };
    let (batch_user, fault) = match user {
        Ok(user) => (user, fault),
        Err(why) => (None, fault.or(Some(why))),
    };
    let fields = match fields {
        Value::Object(fields) if fault.is_none() => fields,
        _ => Map::new(),
    };
    let frequency = frequency_use(definition, of_schedule, job.use_index)
        .map_or_else(String::new, |of| of.frequency.to_string());
    let variables = [
        ("SCHEDULE_DATE", schedule.date.clone()),
        ("SCHEDULE_NAME", schedule.name.clone()),
        ("SCHEDULE_FREQ", frequency),
        ("JOB_NAME", job.name.clone()),
        ("JOB_ID", job.id.to_string()),
        ("ATTEMPT", attempt.number.to_string()),
    ];
    let variables: IndexMap<String, String> =
        variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let task = StartTask {
        attempt: key,
        name: format!("{}/{}", schedule.name, job.name),
        task_type,
        fields,
        secrets,
        batch_user,
        variables,
    };
    Ok((task, fault))
}

/// The type of task, and what its form asks for.
fn fields(run: &Run) -> (String, Map<String, Value>) {
    let object = |value: serde_json::Result<Value>| match value {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => Map::new(),
    };
    match run {
        Run::NullJob | Run::Container(_) => (run.key().to_owned(), Map::new()),
        Run::AmtBatchJob(fields) => ("batch_job".to_owned(), object(serde_json::to_value(fields))),
        Run::AmtScript(fields) => ("script".to_owned(), object(serde_json::to_value(fields))),
        Run::AmtConnector(fields) => {
            ("amt_connector".to_owned(), object(serde_json::to_value(fields)))
        }
        Run::Command(fields) => ("command".to_owned(), object(serde_json::to_value(fields))),
        Run::PlugIn(plug_in) => (plug_in.task_type.clone(), plug_in.settings.clone()),
    }
}

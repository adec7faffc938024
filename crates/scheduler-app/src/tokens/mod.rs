//! Tokens of daily jobs: texts are resolved with what the database holds.
//!
//! Resolving is pure and asks a [`Store`](scheduler_core::property::Store); the database is not. So a text is resolved
//! against what is loaded, what was asked for and is not loaded is loaded, and the text is resolved again.

mod load;
mod snapshot;
#[cfg(test)]
mod tests;
pub(crate) mod values;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use kit::Secret;
use scheduler_core::calendar::WorkingDays;
use scheduler_core::event::{self, Command, NotResolved};
use scheduler_core::expression::{ExpressionText, evaluate_condition};
use scheduler_core::property::{
    Audience, Context, Current, Reference, Regional, Resolved, ScheduleKey, Target, resolve, target,
};
use scheduler_core::schedule::ad_hoc;
use scheduler_core::time::Zone;
use scheduler_store::firing::Firing;
use serde_json::Value;

use crate::error::Result;
use crate::secrets::PropertySecrets;
pub(crate) use snapshot::Installation;
use snapshot::Snapshot;

/// How often what was asked for is loaded: tokens in values of properties lead on.
const ROUNDS_MAX: usize = 20;

/// What texts of one daily job are resolved with.
pub(crate) struct Tokens {
    snapshot: Snapshot,
    now: Timestamp,
    zone: Zone,
    current: Current,
    working_days: WorkingDays,
    regional: Regional,
    /// The number by which what is told can be acknowledged.
    notification_id: Option<i64>,
    /// The job of `AdHoc` that has the events of automatic work, where they are of that.
    maintenance: Option<String>,
    /// What it is of, in words, where that has been deleted: texts that cannot be resolved any more stay as they are written.
    gone: Option<String>,
    /// What stood for encrypted properties in texts that were resolved.
    secrets: Vec<Secret>,
}

/// What an event or notification is of: the first that is there counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Of {
    /// A daily job.
    pub(crate) job: Option<i64>,
    /// A daily schedule.
    pub(crate) schedule: Option<i64>,
    /// An agent.
    pub(crate) agent: Option<String>,
    /// The job of `AdHoc` that has the events of automatic work.
    pub(crate) maintenance: Option<String>,
}

impl Of {
    /// What the events of a firing are of.
    pub(crate) fn firing(firing: &Firing) -> Self {
        Self {
            job: firing.job_id,
            schedule: firing.schedule_id,
            agent: firing.agent.clone(),
            maintenance: firing.maintenance.clone(),
        }
    }
}

impl Tokens {
    fn new(
        snapshot: Snapshot,
        now: Timestamp,
        zone: Zone,
        current: Current,
        working_days: WorkingDays,
    ) -> Self {
        let (regional, notification_id) = (Regional::default(), None);
        let (maintenance, gone) = (None, None);
        Self {
            snapshot,
            now,
            zone,
            current,
            working_days,
            regional,
            notification_id,
            maintenance,
            gone,
            secrets: Vec::new(),
        }
    }

    /// What is known around what an event or notification is of; none where that has been deleted.
    pub(crate) async fn of(tx: &mut sql::Tx<'_>, of: &Of, now: Timestamp) -> Result<Option<Self>> {
        let Of { job, schedule, agent, maintenance } = of;
        Ok(Some(match (job, schedule, agent) {
            (Some(job), _, _) => Self::of_job(tx, *job, now).await?,
            (None, Some(schedule), _) => Self::of_schedule(tx, *schedule, now).await?,
            (None, None, Some(agent)) => load::of_agent(tx, Some(agent), now).await?,
            (None, None, None) if maintenance.is_some() => {
                let tokens = load::of_agent(tx, None, now).await?;
                Self { maintenance: maintenance.clone(), ..tokens }
            }
            (None, None, None) => return Ok(None),
        }))
    }

    /// What is known around a daily job or schedule that has been deleted, by its date and names: `2026-11-23/Night/Load`. One that has
    /// been put in its place stands for it.
    pub(crate) async fn of_gone(
        tx: &mut sql::Tx<'_>,
        subject: &str,
        now: Timestamp,
    ) -> Result<Self> {
        let mut tokens = load::of_agent(tx, None, now).await?;
        let mut names = subject.splitn(3, '/');
        if let (Some(Ok(date)), Some(name)) = (names.next().map(str::parse), names.next()) {
            tokens.current.schedule = Some(ScheduleKey { date, name: name.to_owned() });
            tokens.current.job = names.next().map(ToOwned::to_owned);
        }
        Ok(Self { gone: Some(subject.to_owned()), ..tokens })
    }

    /// What is told has this number.
    pub(crate) fn number(&mut self, notification: Option<i64>) {
        self.notification_id = notification;
    }

    /// What is known around a daily job. Other jobs and schedules are loaded when they are asked for.
    pub(crate) async fn of_job(tx: &mut sql::Tx<'_>, job_id: i64, now: Timestamp) -> Result<Self> {
        let installation = Self::installation(tx).await?;
        Self::of_job_in(tx, installation, job_id, now).await
    }

    /// As [`Self::of_job`], for many jobs of one moment.
    pub(crate) async fn of_job_in(
        tx: &mut sql::Tx<'_>,
        installation: Arc<Installation>,
        job_id: i64,
        now: Timestamp,
    ) -> Result<Self> {
        load::of_job(tx, installation, job_id, now).await
    }

    /// What belongs to no date.
    pub(crate) async fn installation(tx: &mut sql::Tx<'_>) -> Result<Arc<Installation>> {
        load::installation(tx).await
    }

    /// What is known around a daily schedule.
    pub(crate) async fn of_schedule(
        tx: &mut sql::Tx<'_>,
        schedule_id: i64,
        now: Timestamp,
    ) -> Result<Self> {
        let installation = Self::installation(tx).await?;
        load::of_schedule(tx, installation, schedule_id, now).await
    }

    /// Texts for agents may hold these.
    pub(crate) fn give(&mut self, secrets: PropertySecrets) {
        self.snapshot.secrets = Some(secrets);
    }

    /// A problem, with why encrypted properties could not be read.
    fn with_reasons(&self, problem: String) -> String {
        let reasons = std::mem::take(&mut *self.snapshot.unread.borrow_mut());
        [problem].into_iter().chain(reasons).collect::<Vec<_>>().join(": ")
    }

    /// The date of the schedule around which it is.
    pub(crate) fn own_date(&self) -> Option<Date> {
        self.current.schedule.as_ref().map(|key| key.date)
    }

    /// An event with the values of its tokens, for the scheduler itself. An error says what is wrong.
    pub(crate) async fn command(
        &mut self,
        tx: &mut sql::Tx<'_>,
        command: &Command,
        options: event::Options,
    ) -> Result<std::result::Result<Command, String>> {
        let mut last = Err(String::new());
        for _ in 0..ROUNDS_MAX {
            last = self.resolved(command, options);
            if !load::asked(tx, &mut self.snapshot).await? {
                break;
            }
        }
        Ok(last)
    }

    fn resolved(
        &self,
        command: &Command,
        options: event::Options,
    ) -> std::result::Result<Command, String> {
        let context = self.context(Audience::Scheduler);
        let resolved = command.resolved(options, |text| {
            let found = resolve(text, &context).map_err(|problems| problems.to_string())?;
            Ok(found.text.expose().to_owned())
        });
        resolved.map_err(|why| match why {
            NotResolved::Token(why) => why,
            NotResolved::Event(bad) => bad.message,
        })
    }

    /// The property that an event means. An error says why it can not be set.
    pub(crate) async fn target(
        &mut self,
        tx: &mut sql::Tx<'_>,
        reference: &Reference,
    ) -> Result<std::result::Result<Target, String>> {
        let mut last = Err(String::new());
        for _ in 0..ROUNDS_MAX {
            last = target(reference, &self.context(Audience::Scheduler));
            if !load::asked(tx, &mut self.snapshot).await? {
                break;
            }
        }
        Ok(last)
    }

    /// Resolves every text in a value, for an agent. An error says all that is wrong, with the field it is in.
    pub(crate) async fn resolve_all(
        &mut self,
        tx: &mut sql::Tx<'_>,
        value: &mut Value,
    ) -> Result<std::result::Result<(), String>> {
        self.resolve_for(tx, value, Audience::Agent).await
    }

    /// What stood for encrypted properties in what was resolved last: nobody may see it.
    pub(crate) fn take_secrets(&mut self) -> Vec<Secret> {
        std::mem::take(&mut self.secrets)
    }

    /// As [`Self::resolve_all`], for people: nothing encrypted.
    pub(crate) async fn resolve_for_notification(
        &mut self,
        tx: &mut sql::Tx<'_>,
        value: &mut Value,
    ) -> Result<std::result::Result<(), String>> {
        self.resolve_for(tx, value, Audience::Notification).await
    }

    /// The present.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// The daily job, schedule or agent around which it is, in words.
    pub(crate) fn subject(&self) -> String {
        if let Some(gone) = &self.gone {
            return gone.clone();
        }
        if let Some(job) = &self.maintenance {
            return format!("{}/{job}", ad_hoc::NAME);
        }
        let Some(key) = &self.current.schedule else {
            let agent = self.current.machine.as_deref().unwrap_or_default();
            return format!("agent {agent}");
        };
        let schedule = format!("{}/{}", key.date, key.name);
        match &self.current.job {
            Some(job) => format!("{schedule}/{job}"),
            None => schedule,
        }
    }

    async fn resolve_for(
        &mut self,
        tx: &mut sql::Tx<'_>,
        value: &mut Value,
        audience: Audience,
    ) -> Result<std::result::Result<(), String>> {
        let mut texts = Vec::new();
        collect(value, "", &mut texts);
        let mut problems = Vec::new();
        let (mut resolved, mut used) = (Vec::with_capacity(texts.len()), Vec::new());
        for (path, text) in texts {
            if !has_token(&text) {
                resolved.push(text);
                continue;
            }
            let found = self.text(tx, &text, audience).await?;
            used.append(&mut self.secrets);
            match found {
                Ok(text) => resolved.push(text),
                Err(why) if self.gone.is_some() => {
                    tracing::warn!(
                        about = self.gone,
                        "it is gone, and told of all the same: {why}"
                    );
                    resolved.push(text);
                }
                Err(why) => problems.push(format!("{path}: {why}")),
            }
        }
        if !problems.is_empty() {
            return Ok(Err(problems.join("; ")));
        }
        let mut resolved = resolved.into_iter();
        put(value, &mut resolved);
        self.secrets = used;
        Ok(Ok(()))
    }

    async fn text(
        &mut self,
        tx: &mut sql::Tx<'_>,
        text: &str,
        audience: Audience,
    ) -> Result<std::result::Result<String, String>> {
        let mut last = Err(String::new());
        for _ in 0..ROUNDS_MAX {
            last = match resolve(text, &self.context(audience)) {
                Ok(resolution) => {
                    self.secrets = secrets(&resolution.text);
                    Ok(resolution.text.expose().to_owned())
                }
                Err(problems) => Err(self.with_reasons(problems.to_string())),
            };
            if !load::asked(tx, &mut self.snapshot).await? {
                break;
            }
        }
        Ok(last)
    }

    /// Whether a condition is true. An error says why it cannot be calculated.
    pub(crate) async fn is_true(
        &mut self,
        tx: &mut sql::Tx<'_>,
        condition: &ExpressionText,
    ) -> Result<std::result::Result<bool, String>> {
        let mut last = Err(String::new());
        for _ in 0..ROUNDS_MAX {
            let found = evaluate_condition(condition.as_str(), &self.context(Audience::Scheduler));
            last = found.map(|found| found.is_met).map_err(|problems| problems.to_string());
            if !load::asked(tx, &mut self.snapshot).await? {
                break;
            }
        }
        Ok(last)
    }

    fn context(&self, audience: Audience) -> Context<'_> {
        Context {
            now: self.now,
            zone: &self.zone,
            current: self.current.clone(),
            store: &self.snapshot,
            working_days: Some(&self.working_days),
            audience,
            regional: &self.regional,
            version: env!("CARGO_PKG_VERSION"),
            notification_id: self.notification_id.and_then(|id| u64::try_from(id).ok()),
            instance: None,
        }
    }
}

/// The secret parts of a text.
fn secrets(of: &Resolved) -> Vec<Secret> {
    let parts = of.secret_ranges().iter().filter_map(|range| of.expose().get(range.clone()));
    parts.filter(|part| !part.is_empty()).map(Secret::new).collect()
}

/// Whether a text may be another one once it is resolved.
fn has_token(text: &str) -> bool {
    text.contains("[[") || text.contains("{{")
}

/// Whether a text in a value may be another one once it is resolved.
pub(crate) fn has_tokens(value: &Value) -> bool {
    match value {
        Value::String(text) => has_token(text),
        Value::Array(items) => items.iter().any(has_tokens),
        Value::Object(fields) => fields.values().any(has_tokens),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The texts of a value with where they stand, in order.
fn collect(value: &Value, path: &str, texts: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => texts.push((path.to_owned(), text.clone())),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &format!("{path}[{index}]"), texts);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(field, &path, texts);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Puts texts in the place of those of a value, in the same order.
fn put(value: &mut Value, texts: &mut impl Iterator<Item = String>) {
    match value {
        Value::String(text) => *text = texts.next().unwrap_or_default(),
        Value::Array(items) => items.iter_mut().for_each(|item| put(item, texts)),
        Value::Object(fields) => fields.values_mut().for_each(|field| put(field, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

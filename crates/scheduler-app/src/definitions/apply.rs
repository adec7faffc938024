//! Storing definitions, in one transaction and nothing in part.

use std::sync::Arc;

use scheduler_core::action::Privilege;
use scheduler_core::definition::agent::Communication;
use scheduler_core::definition::{Definitions, Problem, references};
use scheduler_core::model::Model;
use scheduler_store::audit::NewRecord;
use scheduler_store::{WaitKey, agent_state, audit, daily_job, definition, limit, server_state};

use super::changes::{Changes, What};
use super::records::{AGENT, RESOURCE, THRESHOLD, to_rows};
use crate::agents::settings::definitions_changed;
use crate::auto_build::Stands;
use crate::error::{Error, Result};
use crate::{App, Caller};

/// Names that one audit record lists at most.
const NAMES_MAX: usize = 100;

/// What was stored.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The revision that is current now.
    pub revision: i64,
    /// What differs from the one before.
    pub changes: Changes,
}

/// What storing definitions would change.
///
/// # Errors
/// [`Error::Definitions`] for wrong ones, or the database could not be read.
pub async fn plan(app: &App, definitions: Definitions) -> Result<Applied> {
    check(&definitions)?;
    let (revision, stored) = app
        .db()
        .read(|tx| {
            Box::pin(async move {
                let state = server_state::read(tx).await?;
                Ok::<_, sql::Error>((state.revision, definition::current(tx).await?))
            })
        })
        .await?;
    Ok(Applied { revision, changes: Changes::between(&stored, to_rows(definitions)) })
}

/// Stores definitions: all of them are current afterwards, and what is not among them is gone. Daily schedules that were
/// built before stay as they are. `expected` is the revision on which the caller's plan was based; none for whichever
/// is current.
///
/// # Errors
/// [`Error::Definitions`] for wrong ones, [`Error::Revision`] when others were faster. Nothing is stored then.
pub async fn apply(
    app: &App,
    caller: &Caller,
    definitions: Definitions,
    expected: Option<i64>,
    reason: Option<&str>,
) -> Result<Applied> {
    caller.must("change definitions", &[Privilege::AllAdministrative])?;
    let new = Arc::new(NewDefinitions::new(definitions, expected)?);
    let (at, caller) = (app.now_micros(), caller.name().to_owned());
    let reason = reason.map(ToOwned::to_owned);
    let done = app
        .db()
        .write(move |tx| {
            let (new, caller, reason) = (Arc::clone(&new), caller.clone(), reason.clone());
            Box::pin(async move { new.store(tx, &caller, reason.as_deref(), at).await })
        })
        .await;
    app.connectors().forget_recent();
    app.wakes().heartbeat.wake();
    app.wakes().build.wake();
    app.wakes().advance.wake();
    done
}

/// Definitions that are to be stored.
pub(crate) struct NewDefinitions {
    rows: Vec<definition::NewDefinition>,
    agents: Vec<(String, &'static str)>,
    limits: Limits,
    stands: Stands,
    expected: Option<i64>,
}

impl NewDefinitions {
    /// Definitions without mistakes, to be stored over a revision; none for whichever is current.
    pub(crate) fn new(definitions: Definitions, expected: Option<i64>) -> Result<Self> {
        check(&definitions)?;
        let agents = definitions.agents.iter();
        let agents = agents
            .map(|(name, agent)| (name.as_str().to_owned(), communication(agent.communication)));
        Ok(Self {
            agents: agents.collect(),
            limits: Limits::of(&definitions),
            stands: Stands::of(&definitions),
            rows: to_rows(definitions),
            expected,
        })
    }

    /// Stores them.
    pub(crate) async fn store(
        &self,
        tx: &mut sql::Tx<'_>,
        caller: &str,
        reason: Option<&str>,
        at: i64,
    ) -> Result<Applied> {
        let found = server_state::lock_definitions(tx).await?;
        if let Some(expected) = self.expected.filter(|expected| *expected != found) {
            return Err(Error::Revision { expected, found });
        }
        let changes = Changes::between(&definition::current(tx).await?, self.rows.clone());
        if changes.is_empty() {
            return Ok(Applied { revision: found, changes });
        }
        let revision = definition::begin_revision(tx, at, caller, reason).await?;
        store(tx, revision, &changes, at).await?;
        definitions_changed(tx, &changes.changes, at).await?;
        for (agent, communication) in &self.agents {
            agent_state::add(tx, agent, communication, at).await?;
        }
        self.limits.store(tx, at).await?;
        self.stands.store(tx, at).await?;
        let record = record(
            at,
            caller.to_owned(),
            reason.map(ToOwned::to_owned),
            (found, revision),
            &changes,
        );
        audit::append(tx, &record).await?;
        Ok(Applied { revision, changes })
    }
}

fn communication(of: Communication) -> &'static str {
    match of {
        Communication::Full => "full",
        Communication::Limited => "limited",
        Communication::Disabled => "disabled",
    }
}

/// Thresholds with their first values, resources with their units.
struct Limits {
    thresholds: Vec<(String, i64)>,
    resources: Vec<(String, i64)>,
}

impl Limits {
    fn of(definitions: &Definitions) -> Self {
        let thresholds = definitions.thresholds.iter();
        let resources = definitions.resources.iter();
        Self {
            thresholds: thresholds
                .map(|(name, of)| (name.to_string(), i64::from(of.value)))
                .collect(),
            resources: resources
                .map(|(name, of)| (name.to_string(), i64::from(of.units)))
                .collect(),
        }
    }

    /// Thresholds keep the values that they have; resources have the units that are defined.
    async fn store(&self, tx: &mut sql::Tx<'_>, now: i64) -> sql::Result<()> {
        for (name, value) in &self.thresholds {
            if limit::add_threshold(tx, name, *value).await? {
                daily_job::wake_all_waiting(tx, &WaitKey::Threshold(name.clone()), now).await?;
            }
        }
        for (name, units) in &self.resources {
            limit::put_resource(tx, name, *units).await?;
            // There may be more of it than before.
            daily_job::wake_all_waiting(tx, &WaitKey::Resource(name.clone()), now).await?;
        }
        let names = self.resources.iter().map(|(name, _)| name.as_str());
        limit::remove_other_resources(tx, &sql::text_list(names)).await
    }
}

async fn store(tx: &mut sql::Tx<'_>, revision: i64, changes: &Changes, at: i64) -> sql::Result<()> {
    definition::end(tx, revision, &sql::id_list(changes.ended.iter().copied())).await?;
    definition::insert(tx, revision, &changes.new).await?;
    definition::set_places(tx, &changes.moved).await?;
    for change in changes.changes.iter().filter(|each| each.what == What::Removed) {
        match change.kind.as_str() {
            AGENT => agent_state::remove(tx, &change.name).await?,
            THRESHOLD => {
                limit::remove_threshold(tx, &change.name).await?;
                // It counts as 0 now, which may be what a job waits for.
                let key = WaitKey::Threshold(change.name.clone());
                daily_job::wake_all_waiting(tx, &key, at).await?;
            }
            RESOURCE => limit::end_resource(tx, &change.name).await?,
            _ => {}
        }
    }
    Ok(())
}

fn record(
    at: i64,
    caller: String,
    reason: Option<String>,
    (before, revision): (i64, i64),
    changes: &Changes,
) -> NewRecord {
    let of = |what: What| {
        let names = changes.changes.iter().filter(|change| change.what == what);
        names
            .take(NAMES_MAX)
            .map(|change| format!("{} {}", change.kind, change.name))
            .collect::<Vec<_>>()
    };
    let summary = serde_json::json!({
        "revision": revision,
        "added": changes.count(What::Added), "changed": changes.count(What::Changed),
        "removed": changes.count(What::Removed), "moved": changes.moved.len(),
        "names": { "added": of(What::Added), "changed": of(What::Changed), "removed": of(What::Removed) },
    });
    NewRecord {
        at,
        caller,
        action: "definitions.apply",
        subject: format!("revision {revision}"),
        reason,
        old_value: Some(format!("revision {before}")),
        new_value: Some(summary.to_string()),
    }
}

/// Everything that is wrong with definitions.
fn check(definitions: &Definitions) -> Result<()> {
    let mut problems: Vec<Problem> = references::check(definitions);
    problems.extend(Model::new(definitions).1);
    if problems.is_empty() { Ok(()) } else { Err(Error::Definitions(problems)) }
}

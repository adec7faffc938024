//! When definitions change: agents get other settings, and what is in use stays.

use std::collections::BTreeSet;

use scheduler_core::definition::agent::Agent;
use scheduler_core::definition::{Job, RunsOn};
use scheduler_core::job::changes::Changes;
use scheduler_core::job::{Category, Status};
use scheduler_store::daily_job::{self, Use};
use scheduler_store::{agent_state, definition, secret};

use crate::batch_users::{named_by_agent, named_by_run};
use crate::definitions::{Change, What, body};
use crate::error::{Error, Result};

/// After definitions were stored: what was removed must be in nobody's use, agents with other settings are asked at once, and
/// secrets go with what they belong to.
///
/// # Errors
/// [`Error::Refused`] names a daily job that uses what was removed, and what to do. Nothing is stored then.
pub(crate) async fn definitions_changed(
    tx: &mut sql::Tx<'_>,
    changes: &[Change],
    now: i64,
) -> Result<()> {
    must_be_unused(tx, changes).await?;
    let names = |kind: &str, what: What| -> BTreeSet<&str> {
        let of = changes.iter().filter(|change| change.what == what && change.kind == kind);
        of.map(|change| change.name.as_str()).collect()
    };
    for (kind, of) in [("batch_user", secret::BATCH_USER), ("property", secret::PROPERTY)] {
        for name in names(kind, What::Removed) {
            secret::remove(tx, of, name).await?;
        }
    }
    let (agents, users) = (names("agent", What::Changed), names("batch_user", What::Changed));
    if agents.is_empty() && users.is_empty() {
        return Ok(());
    }
    let mut to_ask = BTreeSet::new();
    for row in definition::current_of(tx, "agent").await? {
        let agent: Agent = body(&row)?;
        let has_other_user =
            named_by_agent(&agent.connection).is_some_and(|user| users.contains(user));
        if agents.contains(row.name.as_str()) || has_other_user {
            to_ask.insert(row.name);
        }
    }
    for agent in to_ask {
        agent_state::ask_again(tx, &agent, "its definition has changed", now).await?;
    }
    Ok(())
}

/// What was removed, by kind.
struct Removed<'c> {
    agents: BTreeSet<&'c str>,
    groups: BTreeSet<&'c str>,
    users: BTreeSet<&'c str>,
}

/// Daily jobs keep the definitions with which they were built, and run with the agents, groups and batch users of today. So
/// these stay until the jobs have ended.
async fn must_be_unused(tx: &mut sql::Tx<'_>, changes: &[Change]) -> Result<()> {
    let of = |kind: &str| -> BTreeSet<&str> {
        let of = changes.iter().filter(|each| each.what == What::Removed && each.kind == kind);
        of.map(|change| change.name.as_str()).collect()
    };
    let removed =
        Removed { agents: of("agent"), groups: of("machine_group"), users: of("batch_user") };
    if removed.agents.is_empty() && removed.groups.is_empty() && removed.users.is_empty() {
        return Ok(());
    }
    for each in daily_job::uses(tx).await? {
        let category = Status::from_description(&each.status).map(Status::category);
        let is_over = category.is_some_and(|category| {
            !matches!(category, Category::Held | Category::Waiting | Category::Running)
        });
        if is_over {
            continue;
        }
        if let Some((kind, name)) =
            removed.used_by(tx, &each, category == Some(Category::Running)).await?
        {
            return Err(Error::Refused(format!(
                "the {kind} `{name}` cannot be removed: {} that has not ended uses it{}; wait for its end or cancel it, or delete \
                 its daily schedule",
                each.example,
                if each.count > 1 {
                    format!(", and {} others", each.count - 1)
                } else {
                    String::new()
                }
            )));
        }
    }
    Ok(())
}

impl Removed<'_> {
    /// What some daily jobs use of it.
    async fn used_by(
        &self,
        tx: &mut sql::Tx<'_>,
        of: &Use,
        is_running: bool,
    ) -> Result<Option<(&'static str, String)>> {
        let sent_to = of.agent.as_deref().filter(|_| is_running);
        if let Some(agent) = sent_to.filter(|name| self.agents.contains(name)) {
            return Ok(Some(("agent", agent.to_owned())));
        }
        let on: Option<RunsOn> =
            of.runs_on.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let found = match &on {
            Some(RunsOn::Agents(names)) => {
                let found = names.iter().find(|name| self.agents.contains(name.as_str()));
                found.map(|name| ("agent", name.as_str().to_owned()))
            }
            Some(RunsOn::LeastTasked(group) | RunsOn::EachOf(group)) => {
                let is_removed = self.groups.contains(group.as_str());
                is_removed.then(|| ("machine group", group.as_str().to_owned()))
            }
            Some(RunsOn::ScheduleInstance) | None => None,
        };
        if found.is_some() || self.users.is_empty() {
            return Ok(found);
        }
        let rows = definition::by_ids(tx, &sql::id_list([of.definition_id])).await?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let job: Job = body(&row)?;
        let own: Option<Changes> =
            of.changes.as_deref().and_then(|text| serde_json::from_str(text).ok());
        if let Some(user) = own.and_then(|own| own.batch_user) {
            let is_removed = self.users.contains(user.as_str());
            return Ok(is_removed.then(|| ("batch user", user.to_string())));
        }
        let user = named_by_run(&job.run).filter(|(user, _)| self.users.contains(user));
        Ok(user.map(|(user, _)| ("batch user", user.to_owned())))
    }
}

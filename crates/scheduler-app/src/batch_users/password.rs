//! Setting and removing passwords.

use core_kit::nearest;
use jiff::Timestamp;
use kit::Secret;
use scheduler_core::action::Privilege;
use scheduler_core::definition::BatchUser;
use scheduler_core::definition::agent::Agent;
use scheduler_store::{agent_state, definition, secret};

use super::named_by_agent;
use crate::definitions::body;
use crate::error::{Error, Result};
use crate::secrets::Change;
use crate::{App, Caller};

/// A batch user, without its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchUserEntry {
    /// Its name in the definitions.
    pub name: String,
    /// The type of agents that it is for.
    pub target: String,
    /// The name that it logs on with.
    pub identifier: String,
    /// Whether it has a password.
    pub has_password: bool,
    /// When its password was set last.
    pub changed_at: Option<Timestamp>,
    /// The agents whose settings name it.
    pub agents: Vec<String>,
}

/// Gives a batch user a password. It is used at the next logon; the agents that log on with it are asked at once.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::Unknown`] with the nearest name, or [`Error::Refused`] for an empty or much too long password, or
/// where this process cannot keep secrets.
pub async fn set_password(
    app: &App,
    caller: &Caller,
    user: &str,
    password: Secret,
    reason: Option<&str>,
) -> Result<()> {
    caller.must("set passwords of batch users", &[Privilege::AllAdministrative])?;
    if password.expose().is_empty() {
        return Err(Error::Refused(format!(
            "an empty password cannot be set; to leave `{user}` without one, remove its password"
        )));
    }
    let keys = app.need_keys()?.clone();
    let change = change(app, caller, user, "batch_user.set_password", reason);
    app.db()
        .write(move |tx| {
            let (keys, change, password) = (keys.clone(), change.clone(), password.clone());
            Box::pin(async move {
                must_be_defined(tx, &change.name).await?;
                change.put(tx, &keys, &password).await?;
                ask_agents_of(tx, &change, "its batch user has another password").await
            })
        })
        .await?;
    app.connectors().forget_recent();
    app.wakes().heartbeat.wake();
    Ok(())
}

/// Takes the password of a batch user away. Agents that log on with it are not used any more and say why; jobs wait for them.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::Unknown`], or [`Error::Refused`] where it has none.
pub async fn remove_password(
    app: &App,
    caller: &Caller,
    user: &str,
    reason: Option<&str>,
) -> Result<()> {
    caller.must("remove passwords of batch users", &[Privilege::AllAdministrative])?;
    let change = change(app, caller, user, "batch_user.remove_password", reason);
    app.db()
        .write(move |tx| {
            let change = change.clone();
            Box::pin(async move {
                if !change.remove(tx).await? {
                    must_be_defined(tx, &change.name).await?;
                    return Err(Error::Refused(format!("`{}` has no password", change.name)));
                }
                ask_agents_of(tx, &change, "its batch user has no password any more").await
            })
        })
        .await?;
    app.connectors().forget_recent();
    app.wakes().heartbeat.wake();
    Ok(())
}

/// All batch users in the order of their definitions.
///
/// # Errors
/// [`Error::Forbidden`], or the database could not be read.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<BatchUserEntry>> {
    caller.must("list batch users", &[Privilege::AllAdministrative])?;
    let (users, agents, secrets) = app
        .db()
        .read(|tx| {
            Box::pin(async move {
                Ok::<_, sql::Error>((
                    definition::current_of(tx, "batch_user").await?,
                    definition::current_of(tx, "agent").await?,
                    secret::of_kind(tx, secret::BATCH_USER).await?,
                ))
            })
        })
        .await?;
    let mut named: Vec<(String, String)> = Vec::new();
    for row in &agents {
        let agent: Agent = body(row)?;
        named.extend(
            named_by_agent(&agent.connection).map(|user| (user.to_owned(), row.name.clone())),
        );
    }
    let entry = |row: &definition::Definition| {
        let of: BatchUser = body(row)?;
        let secret = secrets.iter().find(|secret| secret.name == row.name);
        let time = |micros| sql::from_micros("secret", "changed_at", micros);
        let used = named.iter().filter(|(user, _)| *user == row.name);
        Ok(BatchUserEntry {
            name: row.name.clone(),
            target: of.target,
            identifier: of.identifier.unwrap_or_else(|| row.name.clone()),
            has_password: secret.is_some(),
            changed_at: secret.map(|secret| time(secret.changed_at)).transpose()?,
            agents: used.map(|(_, agent)| agent.clone()).collect(),
        })
    };
    users.iter().map(entry).collect()
}

fn change(
    app: &App,
    caller: &Caller,
    user: &str,
    action: &'static str,
    reason: Option<&str>,
) -> Change {
    Change {
        kind: secret::BATCH_USER,
        name: user.to_owned(),
        action,
        caller: caller.name().to_owned(),
        reason: reason.map(ToOwned::to_owned),
        at: app.now_micros(),
    }
}

async fn must_be_defined(tx: &mut sql::Tx<'_>, user: &str) -> Result<()> {
    let all = definition::current_of(tx, "batch_user").await?;
    if all.iter().any(|row| row.name == user) {
        return Ok(());
    }
    let hint = nearest(user, all.iter().map(|row| row.name.as_str()))
        .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Err(Error::Unknown { what: "batch user", name: user.to_owned(), hint })
}

/// Lets the agents be asked that log on with a batch user, in the order of their names.
async fn ask_agents_of(tx: &mut sql::Tx<'_>, change: &Change, why: &str) -> Result<()> {
    let mut names = Vec::new();
    for row in definition::current_of(tx, "agent").await? {
        let agent: Agent = body(&row)?;
        if named_by_agent(&agent.connection) == Some(change.name.as_str()) {
            names.push(row.name);
        }
    }
    names.sort();
    for name in names {
        agent_state::ask_again(tx, &name, why, change.at).await?;
    }
    Ok(())
}

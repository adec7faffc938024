//! Roles (`amt-domain 11.3`).

use std::collections::{BTreeMap, HashMap};

use batch_core::names::Role as RoleKind;
use batch_core::rights::{Right, Rights};
use serde::{Deserialize, Serialize};
use sql::Tx;
use utoipa::ToSchema;

use super::change::write;
use super::check::{self, TEXT_MAX};
use super::thing::{as_expected, by_name, found, refuse_double, unknown};
use super::{Expected, Page, PageOf};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::server::Server;
use crate::store::role::{self, NewRole};
use crate::store::{application, job};

/// The ticked jobs of each application, by name.
type JobLists = BTreeMap<String, Vec<String>>;

/// A role.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Role {
    /// Its number.
    pub(crate) id: i64,
    /// Its name, unique in any case.
    name: String,
    /// For people.
    description: String,
    /// Whether new users get it when nothing else is said.
    is_default: bool,
    /// Whether its members may use every job, those to come too, and scripts that no definition stands for.
    shows_all_jobs: bool,
    /// What its members may do: `submit`, `monitor`, `read_messages`, `stop`, `kill`, `interrupt`, `wake_up`, `operate`,
    /// `administer`.
    rights: Vec<String>,
    /// The jobs that its members may use, by application.
    jobs: JobLists,
    /// Grows with each change; send it as `If-Match`.
    version: i64,
}

/// What a role is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleInput {
    /// Its name, unique in any case.
    name: String,
    /// For people; empty by default.
    #[serde(default)]
    description: String,
    /// Whether new users get it when nothing else is said. It takes that from the one that has it.
    #[serde(default)]
    is_default: bool,
    /// Whether its members may use every job; false by default.
    #[serde(default)]
    shows_all_jobs: bool,
    /// What its members may do; nothing by default.
    #[serde(default)]
    rights: Vec<String>,
    /// The jobs that its members may use, by application; none by default.
    #[serde(default)]
    jobs: JobLists,
}

fn checked(input: &RoleInput) -> Result<NewRole> {
    let name = check::name::<RoleKind>("name", &input.name)?;
    let mut rights = Vec::new();
    for (index, word) in input.rights.iter().enumerate() {
        let right: Right = word
            .parse()
            .map_err(|error| Error::invalid(format!("rights[{index}]"), format!("{error}")))?;
        rights.push(right);
    }
    Ok(NewRole {
        name: name.to_string(),
        name_key: name.key().to_owned(),
        description: check::text("description", &input.description, TEXT_MAX)?,
        is_default: input.is_default,
        shows_all_jobs: input.shows_all_jobs,
        rights: Rights::from_iter(rights).to_string(),
    })
}

async fn shown(tx: &mut Tx<'_>, rows: Vec<role::Role>) -> Result<Vec<Role>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut lists: HashMap<i64, JobLists> = HashMap::new();
    for listed in role::listed(tx, &ids).await? {
        let list = lists.entry(listed.role_id).or_default();
        list.entry(listed.application).or_default().push(listed.job);
    }
    rows.into_iter()
        .map(|row| {
            let rights = row.rights()?.to_string();
            Ok(Role {
                rights: rights
                    .split(',')
                    .filter(|right| !right.is_empty())
                    .map(str::to_owned)
                    .collect(),
                jobs: lists.remove(&row.id).unwrap_or_default(),
                id: row.id,
                name: row.name,
                description: row.description,
                is_default: row.is_default,
                shows_all_jobs: row.shows_all_jobs,
                version: row.version,
            })
        })
        .collect()
}

async fn shown_one(tx: &mut Tx<'_>, id: i64) -> Result<Role> {
    let row = found(role::get(tx, id).await?, id)?;
    shown(tx, vec![row]).await?.pop().ok_or_else(|| Error::not_found("role", id))
}

/// The roles.
pub(crate) async fn list(server: &Server, caller: &Caller, page: PageOf) -> Result<Page<Role>> {
    caller.require(Right::Administer)?;
    let roles = server
        .db
        .read(|tx| {
            Box::pin(async move {
                let rows = role::page(tx, page.start(), page.fetch()).await?;
                shown(tx, rows).await
            })
        })
        .await?;
    Ok(Page::of(page, roles, |role| role.id))
}

/// One role.
pub(crate) async fn read(server: &Server, caller: &Caller, id: i64) -> Result<Role> {
    caller.require(Right::Administer)?;
    server.db.read(|tx| Box::pin(shown_one(tx, id))).await
}

/// Makes a role.
pub(crate) async fn create(server: &Server, caller: &Caller, input: &RoleInput) -> Result<Role> {
    caller.require(Right::Administer)?;
    let (new, lists) = (checked(input)?, input.jobs.clone());
    let made = write(server, move |tx| {
        let (new, lists) = (new.clone(), lists.clone());
        Box::pin(async move {
            refuse_double(role::by_key(tx, &new.name_key).await?, None)?;
            let jobs = job_ids(tx, &lists).await?;
            let id = role::insert(tx, &new).await?;
            settled(tx, id, &new, &jobs).await?;
            shown_one(tx, id).await
        })
    })
    .await?;
    tracing::info!(role = input.name, caller.id = caller.user_id, "role created");
    Ok(made)
}

/// Replaces a role.
pub(crate) async fn change(
    server: &Server,
    caller: &Caller,
    id: i64,
    expected: Expected,
    input: &RoleInput,
) -> Result<Role> {
    caller.require(Right::Administer)?;
    let (new, lists) = (checked(input)?, input.jobs.clone());
    let changed = write(server, move |tx| {
        let (new, lists) = (new.clone(), lists.clone());
        Box::pin(async move {
            as_expected(role::lock(tx, id).await?, id, expected)?;
            refuse_double(role::by_key(tx, &new.name_key).await?, Some(id))?;
            let jobs = job_ids(tx, &lists).await?;
            role::update(tx, id, &new).await?;
            settled(tx, id, &new, &jobs).await?;
            refuse_nobody_left(tx).await?;
            shown_one(tx, id).await
        })
    })
    .await?;
    tracing::info!(role = input.name, caller.id = caller.user_id, "role changed");
    Ok(changed)
}

async fn settled(tx: &mut Tx<'_>, id: i64, new: &NewRole, jobs: &[i64]) -> Result<()> {
    role::set_jobs(tx, id, jobs).await?;
    if new.is_default {
        role::clear_default(tx, id).await?;
    }
    Ok(())
}

/// Ticks, or unticks, every job of an application in a role's list.
pub(crate) async fn set_all_jobs(
    server: &Server,
    caller: &Caller,
    id: i64,
    application: &str,
    are_active: bool,
) -> Result<Role> {
    caller.require(Right::Administer)?;
    let application = application.to_owned();
    write(server, move |tx| {
        let application = application.clone();
        Box::pin(async move {
            found(role::lock(tx, id).await?, id)?;
            let application = application_id(tx, "application", &application).await?;
            if are_active {
                role::list_all_jobs(tx, id, application).await?;
            } else {
                role::unlist_all_jobs(tx, id, application).await?;
            }
            role::touch(tx, id).await?;
            shown_one(tx, id).await
        })
    })
    .await
}

/// Removes a role; its members lose it.
pub(crate) async fn delete(
    server: &Server,
    caller: &Caller,
    id: i64,
    expected: Expected,
) -> Result<()> {
    caller.require(Right::Administer)?;
    let name = write(server, move |tx| {
        Box::pin(async move {
            let stored = as_expected(role::lock(tx, id).await?, id, expected)?;
            role::delete(tx, id).await?;
            refuse_nobody_left(tx).await?;
            Ok(stored.name)
        })
    })
    .await?;
    tracing::info!(role = name, caller.id = caller.user_id, "role deleted");
    Ok(())
}

/// Refuses a change after which nobody could administer the server any more.
pub(super) async fn refuse_nobody_left(tx: &mut Tx<'_>) -> Result<()> {
    if crate::auth::somebody_administers(tx).await? {
        return Ok(());
    }
    Err(Error::Conflict(
        "after this nobody could administer the server: give another approved user with a password the right `administer` first".into(),
    ))
}

async fn application_id(tx: &mut Tx<'_>, field: &str, name: &str) -> Result<i64> {
    Ok(by_name(field, name, &application::all(tx).await?)?.id)
}

async fn job_ids(tx: &mut Tx<'_>, lists: &JobLists) -> Result<Vec<i64>> {
    if lists.is_empty() {
        return Ok(Vec::new());
    }
    let all = job::all(tx).await?;
    let mut ids = Vec::new();
    for (application, names) in lists {
        let application_id = application_id(tx, "jobs", application).await?;
        let jobs: HashMap<&str, &job::Job> = all
            .iter()
            .filter(|job| job.application_id == application_id)
            .map(|job| (job.name_key.as_str(), job))
            .collect();
        for name in names {
            let job = jobs.get(batch_core::names::key(name).as_str()).ok_or_else(|| {
                unknown("jobs", "job", name, jobs.values().map(|job| job.name.as_str()))
            })?;
            ids.push(job.id);
        }
    }
    Ok(ids)
}

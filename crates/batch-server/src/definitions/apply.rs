//! Storing what a definitions file says, in one transaction.

use std::collections::HashSet;
use std::sync::Arc;

use sql::Tx;

use super::parts::{ApplicationPart, Definitions, QueuePart};
use super::{Imported, same};
use crate::configure::bump;
use crate::error::{Error, Result};
use crate::server::Server;
use crate::store::{application, batch_user, controller, job, job_usage, queue};

/// Stores everything, or nothing.
pub(super) async fn apply(server: &Server, definitions: Definitions) -> Result<Imported> {
    let parts = Arc::new((definitions.applications, definitions.queues, definitions.users));
    server
        .db
        .write(move |tx| {
            let parts = Arc::clone(&parts);
            Box::pin(async move {
                bump(tx).await?;
                let (applications, queues, users) = &*parts;
                let mut imported = Imported::default();
                for user in users {
                    imported.changed += usize::from(store_user(tx, &user.new).await?);
                }
                for part in applications {
                    imported.changed += usize::from(store_application(tx, part).await?);
                }
                for part in queues {
                    imported.changed += usize::from(store_queue(tx, part).await?);
                }
                for part in applications {
                    store_jobs(tx, part, &mut imported).await?;
                }
                Ok::<_, Error>(imported)
            })
        })
        .await
}

async fn store_user(tx: &mut Tx<'_>, user: &batch_user::NewUser) -> Result<bool> {
    let Some(stored) = batch_user::by_key(tx, &user.name_key).await? else {
        batch_user::insert(tx, user).await?;
        return Ok(true);
    };
    let is_same = stored.name == user.name
        && stored.full_name == user.full_name
        && stored.email == user.email
        && stored.language == user.language;
    if is_same {
        return Ok(false);
    }
    // Whether it may log on, and from where, is the Control Center's affair.
    let kept = batch_user::NewUser {
        station: stored.station.clone(),
        is_approved: stored.is_approved,
        ..user.clone()
    };
    batch_user::update(tx, stored.id, &kept).await?;
    Ok(true)
}

async fn store_application(tx: &mut Tx<'_>, part: &ApplicationPart) -> Result<bool> {
    match application::by_key(tx, &part.new.name_key).await? {
        Some(stored) if same::application(&stored, &part.new) => return Ok(false),
        Some(stored) => application::update(tx, stored.id, &part.new).await?,
        None => {
            application::insert(tx, &part.new).await?;
        }
    }
    Ok(true)
}

async fn store_queue(tx: &mut Tx<'_>, part: &QueuePart) -> Result<bool> {
    let mut new = part.new.clone();
    if let Some(owner) = &part.application {
        let owner = application::by_key(tx, &batch_core::names::key(&owner.text)).await?;
        new.application_id = Some(owner.ok_or(sql::Error::NotFound)?.id);
    }
    let mut controllers = Vec::new();
    for name in &part.controllers {
        controllers.push(controller_id(tx, &name.text).await?);
    }
    controllers.sort_unstable();
    let (id, mut has_changed) = match queue::by_key(tx, &new.name_key).await? {
        Some(stored) if same::queue(&stored, &new) => (stored.id, false),
        Some(stored) => {
            queue::update(tx, stored.id, &new).await?;
            (stored.id, true)
        }
        None => (queue::insert(tx, &new).await?, true),
    };
    if new.is_default && has_changed {
        queue::clear_default(tx, new.application_id, id).await?;
    }
    let mut serving: Vec<i64> = queue::controllers(tx)
        .await?
        .into_iter()
        .filter(|(queue_id, _)| *queue_id == id)
        .map(|(_, controller_id)| controller_id)
        .collect();
    serving.sort_unstable();
    if serving != controllers {
        queue::set_controllers(tx, id, &controllers).await?;
        has_changed = true;
    }
    Ok(has_changed)
}

/// The controller of this name; one that has never been started is made known.
async fn controller_id(tx: &mut Tx<'_>, name: &str) -> Result<i64> {
    let name_key = batch_core::names::key(name);
    let known = controller::all(tx).await?.into_iter().find(|known| known.name_key == name_key);
    match known {
        Some(known) => Ok(known.id),
        None => Ok(controller::announce(tx, name, &name_key, "", true).await?),
    }
}

async fn store_jobs(
    tx: &mut Tx<'_>,
    part: &ApplicationPart,
    imported: &mut Imported,
) -> Result<()> {
    let owner = application::by_key(tx, &part.new.name_key).await?.ok_or(sql::Error::NotFound)?;
    let mut named = HashSet::new();
    for part in &part.jobs {
        let mut new = part.new.clone();
        new.application_id = owner.id;
        if let Some(wanted) = &part.queue {
            let found = queue::by_key(tx, &batch_core::names::key(&wanted.text)).await?;
            new.queue_id = Some(found.ok_or(sql::Error::NotFound)?.id);
        }
        named.insert(new.name_key.clone());
        match job::by_key(tx, owner.id, &new.name_key).await? {
            Some(stored) if same::job(&stored, &new) => continue,
            Some(stored) => job::update(tx, stored.id, &new).await?,
            None => {
                job::insert(tx, &new).await?;
            }
        }
        imported.changed += 1;
    }
    for stored in job_usage::of_source(tx, owner.id, "file").await? {
        if named.contains(&stored.name_key) {
            continue;
        }
        let label = format!("{}/{}", owner.name, stored.name);
        match job_usage::users(tx, stored.id).await? {
            used_by if used_by.is_empty() => {
                job::delete(tx, stored.id).await?;
                imported.removed.push(label);
            }
            used_by => imported.kept.push(format!(
                "job {label} is no longer in the definitions file, but is kept because of {used_by}"
            )),
        }
    }
    Ok(())
}

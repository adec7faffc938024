//! What an administrator does at the command line, without a logon: whoever may write the database may do it.
//!
//! It is safe while a server runs: on SQLite a second writer waits its turn, and the server looks every few seconds whether the
//! configuration has changed.

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use anyhow::{Context, bail};
use batch_core::names::{RoleName, UserName, key, nearest};
use batch_core::rights::{Right, Rights};
use kit::Secret;
use sql::{Db, Tx};

use crate::auth;
use crate::configure::bump;
use crate::options::Options;
use crate::store::{batch_user, role};

/// There is no user of that name.
#[derive(Debug, thiserror::Error)]
#[error("user `{name}` does not exist{hint}")]
pub struct NoSuchUser {
    /// The name.
    pub name: String,
    /// The nearest name, or nothing.
    pub hint: String,
}

/// Sets the password of a user, and unlocks and approves it.
///
/// # Errors
/// No data, [`NoSuchUser`] (with the nearest name), or a password that is too short.
pub async fn reset_password(
    options: &Options,
    user: &str,
    new_password: Secret,
) -> anyhow::Result<()> {
    let hash = hash(options, new_password).await?;
    let db = open(options, Missing::Refuse).await?;
    let name = user.to_owned();
    let done = db
        .write(move |tx| {
            let (name, hash) = (name.clone(), hash.clone());
            Box::pin(async move {
                let Some(user) = batch_user::by_key(tx, &key(&name)).await? else {
                    return Ok(Err(batch_user::page(tx, 0, 1000).await?));
                };
                bump(tx).await?;
                batch_user::set_password(tx, user.id, &hash).await?;
                batch_user::approve(tx, user.id).await?;
                batch_user::unlock(tx, user.id).await?;
                Ok::<_, sql::Error>(Ok(()))
            })
        })
        .await;
    db.close().await;
    match done.context("changing the user")? {
        Ok(()) => Ok(()),
        Err(users) => {
            let near = nearest(user, users.iter().map(|user| user.name.as_str()));
            Err(NoSuchUser { name: user.to_owned(), hint: hint(near) }.into())
        }
    }
}

/// Makes a user that can log on, with one role. A user without a password, as definitions make them for jobs, gets the password and the
/// role. The database is made when there is none, so that a server can be set up before its first start; its file is given back then.
///
/// The roles `operator` (everything but administration), `monitor` (sees requests and messages) and `Administrators` are
/// made when they are named and missing; any other role has to exist.
///
/// # Errors
/// A name that cannot be one, a user that can log on already, an unknown role, or a password that is too short.
pub async fn add_user(
    options: &Options,
    name: &str,
    password: Secret,
    role: &str,
) -> anyhow::Result<Option<PathBuf>> {
    let user = UserName::new(name)?;
    let role = RoleName::new(role)?;
    let hash = hash(options, password).await?;
    let made = file(options).filter(|file| !file.is_file());
    let db = open(options, Missing::Create).await?;
    let done = db
        .write(move |tx| {
            let (user, role, hash) = (user.clone(), role.clone(), hash.clone());
            Box::pin(async move {
                let Some(role_id) = role_id(tx, &role).await? else {
                    return Ok(Added::UnknownRole(role::page(tx, 0, 1000).await?));
                };
                store_user(tx, &user, &hash, role_id).await
            })
        })
        .await;
    db.close().await;
    match done.context("adding the user")? {
        Added::Done => Ok(made),
        Added::Exists => {
            bail!("user `{name}` can log on already; use reset-password for a new password")
        }
        Added::UnknownRole(roles) => {
            let mut known: Vec<&str> = roles.iter().map(|role| role.name.as_str()).collect();
            known.extend(
                BUILT_IN
                    .iter()
                    .map(|(name, ..)| *name)
                    .filter(|name| !roles.iter().any(|role| role.name_key == key(name))),
            );
            bail!("the role does not exist; known roles: {}", known.join(", "))
        }
    }
}

/// What came of adding a user.
enum Added {
    Done,
    Exists,
    UnknownRole(Vec<role::Role>),
}

/// Roles that are made when they are named: name, description, whether it may administer, whether it may only look.
const BUILT_IN: [(&str, &str, &[Right]); 3] = [
    ("Administrators", "May do everything", &Right::ALL),
    (
        "operator",
        "May do everything but administration",
        &[
            Right::Submit,
            Right::Monitor,
            Right::ReadMessages,
            Right::Stop,
            Right::Kill,
            Right::Interrupt,
            Right::WakeUp,
            Right::Operate,
        ],
    ),
    ("monitor", "Sees requests and their messages", &[Right::Monitor, Right::ReadMessages]),
];

async fn role_id(tx: &mut Tx<'_>, wanted: &RoleName) -> sql::Result<Option<i64>> {
    if let Some(role) = role::by_key(tx, wanted.key()).await? {
        return Ok(Some(role.id));
    }
    let Some((name, description, rights)) =
        BUILT_IN.iter().find(|(name, ..)| key(name) == wanted.key())
    else {
        return Ok(None);
    };
    let new = role::NewRole {
        name: (*name).to_owned(),
        name_key: key(name),
        description: (*description).to_owned(),
        is_default: false,
        shows_all_jobs: true,
        rights: rights.iter().copied().collect::<Rights>().to_string(),
    };
    role::insert(tx, &new).await.map(Some)
}

async fn store_user(
    tx: &mut Tx<'_>,
    user: &UserName,
    hash: &str,
    role_id: i64,
) -> sql::Result<Added> {
    let id = match batch_user::by_key(tx, user.key()).await? {
        Some(known) if known.password_hash.is_some() => return Ok(Added::Exists),
        Some(known) => known.id,
        None => {
            let new = batch_user::NewUser {
                name: user.to_string(),
                name_key: user.key().to_owned(),
                full_name: String::new(),
                email: String::new(),
                language: String::new(),
                station: None,
                is_approved: true,
            };
            batch_user::insert(tx, &new).await?
        }
    };
    bump(tx).await?;
    batch_user::set_password(tx, id, hash).await?;
    batch_user::approve(tx, id).await?;
    batch_user::set_roles(tx, id, &[role_id]).await?;
    Ok(Added::Done)
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

async fn hash(options: &Options, password: Secret) -> anyhow::Result<String> {
    let (least, most) = (options.security.password_length, auth::PASSWORD_CHARS_MAX);
    let length = password.expose().chars().count();
    if auth::is_blank(password.expose()) || length < least as usize || length > most {
        bail!(
            "the password has {length} characters; it must have {least} to {most}, not all of them blanks"
        );
    }
    tokio::task::spawn_blocking(move || auth::hash_password(&password))
        .await
        .context("hashing the password")?
}

/// What to do when there is no database yet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Refuse,
    Create,
}

/// The file of the database; none where it is on a server.
fn file(options: &Options) -> Option<PathBuf> {
    let url = options.database_url();
    let path = || url.expose().trim_start_matches("sqlite:").trim_start_matches("//").into();
    (!url.is_postgres()).then(path)
}

async fn open(options: &Options, missing: Missing) -> anyhow::Result<Db> {
    if let Some(path) = file(options) {
        if !path.is_file() && missing == Missing::Refuse {
            bail!(
                "there is no database at {}: name the folder of the server's data with --data, or its configuration with --config",
                path.display()
            );
        }
        if options.database.is_none() {
            kit::data_dir::create(&options.data_dir)?;
        }
    }
    crate::database::open(options).await
}

//! Users (`amt-domain 11.1`).

use std::collections::HashMap;

use batch_core::names::{Station as StationKind, User as UserKind};
use batch_core::rights::Right;
use kit::Secret;
use serde::{Deserialize, Serialize};
use sql::{Tx, from_micros};
use utoipa::ToSchema;

use super::change::write;
use super::check::{self, SHORT_MAX};
use super::role::refuse_nobody_left;
use super::thing::{as_expected, found, refuse_double, unknown};
use super::{Expected, Page, PageOf};
use crate::auth::{PASSWORD_CHARS_MAX, is_blank};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::server::Server;
use crate::store::batch_user::{self, NewUser};
use crate::store::{role, token};

/// A user: it can log on when it has a password, and jobs can run as it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct User {
    /// Its number.
    pub(crate) id: i64,
    /// Its name, unique in any case.
    name: String,
    /// The name of the person.
    full_name: String,
    /// Mail address.
    email: String,
    /// Language, such as `en`.
    language: String,
    /// The station of its requests from the Control Center that name none.
    station: Option<String>,
    /// Its roles.
    roles: Vec<String>,
    /// Only approved users get access.
    is_approved: bool,
    /// Set after too many failed logons; cleared by `unlock` only.
    is_locked_out: bool,
    /// Failed logons since the last good one.
    failed_logons: i64,
    /// Whether it has a password.
    has_password: bool,
    /// The last good logon.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_logon_at: Option<jiff::Timestamp>,
    /// Grows with each change; send it as `If-Match`.
    version: i64,
}

/// What a user is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserInput {
    /// Its name, unique in any case.
    name: String,
    /// The name of the person; empty by default.
    #[serde(default)]
    full_name: String,
    /// Mail address; empty by default.
    #[serde(default)]
    email: String,
    /// Language, such as `en`; empty by default.
    #[serde(default)]
    language: String,
    /// The station of its requests from the Control Center that name none. None by default.
    #[serde(default)]
    station: Option<String>,
    /// Its roles; the default role by default.
    #[serde(default)]
    roles: Option<Vec<String>>,
    /// Only approved users get access; true by default.
    #[serde(default = "approved")]
    is_approved: bool,
    /// Its password, when the user is made; later by `set-password`. Without one it cannot log on.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password, write_only)]
    password: Option<Secret>,
}

const fn approved() -> bool {
    true
}

fn checked(input: &UserInput) -> Result<NewUser> {
    let name = check::name::<UserKind>("name", &input.name)?;
    Ok(NewUser {
        name: name.to_string(),
        name_key: name.key().to_owned(),
        full_name: check::line("full_name", &input.full_name, SHORT_MAX)?,
        email: check::line("email", &input.email, SHORT_MAX)?,
        language: check::line("language", &input.language, SHORT_MAX)?,
        station: check::maybe_name::<StationKind>("station", input.station.as_deref())?
            .map(|station| station.to_string()),
        is_approved: input.is_approved,
    })
}

/// The hash of a new password that is good enough.
async fn hashed(server: &Server, password: &Secret) -> Result<String> {
    let chars = password.expose().chars().count();
    let least = server.auth.security().password_length as usize;
    if is_blank(password.expose()) || chars < least {
        return Err(Error::invalid(
            "password",
            format!("it is too short, use at least {least} characters"),
        ));
    }
    if chars > PASSWORD_CHARS_MAX {
        return Err(Error::invalid(
            "password",
            format!("it is too long, use at most {PASSWORD_CHARS_MAX} characters"),
        ));
    }
    server.auth.hash_password(password.clone()).await
}

async fn shown(tx: &mut Tx<'_>, rows: Vec<batch_user::User>) -> Result<Vec<User>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut roles: HashMap<i64, Vec<String>> = HashMap::new();
    for (user_id, name) in batch_user::role_names(tx, &ids).await? {
        roles.entry(user_id).or_default().push(name);
    }
    rows.into_iter()
        .map(|row| {
            let last_logon_at = row
                .last_logon_at
                .map(|at| from_micros("batch_user", "last_logon_at", at))
                .transpose()?;
            Ok(User {
                roles: roles.remove(&row.id).unwrap_or_default(),
                id: row.id,
                name: row.name,
                full_name: row.full_name,
                email: row.email,
                language: row.language,
                station: row.station,
                is_approved: row.is_approved,
                is_locked_out: row.is_locked_out,
                failed_logons: row.failed_logons,
                has_password: row.password_hash.is_some(),
                last_logon_at,
                version: row.version,
            })
        })
        .collect()
}

async fn shown_one(tx: &mut Tx<'_>, id: i64) -> Result<User> {
    let row = found(batch_user::get(tx, id).await?, id)?;
    shown(tx, vec![row]).await?.pop().ok_or_else(|| Error::not_found("user", id))
}

/// The users.
pub(crate) async fn list(server: &Server, caller: &Caller, page: PageOf) -> Result<Page<User>> {
    caller.require(Right::Administer)?;
    let users = server
        .db
        .read(|tx| {
            Box::pin(async move {
                let rows = batch_user::page(tx, page.start(), page.fetch()).await?;
                shown(tx, rows).await
            })
        })
        .await?;
    Ok(Page::of(page, users, |user| user.id))
}

/// One user.
pub(crate) async fn read(server: &Server, caller: &Caller, id: i64) -> Result<User> {
    caller.require(Right::Administer)?;
    server.db.read(|tx| Box::pin(shown_one(tx, id))).await
}

/// Makes a user.
pub(crate) async fn create(server: &Server, caller: &Caller, input: &UserInput) -> Result<User> {
    caller.require(Right::Administer)?;
    let (new, roles) = (checked(input)?, input.roles.clone());
    let hash = match &input.password {
        Some(password) => Some(hashed(server, password).await?),
        None => None,
    };
    let user = write(server, move |tx| {
        let (new, roles, hash) = (new.clone(), roles.clone(), hash.clone());
        Box::pin(async move {
            refuse_double(batch_user::by_key(tx, &new.name_key).await?, None)?;
            let id = batch_user::insert(tx, &new).await?;
            if let Some(hash) = hash {
                batch_user::set_password(tx, id, &hash).await?;
            }
            let roles = match roles {
                Some(names) => role_ids(tx, &names).await?,
                None => role::default(tx).await?.map(|role| role.id).into_iter().collect(),
            };
            batch_user::set_roles(tx, id, &roles).await?;
            shown_one(tx, id).await
        })
    })
    .await?;
    tracing::info!(user = input.name, caller.id = caller.user_id, "user created");
    Ok(user)
}

/// Replaces a user; roles that are left out stay.
pub(crate) async fn change(
    server: &Server,
    caller: &Caller,
    id: i64,
    expected: Expected,
    input: &UserInput,
) -> Result<User> {
    caller.require(Right::Administer)?;
    if input.password.is_some() {
        return Err(Error::invalid("password", "it is changed by `set-password` only"));
    }
    let (new, roles) = (checked(input)?, input.roles.clone());
    let user = write(server, move |tx| {
        let (new, roles) = (new.clone(), roles.clone());
        Box::pin(async move {
            as_expected(batch_user::lock(tx, id).await?, id, expected)?;
            refuse_double(batch_user::by_key(tx, &new.name_key).await?, Some(id))?;
            batch_user::update(tx, id, &new).await?;
            if let Some(names) = roles {
                let roles = role_ids(tx, &names).await?;
                batch_user::set_roles(tx, id, &roles).await?;
            }
            refuse_nobody_left(tx).await?;
            shown_one(tx, id).await
        })
    })
    .await?;
    tracing::info!(user = input.name, caller.id = caller.user_id, "user changed");
    Ok(user)
}

/// Sets a password. The user's sessions end.
pub(crate) async fn set_password(
    server: &Server,
    caller: &Caller,
    id: i64,
    password: &Secret,
) -> Result<User> {
    caller.require(Right::Administer)?;
    let hash = hashed(server, password).await?;
    verb(server, caller, id, "password set", move |tx| {
        let hash = hash.clone();
        Box::pin(async move {
            batch_user::set_password(tx, id, &hash).await?;
            Ok(token::delete_of_user(tx, id).await?)
        })
    })
    .await
}

/// Clears the lock after too many failed logons.
pub(crate) async fn unlock(server: &Server, caller: &Caller, id: i64) -> Result<User> {
    caller.require(Right::Administer)?;
    let user = verb(server, caller, id, "user unlocked", move |tx| {
        Box::pin(async move { Ok(batch_user::unlock(tx, id).await?) })
    })
    .await?;
    server.auth.forget_failures(&batch_core::names::key(&user.name));
    Ok(user)
}

/// Lets a user in.
pub(crate) async fn approve(server: &Server, caller: &Caller, id: i64) -> Result<User> {
    caller.require(Right::Administer)?;
    verb(server, caller, id, "user approved", move |tx| {
        Box::pin(async move { Ok(batch_user::approve(tx, id).await?) })
    })
    .await
}

/// Ends all sessions of a user.
pub(crate) async fn log_off(server: &Server, caller: &Caller, id: i64) -> Result<User> {
    caller.require(Right::Administer)?;
    verb(server, caller, id, "sessions ended", move |tx| {
        Box::pin(async move { Ok(token::delete_of_user(tx, id).await?) })
    })
    .await
}

async fn verb<F>(server: &Server, caller: &Caller, id: i64, what: &str, work: F) -> Result<User>
where
    F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> sql::BoxFuture<'t, Result<()>> + Send + Sync + 'static,
{
    let work = std::sync::Arc::new(work);
    let user = write(server, move |tx| {
        let work = std::sync::Arc::clone(&work);
        Box::pin(async move {
            found(batch_user::lock(tx, id).await?, id)?;
            work(tx).await?;
            shown_one(tx, id).await
        })
    })
    .await?;
    tracing::info!(user = user.name, caller.id = caller.user_id, "{what}");
    Ok(user)
}

/// Removes a user and its sessions. Its requests keep its name.
pub(crate) async fn delete(
    server: &Server,
    caller: &Caller,
    id: i64,
    expected: Expected,
) -> Result<()> {
    caller.require(Right::Administer)?;
    let name = write(server, move |tx| {
        Box::pin(async move {
            let stored = as_expected(batch_user::lock(tx, id).await?, id, expected)?;
            batch_user::delete(tx, id).await?;
            refuse_nobody_left(tx).await?;
            Ok(stored.name)
        })
    })
    .await?;
    tracing::info!(user = name, caller.id = caller.user_id, "user deleted");
    Ok(())
}

async fn role_ids(tx: &mut Tx<'_>, names: &[String]) -> Result<Vec<i64>> {
    let mut ids = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match role::by_key(tx, &batch_core::names::key(name)).await? {
            Some(role) if ids.contains(&role.id) => {}
            Some(role) => ids.push(role.id),
            None => return Err(unknown(&format!("roles[{index}]"), "role", name, [])),
        }
    }
    Ok(ids)
}

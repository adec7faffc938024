//! The administrator of the first run.

use batch_core::rights::{Right, Rights};
use kit::Secret;
use sql::Tx;

use crate::error::{Error, Result};
use crate::server::Server;
use crate::store::{batch_user, role};

/// The built-in administrator (`amt-domain 11.1`).
pub(crate) const USER: &str = "ADMIN";
/// The role that may do everything.
const ROLE: &str = "Administrators";

/// Makes user ADMIN with a random password when nobody who can log on may administer, so that somebody can do so at all. An ADMIN
/// who has a password keeps it: `ringmaster batch-server reset-password` is the way to a new one.
///
/// Returns the password, which is known to nobody else and stored nowhere: show it once. None when nothing was made.
pub(crate) async fn ensure_administrator(server: &Server) -> Result<Option<Secret>> {
    if !server.db.read(|tx| Box::pin(async move { is_missing(tx).await })).await? {
        return Ok(None);
    }
    let password = kit::secret::random_token(15).map_err(|error| Error::Internal(error.into()))?;
    let hash = server.auth.hash_password(password.clone()).await?;
    let is_made = server
        .db
        .write(move |tx| {
            let hash = hash.clone();
            Box::pin(async move {
                // Another process on the same database may have been faster.
                if !is_missing(tx).await? {
                    return Ok::<_, sql::Error>(false);
                }
                make(tx, &hash).await?;
                crate::configure::bump(tx).await?;
                Ok(true)
            })
        })
        .await?;
    if !is_made {
        return Ok(None);
    }
    crate::configure::changed(server).await?;
    Ok(Some(password))
}

async fn is_missing(tx: &mut Tx<'_>) -> sql::Result<bool> {
    if somebody_administers(tx).await? {
        return Ok(false);
    }
    let own = batch_user::by_key(tx, &batch_core::names::key(USER)).await?;
    Ok(own.is_none_or(|user| user.password_hash.is_none()))
}

/// Whether an approved user with a password has the right to administer.
pub(crate) async fn somebody_administers(tx: &mut Tx<'_>) -> sql::Result<bool> {
    let rights = batch_user::rights_of_those_who_can_log_on(tx).await?;
    Ok(rights.iter().any(|(_, rights)| {
        rights.parse::<Rights>().is_ok_and(|rights| rights.allows(Right::Administer))
    }))
}

async fn make(tx: &mut Tx<'_>, hash: &str) -> sql::Result<()> {
    let role_id = match role::by_key(tx, &batch_core::names::key(ROLE)).await? {
        Some(role) => role.id,
        None => role::insert(tx, &everything()).await?,
    };
    let user_id = match batch_user::by_key(tx, &batch_core::names::key(USER)).await? {
        Some(user) => user.id,
        None => batch_user::insert(tx, &administrator()).await?,
    };
    batch_user::set_password(tx, user_id, hash).await?;
    batch_user::approve(tx, user_id).await?;
    batch_user::unlock(tx, user_id).await?;
    let mut roles = batch_user::role_ids(tx, user_id).await?;
    if !roles.contains(&role_id) {
        roles.push(role_id);
        batch_user::set_roles(tx, user_id, &roles).await?;
    }
    Ok(())
}

fn everything() -> role::NewRole {
    role::NewRole {
        name: ROLE.into(),
        name_key: batch_core::names::key(ROLE),
        description: "May do everything".into(),
        is_default: false,
        shows_all_jobs: true,
        rights: Rights::from_iter(Right::ALL).to_string(),
    }
}

fn administrator() -> batch_user::NewUser {
    batch_user::NewUser {
        name: USER.into(),
        name_key: batch_core::names::key(USER),
        full_name: "Administrator".into(),
        email: String::new(),
        language: String::new(),
        station: None,
        is_approved: true,
    }
}

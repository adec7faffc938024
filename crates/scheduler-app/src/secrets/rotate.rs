//! A new key, and what is to be done when a key is lost.

use std::sync::Arc;

use scheduler_core::action::Privilege;
use scheduler_store::audit::{self, NewRecord};
use scheduler_store::secret::{self, Sealed};

use super::Keys;
use crate::error::{Error, Result};
use crate::{App, Caller};

/// What a rotation has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// The id of the new key.
    pub key: String,
    /// How many secrets were sealed anew.
    pub secrets: usize,
    /// Keys that nothing in the database needs any more; backups of it may.
    pub unused: Vec<String>,
}

/// Adds a key to the key file and seals everything anew with it, in one transaction. Killed anywhere, every secret can be read: the
/// old keys stay in the file.
///
/// # Errors
/// [`Error::Forbidden`], or [`Error::Refused`] where a secret cannot be read; nothing is sealed anew then.
pub async fn rotate(app: &App, caller: &Caller, reason: Option<&str>) -> Result<Rotated> {
    caller.must("change the key of secrets", &[Privilege::AllAdministrative])?;
    let keys = app.need_keys()?.clone();
    // Nothing is added for a rotation that cannot be.
    let rows = app.db().write(|tx| Box::pin(async move { secret::lock_all(tx).await })).await?;
    for row in &rows {
        keys.unseal(row)?;
    }
    let adding = keys.clone();
    let key = tokio::task::spawn_blocking(move || adding.add())
        .await
        .map_err(|error| Error::Refused(format!("the key could not be added: {error}")))??;
    let (at, caller, reason) =
        (app.now_micros(), caller.name().to_owned(), reason.map(ToOwned::to_owned));
    let (of, id) = (keys.clone(), key.clone());
    let (secrets, used) = app
        .db()
        .write(move |tx| {
            let (keys, key) = (of.clone(), id.clone());
            let (caller, reason) = (caller.clone(), reason.clone());
            Box::pin(async move {
                let rows = secret::lock_all(tx).await?;
                for row in &rows {
                    let (key_id, sealed) = keys.seal(&row.kind, &row.name, &keys.unseal(row)?)?;
                    secret::reseal(tx, &row.kind, &row.name, &key_id, &sealed).await?;
                }
                let record = NewRecord {
                    action: "secret.rotate",
                    new_value: Some(format!("key {key}, {} secrets", rows.len())),
                    ..record(at, caller, reason)
                };
                audit::append(tx, &record).await?;
                Ok::<_, Error>((rows.len(), secret::key_ids(tx).await?))
            })
        })
        .await?;
    let unused = keys.ids().into_iter().filter(|id| *id != key && !used.contains(id)).collect();
    Ok(Rotated { key, secrets, unused })
}

/// Secrets that were taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forgotten {
    /// Whose they were: kind and name.
    pub secrets: Vec<(String, String)>,
}

/// Takes away every secret that cannot be read with a key file, for an installation whose keys are lost for ever. Passwords and
/// values must be set again. It needs a process that has no key file: with the right one there is nothing to forget.
///
/// # Errors
/// [`Error::Forbidden`], or [`Error::Refused`] where the file cannot be used.
pub async fn forget_unreadable(
    app: &App,
    caller: &Caller,
    path: &std::path::Path,
    reason: Option<&str>,
) -> Result<Forgotten> {
    caller.must("take secrets away", &[Privilege::AllAdministrative])?;
    let keys = Arc::new(Keys::open(path, &[])?);
    let (at, caller, reason) =
        (app.now_micros(), caller.name().to_owned(), reason.map(ToOwned::to_owned));
    app.db()
        .write(move |tx| {
            let (keys, caller, reason) = (Arc::clone(&keys), caller.clone(), reason.clone());
            Box::pin(async move {
                let is_lost = |row: &Sealed| keys.unseal(row).is_err();
                let lost: Vec<Sealed> =
                    secret::lock_all(tx).await?.into_iter().filter(is_lost).collect();
                for row in &lost {
                    secret::remove(tx, &row.kind, &row.name).await?;
                }
                let secrets: Vec<_> = lost.into_iter().map(|row| (row.kind, row.name)).collect();
                let names: Vec<&str> = secrets.iter().map(|(_, name)| name.as_str()).collect();
                if !secrets.is_empty() {
                    let record = NewRecord {
                        action: "secret.forget",
                        old_value: Some(names.join(", ")),
                        ..record(at, caller, reason)
                    };
                    audit::append(tx, &record).await?;
                }
                Ok::<_, Error>(Forgotten { secrets })
            })
        })
        .await
}

fn record(at: i64, caller: String, reason: Option<String>) -> NewRecord {
    NewRecord {
        at,
        caller,
        action: "",
        subject: "secrets".to_owned(),
        reason,
        old_value: None,
        new_value: None,
    }
}

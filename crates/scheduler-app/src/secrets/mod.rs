//! Passwords of batch users and values of encrypted properties: sealed in the database, with keys that are in a file and not there.

mod key_file;
mod keys;
mod masks;
mod rotate;
mod seal;

pub use keys::Keys;
pub(crate) use masks::Masks;
pub use rotate::{Forgotten, Rotated, forget_unreadable, rotate};

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use kit::Secret;
use scheduler_store::audit::{self, NewRecord};
use scheduler_store::secret::{self, Sealed};

use crate::App;
use crate::error::{Error, Result};

/// What stands for a secret in the audit.
pub(crate) const STARS: &str = "***";

impl App {
    /// Gives this process its key file, before anything is done with secrets. It is made where neither it nor a sealed secret is
    /// there.
    ///
    /// # Errors
    /// [`Error::Refused`] where the file cannot be used, or where the database holds secrets that are sealed with keys that are
    /// not in it.
    pub async fn open_keys(&self, path: &Path) -> Result<()> {
        let (used, values) = self
            .db()
            .read(|tx| {
                Box::pin(async move {
                    let mut values = secret::of_kind(tx, secret::PROPERTY).await?;
                    values.extend(secret::of_kind(tx, secret::BATCH_USER).await?);
                    Ok::<_, sql::Error>((secret::key_ids(tx).await?, values))
                })
            })
            .await?;
        let keys = Keys::open(path, &used)?;
        for value in &values {
            // What is sent to agents is masked in what they answer, from the begin on.
            if let Ok(value) = keys.unseal(value) {
                self.bodies().masks.add(&value);
            }
        }
        if self.set_keys(keys) {
            Ok(())
        } else {
            Err(Error::Refused("this process has its key file already".to_owned()))
        }
    }

    /// The keys of this process, or how it gets some.
    pub(crate) fn need_keys(&self) -> Result<&Keys> {
        self.keys().ok_or_else(|| {
            Error::Refused(
                "this scheduler was started without a key file, so that it can neither keep nor read secrets; name one and \
                 start it again"
                    .to_owned(),
            )
        })
    }

    /// A secret that is read, or why it is not. The text says what to do.
    pub(crate) fn unseal(&self, row: &Sealed) -> std::result::Result<Secret, String> {
        let value = self.need_keys().and_then(|keys| keys.unseal(row));
        let value = value.map_err(|error| error.to_string())?;
        self.bodies().masks.add(&value);
        Ok(value)
    }

    /// The sealed values of all encrypted properties, to be opened one by one when a text for an agent asks for them.
    pub(crate) async fn property_secrets(&self, tx: &mut sql::Tx<'_>) -> Result<PropertySecrets> {
        let rows = secret::of_kind(tx, secret::PROPERTY).await?;
        let rows: HashMap<_, _> = rows.into_iter().map(|row| (row.name.clone(), row)).collect();
        Ok(PropertySecrets { app: self.clone(), rows: Arc::new(rows) })
    }
}

/// Sealed values of encrypted properties.
#[derive(Debug, Clone)]
pub(crate) struct PropertySecrets {
    app: App,
    rows: Arc<HashMap<String, Sealed>>,
}

impl PropertySecrets {
    /// The value of a property, or why there is none.
    pub(crate) fn value(&self, name: &str) -> std::result::Result<Secret, String> {
        let row = self.rows.get(name).ok_or_else(|| {
            format!("the encrypted property `{name}` has no value yet; set it with `ringmaster property set`")
        })?;
        self.app.unseal(row)
    }
}

/// Who changes which secret.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) action: &'static str,
    pub(crate) caller: String,
    pub(crate) reason: Option<String>,
    pub(crate) at: i64,
}

impl Change {
    /// Stores a secret and says in the audit that it was set, and not what it is. All secrets must be sealed with keys that
    /// this process has: otherwise another one would find what it cannot open.
    pub(crate) async fn put(
        &self,
        tx: &mut sql::Tx<'_>,
        keys: &Keys,
        value: &Secret,
    ) -> Result<()> {
        keys.must_have(&secret::key_ids(tx).await?)?;
        let (key_id, sealed) = keys.seal(self.kind, &self.name, value)?;
        let old = secret::one(tx, self.kind, &self.name).await?.map(|_| STARS.to_owned());
        secret::put(tx, self.kind, &self.name, &key_id, &sealed, self.at).await?;
        self.record(tx, old, Some(STARS.to_owned())).await
    }

    /// Takes a secret away; false where there is none.
    pub(crate) async fn remove(&self, tx: &mut sql::Tx<'_>) -> Result<bool> {
        if !secret::remove(tx, self.kind, &self.name).await? {
            return Ok(false);
        }
        self.record(tx, Some(STARS.to_owned()), None).await?;
        Ok(true)
    }

    async fn record(
        &self,
        tx: &mut sql::Tx<'_>,
        old: Option<String>,
        new: Option<String>,
    ) -> Result<()> {
        let record = NewRecord {
            at: self.at,
            caller: self.caller.clone(),
            action: self.action,
            subject: self.name.clone(),
            reason: self.reason.clone(),
            old_value: old,
            new_value: new,
        };
        Ok(audit::append(tx, &record).await?)
    }
}

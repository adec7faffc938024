//! Setting and deleting.

use kit::Secret;
use scheduler_core::property::limits::VALUE_CHARS_MAX;
use scheduler_core::property::{Place, Target, global_name_fault, instance_name_fault};
use scheduler_store::audit::{self, NewRecord};
use scheduler_store::{property, secret};

use super::list::{entry_of, value_of};
use super::{is_encrypted, privilege, subject};
use crate::error::{Error, Result};
use crate::secrets::Change;
use crate::tokens::values;
use crate::{App, Caller};

/// Gives a property a value, at most 4,000 characters. One that is not there is made, except among the global ones that are
/// encrypted: these are made by definitions. The value of an encrypted property goes to agents only, and nowhere else.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::Unknown`] where what it belongs to is not there, [`Error::Refused`] for a name or a value that
/// cannot be.
pub async fn set(
    app: &App,
    caller: &Caller,
    target: &Target,
    value: Secret,
    reason: Option<&str>,
) -> Result<()> {
    caller.must("set properties", &[privilege(&target.place)])?;
    check(target, &value)?;
    let of = Of::new(app, caller, target, "property.set", reason);
    let own = app.clone();
    app.db()
        .write(move |tx| {
            let (of, app, value) = (of.clone(), own.clone(), value.clone());
            Box::pin(async move {
                let name = &of.target.name;
                if of.target.place == Place::Global && is_encrypted(tx, name).await? {
                    // What was stored before it was encrypted.
                    property::remove(tx, "global", "", name).await?;
                    return of.change().put(tx, app.need_keys()?, &value).await;
                }
                let before = value_of(tx, &of.target).await?;
                let value = value.expose().trim();
                values::set(tx, &of.target, value, true).await?;
                if of.target.place == Place::Global {
                    // It was encrypted once.
                    secret::remove(tx, secret::PROPERTY, name).await?;
                }
                of.record(tx, before, Some(value.to_owned())).await
            })
        })
        .await?;
    app.wakes().advance.wake();
    Ok(())
}

/// Takes the value of a property away. One that the definitions have gets the value again that it has there; one that only this
/// place has is gone.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::Unknown`] where it is not there, or [`Error::Refused`] where it has no other value than that of the
/// definitions.
pub async fn delete(
    app: &App,
    caller: &Caller,
    target: &Target,
    reason: Option<&str>,
) -> Result<()> {
    caller.must("delete properties", &[privilege(&target.place)])?;
    let of = Of::new(app, caller, target, "property.delete", reason);
    app.db()
        .write(move |tx| {
            let of = of.clone();
            Box::pin(async move {
                let name = &of.target.name;
                if of.target.place == Place::Global && is_encrypted(tx, name).await? {
                    if of.change().remove(tx).await? {
                        return Ok(());
                    }
                    return Err(Error::Refused(format!("the property `{name}` has no value")));
                }
                let Some(before) = entry_of(tx, &of.target).await? else {
                    let name = subject(&of.target);
                    return Err(Error::Unknown { what: "property", name, hint: String::new() });
                };
                if !before.can_be_deleted(&of.target.place) {
                    return Err(Error::Refused(format!(
                        "the property `{name}` has the value of its definition: nothing was set over it"
                    )));
                }
                values::remove(tx, &of.target).await?;
                let after = value_of(tx, &of.target).await?;
                of.record(tx, before.clear(), after).await
            })
        })
        .await?;
    app.wakes().advance.wake();
    Ok(())
}

/// Nothing of a value is repeated: it may be a secret.
fn check(target: &Target, value: &Secret) -> Result<()> {
    let name = &target.name;
    let fault = match &target.place {
        Place::Global => global_name_fault(name),
        Place::Machine(_) | Place::Schedule(_) | Place::Job(_) => instance_name_fault(name),
        Place::Thresholds | Place::Resources => {
            Some("thresholds and resources are no properties".to_owned())
        }
    };
    if let Some(why) = fault {
        return Err(Error::Refused(format!("a property cannot be called `{name}`: {why}")));
    }
    let chars = value.expose().chars().count();
    if chars > VALUE_CHARS_MAX {
        return Err(Error::Refused(format!(
            "the value of `{name}` has {chars} characters; at most {VALUE_CHARS_MAX} can be kept"
        )));
    }
    Ok(())
}

/// What is changed, by whom.
#[derive(Clone)]
struct Of {
    target: Target,
    action: &'static str,
    caller: String,
    reason: Option<String>,
    at: i64,
}

impl Of {
    fn new(
        app: &App,
        caller: &Caller,
        target: &Target,
        action: &'static str,
        reason: Option<&str>,
    ) -> Self {
        Self {
            target: target.clone(),
            action,
            caller: caller.name().to_owned(),
            reason: reason.map(ToOwned::to_owned),
            at: app.now_micros(),
        }
    }

    fn change(&self) -> Change {
        Change {
            kind: secret::PROPERTY,
            name: self.target.name.clone(),
            action: self.action,
            caller: self.caller.clone(),
            reason: self.reason.clone(),
            at: self.at,
        }
    }

    async fn record(
        &self,
        tx: &mut sql::Tx<'_>,
        old_value: Option<String>,
        new_value: Option<String>,
    ) -> Result<()> {
        let record = NewRecord {
            at: self.at,
            caller: self.caller.clone(),
            action: self.action,
            subject: subject(&self.target),
            reason: self.reason.clone(),
            old_value,
            new_value,
        };
        Ok(audit::append(tx, &record).await?)
    }
}

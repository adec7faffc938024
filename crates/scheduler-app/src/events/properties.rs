//! `$PROPERTY:…`: values of properties.

use scheduler_core::event::{PropertyCommand, PropertyRef};
use scheduler_core::property::{Reference, Target};

use super::find::known;
use super::ready::Origin;
use crate::error::{Error, Result};
use crate::tokens::Tokens;
use crate::tokens::values;
use crate::work::Work;

/// Performs a command on a property.
pub(super) async fn perform(
    work: &mut Work<'_, '_>,
    origin: &Origin,
    command: &PropertyCommand,
) -> Result<String> {
    let (property, value) = match command {
        PropertyCommand::Set { property, value } | PropertyCommand::Add { property, value } => {
            let value = value.as_ref().map(known).transpose()?;
            (property, Some(value.map_or("", |value| value.0.as_str())))
        }
        PropertyCommand::Delete { property } => (property, None),
    };
    let target = target(work, origin, known(property)?).await?;
    let is_new = matches!(command, PropertyCommand::Add { .. });
    match value {
        Some(value) => values::set(work.tx(), &target, value, is_new).await?,
        None => values::remove(work.tx(), &target).await?,
    }
    Ok("performed".to_owned())
}

async fn target(work: &mut Work<'_, '_>, origin: &Origin, name: &PropertyRef) -> Result<Target> {
    let reference =
        Reference::parse(&name.0).map_err(|problems| Error::Refused(problems.to_string()))?;
    let now = work.now();
    let Some(mut tokens) = Tokens::of(work.tx(), &origin.of, now).await? else {
        return Err(Error::Refused("its job has been deleted".to_owned()));
    };
    tokens.target(work.tx(), &reference).await?.map_err(Error::Refused)
}

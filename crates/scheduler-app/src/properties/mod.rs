//! Properties: their values as they are now. Values of encrypted ones can be set and never read.

mod change;
mod list;
#[cfg(test)]
mod tests;

pub use change::{delete, set};
pub use list::{PropertyEntry, PropertyValue, list};
pub use scheduler_core::property::{JobKey, Place, ScheduleKey, Target};

use scheduler_core::action::Privilege;
use scheduler_core::definition::Property;
use scheduler_store::definition;

use crate::definitions::body;
use crate::error::Result;

/// What a caller needs for the properties of a place: the same as an event.
const fn privilege(place: &Place) -> Privilege {
    match place {
        Place::Machine(_) => Privilege::Machines,
        Place::Global
        | Place::Schedule(_)
        | Place::Job(_)
        | Place::Thresholds
        | Place::Resources => Privilege::GlobalProperties,
    }
}

/// How the audit names a property: as a token does.
fn subject(target: &Target) -> String {
    let name = &target.name;
    match &target.place {
        Place::Global | Place::Thresholds | Place::Resources => name.clone(),
        Place::Machine(agent) => format!("MI.{name}.{agent}"),
        Place::Schedule(of) => format!("SI.{name}.{}.{}", of.date, of.name),
        Place::Job(of) => {
            format!("JI.{name}.{}.{}.{}", of.schedule.date, of.schedule.name, of.name)
        }
    }
}

/// Whether a property is defined as an encrypted one.
pub(crate) async fn is_encrypted(tx: &mut sql::Tx<'_>, name: &str) -> Result<bool> {
    let row = definition::current_one(tx, "property", "", name).await?;
    let of: Option<Property> = row.map(|row| body(&row)).transpose()?;
    Ok(of.is_some_and(|of| of.encrypted))
}

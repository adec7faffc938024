//! What may be set, and assignments.

use core_kit::text::shown;

use super::context::Context;
use super::definition::{PropertyValue, global_name_fault, instance_name_fault};
use super::place::{Place, place_of};
use super::reference::Reference;
use super::scope::Scope;
use super::system;

/// A property that is to be set.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// The object it belongs to.
    pub place: Place,
    /// Its name.
    pub name: String,
}

/// A value for a property, which an expression asks to be stored. Whoever stores it creates the property
/// if it does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The property.
    pub target: Target,
    /// Its new value.
    pub value: PropertyValue,
}

/// The property that `$PROPERTY:SET`, `:ADD` and `:DELETE` and assignments mean. What the reference
/// leaves out is the current object; an event from outside has none, so that its names must be
/// qualified in full.
///
/// # Errors
/// The property is read only, its name breaks the rules, or its object is not known.
pub fn target(reference: &Reference, context: &Context<'_>) -> Result<Target, String> {
    let name = &reference.name;
    let read_only =
        |why: &str| Err(format!("`{}` cannot be set: {why}", shown(&reference.to_string())));
    if reference.remote.is_some() {
        return read_only("it belongs to a remote installation");
    }
    // A name such as `$DATE yyyymmdd` is a global property whose value is a format.
    let is_derived = reference.scope == Scope::Global && system::derived_from(name).is_some();
    if system::is_reserved(name) && !is_derived {
        return read_only("names with `$` or `@` in front are the system's");
    }
    if is_derived && reference.offset.is_some() {
        return read_only("an offset is for where a date is used");
    }
    match reference.scope {
        Scope::Global | Scope::Machine | Scope::Schedule | Scope::Job => {}
        Scope::ParentSchedule | Scope::ParentJob => {
            return read_only("write SI or JI with the date and names of the parent");
        }
        Scope::Threshold => return read_only("$THRESHOLD:SET sets thresholds"),
        Scope::ResourceMaximum | Scope::ResourceInUse => {
            return read_only("$RESOURCE:SET sets resources");
        }
        Scope::NamedInstance => return read_only("it belongs to the instance definition"),
    }
    let fault = match reference.scope {
        Scope::Global => global_name_fault(name),
        _ => instance_name_fault(name),
    };
    if let Some(why) = fault {
        return Err(why);
    }
    match place_of(reference, context)? {
        Some(place) => Ok(Target { place, name: name.clone() }),
        None => read_only("it is no property"),
    }
}

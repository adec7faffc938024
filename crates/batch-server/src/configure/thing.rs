//! What all things of the configuration have in common: they are found by number or name, compared by version, and named in refusals.

use batch_core::names::{key, nearest};

use super::Expected;
use crate::error::{Error, Result};
use crate::store::application::Application;
use crate::store::batch_user::User;
use crate::store::controller::Controller;
use crate::store::job::Job;
use crate::store::queue::Queue;
use crate::store::role::Role;
use crate::store::schedule::Schedule;
use crate::store::station::Station;

/// A stored thing that has a name.
pub(crate) trait Thing: Sized {
    /// What messages call it.
    const WHAT: &'static str;

    /// Its number.
    fn id(&self) -> i64;

    /// Its name.
    fn name(&self) -> &str;

    /// How often it has changed.
    fn version(&self) -> i64;
}

macro_rules! things {
    ($($row:ty = $what:literal),+ $(,)?) => {
        $(impl Thing for $row {
            const WHAT: &'static str = $what;

            fn id(&self) -> i64 {
                self.id
            }

            fn name(&self) -> &str {
                &self.name
            }

            fn version(&self) -> i64 {
                self.version
            }
        })+
    };
}

things! {
    Application = "application",
    Controller = "controller",
    Job = "job",
    Queue = "queue",
    Role = "role",
    Schedule = "schedule",
    Station = "station",
    User = "user",
}

/// The thing with this number, or the refusal that there is none.
pub(crate) fn found<T: Thing>(row: Option<T>, id: i64) -> Result<T> {
    row.ok_or_else(|| Error::not_found(T::WHAT, id))
}

/// The thing with this number in the version that the caller has read, or why it is not to be changed.
pub(crate) fn as_expected<T: Thing>(row: Option<T>, id: i64, expected: Expected) -> Result<T> {
    let row = found(row, id)?;
    expected.check(T::WHAT, row.name(), row.version())?;
    Ok(row)
}

/// Fails when something else than the thing itself has its name already; `found` is what has it.
pub(crate) fn refuse_double<T: Thing>(found: Option<T>, itself: Option<i64>) -> Result<()> {
    match found {
        Some(other) if Some(other.id()) != itself => {
            Err(Error::Conflict(format!("{} `{}` exists already", T::WHAT, other.name())))
        }
        _ => Ok(()),
    }
}

/// The thing that `field` names, in any case.
pub(crate) fn by_name<'a, T: Thing>(field: &str, name: &str, all: &'a [T]) -> Result<&'a T> {
    let wanted = key(name);
    let unknown = || unknown(field, T::WHAT, name, all.iter().map(T::name));
    all.iter().find(|row| key(row.name()) == wanted).ok_or_else(unknown)
}

/// The refusal of a reference to something that does not exist, with the nearest name that does.
pub(crate) fn unknown<'a>(
    field: &str,
    what: &str,
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Error {
    let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    let hint = match nearest(&name, known) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "name one that exists".to_owned(),
    };
    Error::invalid(field, format!("{what} `{name}` does not exist: {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn station(id: i64, name: &str) -> Station {
        Station { id, name: name.to_owned(), description: String::new(), version: 3 }
    }

    #[test]
    fn a_thing_is_no_double_of_itself() {
        let found = || Some(station(7, "S"));
        assert!(refuse_double(None::<Station>, None).is_ok());
        assert!(refuse_double(found(), Some(7)).is_ok());
        for itself in [None, Some(8)] {
            let refused = refuse_double(found(), itself).unwrap_err();
            assert_eq!(refused.to_string(), "station `S` exists already");
        }
    }

    #[test]
    fn what_is_changed_is_there_and_as_it_was_read() {
        let error = |row, version| {
            as_expected(row, 7, Expected::Version(version)).map(|row: Station| row.id).unwrap_err()
        };
        assert_eq!(error(None, 3).to_string(), "station `7` does not exist");
        assert!(error(Some(station(7, "S")), 2).to_string().contains("station `S` has changed"));
        assert_eq!(as_expected(Some(station(7, "S")), 7, Expected::Version(3)).unwrap().id, 7);
    }

    #[test]
    fn a_name_is_found_in_any_case_and_a_misspelt_one_gets_a_hint() {
        let all = [station(1, "NORTH"), station(2, "SOUTH")];
        assert_eq!(by_name("station", "south", &all).unwrap().id, 2);
        let text = by_name("station", "SUOTH", &all).err().unwrap().to_string();
        assert_eq!(text, "station: station `SUOTH` does not exist: did you mean `SOUTH`?");
    }
}

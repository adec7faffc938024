//! `$CALENDAR:…`: dates of calendars.

use crate::action::Privilege;
use crate::event::date_ref::EventDay;
use crate::event::field::{Field, List};
use crate::event::reader::{BadEvent, Reader};
use crate::event::spec::{Arg, Needs, Spec, needed};
use crate::name::CalendarName;

/// What happens with the dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CalendarOrder {
    /// They come in.
    Add,
    /// They go out.
    Delete,
}

/// A change of a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarCommand {
    /// What happens with the dates.
    pub order: CalendarOrder,
    /// The calendar, which must exist.
    pub calendar: Field<CalendarName>,
    /// The dates.
    pub dates: Field<List<EventDay>>,
}

const ARGS: [Arg; 2] =
    [needed("calendar name", "CALNAME"), needed("calendar dates", "DATES").of("CALDATE", ';')];
const NEEDS: Needs = Needs::Privilege(Privilege::AllAdministrative);

pub(super) const SPECS: [Spec; 2] = [
    Spec {
        group: "CALENDAR",
        action: "ADD",
        what: "adds dates to a calendar",
        args: &ARGS,
        needs: NEEDS,
    },
    Spec {
        group: "CALENDAR",
        action: "DEL",
        what: "takes dates out of a calendar",
        args: &ARGS,
        needs: NEEDS,
    },
];

pub(super) fn read(reader: &mut Reader<'_>) -> Result<CalendarCommand, BadEvent> {
    let order = match reader.spec().action {
        "ADD" => CalendarOrder::Add,
        _ => CalendarOrder::Delete,
    };
    Ok(CalendarCommand { order, calendar: reader.needed()?, dates: reader.needed()? })
}

impl CalendarCommand {
    pub(super) fn action(&self) -> &'static str {
        match self.order {
            CalendarOrder::Add => "ADD",
            CalendarOrder::Delete => "DEL",
        }
    }

    pub(super) fn fields(&self) -> Vec<String> {
        vec![self.calendar.print(), self.dates.print()]
    }
}

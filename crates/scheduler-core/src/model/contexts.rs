//! Working days of schedules, and frequencies with them: each made once and shared.

use std::collections::HashMap;
use std::sync::Arc;

use crate::calendar::{DateSet, WorkingDays};
use crate::definition::{Definitions, MASTER_HOLIDAY, Schedule};
use crate::frequency::Compiled;
use crate::name::{CalendarName, FrequencyName};

/// What has been made so far.
pub(super) struct Contexts<'d> {
    definitions: &'d Definitions,
    calendars: HashMap<&'d str, Arc<DateSet>>,
    /// By frequency and working days.
    compiled: HashMap<(&'d str, usize), Arc<Compiled>>,
    working: Vec<Arc<WorkingDays>>,
}

impl<'d> Contexts<'d> {
    pub(super) fn new(definitions: &'d Definitions) -> Self {
        let dates = |(name, calendar): (&'d CalendarName, &crate::calendar::Calendar)| {
            (name.as_str(), Arc::new(calendar.date_set()))
        };
        let calendars = definitions.calendars.iter().map(dates).collect();
        Self { definitions, calendars, compiled: HashMap::new(), working: Vec::new() }
    }

    /// The working days of a schedule, by number. Schedules with the same days share them.
    pub(super) fn working(&mut self, schedule: &Schedule) -> usize {
        let own = schedule.holidays.as_ref().map(crate::calendar::Calendar::date_set);
        let master =
            schedule.use_master_holiday.then(|| self.calendars.get(MASTER_HOLIDAY)).flatten();
        let additional = schedule
            .additional_holidays
            .as_ref()
            .and_then(|name| self.calendars.get(name.as_str()));
        let holidays =
            own.iter().chain(master.map(|set| &**set)).chain(additional.map(|set| &**set));
        let days = WorkingDays::new(schedule.workdays, holidays);
        if let Some(number) = self.working.iter().position(|known| **known == days) {
            return number;
        }
        self.working.push(Arc::new(days));
        self.working.len() - 1
    }

    pub(super) fn working_days(&self, number: usize) -> Arc<WorkingDays> {
        Arc::clone(&self.working[number])
    }

    /// A frequency with working days; none where there is no such frequency.
    pub(super) fn compiled(
        &mut self,
        name: &FrequencyName,
        working: usize,
    ) -> Option<Arc<Compiled>> {
        let (name, frequency) = self.definitions.frequencies.get_key_value(name)?;
        if let Some(known) = self.compiled.get(&(name.as_str(), working)) {
            return Some(Arc::clone(known));
        }
        let calendar =
            frequency.when.calendar().and_then(|name| self.calendars.get(name.as_str())).cloned();
        let alternate = self
            .definitions
            .options
            .as_ref()
            .is_some_and(|options| options.alternate_odd_and_even_weeks);
        let compiled = Arc::new(Compiled::new(
            &frequency.when,
            self.working_days(working),
            calendar,
            alternate,
        ));
        self.compiled.insert((name.as_str(), working), Arc::clone(&compiled));
        Some(compiled)
    }
}

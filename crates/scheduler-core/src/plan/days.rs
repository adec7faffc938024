//! Days one after the other, as forecasts and checks go through them: each knows when the jobs of the days before it
//! are expected to end.

use std::collections::VecDeque;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::{DailyJobId, Elsewhere, Plan, TooLarge, Wanted, make};
use crate::dependency::{OffsetRule, predecessor_date};
use crate::model::{Dependency, JobId, Kind, Model};

/// How many days back ends are remembered. What ended before that holds up nothing.
const DAYS_BACK_MAX: u16 = 31;

/// Days one after the other. Each is built in the memory of the one before it.
#[derive(Debug)]
pub struct Days<'m> {
    model: &'m Model,
    wanted: Wanted<'m>,
    next: Date,
    plan: Plan,
    past: Past,
}

impl<'m> Days<'m> {
    /// The days from `first` on. Where jobs of it wait for jobs of earlier dates, those dates are built as well.
    ///
    /// # Errors
    /// As [`super::build`], for an earlier date.
    pub fn new(model: &'m Model, first: Date, wanted: Wanted<'m>) -> Result<Self, TooLarge> {
        let past = Past::of(model);
        let next = first.saturating_sub(i64::from(past.reach).days());
        let mut days = Self { model, wanted, next, plan: Plan::empty(), past };
        while days.next < first {
            days.next_day()?;
        }
        Ok(days)
    }

    /// The next day.
    ///
    /// # Errors
    /// As [`super::build`].
    pub fn next_day(&mut self) -> Result<&Plan, TooLarge> {
        let used = std::mem::replace(&mut self.plan, Plan::empty());
        self.plan = make(used, self.model, self.next, self.wanted, &self.past)?;
        self.past.add(&self.plan);
        self.next = self.next.saturating_add(1.day());
        Ok(&self.plan)
    }
}

/// When the jobs of earlier dates, for which jobs of other dates wait, are expected to end.
#[derive(Debug, Default)]
pub(super) struct Past {
    rule: OffsetRule,
    /// How many days before the first are to be known.
    reach: u16,
    /// The dates that are known: up to this one, and from `first` on.
    known: Option<(Date, Date)>,
    /// For each job of the model where its history is; empty where none has one.
    places: Vec<Option<u32>>,
    histories: Vec<History>,
}

/// What is known of a job.
#[derive(Debug, Default)]
struct History {
    /// How many dates back, or how many of its own dates, somebody looks.
    depth: u16,
    dates: VecDeque<Date>,
    /// When it ends on those dates; none for never.
    ends: VecDeque<Option<Timestamp>>,
}

impl Past {
    fn of(model: &Model) -> Self {
        let mut past = Self { rule: model.offset_rule(), ..Self::default() };
        for (id, _) in model.jobs() {
            for dependency in model.dependencies(id).iter().filter(|each| looks_back(each)) {
                for target in model.targets(dependency) {
                    past.remember(model, *target, dependency.offset.unsigned_abs());
                }
            }
        }
        past
    }

    fn remember(&mut self, model: &Model, job: JobId, depth: u16) {
        let depth = depth.min(DAYS_BACK_MAX);
        self.reach = match self.rule {
            OffsetRule::CalendarDays => self.reach.max(depth),
            OffsetRule::Occurrence => DAYS_BACK_MAX,
        };
        self.places.resize(model.jobs_len(), None);
        let place = *self.places[job.0 as usize].get_or_insert_with(|| {
            self.histories.push(History::default());
            super::create::number(self.histories.len() - 1)
        });
        let history = &mut self.histories[place as usize];
        history.depth = history.depth.max(depth);
    }

    fn add(&mut self, plan: &Plan) {
        if self.histories.is_empty() {
            return;
        }
        let first = self.known.map_or(plan.date, |(first, _)| first);
        self.known = Some((first, plan.date));
        for (id, daily) in plan.jobs() {
            if let Some(place) = self.places[daily.job.0 as usize] {
                self.histories[place as usize].add(plan, id);
            }
        }
    }

    /// What is known of the job for which one of `date` waits.
    pub(super) fn find(
        &self,
        date: Date,
        job: JobId,
        offset: i16,
    ) -> (Elsewhere, Option<Timestamp>) {
        if offset > 0 {
            return (Elsewhere::Later, None);
        }
        let place = self.places.get(job.0 as usize).copied().flatten();
        let Some(place) = place else { return (Elsewhere::NotKnown, None) };
        let History { dates, ends, .. } = &self.histories[place as usize];
        let (dates, _) = dates.as_slices();
        let Some(wanted) = predecessor_date(self.rule, date, offset, dates) else {
            return (Elsewhere::NotKnown, None);
        };
        let is_known = self.known.is_some_and(|(first, last)| first <= wanted && wanted <= last);
        match dates.binary_search(&wanted) {
            Ok(number) => match ends[number] {
                Some(end) => (Elsewhere::Ends, Some(end)),
                None => (Elsewhere::NeverEnds, None),
            },
            Err(_) if is_known && offset.unsigned_abs() <= DAYS_BACK_MAX => {
                (Elsewhere::NotBuilt, None)
            }
            Err(_) => (Elsewhere::NotKnown, None),
        }
    }
}

impl History {
    fn add(&mut self, plan: &Plan, id: DailyJobId) {
        let end = plan.expected_end(id);
        if self.dates.back() == Some(&plan.date) {
            // Another instance or copy: all of them are waited for.
            let last = self.ends.back_mut().expect("as many ends as dates");
            *last = last.zip(end).map(|(last, end)| last.max(end));
            return;
        }
        if self.dates.len() > usize::from(self.depth) {
            self.dates.pop_front();
            self.ends.pop_front();
        }
        self.dates.push_back(plan.date);
        self.ends.push_back(end);
        self.dates.make_contiguous();
    }
}

fn looks_back(dependency: &Dependency) -> bool {
    dependency.offset < 0 && matches!(dependency.kind, Kind::Requires(_) | Kind::After(_))
}

//! Which frequency of a job decides about a date (`opcon-domain 1.4`).

use std::sync::Arc;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Compiled, Dropped, Exclusion, Overrides, Reason, Verdict, Why};
use crate::calendar::DayNumber;

/// What a job's use of a frequency does with the dates on which it qualifies.
// Source: `opcon-domain 1.4.3`.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum BuildStatus {
    /// The job is built and waits for its start.
    #[default]
    Released,
    /// The job is built on hold.
    OnHold,
    /// The job is built, to be skipped when its turn comes.
    ToBeSkipped,
    /// The job is not built, and no frequency of lower priority takes its place: subtracts dates.
    DoNotSchedule,
    /// The frequency is passed over.
    DisableFrequency,
}

/// A job's use of a frequency.
#[derive(Debug, Clone)]
pub struct Use {
    /// The rule, with the days of the job's schedule.
    pub rule: Arc<Compiled>,
    /// The job's advanced settings.
    pub overrides: Overrides,
    /// What it does with the dates.
    pub status: BuildStatus,
}

/// Which of a job's frequencies decides about a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The job is built with this one.
    Built(Chosen),
    /// This one takes the date away.
    Subtracted {
        /// Its place in the list.
        index: usize,
        /// How.
        by: Subtraction,
    },
    /// None qualifies; for each of them, why.
    None(Vec<Why>),
}

/// The frequency with which a job is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Chosen {
    /// Its place in the list.
    pub index: usize,
    /// Why it qualifies.
    pub reason: Reason,
}

/// How a frequency takes a date away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subtraction {
    /// It qualifies, with the build status *Do Not Schedule*.
    DoNotSchedule(Reason),
    /// It would qualify, and the date is excluded.
    Excluded(Exclusion),
}

impl Use {
    /// Whether the frequency qualifies for the date.
    ///
    /// Include beats everything but a disabled frequency; frequencies of higher priority are asked first all the same. Exclusion acts like *Do Not Schedule*, on the
    /// dates on which the frequency would qualify: excluding December from a month-end frequency takes
    /// 31 December away, and not the other days from a daily frequency of lower priority. (The vendor
    /// says both "acts like Do Not Schedule" and "despite all other settings".)
    pub fn on(&self, date: Date) -> Verdict {
        if self.status == BuildStatus::DisableFrequency {
            return Verdict::Not(Why::Disabled);
        }
        let day = DayNumber::from(date);
        if self.overrides.includes(day) {
            return Verdict::Qualifies(Reason::Included);
        }
        match self.rule.on(date) {
            Ok(occurrence) => self.verdict(day, Reason::Rule(occurrence)),
            Err(why) => Verdict::Not(why),
        }
    }

    /// The verdict on a date for which the rule qualifies and that is not included.
    fn verdict(&self, day: DayNumber, reason: Reason) -> Verdict {
        match (self.overrides.outside(day), self.overrides.excluded(day)) {
            (Some(why), _) => Verdict::Not(why),
            (None, Some(exclusion)) => Verdict::Excluded(exclusion),
            (None, None) => Verdict::Qualifies(reason),
        }
    }
}

/// Which of a job's frequencies decides about the date: the first of the list, which is in the order of
/// priority, highest first, that qualifies. None of an empty list.
pub fn choose(date: Date, uses: &[Use]) -> Choice {
    let mut passed = Vec::new();
    for (index, each) in uses.iter().enumerate() {
        match decide(index, each.status, each.on(date)) {
            Ok(choice) => return choice,
            Err(why) => passed.push(why),
        }
    }
    Choice::None(passed)
}

/// What the verdict of one frequency means for the job; an error leads to the next frequency.
fn decide(index: usize, status: BuildStatus, verdict: Verdict) -> Result<Choice, Why> {
    match (verdict, status) {
        (Verdict::Not(why), _) => Err(why),
        (Verdict::Excluded(by), _) => {
            Ok(Choice::Subtracted { index, by: Subtraction::Excluded(by) })
        }
        (Verdict::Qualifies(reason), BuildStatus::DoNotSchedule) => {
            Ok(Choice::Subtracted { index, by: Subtraction::DoNotSchedule(reason) })
        }
        (
            Verdict::Qualifies(reason),
            BuildStatus::Released
            | BuildStatus::OnHold
            | BuildStatus::ToBeSkipped
            | BuildStatus::DisableFrequency,
        ) => Ok(Choice::Built(Chosen { index, reason })),
    }
}

/// What a job's frequencies make of a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Plan {
    /// The dates on which the job is built, in order.
    pub runs: Vec<(Date, Chosen)>,
    /// What runs not, though a frequency names it: by date, then by frequency.
    pub missing: Vec<Missing>,
}

/// A date on which a job is not built though a frequency names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The date.
    pub date: Date,
    /// The place of the frequency in the list.
    pub index: usize,
    /// Why not.
    pub why: MissingWhy,
}

/// Why a job is not built on a date that a frequency names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingWhy {
    /// The rule drops the date, or it is before the start or after the end.
    Not(Why),
    /// The frequency takes the date away.
    Subtracted(Subtraction),
}

/// What a job's frequencies make of the dates from `first` to `last`, both included: the same as
/// [`choose`] for each date, in one pass per frequency.
pub fn plan(first: Date, last: Date, uses: &[Use]) -> Plan {
    let days =
        DayNumber::from(first).max(DayNumber::FIRST)..=DayNumber::from(last).min(DayNumber::LAST);
    if days.is_empty() {
        return Plan::default();
    }
    let mut taken = vec![false; usize::try_from(days.end().since(*days.start())).unwrap_or(0) + 1];
    let mut plan = Plan::default();
    for (index, each) in uses.iter().enumerate() {
        if each.status == BuildStatus::DisableFrequency {
            continue;
        }
        let mut take = |day: DayNumber, verdict| {
            let place = usize::try_from(day.since(*days.start())).unwrap_or(usize::MAX);
            let Some(is_taken) = taken.get_mut(place) else { return };
            if std::mem::replace(is_taken, true) {
                return;
            }
            let missing = |why| Missing { date: day.date(), index, why };
            match decide(index, each.status, verdict) {
                Ok(Choice::Built(chosen)) => plan.runs.push((day.date(), chosen)),
                Ok(Choice::Subtracted { by, .. }) => {
                    plan.missing.push(missing(MissingWhy::Subtracted(by)));
                }
                Ok(Choice::None(_)) => {}
                Err(why) => {
                    // Left to the next frequency.
                    *is_taken = false;
                    plan.missing.push(missing(MissingWhy::Not(why)));
                }
            }
        };
        let included = each.overrides.included(*days.start(), *days.end());
        for day in included {
            take(*day, Verdict::Qualifies(Reason::Included));
        }
        let forecast = each.rule.between(days.start().date(), days.end().date());
        for occurrence in forecast.occurrences {
            let day = DayNumber::from(occurrence.date);
            if !each.overrides.includes(day) {
                take(day, each.verdict(day, Reason::Rule(occurrence)));
            }
        }
        for Dropped { candidate: date, why } in forecast.dropped {
            let day = DayNumber::from(date);
            if !each.overrides.includes(day) && each.overrides.outside(day).is_none() {
                plan.missing.push(Missing { date, index, why: MissingWhy::Not(Why::Dropped(why)) });
            }
        }
    }
    plan.runs.sort_by_key(|(date, _)| *date);
    plan.missing.sort_by_key(|missing| (missing.date, missing.index));
    plan
}

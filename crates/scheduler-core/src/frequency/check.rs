//! What the types of a rule allow and the rule does not (`opcon-domain 1.4.1`).

use super::{
    AnnualPlan, Aobn, DayType, Frequency, MidOfPeriod, OnDay, OnIntervals, OnOccurrence,
    PeriodEdge, Rule,
};
use crate::calendar::{DayNumber, Period, Weekdays};
use crate::problem::Problem;

/// The days that *On Intervals* offers.
const INTERVAL_DAYS: [u8; 6] = [5, 10, 15, 20, 25, 30];
/// The longest interval, in days.
const EVERY_MAX: u16 = 32_767;
/// The largest offset in a month, quarter or year and of an annual plan, in working days.
const OFFSET_MAX: i8 = 15;

impl Frequency {
    /// All that is wrong with the frequency, whatever schedule uses it; empty for nothing. Fields begin
    /// with `when`.
    pub fn check(&self) -> Vec<Problem> {
        let of_rule = self.when.check().into_iter();
        of_rule
            .map(|problem| Problem { field: format!("when.{}", problem.field), ..problem })
            .collect()
    }
}

impl Rule {
    /// All that is wrong with the rule, whatever schedule uses it; empty for nothing. Fields begin with
    /// the kind: `on_day.day`.
    pub fn check(&self) -> Vec<Problem> {
        let mut found = Found { kind: self.kind(), problems: Vec::new() };
        match self {
            Self::AllWeeks(rule) | Self::OddWeeks(rule) | Self::EvenWeeks(rule) => {
                found.no_days(rule.days);
            }
            Self::OnOccurrence(rule) => found.occurrence(rule),
            Self::OnDay(rule) => found.on_day(rule),
            Self::OnIntervals(rule) => found.intervals(rule),
            Self::AnnualPlan(rule) => found.annual_plan(rule),
            Self::BeginOfPeriod(rule) => found.edge(rule, 0, OFFSET_MAX),
            Self::EndOfPeriod(rule) => found.edge(rule, -OFFSET_MAX, 0),
            Self::MidOfPeriod(rule) => found.middle(rule),
            Self::OnRequest(_) | Self::Cron(_) => {}
        }
        let is_checked = !matches!(self, Self::OnDay(_));
        if is_checked
            && self.day_type() == DayType::Any
            && self.aobn_given().is_some_and(|aobn| aobn != Aobn::On)
        {
            // The vendor's forms force it; a definition that says something else was meant differently.
            found.add(
                "aobn",
                "has no effect with `day_type: any`, which ignores non-working days; leave one of them out",
            );
        }
        found.problems
    }

    /// What is wrong with the rule in a schedule with these workdays per week, besides
    /// [`Rule::check`]: an offset in a week is less than its workdays.
    pub fn check_in_week(&self, workdays: Weekdays) -> Vec<Problem> {
        let mut found = Found { kind: self.kind(), problems: Vec::new() };
        match self {
            Self::BeginOfPeriod(rule) | Self::EndOfPeriod(rule) if rule.period == Period::Week => {
                let days = workdays.len();
                let max = days.saturating_sub(1);
                if u32::from(rule.offset.unsigned_abs()) > max {
                    let offset = rule.offset;
                    let message = format!(
                        "{offset} is more than {max} working days, in a schedule with {days} workdays per week"
                    );
                    found.add("offset", message);
                }
            }
            _ => {}
        }
        found.problems
    }
}

struct Found {
    kind: &'static str,
    problems: Vec<Problem>,
}

impl Found {
    fn add(&mut self, field: &str, message: impl Into<String>) {
        self.problems.push(Problem::new(format!("{}.{field}", self.kind), message));
    }

    fn no_days(&mut self, days: Weekdays) {
        if days.is_empty() {
            self.add("days", "is empty; name at least one day of the week such as mon");
        }
    }

    fn occurrence(&mut self, rule: &OnOccurrence) {
        self.no_days(rule.days);
        let max = match rule.period {
            Period::Month => 5,
            Period::Quarter => 14,
            Period::Year => 53,
            Period::Week => return self.week_is_no_period(),
        };
        if !(1..=max).contains(&rule.occurrence) {
            let (number, period) = (rule.occurrence, rule.period.name());
            self.add(
                "occurrence",
                format!(
                    "{number} is not 1 to {max}; a {period} has no more of one day of the week"
                ),
            );
        }
    }

    fn week_is_no_period(&mut self) {
        self.add(
            "period",
            "week is for begin_of_period and end_of_period; use month, quarter or year",
        );
    }

    fn on_day(&mut self, rule: &OnDay) {
        if !(1..=31).contains(&rule.day) {
            self.add("day", format!("{} is not 1 to 31", rule.day));
        }
        if rule.aobn.is_some_and(|aobn| aobn != Aobn::On) {
            self.add(
                "aobn",
                "has no effect on on_day; to move a date that is no working day use on_intervals, \
                 begin_of_period, end_of_period or a cron pattern with `day_type: working`",
            );
        }
    }

    fn intervals(&mut self, rule: &OnIntervals) {
        let has_start = rule.start.is_some() || rule.every.is_some() || rule.restart_each_year;
        match (rule.days.is_empty(), has_start) {
            (true, false) => self.add("days", "is missing; give days, or start and every"),
            (false, true) => {
                self.add("days", "cannot stand beside start and every; choose one of them");
            }
            (true, true) | (false, false) => {}
        }
        for day in rule.days.iter().filter(|day| !INTERVAL_DAYS.contains(day)) {
            self.add(
                "days",
                format!("{day} is not one of 5, 10, 15, 20, 25 and 30; use on_day for other days"),
            );
        }
        if has_start && rule.start.is_none() {
            self.add("start", "is missing; give the first date");
        }
        if has_start && !rule.every.is_some_and(|every| (1..=EVERY_MAX).contains(&every)) {
            let given = rule.every.map_or("is missing".to_owned(), |every| every.to_string());
            self.add("every", format!("{given}; give days from 1 to {EVERY_MAX}"));
        }
        let is_leap_day = |day: DayNumber| matches!(day.parts(), (_, 2, 29));
        if rule.restart_each_year && rule.start.is_some_and(|start| is_leap_day(start.0.into())) {
            self.add("start", "29 February is not in every year; start on 28 February or 1 March");
        }
    }

    fn annual_plan(&mut self, rule: &AnnualPlan) {
        self.offset(rule.offset, -OFFSET_MAX, OFFSET_MAX, "");
    }

    fn edge(&mut self, rule: &PeriodEdge, min: i8, max: i8) {
        let limit = if rule.period == Period::Week { 6 } else { OFFSET_MAX };
        let hint = "; others lead out of the period, where nothing runs";
        self.offset(rule.offset, min.max(-limit), max.min(limit), hint);
        let forced = if rule.offset > 0 { Aobn::After } else { Aobn::Before };
        let is_other = rule.aobn.is_some_and(|aobn| aobn != forced);
        if rule.offset != 0 && is_other && rule.day_type == DayType::Working {
            self.add("aobn", "is decided by the direction of the offset; leave it out");
        }
    }

    fn offset(&mut self, offset: i8, min: i8, max: i8, hint: &str) {
        if !(min..=max).contains(&offset) {
            self.add("offset", format!("{offset} is not {min} to {max} working days{hint}"));
        }
    }

    fn middle(&mut self, rule: &MidOfPeriod) {
        if rule.period == Period::Week {
            self.week_is_no_period();
        }
    }
}

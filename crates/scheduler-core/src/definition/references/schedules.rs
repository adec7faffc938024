//! Schedules: their calendars, frequencies, instances, and what does not go together.

use std::collections::HashSet;

use core_kit::nearest;

use super::Lookup;
use super::lookup::Kind;
use crate::definition::{FrequencyUse, MASTER_HOLIDAY, Schedule, StartFrom};
use crate::name::ScheduleName;
use crate::path::Path;
use crate::schedule::ad_hoc::{NAME, is_ad_hoc};

pub(super) fn check(lookup: &mut Lookup<'_>) {
    let definitions = lookup.definitions;
    for (name, frequency) in definitions.frequencies.iter() {
        let path = Path::default().field("frequencies").field(name.as_str());
        lookup.add(frequency.check(), &path);
        if let Some(calendar) = frequency.when.calendar() {
            let path = path.field("when").field(frequency.when.kind()).field("calendar");
            lookup.find(&definitions.calendars, Kind::Calendar, calendar.as_str(), &path);
        }
    }
    holidays_by_another_name(lookup);
    for (name, calendar) in definitions.calendars.iter() {
        lookup.add(calendar.check(), &Path::default().field("calendars").field(name.as_str()));
    }
    for (name, schedule) in definitions.schedules.iter() {
        let path = Path::default().field("schedules").field(name.as_str());
        ad_hoc(lookup, name, schedule, &path);
        one(lookup, schedule, &path);
        for (name, job) in schedule.jobs.iter() {
            super::jobs::check(lookup, schedule, job, &path.field("jobs").field(name.as_str()));
        }
    }
}

/// One calendar counts by its name alone. Nobody notices a slip in it before the jobs run on a holiday.
fn holidays_by_another_name(lookup: &mut Lookup<'_>) {
    let definitions = lookup.definitions;
    if definitions.calendars.contains_key(MASTER_HOLIDAY) {
        return;
    }
    let of_frequencies = definitions.frequencies.values().filter_map(|each| each.when.calendar());
    let of_schedules =
        definitions.schedules.values().filter_map(|each| each.additional_holidays.as_ref());
    let used: HashSet<&str> = of_frequencies.chain(of_schedules).map(AsRef::as_ref).collect();
    for name in definitions.calendars.keys().map(AsRef::as_ref) {
        let is_like = nearest(&str::to_lowercase(name), ["master holiday"]).is_some();
        if is_like && !used.contains(name) {
            let path = Path::default().field("calendars").field(name);
            let message = format!(
                "nothing uses this calendar; did you mean `{MASTER_HOLIDAY}`, which schedules use without naming it?"
            );
            lookup.problem(path, message);
        }
    }
}

fn one(lookup: &mut Lookup<'_>, schedule: &Schedule, path: &Path) {
    let definitions = lookup.definitions;
    if let Some(name) = &schedule.additional_holidays {
        lookup.find(
            &definitions.calendars,
            Kind::Calendar,
            name.as_str(),
            &path.field("additional_holidays"),
        );
    }
    if let Some(calendar) = &schedule.holidays {
        lookup.add(calendar.check(), &path.field("holidays"));
    }
    if schedule.workdays.is_empty() && !schedule.jobs.is_empty() {
        lookup.problem(
            path.field("workdays"),
            "a schedule needs at least one working day of the week",
        );
    }
    super::instances::of_schedule(lookup, schedule, path);
    if schedule.subschedule {
        if schedule.auto_build.is_some() {
            lookup.problem(
                path.field("auto_build"),
                "a subschedule is built with its container and has no time of its own",
            );
        }
        if schedule.conflict_with_other_days {
            lookup.problem(
                path.field("conflict_with_other_days"),
                "this is not supported on subschedules",
            );
        }
    }
    let path = path.field("frequencies");
    for (index, _) in (0..).zip(&schedule.frequencies).filter(|(_, of)| of.advanced.is_some()) {
        let message = "a job's own use of a frequency has these: give the frequencies to the jobs";
        lookup.problem(path.index(index).field("advanced"), message);
    }
    uses(lookup, schedule, &schedule.frequencies, &path);
}

/// The schedule that is never built may be defined, for the jobs that may be added to it.
fn ad_hoc(lookup: &mut Lookup<'_>, name: &ScheduleName, schedule: &Schedule, path: &Path) {
    if !is_ad_hoc(name.as_str()) {
        if name.as_str().eq_ignore_ascii_case(NAME) {
            let message = format!(
                "the name differs only in case from `{NAME}`, the schedule that is always there; choose another name"
            );
            lookup.problem(path.clone(), message);
        }
        return;
    }
    let faults = [
        ("auto_build", schedule.auto_build.is_some()),
        ("subschedule", schedule.subschedule),
        ("multi_instance", schedule.multi_instance),
    ];
    for (field, _) in faults.into_iter().filter(|(_, is_given)| *is_given) {
        let message = format!(
            "`{NAME}` is never built, it is there on each day on which a job is added to it; leave `{field}` out"
        );
        lookup.problem(path.field(field), message);
    }
}

/// The uses of frequencies, of a schedule or of a job.
pub(super) fn uses(
    lookup: &mut Lookup<'_>,
    schedule: &Schedule,
    uses: &[FrequencyUse],
    path: &Path,
) {
    let definitions = lookup.definitions;
    for (index, each) in uses.iter().enumerate() {
        let path = path.index(index);
        let frequency = lookup.find(
            &definitions.frequencies,
            Kind::Frequency,
            each.frequency.as_str(),
            &path.field("use"),
        );
        if let Some(frequency) = frequency {
            let of_week = frequency.when.check_in_week(schedule.workdays);
            for problem in of_week {
                let message = format!(
                    "in this schedule the frequency `{}` is wrong: {}: {}",
                    each.frequency.as_str(),
                    problem.field,
                    problem.message
                );
                lookup.problem(path.field("use"), message);
            }
        }
        one_use(lookup, each, &path);
        if let Some(first) =
            uses[..index].iter().position(|other| other.frequency == each.frequency)
        {
            lookup.problem(
                path.field("use"),
                format!(
                    "`{}` is used already, as number {}: it would never decide",
                    each.frequency.as_str(),
                    first + 1
                ),
            );
        }
    }
}

fn one_use(lookup: &mut Lookup<'_>, each: &FrequencyUse, path: &Path) {
    let definitions = lookup.definitions;
    if let Some(advanced) = &each.advanced {
        lookup.add(advanced.check(), &path.field("advanced"));
    }
    if let Some(retry) = &each.retry {
        lookup.add(retry.check(), &path.field("retry"));
    }
    if let Some(recurrence) = &each.recurrence {
        lookup.add(recurrence.check(), &path.field("recurrence"));
        // Times of a recurrence count from the start of the schedule: with another start they cannot be compared.
        if each.start_from == StartFrom::ScheduleStart {
            lookup.add(recurrence.check_start(each.start), &path.field("recurrence"));
        }
    }
    if let Some(condition) = &each.expression {
        super::texts::expression(lookup, condition.as_str(), &|| path.field("expression"));
    }
    let is_of_one_time = each.latest_start_from == each.start_from;
    if is_of_one_time && each.latest_start.minutes() > 0 && each.latest_start < each.start {
        let message = format!(
            "{} is before the start at {}: the job would always miss it",
            each.latest_start, each.start
        );
        lookup.problem(path.field("latest_start"), message);
    }
    let is_cron = definitions
        .frequencies
        .get(&each.frequency)
        .is_some_and(|frequency| frequency.when.kind() == "cron");
    if is_cron && each.start.minutes() > 0 {
        lookup.problem(
            path.field("start"),
            "the cron pattern of this frequency says when the job starts; leave `start` out",
        );
    }
    if is_cron && each.recurrence.is_some() {
        lookup.problem(path.field("recurrence"), "the cron pattern of this frequency says when the job runs again; leave `recurrence` out");
    }
}

//! Schedules as the Control Center API shows and takes them.

use std::collections::BTreeSet;
use std::str::FromStr;

use batch_core::names::{
    Application as ApplicationKind, Job as JobKind, Kind, Name, User as UserKind,
};
use batch_core::schedule::Schedule as Times;
use batch_core::zone::Zone;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rule::{Rule, checked_file};
use crate::catalog::Catalog;
use crate::configure::{by_name, unknown};
use crate::error::{Error, Result};
use crate::store::schedule::{NewSchedule, Run, Schedule};

/// Longest parameter, in characters.
const PARAMETER_CHARS_MAX: usize = 4096;
/// Most dates of one schedule.
const DATES_MAX: usize = 1000;
/// A week.
const START_WITHIN_MAX: i64 = 7 * 24 * 3600;

/// The name of a schedule is a free text, like that of a queue.
#[derive(Debug)]
enum ScheduleKind {}

impl Kind for ScheduleKind {
    const FIELD: &'static str = "schedule name";
    const IS_FILE_NAME: bool = false;
}

/// When a schedule starts its job: at times, when a file comes, or when a file comes within times.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct When {
    /// Time of day of the first start, `HH:MM:SS`. With a file: from when it is looked for.
    #[schema(example = "06:00:00")]
    pub(crate) start_time: Option<String>,
    /// Time of day at which repeats end; one that is not after the start is on the next day.
    #[schema(example = "18:00:00")]
    pub(crate) end_time: Option<String>,
    /// How often it starts again, `hh:mm:ss`: 1 second to 24 hours. None for once a day.
    #[schema(example = "01:30:00")]
    pub(crate) repeat: Option<String>,
    /// Days of the week on which it starts. A day counts when any of the three lists names it; without all three, every day.
    #[schema(example = "MON,TUE,WED,THU,FRI")]
    pub(crate) days_of_week: Option<String>,
    /// Days of the month on which it starts; `LAST` is the last one.
    #[schema(example = "1,15,LAST")]
    pub(crate) days_of_month: Option<String>,
    /// Dates on which it starts besides.
    #[schema(example = json!(["2026-12-24"]))]
    pub(crate) dates: Vec<String>,
    /// The zone whose clock and calendar are meant; `UTC` by default.
    #[schema(example = "Europe/Amsterdam")]
    pub(crate) time_zone: Option<String>,
    /// A file below the application's base path: each time of modification starts the job once, with the task value
    /// `TRIGGERFILE`.
    #[schema(example = "in/day.txt")]
    pub(crate) file: Option<String>,
}

/// What a schedule is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScheduleInput {
    /// Its name, unique in any case.
    pub(crate) name: String,
    /// The application of its job.
    pub(crate) application: String,
    /// The job that it starts.
    pub(crate) job: String,
    /// When.
    pub(crate) when: When,
    /// Whether it starts anything; true by default.
    #[serde(default = "yes")]
    pub(crate) is_enabled: bool,
    /// How late a start may be, in seconds: 1 to 604800, 300 by default. After that the request is suspended (code 5).
    #[serde(default)]
    pub(crate) start_within_seconds: Option<i64>,
    /// Parameter of a report, instead of the job's own.
    #[serde(default)]
    pub(crate) report_parameter: Option<String>,
    /// Global parameter, instead of the job's own.
    #[serde(default)]
    pub(crate) global_parameter: Option<String>,
    /// The queue, instead of the job's own or the default.
    #[serde(default)]
    pub(crate) queue: Option<String>,
    /// The user as which the job runs, instead of the job's own or the application's default.
    #[serde(default)]
    pub(crate) run_as: Option<String>,
}

const fn yes() -> bool {
    true
}

/// A schedule.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ScheduleView {
    /// Its number.
    pub(crate) id: i64,
    /// Its name, unique in any case.
    name: String,
    /// The application of its job.
    application: String,
    /// The job that it starts.
    job: String,
    /// When.
    when: When,
    /// Whether it starts anything.
    is_enabled: bool,
    /// How late a start may be, in seconds.
    start_within_seconds: i64,
    /// Parameter of a report, instead of the job's own.
    report_parameter: Option<String>,
    /// Global parameter, instead of the job's own.
    global_parameter: Option<String>,
    /// The queue, instead of the job's own or the default.
    queue: Option<String>,
    /// The user as which the job runs, instead of the job's own or the application's default.
    run_as: Option<String>,
    /// The next start by the clock; null when it is disabled, waits for a file or has no start left.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_start: Option<Timestamp>,
    /// Grows with each change; send it as `If-Match`.
    version: i64,
}

/// What became of one start of a schedule.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RunView {
    /// When it was due, as a number that pages count by (microseconds since 1970).
    pub(crate) number: i64,
    /// When it was due; for a file, its time of modification.
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
    /// `submitted`, `missed` (its request is suspended), `superseded` or `refused`.
    outcome: String,
    /// Why, when it was not just submitted.
    reason: String,
    /// Its request.
    request_id: Option<i64>,
    /// When this was decided.
    #[schema(value_type = String, format = DateTime)]
    decided_at: Timestamp,
}

impl RunView {
    pub(super) fn of(row: Run) -> Result<Self> {
        let at = |column, micros| sql::from_micros("schedule_run", column, micros);
        Ok(Self {
            number: row.due_at,
            due_at: at("due_at", row.due_at)?,
            decided_at: at("decided_at", row.decided_at)?,
            outcome: row.outcome,
            reason: row.reason,
            request_id: row.request_id,
        })
    }
}

/// A stored schedule as it is shown.
pub(super) fn shown(catalog: &Catalog, row: Schedule) -> Result<ScheduleView> {
    let rule = Rule::stored(&row.rule)?;
    let planned = sql::from_micros("schedule", "planned_until", row.planned_until)?;
    let next_start =
        rule.clock().filter(|_| row.is_enabled).and_then(|times| times.next_after(planned));
    let job = catalog.job_by_id(row.job_id);
    let application = job.and_then(|job| catalog.application_by_id(job.application_id));
    Ok(ScheduleView {
        id: row.id,
        name: row.name,
        application: application.map(|found| found.name.clone()).unwrap_or_default(),
        job: job.map(|job| job.name.clone()).unwrap_or_default(),
        when: when(&rule),
        is_enabled: row.is_enabled,
        start_within_seconds: row.start_within_seconds,
        report_parameter: row.report_parameter,
        global_parameter: row.global_parameter,
        queue: row.queue_id.and_then(|id| catalog.queue_by_id(id)).map(|queue| queue.name.clone()),
        run_as: row.run_as,
        next_start,
        version: row.version,
    })
}

fn when(rule: &Rule) -> When {
    let mut when = When { file: rule.file.clone(), ..When::default() };
    let Some(times) = &rule.times else { return when };
    let filled = |text: String| Some(text).filter(|text| !text.is_empty());
    when.start_time = Some(clock(times.start_time));
    when.end_time = times.end_time.map(clock);
    when.repeat = times.repeat.map(|repeat| repeat.to_string());
    when.days_of_week = filled(times.days_of_week.to_string());
    when.days_of_month = filled(times.days_of_month.to_string());
    when.dates = times.dates.iter().map(ToString::to_string).collect();
    when.time_zone = Some(times.time_zone.name().to_owned());
    when
}

fn clock(time: Time) -> String {
    format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
}

/// Checks what a schedule is to be; it is planned from `now` on.
pub(super) fn checked(
    catalog: &Catalog,
    input: &ScheduleInput,
    now: Timestamp,
) -> Result<NewSchedule> {
    let name = name::<ScheduleKind>("name", &input.name)?;
    let job_id = job(catalog, input)?;
    let within = input.start_within_seconds.unwrap_or(300);
    if !(1..=START_WITHIN_MAX).contains(&within) {
        let detail = format!("{within} is out of range, use 1 to {START_WITHIN_MAX}");
        return Err(Error::invalid("start_within_seconds", detail));
    }
    let run_as = match given(input.run_as.as_deref()) {
        Some(user) => Some(name_of_user(catalog, user)?),
        None => None,
    };
    let rule = rule(&input.when)?;
    Ok(NewSchedule {
        name: name.to_string(),
        name_key: name.key().to_owned(),
        job_id,
        is_enabled: input.is_enabled,
        rule: serde_json::to_string(&rule).map_err(|error| Error::Internal(error.into()))?,
        start_within_seconds: within,
        report_parameter: parameter("report_parameter", input.report_parameter.as_deref())?,
        global_parameter: parameter("global_parameter", input.global_parameter.as_deref())?,
        queue_id: queue(catalog, input, job_id)?,
        run_as,
        planned_until: sql::to_micros(now),
    })
}

fn name<K: Kind>(field: &str, text: &str) -> Result<Name<K>> {
    Name::new(text).map_err(|error| Error::invalid(field, error.to_string()))
}

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn job(catalog: &Catalog, input: &ScheduleInput) -> Result<i64> {
    let application = name::<ApplicationKind>("application", &input.application)?;
    let wanted = name::<JobKind>("job", &input.job)?;
    let found = by_name("application", application.as_str(), &catalog.applications)?;
    catalog.job(found.id, wanted.as_str()).map(|job| job.id).ok_or_else(|| {
        let known = catalog.jobs().filter(|job| job.application_id == found.id);
        unknown("job", "job", wanted.as_str(), known.map(|job| job.name.as_str()))
    })
}

fn queue(catalog: &Catalog, input: &ScheduleInput, job_id: i64) -> Result<Option<i64>> {
    let Some(wanted) = given(input.queue.as_deref()) else { return Ok(None) };
    let application_id = catalog.job_by_id(job_id).map(|job| job.application_id);
    let serves = |owner: Option<i64>| owner.is_none() || owner == application_id;
    let usable = || catalog.queues.iter().filter(|queue| serves(queue.application_id));
    let key = batch_core::names::key(wanted);
    let Some(queue) = usable().find(|queue| queue.name_key == key) else {
        let what = "queue for this application";
        return Err(unknown("queue", what, wanted, usable().map(|queue| queue.name.as_str())));
    };
    Ok(Some(queue.id))
}

fn name_of_user(catalog: &Catalog, user: &str) -> Result<String> {
    let user = name::<UserKind>("run_as", user)?;
    if catalog.has_user(user.as_str()) {
        Ok(user.to_string())
    } else {
        Err(Error::invalid("run_as", format!("user `{user}` does not exist: name one that exists")))
    }
}

fn parameter(field: &str, text: Option<&str>) -> Result<Option<String>> {
    let Some(text) = text else { return Ok(None) };
    if text.chars().nth(PARAMETER_CHARS_MAX).is_some() {
        let detail = format!("it is too long, use at most {PARAMETER_CHARS_MAX} characters");
        return Err(Error::invalid(field, detail));
    }
    if text.chars().any(|c| matches!(c, '\n' | '\r' | '\0')) {
        return Err(Error::invalid(field, "it must be one line"));
    }
    Ok(Some(text.to_owned()))
}

fn rule(when: &When) -> Result<Rule> {
    let file = given(when.file.as_deref())
        .map(|file| checked_file(file).map_err(|detail| Error::invalid("when.file", detail)))
        .transpose()?;
    let times = times(when, file.is_some())?;
    if times.is_none() && file.is_none() {
        return Err(Error::invalid("when", "it never starts: give `start_time`, `file` or both"));
    }
    Ok(Rule { times, file })
}

fn times(when: &When, has_file: bool) -> Result<Option<Times>> {
    let Some(start) = given(when.start_time.as_deref()) else {
        let has_others = [&when.end_time, &when.repeat, &when.days_of_week, &when.days_of_month]
            .iter()
            .any(|text| given(text.as_deref()).is_some());
        return if has_others || !when.dates.is_empty() {
            Err(Error::invalid(
                "when.start_time",
                "it is missing: days and repeats need the time of the first start",
            ))
        } else {
            Ok(None)
        };
    };
    if has_file && given(when.repeat.as_deref()).is_some() {
        return Err(Error::invalid(
            "when.repeat",
            "leave it out: with a file, each change of the file is a start",
        ));
    }
    if when.dates.len() > DATES_MAX {
        return Err(Error::invalid(
            "when.dates",
            format!("there are {}, use at most {DATES_MAX}", when.dates.len()),
        ));
    }
    let dates: Result<BTreeSet<Date>> = when
        .dates
        .iter()
        .map(|text| {
            text.parse().map_err(|_| {
                Error::invalid("when.dates", format!("`{text}` is not a date: use YYYY-MM-DD"))
            })
        })
        .collect();
    Ok(Some(Times {
        start_time: time("when.start_time", start)?,
        end_time: given(when.end_time.as_deref())
            .map(|text| time("when.end_time", text))
            .transpose()?,
        repeat: part("when.repeat", when.repeat.as_deref())?,
        days_of_week: part("when.days_of_week", when.days_of_week.as_deref())?.unwrap_or_default(),
        days_of_month: part("when.days_of_month", when.days_of_month.as_deref())?
            .unwrap_or_default(),
        dates: dates?,
        time_zone: part("when.time_zone", when.time_zone.as_deref())?.unwrap_or_else(Zone::utc),
    }))
}

fn time(field: &str, text: &str) -> Result<Time> {
    text.parse()
        .map_err(|_| Error::invalid(field, format!("`{text}` is not a time of day: use HH:MM:SS")))
}

fn part<T>(field: &str, text: Option<&str>) -> Result<Option<T>>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    let parsed = given(text).map(str::parse).transpose();
    parsed.map_err(|error: T::Err| Error::invalid(field, error.to_string()))
}

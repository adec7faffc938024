//! Dependencies: whether what a job waits for is as its definition wants it.

use jiff::ToSpan;
use jiff::civil::Date;
use scheduler_core::job::Ending;
use serde_json::Value;

use crate::mirror::{Changes, DailyJob, Mirror};

/// What a job waits for and has not come, and why; none where it may go on. With the changes of a step, whatever was so at any
/// time in it counts, and whatever may have been so before. Without them a job may go on only where that is beyond doubt.
pub(super) fn unmet(mirror: &Mirror, changes: Option<&Changes>, job: &DailyJob) -> Option<String> {
    let definition = mirror.definition_of(job);
    let all = definition["depends_on"].as_array()?;
    all.iter().find_map(|each| {
        let (kind, of) = each.as_object()?.iter().next()?;
        match kind.as_str() {
            "requires" => one(mirror, changes, job, of, true),
            "after" => one(mirror, changes, job, of, false),
            _ => None,
        }
    })
}

fn one(
    mirror: &Mirror,
    changes: Option<&Changes>,
    job: &DailyJob,
    of: &Value,
    is_needed: bool,
) -> Option<String> {
    let condition = of["condition"].as_str().unwrap_or("finished_ok");
    let name = of["job"].as_str()?;
    let found = others(mirror, job, of)?;
    let is_certain = changes.is_none();
    let was_there = was_well(mirror, job, of, condition);
    if found.is_empty() {
        let is_missing = is_needed && (is_certain || !was_there);
        return is_missing.then(|| format!("it requires `{name}`, which is not there"));
    }
    let is_open = |other: &&&DailyJob| {
        // One that was added later holds nobody up who does not need it, or who was on his way before.
        let is_free = !is_needed || job.life.attempts > 1 || job.life.endings > 0;
        let is_later = !is_certain && is_free && other.row.id > job.row.id;
        !is_later && !is_met(other, changes, condition)
    };
    let open = found.iter().find(is_open).filter(|_| is_certain || !was_there)?;
    Some(format!("it waits for {} to be {condition}", mirror.shown(open.row.id)))
}

/// The daily jobs that a job depends on, as they are.
pub(super) fn shown(mirror: &Mirror, job: &DailyJob) -> Vec<String> {
    let all = mirror.definition_of(job)["depends_on"].as_array().into_iter().flatten();
    let of = all.filter_map(|each| each.as_object()?.values().next());
    let found = of.filter_map(|of| others(mirror, job, of)).flatten();
    found.map(|other| mirror.shown(other.row.id)).collect()
}

/// The daily jobs that a dependency is about.
pub(super) fn others<'m>(
    mirror: &'m Mirror,
    job: &DailyJob,
    of: &Value,
) -> Option<Vec<&'m DailyJob>> {
    let name = of["job"].as_str()?;
    if of.get("schedule").is_none_or(Value::is_null) && of["offset_days"].as_i64().unwrap_or(0) == 0
    {
        return Some(mirror.jobs_in(job.row.schedule_id, name).collect());
    }
    let (date, schedule) = wanted(mirror, job, of)?;
    Some(mirror.named(&date, &schedule, name))
}

/// The date and the schedule of the other job.
fn wanted(mirror: &Mirror, job: &DailyJob, of: &Value) -> Option<(String, String)> {
    let own = mirror.schedules.get(&job.row.schedule_id)?;
    let date: Date = own.row.date.parse().ok()?;
    let days = of["offset_days"].as_i64().unwrap_or(0);
    let schedule = of["schedule"].as_str().unwrap_or(&own.row.schedule).to_owned();
    Some((date.saturating_add(days.days()).to_string(), schedule))
}

/// Whether the other job has ended well before it went: what was satisfied stays so.
fn was_well(mirror: &Mirror, job: &DailyJob, of: &Value, condition: &str) -> bool {
    let Some((date, schedule)) = wanted(mirror, job, of) else { return false };
    let name = (date, schedule, of["job"].as_str().unwrap_or_default().to_owned());
    mirror.gone.get(&name).is_some_and(|ending| satisfies(*ending, condition))
}

fn is_met(other: &DailyJob, changes: Option<&Changes>, condition: &str) -> bool {
    let is_now = other.life.ending().is_some_and(|ending| satisfies(ending, condition));
    let before =
        changes.and_then(|changes| changes.jobs.get(&other.row.id)).and_then(Option::as_ref);
    let Some(before) = before else { return is_now };
    let was = before.life.ending().is_some_and(|ending| satisfies(ending, condition));
    // It has ended in this step, and was taken back in it.
    is_now || was || other.life.endings > before.life.endings
}

/// How an end answers whoever waits for it (`opcon-domain 1.6`).
fn satisfies(ending: Ending, condition: &str) -> bool {
    let is_well = matches!(ending, Ending::FinishedOk | Ending::MarkedFinishedOk | Ending::Skipped);
    let is_bad = matches!(ending, Ending::Failed(_) | Ending::UnderReview(_) | Ending::Fixed(_));
    match condition {
        "finished_ok" => is_well,
        "failed" => is_bad,
        _ => is_well || is_bad,
    }
}

/// Jobs that run and beside which a job may not run, by its own definition or by theirs.
pub(super) fn conflicts(mirror: &Mirror, job: &DailyJob) -> Option<i64> {
    let runs = |other: &DailyJob| other.life.live().is_some() && other.row.id != job.row.id;
    let names = |from: &DailyJob, to: i64| {
        let all = mirror.definition_of(from)["depends_on"].as_array().cloned().unwrap_or_default();
        all.iter().filter_map(|each| each.get("conflict")).any(|of| {
            others(mirror, from, of)
                .is_some_and(|found| found.iter().any(|other| other.row.id == to))
        })
    };
    let in_schedule = mirror
        .jobs
        .values()
        .filter(|each| each.row.schedule_id == job.row.schedule_id && runs(each));
    in_schedule
        .filter(|other| names(job, other.row.id) || names(other, job.row.id))
        .map(|other| other.row.id)
        .next()
}

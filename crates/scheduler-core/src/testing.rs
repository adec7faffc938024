//! What the tests of models, plans and checks share: definitions as JSON text in which everything that is the same in
//! all of them may be left out.

use indexmap::IndexMap;
use jiff::civil::Date;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use crate::definition::Definitions;
use crate::model::{Instance, Model};
use crate::plan::{DailyJobId, DailySchedule, Other, Plan, Wait, Wanted, build};

/// Definitions as they are written here: a job without `run` is a null job, and where neither a schedule nor its jobs
/// have frequencies they run on each day, by the frequency `Daily`. `Mondays` and `Sundays` are there too.
fn completed(text: &str) -> Value {
    let mut all: Value =
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let days = json!(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);
    for (name, days) in [("Daily", days), ("Mondays", json!(["mon"])), ("Sundays", json!(["sun"]))]
    {
        let section = all["frequencies"].take();
        let mut section = section.as_object().cloned().unwrap_or_default();
        section
            .entry(name)
            .or_insert_with(|| json!({"when": {"all_weeks": {"days": days, "day_type": "any"}}}));
        all["frequencies"] = section.into();
    }
    for schedule in members(&mut all["schedules"]) {
        let has_own = schedule.get("frequencies").is_some();
        let mut jobs = members(&mut schedule["jobs"]);
        let has_of_jobs = jobs.iter().any(|job| job.get("frequencies").is_some());
        for job in &mut jobs {
            if job.get("run").is_none() {
                job["run"] = json!("null_job");
            }
        }
        if !has_own && !has_of_jobs {
            schedule["frequencies"] = json!([{"use": "Daily"}]);
        }
        if schedule["jobs"].is_null() {
            schedule["jobs"] = Map::new().into();
        }
    }
    all
}

fn members(of: &mut Value) -> Vec<&mut Value> {
    of.as_object_mut().into_iter().flat_map(Map::values_mut).collect()
}

pub(crate) fn definitions(text: &str) -> Definitions {
    let all = completed(text);
    let mut definitions: Definitions =
        serde_json::from_value(all.clone()).unwrap_or_else(|error| panic!("{all:#}: {error}"));
    // A JSON value sorts by name; the order of the text is part of the definitions.
    let order: Order = serde_json::from_str(text).unwrap();
    let place = |name: &str| order.schedules.get_index_of(name);
    definitions.schedules.sort_by(|a, _, b, _| place(a.as_str()).cmp(&place(b.as_str())));
    for (name, schedule) in definitions.schedules.iter_mut() {
        let place = |job: &str| order.schedules[name.as_str()].jobs.get_index_of(job);
        schedule.jobs.sort_by(|a, _, b, _| place(a.as_str()).cmp(&place(b.as_str())));
    }
    definitions
}

/// The names of schedules and jobs as they are written.
#[derive(Deserialize)]
struct Order {
    schedules: IndexMap<String, OrderOfJobs>,
}

#[derive(Deserialize)]
struct OrderOfJobs {
    #[serde(default)]
    jobs: IndexMap<String, IgnoredAny>,
}

/// The model of definitions whose dependencies are right.
pub(crate) fn model(text: &str) -> Model {
    let (model, problems) = Model::new(&definitions(text));
    assert_eq!(problems, []);
    model
}

/// The model of one schedule `S` with these jobs.
pub(crate) fn model_of_jobs(jobs: &str) -> Model {
    model(&format!(r#"{{"schedules": {{"S": {{"jobs": {jobs}}}}}}}"#))
}

pub(crate) fn date_of(text: &str) -> Date {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A date, a Monday.
pub(crate) const MONDAY: &str = "2026-06-01";

pub(crate) fn plan_on(model: &Model, date: &str) -> Plan {
    build(model, date_of(date), Wanted::All).unwrap()
}

pub(crate) fn plan(model: &Model) -> Plan {
    plan_on(model, MONDAY)
}

/// A schedule of a day with all that contains it: `S`, `S_e1`, `S.C[Sub]`.
fn path(model: &Model, plan: &Plan, schedule: &DailySchedule) -> String {
    let name = model.schedule(schedule.id).name.as_str();
    let instance = match plan.instance(model, schedule) {
        None => String::new(),
        Some(Instance::Agent(agent)) => format!("_{}", agent.as_str()),
        Some(Instance::Named(name)) => format!("_{}", name.as_str()),
        Some(Instance::Properties(set)) => {
            format!("_{}", set.values().next().map_or("", String::as_str))
        }
    };
    match schedule.parent {
        None => format!("{name}{instance}"),
        Some(parent) => format!("{}[{name}{instance}]", id(model, plan, parent)),
    }
}

/// A job of a day: `S.A`, the second of its copies `S.A#1`.
pub(crate) fn id(model: &Model, plan: &Plan, job: DailyJobId) -> String {
    let job = plan.job(job);
    let copy = if job.copy == 0 { String::new() } else { format!("#{}", job.copy) };
    let path = path(model, plan, plan.schedule_of(job));
    format!("{path}.{}{copy}", model.job_name(job.job).as_str())
}

/// All jobs of a day.
pub(crate) fn ids(model: &Model, plan: &Plan) -> Vec<String> {
    plan.jobs().map(|(number, _)| id(model, plan, number)).collect()
}

/// All edges of a day: `S.B requires(finished_ok) S.A`, `S.B conflict elsewhere S.A -1`.
pub(crate) fn edges(model: &Model, plan: &Plan) -> Vec<String> {
    let of_job = |(from, _)| {
        plan.edges(from).iter().map(move |edge| {
            let how = match edge.wait {
                Wait::Requires(condition) => format!("requires({condition:?})"),
                Wait::After(condition) => format!("after({condition:?})"),
                Wait::Conflict => "conflict".to_owned(),
            };
            let other = match edge.other {
                Other::Here(other) => id(model, plan, other),
                Other::Elsewhere { job, offset, .. } => {
                    let schedule = model.schedule(model.job(job).schedule).name.as_str();
                    format!("elsewhere {schedule}.{} {offset:+}", model.job_name(job).as_str())
                }
            };
            format!("{} {how} {other}", id(model, plan, from))
        })
    };
    plan.jobs().flat_map(of_job).collect()
}

/// When all jobs of a day are expected to run, in UTC: `S.A 00:00-00:01`, or `S.A never`.
pub(crate) fn expected(model: &Model, plan: &Plan) -> Vec<String> {
    plan.jobs()
        .map(|(number, _)| {
            let time = |at: Option<jiff::Timestamp>| {
                at.map_or_else(|| "never".to_owned(), |at| at.strftime("%H:%M").to_string())
            };
            let (start, end) = (plan.expected_start(number), plan.expected_end(number));
            let id = id(model, plan, number);
            match start {
                None => format!("{id} never"),
                Some(_) => format!("{id} {}-{}", time(start), time(end)),
            }
        })
        .collect()
}

/// What a day is without: `S.B by S.A`.
pub(crate) fn excluded(model: &Model, plan: &Plan) -> Vec<String> {
    let name = |job| {
        let schedule = model.schedule(model.job(job).schedule).name.as_str();
        format!("{schedule}.{}", model.job_name(job).as_str())
    };
    plan.excluded.iter().map(|each| format!("{} by {}", name(each.job), name(each.by))).collect()
}

//! Random small definitions against the oracle.
//!
//! `RINGMASTER_PLAN_CASES` sets how many are tried.

use std::collections::BTreeSet;

use jiff::civil::Date;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::oracle::Day;
use crate::definition::Definitions;
use crate::definition::references;
use crate::dependency::Condition;
use crate::model::Model;
use crate::plan::{DailyJobId, DailySchedule, Other, Plan, Wait, Wanted, build};
use crate::testing::date_of;

const CASES: u32 = 2_000;

/// Dates around the changes of clocks in the zones below, in both directions, and ordinary ones.
const DATES: [&str; 10] = [
    "2026-06-01",
    "2026-03-29",
    "2026-03-28",
    "2026-10-25",
    "2026-10-24",
    "2026-03-08",
    "2026-11-01",
    "2026-04-05",
    "2026-10-04",
    "2026-12-31",
];
const ZONES: [&str; 4] = ["UTC", "Europe/Zurich", "America/New_York", "Australia/Lord_Howe"];
const TOP: [&str; 3] = ["S0", "S1", "S2"];
/// Subschedules; each may contain later ones.
const SUB: [&str; 3] = ["T0", "T1", "T2"];
const TIMES: [&str; 8] = ["00:00", "00:30", "01:59", "02:00", "02:30", "03:15", "26:30", "49:00"];

/// What every choice is taken from; a tape of zeros makes the smallest definitions.
struct Tape<'t>(std::slice::Iter<'t, u32>);

impl Tape<'_> {
    fn number(&mut self, below: usize) -> usize {
        let drawn = self.0.next().copied().unwrap_or(0);
        usize::try_from(drawn).unwrap() % below
    }

    fn one_in(&mut self, number: usize) -> bool {
        self.number(number) == number - 1
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.number(of.len())]
    }
}

fn world(tape: &mut Tape<'_>, date: &str) -> Value {
    let days = |days: &[&str]| json!({"when": {"all_weeks": {"days": days, "day_type": "any"}}});
    let cron = |pattern: &str| json!({"when": {"cron": {"pattern": pattern}}});
    let names: Vec<&str> = TOP.into_iter().chain(SUB).collect();
    let multi: Vec<&str> = names.iter().copied().filter(|_| tape.one_in(4)).collect();
    let mut schedules = Map::new();
    for name in &names {
        schedules.insert((*name).to_owned(), schedule(tape, name, &multi, date));
    }
    let agent = json!({"connection": {"command": {}}});
    json!({
        "options": {"time_zone": tape.pick(&ZONES)},
        "frequencies": {
            "Daily": days(&["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
            "Some": days(&["mon", "wed", "thu", "sun"]),
            "Often": cron("15,30 1,2,3 * * *"),
            "Sundays": cron("30 2 * * SUN"),
        },
        "agents": {"a1": agent, "a2": agent},
        "machine_groups": {"G": {"agents": ["a1", "a2"]}},
        "schedules": schedules,
    })
}

fn schedule(tape: &mut Tape<'_>, name: &str, multi: &[&str], date: &str) -> Value {
    let mut schedule = json!({"start_time": tape.pick(&["00:00", "02:30", "22:00"])});
    if tape.one_in(2) {
        schedule["time_zone"] = json!(tape.pick(&ZONES));
    }
    if SUB.contains(&name) {
        schedule["subschedule"] = json!(true);
    }
    let is_multi = multi.contains(&name);
    let mut is_named = false;
    if is_multi {
        schedule["multi_instance"] = json!(true);
        let kind = tape.number(4);
        is_named = kind < 2;
        schedule["instances"] = match kind {
            0 | 1 => json!({"named": ["e1", "e2"]}),
            2 => json!({"properties": [{"P": "x"}, {"P": "y", "Q": "z"}, {"P": "z"}]}),
            _ => json!({"machine_group": "G"}),
        };
    }
    let of_schedule = tape.one_in(3);
    let mut common = uses(tape, date);
    for one in common.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        one.remove("advanced");
    }
    let mut jobs = Map::new();
    for number in 0..=tape.number(4) {
        let own = if of_schedule { common.clone() } else { uses(tape, date) };
        let mut job = work(tape, name);
        job["depends_on"] = (0..tape.number(3))
            .map(|_| dependency(tape, (name, number, is_named), multi, &own))
            .collect();
        if is_named && tape.one_in(3) {
            job[tape.pick(&["only_instances", "except_instances"])] =
                json!([tape.pick(&["e1", "e2"])]);
        }
        if tape.one_in(12) {
            job["disable_build"] = json!(true);
        }
        if !of_schedule {
            job["frequencies"] = own;
        }
        jobs.insert(job_name(number), job);
    }
    if of_schedule {
        schedule["frequencies"] = common;
    }
    // Each schedule has the same names, so that every dependency finds its job.
    for number in jobs.len()..4 {
        jobs.insert(job_name(number), json!({"run": "null_job", "disable_build": true}));
    }
    schedule["jobs"] = jobs.into();
    schedule
}

fn job_name(number: usize) -> String {
    ["JA", "JB", "KA", "J"][number].to_owned()
}

fn work(tape: &mut Tape<'_>, schedule: &str) -> Value {
    let deeper = SUB.iter().position(|sub| *sub == schedule).map_or(0, |at| at + 1);
    let mut job = match tape.number(5) {
        0 | 1 => json!({"run": "null_job"}),
        2 => json!({"run": {"command": {"line": "x"}}, "runs_on": {"each_of": "G"}}),
        3 => json!({"run": {"command": {"line": "x"}}, "runs_on": {"agents": ["a1"]}}),
        _ if deeper < SUB.len() => {
            json!({"run": {"container": {"schedule": tape.pick(&SUB[deeper..])}}})
        }
        _ => json!({"run": "null_job"}),
    };
    if job["runs_on"].is_null() && tape.one_in(5) {
        job["instances"] = json!([{"P": "1"}, {"P": "2", "Q": "q"}]);
    }
    job
}

fn uses(tape: &mut Tape<'_>, date: &str) -> Value {
    let mut names = vec!["Daily", "Some", "Often", "Sundays"];
    let uses = (0..=tape.number(3)).map(|_| {
        let name = names.remove(tape.number(names.len()));
        let mut one = json!({"use": name, "estimated_run_minutes": tape.number(200)});
        if tape.one_in(4) {
            let status = ["on_hold", "to_be_skipped", "do_not_schedule", "disable_frequency"];
            one["build"] = json!(tape.pick(&status));
        }
        if tape.one_in(10) {
            one["advanced"] = json!({"exclude": [date]});
        }
        if tape.one_in(2) {
            one["latest_start"] = json!(tape.pick(&["50:00", "55:30"]));
        }
        if matches!(name, "Daily" | "Some") {
            let start = tape.pick(&TIMES);
            one["start"] = json!(start);
            if tape.one_in(3) {
                one["recurrence"] = recurrence(tape, start);
            }
        }
        one
    });
    uses.collect()
}

/// Further runs, none of them before the start, which would be a mistake.
fn recurrence(tape: &mut Tape<'_>, start: &str) -> Value {
    let instances = |times: &[&str]| {
        let times: Vec<_> = times.iter().filter(|time| **time >= start).collect();
        json!({"recurring_instances": {"times": times}})
    };
    let minutes = 1 + tape.number(90);
    let from = tape.pick(&["start", "end"]);
    match tape.number(4) {
        0 => instances(&["02:15", "02:30", "27:00", "50:00"]),
        1 => instances(&["50:00", "03:00"]),
        2 => json!({"restart_offset": {"minutes": minutes, "from": from, "number_of_runs": 5}}),
        _ => json!({"restart_offset":
            {"minutes": minutes, "from": from, "number_of_runs": 99, "latest_run": start.max("05:00")}}),
    }
}

fn dependency(
    tape: &mut Tape<'_>,
    (schedule, job, is_named): (&str, usize, bool),
    multi: &[&str],
    uses: &Value,
) -> Value {
    let kind = tape.pick(&["requires", "after", "excludes", "conflict"]);
    let mut of = json!({"job": job_name(tape.number(4))});
    let other = tape.pick(&[&TOP[..], &SUB[..]].concat());
    let is_other = tape.one_in(2) && other != schedule && !multi.contains(&other);
    if is_other {
        of["schedule"] = json!(other);
    }
    if matches!(kind, "requires" | "after") && tape.one_in(3) {
        of["condition"] = json!(tape.pick(&["failed", "ignore_exit_code"]));
    }
    if kind == "conflict" && tape.one_in(3) {
        of["job"] = json!(tape.pick(&["J", "_A", "__", "K"]));
        of["job_name_like"] = json!(true);
    } else if kind == "conflict" && tape.one_in(4) {
        of["all_days"] = json!(true);
    }
    let may_offset =
        kind != "excludes" && of["all_days"].is_null() && (is_other || !multi.contains(&schedule));
    if may_offset && tape.one_in(6) {
        of["offset_days"] = json!([-1, 2][tape.number(2)]);
    }
    let is_self = !is_other && of["job"] == *job_name(job) && of["job_name_like"].is_null();
    if is_self && of["offset_days"].is_null() && of["all_days"].is_null() {
        of["job"] = json!(job_name((job + 1) % 4));
    }
    if !is_other && tape.one_in(3) {
        let all = if is_named { &["*", "$this", "e1", "e2"][..] } else { &["*", "$this"] };
        of["instance"] = json!(tape.pick(all));
    }
    if is_named && tape.one_in(3) {
        of["successor_instance"] = json!(tape.pick(&["e1", "e2"]));
    }
    if tape.one_in(6) {
        of["frequency"] = uses[tape.number(uses.as_array().unwrap().len())]["use"].clone();
    }
    json!({ kind: of })
}

/// The product's day in the lines of the oracle.
fn lines(model: &Model, plan: &Plan) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for (number, job) in plan.jobs() {
        let id = id(model, plan, number);
        lines.insert(format!(
            "{id}: use {}, start {}, further {:?}, latest {:?}, expected {:?} to {:?}",
            job.use_index,
            plan.start(job),
            plan.further_times(number).collect::<Vec<_>>(),
            plan.latest_start(job),
            plan.expected_start(number),
            plan.expected_end(number)
        ));
        for edge in plan.edges(number) {
            let how = match edge.wait {
                Wait::Conflict => "conflict".to_owned(),
                Wait::Requires(condition) => format!("requires {}", word(condition)),
                Wait::After(condition) => format!("after {}", word(condition)),
            };
            let other = match edge.other {
                Other::Here(other) => self::id(model, plan, other),
                Other::Elsewhere { job, offset, .. } => format!("? {}{offset:+}", name(model, job)),
            };
            let is_new = lines.insert(format!("{id}: {how} [{}] {other}", edge.dependency));
            assert!(is_new, "{id} has an edge twice, to {other}");
        }
    }
    let mut removed: Vec<String> = plan.excluded.iter().map(|each| name(model, each.job)).collect();
    removed.sort();
    lines.insert(format!("removed: {removed:?}"));
    lines
}

fn word(condition: Condition) -> &'static str {
    match condition {
        Condition::FinishedOk => "finished_ok",
        Condition::Failed => "failed",
        Condition::IgnoreExitCode => "ignore_exit_code",
    }
}

fn name(model: &Model, job: crate::model::JobId) -> String {
    let schedule = model.schedule(model.job(job).schedule).name.as_str();
    format!("{schedule}.{}", model.job_name(job).as_str())
}

fn id(model: &Model, plan: &Plan, job: DailyJobId) -> String {
    let job = plan.job(job);
    let path = path(model, plan, plan.schedule_of(job));
    format!("{path}.{}#{}", model.job_name(job.job).as_str(), job.copy)
}

fn path(model: &Model, plan: &Plan, schedule: &DailySchedule) -> String {
    let above = schedule.parent.map(|parent| id(model, plan, parent) + "/").unwrap_or_default();
    format!("{above}{}~{}", model.schedule(schedule.id).name.as_str(), schedule.instance)
}

/// What is asked of one case; the counts say what it was about.
fn case(tape: &[u32], seen: &mut Seen) -> Result<(), TestCaseError> {
    let mut tape = Tape(tape.iter());
    let date = tape.pick(&DATES);
    let all = world(&mut tape, date);
    let date: Date = date_of(date);
    let definitions: Definitions = serde_json::from_value(all.clone())
        .map_err(|error| TestCaseError::fail(format!("{error}: {all:#}")))?;
    prop_assert_eq!(references::check(&definitions), []);
    let (model, problems) = Model::new(&definitions);
    prop_assert_eq!(problems, []);
    let plan = build(&model, date, Wanted::All).unwrap();
    let (found, wanted) = (lines(&model, &plan), Day::of(&all, date).lines());
    let differences: Vec<_> = found.symmetric_difference(&wanted).collect();
    prop_assert!(differences.is_empty(), "{:#?}\non {} of {:#}", differences, date, all);
    seen.add(&plan);
    Ok(())
}

/// What the cases were about, so that a generator that makes only dull ones is noticed.
#[derive(Debug, Default)]
struct Seen {
    jobs: usize,
    edges: usize,
    removed: usize,
    inside: usize,
    inside_twice: usize,
    loops: usize,
    further: usize,
}

impl Seen {
    fn add(&mut self, plan: &Plan) {
        self.jobs += plan.jobs.len();
        self.edges += plan.edges_len();
        self.removed += plan.excluded.len();
        for schedule in &plan.schedules {
            let Some(parent) = schedule.parent else { continue };
            self.inside += 1;
            let around = plan.schedule_of(plan.job(parent));
            self.inside_twice += usize::from(around.parent.is_some());
        }
        self.loops += plan.jobs().filter(|(id, _)| plan.expected_start(*id).is_none()).count();
        self.further += plan.jobs().map(|(id, _)| plan.further_times(id).count()).sum::<usize>();
    }
}

#[test]
fn a_day_is_what_the_oracle_finds() {
    let asked = std::env::var("RINGMASTER_PLAN_CASES").ok();
    let cases = asked.and_then(|count| count.parse().ok()).unwrap_or(CASES);
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let seen = std::cell::RefCell::new(Seen::default());
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let tapes = prop::collection::vec(any::<u32>(), 600);
    let result = runner.run(&tapes, |tape| case(&tape, &mut seen.borrow_mut()));
    if let Err(error) = result {
        panic!("{error}");
    }
    let seen = seen.into_inner();
    let least = [
        seen.jobs / 5,
        seen.edges / 2,
        seen.removed * 5,
        seen.inside * 2,
        seen.inside_twice * 10,
        seen.loops * 10,
        seen.further,
    ];
    assert!(least.iter().all(|count| *count > cases as usize), "{seen:?}");
}

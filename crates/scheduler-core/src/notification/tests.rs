use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::definition::Definitions;
use crate::definition::notification::TriggerKind;
use crate::job::Notice as Job;
use crate::schedule::Notice as Schedule;

fn index(groups: Value) -> Index {
    let definitions: Definitions =
        serde_json::from_value(json!({ "notifications": groups })).unwrap();
    Index::new(&definitions.notifications)
}

fn log(text: &str) -> Value {
    json!([{ "log": { "message": text } }])
}

fn told<'i>(index: &'i Index, happening: &Happening<'_>) -> Vec<(&'i str, usize)> {
    let matches = index.matches(happening);
    matches.iter().map(|found| (found.group.as_str(), found.trigger)).collect()
}

fn failed<'a>(schedule: &'a str, job: &'a str, code: Option<u16>) -> Happening<'a> {
    Happening::of_job(Job::Failed, schedule, job, code)
}

fn job(schedule: &str, job: &str) -> Value {
    json!({ "schedule": schedule, "job": job })
}

#[test]
fn a_group_matches_by_master_names_of_what_it_is_about() {
    let index = index(json!({
        "All": { "about": "all_jobs", "triggers": [{ "on": "job_failed", "actions": log("a") }] },
        "Some": {
            "about": { "jobs": [job("NIGHT", "LOAD"), job("NIGHT", "SORT"), job("NIGHT", "LOAD")] },
            "triggers": [
                { "on": "job_finished_ok", "actions": log("b") },
                { "on": "job_failed", "actions": log("c") },
            ],
        },
        "Schedules": {
            "about": { "schedules": ["NIGHT"] },
            "triggers": [{ "on": "schedule_started", "actions": log("d") }],
        },
    }));
    assert_eq!(told(&index, &failed("NIGHT", "LOAD", None)), [("All", 0), ("Some", 1)]);
    assert_eq!(told(&index, &failed("DAY", "LOAD", None)), [("All", 0)]);
    assert_eq!(told(&index, &failed("NIGHT", "load", None)), [("All", 0)], "as it is spelled");
    let ok = Happening::of_job(Job::FinishedOk, "NIGHT", "SORT", None);
    assert_eq!(told(&index, &ok), [("Some", 0)]);
    let started = |name| Happening::of_schedule(Schedule::Started, name);
    assert_eq!(told(&index, &started("NIGHT")), [("Schedules", 0)]);
    assert_eq!(told(&index, &started("DAY")), []);
    assert!(index.wants(TriggerKind::JobFailed) && !index.wants(TriggerKind::JobRunning));
}

#[test]
fn a_subschedule_and_its_jobs_match_by_its_own_name_only() {
    let index = index(json!({
        "Above": {
            "about": { "schedules": ["DAY"] },
            "triggers": [{ "on": "schedule_completed", "actions": log("a") }],
        },
        "Itself": {
            "about": { "schedules": ["Regions"] },
            "triggers": [{ "on": "schedule_completed", "actions": log("b") }],
        },
        "Jobs above": {
            "about": { "jobs": [job("DAY", "Load")] },
            "triggers": [{ "on": "job_failed", "actions": log("c") }],
        },
    }));
    let completed = |name| Happening::of_schedule(Schedule::Completed, name);
    assert_eq!(told(&index, &completed("Regions")), [("Itself", 0)]);
    assert_eq!(told(&index, &completed("DAY")), [("Above", 0)]);
    assert_eq!(told(&index, &failed("Regions", "Load", None)), []);
}

#[test]
fn amt_codes_let_through_only_jobs_that_ended_with_one_of_them() {
    let index = index(json!({
        "Codes": {
            "about": "all_jobs",
            "triggers": [
                { "on": "job_failed", "amt_alert": true, "actions": log("a") },
                { "on": "job_failed", "actions": log("b") },
            ],
        },
    }));
    assert_eq!(told(&index, &failed("S", "J", Some(23))), [("Codes", 0), ("Codes", 1)]);
    assert_eq!(told(&index, &failed("S", "J", Some(3))), [("Codes", 1)]);
    assert_eq!(told(&index, &failed("S", "J", None)), [("Codes", 1)]);
}

#[test]
fn agents_are_told_of_by_name() {
    let index = index(json!({
        "One": {
            "about": { "agents": ["A"] },
            "triggers": [{ "on": "agent_network_down", "actions": log("a") }],
        },
        "Every": {
            "about": "all_agents",
            "triggers": [{ "on": "agent_network_status_changed", "actions": log("b") }],
        },
    }));
    let status = |network| AgentStatus { marked: Marked::Up, network };
    let of = |agent| {
        let all = status(Network::Up).changes(status(Network::Down), agent);
        all.iter().flat_map(|happening| told(&index, happening)).collect::<Vec<_>>()
    };
    assert_eq!(of("A"), [("One", 0), ("Every", 0)]);
    assert_eq!(of("B"), [("Every", 0)]);
}

#[test]
fn a_trigger_that_cannot_happen_to_its_group_is_left_out() {
    let index = index(json!({
        "Wrong": { "about": "all_schedules", "triggers": [{ "on": "job_failed", "actions": log("a") }] },
    }));
    assert_eq!(told(&index, &failed("S", "J", None)), []);
}

#[test]
fn an_escalated_group_tells_by_its_triggers_whatever_it_is_about() {
    let index = index(json!({
        "First": {
            "about": "all_jobs",
            "triggers": [{ "on": "job_failed", "actions": log("a") }],
            "escalation": [{ "group": "Manager", "after_minutes": 30, "attempts": 2 }],
        },
        "Manager": {
            "about": { "jobs": [] },
            "triggers": [
                { "on": "job_failed", "amt_codes": [12], "actions": log("b") },
                { "on": "job_failed", "actions": log("c") },
                { "on": "job_skipped", "actions": log("d") },
            ],
        },
    }));
    let happening = failed("S", "J", Some(23));
    let first = index.matches(&happening);
    assert_eq!(first.len(), 1, "a group about nothing is not told by itself");
    assert_eq!(first[0].escalation, index.steps("First"));
    let manager = index.escalated("Manager", &happening).unwrap();
    assert_eq!(manager.iter().map(|found| found.trigger).collect::<Vec<_>>(), [1]);
    assert!(manager[0].escalation.is_empty(), "an escalation does not begin another one");
    assert_eq!(index.escalated("Nobody", &happening), None);
    assert!(index.steps("Nobody").is_empty());
}

/// Looks at every trigger of every group.
fn searched(definitions: &Definitions, happening: &Happening<'_>) -> Vec<(String, usize)> {
    use crate::definition::notification::About;
    let mut found = Vec::new();
    for (name, group) in definitions.notifications.iter() {
        let is_about = match (&group.about, happening.subject()) {
            (About::AllJobs, Subject::Job { .. })
            | (About::AllSchedules, Subject::Schedule(_))
            | (About::AllAgents, Subject::Agent(_)) => true,
            (About::Jobs(jobs), Subject::Job { schedule, job }) => {
                jobs.iter().any(|one| one.schedule.as_str() == schedule && one.job.as_str() == job)
            }
            (About::Schedules(names), Subject::Schedule(name)) => {
                names.iter().any(|one| one.as_str() == name)
            }
            (About::Agents(names), Subject::Agent(name)) => {
                names.iter().any(|one| one.as_str() == name)
            }
            _ => false,
        };
        for (number, trigger) in group.triggers.iter().enumerate() {
            let codes = &trigger.amt_codes;
            let has_code =
                codes.is_empty() || happening.amt_code().is_some_and(|code| codes.contains(&code));
            if is_about && has_code && trigger.on == happening.kind() {
                found.push((name.as_str().to_owned(), number));
            }
        }
    }
    found
}

prop_compose! {
    fn any_group()(
        about in prop_oneof![
            Just(json!("all_jobs")),
            Just(json!("all_schedules")),
            prop::collection::vec(("[AB]", "[XY]"), 0..4).prop_map(|jobs| {
                json!({ "jobs": jobs.iter().map(|(s, j)| job(s, j)).collect::<Vec<_>>() })
            }),
            prop::collection::vec("[AB]", 0..3).prop_map(|names| json!({ "schedules": names })),
        ],
        triggers in prop::collection::vec(
            (
                prop_oneof![Just("job_failed"), Just("job_skipped"), Just("schedule_started")],
                prop::collection::vec(11..14u16, 0..2),
            ),
            0..4,
        ),
    ) -> Value {
        let triggers = triggers.iter().map(|(on, codes)| json!({
            "on": on, "amt_codes": codes, "actions": log("a"),
        }));
        json!({ "about": about, "triggers": triggers.collect::<Vec<_>>() })
    }
}

proptest! {
    #[test]
    fn the_index_finds_what_a_search_of_all_groups_finds(
        groups in prop::collection::vec(any_group(), 0..6),
        schedule in "[AB]", name in "[XY]", code in prop::option::of(11..14u16), what in 0..3u8,
    ) {
        let groups: serde_json::Map<String, Value> =
            groups.into_iter().enumerate().map(|(n, group)| (format!("G{n}"), group)).collect();
        let definitions: Definitions =
            serde_json::from_value(json!({ "notifications": groups })).unwrap();
        let happening = match what {
            0 => Happening::of_job(Job::Failed, &schedule, &name, code),
            1 => Happening::of_job(Job::Skipped, &schedule, &name, code),
            _ => Happening::of_schedule(Schedule::Started, &schedule),
        };
        let index = Index::new(&definitions.notifications);
        let found: Vec<(String, usize)> =
            told(&index, &happening).into_iter().map(|(name, n)| (name.to_owned(), n)).collect();
        prop_assert_eq!(found, searched(&definitions, &happening));
    }
}

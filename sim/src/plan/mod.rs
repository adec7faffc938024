//! Random definitions: schedules with jobs that wait for each other, on agents with few slots.
//!
//! What jobs wait for always lies before them, so that nothing waits in a circle. Everything is JSON as users would write it.

mod jobs;
mod schedules;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::random::Random;
use crate::temper::Temper;

/// Zones of schedules: one without clock changes, and both directions of them.
const ZONES: [&str; 4] = ["UTC", "Europe/Zurich", "America/New_York", "Australia/Sydney"];
/// The names of agents.
pub(crate) const AGENTS: [&str; 4] = ["A0", "A1", "A2", "A3"];
/// The names of thresholds.
pub(crate) const THRESHOLDS: [&str; 2] = ["T0", "T1"];
/// The names of resources.
pub(crate) const RESOURCES: [&str; 2] = ["R0", "R1"];

/// Definitions that change.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) definitions: Map<String, Value>,
    /// Jobs of each schedule, about.
    sizes: Vec<usize>,
    /// Jobs at which events are aimed, as schedule and job: these can happen to them.
    pub(crate) targets: BTreeSet<(String, String)>,
}

impl Plan {
    pub(crate) fn draw(random: &mut Random, temper: &Temper) -> Self {
        let mut left = temper.jobs.max(1);
        let mut sizes = Vec::new();
        while left > 0 {
            let size = (5 + random.below(40)).min(left);
            sizes.push(size);
            left -= size;
        }
        let keep_open = random.chance(200);
        let days =
            |days: &[&str]| json!({"when": {"all_weeks": {"day_type": "any", "days": days}}});
        let zone = random.one(&ZONES);
        let build = format!("{:02}:{:02}", random.below(6), random.below(60));
        let all = json!({
            "options": {"time_zone": zone, "build_time": build, "failed_jobs_keep_schedule_in_process": keep_open},
            "frequencies": {
                "Daily": days(&["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
                "Work": days(&["mon", "tue", "wed", "thu", "fri"]),
                "Some": days(&["mon", "wed", "sat"]),
            },
            "machine_groups": {"G0": {"agents": ["A1", "A2", "A3"]}},
            "thresholds": {"T0": {"value": random.between(0, 2)}, "T1": {"value": 1}},
            "resources": {"R0": {"units": random.between(2, 4)}, "R1": {"units": 2}},
        });
        let Value::Object(definitions) = all else { unreachable!("an object") };
        let mut plan = Self { definitions, sizes, targets: BTreeSet::new() };
        plan.agents(random);
        plan.schedules(random);
        plan
    }

    /// Other definitions, of which most are as before.
    pub(crate) fn change(&mut self, random: &mut Random) {
        if random.chance(400) {
            self.agents(random);
        }
        if random.chance(800) {
            let place = random.below(self.sizes.len());
            self.schedule(random, place);
        }
    }

    /// Nothing is built by itself any more.
    pub(crate) fn end_builds(&mut self) {
        if let Some(Value::Object(schedules)) = self.definitions.get_mut("schedules") {
            for schedule in schedules.values_mut().filter_map(Value::as_object_mut) {
                schedule.remove("auto_build");
            }
        }
    }

    /// The names of schedules that are built.
    pub(crate) fn schedule_names(&self) -> Vec<String> {
        (0..self.sizes.len()).map(schedule_name).collect()
    }

    /// The names of the jobs of a schedule.
    pub(crate) fn jobs_of(&self, schedule: &str) -> Vec<String> {
        let jobs = self.definitions["schedules"][schedule]["jobs"].as_object();
        jobs.into_iter().flat_map(|jobs| jobs.keys().cloned()).collect()
    }

    fn agents(&mut self, random: &mut Random) {
        let mut agents = Map::new();
        for name in AGENTS {
            // Without a limit, or with a small one.
            let max_jobs = if random.chance(300) { 0 } else { random.between(1, 8) };
            let seconds = random.one(&[60, 120, 300]);
            agents.insert(
                name.to_owned(),
                json!({"connection": {"plug_in": {"integration": "Fake"}}, "max_jobs": max_jobs,
                    "allow_kill": random.chance(700), "check_status_seconds": seconds}),
            );
        }
        self.definitions.insert("agents".to_owned(), Value::Object(agents));
    }
}

/// The name of a schedule that is built.
pub(crate) fn schedule_name(place: usize) -> String {
    format!("S{place}")
}

/// So many minutes as hours and minutes.
fn offset(minutes: i64) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

//! Jobs of a schedule.

use serde_json::{Map, Value, json};

use super::{AGENTS, Plan, RESOURCES, THRESHOLDS, offset, schedule_name};
use crate::random::Random;

impl Plan {
    /// So many jobs of a schedule; one of them runs what is `inside` of it.
    pub(super) fn jobs(
        &mut self,
        random: &mut Random,
        (place, schedule): (usize, &str),
        size: usize,
        inside: Option<&str>,
    ) -> Value {
        let mut jobs = Map::new();
        // Most jobs of a schedule begin at a few times, as they do.
        let times: Vec<i64> = (0..6).map(|_| random.between(0, 22 * 60)).collect();
        for number in 0..size {
            let mut job = Map::new();
            let run = match (random.below(100), inside) {
                (_, Some(inside)) if number == size / 2 => {
                    json!({"container": {"schedule": inside}})
                }
                (0..8, _) => json!("null_job"),
                _ => {
                    job.insert("runs_on".to_owned(), runs_on(random));
                    json!({"plug_in": {"integration": "Fake", "task_type": "fake"}})
                }
            };
            let is_container = run.get("container").is_some();
            job.insert("run".to_owned(), run);
            job.insert("frequencies".to_owned(), json!([frequency(random, &times, is_container)]));
            let depends_on = self.depends_on(random, place, schedule, number);
            job.insert("depends_on".to_owned(), Value::Array(depends_on));
            limits(random, &mut job);
            if random.chance(200) {
                job.insert("allow_multi_instance".to_owned(), json!(true));
            }
            let events = self.events(random, schedule, (number, size));
            job.insert("events".to_owned(), Value::Array(events));
            jobs.insert(job_name(number), Value::Object(job));
        }
        Value::Object(jobs)
    }

    /// Jobs before it, in its own schedule and in others.
    fn depends_on(
        &self,
        random: &mut Random,
        place: usize,
        schedule: &str,
        number: usize,
    ) -> Vec<Value> {
        let mut all = Vec::new();
        let count = random.one(&[0, 0, 1, 1, 1, 2, 3]);
        let condition = |random: &mut Random| {
            random.one(&["finished_ok", "finished_ok", "finished_ok", "ignore_exit_code", "failed"])
        };
        let mut before: Vec<usize> = Vec::new();
        for _ in 0..count.min(number) {
            let other = number - 1 - random.below(number.min(6));
            if !before.contains(&other) {
                before.push(other);
            }
        }
        for other in before {
            let job = job_name(other);
            all.push(match random.below(10) {
                0 => json!({"conflict": {"job": job}}),
                1 | 2 => json!({"after": {"job": job, "condition": condition(random)}}),
                _ => json!({"requires": {"job": job, "condition": condition(random)}}),
            });
        }
        // What is in a container depends on nothing outside.
        if schedule != schedule_name(place) {
            return all;
        }
        if place > 0 && random.chance(60) {
            let other = random.below(place);
            let job = job_name(random.below(self.sizes[other]));
            all.push(json!({"after": {"job": job, "schedule": schedule_name(other),
                "condition": "ignore_exit_code"}}));
        }
        if random.chance(40) {
            let job = job_name(number);
            all.push(
                json!({"after": {"job": job, "offset_days": -1, "condition": "ignore_exit_code"}}),
            );
        }
        all
    }

    /// Events of a job, and at which jobs they are aimed.
    fn events(
        &mut self,
        random: &mut Random,
        schedule: &str,
        (number, size): (usize, usize),
    ) -> Vec<Value> {
        if !random.chance(60) {
            return Vec::new();
        }
        let triggers = ["failed", "finished_ok", "skipped", "late_to_finish", "start_attempted"];
        let trigger = random.one(&triggers);
        let event = if random.chance(150) && number + 1 < size {
            // One after it, so that this ends.
            let job = job_name(number + 1 + random.below(size - number - 1));
            self.targets.insert((schedule.to_owned(), job.clone()));
            format!("$JOB:{},CURRENT,{schedule},{job}", random.one(&["ADD", "ADDHLD"]))
        } else if random.chance(400) {
            format!("$THRESHOLD:SET,{},{}", random.one(&THRESHOLDS), random.one(&["+1", "1", "2"]))
        } else {
            let order = random.one(&["HOLD", "RELEASE", "SKIP", "CANCEL", "RESTART"]);
            let job = job_name(random.below(size));
            self.targets.insert((schedule.to_owned(), job.clone()));
            format!("$JOB:{order},CURRENT,{schedule},{job}")
        };
        vec![json!({"trigger": {"job_status": trigger}, "event": event})]
    }
}

/// The name of a job.
pub(crate) fn job_name(number: usize) -> String {
    format!("J{number}")
}

fn runs_on(random: &mut Random) -> Value {
    let first = random.below(AGENTS.len());
    match random.below(10) {
        0..5 => json!({"agents": [AGENTS[first]]}),
        5..8 => json!({"agents": [AGENTS[first], AGENTS[(first + 1) % AGENTS.len()]]}),
        _ => json!({"least_tasked": "G0"}),
    }
}

fn frequency(random: &mut Random, times: &[i64], is_container: bool) -> Value {
    let start = random.one(times);
    let name = random.one(&["Daily", "Daily", "Daily", "Daily", "Work", "Some"]);
    let mut of = json!({"use": name, "start": offset(start), "priority": random.below(10)});
    if random.chance(100) {
        of["latest_start"] = json!(offset(start + random.between(10, 400)));
    }
    if random.chance(100) {
        of["late_to_start"] = json!(offset(random.between(1, 120)));
    }
    if random.chance(100) {
        of["late_to_finish"] = json!(offset(random.between(1, 240)));
    }
    if random.chance(60) {
        of["max_run_minutes"] = json!(random.between(1, 60));
    }
    if random.chance(40) {
        of["build"] = json!(random.one(&["on_hold", "to_be_skipped"]));
    }
    if random.chance(150) {
        of["retry"] =
            json!({"minutes_between": random.below(15), "maximum_attempts": random.between(1, 3)});
    }
    if !is_container && random.chance(80) {
        of["recurrence"] = if random.chance(500) {
            let second = start + random.between(5, 60);
            let third = second + random.between(5, 60);
            json!({"recurring_instances": {"times": [offset(second), offset(third)],
                "on_overlap": random.one(&["skip", "start_on_completion"])}})
        } else {
            json!({"restart_offset": {"minutes": random.between(1, 60), "from": random.one(&["start", "end"]),
                "number_of_runs": random.between(2, 4)}})
        };
    }
    of
}

fn limits(random: &mut Random, job: &mut Map<String, Value>) {
    if random.chance(80) {
        let take =
            if random.chance(250) { json!("all") } else { json!({"units": random.between(1, 2)}) };
        let resources = json!([{"resource": random.one(&RESOURCES), "take": take}]);
        job.insert("resources".to_owned(), resources);
    }
    if random.chance(30) {
        let thresholds =
            json!([{"threshold": random.one(&THRESHOLDS), "operator": "ge", "value": 1}]);
        job.insert("thresholds".to_owned(), thresholds);
    }
    if random.chance(40) {
        let change = if random.chance(300) {
            json!({"set": random.between(0, 2)})
        } else {
            json!({"add": 1})
        };
        let on = random.one(&["finished_ok", "failed", "start_attempted"]);
        let updates = json!([{"on": on, "threshold": random.one(&THRESHOLDS), "change": change}]);
        job.insert("threshold_updates".to_owned(), updates);
    }
}

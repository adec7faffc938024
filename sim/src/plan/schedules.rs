//! Schedules.

use serde_json::{Map, Value, json};

use super::{Plan, ZONES, schedule_name};
use crate::random::Random;

impl Plan {
    /// All schedules.
    pub(super) fn schedules(&mut self, random: &mut Random) {
        self.definitions.insert("schedules".to_owned(), Value::Object(Map::new()));
        for place in 0..self.sizes.len() {
            self.schedule(random, place);
        }
    }

    /// One schedule, in place of the one that there was; with the one that its container runs.
    pub(super) fn schedule(&mut self, random: &mut Random, place: usize) {
        let name = schedule_name(place);
        let inside = random.chance(300).then(|| format!("{name}I"));
        let size = self.sizes[place];
        if let Some(inside) = &inside {
            let jobs = self.jobs(random, (place, inside), size.min(6), None);
            let schedule = json!({"subschedule": true, "workdays": EVERY_DAY, "jobs": jobs});
            self.put(inside, schedule);
        } else {
            self.remove(&format!("{name}I"));
        }
        let jobs = self.jobs(random, (place, &name), size, inside.as_deref());
        let mut schedule = json!({
            "time_zone": random.one(&ZONES),
            "start_time": format!("{:02}:00", random.below(4)),
            "workdays": EVERY_DAY,
            "conflict_with_other_days": random.chance(80),
            "auto_delete_days": random.between(1, 3),
            "jobs": jobs,
        });
        if !random.chance(80) {
            schedule["auto_build"] = json!({
                "days_in_advance": random.below(3),
                "overwrite": random.chance(200),
                "catch_up": random.one(&["all", "latest", "none"]),
            });
        }
        self.put(&name, schedule);
    }

    fn put(&mut self, name: &str, schedule: Value) {
        if let Some(Value::Object(all)) = self.definitions.get_mut("schedules") {
            all.insert(name.to_owned(), schedule);
        }
    }

    fn remove(&mut self, name: &str) {
        if let Some(Value::Object(all)) = self.definitions.get_mut("schedules") {
            all.remove(name);
        }
    }
}

const EVERY_DAY: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

//! The oracle: what a day consists of, found by loops over the text of the definitions and comparisons of names.
//! Nothing is resolved, numbered or sorted beforehand, and nothing of the product is used but its time zones.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::Value;

use crate::time::Zone;

/// A job of the day.
pub(super) struct Item {
    schedule: String,
    instance: Option<String>,
    /// The daily schedule with all that contains it.
    path: String,
    job: String,
    copy: usize,
    depth: usize,
    container: Option<usize>,
    use_index: usize,
    frequency: String,
    start: Timestamp,
    latest: Option<Timestamp>,
    further: Vec<Timestamp>,
    minutes: i64,
    depends_on: Vec<Value>,
    contains: Option<String>,
    is_removed: bool,
    expected: Option<Timestamp>,
    end: Option<Timestamp>,
}

pub(super) struct Day<'v> {
    all: &'v Value,
    date: Date,
    items: Vec<Item>,
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn minutes(value: &Value) -> i64 {
    let (hours, minutes) = value.as_str().unwrap_or("0:00").split_once(':').unwrap();
    hours.parse::<i64>().unwrap() * 60 + minutes.parse::<i64>().unwrap()
}

/// The first instant at which the local clock has reached a time, by trying every offset there is, and where none has
/// it by watching the clock minute by minute.
fn instant(zone: &Zone, local: DateTime) -> Timestamp {
    let utc = local.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
    let shows = (-56..=56).map(|quarters| utc + SignedDuration::from_mins(quarters * 15));
    shows.clone().find(|at| zone.local(*at) == local).unwrap_or_else(|| {
        let mut clock = (-900..=900).map(|minute| utc + SignedDuration::from_mins(minute));
        clock.find(|at| zone.local(*at) >= local).unwrap()
    })
}

impl<'v> Day<'v> {
    pub(super) fn of(all: &'v Value, date: Date) -> Self {
        let mut day = Self { all, date, items: Vec::new() };
        for (name, schedule) in all["schedules"].as_object().unwrap() {
            if schedule["subschedule"] != true {
                day.add_schedule(name, None);
            }
        }
        // Each level of containers after the one around it.
        for depth in 0..4 {
            for number in 0..day.items.len() {
                if let (true, Some(inner)) =
                    (day.items[number].depth == depth, day.items[number].contains.clone())
                {
                    day.add_schedule(&inner, Some(number));
                }
            }
        }
        day.exclude();
        day.expect();
        day
    }

    fn add_schedule(&mut self, name: &str, container: Option<usize>) {
        let schedule = &self.all["schedules"][name];
        let instances = &schedule["instances"];
        let named = list(&instances["named"]);
        let group = instances["machine_group"].as_str();
        let members = group.map(|group| list(&self.all["machine_groups"][group]["agents"]));
        let count = [named.len(), list(&instances["properties"]).len()]
            .into_iter()
            .chain(members.map(|members| members.len()))
            .max()
            .unwrap_or(0);
        for number in 0..count.max(1) {
            let instance = named.get(number).and_then(text);
            for (job_name, job) in schedule["jobs"].as_object().unwrap() {
                self.add_job(
                    (name, schedule, number),
                    instance.as_ref(),
                    (job_name, job),
                    container,
                );
            }
        }
    }

    fn add_job(
        &mut self,
        (name, schedule, number): (&str, &Value, usize),
        instance: Option<&String>,
        (job_name, job): (&str, &Value),
        container: Option<usize>,
    ) {
        let is_among =
            |names: &Value| list(names).iter().any(|name| name.as_str() == instance.map(|i| &**i));
        let is_left_out = instance.is_some()
            && (job["only_instances"].is_array() && !is_among(&job["only_instances"])
                || is_among(&job["except_instances"]));
        if is_left_out || job["disable_build"] == true {
            return;
        }
        let mut uses = list(&job["frequencies"]);
        if uses.is_empty() {
            uses = list(&schedule["frequencies"]);
        }
        let Some(use_index) = self.decide(&uses) else { return };
        let group = job["runs_on"]["each_of"].as_str();
        let copies = match group {
            Some(group) => list(&self.all["machine_groups"][group]["agents"]).len(),
            None => list(&job["instances"]).len().max(1),
        };
        let above = container.map(|at| self.id(at) + "/").unwrap_or_default();
        let depth = container.map_or(0, |at| self.items[at].depth + 1);
        for copy in 0..copies {
            let mut item = Item {
                schedule: name.to_owned(),
                instance: instance.cloned(),
                path: format!("{above}{name}~{number}"),
                job: job_name.to_owned(),
                copy,
                depth,
                container,
                use_index,
                frequency: text(&uses[use_index]["use"]).unwrap(),
                start: Timestamp::MIN,
                latest: None,
                further: Vec::new(),
                minutes: uses[use_index]["estimated_run_minutes"].as_i64().unwrap_or(1),
                depends_on: list(&job["depends_on"]),
                contains: text(&job["run"]["container"]["schedule"]),
                is_removed: false,
                expected: None,
                end: None,
            };
            self.set_times(&mut item, schedule, &uses[use_index]);
            self.items.push(item);
        }
    }

    /// The frequency that qualifies.
    fn decide(&self, uses: &[Value]) -> Option<usize> {
        let date = self.date.to_string();
        for (index, each) in uses.iter().enumerate() {
            let build = each["build"].as_str().unwrap_or("released");
            if build == "disable_frequency" || !self.is_on(each) {
                continue;
            }
            let is_excluded = list(&each["advanced"]["exclude"]).iter().any(|day| *day == *date);
            return (build != "do_not_schedule" && !is_excluded).then_some(index);
        }
        None
    }

    fn is_on(&self, each: &Value) -> bool {
        let when = &self.all["frequencies"][each["use"].as_str().unwrap()]["when"];
        let today = self.date.strftime("%a").to_string();
        match when["cron"]["pattern"].as_str() {
            Some(pattern) => {
                let day = pattern.rsplit(' ').next().unwrap();
                day == "*" || day.eq_ignore_ascii_case(&today)
            }
            None => {
                let days = list(&when["all_weeks"]["days"]);
                days.iter().any(|day| day.as_str().unwrap().eq_ignore_ascii_case(&today))
            }
        }
    }

    fn set_times(&self, item: &mut Item, schedule: &Value, of: &Value) {
        let name = schedule["time_zone"].as_str().or(self.all["options"]["time_zone"].as_str());
        let zone: Zone = name.unwrap_or("UTC").parse().unwrap();
        let midnight = self.date.at(0, 0, 0, 0);
        let begin = midnight + minutes(&schedule["start_time"]).minutes();
        let at = |offset: &Value| instant(&zone, begin + minutes(offset).minutes());
        let mut runs = BTreeSet::new();
        let rule = &self.all["frequencies"][of["use"].as_str().unwrap()]["when"];
        if let Some(pattern) = rule["cron"]["pattern"].as_str() {
            let fields: Vec<&str> = pattern.split(' ').collect();
            for hour in fields[1].split(',') {
                for minute in fields[0].split(',') {
                    let time = hour
                        .parse::<i64>()
                        .unwrap()
                        .hours()
                        .minutes(minute.parse::<i64>().unwrap());
                    runs.insert(instant(&zone, midnight + time));
                }
            }
            item.start = *runs.first().unwrap();
            runs.remove(&item.start);
        } else {
            item.start = at(&of["start"]);
            let recurrence = &of["recurrence"];
            runs.extend(list(&recurrence["recurring_instances"]["times"]).iter().map(at));
            let restart = &recurrence["restart_offset"];
            if let Some(step) = restart["minutes"].as_i64() {
                let ran = if restart["from"] == "end" { item.minutes } else { 0 };
                let count = restart["number_of_runs"].as_i64().unwrap_or(i64::MAX);
                let latest = &restart["latest_run"];
                let mut next = item.start;
                for _ in 1..count.min(1441) {
                    next += SignedDuration::from_mins(step + ran);
                    if latest.is_string() && next > at(latest) {
                        break;
                    }
                    runs.insert(next);
                }
            }
        }
        item.further = runs.into_iter().collect();
        item.latest = (minutes(&of["latest_start"]) > 0).then(|| at(&of["latest_start"]));
    }

    fn id(&self, number: usize) -> String {
        let item = &self.items[number];
        format!("{}.{}#{}", item.path, item.job, item.copy)
    }

    /// Whether neither a job nor a container around it has been removed.
    fn is_there(&self, number: usize) -> bool {
        let item = &self.items[number];
        !item.is_removed && item.container.is_none_or(|container| self.is_there(container))
    }

    fn there(&self) -> impl Iterator<Item = usize> {
        (0..self.items.len()).filter(|number| self.is_there(*number))
    }

    /// Whether a dependency, under its word, counts for a job at all.
    fn counts(&self, number: usize, of: &Value) -> bool {
        let item = &self.items[number];
        let is = |wanted: &Value, own: Option<&str>| wanted.is_null() || wanted.as_str() == own;
        is(&of["frequency"], Some(&item.frequency))
            && is(&of["successor_instance"], item.instance.as_deref())
    }

    /// Whether a job, there or not, is one of those that a dependency of another is about.
    fn is_meant(&self, from: usize, of: &Value, target: &str, other: usize) -> bool {
        let (item, other) = (&self.items[from], &self.items[other]);
        let schedule = text(&of["schedule"]).unwrap_or_else(|| item.schedule.clone());
        let is_instance = match of["instance"].as_str() {
            _ if schedule != item.schedule => true,
            None | Some("$this") => item.path == other.path,
            Some("*") => item.container == other.container,
            Some(name) => {
                item.container == other.container && other.instance.as_deref() == Some(name)
            }
        };
        other.schedule == schedule && other.job == target && is_instance
    }

    fn exclude(&mut self) {
        for number in 0..self.items.len() {
            for dependency in self.items[number].depends_on.clone() {
                let of = &dependency["excludes"];
                if !of.is_object() || !self.counts(number, of) {
                    continue;
                }
                for other in 0..self.items.len() {
                    let target = of["job"].as_str().unwrap();
                    let is_itself = self.items[other].path == self.items[number].path
                        && self.items[other].job == self.items[number].job;
                    if self.is_there(number)
                        && !is_itself
                        && self.is_meant(number, of, target, other)
                    {
                        self.items[other].is_removed = true;
                    }
                }
            }
        }
    }

    /// The names of the jobs that a dependency means.
    fn targets(&self, from: usize, of: &Value) -> Vec<String> {
        let name = of["job"].as_str().unwrap();
        let own = self.items[from].schedule.clone();
        let schedule = text(&of["schedule"]).unwrap_or(own);
        if of["job_name_like"] != true {
            return vec![name.to_owned()];
        }
        let all = self.all["schedules"][schedule]["jobs"].as_object().unwrap().keys();
        all.filter(|other| {
            other.len() >= name.len()
                && name.chars().zip(other.chars()).all(|(a, b)| a == '_' || a == b)
        })
        .cloned()
        .collect()
    }

    /// What a job waits for by one of its dependencies, and what of that is not there.
    fn others(&self, from: usize, of: &Value) -> (Vec<usize>, Vec<String>) {
        let (mut here, mut elsewhere) = (Vec::new(), Vec::new());
        let offset = of["offset_days"].as_i64().unwrap_or(0);
        let own = &self.items[from].schedule;
        for target in self.targets(from, of) {
            let found: Vec<usize> = self
                .there()
                .filter(|other| *other != from && self.is_meant(from, of, &target, *other))
                .collect();
            if offset != 0 || found.is_empty() {
                let schedule = of["schedule"].as_str().unwrap_or(own);
                elsewhere.push(format!("{schedule}.{target}{offset:+}"));
            } else {
                here.extend(found);
            }
        }
        (here, elsewhere)
    }

    /// The dependencies that count: place, word, settings.
    fn dependencies(&self, number: usize) -> Vec<(usize, String, Value)> {
        let all = self.items[number].depends_on.iter().enumerate().map(|(place, each)| {
            let (word, of) = each.as_object().unwrap().iter().next().unwrap();
            (place, word.clone(), of.clone())
        });
        all.filter(|(_, word, of)| word != "excludes" && self.counts(number, of)).collect()
    }

    /// Again and again over all jobs, until nothing new is known.
    fn expect(&mut self) {
        loop {
            let before =
                self.items.iter().map(|item| (item.expected, item.end)).collect::<Vec<_>>();
            for number in 0..self.items.len() {
                if self.is_there(number) {
                    self.items[number].expected = self.expected_start(number);
                    self.items[number].end = self.expected_end(number);
                }
            }
            if self.items.iter().map(|item| (item.expected, item.end)).eq(before) {
                return;
            }
        }
    }

    fn expected_start(&self, number: usize) -> Option<Timestamp> {
        let item = &self.items[number];
        let mut start = item.start;
        if let Some(container) = item.container {
            start = start.max(self.items[container].expected?);
        }
        for (_, word, of) in self.dependencies(number) {
            let (here, elsewhere) = self.others(number, &of);
            if word == "requires" && of["offset_days"].is_null() && !elsewhere.is_empty() {
                return None;
            }
            for other in here.into_iter().filter(|_| word != "conflict") {
                start = start.max(self.items[other].end?);
            }
        }
        Some(start)
    }

    fn expected_end(&self, number: usize) -> Option<Timestamp> {
        let item = &self.items[number];
        let last = item.further.last().copied().unwrap_or(item.start).max(item.expected?);
        let mut end = last + SignedDuration::from_mins(item.minutes);
        for inner in self.there() {
            if self.items[inner].container == Some(number) {
                end = end.max(self.items[inner].end?);
            }
        }
        Some(end)
    }

    /// The day in lines, in the order of the text.
    pub(super) fn lines(&self) -> BTreeSet<String> {
        let mut lines = BTreeSet::new();
        for number in self.there() {
            let (id, item) = (self.id(number), &self.items[number]);
            lines.insert(format!(
                "{id}: use {}, start {}, further {:?}, latest {:?}, expected {:?} to {:?}",
                item.use_index, item.start, item.further, item.latest, item.expected, item.end
            ));
            for (place, word, of) in self.dependencies(number) {
                let how = match (word.as_str(), of["condition"].as_str()) {
                    ("conflict", _) => word,
                    (_, condition) => format!("{word} {}", condition.unwrap_or("finished_ok")),
                };
                let (here, elsewhere) = self.others(number, &of);
                let here = here.into_iter().map(|other| self.id(other));
                let others = here.chain(elsewhere.into_iter().map(|other| format!("? {other}")));
                lines.extend(others.map(|other| format!("{id}: {how} [{place}] {other}")));
            }
        }
        let removed = (0..self.items.len()).filter(|number| !self.is_there(*number));
        let names = removed.filter(|number| self.items[*number].copy == 0).map(|number| {
            let item = &self.items[number];
            format!("{}.{}", item.schedule, item.job)
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        lines.insert(format!("removed: {names:?}"));
        lines
    }
}

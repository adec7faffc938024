//! Definitions of any size for the no-op agent.

use std::fmt::Write as _;

use super::no_op::APPLICATION;

/// Jobs of a schedule.
pub(super) const SCHEDULE: usize = 500;
/// Jobs of a schedule that have nothing before them: as many can run at the same time.
const WIDTH: usize = 25;

/// Schedules of [`SCHEDULE`] jobs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// What the names of the schedules begin with.
    pub(super) prefix: &'static str,
    /// How many there are.
    pub(super) schedules: usize,
    /// When their days begin, in minutes after midnight, UTC.
    pub(super) start: u32,
    /// Minutes over which the starts of the schedules are spread.
    pub(super) spread: u32,
    /// Instances of each of them on a day; 0 for schedules without any.
    pub(super) instances: usize,
    /// Whether each job but the first ones waits for two others.
    pub(super) has_dependencies: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self { prefix: "", schedules: 1, start: 0, spread: 0, instances: 0, has_dependencies: true }
    }
}

/// The definitions as JSON.
pub(super) fn json(plans: &[Plan]) -> String {
    let mut text = format!(
        r#"{{"options": {{"time_zone": "UTC"}},
        "frequencies": {{"Daily": {{"when": {{"all_weeks": {{"day_type": "any",
            "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}}}}}}}},
        "agents": {{"A": {{"connection": {{"plug_in": {{"integration": "{APPLICATION}"}}}}, "max_jobs": 10000}}}},
        "schedules": {{"#
    );
    let mut is_first = true;
    for plan in plans {
        for number in 0..plan.schedules {
            if !std::mem::take(&mut is_first) {
                text.push(',');
            }
            schedule(&mut text, plan, number);
        }
    }
    text.push_str("}}");
    text
}

/// The name of a schedule.
pub(super) fn name(prefix: &str, number: usize) -> String {
    format!("{prefix}{number:04}")
}

fn schedule(text: &mut String, plan: &Plan, number: usize) {
    let name = name(plan.prefix, number);
    let share = |of: u32| of as usize * number / plan.schedules;
    let start = plan.start as usize + share(plan.spread);
    let (hour, minute) = (start / 60, start % 60);
    let _ = write!(text, r#""{name}": {{"start_time": "{hour:02}:{minute:02}", "#);
    if plan.instances > 0 {
        let names: Vec<String> =
            (1..=plan.instances).map(|instance| format!(r#""{instance}""#)).collect();
        let names = names.join(", ");
        let _ = write!(text, r#""multi_instance": true, "instances": {{"named": [{names}]}}, "#);
    }
    text.push_str(r#""jobs": {"#);
    for job in 0..SCHEDULE {
        if job > 0 {
            text.push(',');
        }
        let _ = write!(
            text,
            r#""Job {job:04}": {{"run": {{"plug_in": {{"integration": "{APPLICATION}", "task_type": "no_op"}}}},
            "runs_on": {{"agents": ["A"]}}, "frequencies": [{{"use": "Daily"}}]"#
        );
        if plan.has_dependencies && job >= WIDTH {
            let (one, other) = (job - WIDTH, job - 1 - job % WIDTH);
            let _ = write!(
                text,
                r#", "depends_on": [{{"requires": {{"job": "Job {one:04}"}}}}, {{"after": {{"job": "Job {other:04}"}}}}]"#
            );
        }
        text.push('}');
    }
    text.push_str("}}");
}

//! What a forecast says about waiting that has no end, or whose end it does not know.

use jiff::ToSpan;
use scheduler_core::dependency::OffsetRule;
use scheduler_core::model::{JobId, Model};
use scheduler_core::plan::{DailyJob, DailyJobId, Edge, Elsewhere, Other, Plan, Wait};

/// Why a job waits for ever, or for something of a later date; usually nothing.
pub(super) fn waits(
    model: &Model,
    plan: &Plan,
    (id, daily): (DailyJobId, &DailyJob),
) -> Vec<String> {
    let is_endless = plan.expected_start(id).is_none();
    let mut found: Vec<String> =
        plan.edges(id).iter().filter_map(|edge| of_edge(model, plan, edge, is_endless)).collect();
    found.dedup();
    if is_endless && found.is_empty() {
        let container = plan.schedule_of(daily).parent.map(|parent| plan.job(parent));
        found.push(match container {
            Some(container) => endless(&name(model, container.job)),
            None => "waits for ever".to_owned(),
        });
    }
    found
}

fn of_edge(model: &Model, plan: &Plan, edge: &Edge, is_endless: bool) -> Option<String> {
    if edge.wait == Wait::Conflict {
        return None;
    }
    match edge.other {
        Other::Here(other) => {
            let is_open = is_endless && plan.expected_end(other).is_none();
            is_open.then(|| endless(&name(model, plan.job(other).job)))
        }
        Other::Elsewhere { job, offset, what } => {
            let name = name(model, job) + &of_date(model, plan, offset);
            match (what, edge.wait) {
                (Elsewhere::NotBuilt, Wait::Requires(_)) => {
                    Some(format!("waits for ever: {name} is required and not built"))
                }
                (Elsewhere::NeverEnds, _) => Some(endless(&name)),
                (Elsewhere::Later, _) => Some(format!("waits for {name}, which is later")),
                (Elsewhere::NotBuilt | Elsewhere::NotKnown | Elsewhere::Ends, _) => None,
            }
        }
    }
}

fn endless(other: &str) -> String {
    format!("waits for ever for {other}, which waits too")
}

fn name(model: &Model, job: JobId) -> String {
    format!("`{}`", model.job_name(job).as_str())
}

/// ` of Mon 2026-11-23`, or nothing for the date of the plan.
fn of_date(model: &Model, plan: &Plan, offset: i16) -> String {
    match (offset, model.offset_rule()) {
        (0, _) => String::new(),
        (_, OffsetRule::CalendarDays) => {
            plan.date.saturating_add(offset.days()).strftime(" of %a %Y-%m-%d").to_string()
        }
        (-1, OffsetRule::Occurrence) => " of its last date".to_owned(),
        (1, OffsetRule::Occurrence) => " of its next date".to_owned(),
        (_, OffsetRule::Occurrence) => format!(" of its occurrence {offset:+}"),
    }
}

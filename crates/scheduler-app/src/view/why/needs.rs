//! What a job waits for besides time and other jobs: a slot of an agent, values, units, an expression.

use scheduler_core::definition::agent::{Agent, MachineGroup};
use scheduler_core::definition::{Job, Schedule};
use scheduler_core::dependency::Claim;
use scheduler_store::agent_state::{self, AgentState};
use scheduler_store::{WaitKey, attempt, definition, limit};

use super::{JobView, NAMED_MAX, Why};
use crate::body::frequency_use;
use crate::definitions::body;
use crate::error::Result;

/// What a key stands for, and how that is now.
pub(super) async fn key(tx: &mut sql::Tx<'_>, of: &JobView, key: &WaitKey) -> Result<Why> {
    Ok(match key {
        WaitKey::NoAgent => Why::new("it names no agent that could take it"),
        WaitKey::Agent(name) => agent(tx, name).await?,
        WaitKey::FirstOf(names) => {
            let text = format!("none of the agents `{}` can take it", names.join("`, `"));
            Why { text, because: agents(tx, names).await? }
        }
        WaitKey::Group(name) => {
            let text = format!("no agent of the group `{name}` can take it");
            let members = members(tx, name).await?;
            Why { text, because: agents(tx, &members).await? }
        }
        WaitKey::Threshold(name) => threshold(tx, of, name).await?,
        WaitKey::Resource(name) => resource(tx, of, name).await?,
        WaitKey::Schedule | WaitKey::Pause | WaitKey::Fault(_) => {
            Why::new(format!("it waits for {key}"))
        }
    })
}

/// The agent, or agents, of which one must have room first, for a job that waits for nothing else.
pub(super) async fn agent_of(tx: &mut sql::Tx<'_>, of: &JobView) -> Result<Option<Why>> {
    match &of.job.waits_for {
        Some(waited @ (WaitKey::Agent(_) | WaitKey::FirstOf(_) | WaitKey::Group(_))) => {
            Ok(Some(key(tx, of, waited).await?))
        }
        _ => Ok(None),
    }
}

/// What must be true before it starts.
pub(super) async fn expressions(tx: &mut sql::Tx<'_>, of: &JobView) -> Result<Vec<Why>> {
    let Some(job) = defined(tx, of.job.definition_id).await? else { return Ok(Vec::new()) };
    let schedule: Option<Schedule> = definition_of(tx, of.schedule.definition_id).await?;
    let of_use = schedule
        .as_ref()
        .and_then(|schedule| frequency_use(&job, schedule, of.job.use_index))
        .and_then(|each| each.expression.as_deref());
    let all = job.expression.iter().chain(of_use);
    Ok(all.map(|each| Why::new(format!("`{}` must be true", each.as_str()))).collect())
}

async fn agents(tx: &mut sql::Tx<'_>, names: &[String]) -> Result<Vec<Why>> {
    let mut all = Vec::new();
    for name in names.iter().take(NAMED_MAX) {
        all.push(agent(tx, name).await?);
    }
    if names.len() > NAMED_MAX {
        all.push(Why::new(format!("and {} more agents", names.len() - NAMED_MAX)));
    }
    Ok(all)
}

async fn agent(tx: &mut sql::Tx<'_>, name: &str) -> Result<Why> {
    let Some(state) = agent_state::one(tx, name).await? else {
        return Ok(Why::new(format!("there is no agent `{name}` any more")));
    };
    let found = definition::current_one(tx, "agent", "", name).await?;
    let defined: Option<Agent> = found.as_ref().map(body).transpose()?;
    let mut why = Why::new(can_take(&state, defined.map_or(0, |defined| defined.max_jobs)));
    let lost = attempt::count_lost(tx, Some(name)).await?;
    if lost > 0 {
        why.because.push(Why::new(format!(
            "{lost} of its jobs keep their slots and nobody knows what has become of them: `ringmaster job list --says lost`; \
             look there, and mark them"
        )));
    }
    Ok(why)
}

/// Why an agent takes no job now.
fn can_take(state: &AgentState, max_jobs: u32) -> String {
    let name = &state.agent;
    let why = match state.why.as_str() {
        "" => String::new(),
        why => format!(": {why}"),
    };
    match (state.communication.as_str(), state.status.as_str()) {
        ("disabled", _) => {
            format!(
                "communication with the agent `{name}` is disabled; `ringmaster agent communication {name} full` enables it"
            )
        }
        ("limited", _) => {
            format!(
                "the agent `{name}` has limited communication: its jobs are followed, none is started; `ringmaster agent \
                 communication {name} full` lets them start"
            )
        }
        (_, "not_responding") => format!("the agent `{name}` does not respond{why}"),
        (_, "waiting") => format!("the agent `{name}` has not answered yet{why}"),
        _ if max_jobs > 0 && state.running >= i64::from(max_jobs) => {
            format!("all {max_jobs} slots of the agent `{name}` are taken")
        }
        _ => format!("the agent `{name}` can take it; it is tested again within a moment"),
    }
}

async fn members(tx: &mut sql::Tx<'_>, group: &str) -> Result<Vec<String>> {
    let found = definition::current_one(tx, "machine_group", "", group).await?;
    let group: Option<MachineGroup> = found.as_ref().map(body).transpose()?;
    let agents = group.map(|group| group.agents).unwrap_or_default();
    Ok(agents.iter().map(ToString::to_string).collect())
}

async fn threshold(tx: &mut sql::Tx<'_>, of: &JobView, name: &str) -> Result<Why> {
    let now = limit::thresholds_now(tx).await?.into_iter().find(|(each, _)| each == name);
    let now = now.map_or_else(
        || "is not defined and counts as 0".to_owned(),
        |(_, value)| format!("is {value}"),
    );
    let job = defined(tx, of.job.definition_id).await?;
    let needs =
        job.iter().flat_map(|job| &job.thresholds).filter(|each| each.threshold.as_str() == name);
    let needs: Vec<String> =
        needs.map(|each| format!("{} {}", each.operator.sign(), each.value)).collect();
    Ok(Why::new(format!(
        "the threshold `{name}` {now}; it needs {}: a job or an event changes it, or `ringmaster threshold set`",
        needs.join(" and ")
    )))
}

async fn resource(tx: &mut sql::Tx<'_>, of: &JobView, name: &str) -> Result<Why> {
    let now = limit::resources_now(tx).await?.into_iter().find(|each| each.resource == name);
    let job = defined(tx, of.job.definition_id).await?;
    let needs =
        job.iter().flat_map(|job| &job.resources).filter(|each| each.resource.as_str() == name);
    let needs: Vec<String> = needs.map(|each| units(each.take)).collect();
    let (used, maximum, lock) =
        now.map_or((0, 0, None), |now| (now.used, now.maximum, now.lock_job_id));
    let mut why = Why::new(format!(
        "of the resource `{name}` {used} of {maximum} units are in use; it needs {}",
        needs.join(" and ")
    ));
    if let Some(owner) = lock.filter(|owner| *owner != of.job.id) {
        let owner = super::view(tx, owner).await.map(|owner| super::name(&owner));
        why.because.extend(
            owner.ok().map(|owner| Why::new(format!("`{owner}` waits for all of it first"))),
        );
    }
    Ok(why)
}

fn units(claim: Claim) -> String {
    match claim {
        Claim::Units(units) => units.to_string(),
        Claim::All => "all of them".to_owned(),
    }
}

async fn defined(tx: &mut sql::Tx<'_>, id: i64) -> Result<Option<Job>> {
    definition_of(tx, id).await
}

async fn definition_of<T: serde::de::DeserializeOwned>(
    tx: &mut sql::Tx<'_>,
    id: i64,
) -> Result<Option<T>> {
    let rows = definition::by_ids(tx, &sql::id_list([id])).await?;
    rows.first().map(body).transpose()
}

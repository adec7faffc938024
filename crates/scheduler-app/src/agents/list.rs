//! Agents and integrations as operators see them.

use connector::Info;
use jiff::Timestamp;
use scheduler_core::action::Privilege;
use scheduler_core::definition::agent::{Agent, Connection, MachineGroup};
use scheduler_store::{agent_state, definition};
use url::{Host, Url};

use super::plugged::IntegrationEntry;
use crate::batch_users::named_by_agent;
use crate::definitions::body;
use crate::error::Result;
use crate::{App, Caller};

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentEntry {
    /// Its name.
    pub name: String,
    /// Its type: AsyscoAMT, Command, or the name of an integration.
    pub integration: String,
    /// Whether an integration of that type is installed in this process.
    pub is_installed: bool,
    /// What it may do: `full`, `limited` or `disabled`.
    pub communication: String,
    /// How it is: `communicating`, `waiting` (for its first answer) or `not_responding`; `disabled` where it is not asked.
    pub status: String,
    /// Why it is so; empty while all is well.
    pub why: String,
    /// Since when it is so.
    pub since: Timestamp,
    /// When it is asked again; none where it is disabled.
    pub asked_again_at: Option<Timestamp>,
    /// Jobs that occupy a slot.
    pub running: i64,
    /// Jobs at the same time; 0 for no limit.
    pub max_jobs: u32,
    /// Whether operators may kill jobs on it.
    pub allows_kill: bool,
    /// The batch user that it logs on with.
    pub batch_user: Option<String>,
    /// The machine groups that it is in.
    pub groups: Vec<String>,
    /// What operators should know though it can be used.
    pub warnings: Vec<String>,
}

/// All agents in the order of their definitions.
///
/// # Errors
/// [`crate::Error::Forbidden`], or the database could not be read.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<AgentEntry>> {
    caller.must("list agents", &[Privilege::Machines])?;
    let (agents, groups, states) = app
        .db()
        .read(|tx| {
            Box::pin(async move {
                Ok::<_, sql::Error>((
                    definition::current_of(tx, "agent").await?,
                    definition::current_of(tx, "machine_group").await?,
                    agent_state::all(tx).await?,
                ))
            })
        })
        .await?;
    let groups: Vec<(String, MachineGroup)> =
        groups.iter().map(|row| Ok((row.name.clone(), body(row)?))).collect::<Result<_>>()?;
    let installed = app.connectors().infos();
    let mut entries = Vec::with_capacity(agents.len());
    for row in agents {
        let agent: Agent = body(&row)?;
        // Agents have their state from the same transaction as their definition.
        let Some(state) = states.iter().find(|state| state.agent == row.name) else { continue };
        entries.push(entry(row.name, &agent, state, &groups, &installed)?);
    }
    Ok(entries)
}

fn entry(
    name: String,
    agent: &Agent,
    state: &agent_state::AgentState,
    groups: &[(String, MachineGroup)],
    installed: &[Info],
) -> Result<AgentEntry> {
    let is_member = |group: &MachineGroup| group.agents.iter().any(|each| each.as_str() == name);
    let groups = groups.iter().filter(|(_, group)| is_member(group));
    let kind = agent.connection.agent_type();
    let mut warnings: Vec<String> = clear_text(&agent.connection).into_iter().collect();
    let mut why = state.why.clone();
    if state.status == "communicating" && !why.is_empty() {
        // What it says itself is more exact.
        warnings = vec![std::mem::take(&mut why)];
    }
    let is_disabled = state.communication == "disabled";
    let time = |micros| sql::from_micros("agent_state", "since", micros);
    Ok(AgentEntry {
        groups: groups.map(|(name, _)| name.clone()).collect(),
        integration: kind.to_owned(),
        is_installed: installed.iter().any(|info| info.applications.iter().any(|of| of == kind)),
        communication: state.communication.clone(),
        status: if is_disabled { "disabled".to_owned() } else { state.status.clone() },
        why,
        since: time(state.since)?,
        asked_again_at: state.due_at.filter(|_| !is_disabled).map(time).transpose()?,
        running: state.running,
        max_jobs: agent.max_jobs,
        allows_kill: agent.allow_kill,
        batch_user: named_by_agent(&agent.connection).map(ToOwned::to_owned),
        warnings,
        name,
    })
}

/// The warning for passwords that others can read on their way. It stands there before the agent has ever answered.
fn clear_text(connection: &Connection) -> Option<String> {
    let Connection::AsyscoAmt(settings) = connection else { return None };
    let url = Url::parse(&settings.batch_server_url).ok()?;
    let is_here = match url.host()? {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    let host = url.host_str().unwrap_or_default();
    (url.scheme() == "http" && !is_here).then(|| {
        format!("passwords and tokens go to {host} in clear text; use https in batch_server_url")
    })
}

/// The integrations that are installed in this process and the plug-ins that cannot be used, by name.
///
/// # Errors
/// [`crate::Error::Forbidden`].
pub fn integrations(app: &App, caller: &Caller) -> Result<Vec<IntegrationEntry>> {
    caller.must("list integrations", &[Privilege::Machines])?;
    Ok(app.connectors().entries())
}

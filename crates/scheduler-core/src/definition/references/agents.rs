//! Agents, groups of agents and batch users.

use super::Lookup;
use super::lookup::Kind;
use crate::definition::agent::Connection;
use crate::name::BatchUserName;
use crate::path::Path;

pub(super) fn check(lookup: &mut Lookup<'_>) {
    let definitions = lookup.definitions;
    for (name, agent) in definitions.agents.iter() {
        let path = Path::default().field("agents").field(name.as_str()).field("connection");
        match &agent.connection {
            Connection::AsyscoAmt(settings) => {
                let path = path.field("asysco_amt");
                batch_user(
                    lookup,
                    &settings.batch_user,
                    agent.connection.agent_type(),
                    &path.field("batch_user"),
                );
                if settings.poll_seconds_min > settings.poll_seconds_max {
                    lookup.problem(
                        path.field("poll_seconds_min"),
                        "this is more than poll_seconds_max",
                    );
                }
                // What stands in brackets, as `[[@name]]`, is known only when it is used.
                let host = settings.batch_server_url.split('/').nth(2).unwrap_or_default();
                if host.contains('@') && !host.contains("[[") {
                    lookup.problem(
                        path.field("batch_server_url"),
                        "a name and password do not belong into the address: name a batch user",
                    );
                }
                if !["http://", "https://"]
                    .iter()
                    .any(|scheme| settings.batch_server_url.starts_with(scheme))
                    && !settings.batch_server_url.starts_with("[[")
                {
                    lookup.problem(
                        path.field("batch_server_url"),
                        format!(
                            "`{}` does not begin with http:// or https://",
                            core_kit::text::shown(&settings.batch_server_url)
                        ),
                    );
                }
            }
            Connection::Command(settings) => {
                if let Some(user) = &settings.batch_user {
                    batch_user(
                        lookup,
                        user,
                        agent.connection.agent_type(),
                        &path.field("command").field("batch_user"),
                    );
                }
            }
            Connection::PlugIn(_) => {}
        }
    }
    for (name, group) in definitions.machine_groups.iter() {
        let path = Path::default().field("machine_groups").field(name.as_str()).field("agents");
        if group.agents.is_empty() {
            lookup.problem(path.clone(), "a group needs at least one agent");
        }
        let names = group.agents.iter().map(AsRef::as_ref);
        super::instances::each_once(lookup, names, &path);
        let mut first: Option<(&str, &str)> = None;
        for (index, member) in group.agents.iter().enumerate() {
            let path = path.index(index);
            let Some(agent) = lookup.find(&definitions.agents, Kind::Agent, member.as_str(), &path)
            else {
                continue;
            };
            let this = agent.connection.agent_type();
            match first {
                None => first = Some((member.as_str(), this)),
                Some((other, kind)) if kind != this => lookup.problem(
                    path,
                    format!("`{}` is of type {this}, `{other}` of type {kind}: a group holds agents of one type", member.as_str()),
                ),
                Some(_) => {}
            }
        }
    }
    for (name, user) in definitions.batch_users.iter() {
        let path = Path::default().field("batch_users").field(name.as_str()).field("roles");
        for (index, role) in user.roles.iter().enumerate() {
            lookup.find(&definitions.roles, Kind::Role, role.as_str(), &path.index(index));
        }
    }
}

/// A batch user for agents of one type.
pub(super) fn batch_user(
    lookup: &mut Lookup<'_>,
    name: &BatchUserName,
    agent_type: &str,
    path: &Path,
) {
    let definitions = lookup.definitions;
    let Some(user) = lookup.find(&definitions.batch_users, Kind::BatchUser, name.as_str(), path)
    else {
        return;
    };
    if user.target != agent_type {
        let message = format!(
            "the batch user `{}` is for agents of type {}, not {agent_type}",
            name.as_str(),
            core_kit::text::shown(&user.target)
        );
        lookup.problem(path.clone(), message);
    }
}

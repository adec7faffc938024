//! `ringmaster agent`, `ringmaster integration`.

use kit::ExitCode;
use scheduler_api::{Agent, AgentOrder, Done, Integration};

use super::arguments::{AgentArguments, AgentCommand, IntegrationArguments, IntegrationCommand};
use super::client::Client;
use super::output::{Table, answer, print_line};
use super::server::note_pause;
use super::words::segment;
use super::{DONE, block_on};

/// Runs a command about agents.
pub(crate) fn run(arguments: &AgentArguments) -> anyhow::Result<ExitCode> {
    let client = Client::new(&arguments.connection);
    let output = arguments.connection.output;
    match &arguments.command {
        AgentCommand::List => {
            let all: Vec<Agent> = block_on(client.get("/agents"))?;
            let quiet = |all: &Vec<Agent>| all.iter().try_for_each(|agent| print_line(&agent.name));
            answer(output, &all, |all| show(all), quiet)?;
        }
        AgentCommand::Communication { agent, communication, reason } => {
            let order = AgentOrder { communication: communication.asked(), reason: reason.clone() };
            let path = format!("/agents/{}/communication", segment(agent));
            let done: Done = block_on(client.post(&path, &order))?;
            let table =
                |done: &Done| print_line(&format!("{agent}: communication {}", done.status));
            answer(output, &done, table, |_| Ok(()))?;
        }
    }
    note_pause(&client, output);
    Ok(DONE)
}

/// Runs a command about integrations.
pub(crate) fn integration(arguments: &IntegrationArguments) -> anyhow::Result<ExitCode> {
    let (IntegrationCommand::List, connection) = (&arguments.command, &arguments.connection);
    let all: Vec<Integration> = block_on(Client::new(connection).get("/integrations"))?;
    let quiet = |all: &Vec<Integration>| all.iter().try_for_each(|each| print_line(&each.name));
    let table = |all: &Vec<Integration>| {
        let mut table =
            Table::new(&["INTEGRATION", "VERSION", "AGENT TYPES", "STATUS", "FROM", "WHY"]);
        for each in all {
            let from = match each.place.as_deref() {
                None => "built in".to_owned(),
                Some(place) => format!("plug-ins/{place}"),
            };
            table.row([
                each.name.clone(),
                each.version.clone(),
                each.applications.join(", "),
                each.status.clone(),
                from,
                each.why.clone(),
            ]);
        }
        table.print("there is no integration")
    };
    answer(connection.output, &all, table, quiet)?;
    Ok(DONE)
}

fn show(all: &[Agent]) -> anyhow::Result<()> {
    let mut table =
        Table::new(&["AGENT", "TYPE", "STATUS", "COMMUNICATION", "RUNNING", "GROUPS", "WHY"]);
    for agent in all {
        let most =
            if agent.max_jobs == 0 { String::new() } else { format!(" of {}", agent.max_jobs) };
        table.row([
            agent.name.clone(),
            agent.integration.clone(),
            agent.status.replace('_', " "),
            agent.communication.clone(),
            format!("{}{most}", agent.running),
            agent.groups.join(", "),
            agent.why.clone(),
        ]);
    }
    table.print("no agent is defined")?;
    let warnings =
        all.iter().flat_map(|agent| agent.warnings.iter().map(move |text| (agent, text)));
    for (agent, text) in warnings {
        crate::texts::say(&format!("warning: {}: {text}", agent.name));
    }
    Ok(())
}

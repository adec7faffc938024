//! `ringmaster agent`.

use kit::ExitCode;
use scheduler_api::Agent;

use super::arguments::{AgentArguments, AgentCommand};
use super::client::Client;
use super::output::{Table, answer, print_line};
use super::{DONE, block_on};

/// Runs a command about agents.
pub(crate) fn run(arguments: &AgentArguments) -> anyhow::Result<ExitCode> {
    let client = Client::new(&arguments.connection);
    match &arguments.command {
        AgentCommand::List => {
            let all: Vec<Agent> = block_on(client.get("/agents"))?;
            let quiet = |all: &Vec<Agent>| all.iter().try_for_each(|agent| print_line(&agent.name));
            answer(arguments.connection.output, &all, |all| show(all), quiet)?;
        }
    }
    Ok(DONE)
}

fn show(all: &[Agent]) -> anyhow::Result<()> {
    let mut table = Table::new(&["AGENT", "STATUS", "COMMUNICATION", "RUNNING", "WHY"]);
    for agent in all {
        table.row([
            agent.name.clone(),
            agent.status.clone(),
            agent.communication.clone(),
            agent.running.to_string(),
            agent.why.clone(),
        ]);
    }
    table.print("no agent is defined")
}

//! `ringmaster property`.

use kit::ExitCode;
use scheduler_api::{Done, Property, SetProperty};

use super::arguments::{OfProperty, PropertyArguments, PropertyCommand};
use super::client::Client;
use super::output::{Table, answer, print_line};
use super::words::segment;
use super::{DONE, block_on};

/// Runs a command about properties.
pub(crate) fn run(arguments: &PropertyArguments) -> anyhow::Result<ExitCode> {
    let client = Client::new(&arguments.connection);
    let output = arguments.connection.output;
    match &arguments.command {
        PropertyCommand::List { of } => {
            let path = format!("/properties{}", asked(of, None));
            let all: Vec<Property> = block_on(client.get(&path))?;
            let quiet =
                |all: &Vec<Property>| all.iter().try_for_each(|each| print_line(&each.name));
            let is_daily = of.schedule.is_some() || of.job.is_some();
            answer(output, &all, |all| show(all, is_daily), quiet)?;
        }
        PropertyCommand::Set { name, value, reason, of } => {
            let value = match value {
                Some(value) => value.clone(),
                None => crate::password::read()?.expose().to_owned(),
            };
            let body = SetProperty { value, reason: reason.clone() };
            let path = format!("/properties/{}{}", segment(name), asked(of, None));
            let done: Done = block_on(client.put(&path, &body))?;
            answer(
                output,
                &done,
                |done| print_line(&format!("{name}: {}", done.status)),
                |_| Ok(()),
            )?;
        }
        PropertyCommand::Delete { name, reason, of } => {
            let path = format!("/properties/{}{}", segment(name), asked(of, reason.as_deref()));
            let done: Done = block_on(client.delete(&path))?;
            answer(
                output,
                &done,
                |done| print_line(&format!("{name}: {}", done.status)),
                |_| Ok(()),
            )?;
        }
    }
    Ok(DONE)
}

/// Whose properties are meant, as the API is asked for them, and why.
fn asked(of: &OfProperty, reason: Option<&str>) -> String {
    let pairs = [
        reason.map(|reason| format!("reason={}", segment(reason))),
        of.agent.as_ref().map(|agent| format!("agent={}", segment(agent))),
        of.schedule.as_ref().map(|schedule| format!("schedule={}", segment(schedule))),
        of.job
            .as_ref()
            .map(|of| format!("schedule={}&job={}", segment(&of.schedule), segment(&of.job))),
        of.day.date.map(|date| format!("date={date}")),
    ];
    let pairs: Vec<String> = pairs.into_iter().flatten().collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

fn show(all: &[Property], is_daily: bool) -> anyhow::Result<()> {
    let mut table = Table::new(&["PROPERTY", "VALUE", "FROM"]);
    for each in all {
        let value = match &each.value {
            Some(value) => value.clone(),
            None if each.has_value => "(encrypted)".to_owned(),
            None => "(encrypted, missing)".to_owned(),
        };
        let from = match (each.is_set, each.is_defined) {
            (true, true) => "set here, over the definitions",
            (true, false) => "set here",
            // From its build or from somebody since: nothing says which.
            _ if is_daily => "its day",
            (false, _) => "definitions",
        };
        table.row([each.name.clone(), value, from.to_owned()]);
    }
    table.print("there are no properties")
}

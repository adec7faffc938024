//! The scheduler's side for tests that kill it: `starts_jobs FOLDER RUNNER PROGRAM COUNT` starts `PROGRAM <key>` under the keys
//! `c-0`, `c-1` …, and then waits to be killed.

use std::path::PathBuf;

use connector::{Connector as _, StartTask, Target};
use connector_command::{APPLICATION, COMMAND, CommandConnector, Options};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("FOLDER RUNNER PROGRAM COUNT are needed");
    let (folder, runner) = (PathBuf::from(argument()?), PathBuf::from(argument()?));
    let (program, count) = (argument()?, argument()?.parse::<u32>()?);
    let connector = CommandConnector::new(Options::new(folder, runner.clone(), runner))?;
    let target = Target {
        agent: "HERE".into(),
        application: APPLICATION.into(),
        settings: serde_json::Map::new(),
        batch_user: None,
    };
    let agent = connector.connect(target).map_err(|problems| format!("{problems:?}"))?;
    for number in 0..count {
        let key = format!("c-{number}");
        let line = format!("{program} {key}").into();
        let started = agent
            .start(StartTask {
                attempt: key.parse()?,
                name: format!("TESTS/{key}"),
                task_type: COMMAND.into(),
                fields: serde_json::Map::from_iter([("line".to_owned(), line)]),
                secrets: Vec::new(),
                batch_user: None,
                variables: indexmap::IndexMap::new(),
            })
            .await;
        println!("{key}: {started:?}");
    }
    std::future::pending().await
}

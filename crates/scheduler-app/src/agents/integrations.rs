//! The connections to agents, each made once for the settings that it has.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use connector::{Connector, Integration, Target};
use scheduler_core::definition::agent::{Agent, Connection};
use scheduler_store::definition;
use serde_json::{Map, Value};

use crate::App;
use crate::definitions::body;
use crate::error::Result;

/// The connectors of this process, and the connections that they have made.
#[derive(Debug, Default)]
pub struct Connectors {
    all: Vec<Arc<dyn Connector>>,
    made: Mutex<HashMap<String, Made>>,
}

#[derive(Debug)]
struct Made {
    /// The number of the agent's definition; another one has other settings.
    definition_id: i64,
    integration: Arc<dyn Integration>,
}

/// Why an agent has no connection. The text says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoIntegration(pub String);

impl Connectors {
    /// These connectors.
    pub fn new(all: Vec<Arc<dyn Connector>>) -> Self {
        Self { all, made: Mutex::default() }
    }

    fn of_application(&self, application: &str) -> Option<&Arc<dyn Connector>> {
        self.all
            .iter()
            .find(|each| each.info().applications.iter().any(|known| known == application))
    }
}

impl App {
    /// The connection to an agent.
    pub(crate) async fn integration(
        &self,
        agent: &str,
    ) -> Result<Result<Arc<dyn Integration>, NoIntegration>> {
        let name = agent.to_owned();
        let row = self
            .db()
            .read(|tx| {
                Box::pin(async move { definition::current_one(tx, "agent", "", &name).await })
            })
            .await?;
        let Some(row) = row else {
            return Ok(Err(NoIntegration(format!("there is no agent `{agent}` any more"))));
        };
        let connectors = self.connectors();
        let known = |made: &HashMap<String, Made>| {
            let made = made.get(agent).filter(|made| made.definition_id == row.id);
            made.map(|made| Arc::clone(&made.integration))
        };
        if let Some(found) = known(&connectors.made.lock().unwrap_or_else(PoisonError::into_inner))
        {
            return Ok(Ok(found));
        }
        let definition: Agent = body(&row)?;
        let made = connect(connectors, agent, &definition);
        if let Ok(integration) = &made {
            let integration = Arc::clone(integration);
            let mut all = connectors.made.lock().unwrap_or_else(PoisonError::into_inner);
            all.insert(agent.to_owned(), Made { definition_id: row.id, integration });
        }
        Ok(made)
    }
}

fn connect(
    connectors: &Connectors,
    agent: &str,
    definition: &Agent,
) -> Result<Arc<dyn Integration>, NoIntegration> {
    let application = definition.connection.agent_type();
    let connector = connectors.of_application(application).ok_or_else(|| {
        NoIntegration(format!(
            "no integration for agents of the type {application} is installed here"
        ))
    })?;
    let target = Target {
        agent: agent.to_owned(),
        application: application.to_owned(),
        settings: settings(&definition.connection),
        batch_user: None,
    };
    connector.connect(target).map_err(|problems| {
        let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
        NoIntegration(format!(
            "the settings of the agent `{agent}` are wrong: {}",
            texts.join("; ")
        ))
    })
}

/// What the form of the settings asks for.
fn settings(connection: &Connection) -> Map<String, Value> {
    let fields = match connection {
        Connection::AsyscoAmt(settings) => serde_json::to_value(settings),
        Connection::Command(settings) => serde_json::to_value(settings),
        Connection::PlugIn(plug_in) => return plug_in.settings.clone(),
    };
    match fields {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => Map::new(),
    }
}

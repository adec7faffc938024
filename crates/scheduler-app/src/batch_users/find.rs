//! Which batch user an agent or a job names, and what it logs on with.

use connector::BatchUser;
use kit::Secret;
use scheduler_core::definition::BatchUser as Definition;
use scheduler_core::definition::agent::Connection;
use scheduler_core::definition::run::Run;
use scheduler_core::name::BatchUserName;
use scheduler_store::definition;
use scheduler_store::secret::{self, Sealed};
use serde_json::{Map, Value};

use crate::App;
use crate::definitions::body;
use crate::error::Result;

/// The field of a plug-in's settings that names a batch user.
const FIELD: &str = "batch_user";
/// The kind of agents whose batch users are users of an operating system.
const COMMAND: &str = "Command";

/// The batch user that an agent's settings name.
pub(crate) fn named_by_agent(connection: &Connection) -> Option<&str> {
    match connection {
        Connection::AsyscoAmt(settings) => Some(settings.batch_user.as_str()),
        Connection::Command(settings) => settings.batch_user.as_ref().map(BatchUserName::as_str),
        Connection::PlugIn(plug_in) => in_settings(&plug_in.settings),
    }
}

/// The batch user that a job names, with the kind of agents that it must be for.
pub(crate) fn named_by_run(run: &Run) -> Option<(&str, &str)> {
    match run {
        Run::Command(run) => run.batch_user.as_ref().map(|user| (user.as_str(), COMMAND)),
        Run::AmtConnector(run) => run.user_id.as_ref().map(|user| (user.as_str(), COMMAND)),
        Run::PlugIn(run) => in_settings(&run.settings).map(|user| (user, run.integration.as_str())),
        Run::NullJob | Run::Container(_) | Run::AmtBatchJob(_) | Run::AmtScript(_) => None,
    }
}

/// A job with another batch user; none for one that runs under that of its agent.
pub(crate) fn with_user(run: &Run, user: &BatchUserName) -> Option<Run> {
    let mut other = run.clone();
    match &mut other {
        Run::Command(run) => run.batch_user = Some(user.clone()),
        Run::AmtConnector(run) => run.user_id = Some(user.clone()),
        // Only one that names a batch user is known to take one.
        Run::PlugIn(run) => {
            in_settings(&run.settings)?;
            run.settings.insert(FIELD.to_owned(), Value::from(user.as_str()));
        }
        Run::NullJob | Run::Container(_) | Run::AmtBatchJob(_) | Run::AmtScript(_) => return None,
    }
    Some(other)
}

fn in_settings(settings: &Map<String, Value>) -> Option<&str> {
    settings.get(FIELD).and_then(Value::as_str).filter(|name| !name.is_empty())
}

/// A batch user as it is stored now.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    name: String,
    /// With the number of its row.
    definition: Option<(i64, Definition)>,
    secret: Option<Sealed>,
}

/// What a batch user logs on with.
pub(crate) async fn login(tx: &mut sql::Tx<'_>, name: &str) -> Result<Login> {
    let row = definition::current_one(tx, "batch_user", "", name).await?;
    let definition = row.map(|row| Ok::<_, crate::Error>((row.id, body(&row)?))).transpose()?;
    let secret = secret::one(tx, secret::BATCH_USER, name).await?;
    Ok(Login { name: name.to_owned(), definition, secret })
}

impl Login {
    /// Differs when another user or another password counts, and not when the same one was sealed anew.
    pub(crate) fn stamp(&self) -> (i64, i64, i64) {
        let definition = self.definition.as_ref().map_or(0, |(id, _)| *id);
        self.secret
            .as_ref()
            .map_or((definition, 0, 0), |secret| (definition, secret.changed_at, secret.version))
    }

    /// What is given to an integration of a kind, or why there is nothing to give. The text says what to do.
    pub(crate) fn open(&self, app: &App, kind: &str) -> std::result::Result<BatchUser, String> {
        let name = &self.name;
        let Some((_, definition)) = &self.definition else {
            return Err(format!(
                "the batch user `{name}` is not defined; add it to the definitions"
            ));
        };
        if definition.target != kind {
            return Err(format!(
                "the batch user `{name}` is for agents of type {}, not {kind}",
                definition.target
            ));
        }
        let password = match &self.secret {
            Some(secret) => app.unseal(secret)?,
            // The operating system lets some users become others without one.
            None if kind == COMMAND => Secret::new(""),
            None => {
                return Err(format!(
                    "the batch user `{name}` has no password; set it with `ringmaster batch-user set-password`"
                ));
            }
        };
        let identifier = definition.identifier.clone().unwrap_or_else(|| name.clone());
        Ok(BatchUser { identifier, password })
    }
}

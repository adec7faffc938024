//! The connections to agents, each made once for the settings that it has.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use connector::{BatchUser, Connector, Info, Integration, Target};
use jiff::{SignedDuration, Timestamp};
use scheduler_core::definition::agent::{Agent, Connection};
use scheduler_store::{agent_state, definition};
use serde_json::{Map, Value};

use super::masked::Masked;
use super::plugged::{IntegrationEntry, IntegrationStatus, Plugs};
use crate::App;
use crate::batch_users::{Login, login, named_by_agent};
use crate::definitions::body;
use crate::error::Result;

/// The connectors of this process, and the connections that they have made.
#[derive(Debug, Default)]
pub struct Connectors {
    /// Those that are built in.
    all: Vec<Arc<dyn Connector>>,
    plugs: Mutex<Plugs>,
    made: Mutex<HashMap<String, Made>>,
    /// How often connectors have come or gone: a connection that was begun before that is not kept.
    changes: AtomicU64,
    /// Connections that were looked up a moment ago.
    recent: Mutex<RecentConnections>,
}

#[derive(Debug, Default)]
struct RecentConnections {
    /// How often they were forgotten: what was read before that counts no more.
    forgotten: u64,
    by_agent: HashMap<String, Recent>,
}

/// A connection whose settings need not be read again for a moment.
#[derive(Debug)]
struct Recent {
    since: Timestamp,
    integration: Arc<dyn Integration>,
}

/// What another process changes of an agent is seen within this time; what this one changes, at once.
const RECENT: SignedDuration = SignedDuration::from_secs(1);

#[derive(Debug)]
struct Made {
    /// The number of the agent's definition; another one has other settings.
    definition_id: i64,
    /// Its batch user, as it was; another password makes another connection.
    user: Option<(i64, i64, i64)>,
    /// The type of the agent.
    application: String,
    integration: Arc<dyn Integration>,
}

/// Why an agent has no connection. The text says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct NoIntegration {
    why: String,
    /// Whether the agent is not there any more; else it may have a connection again.
    is_gone: bool,
}

impl NoIntegration {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_gone: false }
    }

    /// Whether the agent is not there any more.
    pub(crate) fn is_gone(&self) -> bool {
        self.is_gone
    }
}

impl Connectors {
    /// These connectors.
    pub fn new(all: Vec<Arc<dyn Connector>>) -> Self {
        let plugs = Mutex::new(Plugs::new(&all));
        let (made, recent) = (Mutex::default(), Mutex::default());
        Self { all, plugs, made, changes: AtomicU64::default(), recent }
    }

    /// The settings of agents are read again before they are used.
    pub(crate) fn forget_recent(&self) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.forgotten += 1;
        recent.by_agent.clear();
    }

    /// The connection to an agent is made anew: files that its settings name are read again.
    pub(super) fn forget(&self, agent: &str) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).remove(agent);
        self.forget_recent();
    }

    /// A connection that was looked up a moment ago; else what [`Self::remember`] wants to be told.
    fn recent(
        &self,
        agent: &str,
        now: Timestamp,
    ) -> std::result::Result<Arc<dyn Integration>, u64> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was put back makes it old as well.
        let is_recent = |found: &&Recent| now.duration_since(found.since).abs() < RECENT;
        let found = recent.by_agent.get(agent).filter(is_recent);
        found.map(|found| Arc::clone(&found.integration)).ok_or(recent.forgotten)
    }

    fn remember(&self, agent: &str, forgotten: u64, found: Recent) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.forgotten == forgotten {
            recent.by_agent.insert(agent.to_owned(), found);
        }
    }

    fn plugs(&self) -> MutexGuard<'_, Plugs> {
        self.plugs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is plugged in. Connections to agents of the types that this gives back are made anew.
    pub(super) fn change(
        &self,
        change: impl FnOnce(&mut Plugs) -> BTreeSet<String>,
    ) -> BTreeSet<String> {
        let changed = change(&mut self.plugs());
        if !changed.is_empty() {
            let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            self.changes.fetch_add(1, Ordering::Relaxed);
            made.retain(|_, made| !changed.contains(&made.application));
            drop(made);
            self.forget_recent();
        }
        changed
    }

    /// What each of them that can be used is, in the order of their names.
    pub fn infos(&self) -> Vec<Info> {
        let mut infos: Vec<Info> = self.all.iter().map(|each| each.info()).collect();
        infos.extend(self.plugs().connectors().map(|each| each.info()));
        infos.sort_by(|a, b| a.name.cmp(&b.name));
        infos
    }

    /// All of them and the plug-ins that cannot be used, in the order of their names.
    pub fn entries(&self) -> Vec<IntegrationEntry> {
        let built_in = self.all.iter().map(|each| {
            let (info, why) = (each.info(), each.trouble());
            let is_ready = why.is_none();
            IntegrationEntry {
                name: info.name,
                version: info.version,
                applications: info.applications,
                place: None,
                status: if is_ready { IntegrationStatus::Ready } else { IntegrationStatus::Faulty },
                why: why.unwrap_or_default(),
            }
        });
        let mut entries: Vec<IntegrationEntry> = built_in.collect();
        entries.extend(self.plugs().entries());
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        entries
    }

    fn of_application(
        &self,
        application: &str,
    ) -> std::result::Result<Arc<dyn Connector>, NoIntegration> {
        let is_known = |each: &&Arc<dyn Connector>| {
            each.info().applications.iter().any(|of| of == application)
        };
        if let Some(built_in) = self.all.iter().find(is_known) {
            return Ok(Arc::clone(built_in));
        }
        let plugs = self.plugs();
        plugs
            .of_application(application)
            .ok_or_else(|| NoIntegration::new(plugs.missing(application)))
    }
}

impl App {
    /// The connection to an agent.
    pub(crate) async fn integration(
        &self,
        agent: &str,
    ) -> Result<Result<Arc<dyn Integration>, NoIntegration>> {
        let since = self.now();
        let forgotten = match self.connectors().recent(agent, since) {
            Ok(found) => return Ok(Ok(found)),
            Err(forgotten) => forgotten,
        };
        let found = self.integration_now(agent).await?;
        if let Ok(integration) = &found {
            let recent = Recent { since, integration: Arc::clone(integration) };
            self.connectors().remember(agent, forgotten, recent);
        }
        Ok(found)
    }

    /// Whether what an agent runs, runs on the machine of this process: no other process finds it there.
    pub(crate) async fn runs_here(&self, agent: &str) -> Result<bool> {
        let name = agent.to_owned();
        let read = self.db().read(move |tx| {
            let name = name.clone();
            Box::pin(async move { definition::current_one(tx, "agent", "", &name).await })
        });
        let Some(row) = read.await? else { return Ok(false) };
        let agent: Agent = body(&row)?;
        let is_of =
            |info: &Info| info.applications.iter().any(|of| of == agent.connection.agent_type());
        Ok(self.connectors().infos().iter().any(|info| info.is_local && is_of(info)))
    }

    /// The connection to an agent by its settings as they are stored.
    async fn integration_now(
        &self,
        agent: &str,
    ) -> Result<Result<Arc<dyn Integration>, NoIntegration>> {
        let name = agent.to_owned();
        let settings =
            self.db().read(|tx| Box::pin(async move { settings_of(tx, &name).await })).await?;
        let Some(Settings { row_id, definition, is_disabled, user }) = settings else {
            let why = format!("there is no agent `{agent}` any more");
            return Ok(Err(NoIntegration { why, is_gone: true }));
        };
        if is_disabled {
            return Ok(Err(NoIntegration::new(format!(
                "communication with the agent `{agent}` is disabled; an operator can enable it"
            ))));
        }
        let stamp = user.as_ref().map(Login::stamp);
        let connectors = self.connectors();
        let known = |made: &HashMap<String, Made>| {
            let made =
                made.get(agent).filter(|made| made.definition_id == row_id && made.user == stamp);
            made.map(|made| Arc::clone(&made.integration))
        };
        if let Some(found) = known(&connectors.made.lock().unwrap_or_else(PoisonError::into_inner))
        {
            return Ok(Ok(found));
        }
        let changes = connectors.changes.load(Ordering::Relaxed);
        let kind = definition.connection.agent_type();
        let user = user.map(|user| user.open(self, kind)).transpose();
        let made = user
            .map_err(NoIntegration::new)
            .and_then(|user| connect(connectors, agent, &definition, user))
            .map(|integration| -> Arc<dyn Integration> {
                Arc::new(Masked { integration, bodies: self.bodies() })
            });
        let mut all = connectors.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(integration) = &made
            && connectors.changes.load(Ordering::Relaxed) == changes
        {
            let integration = Arc::clone(integration);
            let application = kind.to_owned();
            let connection = Made { definition_id: row_id, user: stamp, application, integration };
            all.insert(agent.to_owned(), connection);
        } else {
            // One of earlier settings is not used any more.
            all.remove(agent);
        }
        Ok(made)
    }
}

/// What a connection is made of, as it is stored now.
struct Settings {
    row_id: i64,
    definition: Agent,
    is_disabled: bool,
    user: Option<Login>,
}

async fn settings_of(tx: &mut sql::Tx<'_>, agent: &str) -> Result<Option<Settings>> {
    let Some(row) = definition::current_one(tx, "agent", "", agent).await? else {
        return Ok(None);
    };
    let definition: Agent = body(&row)?;
    let state = agent_state::one(tx, agent).await?;
    let user = match named_by_agent(&definition.connection) {
        None => None,
        Some(user) => Some(login(tx, user).await?),
    };
    let is_disabled = state.is_some_and(|state| state.communication == "disabled");
    Ok(Some(Settings { row_id: row.id, definition, is_disabled, user }))
}

fn connect(
    connectors: &Connectors,
    agent: &str,
    definition: &Agent,
    batch_user: Option<BatchUser>,
) -> Result<Arc<dyn Integration>, NoIntegration> {
    let application = definition.connection.agent_type();
    let knows = connectors.of_application(application)?;
    let target = Target {
        agent: agent.to_owned(),
        application: application.to_owned(),
        settings: settings(&definition.connection),
        batch_user,
    };
    let limited = |integration| connector::bounded(integration, knows.call_limit());
    knows.connect(target).map(limited).map_err(|problems| {
        let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
        NoIntegration::new(format!(
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

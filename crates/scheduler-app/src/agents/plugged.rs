//! Connectors that come and go while the scheduler runs: what each place of the plug-in folder holds, and who speaks to which type
//! of agents.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use connector::{Connector, Info};
use scheduler_core::definition::agent::Agent;
use scheduler_store::{agent_state, definition};

use crate::App;
use crate::definitions::body;
use crate::error::Result;

/// What is known of a plug-in.
#[derive(Debug, Clone)]
pub enum Plugged {
    /// It is being asked what it is.
    Starting,
    /// It can be used.
    Ready(Arc<dyn Connector>),
    /// It cannot be used, and why; a version of it that could be used before goes on.
    Faulty(String),
}

/// How an integration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntegrationStatus {
    /// It can be used.
    Ready,
    /// It is being asked what it is.
    Starting,
    /// Something is wrong with it.
    Faulty,
}

/// An integration, or a plug-in that is none yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntegrationEntry {
    /// Its name; that of its subfolder where it has not said what it is.
    pub name: String,
    /// Its version; empty where it has not said.
    pub version: String,
    /// The types of agents that it speaks to.
    pub applications: Vec<String>,
    /// Its subfolder in the plug-in folder; none where it is built in.
    pub place: Option<String>,
    /// How it is.
    pub status: IntegrationStatus,
    /// Why it is so; empty while all is well.
    pub why: String,
}

/// What a place holds.
#[derive(Debug, Default)]
struct Slot {
    /// What can be used.
    connector: Option<Arc<dyn Connector>>,
    /// What is wrong with what lies there now; none where that is what can be used.
    fault: Option<String>,
    is_starting: bool,
}

/// The plug-ins of this process.
#[derive(Debug, Default)]
pub(super) struct Plugs {
    /// By subfolder.
    slots: BTreeMap<String, Slot>,
    /// Which subfolder speaks to a type of agents: who came first, as long as it is there.
    owners: BTreeMap<String, String>,
    /// Types that no plug-in can have.
    built_in: BTreeMap<String, String>,
    /// Why the folder cannot be read.
    trouble: Option<String>,
}

impl Plugs {
    pub(super) fn new(built_in: &[Arc<dyn Connector>]) -> Self {
        let infos = built_in.iter().map(|each| each.info());
        let types = infos.flat_map(|info| {
            let name = info.name.clone();
            info.applications.into_iter().map(move |application| (application, name.clone()))
        });
        Self { built_in: types.collect(), ..Self::default() }
    }

    /// Takes note of a plug-in. The types of agents that are spoken to by another connector now, or by none any more.
    fn set(&mut self, place: &str, plugged: Plugged) -> BTreeSet<String> {
        let slot = self.slots.entry(place.to_owned()).or_default();
        slot.is_starting = matches!(plugged, Plugged::Starting);
        match plugged {
            Plugged::Starting => return BTreeSet::new(),
            Plugged::Faulty(why) => {
                slot.fault = Some(why);
                return BTreeSet::new();
            }
            Plugged::Ready(connector) => {
                slot.fault = None;
                if let Some(old) = slot.connector.replace(connector) {
                    old.retire();
                }
            }
        }
        let mut changed = self.own(place);
        changed.extend(self.settle());
        changed.extend(self.own(place));
        changed
    }

    /// Forgets a plug-in. As [`Self::set`].
    fn remove(&mut self, place: &str) -> BTreeSet<String> {
        let mut changed = self.own(place);
        if let Some(old) = self.slots.remove(place).and_then(|slot| slot.connector) {
            old.retire();
        }
        changed.extend(self.settle());
        changed
    }

    /// The types that a place speaks to.
    fn own(&self, place: &str) -> BTreeSet<String> {
        let own = self.owners.iter().filter(|(_, owner)| *owner == place);
        own.map(|(application, _)| application.clone()).collect()
    }

    /// Gives each type that nobody speaks to, to the first who wants it. The types that went to another one.
    fn settle(&mut self) -> BTreeSet<String> {
        let wants = |slot: &Slot, application: &String| {
            let info = slot.connector.as_ref().map(|connector| connector.info());
            info.is_some_and(|info| info.applications.contains(application))
        };
        let slots = &self.slots;
        let mut changed = BTreeSet::new();
        self.owners.retain(|application, owner| {
            let stays = slots.get(owner).is_some_and(|slot| wants(slot, application));
            if !stays {
                changed.insert(application.clone());
            }
            stays
        });
        for (place, slot) in &self.slots {
            let Some(connector) = &slot.connector else { continue };
            for application in connector.info().applications {
                if self.built_in.contains_key(&application)
                    || self.owners.contains_key(&application)
                {
                    continue;
                }
                changed.insert(application.clone());
                self.owners.insert(application, place.clone());
            }
        }
        changed
    }

    /// Who speaks to a type of agents.
    pub(super) fn of_application(&self, application: &str) -> Option<Arc<dyn Connector>> {
        let place = self.owners.get(application)?;
        self.slots.get(place)?.connector.clone()
    }

    /// What is said where nobody speaks to a type.
    pub(super) fn missing(&self, application: &str) -> String {
        let unusable: Vec<String> = self
            .slots
            .iter()
            .filter(|(_, slot)| slot.connector.is_none())
            .map(|(place, slot)| match &slot.fault {
                Some(why) => format!("`{place}` cannot be used: {why}"),
                None => format!("`{place}` is being started"),
            })
            .collect();
        let mut text =
            format!("no integration for agents of the type {application} is installed here");
        if unusable.is_empty() {
            text.push_str("; `ringmaster integration list` shows those that are");
        } else {
            text.push_str("; of the plug-ins, ");
            text.push_str(&unusable.join("; "));
        }
        text
    }

    /// The connectors that can be used.
    pub(super) fn connectors(&self) -> impl Iterator<Item = &Arc<dyn Connector>> {
        self.slots.values().filter_map(|slot| slot.connector.as_ref())
    }

    /// What each of them is.
    pub(super) fn entries(&self) -> Vec<IntegrationEntry> {
        let mut entries: Vec<_> =
            self.slots.iter().map(|(place, slot)| self.entry(place, slot)).collect();
        if let Some(why) = &self.trouble {
            entries.push(IntegrationEntry {
                name: "plug-in folder".to_owned(),
                version: String::new(),
                applications: Vec::new(),
                place: Some(String::new()),
                status: IntegrationStatus::Faulty,
                why: why.clone(),
            });
        }
        entries
    }

    fn entry(&self, place: &str, slot: &Slot) -> IntegrationEntry {
        let info = slot.connector.as_ref().map(|connector| connector.info());
        let mut whys = Vec::new();
        match (&slot.fault, &slot.connector) {
            (Some(why), Some(_)) => {
                whys.push(format!("the one before it is used still, for {why}"));
            }
            (Some(why), None) => whys.push(why.clone()),
            (None, _) => {}
        }
        whys.extend(slot.connector.as_ref().and_then(|connector| connector.trouble()));
        for application in info.iter().flat_map(|info| &info.applications) {
            if let Some(name) = self.built_in.get(application) {
                whys.push(format!(
                    "agents of the type {application} are those of the integration {name}, which is built in"
                ));
            } else if let Some(owner) = self.owners.get(application).filter(|&of| of != place) {
                whys.push(format!(
                    "agents of the type {application} are those of the plug-in `{owner}`; take one of the two away"
                ));
            }
        }
        let status = match (slot.is_starting, whys.is_empty()) {
            (true, _) => IntegrationStatus::Starting,
            (false, true) => IntegrationStatus::Ready,
            (false, false) => IntegrationStatus::Faulty,
        };
        let unknown = || Info {
            name: place.to_owned(),
            version: String::new(),
            applications: Vec::new(),
            task_types: Vec::new(),
            languages: Vec::new(),
            can_find: false,
            can_cancel: false,
            is_local: false,
        };
        let Info { name, version, applications, .. } = info.unwrap_or_else(unknown);
        let place = Some(place.to_owned());
        IntegrationEntry { name, version, applications, place, status, why: whys.join("; ") }
    }
}

/// Takes note of what lies at a place of the plug-in folder. Agents that are spoken to by another connector now are asked at once
/// whether they are there; their jobs are followed, found and started by it from now on. Nothing is started again for that: attempts
/// are known by their keys.
///
/// # Errors
/// The database did not do it; the agents are then asked when they are due.
pub async fn plug(app: &App, place: &str, plugged: Plugged) -> Result<()> {
    let changed = app.connectors().change(|plugs| plugs.set(place, plugged));
    ask_now(app, changed).await
}

/// A place of the plug-in folder is empty now. Its agents are not responding any more; their jobs stay as they are until it is back.
///
/// # Errors
/// As [`plug`].
pub async fn unplug(app: &App, place: &str) -> Result<()> {
    let changed = app.connectors().change(|plugs| plugs.remove(place));
    ask_now(app, changed).await
}

/// Says why the plug-in folder cannot be read; none where it can.
pub fn plug_in_folder(app: &App, trouble: Option<String>) {
    app.connectors().change(|plugs| {
        plugs.trouble = trouble;
        BTreeSet::new()
    });
}

async fn ask_now(app: &App, types: BTreeSet<String>) -> Result<()> {
    if types.is_empty() {
        return Ok(());
    }
    let now = app.now_micros();
    app.db()
        .write(move |tx| {
            let types = types.clone();
            Box::pin(async move {
                let mut agents = Vec::new();
                for row in definition::current_of(tx, "agent").await? {
                    let agent: Agent = body(&row)?;
                    if types.contains(agent.connection.agent_type()) {
                        agents.push(row.name);
                    }
                }
                let agents = sql::text_list(agents.iter().map(String::as_str));
                Ok::<_, crate::Error>(agent_state::ask_now(tx, &agents, now).await?)
            })
        })
        .await?;
    let wakes = app.wakes();
    for wake in [&wakes.heartbeat, &wakes.start, &wakes.watch, &wakes.kill, &wakes.archive] {
        wake.wake();
    }
    Ok(())
}

//! Which agents can take a job, and their slots.

use std::collections::{BTreeMap, BTreeSet};
use std::slice;
use std::sync::Arc;

use scheduler_core::definition::RunsOn;
use scheduler_core::definition::agent::{Agent, MachineGroup};
use scheduler_store::agent_state::{self, AgentState};
use scheduler_store::{WaitKey, definition};

use crate::definitions::body;
use crate::error::Result;

/// All agents with their groups, as they were when they were first needed. No row is locked while jobs are tested: what is found is
/// checked when everything is stored ([`Agents::lock`]), with the rows of those agents locked on which something depends, always in
/// the order of their names. So units of work for other agents never wait for each other.
pub(super) struct Agents {
    all: BTreeMap<String, Slots>,
    defined: Arc<DefinedAgents>,
    /// Agents for which jobs wait because they had no free slot.
    waited_for: BTreeSet<String>,
}

/// Slots of an agent without a limit.
const NO_LIMIT: i64 = 1000;

/// What the definitions say of agents.
#[derive(Debug)]
pub(crate) struct DefinedAgents {
    agents: BTreeMap<String, DefinedAgent>,
    groups: BTreeMap<String, Vec<String>>,
}

#[derive(Debug)]
struct DefinedAgent {
    max_jobs: u32,
    allow_kill: bool,
}

impl DefinedAgents {
    /// Reads the definitions that are current.
    pub(crate) async fn load(tx: &mut sql::Tx<'_>) -> Result<Self> {
        let mut agents = BTreeMap::new();
        for row in definition::current_of(tx, "agent").await? {
            let of: Agent = body(&row)?;
            let of = DefinedAgent { max_jobs: of.max_jobs, allow_kill: of.allow_kill };
            agents.insert(row.name, of);
        }
        let mut groups = BTreeMap::new();
        for row in definition::current_of(tx, "machine_group").await? {
            let group: MachineGroup = body(&row)?;
            let names = group.agents.iter().map(|name| name.as_str().to_owned()).collect();
            groups.insert(row.name, names);
        }
        Ok(Self { agents, groups })
    }
}

struct Slots {
    state: AgentState,
    max_jobs: u32,
    allows_kill: bool,
    /// Slots taken, or given back, by this unit of work.
    more: i64,
    /// Why nothing can be sent to it, as this unit of work has found.
    lost: Option<String>,
}

/// What can be said about a job's agents.
pub(super) enum Choice {
    /// This one has a free slot.
    Agent(String),
    /// None can take it now: who changes this, wakes the job.
    Wait(WaitKey),
}

impl Agents {
    pub(super) async fn load(tx: &mut sql::Tx<'_>, defined: Arc<DefinedAgents>) -> Result<Self> {
        let mut agents = BTreeMap::new();
        for state in agent_state::all(tx).await? {
            let of = defined.agents.get(&state.agent);
            let slots = Slots {
                max_jobs: of.map_or(0, |of| of.max_jobs),
                allows_kill: of.is_some_and(|of| of.allow_kill),
                more: 0,
                lost: None,
                state,
            };
            agents.insert(slots.state.agent.clone(), slots);
        }
        Ok(Self { all: agents, defined, waited_for: BTreeSet::new() })
    }

    /// The agent that takes a job.
    pub(super) fn choose(&self, on: &RunsOn) -> Choice {
        match on {
            RunsOn::Agents(names) => {
                let usable = names.iter().find(|name| self.has_slot(name.as_str()));
                match usable {
                    Some(name) => Choice::Agent(name.as_str().to_owned()),
                    None => Choice::Wait(match names.as_slice() {
                        [] => WaitKey::NoAgent,
                        [only] => WaitKey::Agent(only.as_str().to_owned()),
                        // Whichever of them can be used first.
                        all => WaitKey::FirstOf(
                            all.iter().map(|name| name.as_str().to_owned()).collect(),
                        ),
                    }),
                }
            }
            RunsOn::LeastTasked(group) | RunsOn::EachOf(group) => {
                let members = self.defined.groups.get(group.as_str()).into_iter().flatten();
                let free = members.filter(|name| self.has_slot(name));
                // The highest part of free slots; where there is no limit, the fewest jobs. Of equals the first by its name.
                let best = free.min_by_key(|name| (self.load_of(name), name.as_str()));
                best.map_or_else(
                    || Choice::Wait(WaitKey::Group(group.as_str().to_owned())),
                    |name| Choice::Agent(name.clone()),
                )
            }
            RunsOn::ScheduleInstance => Choice::Wait(WaitKey::NoAgent),
        }
    }

    fn has_slot(&self, name: &str) -> bool {
        self.all.get(name).is_some_and(|slots| {
            slots.lost.is_none() && slots.has_room(&slots.state, slots.more + 1)
        })
    }

    /// Thousandths of its slots that are taken.
    fn load_of(&self, name: &str) -> i64 {
        self.all.get(name).map_or(i64::MAX, |slots| match slots.max_jobs {
            0 => slots.running(),
            max => slots.running() * 1000 / i64::from(max),
        })
    }

    /// Whether jobs on an agent may be killed.
    pub(super) fn allows_kill(&self, name: &str) -> bool {
        self.all.get(name).is_some_and(|slots| slots.allows_kill)
    }

    /// Takes a slot, or gives one back.
    pub(super) fn count(&mut self, name: &str, more: i64) {
        if let Some(slots) = self.all.get_mut(name) {
            slots.more += more;
        }
    }

    /// What waits for an agent may wait for.
    pub(super) fn keys_of(&self, name: &str) -> Vec<WaitKey> {
        let of = |(_, members): &(&String, &Vec<String>)| members.iter().any(|each| each == name);
        let groups = self.defined.groups.iter().filter(of);
        let groups = groups.map(|(group, _)| WaitKey::Group(group.clone()));
        groups.chain([WaitKey::Agent(name.to_owned())]).collect()
    }

    /// How many slots are free for those who wait for agents by this key, whether they can be used now or not; without a limit a
    /// thousand.
    pub(super) fn free_of(&self, waits_for: &WaitKey) -> i64 {
        self.named_by(waits_for).iter().map(|name| self.free(name)).sum()
    }

    fn free(&self, name: &str) -> i64 {
        match self.all.get(name) {
            None => 0,
            Some(slots) if slots.max_jobs == 0 => NO_LIMIT,
            Some(slots) => (i64::from(slots.max_jobs) - slots.running()).max(0),
        }
    }

    /// As [`Agents::free_of`], of agents that can be used.
    pub(super) fn room_for(&self, waits_for: &WaitKey) -> i64 {
        let usable = self.named_by(waits_for).iter().filter(|name| self.has_slot(name));
        usable.map(|name| self.free(name)).sum()
    }

    /// The agents for which a key stands.
    fn named_by<'n>(&'n self, waits_for: &'n WaitKey) -> &'n [String] {
        match waits_for {
            WaitKey::Agent(name) => slice::from_ref(name),
            WaitKey::FirstOf(names) => names,
            WaitKey::Group(name) => self.defined.groups.get(name).map_or(&[], Vec::as_slice),
            WaitKey::NoAgent
            | WaitKey::Threshold(_)
            | WaitKey::Resource(_)
            | WaitKey::Schedule
            | WaitKey::Pause
            | WaitKey::Fault(_) => &[],
        }
    }

    /// Nothing can be sent to an agent.
    pub(super) fn lose(&mut self, name: &str, why: &str) {
        if let Some(slots) = self.all.get_mut(name) {
            slots.lost = Some(why.to_owned());
        }
    }

    /// A job waits for one of these agents.
    pub(super) fn wait_for(&mut self, on: &RunsOn) {
        let names: Vec<String> = match on {
            RunsOn::Agents(names) => names.iter().map(|name| name.as_str().to_owned()).collect(),
            RunsOn::LeastTasked(group) | RunsOn::EachOf(group) => {
                self.defined.groups.get(group.as_str()).cloned().unwrap_or_default()
            }
            RunsOn::ScheduleInstance => Vec::new(),
        };
        self.waited_for.extend(names);
    }

    /// Locks the agents on which something depends, and says whether what was found is so still: agents that were chosen have
    /// room, and none has got room for which jobs wait.
    pub(super) async fn lock(&self, tx: &mut sql::Tx<'_>) -> Result<bool> {
        let is_used = |(name, slots): &(&String, &Slots)| {
            slots.more != 0 || slots.lost.is_some() || self.waited_for.contains(*name)
        };
        let names: Vec<&str> =
            self.all.iter().filter(is_used).map(|(name, _)| name.as_str()).collect();
        if names.is_empty() {
            return Ok(true);
        }
        let rows = agent_state::lock(tx, &sql::text_list(names)).await?;
        let is_chosen = |(_, slots): &(&String, &Slots)| slots.more > 0;
        let is_there = |name: &str| rows.iter().any(|row| row.agent == name);
        if self.all.iter().filter(is_chosen).any(|(name, _)| !is_there(name)) {
            return Ok(false);
        }
        Ok(rows.iter().all(|now| {
            let Some(slots) = self.all.get(&now.agent) else { return true };
            if slots.more > 0 && !slots.has_room(now, slots.more) {
                return false;
            }
            let is_as_seen = now.running == slots.state.running
                && now.status == slots.state.status
                && now.communication == slots.state.communication;
            let has_waiting = slots.lost.is_none() && self.waited_for.contains(&now.agent);
            is_as_seen || !has_waiting || !slots.has_room(now, slots.more + 1)
        }))
    }

    /// Agents to which nothing can be sent, as they were before, and why.
    pub(super) fn lost(&self) -> impl Iterator<Item = (&AgentState, &str)> {
        self.all.values().filter_map(|slots| Some((&slots.state, slots.lost.as_deref()?)))
    }

    /// Slots that were taken or given back.
    pub(super) fn changes(&self) -> impl Iterator<Item = (&str, i64)> {
        self.all
            .iter()
            .filter(|(_, slots)| slots.more != 0)
            .map(|(name, slots)| (name.as_str(), slots.more))
    }
}

impl Slots {
    fn running(&self) -> i64 {
        self.state.running + self.more
    }

    /// Whether an agent in a state can have so many jobs more than it has in that state.
    fn has_room(&self, state: &AgentState, more: i64) -> bool {
        state.communication == "full"
            && state.status == "communicating"
            && (self.max_jobs == 0 || state.running + more <= i64::from(self.max_jobs))
    }
}

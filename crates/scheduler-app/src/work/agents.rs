//! Which agents can take a job, and their slots.

use std::collections::BTreeMap;

use scheduler_core::definition::RunsOn;
use scheduler_core::definition::agent::{Agent, MachineGroup};
use scheduler_store::agent_state::{self, AgentState};
use scheduler_store::definition;

use crate::definitions::body;
use crate::error::Result;

/// All agents with their groups.
pub(super) struct Agents {
    agents: BTreeMap<String, Slots>,
    groups: BTreeMap<String, Vec<String>>,
}

struct Slots {
    state: AgentState,
    max_jobs: u32,
    allows_kill: bool,
    /// Slots taken, or given back, by this unit of work.
    more: i64,
}

/// What can be said about a job's agents.
pub(super) enum Choice {
    /// This one has a free slot.
    Agent(String),
    /// None can take it now: who changes this, wakes the job.
    Wait(String),
}

impl Agents {
    pub(super) async fn load(tx: &mut sql::Tx<'_>) -> Result<Self> {
        let mut agents = BTreeMap::new();
        let mut definitions: BTreeMap<String, Agent> = BTreeMap::new();
        for row in definition::current_of(tx, "agent").await? {
            definitions.insert(row.name.clone(), body(&row)?);
        }
        for state in agent_state::lock_all(tx).await? {
            let of = definitions.get(&state.agent);
            let slots = Slots {
                max_jobs: of.map_or(0, |of| of.max_jobs),
                allows_kill: of.is_some_and(|of| of.allow_kill),
                more: 0,
                state,
            };
            agents.insert(slots.state.agent.clone(), slots);
        }
        let mut groups = BTreeMap::new();
        for row in definition::current_of(tx, "machine_group").await? {
            let group: MachineGroup = body(&row)?;
            let names = group.agents.iter().map(|name| name.as_str().to_owned()).collect();
            groups.insert(row.name.clone(), names);
        }
        Ok(Self { agents, groups })
    }

    /// The agent that takes a job.
    pub(super) fn choose(&self, on: &RunsOn) -> Choice {
        match on {
            RunsOn::Agents(names) => {
                let usable = names.iter().find(|name| self.has_slot(name.as_str()));
                match usable {
                    Some(name) => Choice::Agent(name.as_str().to_owned()),
                    None => Choice::Wait(match names.first() {
                        Some(first) => agent_key(first.as_str()),
                        None => "agent".to_owned(),
                    }),
                }
            }
            RunsOn::LeastTasked(group) | RunsOn::EachOf(group) => {
                let members = self.groups.get(group.as_str()).into_iter().flatten();
                let free = members.filter(|name| self.has_slot(name));
                // The highest part of free slots; where there is no limit, the fewest jobs.
                let best = free.min_by_key(|name| self.load_of(name));
                best.map_or_else(
                    || Choice::Wait(group_key(group.as_str())),
                    |name| Choice::Agent(name.clone()),
                )
            }
            RunsOn::ScheduleInstance => Choice::Wait("agent".to_owned()),
        }
    }

    fn has_slot(&self, name: &str) -> bool {
        self.agents.get(name).is_some_and(|slots| {
            slots.state.communication == "full"
                && slots.state.status == "communicating"
                && (slots.max_jobs == 0 || slots.running() < i64::from(slots.max_jobs))
        })
    }

    /// Thousandths of its slots that are taken.
    fn load_of(&self, name: &str) -> i64 {
        self.agents.get(name).map_or(i64::MAX, |slots| match slots.max_jobs {
            0 => slots.running(),
            max => slots.running() * 1000 / i64::from(max),
        })
    }

    /// Whether jobs on an agent may be killed.
    pub(super) fn allows_kill(&self, name: &str) -> bool {
        self.agents.get(name).is_some_and(|slots| slots.allows_kill)
    }

    /// Takes a slot, or gives one back.
    pub(super) fn count(&mut self, name: &str, more: i64) {
        if let Some(slots) = self.agents.get_mut(name) {
            slots.more += more;
        }
    }

    /// What waits for an agent may wait for.
    pub(super) fn keys_of(&self, name: &str) -> Vec<String> {
        let of = |(_, members): &(&String, &Vec<String>)| members.iter().any(|each| each == name);
        let groups = self.groups.iter().filter(of).map(|(group, _)| group_key(group));
        groups.chain([agent_key(name)]).collect()
    }

    /// How many slots are free for those who wait for something; without a limit a thousand.
    pub(super) fn free_of(&self, waits_for: &str) -> i64 {
        const NO_LIMIT: i64 = 1000;
        let free = |name: &String| match self.agents.get(name) {
            None => 0,
            Some(slots) if slots.max_jobs == 0 => NO_LIMIT,
            Some(slots) => (i64::from(slots.max_jobs) - slots.running()).max(0),
        };
        match waits_for.split_once(':') {
            Some(("agent", name)) => free(&name.to_owned()),
            Some(("group", name)) => self.groups.get(name).into_iter().flatten().map(free).sum(),
            _ => NO_LIMIT,
        }
    }

    /// Slots that were taken or given back.
    pub(super) fn changes(&self) -> impl Iterator<Item = (&str, i64)> {
        self.agents
            .iter()
            .filter(|(_, slots)| slots.more != 0)
            .map(|(name, slots)| (name.as_str(), slots.more))
    }
}

impl Slots {
    fn running(&self) -> i64 {
        self.state.running + self.more
    }
}

fn agent_key(name: &str) -> String {
    format!("agent:{name}")
}

fn group_key(name: &str) -> String {
    format!("group:{name}")
}

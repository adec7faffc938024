//! Which groups tell of a happening, without looking at all of them.

use std::collections::HashMap;

use super::{Happening, Subject};
use crate::definition::Named;
use crate::definition::notification::{
    About, Action, EscalationStep, NotificationGroup, Trigger, TriggerKind,
};
use crate::name::{AgentName, JobName, NotificationGroupName, ScheduleName};

/// The groups, sorted by what happens and to what. A look-up costs as much as there is to tell, however many groups there are and
/// however many jobs they name. Make a new one when definitions change.
#[derive(Debug, Clone, Default)]
pub struct Index {
    groups: Vec<(NotificationGroupName, NotificationGroup)>,
    by_name: HashMap<NotificationGroupName, usize>,
    by_kind: HashMap<TriggerKind, OfKind>,
}

/// A trigger that is told when it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match<'i> {
    /// The group.
    pub group: &'i NotificationGroupName,
    /// Which of its triggers, counted from 0.
    pub trigger: usize,
    /// What is done, all of it.
    pub actions: &'i [Action],
    /// What follows while nobody acknowledges; see [`super::escalation`].
    pub escalation: &'i [EscalationStep],
}

/// Group and trigger by their places, which is also the order in which they are told.
type Place = (usize, usize);

/// The triggers of one kind, by what they are about.
#[derive(Debug, Clone, Default)]
struct OfKind {
    all: Vec<Place>,
    agents: HashMap<AgentName, Vec<Place>>,
    schedules: HashMap<ScheduleName, Vec<Place>>,
    jobs: HashMap<ScheduleName, HashMap<JobName, Vec<Place>>>,
}

impl Index {
    /// An index of these groups. A trigger that cannot happen to what its group is about is left out; definitions with one are refused
    /// when they are applied.
    pub fn new(groups: &Named<NotificationGroupName, NotificationGroup>) -> Self {
        let mut index = Self::default();
        for (name, group) in groups.iter() {
            let number = index.groups.len();
            index.groups.push((name.clone(), group.clone()));
            index.by_name.insert(name.clone(), number);
            for (trigger, definition) in group.triggers.iter().enumerate() {
                if definition.on.subject() == group.about.subject() {
                    index
                        .by_kind
                        .entry(definition.on)
                        .or_default()
                        .add(&group.about, (number, trigger));
                }
            }
        }
        index
    }

    /// Whether anything is told of this kind of happening to anybody. With it, what nobody wants to know need not be looked at.
    pub fn wants(&self, kind: TriggerKind) -> bool {
        self.by_kind.contains_key(&kind)
    }

    /// What is told of a happening, in the order of the definitions.
    pub fn matches(&self, happening: &Happening<'_>) -> Vec<Match<'_>> {
        let Some(of_kind) = self.by_kind.get(&happening.kind()) else { return Vec::new() };
        let named = of_kind.named(happening.subject()).unwrap_or_default();
        let mut places: Vec<Place> = of_kind.all.iter().chain(named).copied().collect();
        places.sort_unstable();
        let triggers = places.into_iter().filter_map(|(group, trigger)| {
            let (name, definition) = self.groups.get(group)?;
            let Trigger { actions, .. } =
                definition.triggers.get(trigger).filter(|trigger| is_wanted(trigger, happening))?;
            Some(Match { group: name, trigger, actions, escalation: &definition.escalation })
        });
        triggers.collect()
    }

    /// What a group tells of a happening when an escalation has come to it: by its triggers for the same kind and code. What it is about does not
    /// matter, so that a group can be about nothing and still be told. None when there is no such group any more.
    pub fn escalated<'i>(
        &'i self,
        group: &str,
        happening: &Happening<'_>,
    ) -> Option<Vec<Match<'i>>> {
        let (name, definition) = self.groups.get(*self.by_name.get(group)?)?;
        let triggers = definition.triggers.iter().enumerate();
        let wanted = triggers
            .filter(|(_, trigger)| trigger.on == happening.kind() && is_wanted(trigger, happening));
        let told = wanted.map(|(trigger, Trigger { actions, .. })| Match {
            group: name,
            trigger,
            actions,
            escalation: &[],
        });
        Some(told.collect())
    }

    /// The steps of a group, as they are defined now; none when there is no such group any more.
    pub fn steps(&self, group: &str) -> &[EscalationStep] {
        let group = self.by_name.get(group).and_then(|&number| self.groups.get(number));
        group.map_or(&[], |(_, definition)| &definition.escalation)
    }
}

impl OfKind {
    fn add(&mut self, about: &About, place: Place) {
        // A name that stands twice in a group tells once.
        fn put(places: &mut Vec<Place>, place: Place) {
            if places.last() != Some(&place) {
                places.push(place);
            }
        }
        match about {
            About::AllAgents | About::AllSchedules | About::AllJobs => put(&mut self.all, place),
            About::Agents(names) => {
                for name in names {
                    put(self.agents.entry(name.clone()).or_default(), place);
                }
            }
            About::Schedules(names) => {
                for name in names {
                    put(self.schedules.entry(name.clone()).or_default(), place);
                }
            }
            About::Jobs(jobs) => {
                for one in jobs {
                    let of_schedule = self.jobs.entry(one.schedule.clone()).or_default();
                    put(of_schedule.entry(one.job.clone()).or_default(), place);
                }
            }
        }
    }

    fn named(&self, subject: Subject<'_>) -> Option<&[Place]> {
        match subject {
            Subject::Agent(name) => self.agents.get(name).map(Vec::as_slice),
            Subject::Schedule(name) => self.schedules.get(name).map(Vec::as_slice),
            Subject::Job { schedule, job } => self.jobs.get(schedule)?.get(job).map(Vec::as_slice),
        }
    }
}

/// Whether its codes let it through: none are named, or the happening has one of them.
fn is_wanted(trigger: &Trigger, happening: &Happening<'_>) -> bool {
    trigger.wants_code(happening.amt_code())
}

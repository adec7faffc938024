//! Groups of notifications.

use super::Lookup;
use super::lookup::Kind;
use crate::definition::agent::Connection;
use crate::definition::notification::{About, Action, NotificationGroup};
use crate::path::Path;

pub(super) fn check(lookup: &mut Lookup<'_>) {
    let definitions = lookup.definitions;
    for (name, group) in definitions.notifications.iter() {
        let path = Path::default().field("notifications").field(name.as_str());
        about(lookup, &group.about, &path.field("about"));
        triggers(lookup, group, &path.field("triggers"));
        for (index, step) in group.escalation.iter().enumerate() {
            let path = path.field("escalation").index(index).field("group");
            if step.group == *name {
                lookup.problem(path, "a group cannot follow itself; give the step more attempts");
            } else {
                lookup.find(
                    &definitions.notifications,
                    Kind::NotificationGroup,
                    step.group.as_str(),
                    &path,
                );
            }
        }
    }
}

fn about(lookup: &mut Lookup<'_>, about: &About, path: &Path) {
    let definitions = lookup.definitions;
    match about {
        About::Agents(names) => {
            for (index, name) in names.iter().enumerate() {
                lookup.find(
                    &definitions.agents,
                    Kind::Agent,
                    name.as_str(),
                    &path.field("agents").index(index),
                );
            }
        }
        About::Schedules(names) => {
            for (index, name) in names.iter().enumerate() {
                lookup.find(
                    &definitions.schedules,
                    Kind::Schedule,
                    name.as_str(),
                    &path.field("schedules").index(index),
                );
            }
        }
        About::Jobs(jobs) => {
            for (index, job) in jobs.iter().enumerate() {
                super::jobs::find_job(
                    lookup,
                    &job.schedule,
                    &job.job,
                    &path.field("jobs").index(index),
                );
            }
        }
        About::AllAgents | About::AllSchedules | About::AllJobs => {}
    }
}

fn triggers(lookup: &mut Lookup<'_>, group: &NotificationGroup, path: &Path) {
    let definitions = lookup.definitions;
    for (index, trigger) in group.triggers.iter().enumerate() {
        let path = path.index(index);
        if trigger.on.subject() != group.about.subject() {
            let message = format!(
                "this happens to {}, and the group is about {}",
                plural(trigger.on.subject()),
                plural(group.about.subject())
            );
            lookup.problem(path.field("on"), message);
        }
        for (index, action) in trigger.actions.iter().enumerate() {
            let path = path.field("actions").index(index);
            let Action::Command(command) = action else { continue };
            let path = path.field("command").field("agent");
            let agent =
                lookup.find(&definitions.agents, Kind::Agent, command.agent.as_str(), &path);
            if agent.is_some_and(|agent| !matches!(agent.connection, Connection::Command(_))) {
                lookup.problem(path, format!("`{}` runs no command lines", command.agent.as_str()));
            }
        }
    }
}

fn plural(subject: crate::definition::notification::Subject) -> &'static str {
    use crate::definition::notification::Subject;
    match subject {
        Subject::Agent => "agents",
        Subject::Schedule => "schedules",
        Subject::Job => "jobs",
    }
}

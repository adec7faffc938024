//! Tokens in texts: global properties that are not there.
//!
//! Only the global scope is looked at: properties of schedules, jobs and agents may be given by events and at a build.

use std::borrow::Borrow;
use std::hash::Hash;

use core_kit::text::shown;

use super::lookup::{Kind, Lookup};
use crate::definition::run::Run;
use crate::definition::run::texts::At;
use crate::definition::{Job, Named, Problem};
use crate::event::Trigger;
use crate::path::Path;
use crate::property::{Problems, Reference, Scope, Template, is_derived, is_reserved};

/// The texts of a job: those that are sent to an agent, and its expressions.
pub(super) fn of_job(lookup: &mut Lookup<'_>, job: &Job, path: &Path) {
    // What an integration takes is its own affair.
    let is_command = !matches!(job.run, Run::PlugIn(_));
    job.run.texts(&mut |at, value| {
        let path = || below(&path.field("run").field(job.run.key()), at);
        text(lookup, value, &path);
        if let Some(message) = control_character(value).filter(|_| is_command) {
            lookup.problem(path(), message);
        }
    });
    if let Some(condition) = &job.expression {
        expression(lookup, condition.as_str(), &|| path.field("expression"));
    }
    for (index, each) in job.events.iter().enumerate() {
        if let Trigger::JobCompletionComplexExpression(condition) = &each.trigger {
            let path = || {
                let path = path.field("events").index(index).field("trigger");
                path.field("job_completion_complex_expression")
            };
            expression(lookup, condition.as_str(), &path);
        }
    }
}

/// The texts of notifications.
pub(super) fn of_notifications(lookup: &mut Lookup<'_>) {
    for (name, group) in lookup.definitions.notifications.iter() {
        let path = || Path::default().field("notifications").field(name.as_str());
        for (number, trigger) in group.triggers.iter().enumerate() {
            for (index, action) in trigger.actions.iter().enumerate() {
                let path = || path().field("triggers").index(number).field("actions").index(index);
                action.texts(&mut |at, value| text(lookup, value, &|| below(&path(), at)));
            }
        }
    }
}

/// A sign that no command line, folder or variable can have (NUL ends them), or that does something to the terminal or
/// the log in which it is shown. Tabs and line breaks are of use.
fn control_character(value: &str) -> Option<String> {
    let (at, sign) = value
        .chars()
        .enumerate()
        .find(|(_, sign)| sign.is_ascii_control() && !matches!(sign, '\t' | '\n'))?;
    Some(format!(
        "has the control character U+{:04X} at character {}; remove it",
        u32::from(sign),
        at + 1
    ))
}

fn below(path: &Path, at: &[At<'_>]) -> Path {
    at.iter().fold(path.clone(), |path, at| match at {
        At::Field(name) => path.field(*name),
        At::Index(index) => path.index(*index),
    })
}

/// A text with tokens in it.
pub(super) fn text(lookup: &mut Lookup<'_>, value: &str, path: &dyn Fn() -> Path) {
    if value.contains("[[") || value.contains("{{") {
        let read = Template::parse(value).map(|template| template.references());
        references(lookup, read.map(|found| found.into_iter().map(|(_, found)| found)), path);
    }
}

/// An expression. What it sets need not be there.
pub(super) fn expression(lookup: &mut Lookup<'_>, value: &str, path: &dyn Fn() -> Path) {
    references(lookup, crate::expression::references(value).map(Vec::into_iter), path);
}

fn references(
    lookup: &mut Lookup<'_>,
    found: Result<impl Iterator<Item = Reference>, Problems>,
    path: &dyn Fn() -> Path,
) {
    match found {
        Ok(found) => found.for_each(|reference| self::reference(lookup, &reference, path)),
        Err(problems) => lookup.problem(path(), format!("this is wrong at {problems}")),
    }
}

/// A property that is referred to.
pub(super) fn reference(lookup: &mut Lookup<'_>, reference: &Reference, path: &dyn Fn() -> Path) {
    if let Some(fault) = reference.fault() {
        return lookup.problem(path(), fault);
    }
    let name = reference.name.as_str();
    // A date in a format of its own is a global property, whatever it is the date of.
    let is_format = is_derived(name);
    if reference.remote.is_some() || is_reserved(name) && !is_format {
        return;
    }
    let all = lookup.definitions;
    match reference.scope {
        _ if is_format => known(lookup, &all.properties, Kind::Property, name, path),
        Scope::Global => known(lookup, &all.properties, Kind::Property, name, path),
        Scope::Threshold => known(lookup, &all.thresholds, Kind::Threshold, name, path),
        Scope::ResourceMaximum | Scope::ResourceInUse => {
            known(lookup, &all.resources, Kind::Resource, name, path);
        }
        Scope::Machine
        | Scope::Schedule
        | Scope::Job
        | Scope::ParentSchedule
        | Scope::ParentJob
        | Scope::NamedInstance => {}
    }
}

fn known<K, V>(
    lookup: &mut Lookup<'_>,
    section: &Named<K, V>,
    kind: Kind,
    name: &str,
    path: &dyn Fn() -> Path,
) where
    K: Eq + Hash + Borrow<str> + AsRef<str>,
{
    if section.contains_key(name) {
        return;
    }
    let near = lookup.hints.nearest(name, section.keys().map(AsRef::as_ref)).map_or_else(
        || format!("; define it under `{}`", kind.section()),
        |near| format!("; did you mean `{near}`?"),
    );
    let missing = Path::default().field(kind.section()).field(name);
    lookup.problems.push(Problem {
        path: path(),
        message: format!("no {} `{}` is defined{near}", kind.word(), shown(name)),
        missing: Some(missing),
    });
}

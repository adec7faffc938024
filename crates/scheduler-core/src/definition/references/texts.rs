//! Tokens in texts: global properties that are not there.
//!
//! Only the global scope is looked at: properties of schedules, jobs and agents may be given by events and at a build.

use core_kit::text::shown;

use super::lookup::{Kind, Lookup};
use crate::definition::run::Run;
use crate::definition::{Job, Problem};
use crate::path::Path;
use crate::property::{Scope, Template, is_reserved};

/// The texts of a job that are sent to an agent.
pub(super) fn of_job(lookup: &mut Lookup<'_>, job: &Job, path: &Path) {
    let path = || path.field("run");
    match &job.run {
        Run::NullJob | Run::Container(_) | Run::PlugIn(_) => {}
        Run::AmtBatchJob(run) => {
            let path = || path().field("amt_batch_job");
            let texts = [
                ("application", Some(&run.application)),
                ("user", run.user.as_ref()),
                ("queue", run.queue.as_ref()),
                ("job", Some(&run.job)),
            ];
            fields(lookup, &texts, &path);
            list(lookup, &run.task_values, &|| path().field("task_values"));
        }
        Run::AmtScript(run) => {
            let path = || path().field("amt_script");
            let texts = [
                ("application", Some(&run.application)),
                ("user", run.user.as_ref()),
                ("queue", run.queue.as_ref()),
                ("script", Some(&run.script)),
            ];
            fields(lookup, &texts, &path);
            list(lookup, &run.script_parameters, &|| path().field("script_parameters"));
        }
        Run::AmtConnector(run) => {
            let path = || path().field("amt_connector");
            let texts = [
                ("connector_path", Some(&run.connector_path)),
                ("application", Some(&run.application)),
                ("job", run.job.as_ref()),
                ("file", run.file.as_ref()),
                ("user", run.user.as_ref()),
                ("task_value", run.task_value.as_ref()),
            ];
            fields(lookup, &texts, &path);
            list(lookup, &run.script_parameters, &|| path().field("script_parameters"));
        }
        Run::Command(run) => {
            let path = || path().field("command");
            fields(
                lookup,
                &[("line", Some(&run.line)), ("working_directory", run.working_directory.as_ref())],
                &path,
            );
            for (name, value) in &run.environment {
                text(lookup, value, &|| path().field("environment").field(name.as_str()));
            }
        }
    }
}

fn fields(lookup: &mut Lookup<'_>, texts: &[(&str, Option<&String>)], path: &dyn Fn() -> Path) {
    for (field, value) in texts.iter().filter_map(|(field, value)| Some((*field, (*value)?))) {
        text(lookup, value, &|| path().field(field));
    }
}

fn list(lookup: &mut Lookup<'_>, texts: &[String], path: &dyn Fn() -> Path) {
    for (index, value) in texts.iter().enumerate() {
        text(lookup, value, &|| path().index(index));
    }
}

fn text(lookup: &mut Lookup<'_>, value: &str, path: &dyn Fn() -> Path) {
    if !value.contains("[[") && !value.contains("{{") {
        return;
    }
    let template = match Template::parse(value) {
        Ok(template) => template,
        Err(problems) => return lookup.problem(path(), format!("this is wrong at {problems}")),
    };
    for (_, reference) in template.references() {
        if let Some(fault) = reference.fault() {
            lookup.problem(path(), fault);
            continue;
        }
        if reference.remote.is_some() || is_reserved(&reference.name) {
            continue;
        }
        let definitions = lookup.definitions;
        let known: Vec<&str> = match reference.scope {
            Scope::Global => definitions.properties.keys().map(AsRef::as_ref).collect(),
            Scope::Threshold => definitions.thresholds.keys().map(AsRef::as_ref).collect(),
            Scope::ResourceMaximum | Scope::ResourceInUse => {
                definitions.resources.keys().map(AsRef::as_ref).collect()
            }
            Scope::Machine
            | Scope::Schedule
            | Scope::Job
            | Scope::ParentSchedule
            | Scope::ParentJob
            | Scope::NamedInstance => continue,
        };
        let kind = match reference.scope {
            Scope::Threshold => Kind::Threshold,
            Scope::ResourceMaximum | Scope::ResourceInUse => Kind::Resource,
            _ => Kind::Property,
        };
        if !known.contains(&reference.name.as_str()) {
            not_defined(lookup, kind, &reference.name, &known, path());
        }
    }
}

fn not_defined(lookup: &mut Lookup<'_>, kind: Kind, name: &str, known: &[&str], path: Path) {
    let near = lookup.nearest(name, known.iter().copied()).map_or_else(
        || format!("; define it under `{}`", kind.section()),
        |near| format!("; did you mean `{near}`?"),
    );
    let missing = Path::default().field(kind.section()).field(name);
    lookup.problems.push(Problem {
        path,
        message: format!("no {} `{}` is defined{near}", kind.word(), shown(name)),
        missing: Some(missing),
    });
}

#[cfg(test)]
mod tests {
    use crate::definition::Definitions;

    #[test]
    fn names_of_the_system_need_no_definition() {
        let messages = |line: &str| -> Vec<String> {
            let definitions: Definitions = serde_json::from_value(serde_json::json!({
                "agents": { "LOCAL": { "connection": { "command": {} } } },
                "schedules": { "S": { "jobs": { "J": {
                    "run": { "command": { "line": line } },
                    "runs_on": { "agents": ["LOCAL"] },
                } } } },
            }))
            .unwrap();
            super::super::check(&definitions).into_iter().map(|problem| problem.message).collect()
        };
        assert_eq!(messages("echo [[@name]] [[$JOB NAME]] [[SI.ANY]]"), Vec::<String>::new());
        assert_eq!(
            messages("echo [[name]]"),
            ["no property `name` is defined; define it under `properties`"]
        );
    }
}

//! What the peers of `cargo xtask bench` need. A peer that cannot be had is named with its reason, and the harness goes on without it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::interrupt;
use crate::packages::{self, MUNGE, SLURM_CLIENT, SLURMCTLD, SLURMD};
use crate::project::Project;
use crate::python;

/// The version that figures are comparable with.
const HYPERQUEUE: &str = "hyperqueue==0.27.0";

/// A scheduler of the field, and what it needs to speak to PostgreSQL.
const AIRFLOW: &[&str] = &["apache-airflow==3.3.2", "psycopg2-binary", "asyncpg"];

/// Next runs of cron lines in Python; what it needs is pinned with it, so that figures stay comparable.
const CRONITER: &str = "croniter==7.0.0";

/// The peers that a command line of the harness asks for.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    hyperqueue: bool,
    slurm: bool,
    airflow: bool,
}

/// Installs what the peers of this command line need, where this user may.
///
/// # Errors
/// When this command is interrupted.
pub(crate) fn prepare(project: &Project, arguments: &[OsString]) -> Result<()> {
    let wanted = wanted(arguments);
    if wanted.slurm {
        left_out("Slurm", packages::require(&[&MUNGE, &SLURMCTLD, &SLURMD, &SLURM_CLIENT]))?;
    }
    if wanted.hyperqueue {
        left_out("HyperQueue", hyperqueue(&project.target.join("bench-peers/hyperqueue")))?;
    }
    if wanted.airflow {
        let folder = project.target.join("bench-peers/airflow");
        left_out("Airflow", python::install(&folder, AIRFLOW, "airflow"))?;
    }
    Ok(())
}

/// The Python with croniter for `plan`, installed where this user may; none when it cannot be had, or another one is
/// given.
///
/// # Errors
/// When this command is interrupted.
pub(crate) fn croniter(project: &Project, arguments: &[OsString]) -> Result<Option<PathBuf>> {
    let is_plan = arguments.first().is_some_and(|first| first == "plan") && !is_help(arguments);
    if !is_plan || has_option(arguments, "--croniter-python") {
        return Ok(None);
    }
    let folder = project.target.join("bench-peers/croniter");
    let python = folder.join("bin/python");
    let installed = python::install(&folder, &[CRONITER], "croniter");
    let is_there = installed.is_ok();
    left_out("croniter", installed)?;
    Ok(is_there.then_some(python))
}

/// Says that a peer is left out, unless this command is to end.
fn left_out(peer: &str, result: Result<()>) -> Result<()> {
    interrupt::check()?;
    if let Err(error) = result {
        println!("{peer} is left out: {error:#}");
    }
    Ok(())
}

fn hyperqueue(folder: &Path) -> Result<()> {
    python::install(folder, &[HYPERQUEUE], "hyperqueue")
}

/// Reads the options of the harness as far as they concern the peers. What is wrong in them the harness says.
fn wanted(arguments: &[OsString]) -> Wanted {
    let is = |bench: &str| arguments.first().is_some_and(|first| first == bench);
    if is("scheduler") && !is_help(arguments) {
        let only = values_of(arguments, "--only");
        let is_beside = only.is_none_or(|only| only.split(',').any(|part| part == "beside"));
        let airflow = is_beside && !has_option(arguments, "--airflow-python");
        return Wanted { hyperqueue: false, slurm: is_beside, airflow };
    }
    if !is("batch") || is_help(arguments) {
        return Wanted { hyperqueue: false, slurm: false, airflow: false };
    }
    let names = values_of(arguments, "--peers").unwrap_or_else(|| "hyperqueue,slurm".to_owned());
    let has = |name| names.split(',').any(|peer| peer == name);
    let is_own_python = has_option(arguments, "--hyperqueue-python");
    let hyperqueue = has("hyperqueue") && !is_own_python;
    Wanted { hyperqueue, slurm: has("slurm"), airflow: false }
}

fn is_help(arguments: &[OsString]) -> bool {
    arguments.iter().any(|argument| argument == "--help" || argument == "-h")
}

fn has_option(arguments: &[OsString], name: &str) -> bool {
    arguments.iter().any(|argument| argument.to_string_lossy().split('=').next() == Some(name))
}

/// The values of an option that may be given more than once; nothing when it is not given.
fn values_of(arguments: &[OsString], option: &str) -> Option<String> {
    let mut values = Vec::new();
    for (index, argument) in arguments.iter().enumerate() {
        let argument = argument.to_string_lossy();
        let value = argument.strip_prefix(option).and_then(|rest| rest.strip_prefix('='));
        if let Some(value) = value {
            values.push(value.to_owned());
        } else if argument == option {
            let value =
                arguments.get(index + 1).map(OsString::as_os_str).map(OsStr::to_string_lossy);
            values.push(value.unwrap_or_default().into_owned());
        }
    }
    (!values.is_empty()).then(|| values.join(","))
}

#[cfg(test)]
mod tests {
    use super::{Wanted, wanted};

    fn of(line: &str) -> Wanted {
        let arguments: Vec<_> = line.split_whitespace().map(Into::into).collect();
        wanted(&arguments)
    }

    const BOTH: Wanted = Wanted { hyperqueue: true, slurm: true, airflow: false };
    const NEITHER: Wanted = Wanted { hyperqueue: false, slurm: false, airflow: false };
    const SLURM: Wanted = Wanted { hyperqueue: false, slurm: true, airflow: false };

    #[test]
    fn batch_wants_both_peers_unless_it_is_told_otherwise() {
        assert_eq!(of("batch --jobs 10"), BOTH);
        assert_eq!(of("batch --peers none"), NEITHER);
        assert_eq!(of("batch --peers=slurm --jobs 10"), SLURM);
        assert_eq!(of("batch --peers hyperqueue,slurm"), BOTH);
        assert_eq!(of("batch --peers hyperqueue --peers slurm"), BOTH);
    }

    #[test]
    fn nothing_is_installed_for_a_help_text_or_another_measurement() {
        assert_eq!(of("batch --help"), NEITHER);
        assert_eq!(of("connector --runs 3"), NEITHER);
    }

    #[test]
    fn a_python_of_the_users_own_is_not_replaced() {
        assert_eq!(of("batch --hyperqueue-python /opt/hq/bin/python"), SLURM);
        assert_eq!(of("batch --hyperqueue-python=/opt/hq/bin/python"), SLURM);
        assert_eq!(of("scheduler --airflow-python /opt/airflow/bin/python"), SLURM);
    }

    #[test]
    fn the_scheduler_runs_beside_slurm_and_airflow_where_that_is_asked_for() {
        let all = Wanted { hyperqueue: false, slurm: true, airflow: true };
        assert_eq!(of("scheduler"), all);
        assert_eq!(of("scheduler --only rate,beside"), all);
        assert_eq!(of("scheduler --only=rate --only instant"), NEITHER);
        assert_eq!(of("scheduler --help"), NEITHER);
    }
}

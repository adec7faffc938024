//! The stages, in their order.

use anyhow::Result;

use super::postgres::Postgres;
use super::s3::S3;
use super::{skipped, smtp};
use crate::process;
use crate::project::Project;
use crate::{setup, sim, windows};

/// One stage.
#[derive(Debug)]
pub(crate) struct Stage {
    /// As in `--only`.
    pub(crate) name: &'static str,
    /// For `--list`.
    pub(crate) what: &'static str,
    /// Nothing that follows can work without it.
    pub(crate) is_needed: bool,
    /// Gives back why it was skipped, when it was.
    pub(crate) run: fn(&Project) -> Result<Option<String>>,
}

/// All of them. What fails fast comes first.
pub(crate) const STAGES: &[Stage] = &[
    Stage {
        name: "setup",
        what: "install what is missing, or say what to install",
        is_needed: true,
        run: |_| setup::for_tests().map(|()| None),
    },
    Stage {
        name: "fmt",
        what: "the code is formatted (cargo fmt)",
        is_needed: false,
        run: |project| cargo(project, &["fmt", "--all", "--", "--check"]),
    },
    Stage {
        name: "clippy",
        what: "no lint complains",
        is_needed: false,
        run: |project| {
            cargo(project, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
        },
    },
    Stage {
        name: "build",
        what: "all programs build",
        is_needed: true,
        run: |project| project.build(false).map(|()| None),
    },
    Stage {
        name: "tests",
        what: "unit and integration tests, on SQLite and on PostgreSQL; with them the generated files (docs/, openapi/) and the crates' dependencies",
        is_needed: false,
        run: tests,
    },
    Stage {
        name: "doc",
        what: "the examples in the documentation",
        is_needed: false,
        run: |project| cargo(project, &["test", "--workspace", "--doc", "--quiet"]),
    },
    Stage {
        name: "sim",
        what: "simulated days of the scheduler, with kills, lost messages and clock jumps (cargo xtask sim)",
        is_needed: false,
        run: |project| {
            // Always the same, so that what fails has been broken; others are found with more seeds by hand.
            let arguments = ["--seeds", "84", "--days", "3", "--at-least", "100000"];
            sim::simulate(project, false, &arguments.map(Into::into)).map(|()| None)
        },
    },
    Stage {
        name: "windows",
        what: "amt.exe, encrypt.exe and the tests of batch-runner.exe under wine",
        is_needed: false,
        run: |_| {
            Ok(match windows::check(windows::Speed::OfBuild)? {
                windows::Outcome::Passed => None,
                windows::Outcome::Skipped(reason) => Some(reason),
            })
        },
    },
    Stage {
        name: "demo",
        what: "the demo of the README, run to its end",
        is_needed: false,
        run: demo,
    },
];

fn cargo(project: &Project, arguments: &[&str]) -> Result<Option<String>> {
    process::run(process::cargo().current_dir(&project.root).args(arguments)).map(|()| None)
}

fn tests(project: &Project) -> Result<Option<String>> {
    let postgres = Postgres::start(&project.programs(false))?;
    let mut nextest = process::cargo();
    nextest.current_dir(&project.root).env(Postgres::VARIABLE, postgres.url());
    let left_out = skipped::begin(project)?;
    nextest.env(skipped::VARIABLE, &left_out);
    let s3 = S3::start(project)?;
    if let Some(s3) = &s3 {
        nextest.env(S3::VARIABLE, s3.url());
    }
    if let Some(python) = smtp::python(project)? {
        nextest.env(smtp::VARIABLE, python);
    }
    // The tests run the programs that the stage before has built.
    nextest.args(["nextest", "run", "--workspace", "--profile", "ci", "--test-threads"]);
    nextest.arg(test_threads().to_string());
    let result = process::run(&mut nextest);
    skipped::show(&left_out);
    result.map(|()| None)
}

/// Tests that run at once: more than there are processors, since many wait for processes and databases.
fn test_threads() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    processors + processors.div_ceil(2)
}

/// As a user would start it, in a process of its own. Not by the path of this process: the build stage may have replaced that file.
fn demo(project: &Project) -> Result<Option<String>> {
    let xtask = format!("xtask{}", std::env::consts::EXE_SUFFIX);
    let mut demo = process::program(project.programs(false).join(xtask));
    process::run(demo.current_dir(&project.root).args(["demo", "--once"])).map(|()| None)
}

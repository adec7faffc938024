//! Starts and stops a PostgreSQL server for tests, demonstrations and measurements.

#[cfg(unix)]
use std::path::Path;
use std::process::ExitCode;

#[cfg(unix)]
use testkit::postgres::{Cluster, Durability};

const USAGE: &str =
    "usage: test-postgres start DIR [--durable]   creates and starts a server, prints its address
       test-postgres stop DIR                stops it
       test-postgres stop-shared             stops the one that tests share
       test-postgres folder                  prints in which folder servers for tests belong";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match run(&args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("test-postgres: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(unix)]
fn run(args: &[&str]) -> anyhow::Result<ExitCode> {
    match args {
        ["start", dir] => start(dir, Durability::None)?,
        ["start", dir, "--durable"] => start(dir, Durability::Full)?,
        ["stop", dir] => Cluster::in_dir(Path::new(dir))?.stop()?,
        ["folder"] => println!("{}", testkit::postgres::folder().display()),
        ["stop-shared"] => testkit::postgres::stop()?,
        _ => {
            eprintln!("{USAGE}");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(unix)]
fn start(dir: &str, durability: Durability) -> anyhow::Result<()> {
    println!("{}", Cluster::in_dir(Path::new(dir))?.start(durability)?);
    Ok(())
}

#[cfg(not(unix))]
fn run(_args: &[&str]) -> anyhow::Result<ExitCode> {
    anyhow::bail!("this program needs a Unix system")
}

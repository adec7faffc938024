//! The developer commands. `cargo xtask --help` lists them; README.md and CONTRIBUTING.md say when to use which.
//!
//! One module per command. The modules beside them are what commands share: [`process`] (the only place that starts
//! processes), [`interrupt`], [`packages`] and [`project`].

mod bench;
mod demo;
mod r#gen;
mod http;
mod interrupt;
mod packages;
mod peers;
mod process;
mod project;
mod python;
mod setup;
mod sim;
mod test;
mod windows;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The developer commands of Ringmaster.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Xtask {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check what the other commands need, and install it where this user may.
    Setup,
    /// Set up, build, start a batch server and run the demo jobs through the connector.
    Demo(demo::Options),
    /// Set up and run every test, stage by stage.
    Test(test::Options),
    /// Build amt.exe, encrypt.exe and batch-runner.exe and run them under wine.
    Windows,
    /// Measure the batch server or the connector, with optimised programs.
    Bench(bench::Options),
    /// Simulate days of the scheduler with crashes, lost messages and clock jumps, and check everything after each step.
    Sim(sim::Options),
    /// Write the generated files anew (API descriptions, tables and help texts in the documents).
    Gen,
}

fn main() -> Result<()> {
    let xtask = Xtask::parse();
    interrupt::listen()?;
    match xtask.command {
        Command::Setup => setup::run(),
        Command::Demo(options) => demo::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Windows => windows::run(),
        Command::Bench(options) => bench::run(&options),
        Command::Sim(options) => sim::run(&options),
        Command::Gen => r#gen::run(),
    }
}

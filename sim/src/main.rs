//! Simulated days of the scheduler: random plans, operators, crashes, lost and repeated messages and clock jumps against the real
//! core, store and reconcilers, with everything that must be true looked at after each step. Any seed replays.

mod act;
mod book;
mod check;
mod gate;
mod link;
mod mirror;
mod notes;
mod options;
mod passes;
mod plan;
mod random;
mod run;
mod seeds;
mod site;
mod tally;
mod temper;
mod trace;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    seeds::run_program(&options::Options::parse())
}

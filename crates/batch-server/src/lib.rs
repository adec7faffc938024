//! The batch server: store, controllers, AMTOpCon interface and Control Center API.
//!
//! Handlers and the job socket record intent and wake a reconciler; reconcilers (claim, windows, schedules, retention)
//! take no input. The database is the truth, memory holds caches only. How one job walks through all of it is told in
//! `docs/developer/one-job.md`.

mod api;
mod auth;
mod caller;
mod catalog;
mod check;
mod configure;
mod controller;
mod counted;
mod database;
mod definitions;
mod error;
mod hex;
mod hub;
mod interrupts;
mod job_socket;
mod monitor;
mod offline;
mod operate;
mod options;
mod planner;
mod retention;
mod run;
mod server;
mod store;
mod submit;
mod transition;
mod windows;

pub use api::openapi;
pub use check::{Checked, check};
pub use database::Unreachable;
pub use error::Error;
pub use offline::{NoSuchUser, add_user, reset_password};
pub use options::{BadListen, BadOptions, Options, listen_address};
pub use run::{Ready, Running, run, start};
pub use store::MIGRATIONS;

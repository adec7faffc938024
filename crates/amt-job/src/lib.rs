//! What a running job says to the batch server that runs it: the line protocol ([`protocol`]) and a small
//! blocking client of it, used by the binary `amtjob`.
//!
//! A job finds its two partners in the environment ([`environment`]): the *runner*, which stores its messages
//! ([`runner`]), and the *batch server*, which answers everything else ([`server`]).

pub mod address;
pub mod connection;
pub mod environment;
#[cfg(target_os = "linux")]
mod peer;
pub mod protocol;
pub mod runner;
pub mod server;

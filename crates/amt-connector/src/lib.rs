//! The older connector: the binaries `amt` and `encrypt` (`amt-domain 13.1`).
//!
//! Owns the arguments, `Connector.config`, the form of the log and the exit codes. What goes over the wire, and how a
//! start with an unknown outcome is settled, belongs to `amt-client`.

pub mod arguments;
pub mod config;
pub mod doctor;
pub mod encrypt;
pub mod exit;
pub mod log;
pub mod run;
pub mod secret;

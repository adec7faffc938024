//! Async client of any AMT Batch Server that speaks the AMTOpCon interface.
//!
//! Owns the wire: routes and member names from a [`WireProfile`](amt_protocol::WireProfile), the logon token, the
//! trust in certificates, the reading of answers that differ from ours, and the sorting of failures by what the
//! caller must decide ([`Error`]). A start whose answer was lost is settled by [`Client::submit`]; the rule is the
//! pure module [`settle`]. The block for a scheduler's job log is the pure module [`job_log`]. It keeps nothing on disk
//! and knows no scheduler.

mod call;
mod client;
pub mod decode;
mod error;
mod follow;
pub mod job_log;
pub mod observe;
mod options;
mod session;
pub mod settle;
mod submit;
mod transport;

pub use client::{Client, Known};
pub use error::{Error, Reason, Words};
pub use follow::{Follow, FollowEvent};
pub use observe::{Observer, Traffic};
pub use options::{BadOptions, Options, Timeouts, Trust, read_profile};
pub use settle::{Patience, Settlement};
pub use submit::{Outcome, Progress};

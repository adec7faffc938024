//! The contract between the scheduler and what runs its jobs (`opcon-domain 3`).
//!
//! A [`Connector`] knows kinds of agents ("AsyscoAMT", "Command"). For one configured agent it makes an
//! [`Integration`], through which the scheduler asks whether the agent is there, starts tasks, follows many of them
//! with one question, cancels them and reads their logs.
//!
//! Three rules make a start happen exactly once:
//!
//! 1. Every start carries an [`AttemptKey`] that is stored before the call is made. A second start with the same key starts
//!    nothing: it answers what became of the first.
//! 2. A start answers *running*, *ended*, *refused* or *unknown*. *Refused* promises that nothing runs and nothing will.
//!    Whatever is not sure is *unknown*.
//! 3. Unknown is settled by [`Integration::find`]. Who cannot find says so, and an operator decides.
//!
//! Arguments and answers are plain data that serialise, since a relay or another process may stand between the two
//! ends ([`call`]). What an integration must remember of a task is an opaque text that the scheduler stores.
//!
//! Beside the contract: [`plug_in`] runs connectors in processes of their own, [`fake`] is a connector for tests, [`faults`] makes
//! any integration behave badly, and [`conformance`] has the rules that every connector must keep.

mod bounded;
pub mod call;
mod cancel;
pub mod conformance;
mod contract;
mod error;
pub mod fake;
pub mod faults;
mod find;
mod form;
mod heartbeat;
mod limits;
mod log;
pub mod plug_in;
mod remote;
mod start;
mod target;
mod task;
mod watch;

pub use bounded::bounded;
pub use cancel::Cancelled;
pub use contract::{Connector, Integration};
pub use error::{CallError, Fault};
pub use find::Found;
pub use form::{Form, FormRequest, Info, TaskType};
pub use heartbeat::{Communication, Heartbeat};
pub use log::{LogFile, LogPart, LogRequest};
pub use remote::Carrier;
pub use start::{StartTask, Started};
pub use target::{BatchUser, SettingsProblem, Target};
pub use task::{AttemptKey, BadAttemptKey, State, TaskRef};
pub use watch::{End, Report, Reports, TaskStatus, Watch};

/// What the methods of the contract return, so that it can be used behind `dyn`.
pub use futures_util::future::BoxFuture;

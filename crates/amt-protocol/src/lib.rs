//! The AMTOpCon interface, version 1, as types.
//!
//! Owns the wire vocabulary that a batch server and its clients share: requests, answers, completion codes,
//! the wire profile by which a client can speak to a server with other routes or member names, and the reading
//! of member names in any case. It does no I/O and knows no clock.

mod casing;
mod code;
mod heartbeat;
mod job_action;
mod logon;
mod messages;
mod monitor;
mod problem;
mod profile;

pub use casing::{BadMembers, canonical_members};
pub use code::{CodeClass, CompletionCode, UnknownCode};
pub use heartbeat::HeartBeat;
pub use job_action::{
    Action, ExtractFile, JobAction, JobActionAnswer, LIST_ITEMS_MAX, REQUEST_KEY_CHARS_MAX,
};
pub use logon::{LogonAnswer, LogonRequest, TOKEN_HEADER};
pub use messages::{Message, MessageKind, MessagePage};
pub use monitor::{JobStatus, MONITOR_IDS_MAX, MonitorAnswer, MonitorRequest, WAIT_SECONDS_MAX};
pub use problem::Problem;
pub use profile::{BadProfile, Call, CallRoute, Features, WireProfile};

//! Reading answers that may differ from ours, as pure functions.
//!
//! The vendor's shapes are not published (`amt-domain 12.4`), so numbers may come as text, a status as its name alone,
//! and messages as an array of strings or of objects. What cannot be read says why, in words for an operator.

mod action;
mod logon;
mod messages;
mod number;
mod problem;
mod sse;
mod status;

pub use action::action_answer;
pub use logon::logon_answer;
pub use messages::{message, message_page, text_page};
pub use number::{code, integer};
pub use problem::problem;
pub use sse::{SseEvent, SseParser};
pub use status::{status, statuses};

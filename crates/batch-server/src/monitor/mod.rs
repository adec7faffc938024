//! Watching requests: status, long polls, and the job log.

mod messages;
mod status;

pub(crate) use messages::{Page, Part, follow, page};
pub(crate) use status::{find, many, poll, read_visible, status, view};

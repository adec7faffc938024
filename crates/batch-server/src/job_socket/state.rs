//! What the connections of a job socket share.

use super::JobTokens;
use super::gate::Gate;
use super::waits::Waiting;
use crate::server::SharedServer;

/// What every connection needs.
pub(crate) struct State {
    pub(super) server: SharedServer,
    pub(super) tokens: JobTokens,
    pub(super) gate: Gate,
    pub(super) waiting: Waiting,
}

//! What a site can set for all agents.

use std::time::Duration;

use amt_client::{Patience, Timeouts, Trust};
use amt_protocol::WireProfile;

/// Wire profile, trust, and upper limits of waiting.
#[derive(Debug, Clone)]
pub struct Options {
    /// Routes, member names and abilities of the batch servers. Default: the AMTOpCon interface, version 1.
    pub profile: WireProfile,
    /// Authorities trusted beside those of the operating system.
    pub trust: Trust,
    /// Limits of single calls. Default: 5 s for a connection, 20 s for an answer.
    pub timeouts: Timeouts,
    /// How long a start is tried. Default: 10 s while nothing was sent, and 15 s to settle one that is in doubt; then it is
    /// answered with 23 or with unknown.
    pub patience: Patience,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            profile: WireProfile::default(),
            trust: Trust::default(),
            timeouts: Timeouts {
                connect: Duration::from_secs(5),
                answer: Duration::from_secs(20),
                ..Timeouts::default()
            },
            patience: Patience {
                first: Duration::from_millis(200),
                ceiling: Duration::from_secs(2),
                unsent: Duration::from_secs(10),
                doubtful: Some(Duration::from_secs(15)),
            },
        }
    }
}

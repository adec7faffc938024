//! The client: what it holds and how it is made. Its calls are in `call`, `follow` and `submit`.

use crate::observe::Observer;
use crate::options::{BadOptions, Options};
use crate::session::Session;
use crate::transport::Transport;
use amt_protocol::WireProfile;
use std::sync::Arc;
use std::time::Duration;

/// A long poll: answer as soon as the version differs, or when the wait is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The version that the caller has seen; see `JobStatus::version`.
    pub version: i64,
    /// How long the server may wait; whole seconds, at most 60.
    pub wait: Duration,
}

/// A client of one server. It logs on when it first needs a token; cheap to share behind an `Arc`.
pub struct Client {
    pub(crate) transport: Transport,
    pub(crate) session: Session,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("server", &self.transport.base_url).finish_non_exhaustive()
    }
}

impl Client {
    /// A client that has sent nothing yet.
    ///
    /// # Errors
    /// An address that is no URL, a CA file or trust store that cannot be read.
    pub fn new(options: &Options) -> Result<Self, BadOptions> {
        Self::observed(options, None)
    }

    /// The same, with somebody who sees each call (secrets masked).
    pub fn observed(
        options: &Options,
        observer: Option<Arc<dyn Observer>>,
    ) -> Result<Self, BadOptions> {
        Ok(Self {
            transport: Transport::new(options, observer)?,
            session: Session::new(&options.user, options.password.clone()),
        })
    }

    /// The profile it speaks.
    pub fn profile(&self) -> &WireProfile {
        &self.transport.profile
    }

    /// The address of the server.
    pub fn server(&self) -> &str {
        &self.transport.base_url
    }
}

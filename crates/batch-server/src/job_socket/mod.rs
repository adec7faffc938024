//! The socket on which jobs speak to the batch server that runs them (`amtjob`).
//!
//! A call has an id that stays the same when it is sent again after a lost connection; what it changed and its answer
//! are stored together, so nothing is done twice. A wait lasts as long as its connection; the state it shows (13 to 16) is
//! stored, and a job that goes on without its connection is set right by its next call or its end.

mod ask;
mod asker;
mod call;
mod children;
mod files;
mod gate;
mod once;
mod place;
mod plain;
mod said;
mod serve;
mod sleep;
mod state;
#[cfg(test)]
mod tests;
mod tokens;
mod waits;

use std::sync::Arc;

use anyhow::Context as _;
use kit::Handle;
use kit::secret::random_token;

use crate::server::SharedServer;

pub(crate) use tokens::JobTokens;

/// The socket and the tokens that it accepts.
pub(crate) struct JobSocket {
    name: String,
    tokens: JobTokens,
    listener: std::os::unix::net::UnixListener,
}

impl JobSocket {
    /// Opens the socket of this process under a name that jobs of an earlier life know too.
    pub(crate) fn open(server: &SharedServer) -> anyhow::Result<Self> {
        let tokens = JobTokens::load(&server.options.data_dir)
            .context("reading the key of the jobs' tokens")?;
        let name = format!("@ringmaster-{}", tokens.instance());
        let listener =
            serve::bind(&name).with_context(|| format!("opening the job socket {name}"))?;
        Ok(Self { name, tokens, listener })
    }

    /// What jobs find in `AMTJOB_SERVER`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The tokens of jobs.
    pub(crate) fn tokens(&self) -> JobTokens {
        self.tokens.clone()
    }
}

/// Starts to answer jobs.
pub(crate) fn start(
    server: &SharedServer,
    tasks: &Handle,
    socket: JobSocket,
) -> anyhow::Result<()> {
    let listener = serve::accept_from(socket.listener).context("listening on the job socket")?;
    let state = Arc::new(state::State {
        server: Arc::clone(server),
        tokens: socket.tokens,
        gate: gate::Gate::default(),
        waiting: waits::Waiting::default(),
    });
    tasks.critical("job_socket", serve::serve(state, listener, tasks.clone()));
    Ok(())
}

/// A random text for an epoch or an instance.
pub(crate) fn random_text(bytes: usize) -> anyhow::Result<String> {
    Ok(random_token(bytes).context("asking the system for random bytes")?.expose().to_owned())
}

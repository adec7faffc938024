//! Interrupts on their way to runners.
//!
//! An interrupt is a signal and no state: one that meets a restarting controller is gone, and the operator sends it again.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};
use crate::server::{CHANNEL, Server};

/// The requests to interrupt that this process has heard of and not handled yet.
#[derive(Debug, Default)]
pub(crate) struct Interrupts(Mutex<HashSet<i64>>);

impl Interrupts {
    /// Asks the controller that runs a request, here or in another process, to interrupt it.
    pub(crate) async fn ask(&self, server: &Server, id: i64) -> Result<()> {
        if server.has_peers() {
            server
                .db
                .write(move |tx| {
                    Box::pin(async move {
                        sql::notify(tx, CHANNEL, &format!("interrupt:{id}")).await?;
                        Ok::<_, Error>(())
                    })
                })
                .await?;
        }
        self.heard(server, id);
        Ok(())
    }

    /// Takes note of an interrupt and wakes the controller of this process.
    pub(crate) fn heard(&self, server: &Server, id: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        server.wakes.signals.wake();
    }

    /// Hands over what was heard since the last call.
    pub(crate) fn take(&self) -> HashSet<i64> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

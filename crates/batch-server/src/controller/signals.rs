//! Telling runners what was decided about their jobs. Signals are idempotent and repeated until the run has ended, so one
//! that got lost with a killed process is sent again by the next pass.

use std::collections::HashMap;
use std::sync::Arc;

use batch_core::request::Ending;
use batch_runner::{RunnerSignal, Sent, signal};
use jiff::SignedDuration;
use kit::{Next, Pass, Report};

use super::SharedController;
use crate::store::request::read;

/// When to look again for a runner that has not taken its claim yet.
const SOON: SignedDuration = SignedDuration::from_millis(20);

/// Sends kill, stop, interrupt and attach to the runners of this controller.
pub(super) struct Signals {
    controller: SharedController,
    /// What each attempt was told last: a second kill would be a harder one, so a repetition must be a new wish.
    told: HashMap<(i64, i64), RunnerSignal>,
}

impl Signals {
    pub(super) fn new(controller: SharedController) -> Self {
        Self { controller, told: HashMap::new() }
    }

    /// Whether the runner knows of the wish now.
    async fn tell(&mut self, request_id: i64, attempt: i64, wish: RunnerSignal) -> bool {
        if self.told.get(&(request_id, attempt)) == Some(&wish) {
            return true;
        }
        let delivered = send(&self.controller, request_id, attempt, wish).await;
        if delivered {
            self.told.insert((request_id, attempt), wish);
        }
        delivered
    }

    async fn interrupt(&self, request_id: i64) -> anyhow::Result<()> {
        let (id, server) = (self.controller.id, &self.controller.server);
        let row = server
            .db
            .read(move |tx| Box::pin(async move { read::get(tx, request_id).await }))
            .await?;
        if let Some(request) = row.filter(|request| request.controller_id == Some(id)) {
            send(&self.controller, request_id, request.attempt, RunnerSignal::Interrupt).await;
        }
        Ok(())
    }
}

impl Pass for Signals {
    const NAME: &'static str = "signals";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let (id, server) = (self.controller.id, Arc::clone(&self.controller.server));
        let wanted = server
            .db
            .read(move |tx| Box::pin(async move { read::wanting_signals(tx, id).await }))
            .await?;
        let handled = wanted.len();
        self.told
            .retain(|known, _| wanted.iter().any(|(id, attempt, _)| (*id, *attempt) == *known));
        let mut next = Next::Idle;
        for (request_id, attempt, ending) in wanted {
            if !self.tell(request_id, attempt, wish(&ending)).await {
                next = Next::At(server.clock.now() + SOON);
            }
        }
        for request_id in server.interrupts.take() {
            self.interrupt(request_id).await?;
        }
        Ok(Report { handled, next })
    }
}

/// A wish that a row cannot tell any more ends the run: a damaged row must not keep a job alive that somebody wants dead.
fn wish(ending: &str) -> RunnerSignal {
    match ending.parse() {
        Ok(Ending::None) => RunnerSignal::Attach,
        Ok(Ending::Stop) => RunnerSignal::Stop,
        Ok(Ending::Kill | Ending::Abort | Ending::AbortRecover | Ending::AbortRestart) | Err(_) => {
            RunnerSignal::Kill
        }
    }
}

/// Whether a live runner has the signal. One that has not taken its claim yet gets it in a later pass.
async fn send(
    controller: &SharedController,
    request_id: i64,
    attempt: i64,
    wish: RunnerSignal,
) -> bool {
    let Ok(number) = u32::try_from(attempt) else { return false };
    let dir = controller.spool(request_id, number).dir().to_owned();
    match tokio::task::spawn_blocking(move || signal(&dir, wish)).await {
        Ok(Ok(Sent::Delivered)) => true,
        Ok(Err(error)) => {
            tracing::warn!(request.id = request_id, error = %error, "cannot send {wish:?} to the runner of request {request_id}");
            false
        }
        Ok(Ok(Sent::NotRunning)) | Err(_) => false,
    }
}

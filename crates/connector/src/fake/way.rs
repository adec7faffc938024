//! The way to the fake's agents, which can be faulty.

use std::time::Duration;

use futures_util::future::{BoxFuture, join};

use super::Fake;
use super::integration::FakeIntegration;
use crate::call::{Answer, Call, CallKind, answer};
use crate::conformance::WayFault;
use crate::{CallError, Carrier, Fault};

/// How much later a slow answer comes (tokio's clock).
const SLOW: Duration = Duration::from_millis(50);

/// What the way does at present.
#[derive(Debug, Default)]
pub(super) struct WayState {
    /// What happens, and to which calls.
    fault: Option<(WayFault, CallKind)>,
    /// How many calls have suffered it.
    count: u32,
}

impl WayState {
    pub(super) fn set(&mut self, fault: WayFault, during: CallKind) {
        *self = Self { fault: Some((fault, during)), count: 0 };
    }

    pub(super) fn heal(&mut self) -> u32 {
        self.fault = None;
        self.count
    }

    /// What happens to a call, and how many have suffered it with this one.
    fn suffer(&mut self, kind: CallKind) -> Option<(WayFault, u32)> {
        // Logs are listed on the way to reading them.
        let kind = if kind == CallKind::Logs { CallKind::ReadLog } else { kind };
        let (fault, _) = self.fault.filter(|(_, during)| *during == kind)?;
        self.count += 1;
        Some((fault, self.count))
    }
}

fn lost(message: &str) -> CallError {
    CallError::new(Fault::Unreachable, format!("{message}, as a test has said"))
}

fn server_error() -> CallError {
    CallError::new(
        Fault::Nonsense,
        "the fake's agent answered 500 Internal Server Error, as a test has said",
    )
}

/// A connection whose calls take the way.
#[derive(Debug)]
pub(super) struct FakeConnection {
    fake: Fake,
    agent: FakeIntegration,
}

impl FakeConnection {
    pub(super) fn new(fake: Fake, agent: String) -> Self {
        Self { agent: FakeIntegration::new(fake.clone(), agent), fake }
    }

    async fn make(&self, call: Call) -> Answer {
        answer(&self.agent, call).await
    }

    async fn suffer(&self, call: Call, fault: WayFault, number: u32) -> Result<Answer, CallError> {
        match fault {
            WayFault::Slow => {
                tokio::time::sleep(SLOW).await;
                Ok(self.make(call).await)
            }
            WayFault::ServerError => Err(server_error()),
            WayFault::ErrorAfter => {
                self.make(call).await;
                Err(server_error())
            }
            WayFault::LostReply => {
                self.make(call).await;
                Err(lost("the answer was lost"))
            }
            WayFault::Twice => Ok(join(self.make(call.clone()), self.make(call)).await.0),
            WayFault::HangBefore => {
                self.healed().await;
                Ok(self.make(call).await)
            }
            WayFault::HangAfter => {
                let answer = self.make(call).await;
                self.healed().await;
                Ok(answer)
            }
            WayFault::Flapping if number % 2 == 1 => Err(lost("the way was down")),
            WayFault::Flapping => Ok(self.make(call).await),
        }
    }

    async fn healed(&self) {
        self.fake.until(|fake| fake.world().way.fault.is_none()).await;
    }
}

impl Carrier for FakeConnection {
    fn carry(&self, call: Call) -> BoxFuture<'_, Result<Answer, CallError>> {
        let suffered = self.fake.world().way.suffer(call.kind());
        Box::pin(async move {
            match suffered {
                None => Ok(self.make(call).await),
                Some((fault, number)) => self.suffer(call, fault, number).await,
            }
        })
    }
}

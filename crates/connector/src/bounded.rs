//! Any integration, with the limits of what is stored and shown, and of the time that a call may take.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::timeout;

use crate::call::{Answer, Call, answer};
use crate::limits::within_limits;
use crate::{CallError, Carrier, Fault, Integration};

/// The integration, whose texts are cut to what is kept of them and freed from characters that no database takes. An answer with
/// something that cannot be cut, such as an endless state, counts as lost, and so does one that takes longer than `limit` beside the
/// time that its call may wait for news. What an agent says passes through a connector that is built in as well as through a
/// plug-in, so that neither is trusted.
pub fn bounded(integration: Arc<dyn Integration>, limit: Duration) -> Arc<dyn Integration> {
    Arc::new(Bounded { integration, limit })
}

#[derive(Debug)]
struct Bounded {
    integration: Arc<dyn Integration>,
    limit: Duration,
}

impl Carrier for Bounded {
    fn carry(&self, call: Call) -> BoxFuture<'_, Result<Answer, CallError>> {
        let limit = self.limit.saturating_add(call.wait());
        Box::pin(async move {
            let Ok(answer) = timeout(limit, answer(self.integration.as_ref(), call)).await else {
                let message = format!("the connector did not answer within {limit:?}: it hangs");
                return Err(CallError::new(Fault::Unreachable, message));
            };
            within_limits(answer).map_err(|what| {
                let message = format!("the connector answered {what}: the answer is lost");
                CallError::new(Fault::Nonsense, message)
            })
        })
    }

    fn has_what_to_delete(&self) -> bool {
        self.integration.keeps_tasks()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cancelled, Found, StartTask, Started, State, TaskRef, Watch};

    const LIMIT: Duration = Duration::from_mins(5);

    /// Says what an agent of no good will may say.
    #[derive(Debug)]
    struct Wild;

    impl Carrier for Wild {
        fn carry(&self, call: Call) -> BoxFuture<'_, Result<Answer, CallError>> {
            let why = || "a\0b".repeat(2000);
            Box::pin(async move {
                Ok(match call {
                    Call::Start(_) => Answer::Start(Started::Running { state: State("\0".into()) }),
                    Call::Find(_) => Answer::Find(Found::Cannot { why: why() }),
                    Call::Cancel(_) => Answer::Cancel(Cancelled::Refused { why: why() }),
                    _ => return Err(CallError::new(Fault::Refused, why())),
                })
            })
        }

        fn has_what_to_delete(&self) -> bool {
            false
        }
    }

    #[tokio::test]
    async fn what_an_agent_says_can_be_stored() {
        let integration = bounded(Arc::new(Wild), LIMIT);
        let start: StartTask = crate::fake::Fake::task(&"K".parse().unwrap());
        let started = integration.start(start.clone()).await;
        assert!(matches!(&started, Started::Unknown { why } if why.contains("zero character")));
        let is_kept = |why: &str| !why.contains('\0') && why.chars().count() <= 2001;
        let found = integration.find(start).await;
        assert!(matches!(&found, Found::Cannot { why } if is_kept(why)), "{found:?}");
        let task = TaskRef { attempt: "K".parse().unwrap(), state: State::default() };
        let cancelled = integration.cancel(task.clone()).await.unwrap();
        assert!(matches!(&cancelled, Cancelled::Refused { why } if is_kept(why)), "{cancelled:?}");
        let error = integration.logs(task).await.unwrap_err();
        assert!(error.fault == Fault::Refused && is_kept(&error.message), "{error:?}");
        assert!(!integration.keeps_tasks());
    }

    /// Never answers.
    #[derive(Debug)]
    struct Hangs;

    impl Carrier for Hangs {
        fn carry(&self, _: Call) -> BoxFuture<'_, Result<Answer, CallError>> {
            Box::pin(std::future::pending())
        }

        fn has_what_to_delete(&self) -> bool {
            true
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_hangs_is_given_up() {
        let integration = bounded(Arc::new(Hangs), LIMIT);
        let begin = tokio::time::Instant::now();
        let started = integration.start(crate::fake::Fake::task(&"K".parse().unwrap())).await;
        // Nobody knows what became of it: it is looked for.
        assert!(matches!(&started, Started::Unknown { why } if why.contains("it hangs")));
        assert_eq!(begin.elapsed(), LIMIT);
        let wait = Duration::from_mins(1);
        let watch = Watch { tasks: Vec::new(), cursor: None, wait };
        let watched = integration.watch(watch).await;
        assert_eq!(watched.unwrap_err().fault, Fault::Unreachable);
        assert_eq!(begin.elapsed(), LIMIT * 2 + wait, "it may wait for news beside that");
    }
}

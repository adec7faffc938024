//! Starting the runner of a claimed request.

use std::sync::Arc;
use std::time::Duration;

use batch_runner::spool::Spool;
use batch_runner::{LaunchError, Order};

use super::{SharedController, finish, order, run};
use crate::store::request::Request;

/// Starts the runner in a task of its own and follows it to the end of the run.
pub(super) fn launch(controller: &SharedController, request: Request) {
    let shared = Arc::clone(controller);
    let soft = controller.tasks.soft();
    let Some(follower) = controller.followed.take(request.id, request.attempt) else { return };
    controller.tasks.item("run", async move {
        // The job outlives this process; the next life takes its spool up where this one leaves it.
        let ended = soft.run_until_cancelled(run(shared, request)).await.unwrap_or(Ok(()));
        drop(follower);
        ended
    });
}

/// Tries of a start that fails for want of processes, memory or descriptors. Waiting for them doubles from [`PAUSE_FIRST`]: half
/// a minute in all.
const TRIES: u32 = 8;
const PAUSE_FIRST: Duration = Duration::from_millis(250);

async fn run(controller: SharedController, request: Request) -> anyhow::Result<()> {
    let mut pause = PAUSE_FIRST;
    let mut launched = start(&controller, &request).await;
    for _ in 1..TRIES {
        match &launched {
            Err(error) if error.downcast_ref::<LaunchError>().is_some_and(may_pass) => {
                tracing::warn!(
                    request.id = request.id,
                    error = format!("{error:#}"),
                    "cannot start a runner for request {}, trying again",
                    request.id
                );
            }
            _ => break,
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
        launched = start(&controller, &request).await;
    }
    match launched {
        Ok(launched) => run::follow(controller, request, launched).await,
        Err(error) => {
            // Nothing of the job runs: the runner was not started at all.
            let why = format!("{error:#}");
            finish::start_failed(&controller, &request, &why).await
        }
    }
}

/// Whether this machine is short of something that comes back; nothing was started.
fn may_pass(error: &LaunchError) -> bool {
    matches!(error, LaunchError::Order(_) | LaunchError::Start { .. })
}

async fn start(
    controller: &SharedController,
    request: &Request,
) -> anyhow::Result<batch_runner::Launched> {
    let order: Order = order::order(controller, request)?;
    let shared = Arc::clone(controller);
    // A folder is made or renamed: the disk may be slow.
    let launching = tokio::task::spawn_blocking(move || {
        shared.spare.prepare(&Spool::at(&order.spool));
        shared.launcher.launch(&order)
    });
    Ok(launching.await??)
}

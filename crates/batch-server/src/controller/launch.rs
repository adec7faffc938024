//! Starting the runner of a claimed request.

use std::sync::Arc;

use batch_runner::Order;

use super::{SharedController, finish, order, run};
use crate::store::request::Request;

/// Starts the runner in a task of its own and follows it to the end of the run.
pub(super) fn launch(controller: &SharedController, request: Request) {
    let shared = Arc::clone(controller);
    let soft = controller.tasks.soft();
    controller.tasks.item("run", async move {
        // The job outlives this process; the next life takes its spool up where this one leaves it.
        soft.run_until_cancelled(run(shared, request)).await.unwrap_or(Ok(()))
    });
}

async fn run(controller: SharedController, request: Request) -> anyhow::Result<()> {
    match start(&controller, &request).await {
        Ok(launched) => run::follow(controller, request, launched).await,
        Err(error) => {
            // Nothing of the job runs: the runner was not started at all.
            let why = format!("{error:#}");
            finish::start_failed(&controller, &request, &why).await
        }
    }
}

async fn start(
    controller: &SharedController,
    request: &Request,
) -> anyhow::Result<batch_runner::Launched> {
    let order: Order = order::order(controller, request)?;
    let shared = Arc::clone(controller);
    // A folder is created: the disk may be slow.
    Ok(tokio::task::spawn_blocking(move || shared.launcher.launch(&order)).await??)
}

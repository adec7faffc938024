//! After a restart: what became of the runs of the life before, from their spools.

use std::collections::HashSet;
use std::sync::Arc;

use batch_runner::spool::{self, SpoolState};

use super::ingest::Mark;
use super::{SharedController, finish, run};
use crate::store::request::{Request, read, take_over};

/// Takes up every request that this controller runs according to the database.
pub(super) async fn adopt(controller: &SharedController) -> anyhow::Result<()> {
    let id = controller.id;
    let server = &controller.server;
    let fence = controller.fence;
    let left = server
        .db
        .write(move |tx| {
            Box::pin(async move {
                take_over::take_over(tx, id, fence).await?;
                read::running_on(tx, id).await
            })
        })
        .await?;
    if !left.is_empty() {
        tracing::info!(
            requests = left.len(),
            "taking up {} running requests of the life before",
            left.len()
        );
    }
    remove_strays(controller, &left);
    for request in left {
        let shared = Arc::clone(controller);
        let soft = controller.tasks.soft();
        controller.tasks.item("adopt", async move {
            soft.run_until_cancelled(adopt_one(shared, request)).await.unwrap_or(Ok(()))
        });
    }
    Ok(())
}

async fn adopt_one(controller: SharedController, request: Request) -> anyhow::Result<()> {
    let dir = controller.spool(request.id, request.attempt_number()).dir().to_owned();
    loop {
        let looked = dir.clone();
        let state = tokio::task::spawn_blocking(move || spool::state(&looked)).await??;
        match state {
            SpoolState::Ended(_) | SpoolState::Gone { .. } => {
                let mark = Mark::resume(&request);
                return finish::finish(&controller, &request, mark).await;
            }
            SpoolState::Void => return finish::never_started(&controller, &request).await,
            // After a power cut a claim may be missing although the job ran: that is not known, so it is never run again.
            SpoolState::NeverStarted if request.boot_id.as_ref() != Some(&controller.boot_id) => {
                return finish::lost_in_a_reboot(&controller, &request).await;
            }
            SpoolState::NeverStarted => {
                let voided = dir.clone();
                // Only who links the claim decides: a late runner loses it and starts nothing.
                if tokio::task::spawn_blocking(move || spool::void(&voided)).await?? {
                    return finish::never_started(&controller, &request).await;
                }
            }
            SpoolState::Alive { .. } => {
                if let Some(runner) = batch_runner::watch(&dir)? {
                    return run::follow_adopted(controller, request, runner).await;
                }
            }
        }
    }
}

/// Folders of attempts that are over: their end was stored, then the process was killed before it could tidy up.
fn remove_strays(controller: &SharedController, left: &[Request]) {
    let known: HashSet<String> =
        left.iter().map(|request| format!("{}-{}", request.id, request.attempt)).collect();
    let Ok(entries) = std::fs::read_dir(&controller.spool_root) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if known.contains(&name) {
            continue;
        }
        // A runner may live under an attempt that was fenced off; its folder goes when it has ended.
        if !matches!(spool::state(&entry.path()), Ok(SpoolState::Alive { .. })) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

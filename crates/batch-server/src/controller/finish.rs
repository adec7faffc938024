//! Settling a run whose runner has ended, from what its spool says.

use std::time::Duration;

use batch_core::request::Event;
use batch_runner::ChildRecord;
use batch_runner::spool::{self, Spool, SpoolState};

use super::ended::{Ended, ended, lost, not_started};
use super::ingest::Mark;
use super::store_end::{still_ours, store};
use super::{SharedController, ingest};
use crate::store::request::Request;

/// First wait after the end could not be stored; it doubles up to [`RETRY_MAX`].
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(10);

/// Attempts after which a start that fails without any trace is the job's failure and no accident of the launcher's.
const STARTS_MAX: i64 = 3;

/// Said of a run whose claim somebody has removed.
const WITHOUT_SPOOL: &str = "The spool of this job was removed while it ran";

/// Settles a run whose runner has ended, from its spool. A spool that says nothing proves that nothing was started only where
/// no runner has said that it has the claim. Tries until the database takes it: the spool keeps the result.
pub(super) async fn finish(
    controller: &SharedController,
    request: &Request,
    mut mark: Mark,
    was_claimed: bool,
) -> anyhow::Result<()> {
    let spool = controller.spool(request.id, request.attempt_number());
    let ended = settle(controller, request, &spool, was_claimed).await?;
    let mut retry = RETRY_FIRST;
    loop {
        ingest_all_but_last(controller, &mut mark).await;
        match store(controller, request, mark, &ended).await {
            Ok(()) => break,
            Err(error) => {
                tracing::warn!(
                    request.id = request.id,
                    error = format!("{error:#}"),
                    "cannot store the end of request {}, trying again",
                    request.id
                );
                tokio::time::sleep(retry).await;
                retry = (retry * 2).min(RETRY_MAX);
                if let Some(newer) = still_ours(controller, request).await {
                    mark = newer;
                } else {
                    break;
                }
            }
        }
    }
    put_away(controller, &spool);
    Ok(())
}

/// Settles a request whose runner could not be started at all.
pub(super) async fn start_failed(
    controller: &SharedController,
    request: &Request,
    why: &str,
) -> anyhow::Result<()> {
    let ended = not_started(controller, request, why);
    let spool = controller.spool(request.id, request.attempt_number());
    // A failed launch has started nothing, but only a void claim proves it to the next life.
    if spool::void(spool.dir()).unwrap_or(true) {
        store(controller, request, Mark::start(request), &ended).await?;
        put_away(controller, &spool);
    }
    Ok(())
}

/// The end of a run whose runner could not take its claim. What kept the runner from it keeps this process from it as well.
fn not_taken(controller: &SharedController, request: &Request, spool: &Spool) -> Ended {
    let why = match spool::void(spool.dir()) {
        Err(error) => {
            format!("cannot write into the spool folder {}: {error}", spool.dir().display())
        }
        Ok(_) => format!(
            "the runner ended {STARTS_MAX} times before it could take the job; its spool folder is {}",
            spool.dir().display()
        ),
    };
    not_started(controller, request, &why)
}

/// Puts a request whose attempt is proven never to have started back into its queue.
pub(super) async fn never_started(
    controller: &SharedController,
    request: &Request,
) -> anyhow::Result<()> {
    let ended =
        Ended { event: Event::NeverStarted, description: None, exit_code: None, lines: Vec::new() };
    store(controller, request, Mark::resume(request), &ended).await?;
    put_away(controller, &controller.spool(request.id, request.attempt_number()));
    Ok(())
}

/// Ends a request that may have run before the host was restarted, or in a spool that is not there any more.
pub(super) async fn lost_its_place(
    controller: &SharedController,
    request: &Request,
) -> anyhow::Result<()> {
    let text =
        "This job may have been running when the host was restarted or its spool was removed";
    lost_with(controller, request, text).await
}

/// Ends a request whose processes were alive and whose claim was not there any more.
pub(super) async fn lost_its_spool(
    controller: &SharedController,
    request: &Request,
) -> anyhow::Result<()> {
    lost_with(controller, request, WITHOUT_SPOOL).await
}

async fn lost_with(
    controller: &SharedController,
    request: &Request,
    text: &str,
) -> anyhow::Result<()> {
    let ended = lost(controller, text.to_owned());
    store(controller, request, Mark::resume(request), &ended).await?;
    put_away(controller, &controller.spool(request.id, request.attempt_number()));
    Ok(())
}

/// Large output is stored in pieces; the last piece goes along with the end.
async fn ingest_all_but_last(controller: &SharedController, mark: &mut Mark) {
    while let Ok(chunk) = ingest::read(controller, *mark) {
        if chunk.end == mark.offset {
            return;
        }
        let more = Mark { offset: chunk.end, ..*mark };
        match ingest::read(controller, more) {
            Ok(next) if next.end > chunk.end => {
                // The end cannot be stored now either, and is tried again after a while.
                if !ingest::ingest(controller, mark).await {
                    return;
                }
            }
            _ => return,
        }
    }
}

async fn settle(
    controller: &SharedController,
    request: &Request,
    spool: &Spool,
    was_claimed: bool,
) -> anyhow::Result<Ended> {
    match when_ended(spool).await? {
        SpoolState::Alive { runner_pid } => anyhow::bail!("runner {runner_pid} is still alive"),
        SpoolState::Ended(record) => Ok(ended(controller, request, &record)),
        // The runner is gone and left nothing: end what may still run, and say so. Never again by itself.
        SpoolState::Gone { child } => {
            let swept = sweep(controller, request, child).await?;
            let text = format!(
                "The runner of this job is gone without a record of its end; {swept} processes were ended"
            );
            Ok(lost(controller, text))
        }
        SpoolState::NeverStarted if was_claimed => {
            // Should this process be killed now, the next one must not take the job for one that never ran. Where there is
            // no room for that it is not better off than before.
            let _ = spool::abandon(spool.dir());
            sweep(controller, request, None).await?;
            Ok(lost(controller, WITHOUT_SPOOL.to_owned()))
        }
        // The launcher was killed before it took the order, or the runner could not take its claim. No runner can any more.
        SpoolState::NeverStarted | SpoolState::Void => {
            // Restarts from a critical point are attempts that did start.
            if request.attempt - request.restarts >= STARTS_MAX {
                return Ok(not_taken(controller, request, spool));
            }
            Ok(Ended {
                event: Event::NeverStarted,
                description: None,
                exit_code: None,
                lines: Vec::new(),
            })
        }
    }
}

async fn sweep(
    controller: &SharedController,
    request: &Request,
    child: Option<ChildRecord>,
) -> anyhow::Result<u32> {
    let marker = controller.marker(request.id, request.attempt_number());
    let swept =
        tokio::task::spawn_blocking(move || batch_runner::sweep(&marker, child.as_ref())).await??;
    Ok(swept)
}

/// The state of a spool whose runner has closed its pipe. The lock of a killed runner may go a moment after its pipe.
async fn when_ended(spool: &Spool) -> anyhow::Result<SpoolState> {
    loop {
        let dir = spool.dir().to_owned();
        match tokio::task::spawn_blocking(move || spool::state(&dir)).await?? {
            SpoolState::Alive { .. } => tokio::time::sleep(Duration::from_millis(5)).await,
            state => return Ok(state),
        }
    }
}

fn put_away(controller: &SharedController, spool: &Spool) {
    if let Err(error) = controller.spare.put_away(spool) {
        tracing::warn!(error = %error, "cannot remove the spool folder {}", spool.dir().display());
    }
}

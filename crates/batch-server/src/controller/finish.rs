//! The end of a run: the rest of its output and its final state in one transaction.

use std::sync::Arc;
use std::time::Duration;

use batch_core::report_frame::report_end;
use batch_core::request::{Event, Exit};
use batch_core::script::{display_folder, start_error};
use batch_runner::spool::{self, Spool, SpoolState};
use batch_runner::{ChildRecord, End, ExitRecord};

use super::ingest::{Line, Mark};
use super::{SharedController, ingest};
use crate::store::request::change::Also;
use crate::store::request::{Request, change, read};
use crate::store::{message, task_value};
use crate::transition::{self, Rules, Stepped};

/// First wait after the end could not be stored; it doubles up to [`RETRY_MAX`].
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(10);

/// Attempts after which a start that fails without any trace is the job's failure and no accident of the launcher's.
const STARTS_MAX: i64 = 3;

/// What a job was sent that was killed.
const SIGTERM: i32 = 15;

const OVER_PROCESS_LIMIT: &str = "ended because it had more processes than allowed";

/// Said of a run whose claim somebody has removed.
const WITHOUT_SPOOL: &str = "The spool of this job was removed while it ran";

/// What to store about an end.
#[derive(Debug, Clone)]
struct Ended {
    event: Event,
    description: Option<String>,
    exit_code: Option<i64>,
    /// Messages of the server's, after those of the job.
    lines: Vec<Line>,
}

impl Ended {
    fn also(&self) -> Also {
        Also {
            description: self.description.clone(),
            exit_code: self.exit_code,
            waits_for_id: None,
        }
    }
}

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
    remove(&spool);
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
        remove(&spool);
    }
    Ok(())
}

/// The end of a run of which nothing has been started.
fn not_started(controller: &SharedController, request: &Request, why: &str) -> Ended {
    let now = sql::to_micros(controller.server.clock.now());
    let lines = [format!("Error starting job [{}]", request.job_name), format!("[{why}]")];
    Ended {
        event: Event::StartFailed,
        description: Some(why.to_owned()),
        exit_code: None,
        lines: lines.map(|text| (now, "E", text)).to_vec(),
    }
}

/// The end of a run whose runner could not take its claim. What kept the runner from it keeps this process from it as well.
fn not_taken(controller: &SharedController, request: &Request, spool: &Spool) -> Ended {
    let why = match spool::void(spool.dir()) {
        Err(error) => {
            format!("cannot write into the spool folder {}: {error}", spool.dir().display())
        }
        Ok(_) => "the runner ended before it could take the job".to_owned(),
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
    remove(&controller.spool(request.id, request.attempt_number()));
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
    remove(&controller.spool(request.id, request.attempt_number()));
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
            sweep(controller, request, None).await?;
            Ok(lost(controller, WITHOUT_SPOOL.to_owned()))
        }
        // The launcher was killed before it took the order, or the runner could not take its claim. No runner can any more.
        SpoolState::NeverStarted | SpoolState::Void => {
            if request.attempt >= STARTS_MAX {
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

fn lost(controller: &SharedController, text: String) -> Ended {
    let now = sql::to_micros(controller.server.clock.now());
    Ended {
        event: Event::Lost,
        description: Some("lost".to_owned()),
        exit_code: None,
        lines: vec![(now, "E", text)],
    }
}

fn ended(controller: &SharedController, request: &Request, record: &ExitRecord) -> Ended {
    let within_grace = record.stop.is_some_and(|stop| stop.within_grace);
    let at = sql::to_micros(record.ended_at);
    match &record.end {
        // Told to end, a job has not done its work, whatever it says: a host that shuts down tells all of them. Where this
        // server asked for it, the request knows, and its code is that of the wish.
        End::Exited { code } if record.was_killed => Ended {
            event: Event::Exited { exit: Exit::Signal(SIGTERM), within_grace },
            description: described(record, Some(format!("exit code {code} after SIGTERM"))),
            exit_code: Some(i64::from(*code)),
            lines: closing_lines(request, record, at),
        },
        End::Exited { code } => Ended {
            event: Event::Exited { exit: Exit::Code(*code), within_grace },
            description: described(record, (*code != 0).then(|| format!("exit code {code}"))),
            exit_code: Some(i64::from(*code)),
            lines: closing_lines(request, record, at),
        },
        End::Signalled { signal } => Ended {
            event: Event::Exited { exit: Exit::Signal(*signal), within_grace },
            description: described(record, Some(format!("ended by signal {signal}"))),
            exit_code: None,
            lines: closing_lines(request, record, at),
        },
        End::StartFailed { message } => {
            let lines = start_lines(controller, request, message);
            Ended {
                event: Event::StartFailed,
                description: Some(message.clone()),
                exit_code: None,
                lines: lines.into_iter().map(|text| (at, "E", text)).collect(),
            }
        }
    }
}

fn described(record: &ExitRecord, otherwise: Option<String>) -> Option<String> {
    if record.is_over_process_limit {
        return Some(OVER_PROCESS_LIMIT.to_owned());
    }
    otherwise
}

/// The seed's two lines, with the folder as the requester knows it.
fn start_lines(controller: &SharedController, request: &Request, message: &str) -> Vec<String> {
    let Ok(spec) = request.spec() else { return Vec::new() };
    let is_full_path = spec.shown_as.contains(['/', '\\']);
    let folder = display_folder(if is_full_path { &spec.shown_as } else { &spec.file });
    let program = super::order::order(controller, request)
        .map_or_else(|_| spec.file.clone(), |order| order.program);
    start_error(&request.job_name, &program, &folder, message).to_vec()
}

fn closing_lines(request: &Request, record: &ExitRecord, at: i64) -> Vec<Line> {
    let mut lines = Vec::new();
    if record.is_over_process_limit {
        lines.push((at, "E", OVER_PROCESS_LIMIT.to_owned()));
    }
    if let Some(error) = &record.spool_error {
        lines.push((at, "W", format!("Output was lost because it could not be stored: {error}")));
    }
    if record.escaped_ended > 0 {
        lines.push((
            at,
            "W",
            format!("{} processes left behind by the job were ended", record.escaped_ended),
        ));
    }
    if request.kind == "report" {
        let elapsed = Duration::try_from(record.ended_at.duration_since(record.started_at))
            .unwrap_or_default();
        let [time, done] = report_end(elapsed);
        lines.push((at, "I", time));
        if record.end == (End::Exited { code: 0 }) {
            lines.push((at, "I", done));
        }
    }
    lines
}

async fn store(
    controller: &SharedController,
    request: &Request,
    mark: Mark,
    ended: &Ended,
) -> anyhow::Result<()> {
    let server = &controller.server;
    let chunk = ingest::read(controller, mark)?;
    let rules = Rules::of(server);
    let mut lines = chunk.lines;
    lines.extend(ended.lines.iter().cloned());
    let shared = Arc::new((request.clone(), ended.clone(), lines));
    let stored = server
        .db
        .write(move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (request, ended, lines) = &*shared;
                let id = request.id;
                if chunk.end != mark.offset {
                    change::advance_spool(tx, id, mark.attempt, mark.offset, chunk.end).await?;
                }
                message::append(tx, mark.root_id, id, lines).await?;
                if let Some(code) = ended.exit_code.filter(|_| request.kind == "executable") {
                    task_value::set(tx, id, "EXITCODE", &code.to_string()).await?;
                }
                step(tx, request, ended, rules).await
            })
        })
        .await;
    match stored {
        Ok(stepped) => transition::announce(server, &stepped),
        Err(NotStored::Stale) => {
            tracing::debug!(
                request.id = request.id,
                "the end of an older attempt of request {} is stale",
                request.id
            );
        }
        Err(NotStored::Failed(error)) => return Err(error.into()),
    }
    Ok(())
}

/// Why an end was not stored.
#[derive(Debug)]
enum NotStored {
    /// Another life or another attempt has the request.
    Stale,
    Failed(sql::Error),
}

impl From<sql::Error> for NotStored {
    fn from(error: sql::Error) -> Self {
        Self::Failed(error)
    }
}

/// The end as a step of the request. Mostly nobody has touched a run since it was claimed, so that the row of the claim still
/// holds, which its version proves; otherwise it is read again.
async fn step(
    tx: &mut sql::Tx<'_>,
    request: &Request,
    ended: &Ended,
    rules: Rules,
) -> Result<Stepped, NotStored> {
    let also = ended.also();
    match transition::step(tx, request, ended.event, also.clone(), rules).await {
        Err(sql::Error::NotFound) => {}
        stepped => return Ok(stepped?),
    }
    let now = read::lock(tx, request.id).await?.ok_or(NotStored::Stale)?;
    if now.attempt != request.attempt || now.fence != request.fence || !now.state()?.is_running() {
        return Err(NotStored::Stale);
    }
    Ok(transition::step(tx, &now, ended.event, also, rules).await?)
}

/// The mark as the database knows it now; none when the request is no longer ours to settle.
pub(super) async fn still_ours(controller: &SharedController, request: &Request) -> Option<Mark> {
    let id = request.id;
    let row =
        controller.server.db.read(move |tx| Box::pin(async move { read::get(tx, id).await })).await;
    match row {
        Ok(Some(now)) if now.attempt == request.attempt && now.fence == request.fence => {
            Some(Mark::resume(&now))
        }
        Ok(_) => None,
        // The database is away: keep trying with what is known.
        Err(_) => Some(Mark::resume(request)),
    }
}

fn remove(spool: &Spool) {
    if let Err(error) = spool.remove() {
        tracing::warn!(error = %error, "cannot remove the spool folder {}", spool.dir().display());
    }
}

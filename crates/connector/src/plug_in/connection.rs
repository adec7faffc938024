//! One life of a plug-in: its open calls, and the task that reads and writes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::launch::{Pipes, Running};
use super::lines::{Line, Lines};
use super::message::{ConnectorReply, Reply, Request, id_at_start};
use super::messages::{Masked, log_messages};
use crate::call::{Answer, ConnectorAnswer};
use crate::{CallError, Fault};

/// How long a plug-in may take to end by itself when nobody needs it any more.
const GRACE: Duration = Duration::from_secs(5);
/// How long the last lines of a plug-in that has ended are waited for; another process may hold its pipe open.
const LAST_LINES: Duration = Duration::from_secs(1);
/// Lines that wait to be written.
pub(super) const LINES_WAITING_MAX: usize = 16;

/// Over what time lines are counted that nobody has asked for or that make no sense.
const FLOOD_WINDOW: Duration = Duration::from_secs(10);
/// Most such lines of [`FLOOD_WINDOW`]; with more, the plug-in is ended.
const FLOOD_LINES_MAX: u32 = 5000;
/// Most bytes of such lines.
const FLOOD_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Most such lines that are logged.
const FLOOD_LOGGED_MAX: u32 = 20;

/// What a call is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Agent,
    Connector,
}

/// What came.
#[derive(Debug)]
pub(super) enum Payload {
    Agent(Answer),
    Connector(ConnectorAnswer),
}

type Waiter = (Wanted, oneshot::Sender<Result<Payload, CallError>>);

/// One life of a plug-in.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) shared: Arc<Shared>,
    pub(super) lines: mpsc::Sender<Vec<u8>>,
    pub(super) process_id: Option<u32>,
    pub(super) since: Instant,
}

/// What callers and the task share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) name: String,
    /// The open calls; none when this life is over.
    open: Mutex<Option<HashMap<u64, Waiter>>>,
    /// Woken when the last open call has gone.
    idle: Notify,
    /// Lines that came.
    pub(super) heard: AtomicU64,
    /// Ends it by force.
    pub(super) kill: CancellationToken,
    flood: Mutex<Flood>,
}

/// Lines that nobody has asked for or that make no sense.
#[derive(Debug)]
struct Flood {
    since: Instant,
    lines: u32,
    bytes: usize,
    is_too_much: bool,
}

/// Forgets a call whose caller has stopped waiting, and tells the plug-in.
pub(super) struct OpenCall<'a> {
    connection: &'a Connection,
    id: u64,
}

impl Drop for OpenCall<'_> {
    fn drop(&mut self) {
        if self.connection.shared.take(self.id).is_some()
            && let Ok(line) = line_of(&Request::Drop { drop: self.id })
        {
            // Where there is no room, the plug-in finishes a call in vain.
            let _ = self.connection.lines.try_send(line);
        }
    }
}

/// A line with its end.
pub(super) fn line_of(request: &Request) -> Result<Vec<u8>, serde_json::Error> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    Ok(line)
}

impl Connection {
    pub(super) fn is_over(&self) -> bool {
        self.shared.lock().is_none()
    }

    /// Opens a call. Its answer, or why there is none, comes through the channel.
    pub(super) fn open(
        &self,
        id: u64,
        wanted: Wanted,
    ) -> (OpenCall<'_>, oneshot::Receiver<Result<Payload, CallError>>) {
        let (send, receive) = oneshot::channel();
        if let Some(open) = self.shared.lock().as_mut() {
            open.insert(id, (wanted, send));
        }
        (OpenCall { connection: self, id }, receive)
    }
}

impl Shared {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            open: Mutex::new(Some(HashMap::new())),
            idle: Notify::new(),
            heard: AtomicU64::new(0),
            kill: CancellationToken::new(),
            flood: Mutex::new(Flood {
                since: Instant::now(),
                lines: 0,
                bytes: 0,
                is_too_much: false,
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<HashMap<u64, Waiter>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, id: u64) -> Option<Waiter> {
        let mut open = self.lock();
        let open = open.as_mut()?;
        let waiter = open.remove(&id);
        if open.is_empty() {
            self.idle.notify_one();
        }
        waiter
    }

    fn answer(&self, id: u64, outcome: Result<Payload, CallError>) {
        match self.take(id) {
            // The caller may have gone between the two.
            Some((_, waiter)) => drop(waiter.send(outcome)),
            None => tracing::debug!(plug_in = self.name, id, "an answer for which nobody waits"),
        }
    }

    /// All open calls fail, and so does every later one where this life `is_over`.
    fn fail_all(&self, error: &CallError, is_over: bool) {
        let open = {
            let mut open = self.lock();
            let replacement = (!is_over && open.is_some()).then(HashMap::new);
            std::mem::replace(&mut *open, replacement)
        };
        for (_, waiter) in open.into_iter().flatten().map(|(_, waiter)| waiter) {
            let _ = waiter.send(Err(error.clone()));
        }
        self.idle.notify_one();
    }

    async fn until_idle(&self) {
        while self.lock().as_ref().is_some_and(|open| !open.is_empty()) {
            self.idle.notified().await;
        }
    }

    /// Takes a line. Whatever is wrong with it fails the call that it belongs to, or, where that is not to be seen, all open ones. What
    /// stands in the line is not repeated anywhere: it may be secret.
    fn hear(&self, line: Line) {
        self.heard.fetch_add(1, Ordering::Relaxed);
        let (bytes, result) = match &line {
            Line::TooLong(bytes) => (bytes, Err("is longer than 16 MiB".to_owned())),
            Line::Whole(bytes) if bytes.trim_ascii().is_empty() => (bytes, Ok(false)),
            Line::Whole(bytes) => (bytes, self.read(bytes)),
        };
        let problem = match result {
            Ok(true) => return,
            Ok(false) => {
                self.count_odd(bytes.len());
                return;
            }
            Err(problem) => problem,
        };
        let id = id_at_start(bytes);
        if self.count_odd(bytes.len()) {
            tracing::warn!(
                plug_in = self.name,
                id,
                "a line of the plug-in {} {problem}; its author must correct that",
                self.name
            );
        }
        let name = &self.name;
        let message = format!(
            "a line of the plug-in {name} {problem}: the answer is lost; its author must correct that"
        );
        let error = CallError::new(Fault::Nonsense, message);
        match id {
            Some(id) => self.answer(id, Err(error)),
            None => self.fail_all(&error, false),
        }
    }

    /// Whether somebody has waited for it.
    fn read(&self, bytes: &[u8]) -> Result<bool, String> {
        #[derive(serde::Deserialize)]
        struct Id {
            id: u64,
        }
        let Id { id } = serde_json::from_slice(bytes).map_err(|error| problem(&error, "`id`"))?;
        let wanted = self.lock().as_ref().and_then(|open| Some(open.get(&id)?.0));
        let payload = match wanted {
            None => {
                tracing::debug!(plug_in = self.name, id, "an answer for which nobody waits");
                return Ok(false);
            }
            Some(Wanted::Agent) => {
                serde_json::from_slice(bytes).map(|reply: Reply| Payload::Agent(reply.answer))
            }
            Some(Wanted::Connector) => serde_json::from_slice(bytes)
                .map(|reply: ConnectorReply| Payload::Connector(reply.answer)),
        };
        let outcome = payload.map_err(|error| {
            let (name, problem) = (&self.name, problem(&error, "such an answer"));
            let message = format!("the answer of the plug-in {name} {problem}");
            CallError::new(Fault::Nonsense, message)
        });
        self.answer(id, outcome);
        Ok(true)
    }

    /// Counts a line that nobody has asked for or that makes no sense; a flood of them ends the plug-in. Whether it is to be logged.
    fn count_odd(&self, bytes: usize) -> bool {
        let mut flood = self.flood.lock().unwrap_or_else(PoisonError::into_inner);
        if flood.since.elapsed() >= FLOOD_WINDOW {
            (flood.since, flood.lines, flood.bytes) = (Instant::now(), 0, 0);
        }
        flood.lines = flood.lines.saturating_add(1);
        flood.bytes = flood.bytes.saturating_add(bytes);
        if flood.lines > FLOOD_LINES_MAX || flood.bytes > FLOOD_BYTES_MAX {
            flood.is_too_much = true;
            self.kill.cancel();
        }
        flood.lines <= FLOOD_LOGGED_MAX
    }

    /// Why it was ended by force.
    fn why_killed(&self) -> &'static str {
        if self.flood.lock().unwrap_or_else(PoisonError::into_inner).is_too_much {
            return "has flooded its standard output and was ended";
        }
        "has not answered several calls and was ended"
    }
}

/// What is wrong with a line, without any of it.
fn problem(error: &serde_json::Error, what: &str) -> String {
    let column = error.column();
    if error.is_data() {
        format!("is no message with {what}: wrong at byte {column}")
    } else {
        format!("is no JSON: wrong at byte {column}")
    }
}

async fn read(
    from: Box<dyn AsyncRead + Send + Unpin>,
    bytes_max: usize,
    shared: &Shared,
) -> String {
    let endless = (bytes_max as u64).saturating_mul(4);
    let mut lines = Lines::new(from, bytes_max).endless_after(endless);
    loop {
        match lines.next().await {
            Ok(Some(line)) => shared.hear(line),
            Ok(None) => return "has closed its standard output".into(),
            Err(error) => return format!("cannot be read: {error}"),
        }
    }
}

/// Writes until nobody can call any more, or the other end does not read any more.
async fn write(
    mut to: Box<dyn AsyncWrite + Send + Unpin>,
    mut lines: mpsc::Receiver<Vec<u8>>,
) -> Result<(), String> {
    while let Some(line) = lines.recv().await {
        let written = async {
            to.write_all(&line).await?;
            to.flush().await
        };
        written.await.map_err(|error| format!("does not read any more: {error}"))?;
    }
    Ok(())
}

/// Where the task is dropped, its callers need not wait for their time to be over.
struct Closed(Arc<Shared>);

impl Drop for Closed {
    fn drop(&mut self) {
        let message = format!("the plug-in {} is ended, since the scheduler ends", self.0.name);
        self.0.fail_all(&CallError::new(Fault::Unreachable, message), true);
    }
}

/// Waits until a process that was killed is gone, however long the system takes for it; less long where the scheduler ends.
async fn killed(process: &mut dyn Running, soft: &CancellationToken) -> Option<String> {
    tokio::select! {
        status = process.wait() => Some(status),
        () = async { soft.cancelled().await; tokio::time::sleep(GRACE).await } => None,
    }
}

/// Serves one life of a plug-in to its end.
pub(super) async fn live(
    pipes: Pipes,
    lines: mpsc::Receiver<Vec<u8>>,
    bytes_max: usize,
    shared: Arc<Shared>,
    masked: Arc<Masked>,
    soft: CancellationToken,
) {
    let Pipes { to, from, messages, mut process } = pipes;
    let closed = Closed(shared);
    let shared = closed.0.as_ref();
    let mut messages = Box::pin(log_messages(&shared.name, messages, &masked));
    let mut reading = Box::pin(read(from, bytes_max, shared));
    let (mut has_ended, mut logs) = (None, true);
    let why = {
        let writing = write(to, lines);
        tokio::pin!(writing);
        loop {
            tokio::select! {
                why = &mut reading => break why,
                written = &mut writing => break match written {
                    Ok(()) => "is not needed any more".into(),
                    Err(why) => why,
                },
                status = process.wait() => {
                    let why = format!("has ended ({status})");
                    has_ended = Some(status);
                    let _ = tokio::time::timeout(LAST_LINES, &mut reading).await;
                    break why;
                }
                () = &mut messages, if logs => logs = false,
                () = shared.kill.cancelled() => break shared.why_killed().into(),
                () = async { soft.cancelled().await; shared.until_idle().await } => {
                    break "is not needed any more".into();
                }
            }
        }
    };
    let message = format!(
        "the plug-in {} {why} before it answered; it is started again for the next call",
        shared.name
    );
    if has_ended.is_none() && !shared.kill.is_cancelled() {
        // Its standard input is closed now, which asks it to end.
        has_ended = tokio::time::timeout(GRACE, process.wait()).await.ok();
    }
    if has_ended.is_none() {
        process.kill();
        has_ended = killed(process.as_mut(), &soft).await;
    }
    // Not before: it may finish a start while it lives, and the next one must not be asked for that start until this one cannot.
    shared.fail_all(&CallError::new(Fault::Unreachable, message), true);
    if logs {
        let _ = tokio::time::timeout(LAST_LINES, messages).await;
    }
    let status = has_ended.unwrap_or_else(|| "it does not end".into());
    tracing::info!(plug_in = shared.name, status, "the plug-in {} {why}", shared.name);
}

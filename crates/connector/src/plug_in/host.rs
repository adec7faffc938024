//! One plug-in as the scheduler sees it: it is started when it is needed, and again when it has ended.

use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kit::Handle;
use tokio::sync::{Mutex as AsyncMutex, Semaphore, mpsc};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::connection::{Connection, LINES_WAITING_MAX, Payload, Shared, Wanted, line_of, live};
use super::launch::Launch;
use super::message::{LINE_BYTES_MAX, Request};
use super::messages::Masked;
use crate::{CallError, Fault};

/// Most calls of one plug-in at the same time; more wait.
const CALLS_MAX: usize = 1024;
/// A plug-in that lives longer has not died of its start.
const LONG_LIFE: Duration = Duration::from_mins(1);
const BACKOFF_MIN: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(30);
/// So many calls in a row without answer, and nothing heard of meanwhile, and it is ended.
const SILENT_CALLS_MAX: u32 = 3;

pub(super) struct Host {
    name: String,
    launch: Box<dyn Launch>,
    timeout: Duration,
    line_bytes_max: usize,
    handle: Handle,
    link: AsyncMutex<Link>,
    calls: Semaphore,
    ids: AtomicU64,
    /// Calls in a row that had no answer in time.
    silent: AtomicU32,
    pub(super) masked: Arc<Masked>,
    /// Another one takes its place.
    retired: CancellationToken,
    /// What was wrong with it at its last call.
    trouble: Mutex<Option<String>>,
}

#[derive(Default)]
struct Link {
    connection: Option<Arc<Connection>>,
    /// Short lives in a row.
    short_lives: u32,
    ended: Option<Instant>,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Host {
    /// How long a call may take, beside the time that it may wait for news.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(super) fn new(
        name: &str,
        launch: Box<dyn Launch>,
        timeout: Duration,
        handle: Handle,
    ) -> Self {
        Self {
            name: name.to_owned(),
            launch,
            timeout,
            line_bytes_max: LINE_BYTES_MAX,
            handle,
            link: AsyncMutex::default(),
            calls: Semaphore::new(CALLS_MAX),
            ids: AtomicU64::new(1),
            silent: AtomicU32::new(0),
            masked: Arc::default(),
            retired: CancellationToken::new(),
            trouble: Mutex::default(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Calls that wait for news fail at once from now on.
    pub(super) fn retire(&self) {
        self.retired.cancel();
    }

    /// What was wrong with it at its last call.
    pub(super) fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn note_trouble(&self, what: &str) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(what.to_owned());
    }

    fn is_well(&self) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    #[cfg(test)]
    pub(super) fn set_line_bytes_max(&mut self, line_bytes_max: usize) {
        self.line_bytes_max = line_bytes_max;
    }

    /// Makes a call, within the plug-in's time and the time that the call itself may wait. One that `is_waiting` for news ends at once
    /// when another plug-in takes the place of this one.
    pub(super) async fn ask(
        &self,
        wanted: Wanted,
        wait: Duration,
        is_waiting: bool,
        request: impl FnOnce(u64) -> Request,
    ) -> Result<Payload, CallError> {
        let asking = self.ask_to_the_end(wanted, wait, request);
        let outcome = tokio::select! {
            biased;
            () = self.retired.cancelled(), if is_waiting => {
                let message = format!("the plug-in {} is replaced; the new one is asked", self.name);
                return Err(CallError::new(Fault::Unreachable, message));
            }
            outcome = asking => outcome,
        };
        match &outcome {
            Ok(_) => self.is_well(),
            // What was not sent says nothing about it.
            Err(error) if error.fault == Fault::Refused => {}
            Err(error) => self.note_trouble(&error.message),
        }
        outcome
    }

    async fn ask_to_the_end(
        &self,
        wanted: Wanted,
        wait: Duration,
        request: impl FnOnce(u64) -> Request,
    ) -> Result<Payload, CallError> {
        let limit = self.timeout.saturating_add(wait);
        let late = |fault, what: &str| {
            CallError::new(fault, format!("the plug-in {} {what} within {limit:?}", self.name))
        };
        let until = Instant::now() + limit;
        let begin = async {
            let permit = self.calls.acquire().await.ok();
            (permit, self.connect().await)
        };
        let (_permit, connection) = timeout(limit, begin)
            .await
            .map_err(|_| late(Fault::NotSent, "was too busy to take a call"))?;
        let connection = connection?;
        let heard = connection.shared.heard.load(Ordering::Relaxed);
        let id = self.ids.fetch_add(1, Ordering::Relaxed);
        match tokio::time::timeout_at(until, self.call(&connection, id, wanted, request(id))).await
        {
            Ok(outcome) => outcome,
            Err(_) => {
                self.note_silence(&connection, heard);
                Err(late(Fault::Unreachable, "did not answer"))
            }
        }
    }

    async fn call(
        &self,
        connection: &Connection,
        id: u64,
        wanted: Wanted,
        request: Request,
    ) -> Result<Payload, CallError> {
        let line = line_of(&request).map_err(|error| {
            CallError::new(Fault::Refused, format!("the call cannot be written: {error}"))
        })?;
        if line.len() > self.line_bytes_max {
            let (bytes, max) = (line.len(), self.line_bytes_max);
            let message = format!(
                "the call has {bytes} bytes; a plug-in takes {max}: ask for fewer tasks at once"
            );
            return Err(CallError::new(Fault::Refused, message));
        }
        let (_open, answer) = connection.open(id, wanted);
        let gone = |fault| {
            let message = format!("the plug-in {} has ended before it took the call", self.name);
            CallError::new(fault, message)
        };
        if connection.lines.send(line).await.is_err() {
            return Err(gone(Fault::NotSent));
        }
        let outcome = answer.await.map_err(|_| gone(Fault::Unreachable))?;
        self.silent.store(0, Ordering::Relaxed);
        outcome
    }

    /// A plug-in that answers nothing at all cannot heal itself.
    fn note_silence(&self, connection: &Connection, heard: u64) {
        if connection.shared.heard.load(Ordering::Relaxed) != heard {
            self.silent.store(0, Ordering::Relaxed);
        } else if self.silent.fetch_add(1, Ordering::Relaxed) + 1 >= SILENT_CALLS_MAX {
            connection.shared.kill.cancel();
        }
    }

    async fn connect(&self) -> Result<Arc<Connection>, CallError> {
        let mut link = self.link.lock().await;
        if let Some(connection) = &link.connection {
            if !connection.is_over() {
                return Ok(Arc::clone(connection));
            }
            let is_short = connection.since.elapsed() < LONG_LIFE;
            link.short_lives = if is_short { link.short_lives.saturating_add(1) } else { 0 };
            link.connection = None;
            link.ended = Some(Instant::now());
        }
        let pause = backoff(link.short_lives);
        let rest = link.ended.map_or(Duration::ZERO, |ended| pause.saturating_sub(ended.elapsed()));
        if !rest.is_zero() {
            let message = format!(
                "the plug-in {} has ended {} times soon after its start; it is started again in {rest:?} at the earliest, see its messages in the log",
                self.name, link.short_lives
            );
            return Err(CallError::new(Fault::NotSent, message));
        }
        if self.handle.soft().is_cancelled() {
            let message = format!("the plug-in {} is not started: the scheduler ends", self.name);
            return Err(CallError::new(Fault::NotSent, message));
        }
        match self.begin() {
            Ok(connection) => {
                link.connection = Some(Arc::clone(&connection));
                Ok(connection)
            }
            Err(error) => {
                link.short_lives = link.short_lives.saturating_add(1);
                link.ended = Some(Instant::now());
                let message = format!(
                    "the plug-in {} cannot be started: {error}; look at its plugin.toml",
                    self.name
                );
                Err(CallError::new(Fault::NotSent, message))
            }
        }
    }

    fn begin(&self) -> std::io::Result<Arc<Connection>> {
        let pipes = self.launch.launch()?;
        let (lines, waiting) = mpsc::channel(LINES_WAITING_MAX);
        let shared = Arc::new(Shared::new(&self.name));
        let process_id = pipes.process.id();
        tracing::info!(plug_in = self.name, process_id, "the plug-in {} is started", self.name);
        let connection =
            Connection { shared: Arc::clone(&shared), lines, process_id, since: Instant::now() };
        self.silent.store(0, Ordering::Relaxed);
        let (soft, masked) = (self.handle.soft(), Arc::clone(&self.masked));
        let bytes_max = self.line_bytes_max;
        self.handle.item("plug-in", async move {
            live(pipes, waiting, bytes_max, shared, masked, soft).await;
            Ok(())
        });
        Ok(Arc::new(connection))
    }

    /// The id of its process, while there is one.
    pub(super) async fn process_id(&self) -> Option<u32> {
        let link = self.link.lock().await;
        link.connection.as_ref().filter(|connection| !connection.is_over())?.process_id
    }
}

/// How long after its end a plug-in is started again, after so many short lives in a row.
fn backoff(short_lives: u32) -> Duration {
    match short_lives {
        // Once is chance.
        0 | 1 => Duration::ZERO,
        more => BACKOFF_MIN.saturating_mul(1 << (more - 2).min(16)).min(BACKOFF_MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_from_the_second_short_life_on_up_to_half_a_minute() {
        let millis: Vec<_> = (0..14).map(|lives| backoff(lives).as_millis()).collect();
        let expected =
            [0, 0, 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000, 30000];
        assert_eq!(millis, expected);
        assert_eq!(backoff(u32::MAX), BACKOFF_MAX);
    }
}

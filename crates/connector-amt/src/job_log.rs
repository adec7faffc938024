//! The job log of a task: one file, `AsyscoAmt-<attempt>.log`.
//!
//! After the end it is the block of [`amt_client::job_log`]. While the task runs nobody knows the block's completion code, so
//! a reading that begins then gets the lines of its part *Job Log* as they are written, and ends with the last of them; read
//! from the beginning after that, the log is the whole block.
//!
//! A reading goes on from a [`Place`] that names a message and a byte in its line, so nothing is kept between two calls.

use std::time::Duration;

use amt_client::job_log::{JobLog, RULE, Ran, message};
use amt_client::{Error, FollowEvent, Words};
use amt_protocol::{CompletionCode, MessagePage};
use connector::{CallError, Fault, LogFile, LogPart, LogRequest, TaskRef};
use tokio::time::Instant;

use crate::connection::{Connection, PAUSE, call_error, known, repeated};
use crate::state::{About, Kept};

/// Most messages that are asked for at once.
const PAGE_MAX: u32 = 1000;
/// Longest wait for more.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// The log of a task, and whether it is whole.
pub(crate) async fn file(amt: &Connection, task: &TaskRef) -> Result<LogFile, CallError> {
    let kept = known(task)?;
    let is_complete = code(amt, &kept).await?.is_some();
    Ok(LogFile { name: name(task), is_complete })
}

/// A part of the log.
pub(crate) async fn part(amt: &Connection, call: &LogRequest) -> Result<LogPart, CallError> {
    let task = &call.task;
    if call.name != name(task) {
        let message = format!("the task `{}` has one log, `{}`", task.attempt, name(task));
        return Err(CallError::new(Fault::NotFound, message));
    }
    let mut kept = known(task)?;
    let place = match &call.from {
        Some(from) => Some(Place::read(from).ok_or_else(|| no_place(from))?),
        None => None,
    };
    let reading = Reading {
        amt,
        id: kept.id,
        text: String::new(),
        bytes_max: call.bytes_max.max(LogRequest::BYTES_MIN) as usize,
        until: Instant::now() + call.wait.min(WAIT_MAX),
    };
    if let Some(Place::Live(at)) = place {
        return reading.live(&kept, at).await;
    }
    kept.about.code = code(amt, &kept).await?;
    match (kept.about.code, place) {
        (None, None) => reading.live(&kept, At::default()).await,
        (None, Some(_)) => Err(no_place(call.from.as_deref().unwrap_or_default())),
        (Some(code), place) => {
            reading.block(&kept.about, code, place.unwrap_or(Place::Head(0))).await
        }
    }
}

fn name(task: &TaskRef) -> String {
    format!("AsyscoAmt-{}.log", task.attempt)
}

fn no_place(from: &str) -> CallError {
    let from: String = from.chars().take(40).collect();
    CallError::new(Fault::NotFound, format!("there is no place `{from}` in the job log"))
}

/// The code with which a task has ended; none while it goes on.
async fn code(amt: &Connection, kept: &Kept) -> Result<Option<u16>, CallError> {
    if kept.about.code.is_some() || kept.id == 0 {
        return Ok(kept.about.code);
    }
    let status = repeated(|| Box::pin(amt.client.monitor(kept.id, None))).await;
    let status = status.map_err(|error| call_error(&error))?;
    let code = status.completion();
    let has_ended = code.is_final()
        || matches!(code, CompletionCode::WebServerError | CompletionCode::AuthenticationError);
    Ok(has_ended.then_some(status.code))
}

/// A place in the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct At {
    /// The last message that was read whole.
    after: i64,
    /// Bytes that were read of the line behind it.
    byte: usize,
}

/// A place in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the block above its messages.
    Head(usize),
    /// In the block's messages.
    Messages(At),
    /// The same, after it was said why they are missing.
    Missing(At),
    /// In the block below its messages.
    Foot(usize),
    /// In the messages of a task that went on when the reading began.
    Live(At),
}

impl Place {
    fn write(self) -> String {
        match self {
            Self::Head(byte) => format!("head:{byte}"),
            Self::Messages(at) => format!("messages:{}:{}", at.after, at.byte),
            Self::Missing(at) => format!("missing:{}:{}", at.after, at.byte),
            Self::Foot(byte) => format!("foot:{byte}"),
            Self::Live(at) => format!("live:{}:{}", at.after, at.byte),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let (stage, rest) = text.split_once(':')?;
        let at = || {
            let (after, byte) = rest.split_once(':')?;
            let after = after.parse().ok().filter(|after| *after >= 0)?;
            Some(At { after, byte: byte.parse().ok()? })
        };
        match stage {
            "head" => Some(Self::Head(rest.parse().ok()?)),
            "messages" => at().map(Self::Messages),
            "missing" => at().map(Self::Missing),
            "foot" => Some(Self::Foot(rest.parse().ok()?)),
            "live" => at().map(Self::Live),
            _ => None,
        }
    }
}

/// One call under way.
struct Reading<'a> {
    amt: &'a Connection,
    id: i64,
    text: String,
    bytes_max: usize,
    until: Instant,
}

impl Reading<'_> {
    /// Adds what fits of a piece from a byte on. The byte to go on from, or none when all of it fitted.
    fn add(&mut self, piece: &str, byte: usize) -> Result<Option<usize>, CallError> {
        let rest = piece.get(byte..).ok_or_else(|| no_place(&byte.to_string()))?;
        let mut fits = rest.len().min(self.bytes_max - self.text.len());
        while !rest.is_char_boundary(fits) {
            fits -= 1;
        }
        self.text.push_str(&rest[..fits]);
        Ok((fits < rest.len()).then_some(byte + fits))
    }

    fn part(self, next: Place, is_end: bool) -> LogPart {
        LogPart { text: self.text, next: next.write(), is_end }
    }

    async fn page(&self, after: i64) -> Result<MessagePage, Error> {
        let most = u32::try_from(self.bytes_max / 8).unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
        let client = &self.amt.client;
        let mut page = repeated(|| Box::pin(client.message_page(self.id, after, most))).await?;
        page.messages.retain(|message| message.sequence > after);
        Ok(page)
    }

    /// Adds the lines of a page. The place behind them, and whether the part is full.
    fn lines(&mut self, page: &MessagePage, mut at: At) -> Result<(At, bool), CallError> {
        for one in &page.messages {
            let line = format!("{}\n", message(&one.text));
            if let Some(byte) = self.add(&line, at.byte)? {
                return Ok((At { byte, ..at }, true));
            }
            at = At { after: one.sequence, byte: 0 };
        }
        Ok((at, false))
    }

    /// The block of a task that has ended.
    async fn block(mut self, about: &About, code: u16, place: Place) -> Result<LogPart, CallError> {
        let (at, is_said) = match place {
            Place::Head(byte) => {
                if let Some(byte) = self.add(&head(self.amt, about, code), byte)? {
                    return Ok(self.part(Place::Head(byte), false));
                }
                (At::default(), false)
            }
            Place::Messages(at) => (at, false),
            Place::Missing(at) => (at, true),
            Place::Foot(byte) => return self.foot(byte),
            Place::Live(at) => return Ok(self.part(Place::Live(at), false)),
        };
        if self.id == 0 {
            return self.own_words(&about.description, at);
        }
        self.messages(at, is_said).await
    }

    /// The block's messages, to their end or until the part is full.
    async fn messages(mut self, mut at: At, is_said: bool) -> Result<LogPart, CallError> {
        loop {
            let page = match self.page(at.after).await {
                Ok(page) => page,
                Err(error) => return self.missing(at, is_said, &error).await,
            };
            let before = at;
            let is_full;
            (at, is_full) = self.lines(&page, at)?;
            if is_full {
                return Ok(self.part(Place::Messages(at), false));
            }
            if page.complete {
                return self.foot(0);
            }
            if at == before {
                // It has ended, and the server still writes its last messages.
                let is_late = Instant::now() >= self.until;
                if is_late || !self.text.is_empty() {
                    return Ok(self.part(Place::Messages(at), false));
                }
                tokio::time::sleep(PAUSE.min(self.until - Instant::now())).await;
            }
        }
    }

    /// Says why messages are missing, once. They are asked for again, unless the server says that they are gone.
    async fn missing(mut self, at: At, is_said: bool, error: &Error) -> Result<LogPart, CallError> {
        let is_gone = matches!(error, Error::Refused { status: 404, problem, .. } if !problem.code.is_empty());
        if is_said {
            if is_gone {
                return self.foot(0);
            }
            tokio::time::sleep_until(self.until).await;
            return Ok(self.part(Place::Missing(at), false));
        }
        let error = error.text(Words::Agent);
        let why = format!("The messages of request {} are missing here: {error}", self.id);
        let line = format!("{}\n", message(&why));
        // In one piece, so that no place in it must be known.
        if line.len() > self.bytes_max - self.text.len() && !self.text.is_empty() {
            return Ok(self.part(Place::Messages(at), false));
        }
        self.add(&line, 0)?;
        Ok(self.part(Place::Missing(at), false))
    }

    /// The message of a task that ended without a request: why it did.
    fn own_words(mut self, why: &str, at: At) -> Result<LogPart, CallError> {
        if at.after == 0 {
            let line = if why.is_empty() { String::new() } else { format!("{}\n", message(why)) };
            if let Some(byte) = self.add(&line, at.byte)? {
                return Ok(self.part(Place::Messages(At { byte, ..at }), false));
            }
        }
        self.foot(0)
    }

    fn foot(mut self, byte: usize) -> Result<LogPart, CallError> {
        let rest = self.add(&format!("{RULE}\n"), byte)?;
        let is_end = rest.is_none();
        Ok(self.part(Place::Foot(rest.unwrap_or(RULE.len() + 1)), is_end))
    }

    /// The lines so far of a task that goes on, or went on when the reading began.
    async fn live(mut self, kept: &Kept, mut at: At) -> Result<LogPart, CallError> {
        loop {
            // Before the messages: when it has ended, no later message can be missed.
            let has_ended = code(self.amt, kept).await?.is_some();
            let page = self.page(at.after).await.map_err(|error| call_error(&error))?;
            let is_full;
            (at, is_full) = self.lines(&page, at)?;
            let is_end = has_ended && page.complete && !is_full;
            let is_late = Instant::now() >= self.until;
            if is_end || is_full || is_late || !self.text.is_empty() {
                return Ok(self.part(Place::Live(at), is_end));
            }
            self.wait_for_message(at.after).await;
        }
    }

    /// Waits until there may be a new message, or for the end of the call's time.
    async fn wait_for_message(&self, after: i64) {
        let client = &self.amt.client;
        let following = async {
            if !client.profile().features.message_paging {
                return false;
            }
            let Ok(mut stream) = client.follow(self.id, after).await else { return false };
            matches!(stream.next().await, Ok(Some(FollowEvent::Message(_) | FollowEvent::Complete)))
        };
        match tokio::time::timeout_at(self.until, following).await {
            Ok(true) | Err(_) => {}
            // No stream, or a broken one.
            Ok(false) => {
                let left = self.until.saturating_duration_since(Instant::now());
                tokio::time::sleep(PAUSE.min(left)).await;
            }
        }
    }
}

fn head(amt: &Connection, about: &About, code: u16) -> String {
    let mut parameters = about.values.clone();
    if about.more > 0 {
        parameters.push(format!("… ({} more)", about.more));
    }
    JobLog {
        server: amt.client.server(),
        application: &about.application,
        submit_user: &about.submit_user,
        station: &about.station,
        queue: &about.queue,
        ran: if about.is_script { Ran::Script(&about.name) } else { Ran::Job(&about.name) },
        parameters: &parameters,
        completion: CompletionCode::try_from(code).unwrap_or(CompletionCode::Undefined).name(),
    }
    .head()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_as_it_was_written() {
        let at = At { after: 17, byte: 3 };
        for place in [
            Place::Head(5),
            Place::Messages(at),
            Place::Missing(at),
            Place::Foot(0),
            Place::Live(At::default()),
        ] {
            assert_eq!(Place::read(&place.write()), Some(place));
        }
        for text in
            ["", "head", "head:-1", "messages:1", "messages:-1:0", "live:x:1", "tail:1", "head:1:2"]
        {
            assert_eq!(Place::read(text), None, "{text}");
        }
    }
}

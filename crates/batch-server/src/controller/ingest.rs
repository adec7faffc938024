//! From the spool to the database: messages and the read mark in one transaction, so that each message is stored once.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use batch_runner::spool::{OutputReader, Record, RecordKind};

use super::SharedController;
use crate::server::CHANNEL;
use crate::store::message;
use crate::store::request::{Request, change};

/// Bytes of output read and stored at once.
const CHUNK_BYTES: usize = 1 << 20;

/// How far the output of a run is stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) request_id: i64,
    pub(super) root_id: i64,
    pub(super) attempt: i64,
    pub(super) offset: i64,
}

impl Mark {
    /// Of a run that begins.
    pub(super) fn start(request: &Request) -> Self {
        Self { offset: 0, ..Self::resume(request) }
    }

    /// Of a run that an earlier life began.
    pub(super) fn resume(request: &Request) -> Self {
        Self {
            request_id: request.id,
            root_id: request.root(),
            attempt: request.attempt,
            offset: request.spool_offset,
        }
    }
}

/// A message ready to be stored: time, kind, text.
pub(super) type Line = (i64, &'static str, String);

/// What was read from a spool.
pub(super) struct Chunk {
    pub(super) lines: Vec<Line>,
    pub(super) end: i64,
}

/// Reads what has come since the mark.
pub(super) fn read(controller: &SharedController, mark: Mark) -> anyhow::Result<Chunk> {
    let attempt = u32::try_from(mark.attempt)?;
    let path: PathBuf = controller.spool(mark.request_id, attempt).output();
    let from = u64::try_from(mark.offset)?;
    // The file is small or in the page cache: a thread of its own would cost more than the read.
    let (records, end) = match OutputReader::read_from(&path, from, CHUNK_BYTES) {
        Err(error) if error.kind() == ErrorKind::InvalidData => return damaged(controller, &path),
        other => other?,
    };
    Ok(Chunk { lines: records.into_iter().map(line).collect(), end: i64::try_from(end)? })
}

/// What cannot be read now can never be: it must not keep the end of the run from being stored.
fn damaged(controller: &SharedController, path: &Path) -> anyhow::Result<Chunk> {
    let text = "The rest of the output was damaged in the spool and is not kept".to_owned();
    let now = sql::to_micros(controller.server.clock.now());
    let end = i64::try_from(std::fs::metadata(path)?.len())?;
    Ok(Chunk { lines: vec![(now, "E", text)], end })
}

fn line(record: Record) -> Line {
    let kind = match record.kind {
        RecordKind::Output => "O",
        RecordKind::Information => "I",
        RecordKind::Warning => "W",
        RecordKind::Error => "E",
    };
    (sql::to_micros(record.at), kind, record.text)
}

/// Stores all that has come; returns whether it could. A failure is left for the next look: nothing is lost while the spool is there.
pub(super) async fn ingest(controller: &SharedController, mark: &mut Mark) -> bool {
    loop {
        match store_chunk(controller, *mark).await {
            Ok(end) if end > mark.offset => mark.offset = end,
            Ok(_) => return true,
            Err(error) => {
                tracing::warn!(
                    request.id = mark.request_id,
                    error = format!("{error:#}"),
                    "cannot store the output of request {}, trying again later",
                    mark.request_id
                );
                return false;
            }
        }
    }
}

async fn store_chunk(controller: &SharedController, mark: Mark) -> anyhow::Result<i64> {
    let chunk = read(controller, mark)?;
    if chunk.end == mark.offset {
        return Ok(mark.offset);
    }
    let (lines, end) = (std::sync::Arc::new(chunk.lines), chunk.end);
    let tells_others = controller.server.has_peers();
    controller
        .server
        .db
        .write_together(move |tx| {
            let lines = std::sync::Arc::clone(&lines);
            Box::pin(async move {
                change::advance_spool(tx, mark.request_id, mark.attempt, mark.offset, end).await?;
                message::append(tx, mark.root_id, mark.request_id, &lines).await?;
                if tells_others {
                    sql::notify(
                        tx,
                        CHANNEL,
                        &format!("messages:{},{}", mark.request_id, mark.root_id),
                    )
                    .await?;
                }
                Ok::<_, sql::Error>(())
            })
        })
        .await?;
    controller.server.hub.changed([mark.request_id, mark.root_id]);
    Ok(end)
}

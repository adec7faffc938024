//! Copying the logs of one attempt.

use std::sync::Arc;
use std::time::Duration;

use connector::{CallError, Fault, Integration, LogRequest, TaskRef};
use jiff::civil::Date;
use job_archive::{Again, Archive, LogIndex, Writer};

/// Bytes that one answer of an agent carries at most.
const PART_BYTES: u32 = 256 * 1024;
/// Logs of one attempt at most; further ones are left where they are.
const LOGS_MAX: usize = 100;
/// Bytes of one log at most; what follows is left out, and the log says so.
const LOG_BYTES_MAX: u64 = 1 << 30;

/// What has become of the logs of an attempt.
pub(super) enum Fetched {
    /// These are in the archive.
    Stored(Vec<StoredLog>),
    /// Not yet; it is tried again.
    Later(Later),
}

/// Why logs are not in the archive yet.
#[derive(Debug, Clone)]
pub(super) struct Later {
    pub(super) why: String,
    /// Whether the agent was there and does not give them: after so many tries that is given up. What is away, agent or archive,
    /// is waited for as long as it takes.
    pub(super) is_counted: bool,
}

impl Later {
    pub(super) fn away(why: impl ToString) -> Self {
        Self { why: why.to_string(), is_counted: false }
    }

    pub(super) fn agent(error: &CallError) -> Self {
        Self { why: error.to_string(), is_counted: !error.is_away() }
    }
}

/// A log that is in the archive.
pub(super) struct StoredLog {
    pub(super) name: String,
    pub(super) index: LogIndex,
}

/// Why a log could not be copied.
enum Failed {
    /// Its agent.
    Agent(CallError),
    /// The archive.
    Archive(job_archive::Error),
}

/// Copies all logs of a task. `is_last_try` says that what the agent does not give is not waited for any longer.
pub(super) async fn fetch(
    archive: &Archive,
    integration: &Arc<dyn Integration>,
    task: &TaskRef,
    keep_until: Date,
    is_last_try: bool,
) -> Fetched {
    let files = match integration.logs(task.clone()).await {
        Ok(files) => files,
        Err(error) if is_over(&error, is_last_try) => {
            tracing::warn!(attempt = %task.attempt, "its logs are not there: {error}");
            return Fetched::Stored(Vec::new());
        }
        Err(error) => return Fetched::Later(Later::agent(&error)),
    };
    let mut stored = Vec::with_capacity(files.len());
    for file in files.into_iter().take(LOGS_MAX) {
        let copied = copy(archive, integration, task, &file.name, keep_until, is_last_try).await;
        match copied {
            Ok(index) => stored.push(StoredLog { name: file.name, index }),
            Err(Failed::Agent(error)) => return Fetched::Later(Later::agent(&error)),
            Err(Failed::Archive(error)) if error.again() == Again::Never => {
                tracing::error!(attempt = %task.attempt, log = file.name, "it is not archived: {error}");
            }
            Err(Failed::Archive(error)) => return Fetched::Later(Later::away(error)),
        }
    }
    Fetched::Stored(stored)
}

async fn copy(
    archive: &Archive,
    integration: &Arc<dyn Integration>,
    task: &TaskRef,
    name: &str,
    keep_until: Date,
    is_last_try: bool,
) -> Result<LogIndex, Failed> {
    let mut writer = archive.write(keep_until).map_err(Failed::Archive)?;
    let mut from = None;
    loop {
        let request = LogRequest {
            task: task.clone(),
            name: name.to_owned(),
            from: from.clone(),
            bytes_max: PART_BYTES,
            wait: Duration::ZERO,
        };
        let part = match integration.read_log(request).await {
            Ok(part) => part,
            Err(error) if is_over(&error, is_last_try) => {
                note(&mut writer, &format!("the rest of this log could not be read: {error}"))
                    .await?;
                break;
            }
            Err(error) => return Err(Failed::Agent(error)),
        };
        writer.append(&part.text).await.map_err(Failed::Archive)?;
        if part.is_end {
            break;
        }
        if part.text.is_empty() || from.as_ref() == Some(&part.next) {
            // The task is over, and its agent does not have all that it has said yet.
            let why = "its agent has not said the end of this log yet";
            if !is_last_try {
                return Err(Failed::Agent(CallError::new(Fault::Nonsense, why)));
            }
            note(&mut writer, why).await?;
            break;
        }
        if writer.bytes() > LOG_BYTES_MAX {
            let why = format!("the rest is left out: a log has at most {LOG_BYTES_MAX} bytes");
            note(&mut writer, &why).await?;
            break;
        }
        from = Some(part.next);
    }
    writer.finish().await.map_err(Failed::Archive)
}

/// Says in a log why it does not go on.
async fn note(writer: &mut Writer, why: &str) -> Result<(), Failed> {
    writer.append(&format!("\n-- {why}\n")).await.map_err(Failed::Archive)
}

/// Whether asking again cannot help, or is given up. An agent that is away is asked again.
fn is_over(error: &CallError, is_last_try: bool) -> bool {
    match error.fault {
        Fault::NotFound => true,
        Fault::Unreachable | Fault::NotSent => false,
        Fault::Nonsense | Fault::Refused => is_last_try,
    }
}

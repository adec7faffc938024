//! The way between the scheduler and this plug-in, which a test can make faulty: lines that come late, twice, never or after the plug-in
//! has died.
//!
//! The file `FILE.fault` says what happens, as `FAULT CALL` in the spelling of `connector::conformance::WayFault`, such as `Slow start`;
//! without it nothing does. Each line that suffers adds a letter to `FILE.suffered`. Both outlive the plug-in.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::mpsc;

/// How much later a slow answer comes.
const SLOW: Duration = Duration::from_millis(100);
/// How often it is looked whether the way is healed.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// What becomes of the answer to a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// It is replaced by an error.
    Error,
    /// The plug-in dies before it.
    Lost,
    /// It comes when the way is healed.
    Late,
}

pub(crate) struct Way {
    fault: PathBuf,
    suffered: PathBuf,
    /// What becomes of answers, by the ids of their calls.
    answers: Mutex<HashMap<u64, Answer>>,
    /// Lines for the scheduler.
    out: mpsc::UnboundedSender<String>,
}

impl Way {
    /// The way of the target in `file`, with its end towards the scheduler.
    pub(crate) fn new(file: &Path) -> (Arc<Self>, mpsc::UnboundedReceiver<String>) {
        let (out, lines) = mpsc::unbounded_channel();
        let beside = |end| PathBuf::from(format!("{}.{end}", file.display()));
        let way = Self {
            fault: beside("fault"),
            suffered: beside("suffered"),
            answers: Mutex::default(),
            out,
        };
        (Arc::new(way), lines)
    }

    fn answers(&self) -> MutexGuard<'_, HashMap<u64, Answer>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn becomes(&self, id: u64, answer: Answer) {
        self.answers().insert(id, answer);
    }

    /// What happens to a call of a kind.
    fn fault_of(&self, kind: &str) -> Option<String> {
        let text = std::fs::read_to_string(&self.fault).ok()?;
        let (fault, during) = text.trim().split_once(' ')?;
        // Logs are listed on the way to reading them.
        let kind = if kind == "logs" { "read_log" } else { kind };
        (during == kind).then(|| fault.to_owned())
    }

    /// Notes that a line suffers, and says how many have with it.
    fn suffer(&self) -> io::Result<usize> {
        let mut file = OpenOptions::new().create(true).append(true).open(&self.suffered)?;
        file.write_all(b"x")?;
        Ok(std::fs::read(&self.suffered)?.len())
    }

    async fn healed(&self) {
        while self.fault.exists() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Takes what the scheduler says on to the plug-in.
    pub(crate) async fn there(
        self: Arc<Self>,
        from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
    ) -> io::Result<()> {
        let mut lines = BufReader::new(from).lines();
        // Lines behind one that hangs, which cannot overtake it.
        let mut held: Vec<String> = Vec::new();
        loop {
            let line = tokio::select! {
                line = lines.next_line() => line?,
                () = self.healed(), if !held.is_empty() => {
                    for line in held.drain(..) {
                        to.write_all(format!("{line}\n").as_bytes()).await?;
                    }
                    continue;
                }
            };
            let Some(line) = line else { return Ok(()) };
            let request: Value = serde_json::from_str(&line)?;
            let call = request.get("call").and_then(Value::as_object);
            let kind = call.and_then(|call| call.keys().next()).map_or("", String::as_str);
            // What a test wants of the target takes another way.
            let is_wish = request["call"]["start"]["task_type"] == json!("control");
            let fault = if is_wish { None } else { self.fault_of(kind) };
            if !held.is_empty() && !is_wish {
                held.push(line);
                continue;
            }
            let Some(fault) = fault else {
                to.write_all(format!("{line}\n").as_bytes()).await?;
                continue;
            };
            let number = self.suffer()?;
            let id = request["id"].as_u64().unwrap_or_default();
            match fault.as_str() {
                "Slow" => tokio::time::sleep(SLOW).await,
                "ServerError" => {
                    let _ = self.out.send(error(id));
                    continue;
                }
                "ErrorAfter" => self.becomes(id, Answer::Error),
                "LostReply" => self.becomes(id, Answer::Lost),
                "HangAfter" => self.becomes(id, Answer::Late),
                "Twice" => to.write_all(format!("{line}\n").as_bytes()).await?,
                "HangBefore" => {
                    held.push(line);
                    continue;
                }
                "Flapping" if number % 2 == 1 => std::process::abort(),
                _ => {}
            }
            to.write_all(format!("{line}\n").as_bytes()).await?;
        }
    }

    /// Takes what the plug-in says on to the scheduler.
    pub(crate) async fn back(self: Arc<Self>, from: impl AsyncRead + Unpin) -> io::Result<()> {
        let mut lines = BufReader::new(from).lines();
        while let Some(line) = lines.next_line().await? {
            let reply: Value = serde_json::from_str(&line).unwrap_or_default();
            let id = reply["id"].as_u64().unwrap_or_default();
            let becomes = self.answers().remove(&id);
            match becomes {
                Some(Answer::Lost) => std::process::abort(),
                Some(Answer::Error) => drop(self.out.send(error(id))),
                Some(Answer::Late) => {
                    let way = Arc::clone(&self);
                    late(async move {
                        way.healed().await;
                        let _ = way.out.send(line);
                    });
                }
                None => drop(self.out.send(line)),
            }
        }
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "a plug-in has no supervisor")]
fn late(sending: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(sending);
}

fn error(id: u64) -> String {
    let failed =
        json!({"fault": "nonsense", "message": "the target answered 500 Internal Server Error"});
    json!({"id": id, "answer": {"failed": failed}}).to_string()
}

/// Writes lines until there are no more.
pub(crate) async fn write(
    mut lines: mpsc::UnboundedReceiver<String>,
    mut to: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    while let Some(line) = lines.recv().await {
        to.write_all(format!("{line}\n").as_bytes()).await?;
        to.flush().await?;
    }
    Ok(())
}

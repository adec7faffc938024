//! The plug-in's side, for those who write one in Rust.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::future::{BoxFuture, Either, select};
use futures_util::stream::FuturesUnordered;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::oneshot;

use super::lines::{Line, Lines};
use super::message::{ConnectorReply, LINE_BYTES_MAX, Reply, Request};
use crate::call::{Answer, Call, answer, answer_connector};
use crate::{CallError, Connector, Fault, Integration, Target};

/// Most connections that are kept; with more agents than that, connections are made anew.
const CONNECTIONS_MAX: usize = 256;

/// A call under way; its id, and the line that answers it if somebody still waits.
type Work = BoxFuture<'static, (u64, Option<Vec<u8>>)>;

/// Serves a connector to the scheduler until `input` ends: `serve(tokio::io::stdin(), tokio::io::stdout(), connector)` is the `main` of a
/// plug-in. Nothing else may write to standard output; what is written to standard error stands in the scheduler's log.
///
/// # Errors
/// Reading or writing fails.
pub async fn serve(
    input: impl AsyncRead + Unpin,
    mut output: impl AsyncWrite + Unpin,
    connector: Arc<dyn Connector>,
) -> io::Result<()> {
    let mut lines = Lines::new(input, LINE_BYTES_MAX);
    let mut server = Server { connector, connections: HashMap::new(), drops: HashMap::new() };
    let mut works: FuturesUnordered<Work> = FuturesUnordered::new();
    loop {
        tokio::select! {
            line = lines.next() => match line? {
                None => return Ok(()),
                Some(Line::Whole(line)) => works.extend(server.take(&line)),
                Some(Line::TooLong(_)) => eprintln!("a call is longer than 16 MiB and is skipped"),
            },
            Some((id, reply)) = works.next(), if !works.is_empty() => {
                server.drops.remove(&id);
                if let Some(reply) = reply {
                    output.write_all(&reply).await?;
                    output.flush().await?;
                }
            }
        }
    }
}

struct Server {
    connector: Arc<dyn Connector>,
    /// By their targets, as they were written.
    connections: HashMap<String, Arc<dyn Integration>>,
    /// How to end calls that only wait for news.
    drops: HashMap<u64, oneshot::Sender<()>>,
}

impl Server {
    fn take(&mut self, line: &[u8]) -> Option<Work> {
        if line.trim_ascii().is_empty() {
            return None;
        }
        match serde_json::from_slice(line) {
            Err(error) => {
                // Without the line: a password may stand in it.
                eprintln!("a call is not understood: wrong at byte {}", error.column());
                None
            }
            Ok(Request::Drop { drop }) => {
                if let Some(end) = self.drops.remove(&drop) {
                    let _ = end.send(());
                }
                None
            }
            Ok(Request::Connector { id, connector: call }) => {
                let connector = Arc::clone(&self.connector);
                Some(Box::pin(async move {
                    let answer = answer_connector(connector.as_ref(), call).await;
                    (id, line_of(&ConnectorReply { id, answer }))
                }))
            }
            Ok(Request::Agent { id, target, call }) => Some(self.call(id, *target, call)),
        }
    }

    fn call(&mut self, id: u64, target: Target, call: Call) -> Work {
        let integration = match self.connect(target) {
            Ok(integration) => integration,
            Err(error) => {
                let answer = Answer::Failed(error);
                return Box::pin(async move { (id, line_of(&Reply { id, answer })) });
            }
        };
        let is_waiting = matches!(call, Call::Watch(_) | Call::ReadLog(_));
        let work = Box::pin(async move {
            let answer = answer(integration.as_ref(), call).await;
            line_of(&Reply { id, answer })
        });
        if !is_waiting {
            // What acts is finished, whether somebody waits or not.
            return Box::pin(async move { (id, work.await) });
        }
        let (end, ended) = oneshot::channel();
        self.drops.insert(id, end);
        // The same call may come twice: whoever takes its place among the drops, or is answered first, does not end it.
        let dropped = Box::pin(async move {
            if ended.await.is_err() {
                std::future::pending::<()>().await;
            }
        });
        Box::pin(async move {
            match select(work, dropped).await {
                Either::Left((line, _)) => (id, line),
                Either::Right(_) => (id, None),
            }
        })
    }

    fn connect(&mut self, target: Target) -> Result<Arc<dyn Integration>, CallError> {
        let refused = |message: String| CallError::new(Fault::Refused, message);
        let key = serde_json::to_string(&target)
            .map_err(|error| refused(format!("the agent's settings cannot be kept: {error}")))?;
        if let Some(known) = self.connections.get(&key) {
            return Ok(Arc::clone(known));
        }
        let made = self.connector.connect(target).map_err(|problems| {
            let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
            refused(format!("the agent's settings are wrong: {}", problems.join("; ")))
        })?;
        if self.connections.len() == CONNECTIONS_MAX {
            self.connections.clear();
        }
        self.connections.insert(key, Arc::clone(&made));
        Ok(made)
    }
}

fn line_of(reply: &impl serde::Serialize) -> Option<Vec<u8>> {
    let mut line = serde_json::to_vec(reply)
        .inspect_err(|error| eprintln!("an answer cannot be written: {error}"))
        .ok()?;
    line.push(b'\n');
    Some(line)
}

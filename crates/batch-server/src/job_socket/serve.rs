//! Connections: one JSON line in, keep-alives while it is blocked, one line out.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener as StdListener};
use std::sync::Arc;
use std::time::Duration;

use amt_job::protocol::{Call, KEEP_ALIVE_SECONDS, Reply, code};
use kit::Handle;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};

use super::call;
use super::gate::{BUFFER_BYTES, Place};
use super::state::State;
use super::waits;

/// Binds an abstract name: no file to clean up after a kill, free again at once.
pub(super) fn bind(name: &str) -> std::io::Result<StdListener> {
    let name = name.trim_start_matches('@');
    StdListener::bind_addr(&SocketAddr::from_abstract_name(name)?)
}

/// Hands a bound socket to the runtime.
pub(super) fn accept_from(listener: StdListener) -> std::io::Result<UnixListener> {
    listener.set_nonblocking(true)?;
    UnixListener::from_std(listener)
}

/// Accepts connections until the process ends.
pub(super) async fn serve(
    state: Arc<State>,
    listener: UnixListener,
    tasks: Handle,
) -> anyhow::Result<()> {
    let soft = tasks.soft();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = soft.cancelled() => return Ok(()),
        };
        match accepted {
            Ok((stream, _)) => {
                let place = match state.gate.admit() {
                    Ok(place) => place,
                    Err(reply) => {
                        // Whoever cannot take one line at once is closed without it.
                        let _ = encoded(&reply).map(|line| stream.try_write(&line));
                        continue;
                    }
                };
                let (state, soft) = (Arc::clone(&state), soft.clone());
                tasks.item("job_connection", async move {
                    let talk = Box::pin(connection(&state, stream, place));
                    soft.run_until_cancelled(talk).await.unwrap_or(Ok(()))
                });
            }
            // Out of descriptors: others end soon.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(
    state: &Arc<State>,
    stream: UnixStream,
    mut place: Place,
) -> anyhow::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, reader);
    loop {
        let line = match state.gate.line(&mut reader).await {
            Ok(Some(line)) => line,
            Ok(None) => return Ok(()),
            Err(reply) => return write(&mut writer, &reply).await,
        };
        let call = serde_json::from_slice::<Call>(&line.bytes);
        drop(line);
        match call {
            Ok(call) => {
                let run = state.tokens.check(call.token.reveal());
                if run.is_some() {
                    place.is_known();
                }
                let run = run.filter(|_| waits::shows_nothing_else(&call.op));
                let wait = run.map(|(id, _)| state.waiting.begin(id));
                let is_answered = answer(state, call, &mut reader, &mut writer).await;
                drop(wait);
                if !matches!(is_answered, Ok(true)) {
                    if let Some((id, attempt)) = run {
                        waits::hung_up(state, id, attempt).await;
                    }
                    return is_answered.map(|_| ());
                }
            }
            Err(error) => {
                let reply = Reply::Error {
                    code: code::INVALID.to_owned(),
                    detail: format!("the call cannot be read: {error}"),
                };
                write(&mut writer, &reply).await?;
            }
        }
    }
}

/// Answers one call. False when the job has hung up meanwhile.
async fn answer(
    state: &Arc<State>,
    call: Call,
    reader: &mut BufReader<OwnedReadHalf>,
    writer: &mut OwnedWriteHalf,
) -> anyhow::Result<bool> {
    let mut work = std::pin::pin!(call::handle(state, call));
    let mut keep_alive = tokio::time::interval(Duration::from_secs(KEEP_ALIVE_SECONDS));
    keep_alive.tick().await;
    let reply = loop {
        tokio::select! {
            reply = &mut work => break reply,
            _ = keep_alive.tick() => write(writer, &Reply::Waiting).await?,
            // A caller sends nothing while it waits: anything here is its end.
            _ = reader.fill_buf() => return Ok(false),
        }
    };
    write(writer, &reply).await?;
    Ok(true)
}

async fn write(writer: &mut OwnedWriteHalf, reply: &Reply) -> anyhow::Result<()> {
    writer.write_all(&encoded(reply)?).await?;
    Ok(())
}

fn encoded(reply: &Reply) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    Ok(line)
}

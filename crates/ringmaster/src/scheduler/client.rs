//! Asking the server over its socket.

use std::path::{Path, PathBuf};
use std::time::Duration;

use scheduler_api::{ErrorAnswer, Kind};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::arguments::Connection;

/// The server cannot be reached. The text says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NoServer(String);

/// How long an answer to a question is waited for. One that is not there then does not come any more: the process is stopped, or hangs.
const ANSWER_MAX: Duration = Duration::from_mins(1);

/// The server has not answered in time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Late {
    /// A question.
    #[error(
        "the scheduler has not answered within {0:?}; it hangs, or its machine is overloaded: look at its log, and try again"
    )]
    Answer(Duration),
    /// Something that was to be done.
    #[error(
        "the scheduler has not answered within {0:?}: it may have been done, or be done yet; look before you do it again"
    )]
    Order(Duration),
}

/// The server has refused; its reason and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{}", text(.0))]
pub(crate) struct Refusal(pub(crate) ErrorAnswer);

fn text(answer: &ErrorAnswer) -> String {
    let details = answer.details.iter().map(|line| format!("\n  {line}"));
    std::iter::once(answer.message.clone()).chain(details).collect()
}

impl Refusal {
    /// What kind of reason it is.
    pub(crate) fn kind(&self) -> Kind {
        self.0.kind
    }
}

/// The server of a command.
pub(crate) struct Client {
    socket: PathBuf,
    /// How long an answer is waited for, where the caller has said so.
    limit: Option<Duration>,
}

impl Client {
    pub(crate) fn new(connection: &Connection) -> Self {
        let socket = connection.socket.clone();
        let socket = socket.unwrap_or_else(|| connection.data.join("ringmaster.sock"));
        Self { socket, limit: connection.timeout }
    }

    /// Asks for something.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let limit = self.limit.unwrap_or(ANSWER_MAX);
        let answer = tokio::time::timeout(limit, self.wait_for(path)).await;
        answer.map_err(|_| Late::Answer(limit))?
    }

    /// Asks for something for which the server may wait, without a limit.
    pub(crate) async fn wait_for<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.call("GET", path, None).await
    }

    /// Asks for something of which there may be much: it takes its time, as long as more of it comes.
    pub(crate) async fn read<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let call = async {
            parsed(
                "GET",
                path,
                http::call(&self.socket, "GET", path, None, Some(ANSWER_MAX)).await?,
            )
        };
        self.limited(call, Late::Answer).await
    }

    /// Asks for something that has to be worked out, and changes nothing.
    pub(crate) async fn work_out<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<T> {
        let body = Some(serde_json::to_vec(body)?);
        self.limited(self.call("POST", path, body), Late::Answer).await
    }

    /// Asks for something to be done.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<T> {
        self.order("POST", path, Some(serde_json::to_vec(body)?)).await
    }

    /// Gives something to be stored.
    pub(crate) async fn put<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<T> {
        self.order("PUT", path, Some(serde_json::to_vec(body)?)).await
    }

    /// Asks for something to be removed.
    pub(crate) async fn delete<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.order("DELETE", path, None).await
    }

    async fn order<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> anyhow::Result<T> {
        self.limited(self.call(method, path, body), Late::Order).await
    }

    /// What may take long: only the caller knows for how long it is worth waiting.
    async fn limited<T>(
        &self,
        call: impl Future<Output = anyhow::Result<T>>,
        late: fn(Duration) -> Late,
    ) -> anyhow::Result<T> {
        match self.limit {
            Some(limit) => tokio::time::timeout(limit, call).await.map_err(|_| late(limit))?,
            None => call.await,
        }
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> anyhow::Result<T> {
        parsed(method, path, http::call(&self.socket, method, path, body, None).await?)
    }
}

/// What a status and an answer say.
fn parsed<T: DeserializeOwned>(
    method: &str,
    path: &str,
    (status, answer): (u16, Vec<u8>),
) -> anyhow::Result<T> {
    if (200..300).contains(&status) {
        return Ok(serde_json::from_slice(&answer)?);
    }
    match serde_json::from_slice::<ErrorAnswer>(&answer) {
        Ok(answer) => Err(Refusal(answer).into()),
        Err(_) => anyhow::bail!("the server answers {status} to {method} {path}"),
    }
}

fn no_server(socket: &Path, why: &std::io::Error) -> NoServer {
    let advice = match why.kind() {
        // Only its owner may open the socket and the folder it is in.
        std::io::ErrorKind::PermissionDenied => "run the command as the scheduler's user",
        _ => {
            "start it with `ringmaster serve`, or name its socket with --socket or its folder with --data"
        }
    };
    NoServer(format!("no scheduler answers on {}: {why}; {advice}", socket.display()))
}

#[cfg(unix)]
mod http {
    use std::path::Path;
    use std::time::Duration;

    use anyhow::Context;
    use http_body_util::{BodyExt, Full};
    use hyper::Request;
    use hyper::body::Bytes;
    use hyper_util::rt::TokioIo;
    use tokio::net::UnixStream;

    use super::{in_time, no_server};

    /// One call on a connection of its own: its status and the whole answer. Every part of that is waited for `part_max` at most.
    pub(super) async fn call(
        socket: &Path,
        method: &str,
        path: &str,
        body: Option<Vec<u8>>,
        part_max: Option<Duration>,
    ) -> anyhow::Result<(u16, Vec<u8>)> {
        let stream = UnixStream::connect(socket).await.map_err(|why| no_server(socket, &why))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .context("speaking to the server")?;
        let mut request = Request::builder().method(method).uri(path).header("host", "ringmaster");
        if let Ok(user) = std::env::var("USER") {
            request = request.header("ringmaster-user", user);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let request = request
            .body(Full::new(Bytes::from(body.unwrap_or_default())))
            .context("making the request")?;
        // Whoever only asked can ask again.
        let lost = if method == "GET" {
            "the server has not answered"
        } else {
            "the server has not answered: it may have been done, or not; look before you do it again"
        };
        let exchange = async {
            let answer = in_time(part_max, sender.send_request(request)).await?.context(lost)?;
            let (status, mut parts) = (answer.status().as_u16(), answer.into_body());
            let mut body = Vec::new();
            while let Some(part) = in_time(part_max, parts.frame()).await? {
                if let Ok(data) = part.context(lost)?.into_data() {
                    body.extend_from_slice(&data);
                }
            }
            Ok((status, body))
        };
        tokio::pin!(exchange, connection);
        loop {
            tokio::select! {
                answer = &mut exchange => return answer,
                ended = &mut connection => ended.context(lost)?,
            }
        }
    }
}

/// Waits so long at most.
#[cfg(unix)]
async fn in_time<T>(limit: Option<Duration>, part: impl Future<Output = T>) -> Result<T, Late> {
    match limit {
        Some(limit) => tokio::time::timeout(limit, part).await.map_err(|_| Late::Answer(limit)),
        None => Ok(part.await),
    }
}

#[cfg(not(unix))]
mod http {
    use std::path::Path;
    use std::time::Duration;

    /// There are no such sockets here.
    pub(super) async fn call(
        socket: &Path,
        _: &str,
        _: &str,
        _: Option<Vec<u8>>,
        _: Option<Duration>,
    ) -> anyhow::Result<(u16, Vec<u8>)> {
        let why = std::io::Error::other("this system has no Unix sockets");
        Err(super::no_server(socket, &why).into())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixListener;

    use super::*;

    fn client(folder: &tempfile::TempDir) -> (Client, UnixListener) {
        let socket = folder.path().join("s");
        let listener = UnixListener::bind(&socket).expect("a socket");
        (Client { socket, limit: None }, listener)
    }

    #[test]
    fn who_may_not_open_the_socket_is_not_told_to_start_a_server() {
        let text =
            |kind: std::io::ErrorKind| no_server(Path::new("/d/s"), &kind.into()).to_string();
        let denied = text(std::io::ErrorKind::PermissionDenied);
        assert!(denied.ends_with("run the command as the scheduler's user"), "{denied}");
        assert!(!denied.contains("ringmaster serve"), "{denied}");
        let away = text(std::io::ErrorKind::NotFound);
        assert!(away.contains("start it with `ringmaster serve`"), "{away}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_is_stopped_is_not_waited_for_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        // Connections come to rest in its queue.
        let (client, _listener) = client(&folder);
        let error = client.get::<()>("/status").await.unwrap_err();
        assert_eq!(crate::failure::exit_code(&error), kit::ExitCode::Timeout, "{error:#}");
        let error = client.read::<()>("/jobs").await.unwrap_err();
        assert_eq!(crate::failure::exit_code(&error), kit::ExitCode::Timeout, "{error:#}");
        let waiting = client.wait_for::<()>("/log");
        assert!(tokio::time::timeout(2 * ANSWER_MAX, waiting).await.is_err());
        let order = client.post::<()>("/pause", &());
        assert!(tokio::time::timeout(2 * ANSWER_MAX, order).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn an_order_is_given_up_where_the_caller_says_when() {
        let folder = tempfile::tempdir().unwrap();
        let (client, _listener) = client(&folder);
        let client = Client { limit: Some(Duration::from_secs(5)), ..client };
        let error = client.post::<()>("/pause", &()).await.unwrap_err();
        assert_eq!(crate::failure::exit_code(&error), kit::ExitCode::Timeout, "{error:#}");
        assert!(error.to_string().contains("5s: it may have been done, or be done yet"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_answer_is_waited_for_while_more_of_it_comes() {
        let folder = tempfile::tempdir().unwrap();
        let (client, listener) = client(&folder);
        let answer = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let count = stream.read(&mut [0; 1024]).await.unwrap();
            assert!(count > 0);
            let head = "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n";
            stream.write_all(head.as_bytes()).await.unwrap();
            for part in ["[1", ",2", ",3", "]"] {
                tokio::time::sleep(ANSWER_MAX * 9 / 10).await;
                stream.write_all(part.as_bytes()).await.unwrap();
            }
            stream
        };
        let (numbers, _stream) = tokio::join!(client.read::<Vec<u8>>("/jobs"), answer);
        assert_eq!(numbers.unwrap(), [1, 2, 3]);
    }

    #[tokio::test]
    async fn a_lost_answer_says_that_it_may_have_been_done() {
        let folder = tempfile::tempdir().unwrap();
        let (client, listener) = client(&folder);
        let hang_up = async { drop(listener.accept().await.unwrap()) };
        let (done, ()) = tokio::join!(client.post::<()>("/pause", &()), hang_up);
        let error = format!("{:#}", done.unwrap_err());
        assert!(error.contains("it may have been done"), "{error}");
        let hang_up = async { drop(listener.accept().await.unwrap()) };
        let (seen, ()) = tokio::join!(client.get::<()>("/status"), hang_up);
        let error = format!("{:#}", seen.unwrap_err());
        assert!(!error.contains("may have been done"), "{error}");
    }
}

//! The way to the batch server, exchange by exchange: it can be made faulty for the requests of some calls. It lives in the runtime of its
//! test, and ends when it is dropped. Each exchange has a connection to the server of its own.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use connector::call::CallKind;
use connector::conformance::WayFault;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How much later a slow answer comes.
const SLOW: Duration = Duration::from_millis(200);
/// What a server says whose database is away, or a proxy before it.
const ERROR: &[u8] = b"HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/json\r\n\
    content-length: 39\r\nconnection: close\r\n\r\n{\"code\":\"internal\",\"detail\":\"injected\"}";

#[derive(Debug, Default)]
struct State {
    fault: Option<(WayFault, CallKind)>,
    /// How many exchanges have suffered it.
    count: u32,
}

#[derive(Debug)]
struct Shared {
    to: SocketAddr,
    state: Mutex<State>,
    /// Whether the way is whole.
    whole: watch::Sender<bool>,
    /// How many exchanges are held.
    held: watch::Sender<u32>,
}

#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Way {
    pub(crate) fn start(to: SocketAddr) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let listener = TcpListener::from_std(listener).unwrap();
        let shared = Arc::new(Shared {
            to,
            state: Mutex::default(),
            whole: watch::Sender::new(true),
            held: watch::Sender::new(0),
        });
        let task = spawn(accept(shared.clone(), listener));
        Self { address, shared, task }
    }

    pub(crate) fn set_fault(&self, fault: WayFault, during: CallKind) {
        *self.shared.state() = State { fault: Some((fault, during)), count: 0 };
        self.shared.whole.send_replace(false);
    }

    /// Done when the server has answered all that was held. How many exchanges have suffered.
    pub(crate) async fn heal(&self) -> u32 {
        let count = {
            let mut state = self.shared.state();
            state.fault = None;
            state.count
        };
        self.shared.whole.send_replace(true);
        let mut held = self.shared.held.subscribe();
        let arriving = held.wait_for(|held| *held == 0);
        tokio::time::timeout(crate::site::LIMIT, arriving).await.unwrap().unwrap();
        count
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[expect(clippy::disallowed_methods, reason = "the way of a test")]
fn spawn<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(work)
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// What happens to a request, and how many have suffered it with this one.
    fn suffer(&self, request: &[u8]) -> Option<(WayFault, u32)> {
        let mut state = self.state();
        let (fault, _) = state.fault.filter(|(_, during)| is_of(request, *during))?;
        state.count += 1;
        Some((fault, state.count))
    }

    async fn healed(&self) {
        // The sender lives as long as `self`.
        let _ = self.whole.subscribe().wait_for(|is_whole| *is_whole).await;
    }

    async fn send(&self, request: &[u8]) -> std::io::Result<TcpStream> {
        let mut server = TcpStream::connect(self.to).await?;
        server.set_nodelay(true)?;
        server.write_all(request).await?;
        Ok(server)
    }

    /// The whole answer; empty where there is none.
    async fn answer(&self, request: &[u8]) -> Vec<u8> {
        let mut answer = Vec::new();
        if let Ok(mut server) = self.send(request).await {
            let _ = server.read_to_end(&mut answer).await;
        }
        answer
    }
}

/// Whether a request is made for a call of this kind.
fn is_of(request: &[u8], during: CallKind) -> bool {
    let text = String::from_utf8_lossy(request);
    let path = text.split([' ', '?']).nth(1).unwrap_or_default();
    let acts = |action: &str| text.contains(&format!("\"Action\":\"{action}\""));
    match during {
        CallKind::Start => path == "/OpConJobAction" && acts("Start"),
        CallKind::Find => matches!(path, "/FindJob" | "/VoidKey"),
        CallKind::Watch => path == "/MonitorJob",
        CallKind::Cancel => path == "/OpConJobAction" && acts("Kill"),
        CallKind::ReadLog => matches!(path, "/GetMessages" | "/MonitorJob"),
        CallKind::Heartbeat | CallKind::Logs | CallKind::Delete => false,
    }
}

async fn accept(shared: Arc<Shared>, listener: TcpListener) {
    while let Ok((client, _)) = listener.accept().await {
        let _ = client.set_nodelay(true);
        let shared = shared.clone();
        spawn(async move {
            let mut client = client;
            while let Some(request) = request(&mut client).await
                && exchange(&shared, &mut client, request).await.is_ok_and(|goes_on| goes_on)
            {
            }
        });
    }
}

/// The next request, which closes its connection to the server; none when the client has gone.
async fn request(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if client.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
    while bytes.len() < head + 4 + length {
        if client.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    bytes.splice(head..head, *b"\r\nconnection: close");
    Some(bytes)
}

/// Whether the connection goes on.
async fn exchange(
    shared: &Arc<Shared>,
    client: &mut TcpStream,
    request: Vec<u8>,
) -> std::io::Result<bool> {
    match shared.suffer(&request) {
        Some((WayFault::ServerError, _)) => client.write_all(ERROR).await?,
        Some((WayFault::ErrorAfter, _)) => {
            shared.answer(&request).await;
            client.write_all(ERROR).await?;
        }
        Some((WayFault::LostReply, _)) => drop(shared.answer(&request).await),
        Some((WayFault::Twice, _)) => {
            let both = futures_util::future::join(shared.answer(&request), shared.answer(&request));
            let (first, second) = both.await;
            // The second one lies there when the next request is sent, if the connection is used again.
            client.write_all(&[open(first), open(second)].concat()).await?;
            return Ok(true);
        }
        Some((fault @ (WayFault::HangBefore | WayFault::HangAfter), _)) => {
            hang(shared, client, request, fault).await?;
        }
        Some((WayFault::Flapping, number)) if number % 2 == 1 => {}
        Some((WayFault::Slow, _)) => {
            tokio::time::sleep(SLOW).await;
            pass(shared, client, &request).await?;
        }
        Some((WayFault::Flapping, _)) | None => pass(shared, client, &request).await?,
    }
    Ok(false)
}

/// Takes an answer to the client as it comes, until one of the two has gone.
async fn pass(shared: &Shared, client: &mut TcpStream, request: &[u8]) -> std::io::Result<()> {
    let mut server = shared.send(request).await?;
    let (mut from, mut to) = client.split();
    tokio::select! {
        copied = tokio::io::copy(&mut server, &mut to) => copied.map(drop),
        _ = from.read_u8() => Ok(()),
    }
}

/// What is held arrives when the way is healed, whether the client still waits or not.
async fn hang(
    shared: &Arc<Shared>,
    client: &mut TcpStream,
    request: Vec<u8>,
    fault: WayFault,
) -> std::io::Result<()> {
    shared.held.send_modify(|held| *held += 1);
    let of_task = shared.clone();
    let arriving = spawn(async move {
        let answer = if fault == WayFault::HangBefore {
            of_task.healed().await;
            of_task.answer(&request).await
        } else {
            let answer = of_task.answer(&request).await;
            of_task.healed().await;
            answer
        };
        of_task.held.send_modify(|held| *held -= 1);
        answer
    });
    let (mut from, mut to) = client.split();
    tokio::select! {
        answer = arriving => to.write_all(&answer.unwrap_or_default()).await,
        _ = from.read_u8() => Ok(()),
    }
}

/// An answer that does not say that its connection ends.
fn open(answer: Vec<u8>) -> Vec<u8> {
    let close = b"connection: close\r\n";
    match answer.windows(close.len()).position(|part| part.eq_ignore_ascii_case(close)) {
        Some(at) => [&answer[..at], &answer[at + close.len()..]].concat(),
        None => answer,
    }
}

//! A TCP proxy with faults on demand. It has threads of its own and ends when it is dropped.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// How a start begins on the wire.
const START: &[u8] = b"POST /OpConJobAction";
/// The pause of the loop that accepts.
const TICK: Duration = Duration::from_millis(1);

#[derive(Debug)]
struct Shared {
    to: SocketAddr,
    is_wanted: AtomicBool,
    is_listening: AtomicBool,
    is_over: AtomicBool,
    swallow: AtomicU64,
    delay_millis: AtomicU64,
    open: Mutex<Vec<TcpStream>>,
}

#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    pub(crate) fn start(to: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            to,
            is_wanted: AtomicBool::new(true),
            is_listening: AtomicBool::new(true),
            is_over: AtomicBool::new(false),
            swallow: AtomicU64::new(0),
            delay_millis: AtomicU64::new(0),
            open: Mutex::default(),
        });
        let of_thread = shared.clone();
        let thread = std::thread::spawn(move || accept(&of_thread, listener));
        Self { address, shared, thread: Some(thread) }
    }

    /// Whether connections are taken. Without, all that are open are cut and new ones refused.
    pub(crate) async fn set_way(&self, is_whole: bool) {
        self.shared.is_wanted.store(is_whole, Ordering::SeqCst);
        let waiting = async {
            while self.shared.is_listening.load(Ordering::SeqCst) != is_whole {
                tokio::time::sleep(TICK).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("the proxy follows");
        if !is_whole {
            self.cut();
        }
    }

    /// Cuts all open connections.
    pub(crate) fn cut(&self) {
        for stream in self.shared.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// The answers to the next `count` starts are read from the server and thrown away, with their connections.
    pub(crate) fn swallow(&self, count: u64) {
        self.shared.swallow.store(count, Ordering::SeqCst);
    }

    /// From now on, each answer comes so much later.
    pub(crate) fn delay(&self, delay: Duration) {
        let millis = u64::try_from(delay.as_millis()).unwrap();
        self.shared.delay_millis.store(millis, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        self.cut();
        let _ = self.thread.take().unwrap().join();
        self.cut();
    }
}

fn accept(shared: &Arc<Shared>, listener: TcpListener) {
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let mut listener = Some(listener);
    while !shared.is_over.load(Ordering::SeqCst) {
        let is_wanted = shared.is_wanted.load(Ordering::SeqCst);
        if !is_wanted {
            listener = None;
        } else if listener.is_none() {
            // The port may still be on its way out.
            listener = TcpListener::bind(address).ok();
            if let Some(listener) = &listener {
                listener.set_nonblocking(true).unwrap();
            }
        }
        shared.is_listening.store(listener.is_some(), Ordering::SeqCst);
        match listener.as_ref().map(TcpListener::accept) {
            Some(Ok((client, _))) => carry(shared, client),
            _ => std::thread::sleep(TICK),
        }
    }
}

fn carry(shared: &Arc<Shared>, client: TcpStream) {
    client.set_nonblocking(false).unwrap();
    let Ok(server) = TcpStream::connect(shared.to) else { return };
    for stream in [&client, &server] {
        let _ = stream.set_nodelay(true);
        shared.open.lock().unwrap().push(stream.try_clone().unwrap());
    }
    let is_swallowed = Arc::new(AtomicBool::new(false));
    let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (of_thread, mark) = (shared.clone(), is_swallowed.clone());
    std::thread::spawn(move || there(&of_thread, from, to, &mark));
    let of_thread = shared.clone();
    std::thread::spawn(move || back(&of_thread, server, client, &is_swallowed));
}

fn there(shared: &Shared, mut from: TcpStream, mut to: TcpStream, is_swallowed: &AtomicBool) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        let is_left = |left: u64| left.checked_sub(1);
        let is_start = bytes[..count].starts_with(START);
        let order = Ordering::SeqCst;
        if is_start && shared.swallow.fetch_update(order, order, is_left).is_ok() {
            is_swallowed.store(true, order);
        }
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

fn back(shared: &Shared, mut from: TcpStream, mut to: TcpStream, is_swallowed: &AtomicBool) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if is_swallowed.load(Ordering::SeqCst) {
            break;
        }
        let delay = shared.delay_millis.load(Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(delay));
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

//! A stateful fake of an AMTOpCon server with faults on demand, shared by the tests of `amt-client` and
//! `amt-connector`. It runs on a thread of its own, on a port of its own, and ends when it is dropped.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(unreachable_pub, unused_imports, reason = "shared by several test binaries")]
#![allow(missing_docs, clippy::unwrap_used, clippy::disallowed_methods, reason = "test support")]

mod routes;
mod state;

pub use state::{Fault, MessageForm, State};
pub use testkit::Certificate;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

pub const USER: &str = "ocadm";
pub const PASSWORD: &str = "opconxps";

/// A running fake.
pub struct Fake {
    pub state: Arc<State>,
    pub address: SocketAddr,
    pub url: String,
    stop: axum_server::Handle<SocketAddr>,
    thread: Option<JoinHandle<()>>,
}

impl Fake {
    /// A fake over plain HTTP.
    pub fn start() -> Self {
        Self::serve(None)
    }

    /// A fake over TLS.
    pub fn start_tls(certificate: &Certificate) -> Self {
        Self::serve(Some((certificate.chain_pem.clone(), certificate.key_pem.clone())))
    }

    fn serve(tls: Option<(String, String)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let state = Arc::new(State::default());
        let router = routes::router(state.clone());
        let stop = axum_server::Handle::new();
        let handle = stop.clone();
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let service = router.into_make_service();
                if let Some((chain, key)) = tls {
                    let _ = rustls::crypto::ring::default_provider().install_default();
                    let config = axum_server::tls_rustls::RustlsConfig::from_pem(
                        chain.into_bytes(),
                        key.into_bytes(),
                    );
                    let config = config.await.unwrap();
                    let server = axum_server::from_tcp_rustls(listener, config).unwrap();
                    server.handle(handle).serve(service).await.unwrap();
                } else {
                    let server = axum_server::from_tcp(listener).unwrap();
                    server.handle(handle).serve(service).await.unwrap();
                }
            });
        });
        Self { state, address, url: format!("{scheme}://{address}"), stop, thread: Some(thread) }
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        // A server that has not begun to listen for it misses the first call.
        while !thread.is_finished() {
            self.stop.shutdown();
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        let _ = thread.join();
    }
}

//! The HTTP server.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::{Context, bail};
use axum_server::Handle as Connections;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use kit::Handle;

use crate::options::{Options, Tls};
use crate::server::SharedServer;

/// How long open calls may take to end when the process is to end. Long polls are cut off: their callers ask again.
const DRAIN_MAX: Duration = Duration::from_secs(5);

/// A bound port, and how it is secured.
pub(super) struct Http {
    listener: TcpListener,
    address: SocketAddr,
    certificate: Option<Certificate>,
}

/// The certificate in use, which can be changed while the server runs.
#[derive(Clone)]
pub(super) struct Certificate {
    files: Tls,
    config: RustlsConfig,
}

impl Certificate {
    fn load(files: &Tls) -> anyhow::Result<Self> {
        let config = kit::tls::server_config(&files.certificate, &files.key)?;
        Ok(Self { files: files.clone(), config: RustlsConfig::from_config(config) })
    }

    /// Reads the files again; the old certificate stays when they cannot be used.
    pub(super) fn reload(&self) -> anyhow::Result<()> {
        let config = kit::tls::server_config(&self.files.certificate, &self.files.key)?;
        self.config.reload_from_config(config);
        Ok(())
    }
}

impl Http {
    /// Takes the port, before anything else is started.
    pub(super) fn bind(options: &Options) -> anyhow::Result<Self> {
        let certificate = options.tls.as_ref().map(Certificate::load).transpose()?;
        let listener = match TcpListener::bind(options.listen) {
            Ok(listener) => listener,
            Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
                "port {} of {} is in use by another program: choose another one with --listen or `listen`, or port 0 for a free one",
                options.listen.port(),
                options.listen.ip()
            ),
            Err(error) => {
                return Err(error).with_context(|| {
                    format!("cannot listen on {}: change --listen or `listen`", options.listen)
                });
            }
        };
        listener.set_nonblocking(true).context("setting up the port")?;
        let address = listener.local_addr().context("asking for the port")?;
        Ok(Self { listener, address, certificate })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn url(&self) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Starts to answer; returns the certificate, for those who can change it.
    pub(super) fn start(self, server: &SharedServer, tasks: &Handle) -> Option<Certificate> {
        let router = crate::api::router(std::sync::Arc::clone(server));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let connections = Connections::new();
        let drain = server.options.stop_grace.get().min(DRAIN_MAX);
        let (soft, draining) = (tasks.soft(), connections.clone());
        tasks.critical("http_drain", async move {
            soft.cancelled().await;
            draining.graceful_shutdown(Some(drain));
            Ok(())
        });
        let certificate = self.certificate.clone();
        tasks.critical("http", async move {
            match self.certificate {
                Some(certificate) => {
                    let mut http = axum_server::from_tcp_rustls(self.listener, certificate.config)?
                        .map(|acceptor| acceptor.acceptor(NoDelayAcceptor::new()))
                        .http1_only()
                        .handle(connections);
                    limit(http.http_builder());
                    http.serve(service).await?;
                }
                None => {
                    let mut http = axum_server::from_tcp(self.listener)?
                        .acceptor(NoDelayAcceptor::new())
                        .http1_only()
                        .handle(connections);
                    limit(http.http_builder());
                    http.serve(service).await?;
                }
            }
            Ok(())
        });
        certificate
    }
}

/// How long a connection may take to send the head of a request, its pauses between requests included. Longer than
/// clients usually keep an idle connection (90 s), so that none sends on one that is closed this moment.
const HEAD_MAX: Duration = Duration::from_secs(120);

/// Closes connections that say nothing, or never come to an end with it.
fn limit(http: &mut Builder<TokioExecutor>) {
    http.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_MAX);
}

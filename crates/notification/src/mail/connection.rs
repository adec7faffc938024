//! Connections to the mail server: made, logged on, kept and used again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters,
};
use lettre::transport::smtp::commands::Noop;
use lettre::transport::smtp::extension::ClientId;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::guard::Guard;
use super::reply;
use crate::settings::{Mail, SettingsError, Tls, read_authorities};
use crate::text::causes;

/// How long a connection may wait for its next mail. Servers close them after some minutes.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// Most mails by one connection; many servers have such a limit.
const MAILS_MAX: u32 = 50;

/// How to get a connection.
pub(crate) struct Connections {
    settings: Mail,
    hello: ClientId,
    encryption: Encryption,
    idle: Mutex<Vec<Connection>>,
}

enum Encryption {
    None,
    Starttls(TlsParameters),
    Tls(TlsConnector, ServerName<'static>),
}

/// A connection that is logged on, between two mails.
pub(crate) struct Connection {
    pub(crate) smtp: AsyncSmtpConnection,
    mails: u32,
    since: Instant,
}

impl Connections {
    pub(crate) fn open(settings: &Mail) -> Result<Self, SettingsError> {
        let hello = settings.hello.clone().map_or_else(ClientId::default, ClientId::Domain);
        let encryption = match settings.tls {
            Tls::None => Encryption::None,
            Tls::Starttls => Encryption::Starttls(starttls(settings)?),
            Tls::Tls => {
                let config = TlsConnector::from(Arc::new(config(settings)?));
                Encryption::Tls(config, server_name(settings)?)
            }
        };
        Ok(Self { settings: settings.clone(), hello, encryption, idle: Mutex::default() })
    }

    /// One that answers: an old one, when there is one that still does, or a new one.
    ///
    /// # Errors
    /// Why there is none now. Nothing was sent.
    pub(crate) async fn get(&self) -> Result<Connection, String> {
        while let Some(mut connection) = self.take_idle() {
            let limit = self.settings.connect_timeout.get();
            if matches!(timeout(limit, connection.smtp.command(Noop)).await, Ok(Ok(_))) {
                return Ok(connection);
            }
        }
        self.connect().await
    }

    async fn connect(&self) -> Result<Connection, String> {
        let limit = self.settings.connect_timeout.get();
        let (host, port) = (&self.settings.host, self.settings.port());
        match timeout(limit, self.log_on()).await {
            Ok(Ok(smtp)) => Ok(Connection { smtp, mails: 0, since: Instant::now() }),
            Ok(Err(why)) => Err(format!("mail server {host}:{port}: {why}")),
            Err(_) => Err(format!(
                "mail server {host}:{port}: connecting and logging on took longer than {}",
                self.settings.connect_timeout
            )),
        }
    }

    /// Keeps it for the next mail. Only one that has done its work without an error may be kept: another one might have an answer on its
    /// way, which would be taken for that to the next command.
    pub(crate) fn keep(&self, mut connection: Connection) {
        connection.mails += 1;
        connection.since = Instant::now();
        if connection.mails < MAILS_MAX && !connection.smtp.has_broken() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(connection);
        }
    }

    /// The one that was used last, so that those too many grow old and are dropped.
    fn take_idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|connection| connection.since.elapsed() < IDLE_MAX);
        idle.pop()
    }

    async fn log_on(&self) -> Result<AsyncSmtpConnection, String> {
        let address = (self.settings.host.trim_matches(['[', ']']), self.settings.port());
        let tcp = TcpStream::connect(address)
            .await
            .map_err(|error| format!("cannot connect: {error}"))?;
        let peer = tcp.peer_addr().map_err(|error| error.to_string())?;
        // Commands are small, and each waits for its answer.
        tcp.set_nodelay(true).map_err(|error| error.to_string())?;
        let stream: Box<dyn AsyncTokioStream> = match &self.encryption {
            Encryption::Tls(connector, name) => {
                let tls = connector.connect(name.clone(), tcp).await;
                let tls = tls.map_err(|error| format!("no encryption: {}", causes(&error)))?;
                Box::new(Guard::new(tls, peer))
            }
            Encryption::None | Encryption::Starttls(_) => Box::new(Guard::new(tcp, peer)),
        };
        let smtp = AsyncSmtpConnection::connect_with_transport(stream, &self.hello).await;
        let mut smtp = smtp.map_err(|error| reply::shown(&error))?;
        if let Encryption::Starttls(parameters) = &self.encryption {
            if !smtp.can_starttls() {
                return Err("it does not offer STARTTLS; set mail.tls to tls with the right port, or to none when it is on this machine".to_owned());
            }
            let encrypted = smtp.starttls(parameters.clone(), &self.hello).await;
            encrypted.map_err(|error| format!("no encryption: {}", reply::shown(&error)))?;
        }
        self.authenticate(&mut smtp).await?;
        Ok(smtp)
    }

    async fn authenticate(&self, smtp: &mut AsyncSmtpConnection) -> Result<(), String> {
        let (Some(user), Some(password)) = (&self.settings.user, &self.settings.password) else {
            return Ok(());
        };
        let credentials = Credentials::new(user.clone(), password.expose().to_owned());
        let result = smtp.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await;
        let refused = |error: &SmtpError| {
            if error.is_client() {
                return "it offers neither PLAIN nor LOGIN to log on with; some servers do so only under encryption".to_owned();
            }
            let said = reply::shown(error).replace(password.expose(), "***");
            format!("it refuses to log on user {user}: {said}; check mail.user and mail.password")
        };
        result.map(|_| ()).map_err(|error| refused(&error))
    }
}

fn authorities(settings: &Mail) -> Result<Option<Vec<u8>>, SettingsError> {
    let file = settings.ca_file.as_deref();
    file.map(|file| read_authorities("mail.ca_file", file)).transpose()
}

fn starttls(settings: &Mail) -> Result<TlsParameters, SettingsError> {
    server_name(settings)?;
    let wrong = |error: SmtpError| SettingsError::new("mail.ca_file", causes(&error));
    let host = settings.host.trim_matches(['[', ']']).to_owned();
    let mut builder = TlsParameters::builder(host);
    if let Some(pem) = authorities(settings)? {
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(wrong)?);
    }
    builder.build_rustls().map_err(wrong)
}

fn config(settings: &Mail) -> Result<ClientConfig, SettingsError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(pem) = authorities(settings)? {
        // They have been read once.
        for certificate in CertificateDer::pem_slice_iter(&pem).flatten() {
            let added = roots.add(certificate);
            added.map_err(|error| SettingsError::new("mail.ca_file", causes(&error)))?;
        }
    }
    Ok(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}

fn server_name(settings: &Mail) -> Result<ServerName<'static>, SettingsError> {
    let host = settings.host.trim_matches(['[', ']']).to_owned();
    ServerName::try_from(host).map_err(|_| {
        let reason = format!("{:?} is no name that a certificate can be for", settings.host);
        SettingsError::new("mail.host", reason)
    })
}

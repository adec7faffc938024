//! How to reach one server.

use amt_protocol::{BadProfile, WireProfile};
use secrecy::SecretString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long to wait for what. All are upper limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Name look-up, connection and TLS handshake together. Default 10 s.
    pub connect: Duration,
    /// From the first byte sent to the last byte received; a long poll adds its own wait. Default 30 s.
    pub answer: Duration,
    /// Silence on a message stream after which it is opened again. Default 90 s.
    pub stream_silence: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            stream_silence: Duration::from_secs(90),
        }
    }
}

/// Which certificate authorities are trusted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trust {
    /// PEM files with authorities trusted beside those of the operating system.
    pub extra_ca_files: Vec<PathBuf>,
}

/// Everything a [`Client`](crate::Client) needs to know.
#[derive(Debug, Clone)]
pub struct Options {
    /// Scheme, host and port, and a path prefix if the service has one: `https://amt.example:4004`.
    pub base_url: String,
    /// The API user.
    pub user: String,
    /// Its password.
    pub password: SecretString,
    /// Routes, member names and abilities of the server.
    pub profile: WireProfile,
    /// Upper limits of waiting.
    pub timeouts: Timeouts,
    /// Trusted authorities; used for `https` only.
    pub trust: Trust,
}

impl Options {
    /// Options for a server of our own kind with the usual time limits.
    pub fn new(base_url: &str, user: &str, password: SecretString) -> Self {
        Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            user: user.to_owned(),
            password,
            profile: WireProfile::default(),
            timeouts: Timeouts::default(),
            trust: Trust::default(),
        }
    }
}

/// Options that no client can be made of.
#[derive(Debug, thiserror::Error)]
pub enum BadOptions {
    /// The address is not an absolute http or https URL.
    #[error("the server address `{0}` is not http://host:port or https://host:port")]
    Address(String),
    /// A CA file cannot be read.
    #[error("cannot read the CA file {}; check CA_FILE and its permissions", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A CA file that holds no PEM certificate.
    #[error("{} holds no certificate: CA_FILE wants PEM text with BEGIN CERTIFICATE", .0.display())]
    NotPem(PathBuf),
    /// The wire profile cannot be used.
    #[error("cannot use the wire profile {}", path.display())]
    Profile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: BadProfile,
    },
    /// The wire profile cannot be read.
    #[error("cannot read the wire profile {}; check WIRE_PROFILE", path.display())]
    ProfileFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The HTTP client could not be set up, for example because no system trust store exists.
    #[error(
        "cannot set up TLS: {0}; install the system's CA certificates or name a PEM file in CA_FILE"
    )]
    Tls(String),
}

/// Reads a wire profile from a TOML file.
pub fn read_profile(path: &Path) -> Result<WireProfile, BadOptions> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| BadOptions::ProfileFile { path: path.to_owned(), source })?;
    WireProfile::parse(&text)
        .map_err(|source| BadOptions::Profile { path: path.to_owned(), source })
}

/// Reads the certificates of all extra CA files.
pub(crate) fn read_authorities(trust: &Trust) -> Result<Vec<reqwest::Certificate>, BadOptions> {
    let mut all = Vec::new();
    for path in &trust.extra_ca_files {
        let pem = std::fs::read(path)
            .map_err(|source| BadOptions::CaFile { path: path.clone(), source })?;
        let found = reqwest::Certificate::from_pem_bundle(&pem)
            .map_err(|_| BadOptions::NotPem(path.clone()))?;
        if found.is_empty() {
            return Err(BadOptions::NotPem(path.clone()));
        }
        all.extend(found);
    }
    Ok(all)
}

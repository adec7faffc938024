//! TLS for servers: certificate and key from files, and messages that say what is wrong with them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Why a server's certificate and key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {what} {}", path.display())]
    Read {
        /// `TLS certificate` or `TLS key`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file holds nothing of the kind.
    #[error("{} holds no {what} in PEM form (\"-----BEGIN {begin}-----\")", path.display())]
    Missing {
        /// `certificate` or `private key`.
        what: &'static str,
        /// What the block starts with.
        begin: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The PEM text is damaged.
    #[error("{} is not valid PEM: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        reason: String,
    },
    /// Each file is readable, but they do not belong together or cannot be used.
    #[error("the TLS key {} does not fit the certificate {}: {source}", key.display(), cert.display())]
    Unfit {
        /// The certificate file.
        cert: PathBuf,
        /// The key file.
        key: PathBuf,
        /// What rustls said.
        source: rustls::Error,
    },
}

/// Makes ring the cryptography of this process. Call it first thing in `main`; further calls do nothing.
pub fn install_provider() {
    // An error means that one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The configuration of a server that shows the certificate chain in `cert_pem` and has its key in `key_pem`. HTTP/1.1
/// is offered. A key file that other users can read is logged as a warning. Reading again and handing the result to
/// the server changes the certificate without a restart.
pub fn server_config(cert_pem: &Path, key_pem: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    install_provider();
    let chain = certificates(cert_pem)?;
    let key = private_key(key_pem)?;
    let mut config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).map_err(
            |source| TlsError::Unfit { cert: cert_pem.to_owned(), key: key_pem.to_owned(), source },
        )?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = read("TLS certificate", path)?;
    let chain = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| TlsError::Damaged { path: path.to_owned(), reason: error.to_string() })?;
    if chain.is_empty() {
        return Err(TlsError::Missing {
            what: "certificate",
            begin: "CERTIFICATE",
            path: path.to_owned(),
        });
    }
    Ok(chain)
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let pem = read("TLS key", path)?;
    warn_if_others_can_read(path);
    PrivateKeyDer::from_pem_slice(&pem).map_err(|error| match error {
        rustls::pki_types::pem::Error::NoItemsFound => {
            TlsError::Missing { what: "private key", begin: "PRIVATE KEY", path: path.to_owned() }
        }
        other => TlsError::Damaged { path: path.to_owned(), reason: other.to_string() },
    })
}

fn read(what: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Read { what, path: path.to_owned(), source })
}

#[cfg(unix)]
fn warn_if_others_can_read(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).map(|metadata| metadata.permissions().mode());
    if mode.is_ok_and(|mode| mode & 0o004 != 0) {
        tracing::warn!(path = %path.display(), "every user of this machine can read the TLS key {}: use chmod 600", path.display());
    }
}

#[cfg(not(unix))]
fn warn_if_others_can_read(_path: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;

    /// A self-signed P-256 certificate for `localhost` and its key, and the key of another one.
    const CERT: &str = include_str!("../testdata/cert.pem");
    const KEY: &str = include_str!("../testdata/key.pem");
    const OTHER_KEY: &str = include_str!("../testdata/other-key.pem");

    fn config(cert: &str, key: &str) -> Result<Arc<ServerConfig>, TlsError> {
        let dir = tempfile::tempdir().expect("a directory");
        let (cert_path, key_path) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
        std::fs::write(&cert_path, cert).expect("written");
        std::fs::write(&key_path, key).expect("written");
        server_config(&cert_path, &key_path)
    }

    #[test]
    fn a_fitting_pair_makes_a_server() {
        config(CERT, KEY).expect("a configuration");
    }

    #[test]
    fn each_mistake_names_its_file() {
        let no_cert = config(KEY, KEY).expect_err("no certificate").to_string();
        assert!(no_cert.contains("cert.pem holds no certificate"), "{no_cert}");
        let no_key = config(CERT, CERT).expect_err("no key").to_string();
        assert!(no_key.contains("key.pem holds no private key"), "{no_key}");
        let unfit = config(CERT, OTHER_KEY).expect_err("another key").to_string();
        assert!(unfit.contains("does not fit the certificate"), "{unfit}");
        let missing = server_config(Path::new("nowhere.pem"), Path::new("key.pem"))
            .expect_err("missing")
            .to_string();
        assert!(missing.contains("nowhere.pem"), "{missing}");
    }
}

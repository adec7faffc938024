//! Where a partner of the job listens, as the environment says it.

use std::fmt;
use std::net::SocketAddr;

/// The address of a runner or a batch server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// `@name`: a Linux abstract Unix socket, without the `@`.
    #[cfg(target_os = "linux")]
    Abstract(String),
    /// A Unix socket in the file system.
    #[cfg(unix)]
    Path(std::path::PathBuf),
    /// `tcp:127.0.0.1:PORT`: loopback only, since the lines are not encrypted.
    Tcp(SocketAddr),
}

/// A text that is no address, or not one for this operating system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadAddress {
    text: String,
    reason: &'static str,
}

impl fmt::Display for BadAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` is not a socket address: {}", self.text, self.reason)
    }
}

impl std::error::Error for BadAddress {}

impl Address {
    /// Reads `@name`, `tcp:127.0.0.1:PORT` or a path.
    ///
    /// # Errors
    /// When the text is none of these, or names a kind of socket that this operating system does not have.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let bad = |reason| BadAddress { text: text.to_owned(), reason };
        if text.is_empty() {
            return Err(bad("it is empty"));
        }
        if let Some(tcp) = text.strip_prefix("tcp:") {
            let address: SocketAddr =
                tcp.parse().map_err(|_| bad("expected tcp:127.0.0.1:PORT"))?;
            return if address.ip().is_loopback() {
                Ok(Self::Tcp(address))
            } else {
                Err(bad("only loopback addresses are allowed"))
            };
        }
        Self::parse_unix(text).map_err(bad)
    }

    #[cfg(target_os = "linux")]
    fn parse_unix(text: &str) -> Result<Self, &'static str> {
        match text.strip_prefix('@') {
            Some("") => Err("the name after @ is missing"),
            Some(name) => Ok(Self::Abstract(name.to_owned())),
            None => Ok(Self::Path(text.into())),
        }
    }

    #[cfg(all(unix, not(target_os = "linux")))]
    fn parse_unix(text: &str) -> Result<Self, &'static str> {
        if text.starts_with('@') {
            return Err("abstract sockets exist on Linux only, use a path");
        }
        Ok(Self::Path(text.into()))
    }

    #[cfg(not(unix))]
    fn parse_unix(_text: &str) -> Result<Self, &'static str> {
        Err("on this system only tcp:127.0.0.1:PORT is supported")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn tcp_is_loopback_only() {
        assert_eq!(
            Address::parse("tcp:127.0.0.1:80").unwrap(),
            Address::Tcp(([127, 0, 0, 1], 80).into())
        );
        assert!(Address::parse("tcp:192.0.2.1:80").is_err());
        assert!(Address::parse("tcp:localhost").is_err());
        assert!(Address::parse("").is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_at_sign_means_an_abstract_name() {
        assert_eq!(Address::parse("@a/b").unwrap(), Address::Abstract("a/b".into()));
        assert_eq!(Address::parse("/run/x").unwrap(), Address::Path("/run/x".into()));
        assert!(Address::parse("@").is_err());
    }
}

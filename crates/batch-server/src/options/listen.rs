//! The address to listen on.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Deserializer};

/// A text that is no address to listen on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no address with a port: write 127.0.0.1:9001, [::1]:9001, 0.0.0.0:9001 or localhost:9001; other names are not looked up"
)]
pub struct BadListen(String);

/// Reads address and port. `localhost` stands for 127.0.0.1; other names may mean several addresses and are refused.
///
/// # Errors
/// What the accepted forms are.
pub fn listen_address(text: &str) -> Result<SocketAddr, BadListen> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let port = text.rsplit_once(':').filter(|(host, _)| host.eq_ignore_ascii_case("localhost"));
    let port = port.and_then(|(_, port)| port.parse::<u16>().ok());
    port.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .ok_or_else(|| BadListen(text.to_owned()))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<SocketAddr, D::Error> {
    listen_address(&String::deserialize(input)?).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_localhost_are_taken_and_names_refused() {
        for (text, expected) in [
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("[::1]:2", "[::1]:2"),
            ("localhost:3", "127.0.0.1:3"),
            ("LocalHost:0", "127.0.0.1:0"),
        ] {
            assert_eq!(listen_address(text).unwrap().to_string(), expected);
        }
        for text in ["db1:9001", "localhost", "localhost:x", "localhost:70000", "9001", ""] {
            let error = listen_address(text).unwrap_err().to_string();
            assert!(error.contains(&format!("`{text}`")) && error.contains("127.0.0.1:9001"));
        }
    }
}

//! Typed settings, with the defaults of the field.

use super::error::ConfigError;
use super::keys::{Key, Section};
use super::read::Loaded;
use std::path::PathBuf;
use std::time::Duration;

/// The default log file, beside the configuration.
const LOG_FILE: &str = "amt.log";
/// The default key file, beside the configuration.
const KEY_FILE: &str = "Connector.key";

/// What a configuration says, without the credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Scheme, host and port.
    pub base_url: String,
    /// Seconds between status checks; none means the key is absent, so that the server may push.
    pub poll_interval: Option<Duration>,
    /// Before the first status check when polling; 10 s by default.
    pub initial_delay: Duration,
    /// Write each call and answer to the log file.
    pub is_debug: bool,
    /// Where the log goes, or none for `OFF`.
    pub log_file: Option<PathBuf>,
    /// Extra certificate authorities.
    pub ca_files: Vec<PathBuf>,
    /// A wire profile other than `amtopcon-1`.
    pub wire_profile: Option<PathBuf>,
    /// The key of sealed values.
    pub key_file: PathBuf,
}

impl Settings {
    /// Reads the settings of a loaded file.
    pub fn of(loaded: &Loaded) -> Result<Self, ConfigError> {
        let uses_tls = flag(
            loaded,
            Key::ServerUsesTls,
            true,
            &["true", "yes", "1", "on"],
            &["false", "no", "0", "off"],
        )?;
        let given = loaded.value(Key::ServerAddress).ok_or_else(|| ConfigError::Missing {
            place: loaded.place(Key::ServerAddress),
            key: Key::ServerAddress.name(),
            section: Section::AmtBatchServer.name(),
            example: "batch.example.com:4004",
        })?;
        let base_url =
            address(given, uses_tls).map_err(|what| loaded.bad(Key::ServerAddress, what))?;
        let log_file = match loaded.value(Key::LogFile) {
            Some(off) if off.eq_ignore_ascii_case("off") => None,
            name => Some(loaded.path(name.unwrap_or(LOG_FILE))),
        };
        Ok(Self {
            base_url,
            poll_interval: seconds(loaded, Key::StatusCheckPollInterval, 0.1)?,
            initial_delay: seconds(loaded, Key::StatusCheckInitialPollDelay, 0.0)?
                .unwrap_or(Duration::from_secs(10)),
            is_debug: flag(
                loaded,
                Key::Debug,
                false,
                &["on", "true", "yes", "1"],
                &["off", "false", "no", "0"],
            )?,
            log_file,
            ca_files: loaded.value(Key::CaFile).map_or_else(Vec::new, |list| {
                let files = list.split(';').map(str::trim).filter(|file| !file.is_empty());
                files.map(|file| loaded.path(file)).collect()
            }),
            wire_profile: loaded.value(Key::WireProfile).map(|name| loaded.path(name)),
            key_file: loaded.path(loaded.value(Key::KeyFile).unwrap_or(KEY_FILE)),
        })
    }
}

/// The URL of a `host:port`, which may carry the scheme already.
pub fn address(given: &str, uses_tls: bool) -> Result<String, String> {
    let lower = given.to_ascii_lowercase();
    let (scheme, rest) = if lower.starts_with("https://") {
        ("https", &given[8..])
    } else if lower.starts_with("http://") {
        if uses_tls {
            return Err("it says http while SERVER_USES_TLS is True; write host:port and set SERVER_USES_TLS=False"
                .to_owned());
        }
        ("http", &given[7..])
    } else {
        (if uses_tls { "https" } else { "http" }, given)
    };
    let rest = rest.trim_end_matches('/');
    let authority = rest.split('/').next().unwrap_or_default();
    let port = authority.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.ends_with(']'));
    let is_host_port = port.is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
        && !authority.starts_with(':')
        && !authority.contains(['@', ' ', '?', '#']);
    if is_host_port {
        Ok(format!("{scheme}://{rest}"))
    } else {
        Err("write host:port, such as batch.example.com:4004; there is no default port".to_owned())
    }
}

fn seconds(loaded: &Loaded, key: Key, least: f64) -> Result<Option<Duration>, ConfigError> {
    let Some(text) = loaded.value(key) else { return Ok(None) };
    match text.parse::<f64>() {
        Ok(number) if (least..=86_400.0).contains(&number) => {
            Ok(Some(Duration::from_secs_f64(number)))
        }
        _ => Err(loaded.bad(key, format!("write a number of seconds from {least} to 86400"))),
    }
}

fn flag(
    loaded: &Loaded,
    key: Key,
    default: bool,
    yes: &[&str],
    no: &[&str],
) -> Result<bool, ConfigError> {
    let Some(text) = loaded.value(key).map(str::to_ascii_lowercase) else { return Ok(default) };
    if yes.contains(&text.as_str()) {
        Ok(true)
    } else if no.contains(&text.as_str()) {
        Ok(false)
    } else {
        Err(loaded.bad(key, format!("write {} or {}", yes[0].to_uppercase(), no[0].to_uppercase())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::read;

    fn settings(text: &str) -> Result<Settings, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("Connector.config");
        std::fs::write(&file, text).unwrap();
        Settings::of(&read(&file).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn absent_keys_have_the_defaults_of_the_field() {
        let read = settings("[AMT_BATCH_SERVER]\nSERVER_ADDRESS=h:4004\n").unwrap();
        assert_eq!(read.base_url, "https://h:4004");
        assert_eq!(read.poll_interval, None);
        assert_eq!(read.initial_delay, Duration::from_secs(10));
        assert!(!read.is_debug && read.ca_files.is_empty() && read.wire_profile.is_none());
        assert!(read.log_file.unwrap().ends_with("amt.log"));
        assert!(read.key_file.ends_with("Connector.key"));
    }

    #[test]
    fn the_published_example_is_read() {
        let read = settings(
            "[CONNECTOR]\nNAME=Asysco AMT Connector\nSTATUS_CHECK_POLL_INTERVAL=5\n\
             STATUS_CHECK_INITIAL_POLL_DELAY=5\nDEBUG=OFF\n\n[AMT BATCH SERVER]\nSERVER_ADDRESS=h:4004\n\
             SERVER_USE_TLS=False\nUSER= 62324e685a47303d\nPASSWORD= 6233426a6232353463484d3d\n",
        )
        .unwrap();
        assert_eq!(read.base_url, "http://h:4004");
        assert_eq!(read.poll_interval, Some(Duration::from_secs(5)));
        assert_eq!(read.initial_delay, Duration::from_secs(5));
    }

    #[test]
    fn wrong_values_name_file_line_key_and_cure() {
        for (text, parts) in [
            ("\nSERVER_ADDRESS=host", ["line 2: SERVER_ADDRESS=host", "host:port"]),
            ("SERVER_ADDRESS=h:1\nDEBUG=maybe", ["line 2: DEBUG=maybe", "ON or OFF"]),
            ("SERVER_ADDRESS=h:1\nSERVER_USE_TLS=x", ["SERVER_USES_TLS=x", "TRUE or FALSE"]),
            ("SERVER_ADDRESS=h:1\nSTATUS_CHECK_POLL_INTERVAL=0", ["line 2", "from 0.1"]),
            ("SERVER_ADDRESS=http://h:1", ["line 1", "SERVER_USES_TLS=False"]),
            ("NAME=x", ["SERVER_ADDRESS is missing", "[AMT_BATCH_SERVER]"]),
        ] {
            let error = settings(text).unwrap_err();
            assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        }
    }

    #[test]
    fn addresses_are_host_and_port() {
        for (given, tls, url) in [
            ("h:1", true, "https://h:1"),
            ("[::1]:4004", false, "http://[::1]:4004"),
            ("https://h:1/", false, "https://h:1"),
            ("h:1/api", true, "https://h:1/api"),
        ] {
            assert_eq!(address(given, tls).as_deref(), Ok(url));
        }
        for given in ["h", "[::1]", ":1", "h:", "h:x", "h:0", "u@h:1", ""] {
            assert!(address(given, true).is_err(), "{given}");
        }
    }
}

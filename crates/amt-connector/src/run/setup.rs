//! From arguments and configuration to a client.

use crate::arguments::{Arguments, WaitMode};
use crate::config::{self, ConfigError, Key, Loaded, Settings};
use crate::log::{LogFile, SharedLog};
use crate::run::watch::Pace;
use crate::secret;
use amt_client::{BadOptions, Client, Observer, Options, Trust, read_profile};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::time::Duration;

/// Length of one long poll. Below the usual idle limit of proxies, 60 s.
const LONG_POLL: Duration = Duration::from_secs(30);
/// Between status checks, if only `--wait-mode poll` says so.
const POLL_INTERVAL: Duration = Duration::from_secs(5);

/// A configuration that gives no client. All end with exit code 78.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The file itself.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// What it names.
    #[error("{}", chain(.0))]
    Options(#[from] BadOptions),
}

/// Everything that a run needs.
pub struct Setup {
    /// The client; nothing has been sent yet.
    pub client: Client,
    /// The settings of the file.
    pub settings: Settings,
    /// How to watch.
    pub pace: Pace,
    /// The log file.
    pub log: SharedLog,
    /// What to warn about, one sentence each.
    pub warnings: Vec<String>,
}

/// Reads the configuration.
pub fn load(arguments: &Arguments) -> Result<(Loaded, Settings), ConfigError> {
    let loaded = config::read(&config::locate(arguments.config.as_deref()))?;
    let settings = Settings::of(&loaded)?;
    Ok((loaded, settings))
}

/// Reads the configuration and makes a client.
pub fn prepare(arguments: &Arguments) -> Result<Setup, SetupError> {
    let (loaded, settings) = load(arguments)?;
    let (user, _) = secret::open(&loaded, Key::User, &settings.key_file)?;
    let (password, _) = secret::open(&loaded, Key::Password, &settings.key_file)?;
    let options = options(arguments, &settings, user.expose_secret(), password)?;
    let log = SharedLog::new(match &settings.log_file {
        Some(path) => LogFile::open(path),
        None => LogFile::none(),
    });
    let observer = settings.is_debug.then(|| Arc::new(log.clone()) as Arc<dyn Observer>);
    let pace = pace(arguments, &settings, options.profile.features.long_poll);
    let client = Client::observed(&options, observer)?;
    let mut warnings = loaded.warnings;
    warnings.extend(plain_http(&settings.base_url));
    if arguments.wait_mode == Some(WaitMode::Push) && !matches!(pace, Pace::Push(_)) {
        warnings.push(
            "--wait-mode push is not possible: the wire profile says long_poll = false; polling"
                .to_owned(),
        );
    }
    Ok(Setup { client, settings, pace, log, warnings })
}

/// The client's options.
pub(crate) fn options(
    arguments: &Arguments,
    settings: &Settings,
    user: &str,
    password: SecretString,
) -> Result<Options, BadOptions> {
    let mut options = Options::new(&settings.base_url, user, password);
    options.trust = Trust { extra_ca_files: settings.ca_files.clone() };
    if let Some(path) = arguments.profile.as_ref().or(settings.wire_profile.as_ref()) {
        options.profile = read_profile(path)?;
    }
    let limits = &mut options.timeouts;
    limits.answer = arguments.timeout.unwrap_or(limits.answer);
    limits.connect = arguments.connect_timeout.unwrap_or(limits.connect).min(limits.answer);
    Ok(options)
}

/// Push only where nobody has configured an interval, or where it is asked for (`amt-domain 13.1.2`).
pub(crate) fn pace(arguments: &Arguments, settings: &Settings, can_push: bool) -> Pace {
    let wants_push = match arguments.wait_mode {
        Some(mode) => mode == WaitMode::Push,
        None => settings.poll_interval.is_none(),
    };
    if wants_push && can_push {
        return Pace::Push(LONG_POLL);
    }
    Pace::Poll {
        first: settings.initial_delay,
        interval: settings.poll_interval.unwrap_or(POLL_INTERVAL),
    }
}

/// A warning if the password would travel over a network in clear.
pub(crate) fn plain_http(base_url: &str) -> Option<String> {
    let authority = base_url.strip_prefix("http://")?.split('/').next()?;
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let host = host.trim_matches(['[', ']']);
    let is_loopback = host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    (!is_loopback).then(|| {
        format!("the password travels to {host} in clear text; let the server speak TLS and set SERVER_USES_TLS=True")
    })
}

/// An error with all its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::parse;

    fn settings(interval: Option<u64>) -> Settings {
        Settings {
            base_url: "http://127.0.0.1:1".into(),
            poll_interval: interval.map(Duration::from_secs),
            initial_delay: Duration::from_secs(10),
            is_debug: false,
            log_file: None,
            ca_files: Vec::new(),
            wire_profile: None,
            key_file: "k".into(),
        }
    }

    #[test]
    fn push_is_used_only_where_no_interval_is_configured() {
        let read = |more: &[&str]| {
            parse(["-jn", "J"].iter().chain(more).map(std::ffi::OsString::from)).unwrap()
        };
        let (push, poll) = (read(&["--wait-mode", "push"]), read(&["--wait-mode", "poll"]));
        let none = read(&[]);
        let is_push = |arguments, interval, can| {
            matches!(pace(arguments, &settings(interval), can), Pace::Push(_))
        };
        assert!(is_push(&none, None, true) && is_push(&push, Some(5), true));
        assert!(!is_push(&none, Some(5), true) && !is_push(&none, None, false));
        assert!(!is_push(&poll, None, true) && !is_push(&push, Some(5), false));
    }

    #[test]
    fn clear_text_is_warned_about_beyond_loopback_only() {
        for url in ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "https://far:1"] {
            assert_eq!(plain_http(url), None, "{url}");
        }
        for url in ["http://far:1", "http://192.0.2.7:1", "http://localhost.example:1/x"] {
            assert!(plain_http(url).is_some(), "{url}");
        }
    }
}

//! The settings of an agent.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use connector::{BatchUser, SettingsProblem, Target};
use serde_json::{Map, Value};
use url::{Host, Url};

use crate::APPLICATION;

/// Longest address, in characters.
pub(crate) const URL_CHARS_MAX: usize = 1024;
/// Days that job logs are kept: fewest, most, and without a setting.
pub(crate) const RETAIN_DAYS: (u64, u64, u64) = (1, 3650, 30);
/// Seconds of the shortest time between two polls: fewest, most, and without a setting.
pub(crate) const POLL_MIN: (f64, f64, f64) = (0.2, 60.0, 0.2);
/// Seconds of the longest time between two polls: fewest, most, and without a setting.
pub(crate) const POLL_MAX: (f64, f64, f64) = (0.2, 300.0, 5.0);

/// PEM files of authorities.
pub(crate) const CA_FILES: &str = "ca_files";
/// Most of them.
pub(crate) const CA_FILES_MAX: usize = 10;
/// The file of the wire profile.
pub(crate) const WIRE_PROFILE: &str = "wire_profile";
/// Longest path of a file, in bytes.
pub(crate) const PATH_BYTES_MAX: usize = 1024;

/// Settings that are right. How long logs are kept is the scheduler's to see to.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Without a slash at its end.
    pub(crate) url: String,
    pub(crate) user: BatchUser,
    pub(crate) poll_min: Duration,
    pub(crate) poll_max: Duration,
    /// Authorities that are trusted beside those of the system.
    pub(crate) ca_files: Vec<PathBuf>,
    /// How the server differs, where it does.
    pub(crate) wire_profile: Option<PathBuf>,
    /// What operators should know, though the agent can be used.
    pub(crate) warnings: Vec<String>,
}

impl Settings {
    /// Reads the settings of an agent.
    ///
    /// # Errors
    /// Everything that is wrong. Values are not repeated, since an address may hold a password.
    pub(crate) fn of(target: Target) -> Result<Self, Vec<SettingsProblem>> {
        let mut problems = Problems::default();
        if target.application != APPLICATION {
            let message =
                format!("is `{}`; this connector knows `{APPLICATION}`", target.application);
            problems.add("application", message);
            return Err(problems.0);
        }
        let settings = &target.settings;
        problems.unknown(settings);
        let url = problems.url(settings);
        problems.days(settings);
        let poll_min = problems.seconds(settings, "poll_seconds_min", POLL_MIN);
        let poll_max = problems.seconds(settings, "poll_seconds_max", POLL_MAX);
        if problems.0.is_empty() && poll_min > poll_max {
            let message =
                format!("is {poll_min} and must not be longer than poll_seconds_max, {poll_max}");
            problems.add("poll_seconds_min", message);
        }
        let ca_files = problems.files(settings, CA_FILES);
        let wire_profile = problems.file(settings, WIRE_PROFILE);
        if target.batch_user.as_ref().is_none_or(|user| user.identifier.is_empty()) {
            problems.add("batch_user", "is missing: choose the batch user to log on with");
        }
        match (url, target.batch_user) {
            (Some(url), Some(user)) if problems.0.is_empty() => Ok(Self {
                warnings: clear_text(&url).into_iter().collect(),
                url: url.as_str().trim_end_matches('/').to_owned(),
                user,
                poll_min: Duration::from_secs_f64(poll_min),
                poll_max: Duration::from_secs_f64(poll_max),
                ca_files,
                wire_profile,
            }),
            _ => Err(problems.0),
        }
    }
}

/// The warning for passwords and tokens that others can read on their way.
fn clear_text(url: &Url) -> Option<String> {
    let is_loopback = match url.host()? {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => IpAddr::V4(address).is_loopback(),
        Host::Ipv6(address) => IpAddr::V6(address).is_loopback(),
    };
    (url.scheme() == "http" && !is_loopback).then(|| {
        format!(
            "passwords and tokens go to {} in clear text; use https in batch_server_url",
            url.host_str().unwrap_or_default()
        )
    })
}

#[derive(Default)]
struct Problems(Vec<SettingsProblem>);

impl Problems {
    fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(SettingsProblem { field: field.to_owned(), message: message.into() });
    }

    fn unknown(&mut self, settings: &Map<String, Value>) {
        // The batch user is named among the settings and comes beside them.
        let known = [
            "batch_server_url",
            "batch_user",
            "retain_log_files_days",
            "poll_seconds_min",
            "poll_seconds_max",
            CA_FILES,
            WIRE_PROFILE,
        ];
        for name in settings.keys().filter(|name| !known.contains(&name.as_str())) {
            self.add(name, format!("is no setting; there are {}", known.join(", ")));
        }
    }

    fn url(&mut self, settings: &Map<String, Value>) -> Option<Url> {
        let field = "batch_server_url";
        let example = "such as http://BatchServer:42000";
        let text = settings.get(field).and_then(Value::as_str).unwrap_or_default().trim();
        if text.is_empty() {
            self.add(
                field,
                format!("is missing: the address of the batch server with its port, {example}"),
            );
            return None;
        }
        let url = Url::parse(text).ok().filter(|url| {
            let is_web = matches!(url.scheme(), "http" | "https");
            is_web && url.host().is_some() && text.chars().count() <= URL_CHARS_MAX
        });
        let Some(url) = url else {
            let limit = format!("of at most {URL_CHARS_MAX} characters");
            self.add(field, format!("is no http or https address {limit}, {example}"));
            return None;
        };
        if !url.username().is_empty() || url.password().is_some() {
            self.add(
                field,
                "holds a user or a password: take it out, and choose a batch user instead",
            );
            return None;
        }
        if url.query().is_some() || url.fragment().is_some() {
            self.add(field, format!("must end before `?` and `#`: {example}"));
            return None;
        }
        Some(url)
    }

    /// Files on this machine; none where they are not given.
    fn files(&mut self, settings: &Map<String, Value>, field: &str) -> Vec<PathBuf> {
        let all = match settings.get(field) {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(all)) if all.len() <= CA_FILES_MAX => all,
            Some(_) => {
                self.add(field, format!("must be a list of at most {CA_FILES_MAX} whole paths"));
                return Vec::new();
            }
        };
        all.iter().filter_map(|file| self.path(field, file)).collect()
    }

    /// A file on this machine; none where it is not given.
    fn file(&mut self, settings: &Map<String, Value>, field: &str) -> Option<PathBuf> {
        let file = settings.get(field).filter(|file| !file.is_null())?;
        self.path(field, file)
    }

    fn path(&mut self, field: &str, file: &Value) -> Option<PathBuf> {
        let path = file.as_str().map(Path::new).filter(|path| path.is_absolute());
        let is_short = |path: &&Path| path.as_os_str().len() <= PATH_BYTES_MAX;
        let path = path.filter(is_short).map(ToOwned::to_owned);
        if path.is_none() {
            self.add(
                field,
                format!(
                    "must name files by their whole paths on the scheduler's machine, of at most {PATH_BYTES_MAX} bytes"
                ),
            );
        }
        path
    }

    fn days(&mut self, settings: &Map<String, Value>) {
        let (field, (least, most, _)) = ("retain_log_files_days", RETAIN_DAYS);
        let is_right = match settings.get(field) {
            None | Some(Value::Null) => true,
            Some(days) => days.as_u64().is_some_and(|days| (least..=most).contains(&days)),
        };
        if !is_right {
            self.add(field, format!("must be a whole number of days from {least} to {most}"));
        }
    }

    fn seconds(
        &mut self,
        settings: &Map<String, Value>,
        field: &str,
        limits: (f64, f64, f64),
    ) -> f64 {
        let (least, most, default) = limits;
        match settings.get(field) {
            None | Some(Value::Null) => default,
            Some(seconds) => match seconds
                .as_f64()
                .filter(|seconds| (least..=most).contains(seconds))
            {
                Some(seconds) => seconds,
                None => {
                    self.add(field, format!("must be a number of seconds from {least} to {most}"));
                    default
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use kit::Secret;
    use serde_json::json;

    use super::*;

    fn target(settings: Value) -> Target {
        Target {
            agent: "AMT".into(),
            application: APPLICATION.into(),
            settings: settings.as_object().unwrap().clone(),
            batch_user: Some(BatchUser { identifier: "API".into(), password: Secret::new("hush") }),
        }
    }

    fn fields(settings: Value) -> Vec<String> {
        let problems = Settings::of(target(settings)).unwrap_err();
        assert!(problems.iter().all(|problem| !problem.message.contains("hush")), "{problems:?}");
        problems.into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn an_address_alone_is_enough() {
        let settings =
            Settings::of(target(json!({"batch_server_url": "http://b:42000/"}))).unwrap();
        assert_eq!(settings.url, "http://b:42000");
        assert_eq!(settings.poll_min, Duration::from_millis(200));
        assert_eq!(settings.poll_max, Duration::from_secs(5));
    }

    #[test]
    fn clear_text_to_another_host_is_warned_about() {
        for (url, is_warned) in [
            ("http://batch.example:42000", true),
            ("http://10.1.29.5:9001", true),
            ("http://[fe80::1]:9001", true),
            ("https://batch.example", false),
            ("http://localhost:1", false),
            ("http://127.0.0.9:1", false),
            ("http://[::1]:1", false),
        ] {
            let settings = Settings::of(target(json!({"batch_server_url": url}))).unwrap();
            assert_eq!(!settings.warnings.is_empty(), is_warned, "{url}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let wrong = json!({"batch_server_url": "ftp://x", "retain_log_files_days": 0,
            "poll_seconds_min": "1", "poll_seconds_max": 301, "url": "x"});
        let all = [
            "url",
            "batch_server_url",
            "retain_log_files_days",
            "poll_seconds_min",
            "poll_seconds_max",
        ];
        assert_eq!(fields(wrong), all);
        for url in [
            "",
            "b:42000",
            "http://",
            "http://u:hush@b:1",
            "http://b:1/?password=hush",
            "http://b:1#x",
        ] {
            assert_eq!(fields(json!({"batch_server_url": url})), ["batch_server_url"], "{url}");
        }
        let files = json!({"batch_server_url": "https://b:1", "ca_files": ["ca.pem", "/etc/ca.pem", 1],
            "wire_profile": "profile.toml"});
        assert_eq!(fields(files), ["ca_files", "ca_files", "wire_profile"]);
        let files = json!({"batch_server_url": "https://b:1", "ca_files": "/etc/ca.pem"});
        assert_eq!(fields(files), ["ca_files"]);
        let crossed =
            json!({"batch_server_url": "http://b:1", "poll_seconds_min": 9, "poll_seconds_max": 8});
        assert_eq!(fields(crossed), ["poll_seconds_min"]);
    }

    #[test]
    fn a_batch_user_is_required() {
        let mut without = target(json!({"batch_server_url": "http://b:1"}));
        without.batch_user = None;
        let problems = Settings::of(without).unwrap_err();
        assert_eq!(problems[0].field, "batch_user");
    }
}

//! The checks in their order; each needs those before it.

use super::finding::Report;
use super::{rights, wire};
use crate::arguments::Arguments;
use crate::config::{self, Key, Loaded, Settings};
use crate::exit;
use crate::log::now;
use crate::run::Pace;
use crate::run::setup::{chain, options, pace, plain_http};
use crate::secret::{self, Form};
use amt_client::{Client, Error, Observer, Reason};
use amt_protocol::HeartBeat;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;

/// Clocks that differ by more make times in logs misleading.
const CLOCK_SECONDS_MAX: i64 = 60;
/// Exit code of an unreachable server, as for a run.
const UNREACHABLE: u8 = 23;
/// Exit code of refused credentials, as for a run.
const REFUSED: u8 = 24;

/// Checks everything and reports.
pub async fn doctor(arguments: &Arguments) -> Report {
    let mut report = Report::new();
    let Some((loaded, settings)) = configuration(arguments, &mut report) else { return report };
    let credentials = credentials(&loaded, &settings, &mut report);
    let (user, password) =
        credentials.clone().unwrap_or_else(|| (String::new(), SecretString::default()));
    let made = options(arguments, &settings, &user, password).and_then(|options| {
        let traffic = Arc::new(wire::Recorder::default());
        let observer: Arc<dyn Observer> = traffic.clone();
        Client::observed(&options, Some(observer)).map(|client| (client, traffic))
    });
    let (client, traffic) = match made {
        Ok(made) => made,
        Err(error) => {
            report.fail("config", exit::CONFIGURATION, chain(&error));
            return report;
        }
    };
    waiting(arguments, &settings, &client, &mut report);
    if heartbeat(&client, &mut report).await && credentials.is_some() {
        logon(&client, &mut report).await;
    }
    wire::report(&client, &traffic, &mut report);
    report
}

fn configuration(arguments: &Arguments, report: &mut Report) -> Option<(Loaded, Settings)> {
    let file = config::locate(arguments.config.as_deref());
    let loaded = match config::read(&file) {
        Ok(loaded) => loaded,
        Err(error) => {
            report.fail("config", exit::CONFIGURATION, error.to_string());
            return None;
        }
    };
    loaded.warnings.iter().for_each(|warning| report.warn("config", warning));
    match Settings::of(&loaded) {
        Ok(settings) => {
            report.ok("config", format!("{} read", file.display()));
            Some((loaded, settings))
        }
        Err(error) => {
            report.fail("config", exit::CONFIGURATION, error.to_string());
            None
        }
    }
}

fn credentials(
    loaded: &Loaded,
    settings: &Settings,
    report: &mut Report,
) -> Option<(String, SecretString)> {
    let mut take = |key: Key| match secret::open(loaded, key, &settings.key_file) {
        Ok((text, Form::Sealed)) => {
            report.ok(
                "credentials",
                format!("{} opens with {}", key.name(), settings.key_file.display()),
            );
            Some(text)
        }
        Ok((text, Form::Encoded)) if key == Key::Password => {
            report.warn(
                "credentials",
                "PASSWORD is encoded, which protects nothing: whoever reads the file has it; use the output of encrypt --seal",
            );
            Some(text)
        }
        Ok((text, Form::Encoded)) => {
            report.ok("credentials", format!("{} decodes", key.name()));
            Some(text)
        }
        Err(error) => {
            report.fail("credentials", exit::CONFIGURATION, error.to_string());
            None
        }
    };
    let (user, password) = (take(Key::User), take(Key::Password));
    Some((user?.expose_secret().to_owned(), password?))
}

fn waiting(arguments: &Arguments, settings: &Settings, client: &Client, report: &mut Report) {
    let text = match pace(arguments, settings, client.profile().features.long_poll) {
        Pace::Push(wait) => {
            format!("push: long polls of {} s, the end is seen at once", wait.as_secs())
        }
        Pace::Poll { first, interval } => format!(
            "status checks after {} s and then every {} s; delete STATUS_CHECK_POLL_INTERVAL to see the end at once",
            first.as_secs_f64(),
            interval.as_secs_f64()
        ),
    };
    report.ok("waiting", text);
}

async fn heartbeat(client: &Client, report: &mut Report) -> bool {
    let server = client.server();
    let text = match client.heartbeat().await {
        Ok(text) => text,
        Err(error) => {
            let subject = match &error {
                Error::NotSent { reason: Reason::Tls, .. } => "tls",
                _ => "address",
            };
            report.fail(subject, UNREACHABLE, error.to_string());
            return false;
        }
    };
    let beat = serde_json::from_str(&text).ok().map(|value| client.profile().incoming(value));
    let beat = beat.and_then(|value| serde_json::from_value::<HeartBeat>(value).ok());
    match &beat {
        Some(beat) => {
            report.ok("address", format!("{server} answers: {} {}", beat.service, beat.version));
        }
        None => report.ok(
            "address",
            format!(
                "{server} answers, in another form than AMTOpCon 1: `{}`",
                amt_client::observe::cut(text.trim(), 60)
            ),
        ),
    }
    match plain_http(server) {
        Some(warning) => report.warn("tls", warning),
        None if server.starts_with("https") => {
            report.ok("tls", "the certificate is trusted and carries the host's name");
        }
        None => report.ok("tls", "not used; the server is on this machine"),
    }
    if let Some(beat) = beat {
        clock(&beat, report);
        if beat.halted {
            report.warn("server", "the job server is halted: requests wait until it is released in the Control Center");
        }
    }
    true
}

fn clock(beat: &HeartBeat, report: &mut Report) {
    let seconds = now().timestamp().as_second() - beat.time.as_second();
    if seconds.abs() > CLOCK_SECONDS_MAX {
        let direction = if seconds > 0 { "ahead of" } else { "behind" };
        let text = format!(
            "this machine is {} s {direction} the server; synchronise both clocks",
            seconds.abs()
        );
        report.warn("clock", text);
    } else {
        report.ok("clock", "agrees with the server's");
    }
}

async fn logon(client: &Client, report: &mut Report) {
    match client.logon().await {
        Ok(()) => report.ok("logon", "accepted"),
        Err(error @ Error::Authentication { .. }) => {
            let text = format!("{error}; the user must be defined in the Control Center");
            report.fail("logon", REFUSED, text);
            return;
        }
        Err(error) => {
            report.fail("logon", UNREACHABLE, error.to_string());
            return;
        }
    }
    rights::check(client, report).await;
    if let Err(error) = client.logoff().await {
        report.warn("logoff", format!("{error}; tokens then end by themselves"));
    }
}

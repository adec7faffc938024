//! Whether options can be used, and together.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use batch_core::names::ControllerName;
use kit::{DurationText, SizeText};

use super::{Options, Role};

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 3600;
/// A hundred years.
const DAYS_MAX: u32 = 36_500;

/// Options that cannot be used; one line per mistake, which names the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct BadOptions(pub Vec<String>);

impl Options {
    /// Checks every value and every rule between values. Nothing outside is touched: files may still be missing.
    ///
    /// # Errors
    /// Every mistake, each with its key.
    pub fn validate(&self) -> Result<(), BadOptions> {
        let mut mistakes = Mistakes(Vec::new());
        self.check_ranges(&mut mistakes);
        self.check_groups(&mut mistakes);
        self.check_tables(&mut mistakes);
        self.check_together(&mut mistakes);
        if mistakes.0.is_empty() { Ok(()) } else { Err(BadOptions(mistakes.0)) }
    }

    fn check_ranges(&self, mistakes: &mut Mistakes) {
        let ms = Duration::from_millis;
        let s = Duration::from_secs;
        mistakes.number("queue_concurrency", self.queue_concurrency, 1..=100_000);
        mistakes.number("restarts_max", self.restarts_max, 0..=1000);
        mistakes.duration("poll_interval", self.poll_interval, ms(500)..=s(30));
        mistakes.duration("kill_grace", self.kill_grace, s(0)..=s(10 * MINUTE));
        mistakes.duration("stop_grace", self.stop_grace, s(0)..=s(10 * MINUTE));
        let lost_after = s(MINUTE)..=s(7 * DAY);
        mistakes.duration("controller_lost_after", self.controller_lost_after, lost_after);
    }

    fn check_groups(&self, mistakes: &mut Mistakes) {
        let s = Duration::from_secs;
        let (limits, retention, security) = (&self.limits, &self.retention, &self.security);
        mistakes.size("limits.output", limits.output, 64 << 10..=64 << 30);
        mistakes.size("limits.line", limits.line, 256..=1 << 20);
        mistakes.number("limits.processes", limits.processes, 8..=1_000_000);
        mistakes.number("retention.requests_days", retention.requests_days, 1..=DAYS_MAX);
        mistakes.number("retention.messages_days", retention.messages_days, 1..=DAYS_MAX);
        mistakes.number("retention.alerts_days", retention.alerts_days, 1..=DAYS_MAX);
        mistakes.number("retention.request_key_days", retention.request_key_days, 7..=DAYS_MAX);
        if retention.messages_days > retention.requests_days {
            mistakes.add(
                "retention.messages_days",
                "is more than retention.requests_days: messages go with their request",
            );
        }
        mistakes.duration("security.token_idle", security.token_idle, s(MINUTE)..=s(365 * DAY));
        mistakes.number("security.lockout_after", security.lockout_after, 0..=1000);
        mistakes.number("security.password_length", security.password_length, 8..=128);
    }

    fn check_tables(&self, mistakes: &mut Mistakes) {
        if let Err(error) = self.path_map() {
            mistakes.add("path_map", format!("cannot be used: {}", chain(&error)));
        }
        if let Err(error) = self.interpreters() {
            mistakes.add("interpreters", format!("cannot be used: {error}"));
        }
        if self.allowed_pairs.is_empty() {
            mistakes.add("allowed_pairs", "is empty, so no request could be submitted: add a pair");
        }
        for (user, station) in &self.allowed_pairs {
            if user.trim().is_empty() || station.trim().is_empty() {
                mistakes.add("allowed_pairs", "has an empty name: use `*` for any");
            }
        }
        if let Some(mistake) = self.database_url().mistake() {
            mistakes.add("database", mistake);
        }
        if let Err(error) = self.server_name().parse::<ControllerName>() {
            mistakes.add("name", format!("cannot be used: {error}"));
        }
    }

    fn check_together(&self, mistakes: &mut Mistakes) {
        if self.is_api() && self.tls.is_none() && !self.listen.ip().is_loopback() {
            mistakes.add(
                "listen",
                format!(
                    "is {}, which other machines can reach: configure `tls`, or listen on 127.0.0.1",
                    self.listen
                ),
            );
        }
        if self.role != Role::All && !self.database_url().is_postgres() {
            mistakes.add(
                "role",
                "is not `all`, but a SQLite database serves one process only: give `database` a PostgreSQL address",
            );
        }
    }
}

struct Mistakes(Vec<String>);

impl Mistakes {
    fn add(&mut self, key: &str, mistake: impl Display) {
        self.0.push(format!("key `{key}` {mistake}"));
    }

    fn number(&mut self, key: &str, value: u32, range: RangeInclusive<u32>) {
        self.range(key, &value, &range);
    }

    fn duration(&mut self, key: &str, value: DurationText, range: RangeInclusive<Duration>) {
        let (from, to) = range.into_inner();
        self.range(key, &value, &(DurationText(from)..=DurationText(to)));
    }

    fn size(&mut self, key: &str, value: SizeText, range: RangeInclusive<u64>) {
        let (from, to) = range.into_inner();
        self.range(key, &value, &(SizeText(from)..=SizeText(to)));
    }

    fn range<T: PartialOrd + Display>(&mut self, key: &str, value: &T, range: &RangeInclusive<T>) {
        if !range.contains(value) {
            let (from, to) = (range.start(), range.end());
            self.add(key, format!("is {value}; it must be from {from} to {to}"));
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text
}

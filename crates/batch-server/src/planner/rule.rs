//! What makes a schedule start its job: times of the clock, a file, or a file within times.

use batch_core::schedule::Schedule as Times;
use serde::{Deserialize, Serialize};

/// Longest path of a file, in characters.
const PATH_CHARS_MAX: usize = 1024;

/// When a schedule starts its job. At least one of the two is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// Days and times. With a file: when it is looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) times: Option<Times>,
    /// A file below the application's base path (`amt-domain 10`): each time of modification starts the job once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
}

impl Rule {
    /// Reads a stored rule.
    pub(crate) fn stored(text: &str) -> sql::Result<Self> {
        serde_json::from_str(text)
            .map_err(|_| sql::Error::Corrupt { table: "schedule", column: "rule" })
    }

    /// The times at which the job starts by the clock; none for a rule with a file.
    pub(crate) fn clock(&self) -> Option<&Times> {
        self.times.as_ref().filter(|_| self.file.is_none())
    }

    /// Whether the file is looked for at an instant: always without times, else on their days from start to end.
    pub(crate) fn is_file_time(&self, at: jiff::Timestamp) -> bool {
        let Some(times) = &self.times else { return true };
        let local = times.time_zone.local(at);
        let end = times.end_time.unwrap_or(times.start_time);
        let is_over_midnight = end <= times.start_time;
        let (time, today) = (local.time(), local.date());
        let began_today = time >= times.start_time && (is_over_midnight || time < end);
        let began_yesterday = is_over_midnight && time < end;
        (began_today && times.is_start_day(today))
            || (began_yesterday
                && today.yesterday().is_ok_and(|yesterday| times.is_start_day(yesterday)))
    }
}

/// Checks a relative path of a trigger file and returns it with `/` between its parts.
///
/// # Errors
/// What to correct.
pub(crate) fn checked_file(path: &str) -> Result<String, String> {
    if path.chars().nth(PATH_CHARS_MAX).is_some() {
        return Err(format!("it is too long, use at most {PATH_CHARS_MAX} characters"));
    }
    if path.chars().any(char::is_control) {
        return Err("remove the control character".to_owned());
    }
    if let Some(character) = path.chars().find(|c| r#"*?:"<>|"#.contains(*c)) {
        return Err(format!(
            "remove `{character}`: it is one file, below the application's base path"
        ));
    }
    let path = path.replace('\\', "/");
    if path.starts_with('/') {
        return Err(
            "make it relative: it is looked for below the application's base path".to_owned()
        );
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.contains(&"..") {
        return Err("remove `..`: the file is below the application's base path".to_owned());
    }
    if parts.is_empty() || path.ends_with('/') {
        return Err("name a file".to_owned());
    }
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_file_stays_below_the_base_path() {
        assert_eq!(checked_file("in\\day.txt").unwrap(), "in/day.txt");
        assert_eq!(checked_file("./in//day.txt").unwrap(), "in/day.txt");
        for path in ["", ".", "/etc/passwd", "..", "in/../../x", "F:\\x", "in/*.txt", "in/", "a\0"]
        {
            assert!(checked_file(path).is_err(), "{path}");
        }
    }

    #[test]
    fn a_file_within_times_is_looked_for_on_their_days_only() {
        let rule: Rule = serde_json::from_str(
            r#"{"times":{"start_time":"22:00:00","end_time":"02:00:00","days_of_week":"MON","time_zone":"UTC"},
                "file":"in.txt"}"#,
        )
        .unwrap();
        assert!(rule.clock().is_none());
        for (at, expected) in [
            // 23 November 2026 is a Monday.
            ("2026-11-23T21:59:59Z", false),
            ("2026-11-23T22:00:00Z", true),
            ("2026-11-24T01:59:59Z", true),
            ("2026-11-24T02:00:00Z", false),
            ("2026-11-24T22:30:00Z", false),
            ("2026-11-23T01:00:00Z", false),
        ] {
            assert_eq!(rule.is_file_time(at.parse().unwrap()), expected, "{at}");
        }
        let always = Rule { times: None, file: Some("in.txt".into()) };
        assert!(always.is_file_time(jiff::Timestamp::UNIX_EPOCH));
    }
}

//! Findings: one line each, with its cure.

use crate::arguments::Output;
use serde_json::json;
use std::fmt;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// In order.
    Ok,
    /// Worth knowing.
    Warn,
    /// Jobs cannot run like this.
    Fail,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub level: Level,
    /// What was looked at.
    pub subject: &'static str,
    /// What was found, and what to do if it is not in order.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Ok => "ok",
            Level::Warn => "warn",
            Level::Fail => "FAIL",
        };
        write!(f, "{level:<4}  {:<12}  {}", self.subject, self.text)
    }
}

/// All findings, and the exit code of the first failure.
#[derive(Debug)]
pub struct Report {
    findings: Vec<Finding>,
    exit_code: u8,
}

impl Report {
    /// No findings.
    pub const fn new() -> Self {
        Self { findings: Vec::new(), exit_code: 0 }
    }

    /// Something is in order.
    pub fn ok(&mut self, subject: &'static str, text: impl Into<String>) {
        self.findings.push(Finding { level: Level::Ok, subject, text: text.into() });
    }

    /// Something is worth knowing.
    pub fn warn(&mut self, subject: &'static str, text: impl Into<String>) {
        self.findings.push(Finding { level: Level::Warn, subject, text: text.into() });
    }

    /// Something is wrong; the first failure gives the exit code.
    pub fn fail(&mut self, subject: &'static str, exit_code: u8, text: impl Into<String>) {
        self.findings.push(Finding { level: Level::Fail, subject, text: text.into() });
        if self.exit_code == 0 {
            self.exit_code = exit_code;
        }
    }

    /// 0, or the exit code of the first failure.
    pub const fn exit_code(&self) -> u8 {
        self.exit_code
    }

    /// The report as text, or as a JSON document.
    pub fn render(&self, output: Output) -> String {
        match output {
            Output::Text | Output::JobLog => {
                let lines: Vec<_> = self.findings.iter().map(Finding::to_string).collect();
                lines.join("\n") + "\n"
            }
            Output::Json => {
                let findings: Vec<_> = self
                    .findings
                    .iter()
                    .map(|f| json!({"Level": format!("{:?}", f.level), "Subject": f.subject, "Text": f.text}))
                    .collect();
                format!("{:#}\n", json!({"ExitCode": self.exit_code, "Findings": findings}))
            }
        }
    }
}

impl Default for Report {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failure_gives_the_exit_code() {
        let mut report = Report::new();
        report.ok("config", "read");
        report.warn("clock", "off by 70 s");
        assert_eq!(report.exit_code(), 0);
        report.fail("logon", 24, "refused");
        report.fail("rights", 11, "none");
        assert_eq!(report.exit_code(), 24);
        assert_eq!(report.render(Output::Text).lines().nth(2), Some("FAIL  logon         refused"));
        assert!(report.render(Output::Json).contains("\"ExitCode\": 24"));
    }
}

//! A folder with a configuration, and the real binaries run in it.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(unreachable_pub, reason = "shared by several test binaries")]
#![allow(missing_docs, clippy::unwrap_used, clippy::disallowed_methods, reason = "test support")]

use super::fake::{Fake, PASSWORD, USER};
use amt_connector::secret::encode;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

pub struct Site {
    pub folder: TempDir,
    pub config: PathBuf,
}

pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Site {
    /// A configuration for the fake, with more lines.
    pub fn new(fake: &Fake, more: &str) -> Self {
        let scheme_is_tls = fake.url.starts_with("https");
        Self::at(&fake.address.to_string(), scheme_is_tls, more)
    }

    pub fn at(address: &str, uses_tls: bool, more: &str) -> Self {
        let (user, password) = (encode(USER), encode(PASSWORD));
        Self::with(&format!(
            "[CONNECTOR]\nNAME=Asysco AMT Connector\n[AMT BATCH SERVER]\nSERVER_ADDRESS={address}\n\
             SERVER_USE_TLS={}\nUSER= {user}\nPASSWORD= {password}\n{more}\n",
            if uses_tls { "True" } else { "False" }
        ))
    }

    pub fn with(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("Connector.config");
        std::fs::write(&config, text).unwrap();
        Self { folder, config }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_amt"));
        command.arg("--config").arg(&self.config).args(arguments).stdin(Stdio::null());
        command
    }

    pub fn amt(&self, arguments: &[&str]) -> Ran {
        ran(self.command(arguments).output().unwrap())
    }

    /// Starts without waiting.
    pub fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// A start of job J of DEMO2 with more arguments.
    pub fn start(&self, more: &[&str]) -> Ran {
        self.amt(&[&["-jt", "START", "-an", "DEMO2", "-jn", "J"], more].concat())
    }

    pub fn log_file(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("amt.log")).unwrap_or_default()
    }
}

pub fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Ran {
    /// The texts of the log, without their prefixes.
    pub fn texts(&self) -> Vec<&str> {
        self.out.lines().map(|line| line.split_once(" : ").map_or(line, |(_, text)| text)).collect()
    }

    pub fn has(&self, part: &str) -> bool {
        self.out.contains(part)
    }

    /// Ended with this code, and said so.
    pub fn assert_code(&self, code: i32) {
        let said = format!("Connector completed with return code {code}");
        assert!(
            self.code == code && self.has(&said),
            "{} instead of {code}\n{}\n{}",
            self.code,
            self.out,
            self.err
        );
    }
}

/// The log with times masked.
pub fn masked(log: &str) -> String {
    log.lines().map(masked_line).collect::<Vec<_>>().concat()
}

fn masked_line(line: &str) -> String {
    let words: Vec<_> = line.splitn(6, ' ').collect();
    let [time, thread, class, date, again, rest] = words[..] else { panic!("no prefix: {line}") };
    assert_eq!(shape(time), "00:00:00.000", "{line}");
    assert_eq!(shape(date), "00000000", "{line}");
    assert_eq!(shape(again), "00:00:00", "{line}");
    assert_eq!(&time[..8], again, "{line}");
    format!("hh:mm:ss.mmm {thread} {class} yyyymmdd hh:mm:ss {rest}\n")
}

fn shape(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
}

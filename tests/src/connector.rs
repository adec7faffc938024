//! The programs `amt` and `encrypt` beside a `Connector.config` for a test's server.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;

use crate::binary;

/// A folder with a configuration of the connector.
#[derive(Debug)]
pub struct Connector {
    /// The folder.
    pub folder: TempDir,
    config: PathBuf,
}

/// What a run of a program left.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

impl Connector {
    /// A configuration for the server at `base`, with more lines. User and password are written by `encrypt`.
    pub fn new(base: &str, user: &str, password: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("Connector.config");
        let text = format!(
            "[CONNECTOR]\nNAME=Asysco AMT Connector\n{more}\n[AMT BATCH SERVER]\nSERVER_ADDRESS={}\n\
             SERVER_USE_TLS={}\nUSER={}\nPASSWORD={}\n",
            base.trim_start_matches("http://").trim_start_matches("https://"),
            if base.starts_with("https://") { "True" } else { "False" },
            encrypted(user),
            encrypted(password),
        );
        std::fs::write(&config, text).unwrap();
        Self { folder, config }
    }

    /// Trusts an authority, given in PEM form, besides those of the system.
    #[must_use]
    pub fn trusting(self, ca_pem: &str) -> Self {
        std::fs::write(self.folder.path().join("ca.pem"), ca_pem).unwrap();
        let config = std::fs::read_to_string(&self.config).unwrap();
        std::fs::write(&self.config, format!("{config}CA_FILE=ca.pem\n")).unwrap();
        self
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary("amt"));
        command.args(arguments).arg("--config").arg(&self.config).stdin(Stdio::null());
        command
    }

    /// Runs `amt` to its end.
    pub fn amt(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts a job of the application `TEST` with `amt`, and returns when it has said the job's id.
    pub fn start(&self, more: &[&str]) -> Running {
        let arguments = [&["-jt", "START", "-an", "TEST"], more].concat();
        let mut child = self.command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut running = Running { child, lines, id: 0 };
        let line = running.until("BatchrequestId '");
        running.id = line.rsplit('\'').nth(1).and_then(|id| id.parse().ok()).unwrap();
        running
    }

    /// The log file.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("amt.log")).unwrap_or_default()
    }
}

/// A run of `amt` whose job goes on.
#[derive(Debug)]
pub struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// The request.
    pub id: i64,
}

impl Running {
    /// Reads on until a line with this text.
    pub fn until(&mut self, text: &str) -> String {
        let mut seen = Vec::new();
        for line in self.lines.by_ref().map_while(Result::ok) {
            if line.contains(text) {
                return line;
            }
            seen.push(line);
        }
        panic!("amt has ended without saying {text:?}:\n{}", seen.join("\n"));
    }

    /// Waits for its end: exit code and the rest of what it says.
    pub fn end(mut self) -> (i32, Vec<String>) {
        let rest = self.lines.by_ref().map_while(Result::ok).collect();
        (self.child.wait().unwrap().code().unwrap_or(-1), rest)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ran {
    /// The texts of the log, without their prefixes.
    pub fn texts(&self) -> Vec<&str> {
        self.out.lines().map(|line| line.split_once(" : ").map_or(line, |(_, text)| text)).collect()
    }

    /// Ended with this code, and said so.
    pub fn assert_code(&self, code: i32) {
        let said = format!("Connector completed with return code {code}");
        let is_said = self.out.contains(&said);
        assert!(
            self.code == code && is_said,
            "{} is not {code}\n{}\n{}",
            self.code,
            self.out,
            self.err
        );
    }
}

fn encrypted(text: &str) -> String {
    let output = Command::new(binary("encrypt")).args(["-v", text]).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

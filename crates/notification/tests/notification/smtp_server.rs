//! A mail server that is not ours: aiosmtpd, one for each test. `cargo xtask test` installs it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use kit::{DurationText, Secret, SizeText};
use notification::{Mail, Tls};
use tempfile::TempDir;

use crate::support::{Certificate, skip};

/// Names the Python that has aiosmtpd.
const PYTHON: &str = "RINGMASTER_TEST_SMTP";

pub(crate) const USER: &str = "ringmaster";
pub(crate) const PASSWORD: &str = "pa55 wörd";

/// A running server.
pub(crate) struct SmtpServer {
    port: u16,
    folder: TempDir,
    tls: Tls,
    has_users: bool,
    child: Child,
}

impl SmtpServer {
    /// None when it cannot be had here, which is said.
    pub(crate) fn find(tls: Tls, has_users: bool) -> Option<Self> {
        let python = python();
        if !python.is_file() {
            skip("there is no mail server to test with: `cargo xtask test` installs aiosmtpd");
            return None;
        }
        Some(Self::start(&python, tls, has_users))
    }

    fn start(python: &Path, tls: Tls, has_users: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let certificate = Certificate::new("localhost");
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("written");
            path
        };
        file("ca.pem", &certificate.ca);
        #[expect(clippy::disallowed_methods, reason = "a server for tests")]
        let mut server = Command::new(python);
        server
            .arg("-u")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/notification/smtp_server.py"));
        server.arg("--folder").arg(folder.path());
        server.args([
            "--tls",
            match tls {
                Tls::None => "none",
                Tls::Starttls => "starttls",
                Tls::Tls => "tls",
            },
        ]);
        server.arg("--certificate").arg(file("chain.pem", &certificate.chain));
        server.arg("--key").arg(file("key.pem", &certificate.key));
        if has_users {
            server.args(["--user", USER, "--password", PASSWORD]);
        }
        let mut child = server
            .env("PYTHONIOENCODING", "utf-8")
            .env("PYTHONUTF8", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        output.read_line(&mut line).expect("it says where it listens");
        let port = line.trim().strip_prefix("listening ").expect("a port");
        Self { port: port.parse().expect("a port"), folder, tls, has_users, child }
    }

    /// Settings that fit it.
    pub(crate) fn settings(&self) -> Mail {
        Mail {
            tls: self.tls,
            user: self.has_users.then(|| USER.to_owned()),
            password: self.has_users.then(|| Secret::new(PASSWORD)),
            ca_file: Some(self.folder.path().join("ca.pem")),
            ..mail_to(self.port)
        }
    }

    /// The mails it has taken, in their order.
    pub(crate) fn mails(&self) -> Vec<serde_json::Value> {
        let files = (1..).map(|number| self.folder.path().join(format!("{number}.json")));
        let texts = files.map_while(|file| std::fs::read_to_string(file).ok());
        texts.map(|text| serde_json::from_str(&text).expect("JSON")).collect()
    }

    /// Ends it.
    pub(crate) fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Settings for a server on this machine that neither encrypts nor asks who is there.
pub(crate) fn mail_to(port: u16) -> Mail {
    Mail {
        host: "localhost".to_owned(),
        port: Some(port),
        tls: Tls::None,
        user: None,
        password: None,
        from: "Ringmaster Süd <ringmaster@example.com>".to_owned(),
        hello: None,
        ca_file: None,
        connect_timeout: DurationText(Duration::from_secs(20)),
        timeout: DurationText(Duration::from_secs(20)),
        connections: 4,
        message_max: SizeText(256 << 10),
    }
}

/// Where `cargo xtask test` installs it.
fn python() -> PathBuf {
    if let Some(named) = std::env::var_os(PYTHON).filter(|named| !named.is_empty()) {
        return named.into();
    }
    let test = std::env::current_exe().expect("a test knows its own path");
    let target = test.ancestors().nth(3).expect("tests lie in target/…/deps");
    target.join("test-tools/aiosmtpd/bin/python")
}

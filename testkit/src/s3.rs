//! An S3 server that is not ours: moto. `cargo xtask test` installs and starts one for all tests; without it each test starts its own from
//! what was installed then, or is left out. Each test has buckets of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

/// Names the server that `cargo xtask test` has started.
const SERVER: &str = "RINGMASTER_TEST_S3";

/// moto wants to know who asks, and does not check it.
const IDENTITY: &str = "AWS4-HMAC-SHA256 Credential=id/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";

/// A running server.
#[derive(Debug)]
pub struct S3Server {
    /// `http://host:port`.
    pub url: String,
    child: Option<Child>,
}

impl S3Server {
    /// None when it cannot be had here, which is said.
    pub fn find() -> Option<Self> {
        if let Ok(url) = std::env::var(SERVER)
            && !url.is_empty()
        {
            return Some(Self { url, child: None });
        }
        let python = python();
        if !python.is_file() {
            crate::skip("there is no S3 server to test with: `cargo xtask test` installs moto");
            return None;
        }
        Some(Self::start(&python))
    }

    fn start(python: &Path) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a server for tests")]
        let mut child = Command::new(python)
            .args(["-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("moto starts");
        let lines = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut lines = lines.lines().map_while(Result::ok);
        let url = lines.find_map(|line| Some(line.split_once("Running on ")?.1.trim().to_owned()));
        // It must not wait for a reader of its log.
        std::thread::spawn(move || lines.for_each(drop));
        Self { url: url.expect("moto says where it listens"), child: Some(child) }
    }

    /// Makes a bucket that no other test has; its name.
    pub fn make_bucket(&self) -> String {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let bucket = format!("logs-{}-{number}", std::process::id());
        self.put(&format!("/{bucket}"), b"");
        bucket
    }

    /// Stores an object, or makes a bucket.
    pub fn put(&self, path: &str, body: &[u8]) {
        let (status, said) = self.request("PUT", path, body);
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&said));
    }

    /// The keys of a bucket, in order; of one that is not there, none.
    pub fn keys(&self, bucket: &str) -> Vec<String> {
        let (_, list) = self.request("GET", &format!("/{bucket}?list-type=2"), b"");
        let list = String::from_utf8(list).expect("XML");
        let keys = list.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next());
        let mut keys: Vec<String> = keys.map(str::to_owned).collect();
        keys.sort();
        keys
    }

    /// Takes a bucket away, with all that is in it.
    pub fn remove_bucket(&self, bucket: &str) {
        for key in self.keys(bucket) {
            self.request("DELETE", &format!("/{bucket}/{key}"), b"");
        }
        assert_eq!(self.request("DELETE", &format!("/{bucket}"), b"").0, 204);
    }

    /// One request; status and body.
    pub fn request(&self, method: &str, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let host = self.url.strip_prefix("http://").expect("http").trim_end_matches('/');
        let mut stream = TcpStream::connect(host).expect("the server listens");
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: {IDENTITY}\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("sent");
        stream.write_all(body).expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("answered");
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let status = String::from_utf8_lossy(&answer[9..12]).parse().expect("a status");
        (status, answer.split_off(end + 4))
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Where `cargo xtask test` installs moto.
fn python() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let target = test.ancestors().nth(3).expect("tests lie in target/…/deps");
    target.join("test-tools/moto/bin/python")
}

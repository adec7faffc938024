//! Commands that follow, against a server that is a test.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixListener;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

mod support;

use support::ringmaster;

/// Answers every question at once with nothing new of a log that goes on, as the server does for an agent that does not wait.
fn never_waits(listener: &UnixListener, asked: &AtomicU32) {
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let _ = stream.read(&mut [0; 4096]).unwrap();
        asked.fetch_add(1, Ordering::SeqCst);
        let body = r#"{"text":"","next":"0","is_end":false}"#;
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        // The command may be gone.
        let _ = stream.write_all(format!("{head}{body}").as_bytes());
    }
}

#[test]
fn a_log_that_nobody_waits_for_is_not_asked_for_without_rest() {
    let folder = testkit::temp_dir();
    let listener = UnixListener::bind(folder.path().join("s")).unwrap();
    let asked = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&asked);
    std::thread::spawn(move || never_waits(&listener, &counted));
    let arguments = ["job", "log", "--id", "1.1", "--follow", "--socket", "s"];
    let mut follower = ringmaster(folder.path(), &arguments).stdout(Stdio::null()).spawn().unwrap();
    while asked.load(Ordering::SeqCst) < 2 {
        assert!(follower.try_wait().unwrap().is_none(), "it has ended by itself");
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(1500));
    follower.kill().unwrap();
    follower.wait().unwrap();
    let asked = asked.load(Ordering::SeqCst);
    assert!(asked <= 4, "it has asked {asked} times");
}

//! What is typed at a terminal and must not be seen there.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::pty::openpty;

/// How long a test waits for what must come.
const LIMIT: Duration = Duration::from_secs(60);
/// Gives a program a terminal of its own, and waits for it.
const SETSID: &str = "/usr/bin/setsid";

/// The program at a terminal that a test types at.
struct Terminal {
    child: Child,
    keyboard: File,
    parts: Receiver<String>,
    screen: String,
    reader: JoinHandle<()>,
}

impl Terminal {
    fn start(folder: &Path, line: &str) -> Self {
        let pty = openpty(None, None).unwrap();
        let end = || Stdio::from(pty.slave.try_clone().unwrap());
        #[expect(clippy::disallowed_methods, reason = "the program under test")]
        let child = Command::new(SETSID)
            .args(["--ctty", "--wait", env!("CARGO_BIN_EXE_ringmaster")])
            .args(line.split_whitespace())
            .current_dir(folder)
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap();
        drop(pty.slave);
        let keyboard = File::from(pty.master);
        let mut from = keyboard.try_clone().unwrap();
        let (send, parts) = mpsc::channel();
        let reader = std::thread::spawn(move || {
            let mut part = [0; 1024];
            // Ends with an error when nobody holds the other end any more.
            while let Ok(count @ 1..) = from.read(&mut part) {
                if send.send(String::from_utf8_lossy(&part[..count]).into_owned()).is_err() {
                    return;
                }
            }
        });
        Self { child, keyboard, parts, screen: String::new(), reader }
    }

    /// Waits until so many of a text stand on the screen.
    fn until(&mut self, text: &str, count: usize) {
        let until = Instant::now() + LIMIT;
        while self.screen.matches(text).count() < count {
            let rest = until.saturating_duration_since(Instant::now());
            let part = self.parts.recv_timeout(rest);
            self.screen += &part.unwrap_or_else(|_| panic!("no {text:?} in {:?}", self.screen));
        }
    }

    fn types(&mut self, line: &str) {
        self.keyboard.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Its exit code and everything that stood on the screen.
    fn end(mut self) -> (i32, String) {
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        self.reader.join().unwrap();
        self.screen.extend(self.parts.try_iter());
        (code, self.screen)
    }
}

fn can_have_a_terminal() -> bool {
    let is_there = Path::new(SETSID).exists();
    if !is_there {
        eprintln!("skipped: there is no {SETSID}");
    }
    is_there
}

const ADD: &str = "batch-server add-user --data data opcon --password-stdin --role operator";

#[test]
fn a_password_that_is_typed_is_asked_for_twice_and_not_shown() {
    if !can_have_a_terminal() {
        return;
    }
    let folder = testkit::temp_dir();
    let mut terminal = Terminal::start(folder.path(), ADD);
    terminal.until("it is not shown", 1);
    terminal.types("correct horse battery");
    terminal.until("The same again", 1);
    terminal.types("correct horse battery");
    terminal.until("can log on with the password that was given", 1);
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    assert!(!screen.contains("horse"), "{screen}");
}

#[test]
fn two_that_differ_change_nothing_and_none_is_shown() {
    if !can_have_a_terminal() {
        return;
    }
    let folder = testkit::temp_dir();
    let mut terminal = Terminal::start(folder.path(), ADD);
    terminal.until("it is not shown", 1);
    terminal.types("correct horse battery");
    terminal.until("The same again", 1);
    terminal.types("correct horse batery");
    terminal.until("the two passwords differ", 1);
    let (code, screen) = terminal.end();
    assert_eq!(code, 1, "{screen}");
    assert!(!screen.contains("horse"), "{screen}");
}

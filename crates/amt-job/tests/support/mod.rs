//! A runner and a batch server played by threads of the test, and the binary run against them.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use amt_job::protocol::{Call, Reply, RunnerLine, RunnerReply};

/// The token that the fakes accept.
pub const TOKEN: &str = "s3cret-of-this-job";

/// What the fakes have seen, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    Runner(RunnerLine),
    Call(Box<Call>),
}

/// What the batch server does next on a connection.
pub enum Step {
    Say(Reply),
    Drop,
}

/// Over which kind of socket the fakes listen.
#[derive(Clone, Copy)]
pub enum Socket {
    Path,
    Abstract,
    Tcp,
}

/// A job's two partners.
pub struct Fake {
    pub seen: Arc<Mutex<Vec<Seen>>>,
    pub runner: String,
    pub server: String,
    _folder: tempfile::TempDir,
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

impl Fake {
    /// `script` says what the batch server does with a call; the number counts calls from 0.
    pub fn new(script: impl Fn(&Call, usize) -> Vec<Step> + Send + 'static) -> Self {
        Self::on(Socket::Path, script)
    }

    /// A server that gives one answer to everything.
    pub fn answering(answer: amt_job::protocol::Answer) -> Self {
        Self::new(move |_, _| vec![Step::Say(Reply::Ok(answer.clone()))])
    }

    /// A server that refuses everything.
    pub fn refusing(code: &str) -> Self {
        let reply = Reply::Error { code: code.into(), detail: "see the manual".into() };
        Self::new(move |_, _| vec![Step::Say(reply.clone())])
    }

    pub fn on(socket: Socket, script: impl Fn(&Call, usize) -> Vec<Step> + Send + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (runner, mut runner_accepts) = listen(socket, &folder, "runner");
        let (server, mut server_accepts) = listen(socket, &folder, "server");
        let log = Arc::clone(&seen);
        thread::spawn(move || {
            loop {
                play_runner(runner_accepts(), &log);
            }
        });
        let log = Arc::clone(&seen);
        thread::spawn(move || {
            let mut number = 0;
            loop {
                play_server(server_accepts(), &log, &script, &mut number);
            }
        });
        Self { seen, runner, server, _folder: folder }
    }

    /// `amtjob` as a job would start it.
    pub fn amtjob(&self, arguments: &[&str]) -> Command {
        let mut command = bare(arguments);
        command
            .env("AMTJOB_SERVER", &self.server)
            .env("AMTJOB_RUNNER", &self.runner)
            .env("AMTJOB_TOKEN", TOKEN)
            .env("AMTAPPLICATION", "DEMO2")
            .env("AMTSCRIPTNAME", "/srv/scripts/RUN_TEST.ps1");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(&self.amtjob(arguments).output().unwrap())
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Ended {
        let mut child = self
            .amtjob(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A child that ends early on purpose does not read all of it.
        let _ = child.stdin.take().unwrap().write_all(input);
        Ended::of(&child.wait_with_output().unwrap())
    }

    /// The calls that the server has seen.
    pub fn calls(&self) -> Vec<Call> {
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .filter_map(|seen| match seen {
                Seen::Call(call) => Some((**call).clone()),
                Seen::Runner(_) => None,
            })
            .collect()
    }

    /// Kind and text of the messages that the runner has seen.
    pub fn messages(&self) -> Vec<(amt_job::protocol::MessageKind, String)> {
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .filter_map(|seen| match seen {
                Seen::Runner(RunnerLine { kind: Some(kind), text: Some(text), .. }) => {
                    Some((*kind, text.clone()))
                }
                _ => None,
            })
            .collect()
    }
}

/// `amtjob` with none of a job's variables.
pub fn bare(arguments: &[&str]) -> Command {
    #[allow(clippy::disallowed_methods, reason = "the binary under test is run as a job runs it")]
    let mut command = Command::new(env!("CARGO_BIN_EXE_amtjob"));
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars() {
        if name.starts_with("AMT") {
            command.env_remove(name);
        }
    }
    command
}

/// How a run of the binary ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    pub fn of(output: &Output) -> Self {
        let ended = Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        };
        assert!(!ended.out.contains(TOKEN) && !ended.err.contains(TOKEN), "{ended:?}");
        ended
    }

    /// Nothing but this on standard output, and success.
    pub fn prints(&self, out: &str) {
        let expected = Self { code: 0, out: out.into(), err: String::new() };
        assert_eq!(*self, expected);
    }

    /// This code, nothing on standard output, and this somewhere on standard error.
    pub fn fails(&self, code: i32, err: &str) {
        assert_eq!((self.code, &*self.out), (code, ""), "{self:?}");
        assert!(self.err.starts_with("amtjob: ") && self.err.contains(err), "{self:?}");
    }
}

type Accepts = Box<dyn FnMut() -> Box<dyn Stream> + Send>;

fn listen(socket: Socket, folder: &tempfile::TempDir, name: &str) -> (String, Accepts) {
    let path = folder.path().join(name);
    match socket {
        Socket::Path => {
            let listener = UnixListener::bind(&path).unwrap();
            let text = path.to_str().unwrap().to_owned();
            (text, Box::new(move || Box::new(listener.accept().unwrap().0)))
        }
        Socket::Abstract => {
            let name = path.to_str().unwrap().to_owned();
            let address = SocketAddr::from_abstract_name(&name).unwrap();
            let listener = UnixListener::bind_addr(&address).unwrap();
            (format!("@{name}"), Box::new(move || Box::new(listener.accept().unwrap().0)))
        }
        Socket::Tcp => {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let text = format!("tcp:{}", listener.local_addr().unwrap());
            (text, Box::new(move || Box::new(listener.accept().unwrap().0)))
        }
    }
}

fn play_runner(stream: Box<dyn Stream>, log: &Mutex<Vec<Seen>>) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut text = String::new();
        if stream.read_line(&mut text).unwrap_or(0) == 0 {
            return;
        }
        assert!(text.len() <= amt_job::protocol::LINE_BYTES_MAX);
        let line: RunnerLine = serde_json::from_str(&text).unwrap();
        let reply = if line.token.reveal() == TOKEN {
            log.lock().unwrap().push(Seen::Runner(line));
            RunnerReply::Ok(true)
        } else {
            RunnerReply::Error("bad token".into())
        };
        send(&mut **stream.get_mut(), &reply);
    }
}

fn play_server(
    stream: Box<dyn Stream>,
    log: &Mutex<Vec<Seen>>,
    script: &impl Fn(&Call, usize) -> Vec<Step>,
    number: &mut usize,
) {
    let mut stream = BufReader::new(stream);
    let mut text = String::new();
    if stream.read_line(&mut text).unwrap_or(0) == 0 {
        return;
    }
    let call: Call = serde_json::from_str(&text).unwrap();
    log.lock().unwrap().push(Seen::Call(Box::new(call.clone())));
    let steps = script(&call, *number);
    *number += 1;
    for step in steps {
        match step {
            Step::Say(reply) => send(&mut **stream.get_mut(), &reply),
            Step::Drop => return,
        }
    }
}

fn send(stream: &mut dyn Stream, reply: &impl serde::Serialize) {
    let mut line = serde_json::to_vec(reply).unwrap();
    line.push(b'\n');
    // The other side may be gone, which is what some tests are about.
    let _ = stream.write_all(&line);
}

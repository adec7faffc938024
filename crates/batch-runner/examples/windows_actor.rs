//! What jobs run in the tests under Windows: `windows_actor <action> …`, see `main`.
#[cfg(windows)]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        // Sleeps for longer than any test waits.
        ["sleep", mark] => sleep(mark),
        // Ends with a code when it hears `CTRL_BREAK`; with `deaf` it hears it and goes on.
        ["obey", mark, code] => listen(mark, code.parse().ok()),
        ["deaf", mark] => listen(mark, None),
        // Starts `windows_actor <action> <mark> …` in a process group of its own and then does something itself.
        ["parent", child_mark, rest @ ..] => {
            spawn(&["deaf", child_mark]);
            wait_for(child_mark);
            act(rest);
        }
        // Starts more and more processes.
        ["breed"] => loop {
            spawn(&["rest"]);
            std::thread::sleep(std::time::Duration::from_millis(20));
        },
        ["rest"] => std::thread::sleep(std::time::Duration::from_secs(600)),
        // Writes a number of bytes without a line end.
        ["flood", bytes] => flood(bytes.parse().expect("a number")),
        // Sends a message to the runner, between two lines of output.
        ["message", text] => message(text),
        rest => act(rest),
    }
}

#[cfg(windows)]
fn act(arguments: &[&str]) {
    match arguments {
        ["exit", code] => exit(code.parse().expect("a code")),
        ["deaf", mark] => listen(mark, None),
        _ => panic!("what is {arguments:?}"),
    }
}

/// Says in a file that it is there, and as whom. Nobody else can write into it as long as what is given back lives.
#[cfg(windows)]
fn mark(name: &str) -> std::fs::File {
    use std::io::Write;
    use std::os::windows::fs::OpenOptionsExt;
    const FILE_SHARE_READ: u32 = 1;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).share_mode(FILE_SHARE_READ);
    let mut file = options.open(name).expect("a file of its own");
    writeln!(file, "{}", std::process::id()).expect("a file");
    file
}

#[cfg(windows)]
fn wait_for(name: &str) {
    while !std::fs::read_to_string(name).is_ok_and(|text| text.ends_with('\n')) {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[cfg(windows)]
fn sleep(name: &str) {
    let _mark = mark(name);
    std::thread::sleep(std::time::Duration::from_secs(600));
}

#[cfg(windows)]
fn listen(name: &str, code: Option<i32>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let mut breaks = tokio::signal::windows::ctrl_break().expect("a handler");
        let _mark = mark(name);
        let limit = tokio::time::sleep(std::time::Duration::from_secs(600));
        tokio::pin!(limit);
        loop {
            tokio::select! {
                _ = breaks.recv() => match code {
                    Some(code) => {
                        println!("bye");
                        exit(code);
                    }
                    None => println!("heard"),
                },
                () = &mut limit => return,
            }
        }
    });
}

#[cfg(windows)]
#[expect(clippy::disallowed_methods, reason = "the end of a test program")]
fn exit(code: i32) -> ! {
    std::process::exit(code)
}

#[cfg(windows)]
#[expect(clippy::disallowed_methods, reason = "a job that starts processes")]
fn spawn(arguments: &[&str]) {
    use std::os::windows::process::CommandExt;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
    let own = std::env::current_exe().expect("a path");
    let mut command = std::process::Command::new(own);
    command.args(arguments).creation_flags(CREATE_NEW_PROCESS_GROUP).spawn().expect("a process");
}

#[cfg(windows)]
fn flood(mut left: usize) {
    use std::io::Write;
    let chunk = [b'x'; 8192];
    let mut out = std::io::stdout().lock();
    while left > 0 {
        let len = left.min(chunk.len());
        out.write_all(&chunk[..len]).expect("a pipe");
        left -= len;
    }
    out.flush().expect("a pipe");
}

#[cfg(windows)]
fn message(text: &str) {
    use std::io::{BufRead, BufReader, Write};
    let variable = |name: &str| std::env::var(name).expect(name);
    println!("before");
    let address = variable("AMTJOB_RUNNER");
    let address = address.strip_prefix("tcp:").expect("an address of TCP");
    let mut stream = std::net::TcpStream::connect(address).expect("the runner");
    let token = variable("AMTJOB_TOKEN");
    let line = format!("{{\"token\":\"{token}\",\"kind\":\"W\",\"text\":\"{text}\"}}\n");
    stream.write_all(line.as_bytes()).expect("the runner");
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).expect("an answer");
    println!("after {}", answer.trim_end());
}

#[cfg(not(windows))]
fn main() {}

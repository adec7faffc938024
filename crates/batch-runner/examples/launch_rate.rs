//! How many runners of `/bin/true` are launched and ended per second: `launch_rate <runner> <count> <outstanding>`.
#[cfg(target_os = "linux")]
fn main() {
    let mut arguments = std::env::args().skip(1);
    let usage = "launch_rate <runner> <count> <outstanding>";
    let runner = std::path::PathBuf::from(arguments.next().expect(usage));
    let count: u32 = arguments.next().expect(usage).parse().expect(usage);
    let outstanding: usize = arguments.next().expect(usage).parse().expect(usage);
    let root = tempfile::tempdir().expect("a temporary folder");
    let launcher = batch_runner::Launcher::new(&runner);
    let mut running = std::collections::VecDeque::new();
    let mut launching = std::time::Duration::ZERO;
    let start = std::time::Instant::now();
    for number in 0..count {
        if running.len() == outstanding {
            reap(running.pop_front());
        }
        let before = std::time::Instant::now();
        let order = order(root.path(), number);
        running.push_back(launcher.launch(&order).expect("a runner"));
        launching += before.elapsed();
    }
    for launched in running {
        reap(Some(launched));
    }
    let rate = f64::from(count) / start.elapsed().as_secs_f64();
    println!("{rate:.0} jobs/s, {:?} per launch()", launching / count);
}

#[cfg(target_os = "linux")]
fn reap(launched: Option<batch_runner::Launched>) {
    use rustix::event::{PollFd, PollFlags, poll};
    let wake = launched.expect("a runner").wake;
    let mut fds = [PollFd::new(&wake, PollFlags::empty())];
    poll(&mut fds, None).expect("the end of a runner");
    assert!(fds[0].revents().contains(PollFlags::HUP), "a runner failed");
}

#[cfg(target_os = "linux")]
fn order(root: &std::path::Path, number: u32) -> batch_runner::Order {
    batch_runner::Order {
        spool: batch_runner::spool::Spool::new(root, i64::from(number), 1).dir().to_owned(),
        attempt: format!("rate:{number}:1"),
        program: "/bin/true".to_owned(),
        arguments: Vec::new(),
        working_directory: "/".into(),
        environment: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
        output_cap_bytes: 1 << 20,
        line_cap_bytes: 4096,
        processes_max: 100,
        kill_grace_ms: 1000,
        stop_grace_ms: 1000,
        token: "token".to_owned(),
        message_socket: format!("@launch-rate-{}-{number}", std::process::id()),
        is_stopped_for_debugger: false,
        prelude: Vec::new(),
        masks: Vec::new(),
        open_files_max: 0,
        umask: None,
        is_synced: false,
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {}

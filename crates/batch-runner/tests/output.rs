//! What is kept of the output, and what happens when it cannot be.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic, and starts real processes"
)]

mod common;

use std::fs::OpenOptions;
use std::process::Command;

use batch_runner::End;
use batch_runner::spool::RecordKind;
use common::{Bench, fifo, runner, write_program};

#[test]
fn both_streams_are_kept_in_the_order_they_were_written() {
    let script = "for i in $(seq 200); do echo o$i; echo e$i >&2; done; printf 'no end'";
    let mut job = Bench::script(script).start();
    job.finish();
    let expected = (1..=200).flat_map(|i| [format!("o{i}"), format!("e{i}")]);
    let expected: Vec<String> = expected.chain(["no end".to_owned()]).collect();
    assert_eq!(job.lines(), expected);
}

#[test]
fn bytes_that_are_no_text_do_not_stop_the_job() {
    let mut job = Bench::script(r"printf 'a\377b\r\n\000c\n'").start();
    job.finish();
    assert_eq!(job.lines(), ["a\u{fffd}b", "\0c"]);
}

#[test]
fn a_gibibyte_in_one_line_is_cut_at_the_cap_in_little_memory() {
    let script = "head -c 1G /dev/zero | tr '\\0' x; read x <go";
    let job = Bench::script(script);
    let go = job.path("go");
    fifo(&go);
    let mut job = job.start();
    // Opens when the job has come to its end.
    let writer = OpenOptions::new().write(true).open(go).unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", job.runner_pid())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak_kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak_kib < 16 * 1024, "{peak_kib} KiB");
    drop(writer);
    let record = job.finish();
    assert_eq!(record.dropped_bytes, (1 << 30) - (1 << 20));
    let mut records = job.records();
    let note = records.pop().unwrap();
    assert_eq!(note.kind, RecordKind::Warning);
    let text = "1072693248 bytes of output beyond the limit of 1048576 bytes were not kept";
    assert_eq!(note.text, text);
    assert_eq!(records.iter().map(|record| record.text.len()).sum::<usize>(), 1 << 20);
    assert!(records.iter().all(|record| record.text.len() <= 4096));
}

#[test]
fn the_cap_of_the_output_leaves_messages_alone() {
    let mut job = Bench::script("yes | head -n 100; read x <go").with(|o| o.output_cap_bytes = 20);
    fifo(&job.path("go"));
    job = job.start();
    let mut client = job.connect();
    client.message("E", "still kept");
    assert_eq!(client.flush(), r#"{"ok":true}"#);
    drop(OpenOptions::new().write(true).open(job.path("go")).unwrap());
    assert_eq!(job.finish().dropped_bytes, 180);
    assert_eq!(job.lines().len(), 10);
    assert!(job.records().iter().any(|record| record.text == "still kept"));
}

#[test]
fn a_file_size_limit_costs_the_output_and_not_the_job() {
    let mut job = Bench::script("yes 12345678 | head -n 10000; exit 7");
    let limited = job.path("limited");
    write_program(
        &limited,
        &format!("#!/bin/sh\nulimit -f 8\nexec {} \"$@\"\n", runner().display()),
    );
    job.start_with(&limited);
    let record = job.finish();
    assert_eq!(record.end, End::Exited { code: 7 });
    assert_eq!(record.spool_error.as_deref(), Some("File too large"));
    assert!(job.lines().iter().all(|line| line == "12345678"), "no torn record");
}

/// Unmounts what a failed test would leave.
struct Mounted(std::path::PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_costs_the_output_and_not_the_result() {
    if !rustix::process::getuid().is_root() {
        eprintln!(
            "only root can mount a small disk; the test of the file size limit covers the rest"
        );
        return;
    }
    let mut job = Bench::script("yes 12345678 | head -n 100000; exit 7");
    let disk = job.path("spool");
    std::fs::create_dir(&disk).unwrap();
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=64k", "none"]).arg(&disk);
    let Ok(true) = mount.status().map(|status| status.success()) else {
        eprintln!("mounting is not allowed here");
        return;
    };
    let _mounted = Mounted(disk);
    job.start_with(runner());
    let record = job.finish();
    assert_eq!(record.end, End::Exited { code: 7 });
    assert_eq!(record.spool_error.as_deref(), Some("No space left on device"));
}

#[test]
fn remarks_of_the_order_stand_before_the_output() {
    let remark = "Started".to_owned();
    let mut job = Bench::script("echo first").with(|order| order.prelude = vec![remark]).start();
    job.finish();
    let kept: Vec<_> = job.records().into_iter().map(|record| (record.kind, record.text)).collect();
    let expected = [(RecordKind::Information, "Started"), (RecordKind::Output, "first")];
    assert_eq!(kept, expected.map(|(kind, text)| (kind, text.to_owned())));
}

//! Spool folders are used again, and nothing of one attempt reaches another.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use batch_runner::spool::{Spool, SpoolState, void};
use batch_runner::{End, Launcher, SpareFolders};
use common::{Bench, has_hung_up, runner, until};

fn spool(job: &Bench) -> Spool {
    Spool::at(&job.order.spool)
}

/// The same job in its next attempt.
fn next_attempt(job: &mut Bench, script: &str) {
    job.order.spool = job.order.spool.with_file_name("17-2");
    job.order.arguments = vec!["-c".to_owned(), script.to_owned()];
    job.order.message_socket.push_str("-2");
}

fn number(path: &Path) -> u64 {
    path.metadata().unwrap().ino()
}

fn folders(job: &Bench) -> usize {
    std::fs::read_dir(job.order.spool.parent().unwrap()).unwrap().count()
}

#[test]
fn a_folder_and_its_files_serve_the_next_attempt() {
    let spare = SpareFolders::default();
    let mut job = Bench::script("echo first; echo second; exit 1").start();
    assert_eq!(job.finish().end, End::Exited { code: 1 });
    let first = [spool(&job).dir().to_owned(), spool(&job).claim(), spool(&job).output()];
    let first = first.map(|path| number(&path));
    spare.put_away(&spool(&job)).unwrap();
    assert_eq!(job.state(), SpoolState::NeverStarted);

    next_attempt(&mut job, "echo third; exit 2");
    spare.prepare(&spool(&job));
    assert_eq!(job.state(), SpoolState::NeverStarted);
    job.start_with(runner());
    assert_eq!(job.finish().end, End::Exited { code: 2 });
    assert_eq!(job.lines(), ["third"]);
    let second = [spool(&job).dir().to_owned(), spool(&job).claim(), spool(&job).output()];
    assert_eq!(second.map(|path| number(&path)), first);
    assert_eq!(folders(&job), 1);
}

#[test]
fn a_void_attempt_leaves_a_folder_that_can_be_used() {
    let spare = SpareFolders::default();
    let mut job = Bench::script("exit 1");
    assert!(void(&job.order.spool).unwrap());
    spare.put_away(&spool(&job)).unwrap();
    next_attempt(&mut job, "exit 2");
    spare.prepare(&spool(&job));
    job.start_with(runner());
    assert_eq!(job.finish().end, End::Exited { code: 2 });
}

#[test]
fn of_two_runners_in_a_used_folder_exactly_one_starts_the_job() {
    for _ in 0..10 {
        let spare = SpareFolders::default();
        let mut job = Bench::script("exit 1").start();
        job.finish();
        spare.put_away(&spool(&job)).unwrap();
        next_attempt(&mut job, "echo started >> started");
        spare.prepare(&spool(&job));
        job.start_with(runner());
        let launcher = Launcher::new(runner());
        let second = launcher.launch(&job.order).unwrap();
        until("the second runner ends", || has_hung_up(&second).then_some(()));
        job.finish();
        assert_eq!(std::fs::read_to_string(job.path("started")).unwrap(), "started\n");
    }
}

#[test]
fn a_folder_whose_runner_lives_is_not_used_again() {
    let spare = SpareFolders::default();
    let mut job = Bench::script("until [ -f go ]; do sleep 0.01; done").start();
    job.runner_pid();
    spare.put_away(&spool(&job)).unwrap();
    assert_eq!(folders(&job), 0, "it is gone, as it would be without being used again");
    let alive = job.launched.take().unwrap();

    next_attempt(&mut job, "echo > go; exit 2");
    spare.prepare(&spool(&job));
    assert!(!job.order.spool.exists());
    job.start_with(runner());
    assert_eq!(job.finish().end, End::Exited { code: 2 });
    until("the first runner ends", || has_hung_up(&alive).then_some(()));
    assert_eq!(job.finish().end, End::Exited { code: 2 }, "the first has written nothing here");
}

#[test]
fn a_folder_with_anything_else_in_it_is_removed() {
    let spare = SpareFolders::default();
    for stranger in ["claim.4711", "blank"] {
        let mut job = Bench::script("exit 1").start();
        job.finish();
        std::fs::write(job.order.spool.join(stranger), "").unwrap();
        spare.put_away(&spool(&job)).unwrap();
        assert_eq!(folders(&job), 0);
        next_attempt(&mut job, "exit 2");
        spare.prepare(&spool(&job));
        assert!(!job.order.spool.exists());
    }
}

#[test]
fn a_blank_that_somebody_has_or_has_written_to_is_left_alone() {
    for is_written in [false, true] {
        let mut job = Bench::script("exit 1").start();
        job.finish();
        let spare = SpareFolders::default();
        spare.put_away(&spool(&job)).unwrap();
        next_attempt(&mut job, "exit 2");
        spare.prepare(&spool(&job));
        let blank = job.order.spool.join("blank");
        let held = std::fs::File::options().append(true).open(&blank).unwrap();
        if is_written {
            std::fs::write(&blank, "{\"runner\":1}\n").unwrap();
        } else {
            held.lock().unwrap();
        }
        job.start_with(runner());
        assert_eq!(job.finish().end, End::Exited { code: 2 });
        assert_ne!(number(&spool(&job).claim()), number(&blank));
    }
}

#[test]
fn an_attempt_that_has_a_folder_keeps_it() {
    let spare = SpareFolders::default();
    let mut job = Bench::script("exit 1").start();
    job.finish();
    spare.put_away(&spool(&job)).unwrap();
    next_attempt(&mut job, "exit 2");
    assert!(void(&job.order.spool).unwrap());
    spare.prepare(&spool(&job));
    assert_eq!(job.state(), SpoolState::Void);
    assert_eq!(folders(&job), 2, "the other one is kept");
}

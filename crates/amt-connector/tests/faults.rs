//! Runs of the real binary against a server that misbehaves: each row of the table "What the clients make of it".

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that run the real programs"
)]

#[path = "../../amt-client/tests/fake/mod.rs"]
mod fake;
mod support;

use fake::{Certificate, Fake, Fault};
use serde_json::json;
use std::time::Duration;
use support::{Site, ran};

const START: &str = "OpConJobAction";

#[test]
fn an_unreachable_server_is_23() {
    let fake = Fake::start();
    let site = Site::new(&fake, "");
    drop(fake);
    let ran = site.start(&["--retry-for", "500ms"]);
    ran.assert_code(23);
    assert!(ran.has("SERVER_ADDRESS"), "{}", ran.out);
    Site::at("no-such-host.invalid:1", false, "").start(&["--retry-for", "0"]).assert_code(23);
}

#[test]
fn a_logon_answered_with_5xx_is_23_and_one_that_recovers_is_not() {
    let fake = Fake::start();
    fake.state.fault("Logon", &[Fault::Status(503), Fault::DropBefore]);
    Site::new(&fake, "").start(&[]).assert_code(4);
    fake.state.always("Logon", Fault::Status(500));
    Site::new(&fake, "").start(&["--retry-for", "300ms"]).assert_code(23);
    assert_eq!(fake.state.count(START), 1);
}

#[test]
fn refused_credentials_are_24() {
    let fake = Fake::start();
    let text = std::fs::read_to_string(&Site::new(&fake, "").config).unwrap();
    let wrong = text.replace(
        &amt_connector::secret::encode(fake::PASSWORD),
        &amt_connector::secret::encode("nope"),
    );
    let ran = Site::with(&wrong).start(&[]);
    ran.assert_code(24);
    assert!(ran.has("USER and PASSWORD") && !ran.has("nope"), "{}", ran.out);
    assert_eq!(fake.state.count("Logon"), 1);
}

#[test]
fn one_401_is_renewed_and_a_second_is_24() {
    let fake = Fake::start();
    fake.state.fault(START, &[Fault::Status(401)]);
    Site::new(&fake, "").start(&[]).assert_code(4);
    fake.state.always(START, Fault::Status(401));
    Site::new(&fake, "").start(&[]).assert_code(24);
    assert_eq!(fake.state.stored(), 1);
}

#[test]
fn a_start_with_a_lost_answer_is_settled_and_started_once() {
    for fault in
        [Fault::DropAfter, Fault::StatusAfter(500), Fault::StatusAfter(503), Fault::Garbage]
    {
        let fake = Fake::start();
        fake.state.fault(START, &[fault.clone(), fault.clone()]);
        let ran = Site::new(&fake, "").start(&[]);
        ran.assert_code(4);
        assert!(ran.has("Outcome of the start is unknown"), "{fault:?}\n{}", ran.out);
        assert_eq!((fake.state.stored(), fake.state.count(START)), (1, 3), "{fault:?}");
    }
}

#[test]
fn a_start_that_stays_unknown_is_never_23() {
    let fake = Fake::start();
    fake.state.always(START, Fault::DropAfter);
    let ran = Site::new(&fake, "").start(&["--give-up-after", "500ms", "--retry-for", "0"]);
    ran.assert_code(19);
    assert!(ran.has("--request-key"), "{}", ran.out);
    assert_eq!(fake.state.stored(), 1);
}

#[test]
fn without_request_keys_an_unknown_start_asks_for_a_person() {
    let fake = Fake::start();
    fake.state.fault(START, &[Fault::DropAfter]);
    let site = Site::new(&fake, "WIRE_PROFILE=old.toml");
    let profile = "name='old'\n[features]\nrequest_keys=false\n";
    std::fs::write(site.folder.path().join("old.toml"), profile).unwrap();
    let ran = site.start(&[]);
    ran.assert_code(19);
    assert!(ran.has("Control Center"), "{}", ran.out);
    assert_eq!(fake.state.count(START), 1);
}

#[test]
fn a_refused_start_is_its_code() {
    let fake = Fake::start();
    let ran = Site::new(&fake, "").amt(&["-an", "DEMO2", "-jn", "NO_SUCH_JOB"]);
    ran.assert_code(11);
    assert!(ran.has("START refused: unknown job NO_SUCH_JOB"), "{}", ran.out);
    fake.state.fault(START, &[Fault::Status(403)]);
    Site::new(&fake, "").start(&[]).assert_code(11);
    assert_eq!(fake.state.stored(), 0);
}

#[test]
fn failing_to_monitor_is_not_an_end() {
    let fake = Fake::start();
    let faults = [
        Fault::Status(500),
        Fault::DropBefore,
        Fault::Garbage,
        Fault::Status(401),
        Fault::Status(401),
        Fault::Status(404),
    ];
    fake.state.fault("MonitorJob", &faults);
    let ran = Site::new(&fake, "").start(&[]);
    ran.assert_code(4);
    assert!(
        ran.has("cannot be read, the job goes on") && ran.has("can be read again"),
        "{}",
        ran.out
    );
    assert_eq!(ran.texts().iter().filter(|text| text.contains("cannot be read")).count(), 1);
}

#[test]
fn giving_up_is_19_with_the_way_to_go_on() {
    let fake = Fake::start();
    fake.state.always("MonitorJob", Fault::Status(503));
    let site = Site::new(&fake, "");
    let ran = site.start(&["--give-up-after", "600ms"]);
    ran.assert_code(19);
    assert!(ran.has("--resume 2112") && ran.has("BatchrequestId '2112'"), "{}", ran.out);
    fake.state.heal("MonitorJob");
    site.amt(&["--resume", "2112"]).assert_code(4);
}

#[test]
fn a_password_changed_during_the_wait_is_24_after_one_logon() {
    let fake = Fake::start();
    fake.state.lock().codes = vec![json!(2); 1000];
    let site =
        Site::new(&fake, "STATUS_CHECK_POLL_INTERVAL=0.1\nSTATUS_CHECK_INITIAL_POLL_DELAY=0");
    let child = site.spawn(&["-jn", "J"]);
    fake.state.wait_for("MonitorJob", 2);
    fake.state.always("Logon", Fault::Status(401));
    fake.state.lock().tokens.clear();
    let ran = ran(child.wait_with_output().unwrap());
    ran.assert_code(24);
    assert!(ran.has("'2112' goes on") && ran.has("--resume 2112"), "{}", ran.out);
    assert_eq!(fake.state.count("Logon"), 2);
}

#[test]
fn a_password_changed_during_a_doubtful_start_leaves_it_unknown() {
    let fake = Fake::start();
    fake.state.fault(START, &[Fault::DropAfter, Fault::Status(401)]);
    // The first logon is good, the second is that of the start that is sent again.
    fake.state.fault("Logon", &[Fault::Slow(Duration::ZERO)]);
    fake.state.always("Logon", Fault::Status(401));
    let ran = Site::new(&fake, "").start(&[]);
    ran.assert_code(19);
    assert!(ran.has("--request-key"), "{}", ran.out);
    assert_eq!((fake.state.count("Logon"), fake.state.stored()), (2, 1));
}

#[test]
fn a_start_under_a_given_key_counts_as_sent_before() {
    let fake = Fake::start();
    let site = Site::new(&fake, "");
    let key = ["--request-key", "K8"];
    site.start(&key).assert_code(4);
    // Refused now, but the earlier one is found under the key.
    fake.state.fault(START, &[Fault::Status(403)]);
    site.start(&key).assert_code(4);
    assert_eq!((fake.state.stored(), fake.state.count("FindJob")), (1, 1));
    fake.state.always("Logon", Fault::Status(503));
    let ran = site.start(&["--request-key", "K8", "--retry-for", "0"]);
    ran.assert_code(23);
    assert!(ran.has("earlier run with --request-key K8"), "{}", ran.out);
}

#[test]
fn undefined_is_as_running() {
    let fake = Fake::start();
    fake.state.lock().codes = vec![json!(19), json!(17), json!(19), json!(4)];
    Site::new(&fake, "").start(&[]).assert_code(4);
    fake.state.lock().codes = vec![json!(19)];
    let site =
        Site::new(&fake, "STATUS_CHECK_POLL_INTERVAL=0.1\nSTATUS_CHECK_INITIAL_POLL_DELAY=0");
    let child = site.spawn(&["-jn", "J2"]);
    fake.state.wait_for("MonitorJob", 30);
    end(child);
}

fn end(mut child: std::process::Child) {
    assert_eq!(child.try_wait().unwrap(), None, "it must go on");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn pages_that_were_printed_are_not_printed_again_when_a_later_one_fails() {
    let fake = Fake::start();
    let lines: Vec<_> = (1..=2500).map(|number| format!("line {number}")).collect();
    fake.state.lock().messages.clone_from(&lines);
    let is_there = Fault::Slow(std::time::Duration::ZERO);
    fake.state.fault("GetMessages", &[is_there, Fault::Status(503), Fault::Status(503)]);
    let ran = Site::new(&fake, "").start(&[]);
    ran.assert_code(4);
    let printed: Vec<_> =
        ran.out.lines().filter_map(|line| Some(&line[line.find("line ")?..])).collect();
    assert_eq!(printed, lines);
}

#[test]
fn the_result_stands_without_the_messages() {
    let fake = Fake::start();
    fake.state.always("GetMessages", Fault::Status(403));
    let ran = Site::new(&fake, "").start(&[]);
    ran.assert_code(4);
    assert!(
        ran.has("Messages of BatchrequestId '2112' are missing") && ran.has("status 403"),
        "{}",
        ran.out
    );
    fake.state.heal("GetMessages");
    fake.state.fault("GetMessages", &[Fault::Status(500), Fault::DropAfter]);
    let ran = Site::new(&fake, "").start(&[]);
    ran.assert_code(4);
    assert!(ran.has("line 5") && !ran.has("are missing"), "{}", ran.out);
}

fn site_with_ca(fake: &Fake, ca: &Certificate) -> Site {
    let site = Site::new(fake, "CA_FILE=ca.pem");
    std::fs::write(site.folder.path().join("ca.pem"), &ca.ca_pem).unwrap();
    site
}

#[test]
fn tls_needs_the_right_authority_and_name() {
    let right = Certificate::new(&["127.0.0.1"]);
    let wrong = Certificate::new(&["elsewhere.example"]);
    let fake = Fake::start_tls(&right);
    site_with_ca(&fake, &right).start(&[]).assert_code(4);
    for (fake, ca) in [(&fake, &wrong), (&Fake::start_tls(&wrong), &wrong)] {
        let ran = site_with_ca(fake, ca).start(&["--retry-for", "0"]);
        ran.assert_code(23);
        assert!(ran.has("CA_FILE"), "{}", ran.out);
    }
}

#[cfg(unix)]
fn signal(child: &std::process::Child, name: &str) {
    // The shell's own: a small machine has no program `kill`.
    let sent = std::process::Command::new("sh")
        .args(["-c", &format!("kill {name} {}", child.id())])
        .status();
    assert!(sent.unwrap().success());
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_the_job_and_says_how_to_go_on() {
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let fake = Fake::start();
        fake.state.lock().codes = vec![json!(2)];
        let site = Site::new(&fake, "");
        let child = site.spawn(&["-an", "A", "-jn", "J"]);
        fake.state.wait_for("MonitorJob", 2);
        signal(&child, name);
        let ran = ran(child.wait_with_output().unwrap());
        assert_eq!(ran.code, code, "{}", ran.err);
        assert!(
            ran.err.contains("--resume 2112") && ran.err.contains("-jt KILL -ri 2112"),
            "{}",
            ran.err
        );
        assert_eq!(fake.state.count(START), 1);
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_kills_if_asked_to() {
    let fake = Fake::start();
    fake.state.lock().codes = vec![json!(2); 1000];
    let site = Site::new(&fake, "");
    let child = site.spawn(&["-an", "A", "-jn", "J", "--kill-on-interrupt"]);
    fake.state.wait_for("MonitorJob", 2);
    signal(&child, "-TERM");
    let ran = ran(child.wait_with_output().unwrap());
    ran.assert_code(3);
    assert!(ran.has("killing BatchrequestId '2112'"), "{}", ran.out);
    assert_eq!(fake.state.last(START)["Action"], "Kill");
}

#[cfg(unix)]
#[test]
fn an_interrupt_in_the_middle_of_a_start_names_the_key() {
    let fake = Fake::start();
    fake.state.always(START, Fault::Slow(Duration::from_mins(1)));
    let site = Site::new(&fake, "");
    let child = site.spawn(&["-an", "A", "-jn", "J", "--request-key", "K7"]);
    fake.state.wait_for(START, 1);
    signal(&child, "-INT");
    let ran = ran(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 130);
    assert!(ran.err.contains("--request-key K7"), "{}", ran.err);
}

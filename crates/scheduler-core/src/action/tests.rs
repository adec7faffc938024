use std::collections::BTreeSet;

use super::*;
use crate::job::{Category, Kind, Status};

const TASK: Facts =
    Facts { kind: Kind::Task, start_machine: Some(StartMachine { allows_kill: true }) };

/// The vendor's table, copied by hand: the categories, and what of them is taken out or added.
fn allowed(action: Action, status: Status) -> bool {
    let category = status.category().name();
    let categories: &[&str] = match action {
        Action::Hold => &["Waiting"],
        Action::Release => &["Held"],
        Action::Cancel | Action::Skip => {
            &["Held", "Waiting", "Missed Start Time", "Failed", "Under Review"]
        }
        Action::Start => &["Held", "Waiting", "Missed Start Time"],
        Action::Kill => &["Running"],
        Action::Restart | Action::RestartOnHold | Action::ForceRestart => {
            &["Cancelled", "Finished Ok", "Fixed", "Failed", "Under Review", "Skipped"]
        }
        Action::MarkFinishedOk => {
            &["Held", "Waiting", "Running", "Failed", "Under Review", "Missed Start Time", "Fixed"]
        }
        Action::MarkFailed => &[
            "Held",
            "Waiting",
            "Running",
            "Finished Ok",
            "Fixed",
            "Missed Start Time",
            "Under Review",
        ],
        Action::MarkUnderReview => &["Failed"],
        Action::MarkFixed => &["Failed", "Under Review"],
    };
    let description = status.description();
    match (action.name(), description) {
        (_, "Under Construction") => false,
        (_, text) if text.ends_with("; Processing Events") => false,
        ("restart" | "restartOnHold" | "forceRestart", "Job to be Skipped") => true,
        ("hold" | "skip", "Job to be Skipped")
        | ("kill", "Attempt to Start" | "Job Running; To be terminated") => false,
        _ => categories.contains(&category),
    }
}

#[test]
fn every_action_in_every_status_is_as_the_vendor_has_it() {
    for action in Action::ALL {
        for &status in Status::ALL {
            let is_ok = decide(action, status, TASK).is_ok();
            assert_eq!(is_ok, allowed(action, status), "{action} of {status}");
        }
    }
}

#[test]
fn a_kill_needs_a_process_and_a_machine_that_allows_it() {
    let why = |facts| decide(Action::Kill, Status::JobRunning, facts).map_err(|no| no.why);
    assert_eq!(why(TASK), Ok(()));
    assert_eq!(why(Facts { kind: Kind::Null, ..TASK }), Err(Why::NullJob));
    assert_eq!(why(Facts { kind: Kind::Container, ..TASK }), Err(Why::ContainerJob));
    assert_eq!(why(Facts { start_machine: None, ..TASK }), Err(Why::MachineUnknown));
    let strict = Some(StartMachine { allows_kill: false });
    assert_eq!(why(Facts { start_machine: strict, ..TASK }), Err(Why::KillNotAllowed));
}

#[test]
fn a_running_container_cannot_be_marked_and_a_waiting_one_can() {
    let container = Facts { kind: Kind::Container, start_machine: None };
    for action in [Action::MarkFinishedOk, Action::MarkFailed] {
        for &status in Status::ALL {
            let is_running = status.category() == Category::Running;
            let expected = allowed(action, status) && !is_running;
            assert_eq!(decide(action, status, container).is_ok(), expected, "{action} {status}");
        }
    }
}

#[test]
fn a_refusal_says_what_why_and_what_helps() {
    let refusal = decide(Action::Hold, Status::JobRunning, TASK).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "cannot hold a job that is `Job Running`: it is running; kill it, or mark it as finished OK or failed"
    );
}

#[test]
fn what_is_available_goes_by_privileges_too() {
    let may = |privilege| privilege != Privilege::RestartJobs;
    let mut can = BTreeSet::new();
    for (action, answer) in available(Status::Failed, TASK, may) {
        match answer {
            Ok(()) => assert!(can.insert(action)),
            Err(refusal) if action.privileges().contains(&Privilege::RestartJobs) => {
                assert!(refusal.to_string().ends_with("you need the privilege Restart Jobs"));
            }
            Err(refusal) => assert_eq!(refusal.action, action),
        }
    }
    let expected = [
        Action::Cancel,
        Action::Skip,
        Action::MarkFinishedOk,
        Action::MarkUnderReview,
        Action::MarkFixed,
    ];
    assert_eq!(can, expected.into());
}

#[test]
fn names_and_numbers_are_the_vendors_and_differ() {
    for action in Action::ALL {
        assert_eq!(Action::from_name(action.name()), Some(action));
    }
    let numbers: BTreeSet<_> = Privilege::ALL.iter().map(|one| one.id()).collect();
    assert_eq!(numbers.len(), Privilege::ALL.len());
    assert_eq!(Action::ForceRestart.privileges().len(), 2);
}

#[test]
fn only_a_running_job_cannot_be_deleted_or_rescheduled() {
    for &status in Status::ALL {
        let is_busy = status.category() == Category::Running || status.is_processing_events();
        assert_eq!(may_be_deleted(status).is_ok(), !is_busy, "{status}");
        let is_busy = is_busy || status == Status::UnderConstruction;
        assert_eq!(may_be_rescheduled(status).is_ok(), !is_busy, "{status}");
    }
}

#[test]
fn the_table_has_a_row_for_every_status_and_says_what_the_decision_says() {
    let table = table();
    for &status in Status::ALL {
        let row = table
            .lines()
            .find(|line| line.starts_with(&format!("| {status} |")))
            .unwrap_or_else(|| panic!("{status} is missing"));
        let cells: Vec<_> = row.split('|').skip(4).map(str::trim).collect();
        for (action, cell) in Action::ALL.into_iter().zip(cells) {
            let is_ok = decide(action, status, TASK).is_ok();
            assert_eq!(cell == "**yes**", is_ok, "{action} {status}");
            assert!(!cell.is_empty());
        }
    }
}

//! Prints the lifecycle as a table for people and keeps the printed one current.

use super::*;
use std::fmt::Write as _;

const DOCUMENT: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/request-states.md");

fn states() -> Vec<(&'static str, State)> {
    use Activity as A;
    use StartKind as K;
    vec![
        ("held", State::Held),
        ("queued", State::Queued(K::Normal)),
        ("queued, started by hand", State::Queued(K::Manual)),
        ("queued, forced", State::Queued(K::Forced)),
        ("queued for debugging", State::Queued(K::Debug)),
        ("queued for recovery", State::Queued(K::Recover)),
        ("outside window", State::OutsideWindow),
        ("suspended", State::Suspended),
        ("running", State::Running(K::Normal, A::Working)),
        ("running, started by hand", State::Running(K::Manual, A::Working)),
        ("running, forced", State::Running(K::Forced, A::Working)),
        ("running, debugged", State::Running(K::Debug, A::Working)),
        ("running, recovering", State::Running(K::Recover, A::Working)),
        ("waits for a file", State::Running(K::Normal, A::File)),
        ("waits for input", State::Running(K::Normal, A::Input)),
        ("waits for a job", State::Running(K::Normal, A::Job)),
        ("waits for a report", State::Running(K::Normal, A::Report)),
        ("waits for a debugger", State::Running(K::Debug, A::Debugger)),
        ("ended", State::Ended(FinalCode::Done)),
    ]
}

pub(super) fn events() -> Vec<(&'static str, Event)> {
    let exited = |exit, within_grace| Event::Exited { exit, within_grace };
    vec![
        ("hold", Event::Hold),
        ("release, queue open", Event::Release { is_window_open: true }),
        ("release, queue closed", Event::Release { is_window_open: false }),
        ("window closes", Event::WindowClosed),
        ("window opens", Event::WindowOpened),
        ("start missed", Event::StartMissed),
        ("skip", Event::Skip),
        ("delete", Event::Delete),
        ("start", Event::StartManual { is_halted: false }),
        ("start while halted", Event::StartManual { is_halted: true }),
        ("force start", Event::StartForced),
        ("claimed", Event::Claimed),
        ("never started", Event::NeverStarted),
        ("waits for a file", Event::Block(Activity::File)),
        ("goes on", Event::Unblock),
        ("debugger attached", Event::DebuggerAttached),
        ("kill", Event::Kill),
        ("stop", Event::Stop),
        ("abort", Event::Abort { recover: false, restart: false }),
        ("abort with recovery", Event::Abort { recover: true, restart: false }),
        ("abort with restart", Event::Abort { recover: true, restart: true }),
        ("exit 0", exited(Exit::Code(0), true)),
        ("exit 1", exited(Exit::Code(1), true)),
        ("start failed", Event::StartFailed),
        ("lost", Event::Lost),
    ]
}

fn cell(verdict: Verdict, before: Ending) -> String {
    match verdict {
        Verdict::Advance(Change { state, ending, .. }) if ending != before => {
            format!("{}, ending *{}*", state.code().number(), ending.as_str())
        }
        Verdict::Advance(Change { state, .. }) => state.code().number().to_string(),
        Verdict::Stale => "·".to_owned(),
        Verdict::Refused(_) => "refused".to_owned(),
    }
}

fn endings(out: &mut String) {
    out.push_str(
        "\n## How a run ends\n\nThe final code when the process has ended, by what was asked for before.\n\n\
         | asked for | exit 0 | exit 0, critical point | exit 1 | exit 1, critical point | the same, restarts used up |\n\
         |---|---|---|---|---|---|\n",
    );
    for &ending in Ending::ALL {
        let run = |exit, has_critical_point, restarts| {
            let lifecycle = Lifecycle {
                state: State::Running(StartKind::Normal, Activity::Working),
                ending,
                has_critical_point,
                restarts,
                restarts_max: 5,
            };
            match lifecycle.on(Event::Exited { exit: Exit::Code(exit), within_grace: true }) {
                Verdict::Advance(change) => change.state.code().number().to_string(),
                other => format!("{other:?}"),
            }
        };
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            ending.as_str(),
            run(0, false, 0),
            run(0, true, 0),
            run(1, false, 0),
            run(1, true, 0),
            run(1, true, 5)
        );
    }
}

fn page() -> String {
    let mut out = String::from(
        "# States of a job request\n\n<!-- Written by a test from the code; run `cargo xtask gen` to renew it. -->\n\n\
         Each cell says which code a request has after the event. `·` means that the event is late or repeated and changes\n\
         nothing; *refused* means that the sender is told why. *ending* is an end that is asked for while the process still runs.\n\n\
         ## What an event makes of a state\n\n| state | code |",
    );
    let (states, events) = (states(), events());
    for (name, _) in &events {
        let _ = write!(out, " {name} |");
    }
    let _ = writeln!(out, "\n|---|---|{}", "---|".repeat(events.len()));
    for (name, state) in states {
        let _ = write!(out, "| {name} | {} {} |", state.code().number(), state.code().name());
        for (_, event) in &events {
            let lifecycle = Lifecycle {
                state,
                ending: Ending::None,
                has_critical_point: false,
                restarts: 0,
                restarts_max: 5,
            };
            let _ = write!(out, " {} |", cell(lifecycle.on(*event), Ending::None));
        }
        out.push('\n');
    }
    endings(&mut out);
    out
}

#[test]
fn the_printed_table_is_current() {
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(std::path::Path::new(DOCUMENT).parent().unwrap()).unwrap();
        std::fs::write(DOCUMENT, &page).unwrap();
    }
    let printed = std::fs::read_to_string(DOCUMENT).unwrap_or_default();
    assert!(printed == page, "docs/reference/request-states.md is old; run `cargo xtask gen`");
}

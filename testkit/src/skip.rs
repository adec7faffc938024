//! Tests that cannot be run everywhere, and say so.

use std::io::Write as _;

/// Names the file that collects what was skipped; `cargo xtask test` sets it and shows the lines at the end.
const FILE: &str = "RINGMASTER_TEST_SKIPPED";

/// Says that the running test, or a part of it, is left out, and why. Return from the test after it.
pub fn skip(reason: &str) {
    let thread = std::thread::current();
    let line = format!("{}: {}", thread.name().unwrap_or("a test"), reason.replace('\n', " "));
    eprintln!("SKIPPED {line}");
    if let Some(path) = std::env::var_os(FILE) {
        let file = std::fs::File::options().create(true).append(true).open(path);
        let written = file.and_then(|mut file| writeln!(file, "{line}"));
        written.expect("add a line to the file that RINGMASTER_TEST_SKIPPED names");
    }
}

//! Passwords that are typed or piped in.

use std::io::{self, BufRead, IsTerminal as _};

use anyhow::{Context, bail};
use kit::Secret;

/// Longest line that is read as a password, in bytes.
const PASSWORD_BYTES_MAX: u64 = 4096;

/// The password on the first line of standard input.
///
/// # Errors
/// There is none.
pub(crate) fn read() -> anyhow::Result<Secret> {
    let input = io::stdin();
    if input.is_terminal() {
        crate::texts::say(
            "type the password, then Enter; it is shown as you type: pipe it in to hide it",
        );
    }
    let mut line = String::new();
    io::Read::take(input.lock(), PASSWORD_BYTES_MAX)
        .read_line(&mut line)
        .context("reading the password from standard input")?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        bail!("there is no password on standard input: give it as one line");
    }
    Ok(Secret::new(password))
}

//! Passwords that are typed or piped in.

use std::io::{self, BufRead, IsTerminal as _};

use anyhow::{Context, bail};
use kit::Secret;
use nix::sys::termios::{self, LocalFlags, SetArg, Termios};

/// Longest line that is read as a password, in bytes.
const PASSWORD_BYTES_MAX: u64 = 4096;

/// A password or another value that nobody may see: from a terminal, where it is typed twice and not shown; else the first line of
/// standard input.
///
/// # Errors
/// There is none, or the two that were typed differ.
pub(crate) fn read() -> anyhow::Result<Secret> {
    if io::stdin().is_terminal() {
        return typed();
    }
    let mut line = String::new();
    io::Read::take(io::stdin().lock(), PASSWORD_BYTES_MAX)
        .read_line(&mut line)
        .context("reading the password from standard input")?;
    let password = Secret::new(line.trim_end_matches(['\r', '\n']));
    if password.expose().is_empty() {
        bail!("there is no password on standard input: give it as one line");
    }
    Ok(password)
}

fn typed() -> anyhow::Result<Secret> {
    const WHILE: &str = "reading the password from the terminal; pipe it in where there is none";
    let _quiet = Quiet::new().context(WHILE)?;
    let ask = |prompt: &str| rpassword::prompt_password(prompt).map(Secret::new).context(WHILE);
    let password = ask("Password (it is not shown): ")?;
    if password.expose().is_empty() {
        bail!("nothing was typed: type the password, then Enter");
    }
    if !password.matches(ask("The same again: ")?.expose()) {
        bail!("the two passwords differ; nothing was changed");
    }
    Ok(password)
}

/// A terminal that shows nothing of what is typed. What reads the password does so only after its question is on the screen, and
/// whoever pastes is faster than that.
struct Quiet {
    before: Termios,
}

impl Quiet {
    fn new() -> io::Result<Self> {
        let before = termios::tcgetattr(io::stdin())?;
        let mut quiet = before.clone();
        // Nor does Ctrl-C end the process before this is undone: it is read as a key, and ends the question.
        quiet.local_flags.remove(LocalFlags::ECHO | LocalFlags::ECHONL | LocalFlags::ISIG);
        termios::tcsetattr(io::stdin(), SetArg::TCSANOW, &quiet)?;
        Ok(Self { before })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // A terminal that is gone needs no settings.
        let _ = termios::tcsetattr(io::stdin(), SetArg::TCSANOW, &self.before);
    }
}

//! Passwords that are typed or piped in.

use std::io::{self, BufRead, IsTerminal as _};

use anyhow::{Context, bail};
use kit::Secret;
use nix::sys::termios::{self, LocalFlags, SetArg, Termios};

/// Longest secret, in bytes: what the scheduler can seal, and more than 4,000 characters of a property.
const SECRET_BYTES_MAX: usize = 16 * 1024;
/// What may stand behind it on its line.
const LINE_END: usize = "\r\n".len();

/// A password or another value that nobody may see: from a terminal, where it is typed twice and not shown; else the first line of
/// standard input.
///
/// # Errors
/// There is none, it is too long, or the two that were typed differ.
pub(crate) fn read() -> anyhow::Result<Secret> {
    if io::stdin().is_terminal() {
        return typed();
    }
    let password = first_line(io::stdin().lock()).context(WHILE_PIPED)?;
    if password.expose().is_empty() {
        bail!("there is no password on standard input: give it as one line");
    }
    not_too_long(password)
}

const WHILE_PIPED: &str = "reading the password from standard input";

/// The first line, without its end. Of one that is too long, so much that it is seen.
fn first_line(input: impl BufRead) -> io::Result<Secret> {
    let most = SECRET_BYTES_MAX + LINE_END + 1;
    let mut line = Vec::new();
    io::Read::take(input, most as u64).read_until(b'\n', &mut line)?;
    let text = match String::from_utf8(line) {
        Ok(text) => text,
        // Cut through a letter: it is too long anyway.
        Err(bad) if bad.as_bytes().len() == most => "x".repeat(most),
        Err(bad) => return Err(io::Error::new(io::ErrorKind::InvalidData, bad.utf8_error())),
    };
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}

/// A secret that were cut off would be another one.
fn not_too_long(secret: Secret) -> anyhow::Result<Secret> {
    if secret.expose().len() > SECRET_BYTES_MAX {
        bail!("it is longer than {SECRET_BYTES_MAX} bytes; nothing was changed");
    }
    Ok(secret)
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
    not_too_long(password)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_whole_or_refused() {
        let longest = "x".repeat(SECRET_BYTES_MAX);
        for line in [longest.clone(), format!("{longest}\n"), format!("{longest}\r\nmore")] {
            let read = not_too_long(first_line(line.as_bytes()).unwrap()).unwrap();
            assert!(read.matches(&longest));
        }
        let letters = "x".to_owned() + &"ü".repeat(SECRET_BYTES_MAX);
        for line in [format!("{longest}x"), format!("{longest}x\n"), longest.repeat(2), letters] {
            assert!(not_too_long(first_line(line.as_bytes()).unwrap()).is_err());
        }
        assert!(first_line(&b"\xff\n"[..]).is_err());
    }
}

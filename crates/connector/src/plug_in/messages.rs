//! What a plug-in writes to its standard error: into the log, within limits.

use std::cmp::Reverse;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kit::Secret;
use tokio::io::AsyncRead;
use tokio::time::Instant;

use super::lines::{Line, Lines};
use crate::BatchUser;
use crate::call::Call;

/// Longest message, in bytes; the rest is left out.
const MESSAGE_BYTES_MAX: usize = 2000;
/// Most messages of [`WINDOW`].
const MESSAGES_MAX: u32 = 200;
const WINDOW: Duration = Duration::from_secs(10);
/// Most bytes that are read in [`WINDOW`]; who writes more waits.
const BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Most passwords that are looked for although nobody uses them at the moment; the oldest is forgotten first.
const SECRETS_MAX: usize = 64;
/// What is shorter stands in too many words.
const SECRET_BYTES_MIN: usize = 4;

/// Passwords that went to a plug-in, and must not come back into the log.
#[derive(Debug, Default)]
pub(super) struct Masked(Mutex<Vec<Held>>);

/// A password that is looked for, as long as somebody has this and some time longer.
pub(super) type Held = Arc<Forms>;

/// A password, as it is written in messages.
#[derive(Debug)]
pub(super) struct Forms {
    plain: Secret,
    /// With it, what JSON makes of it.
    all: Vec<Secret>,
}

impl Forms {
    fn of(secret: &Secret) -> Self {
        let mut all = vec![secret.clone()];
        for form in [json(secret.expose()), ascii_json(secret.expose())] {
            if !all.iter().any(|known| known.matches(&form)) {
                all.push(Secret::new(form));
            }
        }
        Self { plain: secret.clone(), all }
    }
}

/// As a JSON text, without its quotes.
fn json(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(text).to_owned()
}

/// As a JSON text of those that write every other letter as its number, without its quotes.
fn ascii_json(text: &str) -> String {
    let mut ascii = String::new();
    for sign in json(text).chars() {
        if sign.is_ascii() {
            ascii.push(sign);
        } else {
            for unit in sign.encode_utf16(&mut [0; 2]) {
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    ascii
}

impl Masked {
    /// Has the password of a user looked for, at least as long as the caller keeps what comes back.
    pub(super) fn hold_of(&self, user: Option<&BatchUser>) -> Option<Held> {
        self.hold(&user?.password)
    }

    /// Has what a call has with it for its start looked for, in the same way.
    pub(super) fn hold_of_call(&self, call: &Call) -> Vec<Held> {
        match call {
            Call::Start(start) | Call::Find(start) => {
                let password = start.batch_user.as_ref().map(|user| &user.password);
                start.secrets.iter().chain(password).filter_map(|each| self.hold(each)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn hold(&self, secret: &Secret) -> Option<Held> {
        let text = secret.expose();
        if text.len() < SECRET_BYTES_MIN {
            return None;
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.iter().find(|known| known.plain.matches(text)) {
            return Some(Arc::clone(known));
        }
        // The oldest that nobody holds any more.
        let idle = || all.iter().position(|known| Arc::strong_count(known) == 1);
        if all.len() >= SECRETS_MAX
            && let Some(idle) = idle()
        {
            all.remove(idle);
        }
        let held = Arc::new(Forms::of(secret));
        all.push(Arc::clone(&held));
        Some(held)
    }

    /// A message as it may be shown: without passwords and without what does something to a terminal.
    fn show(&self, line: &Line) -> String {
        let (bytes, is_cut) = match line {
            Line::Whole(bytes) => (bytes, false),
            Line::TooLong(bytes) => (bytes, true),
        };
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut forms: Vec<&str> =
            all.iter().flat_map(|known| &known.all).map(Secret::expose).collect();
        // The longest first: one may be a part of another.
        forms.sort_by_key(|form| Reverse(form.len()));
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        for form in &forms {
            if text.contains(form) {
                text = text.replace(form, "***");
            }
        }
        if is_cut {
            // Of a letter that was cut through, too.
            text.truncate(text.trim_end_matches('\u{fffd}').len());
            text.truncate(text.len() - beginning_at_end(&text, &forms));
        }
        let shown = |sign: char| if sign.is_control() && sign != '\t' { '\u{fffd}' } else { sign };
        text.chars().map(shown).chain(is_cut.then_some('…')).collect()
    }
}

/// How many bytes at the end of a text may be the beginning of a password whose rest was cut off.
fn beginning_at_end(text: &str, forms: &[&str]) -> usize {
    let longest = |form: &&str| {
        form.char_indices().map(|(at, _)| at).rev().find(|at| text.ends_with(&form[..*at]))
    };
    forms.iter().filter_map(longest).max().unwrap_or(0)
}

/// Logs messages until there are no more.
pub(super) async fn log_messages(
    name: &str,
    from: Box<dyn AsyncRead + Send + Unpin>,
    masked: &Masked,
) {
    let mut lines = Lines::new(from, MESSAGE_BYTES_MAX).throttled(BYTES_MAX, WINDOW);
    let (mut since, mut count) = (Instant::now(), 0_u32);
    loop {
        let line = match lines.next().await {
            Ok(Some(line)) => Some(line),
            Ok(None) | Err(_) => lines.rest(),
        };
        let is_new_window = since.elapsed() >= WINDOW;
        if (line.is_none() || is_new_window) && count > MESSAGES_MAX {
            let left_out = count - MESSAGES_MAX;
            tracing::warn!(plug_in = name, left_out, "the plug-in {name} writes too many messages");
        }
        let Some(line) = line else { return };
        if is_new_window {
            (since, count) = (Instant::now(), 0);
        }
        count = count.saturating_add(1);
        if count <= MESSAGES_MAX {
            tracing::info!(plug_in = name, "{}", masked.show(&line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::Fake;

    fn masked(secrets: &[&str]) -> (Masked, Vec<Option<Held>>) {
        let masked = Masked::default();
        let held = secrets.iter().map(|text| masked.hold(&Secret::new(*text))).collect();
        (masked, held)
    }

    fn whole(text: &str) -> Line {
        Line::Whole(text.into())
    }

    #[test]
    fn messages_show_neither_passwords_nor_control_characters() {
        let (masked, _held) = masked(&["hunter2", "a"]);
        let line = whole("logon of a with hunter2\u{1b}[2J");
        assert_eq!(masked.show(&line), "logon of a with ***\u{fffd}[2J");
        assert_eq!(masked.show(&Line::TooLong(b"long\xff".to_vec())), "long…");
    }

    #[test]
    fn secrets_of_a_start_are_masked_as_its_password_is() {
        let masked = Masked::default();
        let mut task = Fake::task(&"K1".parse().unwrap());
        task.secrets = vec![Secret::new("s3cret-value")];
        let _held = masked.hold_of_call(&Call::Start(task));
        assert_eq!(masked.show(&whole("token s3cret-value")), "token ***");
    }

    #[test]
    fn a_password_in_json_is_one_too() {
        let (masked, _held) = masked(&["pass\"wörd\\", "hunter2", "hunter2-longer"]);
        let line = whole(r#"{"a":"pass\"wörd\\","b":"pass\"w\u00f6rd\\","c":"hunter2-longer"}"#);
        assert_eq!(masked.show(&line), r#"{"a":"***","b":"***","c":"***"}"#);
    }

    #[test]
    fn no_piece_of_a_password_stands_at_a_cut() {
        let (masked, _held) = masked(&["hunter2ü", "unused"]);
        let cut = |text: &[u8]| masked.show(&Line::TooLong(text.to_vec()));
        assert_eq!(cut(b"logon with hunter2"), "logon with …");
        assert_eq!(cut(b"logon with hunter2\xc3"), "logon with …");
        assert_eq!(cut("logon with hunter2ü".as_bytes()), "logon with ***…");
        assert_eq!(cut(b"logon with hunters"), "logon with hunters…");
    }

    #[test]
    fn a_password_in_use_is_not_forgotten_for_those_that_come_later() {
        let (masked, held) = masked(&["hunter2"]);
        for number in 0..2 * SECRETS_MAX {
            masked.hold(&Secret::new(format!("other {number:03}")));
        }
        assert_eq!(masked.show(&whole("hunter2 other 000")), "*** other 000");
        drop(held);
        for number in 0..SECRETS_MAX {
            masked.hold(&Secret::new(format!("more {number:03}")));
        }
        assert_eq!(masked.show(&whole("hunter2")), "hunter2");
    }
}

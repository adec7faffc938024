//! What a plug-in writes to its standard error: into the log, within limits.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kit::Secret;
use tokio::io::AsyncRead;
use tokio::time::Instant;

use super::lines::{Line, Lines};

/// Longest message, in bytes; the rest is left out.
const MESSAGE_BYTES_MAX: usize = 2000;
/// Most messages of [`WINDOW`].
const MESSAGES_MAX: u32 = 200;
const WINDOW: Duration = Duration::from_secs(10);
/// Most bytes that are read in [`WINDOW`]; who writes more waits.
const BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Most passwords that are looked for; the oldest is forgotten first.
const SECRETS_MAX: usize = 64;
/// What is shorter stands in too many words.
const SECRET_BYTES_MIN: usize = 4;

/// Passwords that went to a plug-in, and must not come back into the log.
#[derive(Debug, Default)]
pub(super) struct Masked(Mutex<Vec<Secret>>);

impl Masked {
    pub(super) fn add(&self, secret: &Secret) {
        let mut secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = secret.expose();
        if text.len() < SECRET_BYTES_MIN || secrets.iter().any(|known| known.matches(text)) {
            return;
        }
        if secrets.len() == SECRETS_MAX {
            secrets.remove(0);
        }
        secrets.push(secret.clone());
    }

    /// A message as it may be shown: without passwords and without what does something to a terminal.
    fn show(&self, line: &Line) -> String {
        let (bytes, end) = match line {
            Line::Whole(bytes) => (bytes, ""),
            Line::TooLong(bytes) => (bytes, "…"),
        };
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        for secret in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if text.contains(secret.expose()) {
                text = text.replace(secret.expose(), "***");
            }
        }
        let shown = |sign: char| if sign.is_control() && sign != '\t' { '\u{fffd}' } else { sign };
        text.chars().map(shown).chain(end.chars()).collect()
    }
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

    #[test]
    fn messages_show_neither_passwords_nor_control_characters() {
        let masked = Masked::default();
        masked.add(&Secret::new("hunter2"));
        masked.add(&Secret::new("a"));
        let line = Line::Whole("logon of a with hunter2\u{1b}[2J".into());
        assert_eq!(masked.show(&line), "logon of a with ***\u{fffd}[2J");
        assert_eq!(masked.show(&Line::TooLong(b"long\xff".to_vec())), "long\u{fffd}…");
    }
}

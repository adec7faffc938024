//! Ctrl-C and a polite `kill`: noted, and looked at wherever a command waits, so that it can end what it has started.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Takes the three signals that ask a command to end.
///
/// # Errors
/// When the system refuses.
pub(crate) fn listen() -> Result<()> {
    let flag = FLAG.get_or_init(Arc::default);
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // A second one changes nothing: `timeout` and terminals often send two, and what was started must still be ended.
        // Every end has a limit of its own.
        signal_hook::flag::register(signal, Arc::clone(flag))
            .with_context(|| format!("while asking for signal {signal}"))?;
    }
    Ok(())
}

/// Whether the command has been asked to end.
pub(crate) fn is_asked() -> bool {
    FLAG.get().is_some_and(|flag| flag.load(Ordering::SeqCst))
}

/// Ends a wait when the command has been asked to end.
///
/// # Errors
/// Exactly then.
pub(crate) fn check() -> Result<()> {
    if is_asked() {
        bail!("interrupted");
    }
    Ok(())
}

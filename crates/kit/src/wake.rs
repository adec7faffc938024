//! A cheap signal that there may be something to do.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use tokio::sync::Notify;

/// Wakes one waiting loop. Signals that arrive while the loop works are not lost and not counted: any number of them
/// makes one more pass. Clones share the signal; every loop has a `Wake` of its own.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// A signal that nobody has given yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says that there may be something to do. Never blocks.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    /// Returns when the signal was given since the last return, at once if it was given already. Dropping the future
    /// loses no signal.
    pub async fn woken(&self) {
        self.0.notified().await;
    }

    /// Whether the signal was given since the last return of [`Wake::woken`] or of this: for whoever runs a loop's passes himself.
    pub fn take(&self) -> bool {
        pin!(self.0.notified()).poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks a future once, without waiting.
    fn is_pending(future: impl Future) -> bool {
        pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    #[test]
    fn signals_before_the_wait_are_kept_as_one() {
        let wake = Wake::new();
        wake.wake();
        wake.clone().wake();
        assert!(!is_pending(wake.woken()), "the first wait returns at once");
        assert!(is_pending(wake.woken()), "the second one waits");
    }

    #[test]
    fn a_signal_is_taken_once() {
        let wake = Wake::new();
        assert!(!wake.take());
        wake.wake();
        assert!(wake.take());
        assert!(!wake.take() && is_pending(wake.woken()));
    }
}

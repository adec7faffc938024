//! A cheap signal that there may be something to do.

use std::sync::Arc;

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
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_now::is_pending;

    /// Asks a future once, without waiting.
    mod futures_now {
        use std::pin::pin;
        use std::task::{Context, Waker};

        pub(super) fn is_pending(future: impl Future) -> bool {
            pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_pending()
        }
    }

    #[test]
    fn signals_before_the_wait_are_kept_as_one() {
        let wake = Wake::new();
        wake.wake();
        wake.clone().wake();
        assert!(!is_pending(wake.woken()), "the first wait returns at once");
        assert!(is_pending(wake.woken()), "the second one waits");
    }
}

//! Ending a wait between two attempts early, because somebody does not want to wait.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::Notify;

/// Ends the wait that was announced last. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Skip(Arc<Notify>);

impl Skip {
    /// One that no wait has been ended with yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the wait that goes on, or has just been announced. Without one it does nothing: the
    /// next wait is waited for in full.
    pub fn now(&self) {
        self.0.notify_one();
    }

    /// A new wait is about to be announced: what was said before does not count.
    pub(super) fn forget(&self) {
        let _ = self.0.notified().now_or_never();
    }

    pub(super) async fn wait(&self, delay: Duration) {
        // Either way the wait is over.
        let _ = tokio::time::timeout(delay, self.0.notified()).await;
    }
}

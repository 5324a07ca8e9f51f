//! A database that could be opened for reading only, or not even made: tried again until it
//! can be written.

use std::sync::Arc;

use hearth_store::{Store, StoreError};

use crate::Shared;
use crate::api::{ErrorCode, ErrorReport, HearthEvent};
use crate::report;
use crate::rescued;

impl Shared {
    /// Finds out how the disk was found at the start, and what the last run left behind.
    pub(crate) async fn begin_storage(self: &Arc<Self>) {
        let data = self.profile.data_folder().to_owned();
        let left = tokio::task::spawn_blocking(move || rescued::look(&data)).await;
        self.storage.rescued.begin_with(left.unwrap_or_default());
        let refused = self.store(|store| Ok(store.refuses_writing())).await;
        let Ok(Some(why)) = refused else {
            return;
        };
        tracing::error!(%why, "the conversations can only be read");
        self.storage.state().only_reading = Some(report::store(&why));
        self.tell_of_storage();
        self.try_until_saved();
    }

    /// Opens for writing what could be opened for reading only.
    ///
    /// # Errors
    /// What the disk says now.
    pub(super) async fn start_writing(&self) -> Result<(), ErrorReport> {
        if self.storage.state().only_reading.is_none() {
            return Ok(());
        }
        let tried = self.store(|store| Ok(Store::start_writing(store))).await;
        let started: Result<(), ErrorReport> = match tried {
            Ok(started) => started.map_err(|error: StoreError| report::store(&error)),
            Err(stopped) => Err(stopped),
        };
        // A defect of ours says nothing about the disk.
        if started.as_ref().err().map(|error| error.code) != Some(ErrorCode::Internal) {
            self.storage.state().only_reading = started.as_ref().err().cloned();
        }
        if started.is_ok() {
            self.begin_again().await;
        }
        started
    }

    /// The profile may be another than what was seen of it until now: it was not there, or
    /// could not be reached.
    async fn begin_again(&self) {
        let profile = self.profile.clone();
        let prepared = tokio::task::spawn_blocking(move || profile.prepare()).await;
        if let Ok(Err(error)) = prepared {
            tracing::warn!(%error, "a folder is missing");
        }
        self.live().announce(HearthEvent::StateChanged);
    }
}

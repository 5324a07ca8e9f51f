//! What the disk does not take.

use serde::Serialize;
use ts_rs::TS;

use super::error::ErrorReport;

/// The disk does not take what is written. What was not saved is kept in memory and
/// saved as soon as there is room.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StorageProblem {
    /// What the disk said.
    pub error: ErrorReport,
    /// Answers that are in memory only; closing Hearth would lose their ends.
    pub waiting: u32,
    /// Nothing could be written when Hearth started. Conversations can be read, searched
    /// and exported; nothing can be asked until the disk takes it.
    pub reading_only: bool,
}

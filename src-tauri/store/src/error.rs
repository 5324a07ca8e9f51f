//! What can go wrong, in as many cases as somebody decides about.

use std::io;

use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

use crate::{AttachmentId, ConversationId, MessageId, TurnId};

/// Why the store refused or failed. In every case the file is as it was before the call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A newer Hearth wrote the file; it was not touched.
    #[error("the database has version {found}, this program knows up to {known}")]
    Newer {
        /// The file's version.
        found: i64,
        /// The newest version that this program can read.
        known: i64,
    },
    /// The file is not a Hearth database, or is damaged. It is never replaced.
    #[error("the database cannot be read: {0}")]
    Unreadable(String),
    /// There is no room left on the disk. The same call works once there is.
    #[error("the disk is full")]
    Full,
    /// The disk, the folder or the file does not allow writing.
    #[error("the database cannot be written to")]
    ReadOnly,
    /// An older Hearth wrote the file, and it cannot be brought up to date here: it was
    /// not touched.
    #[error("the database has version {found}, and cannot be brought to {known}: {why}")]
    Outdated {
        /// The file's version.
        found: i64,
        /// The version that this program works with.
        known: i64,
        /// Why it cannot be written.
        why: Box<StoreError>,
    },
    /// Another program held the file for too long.
    #[error("another program keeps the database busy")]
    Busy,
    /// There is no such conversation, or it is in the trash and cannot be added to.
    #[error("there is no conversation {0}")]
    NoSuchConversation(ConversationId),
    /// There is no such message in that conversation.
    #[error("there is no message {0}")]
    NoSuchMessage(MessageId),
    /// There is no such turn.
    #[error("there is no turn {0}")]
    NoSuchTurn(TurnId),
    /// There is no such attachment.
    #[error("there is no attachment {0}")]
    NoSuchAttachment(AttachmentId),
    /// Another program, or another handle, is writing an answer in that conversation.
    #[error("another program is answering in conversation {0}")]
    TurnRunning(ConversationId),
    /// Another program, or another handle, has asked in that conversation, or shows another
    /// branch of it, since it was read.
    #[error("conversation {0} goes on elsewhere by now")]
    HeadMoved(ConversationId),
    /// The message has its ending already; a message gets exactly one.
    #[error("message {0} is already finished")]
    AlreadyFinished(MessageId),
    /// Anything else, in SQLite's or the system's words.
    #[error("the database failed: {0}")]
    Failed(String),
}

impl StoreError {
    /// Whether it can be otherwise later without anything being asked differently: the disk
    /// is the reason, or another program.
    #[must_use]
    pub fn passes(&self) -> bool {
        match self {
            Self::Full | Self::ReadOnly | Self::Busy | Self::Failed(_) => true,
            Self::Newer { .. }
            | Self::Unreadable(_)
            | Self::Outdated { .. }
            | Self::NoSuchConversation(_)
            | Self::NoSuchMessage(_)
            | Self::NoSuchTurn(_)
            | Self::NoSuchAttachment(_)
            | Self::TurnRunning(_)
            | Self::HeadMoved(_)
            | Self::AlreadyFinished(_) => false,
        }
    }

    /// Whether the place is gone for which something was meant, or somebody else's: no disk that
    /// is mended or has room again brings it back.
    #[must_use]
    pub fn has_no_place(&self) -> bool {
        match self {
            Self::NoSuchConversation(_)
            | Self::NoSuchMessage(_)
            | Self::NoSuchTurn(_)
            | Self::NoSuchAttachment(_)
            | Self::TurnRunning(_)
            | Self::HeadMoved(_)
            | Self::AlreadyFinished(_) => true,
            Self::Newer { .. }
            | Self::Unreadable(_)
            | Self::Full
            | Self::ReadOnly
            | Self::Outdated { .. }
            | Self::Busy
            | Self::Failed(_) => false,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let Some(failure) = error.sqlite_error() else {
            return Self::Failed(error.to_string());
        };
        match failure.code {
            ErrorCode::DiskFull => Self::Full,
            // The index of the write-ahead log is grown by ftruncate, which fails with
            // this code, and not with SQLITE_FULL, when there is no room.
            ErrorCode::SystemIoFailure if failure.extended_code == SQLITE_IOERR_SHMSIZE => {
                Self::Full
            }
            // A file that is there and cannot be opened: its folder takes no log.
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => {
                Self::ReadOnly
            }
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
            ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => {
                Self::Unreadable(error.to_string())
            }
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Self::ReadOnly,
            _ => Self::Failed(error.to_string()),
        }
    }
}

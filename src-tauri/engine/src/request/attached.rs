//! Attachments in blocks: as they are stored, and as they are sent.
//!
//! A stored block names its attachment, whose bytes lie elsewhere in the store; a sent one
//! holds them.

use std::collections::HashMap;

use hearth_wire::Block;
use serde::Deserialize;

use crate::api::{AttachmentId, AttachmentView};

/// What attachments are sent as.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contents {
    /// By their ids.
    pub(crate) known: HashMap<AttachmentId, Content>,
    /// What the model reads in place of those that are not there, by their ids.
    pub(crate) missing: HashMap<AttachmentId, String>,
}

/// The content of one attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// An image.
    Image {
        media_type: String,
        /// Its bytes in base64.
        data: String,
        /// The edge that it was made smaller for, if it was for this request.
        fitted: Option<u32>,
    },
    /// A text file with something in it.
    Text(String),
    /// What is said of a file that cannot be sent as one.
    Note(String),
}

/// A stored block's attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) id: AttachmentId,
    pub(crate) is_image: bool,
    /// The name of a file; images are stored without.
    pub(crate) title: String,
}

/// The block that stands for an attachment in the store.
pub(crate) fn reference_block(attachment: &AttachmentView) -> Block {
    let quoted = |text: &str| serde_json::to_string(text).expect("BUG: a text is JSON");
    let id = quoted(&attachment.id.0);
    let media_type = quoted(&attachment.media_type);
    let source = format!(r#""source":{{"type":"attachment","id":{id},"media_type":{media_type}}}"#);
    let json = if attachment.media_type.starts_with("image/") {
        format!(r#"{{"type":"image",{source}}}"#)
    } else {
        let title = quoted(&attachment.name);
        format!(r#"{{"type":"document",{source},"title":{title}}}"#)
    };
    Block::from_json(json).expect("BUG: an attachment's block is JSON")
}

/// The attachment that a block stands for; none for every other block.
pub(crate) fn referred(block: &Block) -> Option<Reference> {
    #[derive(Deserialize)]
    struct Stored {
        #[serde(rename = "type")]
        kind: String,
        source: Source,
        #[serde(default)]
        title: String,
    }
    #[derive(Deserialize)]
    struct Source {
        #[serde(rename = "type")]
        kind: String,
        id: String,
    }
    let stored: Stored = serde_json::from_str(block.json()).ok()?;
    let is_image = stored.kind == "image";
    let known = is_image || stored.kind == "document";
    if !known || stored.source.kind != "attachment" {
        return None;
    }
    Some(Reference {
        id: AttachmentId(stored.source.id),
        is_image,
        title: stored.title,
    })
}

/// A block as it is sent, and what identifies it in a fingerprint. An attachment never
/// changes, so its name stands for its bytes.
pub(super) fn resolved(block: &Block, contents: &Contents) -> (Block, String) {
    let Some(reference) = referred(block) else {
        return (block.clone(), block.json().to_owned());
    };
    let identity = |what: &str| format!("{what} {}", block.json());
    match contents.known.get(&reference.id) {
        Some(Content::Image {
            media_type,
            data,
            fitted,
        }) => {
            let how = fitted.map_or_else(|| "whole".to_owned(), |edge| edge.to_string());
            (Block::image(media_type, data), identity(&how))
        }
        Some(Content::Text(text)) => (
            Block::text_document(&reference.title, text),
            identity("whole"),
        ),
        Some(Content::Note(note)) => (Block::text(note), note.clone()),
        None => {
            let missing = contents.missing.get(&reference.id);
            let note = missing.map_or("—", String::as_str);
            (Block::text(note), note.to_owned())
        }
    }
}

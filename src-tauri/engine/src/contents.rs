//! The attachments of a conversation, read for a request.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hearth_store::{self as store, Store, StoreError};

use crate::Shared;
use crate::api::{AttachmentId, AttachmentView, ErrorCode, ErrorReport};
use crate::attachment;
use crate::request::{Content, Contents, Past, Reference, referred};
use crate::view;
use crate::words::Words;

/// Images in one request above which each has to be smaller
/// (platform.claude.com/docs/en/build-with-claude/vision).
const FEW_IMAGES: usize = 20;

/// The longer edge, in pixels, of images that are many.
const EDGE_OF_MANY: u32 = 2000;

/// Attachments by their names, in order.
///
/// # Errors
/// [`ErrorCode::AttachmentNotFound`], and when the store cannot be read.
pub(crate) async fn describe(
    shared: &Shared,
    ids: Vec<AttachmentId>,
) -> Result<Vec<AttachmentView>, ErrorReport> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = shared
        .store(move |store| {
            ids.into_iter()
                .map(|id| {
                    let stored = store::AttachmentId::from(id.0.as_str());
                    let found = store.attachment(&stored)?;
                    Ok(found.map(|it| view::attachment(&it.info)).ok_or(id))
                })
                .collect::<Result<Vec<_>, StoreError>>()
        })
        .await?;
    let missing = |id: AttachmentId| ErrorReport::new(ErrorCode::AttachmentNotFound).about(id.0);
    found.into_iter().map(|it| it.map_err(missing)).collect()
}

/// Reads everything that was attached to what goes into a request. One that is not there
/// is told to the model, and never ends a turn.
///
/// # Errors
/// When the store cannot be read.
pub(crate) async fn load(shared: &Shared, past: &[Past]) -> Result<Contents, ErrorReport> {
    let blocks = past.iter().flat_map(|message| &message.blocks);
    let references: Vec<Reference> = blocks.filter_map(referred).collect();
    if references.is_empty() {
        return Ok(Contents::default());
    }
    shared.store(move |store| read(store, &references)).await
}

fn read(store: &Store, references: &[Reference]) -> Result<Contents, StoreError> {
    let words = Words::shared();
    let images = references.iter().filter(|it| it.is_image).count();
    let mut contents = Contents::default();
    // One that is attached twice is read once.
    let wanted: HashMap<_, _> = references.iter().map(|it| (&it.id, it)).collect();
    for (id, reference) in wanted {
        let Some(stored) = store.attachment(&store::AttachmentId::from(id.0.as_str()))? else {
            let name = match reference.is_image {
                true => words.say("attachment-image", &[]),
                false => reference.title.clone(),
            };
            let note = words.say("attachment-missing", &[("name", name)]);
            contents.missing.insert(id.clone(), note);
            continue;
        };
        contents
            .known
            .insert(id.clone(), content(stored, images, words));
    }
    Ok(contents)
}

fn content(stored: store::StoredAttachment, images: usize, words: &Words) -> Content {
    let media_type = stored.info.media_type;
    if !media_type.starts_with("image/") {
        let text = String::from_utf8_lossy(&stored.bytes).into_owned();
        if text.trim().is_empty() {
            // The API takes no documents with nothing in them.
            return Content::Note(words.say("attachment-empty", &[("name", stored.info.name)]));
        }
        return Content::Text(text);
    }
    let smaller = match images > FEW_IMAGES {
        true => attachment::fit(&stored.bytes, EDGE_OF_MANY),
        false => None,
    };
    match smaller {
        Some(smaller) => Content::Image {
            media_type: smaller.media_type.to_owned(),
            data: STANDARD.encode(&smaller.bytes),
            fitted: Some(EDGE_OF_MANY),
        },
        None => Content::Image {
            data: STANDARD.encode(&stored.bytes),
            media_type,
            fitted: None,
        },
    }
}

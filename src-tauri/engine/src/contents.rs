//! The attachments of a conversation, read for a request.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hearth_store::{self as store, Store, StoreError};

use crate::Shared;
use crate::api::{AttachmentId, AttachmentView, ErrorCode, ErrorReport};
use crate::attachment::{self, Load};
use crate::request::{Content, Contents, Past, Reference, referred};
use crate::view;
use crate::words::Words;

/// Images in one request above which each has to be smaller
/// (platform.claude.com/docs/en/build-with-claude/vision).
pub(crate) const FEW_IMAGES: usize = 20;

/// The longer edge, in pixels, of images that are many.
pub(crate) const EDGE_OF_MANY: u32 = 2000;

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

/// Reads everything that was attached to what goes into a request, `unsaved` being those that
/// are not stored before it. One that is not there
/// is told to the model, and never ends a turn.
///
/// # Errors
/// [`ErrorCode::AttachmentsTooMany`] when it is more than one request takes, and when the
/// store cannot be read.
pub(crate) async fn load(
    shared: &Shared,
    past: &[Past],
    unsaved: &[store::NewAttachment],
) -> Result<Contents, ErrorReport> {
    let blocks = past.iter().flat_map(|message| &message.blocks);
    let references: Vec<Reference> = blocks.filter_map(referred).collect();
    if references.is_empty() {
        return Ok(Contents::default());
    }
    let unsaved = unsaved.to_vec();
    let (contents, loads) = shared
        .store(move |store| {
            let (contents, names) = read(store, &references, &unsaved)?;
            let loads = loads(&references, &contents, &names);
            Ok((contents, loads))
        })
        .await?;
    attachment::fits_in_request(loads)?;
    Ok(contents)
}

/// Everything that a request takes along; what is attached twice travels twice.
fn loads(
    references: &[Reference],
    contents: &Contents,
    names: &HashMap<AttachmentId, String>,
) -> Vec<Load> {
    let load = |reference: &Reference| {
        let content = contents.known.get(&reference.id)?;
        Some(Load {
            name: names.get(&reference.id)?.clone(),
            bytes: travels(content),
        })
    };
    references.iter().filter_map(load).collect()
}

/// The bytes of a content within the JSON of a request.
fn travels(content: &Content) -> u64 {
    let escaped = |text: &str| {
        let json = serde_json::to_string(text).expect("BUG: a text is JSON");
        json.len() as u64
    };
    match content {
        Content::Image { data, .. } => data.len() as u64,
        Content::Text(text) | Content::Note(text) => escaped(text),
    }
}

/// The contents, and the names that the person gave what is there.
fn read(
    store: &Store,
    references: &[Reference],
    unsaved: &[store::NewAttachment],
) -> Result<(Contents, HashMap<AttachmentId, String>), StoreError> {
    let words = Words::shared();
    let mut names = HashMap::new();
    let images = references.iter().filter(|it| it.is_image).count();
    let mut contents = Contents::default();
    // One that is attached twice is read once.
    let wanted: HashMap<_, _> = references.iter().map(|it| (&it.id, it)).collect();
    for (id, reference) in wanted {
        let Some(stored) = find(store, id, unsaved)? else {
            let name = match reference.is_image {
                true => words.say("attachment-image", &[]),
                false => reference.title.clone(),
            };
            let note = words.say("attachment-missing", &[("name", name)]);
            contents.missing.insert(id.clone(), note);
            continue;
        };
        names.insert(id.clone(), stored.info.name.clone());
        contents
            .known
            .insert(id.clone(), content(stored, images, words));
    }
    Ok((contents, names))
}

fn find(
    store: &Store,
    id: &AttachmentId,
    unsaved: &[store::NewAttachment],
) -> Result<Option<store::StoredAttachment>, StoreError> {
    match unsaved.iter().find(|it| it.id.as_str() == id.0) {
        Some(new) => Ok(Some(store::StoredAttachment {
            info: attachment::info(new),
            bytes: new.bytes.clone(),
        })),
        None => store.attachment(&store::AttachmentId::from(id.0.as_str())),
    }
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

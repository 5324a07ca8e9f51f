//! How much goes along: with one question, and with a whole conversation, whose attachments
//! are sent again with each of its questions.

use std::collections::HashMap;

use hearth_store as store;
use hearth_wire::models::BaseModel;

use crate::api::{AttachmentView, DraftKey, ErrorCode, ErrorReport};
use crate::contents::{EDGE_OF_MANY, FEW_IMAGES};
use crate::engine::Engine;

/// Files with one question.
pub(crate) const MOST_FILES: usize = 20;

/// Bytes of all files in one request as they travel, images as base64. A request may have
/// 32 MB (Messages API, "Request size limits"); the rest is for the words.
const MOST_TOGETHER: u64 = 30_000_000;

/// Images in one request to a model with a context of fewer than a million tokens, and to
/// one of a million (platform.claude.com/docs/en/build-with-claude/vision, "Basics and
/// limits").
const MOST_IMAGES: usize = 100;
const MOST_IMAGES_OF_A_MILLION: usize = 600;

/// A file on its way with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Load {
    /// As the person knows it.
    pub(crate) name: String,
    /// Bytes as it travels.
    pub(crate) bytes: u64,
}

/// Whether all of this fits into one request.
///
/// # Errors
/// [`ErrorCode::AttachmentsTooMany`], about the fewest files without which the rest fits.
pub(crate) fn fits_in_request(mut loads: Vec<Load>) -> Result<(), ErrorReport> {
    let mut together: u64 = loads.iter().map(|it| it.bytes).sum();
    if together <= MOST_TOGETHER {
        return Ok(());
    }
    loads.sort_by_key(|it| std::cmp::Reverse(it.bytes));
    let mut behind: Vec<String> = Vec::new();
    for load in loads {
        if together <= MOST_TOGETHER {
            break;
        }
        together -= load.bytes;
        behind.push(load.name);
    }
    Err(ErrorReport::new(ErrorCode::AttachmentsTooMany).about(behind.join(", ")))
}

/// Whether so many images go in one request to a model. Those of the whole conversation
/// count, because they are sent again with each question.
///
/// # Errors
/// [`ErrorCode::ImagesTooMany`], about how many may go.
pub(crate) fn few_enough_images(images: usize, base: &BaseModel) -> Result<(), ErrorReport> {
    let most = match base.context >= 1_000_000 {
        true => MOST_IMAGES_OF_A_MILLION,
        false => MOST_IMAGES,
    };
    match images > most {
        true => Err(ErrorReport::new(ErrorCode::ImagesTooMany).about(most.to_string())),
        false => Ok(()),
    }
}

/// Whether so many files go with one question.
///
/// # Errors
/// [`ErrorCode::AttachmentsTooMany`].
pub(super) fn few_enough(files: usize) -> Result<(), ErrorReport> {
    match files > MOST_FILES {
        true => Err(ErrorReport::new(ErrorCode::AttachmentsTooMany)),
        false => Ok(()),
    }
}

/// Whether new files fit into a question beside those that it has.
///
/// # Errors
/// [`ErrorCode::AttachmentsTooMany`].
pub(super) fn small_enough(
    before: &[AttachmentView],
    new: &[store::NewAttachment],
) -> Result<(), ErrorReport> {
    few_enough(before.len() + new.len())?;
    let together: u64 = question(before, new).map(|it| it.bytes).sum();
    match together > MOST_TOGETHER {
        true => Err(ErrorReport::new(ErrorCode::AttachmentsTooMany)),
        false => Ok(()),
    }
}

impl Engine {
    /// Whether the question of a draft still fits into a request to a model, after everything
    /// that is attached to the conversation before it.
    ///
    /// # Errors
    /// [`ErrorCode::AttachmentsTooMany`], [`ErrorCode::ImagesTooMany`], and when the store
    /// cannot be read.
    pub(super) async fn room_in_conversation(
        &self,
        draft: &DraftKey,
        base: &BaseModel,
        before: &[AttachmentView],
        new: &[store::NewAttachment],
    ) -> Result<(), ErrorReport> {
        let (conversation, edited) = match draft {
            DraftKey::New => return Ok(()),
            DraftKey::Conversation { id } => (id, None),
            DraftKey::Edit {
                conversation,
                message,
            } => (conversation, Some(message)),
        };
        let stored = self.shared.read(conversation).await?;
        let last = match edited {
            None => stored.row.head.as_ref(),
            Some(edited) => {
                let mut messages = stored.messages.iter();
                let edited = messages.find(|it| it.id.as_str() == edited.0);
                edited.and_then(|it| it.parent.as_ref())
            }
        };
        let earlier = on_branch(&stored, last);
        let is_image = |media_type: &str| media_type.starts_with("image/");
        let images = earlier.iter().filter(|it| is_image(&it.media_type)).count()
            + before.iter().filter(|it| is_image(&it.media_type)).count()
            + new.iter().filter(|it| is_image(&it.media_type)).count();
        few_enough_images(images, base)?;
        let loads = counted(&earlier).into_iter();
        fits_in_request(loads.chain(question(before, new)).collect())
    }
}

/// The files of a question.
fn question(before: &[AttachmentView], new: &[store::NewAttachment]) -> impl Iterator<Item = Load> {
    let before = before
        .iter()
        .map(|it| load(&it.name, &it.media_type, it.bytes));
    let new = new
        .iter()
        .map(|it| load(&it.name, &it.media_type, it.bytes.len() as u64));
    before.chain(new)
}

/// What is attached to a branch up to a message, that one included.
fn on_branch<'a>(
    conversation: &'a store::Conversation,
    last: Option<&'a store::MessageId>,
) -> Vec<&'a store::AttachmentInfo> {
    let messages: HashMap<_, _> = conversation
        .messages
        .iter()
        .map(|message| (&message.id, message))
        .collect();
    let mut attached = Vec::new();
    let mut next = last;
    while let Some(message) = next.and_then(|id| messages.get(id)) {
        let blocks = message.blocks.iter();
        attached.extend(blocks.filter_map(|it| it.attachment.as_ref()));
        next = message.parent.as_ref();
    }
    attached
}

/// What is known to travel. Images that are made smaller again, because they are many, do
/// not count here: how large they will be is known when they are sent.
fn counted(attached: &[&store::AttachmentInfo]) -> Vec<Load> {
    let images = attached.iter().filter(|it| it.size.is_some()).count();
    let shrinks = |it: &store::AttachmentInfo| {
        images > FEW_IMAGES
            && it
                .size
                .is_some_and(|size| size.width.max(size.height) > EDGE_OF_MANY)
    };
    attached
        .iter()
        .filter(|it| !shrinks(it))
        .map(|it| load(&it.name, &it.media_type, it.length))
        .collect()
}

fn load(name: &str, media_type: &str, bytes: u64) -> Load {
    let bytes = match media_type.starts_with("image/") {
        true => bytes.div_ceil(3) * 4,
        false => bytes,
    };
    Load {
        name: name.to_owned(),
        bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loads(all: &[(&str, u64)]) -> Vec<Load> {
        let of = |(name, bytes): &(&str, u64)| Load {
            name: (*name).to_owned(),
            bytes: *bytes,
        };
        all.iter().map(of).collect()
    }

    #[test]
    fn what_fits_to_the_byte_fits() {
        assert_eq!(fits_in_request(Vec::new()), Ok(()));
        let full = [("a", MOST_TOGETHER - 1), ("b", 1)];
        assert_eq!(fits_in_request(loads(&full)), Ok(()));
    }

    fn image(edge: u32) -> store::AttachmentInfo {
        store::AttachmentInfo {
            id: "a".into(),
            name: "a.png".to_owned(),
            media_type: "image/png".to_owned(),
            length: 300,
            size: Some(store::PixelSize {
                width: 10,
                height: edge,
            }),
            original: None,
            created_at: 0,
        }
    }

    #[test]
    fn large_images_count_until_they_are_so_many_that_they_are_made_smaller() {
        let large = image(EDGE_OF_MANY + 1);
        let small = image(EDGE_OF_MANY);
        let few = vec![&large; FEW_IMAGES];
        assert_eq!(counted(&few).len(), FEW_IMAGES);
        assert_eq!(counted(&few)[0].bytes, 400);
        let many = [few, vec![&small]].concat();
        assert_eq!(counted(&many).len(), 1);
    }

    #[test]
    fn the_fewest_are_left_behind() {
        let half = MOST_TOGETHER / 2;
        let refused = |all: &[(&str, u64)]| fits_in_request(loads(all)).unwrap_err();
        let all = [("small", 1), ("large", half + 9), ("larger", half + 10)];
        let report = refused(&all);
        assert_eq!(report.code, ErrorCode::AttachmentsTooMany);
        assert_eq!(report.subject.as_deref(), Some("larger"));
        let all = [("a", half), ("b", half + 1), ("c", half + 2)];
        assert_eq!(refused(&all).subject.as_deref(), Some("c, b"));
        // One that is too large alone.
        let all = [("a", 1), ("b", MOST_TOGETHER + 1)];
        assert_eq!(refused(&all).subject.as_deref(), Some("b"));
    }
}

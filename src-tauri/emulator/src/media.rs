//! Pictures and documents as they come in requests: what they are, and how large.

use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::{ImageFormat, ImageReader};
use serde_json::Value;

/// A picture that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BadMedia {
    /// The data is not base64.
    NotBase64,
    /// Nobody can tell what it is, or it is broken where its size should stand.
    Unreadable,
    /// It is of this media type instead.
    OtherType(&'static str),
}

/// The media types of pictures that the API takes
/// (<https://platform.claude.com/docs/en/build-with-claude/vision>).
const PICTURES: &[(&str, ImageFormat)] = &[
    ("image/jpeg", ImageFormat::Jpeg),
    ("image/png", ImageFormat::Png),
    ("image/gif", ImageFormat::Gif),
    ("image/webp", ImageFormat::WebP),
];

pub(crate) fn is_picture_type(media_type: &str) -> bool {
    PICTURES.iter().any(|(known, _)| *known == media_type)
}

/// The bytes of a `base64` source.
pub(crate) fn bytes(source: &Value) -> Result<Vec<u8>, BadMedia> {
    let data = source["data"].as_str().unwrap_or_default();
    STANDARD.decode(data).map_err(|_| BadMedia::NotBase64)
}

/// Width and height of a `base64` source, if it is a picture.
pub(crate) fn size(source: &Value) -> Option<(u32, u32)> {
    judge(source).ok()
}

/// Width and height of a picture that is what its media type says.
pub(crate) fn judge(source: &Value) -> Result<(u32, u32), BadMedia> {
    let bytes = bytes(source)?;
    let reader = ImageReader::new(Cursor::new(&bytes)).with_guessed_format();
    let reader = reader.map_err(|_| BadMedia::Unreadable)?;
    let found = PICTURES
        .iter()
        .find(|(_, format)| reader.format() == Some(*format));
    match found {
        None => Err(BadMedia::Unreadable),
        Some((found, _)) if source["media_type"] != **found => Err(BadMedia::OtherType(found)),
        Some(_) => reader.into_dimensions().map_err(|_| BadMedia::Unreadable),
    }
}

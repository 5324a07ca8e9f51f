//! Images and documents that travel inside a request.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{self, GeneralPurpose, GeneralPurposeConfig};

use crate::block::Block;
use crate::literal::quoted_between;
use crate::raw::Raw;

use super::text::{object, string};

/// Something other than text, known by its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Media<'a> {
    /// An image of a type that models see; base64.
    Image {
        media_type: &'static str,
        data: Cow<'a, str>,
    },
    /// A PDF; base64.
    Pdf { data: Cow<'a, str> },
    /// A file of plain text, decoded.
    Text { text: String },
}

pub(super) const NOT_AN_IMAGE: &str =
    "an image must be a JPEG, PNG, GIF or WebP; send other files as a part of the type `file`";
const NO_TYPE: &str = "what the file is cannot be told; send a data: URL with its media type";
const NOT_READ: &str = "the models read JPEG, PNG, GIF and WebP images, PDFs and plain text";
const EMPTY: &str = "the file is empty";
const NOT_UTF_8: &str = "a file of text must be UTF-8";
const NOT_BASE64: &str = "the data is not base64";
const NOT_A_DATA_URL: &str = "the data: URL must be data:TYPE;base64,DATA";

impl Media<'_> {
    /// It may stand where an image is expected. PDFs are sent there too, and are seen.
    pub(super) fn is_visible(&self) -> bool {
        matches!(self, Self::Image { .. } | Self::Pdf { .. })
    }

    /// The block of it. Source: <https://platform.claude.com/docs/en/api/messages/create>.
    pub(super) fn block(self, title: Option<&str>, cached: Option<Raw>) -> Block {
        let (kind, source, title) = match &self {
            Self::Image { media_type, data } => ("image", base64(media_type, data), None),
            Self::Pdf { data } => ("document", base64("application/pdf", data), title),
            Self::Text { text } => ("document", plain(text), title),
        };
        drop(self);
        sourced(kind, source, title, cached)
    }
}

/// A source in base64.
fn base64(media_type: &str, data: &str) -> Raw {
    let before = format!(r#"{{"type":"base64","media_type":"{media_type}","data":"#);
    Raw::composed(quoted_between(&before, data, "}"))
}

/// A source in text.
fn plain(text: &str) -> Raw {
    let before = r#"{"type":"text","media_type":"text/plain","data":"#;
    Raw::composed(quoted_between(before, text, "}"))
}

/// A block with a source.
pub(super) fn sourced(kind: &str, source: Raw, title: Option<&str>, cached: Option<Raw>) -> Block {
    Block::from(&object([
        ("type", Some(string(kind))),
        ("source", Some(source)),
        ("title", title.map(string)),
        ("cache_control", cached),
    ]))
}

/// What stands at an address, `kind` where neither `format`, a media type, nor the ending
/// of its path says another. The API looks at an address as what it is called.
pub(super) fn kind_at(url: &str, format: Option<&str>, kind: &'static str) -> &'static str {
    let resource = url.split(['?', '#']).next().unwrap_or_default();
    // Behind `https://` and the host, whose own ending says nothing.
    let path = resource.splitn(4, '/').nth(3).unwrap_or_default();
    let ending = path.rsplit_once('.').map(|(_, ending)| ending);
    let said = match format {
        Some(format) => format.to_ascii_lowercase(),
        None => ending.unwrap_or_default().to_ascii_lowercase(),
    };
    match said.as_str() {
        "application/pdf" | "pdf" => "document",
        "jpg" | "jpeg" | "png" | "gif" | "webp" => "image",
        said if said.starts_with("image/") => "image",
        _ => kind,
    }
}

/// Reads a data: URL (RFC 2397). `format` is a media type that the client knows better.
pub(super) fn of_data_url<'a>(
    url: &'a str,
    format: Option<&str>,
) -> Result<Media<'a>, &'static str> {
    let (head, data) = url.split_once(',').ok_or(NOT_A_DATA_URL)?;
    let head = head.get("data:".len()..).unwrap_or_default();
    let mut pieces = head
        .split(';')
        .map(|piece| piece.trim().to_ascii_lowercase());
    let media_type = pieces.next().unwrap_or_default();
    if pieces.next_back().as_deref() != Some("base64") {
        return Err(NOT_A_DATA_URL);
    }
    let media_type = format.map(str::to_ascii_lowercase).unwrap_or(media_type);
    of_type(&media_type, data)
}

/// Reads the content of a file: a data: URL, or bare base64 of something recognisable.
pub(super) fn of_file<'a>(
    data: &'a str,
    format: Option<&str>,
    name: Option<&str>,
) -> Result<Media<'a>, &'static str> {
    let data = data.trim();
    if data
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case("data:"))
    {
        return match of_data_url(data, format) {
            // What its type does not tell, the ending of its name may.
            Err(wrong @ (NOT_READ | NO_TYPE)) => {
                let data = data.split_once(',').map_or("", |(_, data)| data);
                match of_named(name, data) {
                    Err(NO_TYPE) => Err(wrong),
                    read => read,
                }
            }
            read => read,
        };
    }
    match format {
        Some(format) => of_type(&format.to_ascii_lowercase(), data),
        // What every PDF begins with, in base64.
        None if data.starts_with("JVBERi") => of_type("application/pdf", data),
        None => of_named(name, data),
    }
}

fn of_named<'a>(name: Option<&str>, data: &'a str) -> Result<Media<'a>, &'static str> {
    let ending = name
        .and_then(|name| name.rsplit_once('.'))
        .map(|(_, ending)| ending.to_ascii_lowercase());
    let media_type = match ending.as_deref() {
        Some("pdf") => "application/pdf",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("txt" | "md" | "csv" | "json" | "xml" | "html" | "yaml" | "yml" | "log") => {
            "text/plain"
        }
        _ => return Err(NO_TYPE),
    };
    of_type(media_type, data)
}

fn of_type<'a>(media_type: &str, data: &'a str) -> Result<Media<'a>, &'static str> {
    // The API compares an image's type with its data, which OpenAI does not, so many programs
    // name a type that it has not, or none.
    let image = |media_type| {
        let data = standard(data)?;
        let media_type = seen(&data).unwrap_or(media_type);
        Ok(Media::Image { media_type, data })
    };
    match media_type {
        "image/jpeg" | "image/jpg" | "image/pjpeg" => image("image/jpeg"),
        "image/png" | "image/x-png" => image("image/png"),
        "image/gif" => image("image/gif"),
        "image/webp" => image("image/webp"),
        "application/pdf" | "application/x-pdf" => Ok(Media::Pdf {
            data: standard(data)?,
        }),
        "application/json" | "application/xml" | "application/yaml" | "application/x-yaml" => {
            text(data)
        }
        "" => {
            let data = standard(data)?;
            let media_type = seen(&data).ok_or(NO_TYPE)?;
            Ok(Media::Image { media_type, data })
        }
        "image/*" | "application/octet-stream" | "binary/octet-stream" => {
            let data = standard(data)?;
            let media_type = seen(&data).ok_or(NOT_READ)?;
            Ok(Media::Image { media_type, data })
        }
        other if other.starts_with("text/") => text(data),
        _ => Err(NOT_READ),
    }
}

/// The type of an image that begins like one, in base64 as [`standard`] writes it.
fn seen(data: &str) -> Option<&'static str> {
    // Whole groups of four characters are whole bytes; none of these beginnings is longer.
    let head = data.get(..data.len().min(16))?;
    let head = general_purpose::STANDARD.decode(head).ok()?;
    match head.as_slice() {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P'] => Some("image/webp"),
        _ => None,
    }
}

fn text(data: &str) -> Result<Media<'static>, &'static str> {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let reader = GeneralPurpose::new(&alphabet::STANDARD, config);
    let bytes = reader.decode(&*standard(data)?).map_err(|_| NOT_BASE64)?;
    let mut text = String::from_utf8(bytes).map_err(|_| NOT_UTF_8)?;
    if is_mostly_control(&text) {
        return Err(NOT_UTF_8);
    }
    let marks = text.len() - text.trim_start_matches('\u{FEFF}').len();
    text.drain(..marks);
    if text.trim().is_empty() {
        return Err(EMPTY);
    }
    Ok(Media::Text { text })
}

/// More than a quarter of it are control characters other than those of lines and tabs, as in
/// text of another encoding. In JSON each is six times as long.
fn is_mostly_control(text: &str) -> bool {
    let is_control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
    text.as_bytes()
        .iter()
        .filter(|byte| is_control(byte))
        .count()
        > text.len() / 4
}

/// Base64 in the spelling that the API takes: the standard alphabet, padded, no spaces. Most is
/// spelled like that, and is not copied.
fn standard(data: &str) -> Result<Cow<'_, str>, &'static str> {
    let digits = data.trim_end_matches('=');
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let padded = data.len().is_multiple_of(4) && data.len() - digits.len() < 3;
    if padded && !digits.is_empty() && digits.bytes().all(is_digit) {
        return Ok(Cow::Borrowed(data));
    }
    let mut standard = String::with_capacity(digits.len() + 3);
    for c in digits.chars() {
        match c {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '+' | '/' => standard.push(c),
            '-' => standard.push('+'),
            '_' => standard.push('/'),
            '=' | ' ' | '\t' | '\r' | '\n' => {}
            _ => return Err(NOT_BASE64),
        }
    }
    if standard.is_empty() {
        return Err(EMPTY);
    }
    if standard.len() % 4 == 1 {
        return Err(NOT_BASE64);
    }
    while !standard.len().is_multiple_of(4) {
        standard.push('=');
    }
    Ok(Cow::Owned(standard))
}

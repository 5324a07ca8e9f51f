//! Pictures and documents: types, sizes, numbers
//! (<https://platform.claude.com/docs/en/build-with-claude/vision>,
//! <https://platform.claude.com/docs/en/build-with-claude/pdf-support>).

use serde_json::{Value, json};

use super::{Bench, Verdict, missing, mistyped};
use crate::media::{self, BadMedia};
use crate::refusal::Refusal;
use crate::request::{Turn, kind};

/// Most characters of a picture's base64.
const MOST_DATA: usize = 10 * 1024 * 1024;
/// Longest side of a picture, in pixels.
const LONGEST_SIDE: u32 = 8000;
/// The same where there are many.
const LONGEST_SIDE_OF_MANY: u32 = 2000;
/// More than this are many.
const FEW: usize = 20;

/// Checks every picture and document of a request, those in tool results included.
pub(super) fn check(turns: &[Turn], bench: &Bench<'_>) -> Verdict {
    let mut sides = Vec::new();
    for (n, turn) in turns.iter().enumerate() {
        for (m, block) in turn.blocks.iter().enumerate() {
            let path = format!("messages.{n}.content.{m}");
            block_of(block, &path, &mut sides)?;
            let inner = block["content"]
                .as_array()
                .filter(|_| kind(block) == "tool_result");
            for (k, inner) in inner.into_iter().flatten().enumerate() {
                block_of(inner, &format!("{path}.content.{k}"), &mut sides)?;
            }
        }
    }
    let most = if bench.deployment.base.context >= 1_000_000 {
        600
    } else {
        100
    };
    if sides.len() > most {
        return Err(Refusal::invalid(format!(
            "messages: too many images: {} > {most} maximum",
            sides.len()
        )));
    }
    dimensions(&sides)
}

/// The longest side of a picture, and where it stands.
type Side = (u32, String);

fn block_of(block: &Value, path: &str, sides: &mut Vec<Side>) -> Verdict {
    let source = &block["source"];
    match (kind(block), source["type"].as_str()) {
        ("image", Some("base64")) => {
            let side = picture(source, &format!("{path}.image.source.base64"))?;
            sides.push((side, path.to_owned()));
            Ok(())
        }
        ("image", Some("url" | "file")) => {
            sides.push((0, path.to_owned()));
            Ok(())
        }
        ("document", Some("base64")) => page(source, &format!("{path}.document.source.base64")),
        ("document", Some("text")) => text(source, &format!("{path}.document.source.text")),
        ("document", Some("content" | "url" | "file")) => Ok(()),
        ("image" | "document", Some(other)) => Err(Refusal::invalid(format!(
            "{path}.{}.source: Input tag '{other}' found using 'type' does not match any of the \
             expected tags",
            kind(block)
        ))),
        _ => Ok(()),
    }
}

fn string<'a>(source: &'a Value, key: &str, path: &str) -> Result<&'a str, Refusal> {
    let path = format!("{path}.{key}");
    match source.get(key) {
        None => Err(missing(&path)),
        Some(value) => value
            .as_str()
            .ok_or_else(|| mistyped(&path, "a valid string")),
    }
}

fn picture(source: &Value, path: &str) -> Result<u32, Refusal> {
    let media_type = string(source, "media_type", path)?;
    if !media::is_picture_type(media_type) {
        return Err(mistyped(
            &format!("{path}.media_type"),
            "'image/jpeg', 'image/png', 'image/gif' or 'image/webp'",
        ));
    }
    let data = string(source, "data", path)?;
    if data.len() > MOST_DATA {
        return Err(Refusal::invalid(format!(
            "{path}: image exceeds 10 MB maximum: {} bytes > {MOST_DATA} bytes",
            data.len()
        )));
    }
    match media::judge(source) {
        Ok((width, height)) => Ok(width.max(height)),
        Err(BadMedia::NotBase64) => Err(Refusal::invalid(format!(
            "{path}.data: Invalid base64 data"
        ))),
        Err(BadMedia::Unreadable) => Err(Refusal::invalid("Could not process image")),
        Err(BadMedia::OtherType(found)) => Err(Refusal::invalid(format!(
            "{path}.media_type: The image was specified using the {media_type} media type, but \
             the image appears to be a {found} image"
        ))),
    }
}

fn page(source: &Value, path: &str) -> Verdict {
    if string(source, "media_type", path)? != "application/pdf" {
        return Err(mistyped(&format!("{path}.media_type"), "'application/pdf'"));
    }
    string(source, "data", path)?;
    match media::bytes(source) {
        Err(_) => Err(Refusal::invalid(format!(
            "{path}.data: Invalid base64 data"
        ))),
        Ok(bytes) if !bytes.starts_with(b"%PDF-") => {
            Err(Refusal::invalid("The PDF specified was not valid."))
        }
        Ok(_) => Ok(()),
    }
}

fn text(source: &Value, path: &str) -> Verdict {
    if string(source, "media_type", path)? != "text/plain" {
        return Err(mistyped(&format!("{path}.media_type"), "'text/plain'"));
    }
    string(source, "data", path).map(drop)
}

fn dimensions(sides: &[Side]) -> Verdict {
    let (most, when) = if sides.len() > FEW {
        (LONGEST_SIDE_OF_MANY, " for many-image requests")
    } else {
        (LONGEST_SIDE, "")
    };
    let too_large = sides.iter().filter(|(side, _)| *side > most);
    let paths: Vec<&str> = too_large.map(|(_, path)| path.as_str()).collect();
    let Some(first) = paths.first() else {
        return Ok(());
    };
    let message = format!(
        "{first}.image.source.base64.data: At least one of the image dimensions exceed max \
         allowed size{when}: {most} pixels"
    );
    Err(Refusal::invalid(message).detailed(json!({
        "error_code": "image_dimensions_too_large",
        "max_side_length_pixels": most,
        "paths": paths,
    })))
}

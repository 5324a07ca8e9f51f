//! The content of messages: strings, and lists of parts.

use crate::block::Block;
use crate::models::Hosting;
use crate::object::Object;
use crate::raw::Raw;

use super::dropped::{Noted, Why};
use super::media;
use super::refusal::Refusal;
use super::text::{is_blank, object, string};

/// Where content stands, which decides what it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    System,
    User,
    Assistant,
    Tool,
}

/// Content while it is being translated.
pub(super) struct Reader<'a> {
    pub(super) place: Place,
    /// The content's path, such as `messages[2].content`.
    pub(super) path: String,
    /// Who hosts the deployment, where that is known.
    pub(super) hosting: Option<Hosting>,
    pub(super) dropped: &'a mut Noted,
    /// How many more parts may be bare strings.
    pub(super) bare: &'a mut usize,
    pub(super) betas: &'a mut Vec<&'static str>,
}

impl Reader<'_> {
    /// The blocks of a message's content. Text that nobody could read is left out, for
    /// the API refuses blocks of it.
    pub(super) fn blocks(&mut self, content: &Raw) -> Result<Vec<Block>, Refusal> {
        if content.is_text() {
            let path = self.path.clone();
            return Ok(self.text(&path, content.json(), None).into_iter().collect());
        }
        let parts = content.items().ok_or_else(|| {
            let message = format!("`{}` must be a string or a list of parts", self.path);
            Refusal::invalid(&self.path, message)
        })?;
        let mut blocks = vec![];
        for (at, part) in parts.enumerate() {
            let path = format!("{}[{at}]", self.path);
            blocks.extend(self.part(&path, part)?);
        }
        Ok(blocks)
    }

    fn part(&mut self, path: &str, json: &str) -> Result<Option<Block>, Refusal> {
        if json.starts_with('"') {
            self.count_bare(path)?;
            return Ok(self.text(path, json, None));
        }
        let part = Object::parse(json)
            .map_err(|_| Refusal::invalid(path, format!("`{path}` must be a part")))?;
        let kind = part.text("type");
        let kind = kind.ok_or_else(|| Refusal::missing(&format!("{path}.type")))?;
        // Calls and results are read with the messages that they belong to.
        if let ("tool_use", Place::Assistant) | ("tool_result", Place::User) =
            (kind.as_str(), self.place)
            && json.contains(&kind)
        {
            return Ok(None);
        }
        let cached = cache_control(&part, path, self.dropped)?;
        match (kind.as_str(), self.place) {
            ("text" | "input_text" | "output_text", _) => {
                let text = part.get("text").filter(|text| text.is_text());
                let text = text.ok_or_else(|| Refusal::missing(&format!("{path}.text")))?;
                self.unread(&part, path, &["type", "text", "cache_control"]);
                Ok(self.text(path, text.json(), cached.as_ref()))
            }
            ("refusal", Place::Assistant) => {
                self.unread(&part, path, &["type", "refusal", "cache_control"]);
                let text = part.get("refusal").filter(|text| text.is_text());
                Ok(text.and_then(|text| self.text(path, text.json(), cached.as_ref())))
            }
            ("image_url" | "input_image", Place::User | Place::Tool) => {
                self.image(path, &part, cached).map(Some)
            }
            ("file", Place::User | Place::Tool) => {
                self.unread(&part, path, &["type", "file", "cache_control"]);
                let path = format!("{path}.file");
                let file = part.object("file").ok_or_else(|| Refusal::missing(&path))?;
                self.file(&path, &file, cached).map(Some)
            }
            // The same without anything around it, as OpenAI's newer API has it.
            ("input_file", Place::User | Place::Tool) => self.file(path, &part, cached).map(Some),
            (
                "image" | "document" | "search_result" | "container_upload",
                Place::User | Place::Tool,
            ) => {
                let mut part = part.clone();
                if let Some(cached) = cached {
                    part.set("cache_control", cached);
                }
                Ok(Some(Block::from(&part)))
            }
            (kind, place) => Err(cannot_stand(path, kind, place)),
        }
    }

    /// A part is a string with nothing around it.
    fn count_bare(&mut self, path: &str) -> Result<(), Refusal> {
        let left = self.bare.checked_sub(1);
        *self.bare = left.ok_or_else(|| {
            let message =
                format!("`{path}` is one bare string too many; send parts of the type `text`");
            Refusal::too_much(Some(path), message)
        })?;
        Ok(())
    }

    /// The block of a text, which is a JSON string and goes on as it is spelled.
    fn text(&mut self, path: &str, text: &str, cached: Option<&Raw>) -> Option<Block> {
        if is_blank(text) {
            if text != "\"\"" {
                self.dropped.note(path, Why::RefusedHere);
            }
            return None;
        }
        Some(Block::of_text(text, cached))
    }

    /// Lists what nobody reads of a part.
    fn unread(&mut self, part: &Object, path: &str, read: &[&str]) {
        self.dropped.unread(part, path, read);
    }

    fn image(&mut self, path: &str, part: &Object, cached: Option<Raw>) -> Result<Block, Refusal> {
        let inner = part.object("image_url");
        let url = match &inner {
            Some(inner) => inner.text("url"),
            None => part.text("image_url"),
        };
        self.unread(part, path, &["type", "image_url", "cache_control"]);
        let path = format!("{path}.image_url");
        let url = url.ok_or_else(|| Refusal::missing(&format!("{path}.url")))?;
        let inner = inner.unwrap_or_default();
        self.unread(&inner, &path, &["url", "detail", "format"]);
        // The API sees every image as large as it can.
        match inner.text("detail").as_deref() {
            None => {}
            Some("auto" | "high") => self.dropped.note(format!("{path}.detail"), Why::NoEffect),
            Some(_) => self
                .dropped
                .note(format!("{path}.detail"), Why::NothingLikeIt),
        }
        let url = url.trim();
        if has_scheme(url, "data:") {
            let format = inner.text("format");
            let media = media::of_data_url(url, format.as_deref()).and_then(|media| {
                if media.is_visible() {
                    Ok(media)
                } else {
                    Err(media::NOT_AN_IMAGE)
                }
            });
            let media =
                media.map_err(|wrong| Refusal::invalid(&path, format!("`{path}`: {wrong}")))?;
            return Ok(media.block(None, cached));
        }
        if is_https(url) {
            let source = object([("type", Some(string("url"))), ("url", Some(string(url)))]);
            let kind = media::kind_at(url, inner.text("format").as_deref(), "image");
            return Ok(media::sourced(kind, source.raw(), None, cached));
        }
        let message = format!("`{path}`: an image must be an https: or a data: URL");
        Err(Refusal::invalid(&path, message))
    }

    fn file(&mut self, path: &str, file: &Object, cached: Option<Raw>) -> Result<Block, Refusal> {
        let read = [
            "type",
            "file_data",
            "file_id",
            "file_url",
            "filename",
            "format",
            "cache_control",
        ];
        self.unread(file, path, &read);
        let name = file.text("filename").filter(|name| !name.trim().is_empty());
        if let Some(data) = file.text("file_data") {
            let format = file.text("format");
            let media = media::of_file(&data, format.as_deref(), name.as_deref());
            let media =
                media.map_err(|wrong| Refusal::invalid(path, format!("`{path}`: {wrong}")))?;
            return Ok(media.block(name.as_deref(), cached));
        }
        let text = |key: &str| file.text(key).filter(|text| !text.is_empty());
        let address = text("file_url").or_else(|| text("file_id").filter(|id| is_https(id)));
        if let Some(url) = address {
            return at_address(path, file, url.trim(), name.as_deref(), cached);
        }
        let id = text("file_id");
        let id = id.ok_or_else(|| Refusal::missing(&format!("{path}.file_data")))?;
        if self.hosting == Some(Hosting::Azure) {
            let message = format!(
                "`{path}`: the deployment has no Files API; send the file itself in `file_data`"
            );
            return Err(Refusal::unsupported(path, message));
        }
        self.betas.push("files-api-2025-04-14");
        let is_image = file
            .text("format")
            .is_some_and(|format| format.starts_with("image/"));
        let source = object([
            ("type", Some(string("file"))),
            ("file_id", Some(string(&id))),
        ]);
        let kind = if is_image { "image" } else { "document" };
        let name = name.as_deref().filter(|_| !is_image);
        Ok(media::sourced(kind, source.raw(), name, cached))
    }
}

/// A part of a type that is not translated, in this place or at all.
fn cannot_stand(path: &str, kind: &str, place: Place) -> Refusal {
    if matches!(kind, "input_audio" | "audio" | "video_url") {
        let message =
            format!("`{path}`: the models read text, images and documents, no sound and no video");
        return Refusal::unsupported(path, message);
    }
    let message = format!(
        "`{path}`: a part of the type `{kind}` cannot stand in a message of the {}",
        place.role()
    );
    Refusal::invalid(path, message)
}

/// A file that the API is to fetch.
fn at_address(
    path: &str,
    file: &Object,
    url: &str,
    name: Option<&str>,
    cached: Option<Raw>,
) -> Result<Block, Refusal> {
    if !is_https(url) {
        let message = format!("`{path}`: the address of a file must be an https: URL");
        return Err(Refusal::invalid(path, message));
    }
    let kind = media::kind_at(url, file.text("format").as_deref(), "document");
    let source = object([("type", Some(string("url"))), ("url", Some(string(url)))]);
    let name = name.filter(|_| kind == "document");
    Ok(media::sourced(kind, source.raw(), name, cached))
}

fn is_https(url: &str) -> bool {
    has_scheme(url, "https:")
}

fn has_scheme(url: &str, scheme: &str) -> bool {
    let start = url.trim_start().get(..scheme.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

impl Place {
    fn role(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

/// The parts of this type in content, each with its place.
pub(super) fn parts_of(content: Option<&Raw>, kind: &str) -> impl Iterator<Item = (usize, Object)> {
    // Most content has none, and may be large.
    let content = content.filter(|content| content.json().contains(kind));
    let parts = content.and_then(Raw::items).into_iter().flatten();
    // A type that is spelled with escapes is none that a program writes.
    let parts = parts
        .enumerate()
        .filter(move |(_, part)| part.contains(kind));
    let objects = parts.filter_map(|(at, part)| Some((at, Object::parse(part).ok()?)));
    objects.filter(move |(_, part)| part.text("type").as_deref() == Some(kind))
}

/// The `cache_control` of something, without what Foundry refuses in it.
pub(super) fn cache_control(
    holder: &Object,
    path: &str,
    dropped: &mut Noted,
) -> Result<Option<Raw>, Refusal> {
    let Some(control) = holder.known("cache_control") else {
        return Ok(None);
    };
    without_scope(&control, &format!("{path}.cache_control"), dropped).map(Some)
}

/// Foundry refuses a `scope` in `cache_control`, which some clients send everywhere.
pub(super) fn without_scope(
    control: &Raw,
    path: &str,
    dropped: &mut Noted,
) -> Result<Raw, Refusal> {
    let members = Object::parse(control.json())
        .map_err(|_| Refusal::invalid(path, format!("`{path}` must be an object")))?;
    if members.get("scope").is_none() {
        return Ok(control.clone());
    }
    dropped.note(format!("{path}.scope"), Why::RefusedHere);
    let mut kept = Object::default();
    for (key, value) in members.iter().filter(|(key, _)| key != "scope") {
        kept.push(&key, value.clone());
    }
    Ok(kept.raw())
}

/// Puts the `cache_control` of a whole message on its last block that may have one.
pub(super) fn cache_last(blocks: &mut [Block], control: Raw) {
    let may = |block: &&mut Block| {
        let kind = block.members().text("type").unwrap_or_default();
        !matches!(kind.as_str(), "thinking" | "redacted_thinking")
    };
    if let Some(last) = blocks.iter_mut().rfind(may) {
        let mut members = last.members();
        if members.known("cache_control").is_none() {
            members.set("cache_control", control);
            *last = Block::from(&members);
        }
    }
}

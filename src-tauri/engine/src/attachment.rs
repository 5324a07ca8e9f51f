//! Files that a person adds to a question: looked at, made fit for a model, and kept with
//! the draft.
//!
//! What a file is, its content says and not its name. Nothing of it leaves this machine
//! before the question does.

mod image;
mod pixels;
mod room;
mod text;

use std::io;
use std::path::{Path, PathBuf};

use hearth_store as store;
use hearth_wire::models::{self, BaseModel};

use crate::api::{
    AttachmentContent, AttachmentId, AttachmentView, DraftKey, ErrorCode, ErrorReport, NewFile,
};
use crate::draft::stored_key;
use crate::engine::Engine;
use crate::view;

pub(crate) use image::Prepared;
pub(crate) use room::{Load, MOST_FILES, few_enough_images, fits_in_request};

/// Bytes of a file that is read at all.
pub(crate) const MOST_READ: u64 = 50_000_000;

/// Why a file is not attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// More bytes or pixels than are ever read.
    TooLarge,
    /// Neither an image that models read nor text; with what it is, where that is known.
    UnknownType(Option<&'static str>),
    /// It is an image and cannot be decoded, in the decoder's words.
    Broken(String),
    /// There is nothing in it.
    Empty,
}

impl Refusal {
    fn report(self, name: &str) -> ErrorReport {
        let report = |code| ErrorReport::new(code).about(name);
        match self {
            Self::TooLarge => report(ErrorCode::AttachmentTooLarge),
            Self::UnknownType(None) => report(ErrorCode::AttachmentUnknownType),
            Self::UnknownType(Some(kind)) => report(ErrorCode::AttachmentUnknownType).saying(kind),
            Self::Broken(said) => report(ErrorCode::AttachmentBroken).saying(said),
            Self::Empty => report(ErrorCode::AttachmentBroken),
        }
    }
}

/// A file, made fit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// An image.
    Image(Prepared),
    /// A text.
    Text(String),
}

/// Looks at a file and makes it fit for a model that sees images of at most `edge` pixels
/// along their longer side. Slow for large images.
///
/// # Errors
/// Why it cannot be attached.
pub(crate) fn make_fit(bytes: &[u8], edge: u32) -> Result<Fit, Refusal> {
    if bytes.len() as u64 > MOST_READ {
        return Err(Refusal::TooLarge);
    }
    if let Some(format) = image::format(bytes) {
        return image::prepare(bytes, format, edge).map(Fit::Image);
    }
    let known = infer::get(bytes).map(|kind| kind.mime_type());
    // A PDF may be written in nothing but letters, and is no text to anybody.
    let text = match known {
        Some("application/pdf") => None,
        Some(_) | None => text::decode(bytes),
    };
    match text {
        None => Err(Refusal::UnknownType(known)),
        Some(text) if text.len() > text::MOST_TEXT => Err(Refusal::TooLarge),
        Some(text) if text.trim().is_empty() => Err(Refusal::Empty),
        Some(text) => Ok(Fit::Text(text)),
    }
}

/// An image that is stored, made smaller for a request that allows less: none when it may
/// stay as it is, and when it cannot be read, which the service then says better.
pub(crate) fn fit(bytes: &[u8], edge: u32) -> Option<Prepared> {
    let prepared = image::prepare(bytes, image::format(bytes)?, edge).ok()?;
    prepared.original.is_some().then_some(prepared)
}

impl Engine {
    /// Adds a file to a draft: checked by its content, an image made smaller where the
    /// model that would be asked sees no more. When the disk does not take it, it is kept in
    /// memory, up to a limit, and saved as soon as there is room.
    ///
    /// # Errors
    /// [`ErrorCode::AttachmentTooLarge`], [`ErrorCode::AttachmentUnknownType`],
    /// [`ErrorCode::AttachmentBroken`], [`ErrorCode::AttachmentsTooMany`],
    /// [`ErrorCode::ImagesTooMany`], [`ErrorCode::AttachmentsNotKept`], and when the draft's
    /// place is gone.
    pub async fn attach(
        &self,
        draft: DraftKey,
        file: NewFile,
    ) -> Result<AttachmentView, ErrorReport> {
        let mut attached = self.attach_all(draft, vec![file]).await?;
        Ok(attached.pop().expect("BUG: one file is one attachment"))
    }

    /// Adds several files to a draft: all of them, or none when one is refused.
    ///
    /// # Errors
    /// As [`Engine::attach`]; the report is about the first file that is refused.
    pub async fn attach_all(
        &self,
        draft: DraftKey,
        files: Vec<NewFile>,
    ) -> Result<Vec<AttachmentView>, ErrorReport> {
        let sources = files.into_iter().map(Source::Given).collect();
        self.attach_each(draft, sources).await
    }

    /// Adds files from the disk to a draft: all of them, or none when one is refused.
    ///
    /// # Errors
    /// As [`Engine::attach`]; a file that cannot be read counts as broken.
    pub async fn attach_files(
        &self,
        draft: DraftKey,
        paths: Vec<PathBuf>,
    ) -> Result<Vec<AttachmentView>, ErrorReport> {
        let sources = paths.into_iter().map(Source::OnDisk).collect();
        self.attach_each(draft, sources).await
    }

    async fn attach_each(
        &self,
        draft: DraftKey,
        sources: Vec<Source>,
    ) -> Result<Vec<AttachmentView>, ErrorReport> {
        if sources.is_empty() {
            return Ok(Vec::new());
        }
        let base = self.base_model_of(&draft).await?;
        let before = self.draft(draft.clone()).await?.attachments;
        let new = self.prepare_each(&before, sources, base.image_edge).await?;
        // Held from counting to adding: two windows add to one draft one after the other.
        let _order = self.shared.attaching.lock().await;
        let before = self.draft(draft.clone()).await?.attachments;
        room::small_enough(&before, &new)?;
        self.room_in_conversation(&draft, base, &before, &new)
            .await?;
        let views = new.iter().map(|new| view::attachment(&info(new))).collect();
        self.shared.keep_files(stored_key(&draft), new).await?;
        Ok(views)
    }

    /// Files from the disk as attachments of a question that was no draft: made fit for a
    /// model that sees images of at most `edge` pixels along their longer side. Nothing is
    /// stored.
    ///
    /// # Errors
    /// As [`Engine::attach_files`], for the first file that is refused.
    pub(crate) async fn prepare(
        &self,
        paths: Vec<PathBuf>,
        edge: u32,
    ) -> Result<Vec<store::NewAttachment>, ErrorReport> {
        let sources = paths.into_iter().map(Source::OnDisk).collect();
        self.prepare_each(&[], sources, edge).await
    }

    /// Reads and looks at one file after the other, and stops where they are too many: of
    /// what a person drops by mistake, no more is in memory than one question takes.
    async fn prepare_each(
        &self,
        before: &[AttachmentView],
        sources: Vec<Source>,
        edge: u32,
    ) -> Result<Vec<store::NewAttachment>, ErrorReport> {
        room::few_enough(before.len() + sources.len())?;
        let mut new = Vec::with_capacity(sources.len());
        for source in sources {
            // One at a time in all windows: each may take half a gigabyte while it is decoded.
            let _alone = self.shared.decoding.lock().await;
            new.push(new_attachment(source.read().await?, edge).await?);
            room::small_enough(before, &new)?;
        }
        Ok(new)
    }

    /// Takes an attachment out of a draft.
    ///
    /// # Errors
    /// When it is on a disk that takes nothing. One that is not there any more is no failure.
    pub async fn detach(&self, draft: DraftKey, id: AttachmentId) -> Result<(), ErrorReport> {
        self.shared.let_go(stored_key(&draft), id).await
    }

    /// The content of an attachment, as it is sent.
    ///
    /// # Errors
    /// [`ErrorCode::AttachmentNotFound`], and when the store cannot be read.
    pub async fn attachment(&self, id: AttachmentId) -> Result<AttachmentContent, ErrorReport> {
        if let Some(kept) = self.shared.storage.file(&id) {
            return Ok(AttachmentContent {
                media_type: kept.media_type.clone(),
                bytes: kept.bytes.clone(),
            });
        }
        let stored = store::AttachmentId::from(id.0.as_str());
        let found = self
            .shared
            .store(move |store| store.attachment(&stored))
            .await?;
        let found =
            found.ok_or_else(|| ErrorReport::new(ErrorCode::AttachmentNotFound).about(id.0))?;
        Ok(AttachmentContent {
            media_type: found.info.media_type,
            bytes: found.bytes,
        })
    }

    /// The model that the draft's conversation would ask.
    async fn base_model_of(&self, draft: &DraftKey) -> Result<&'static BaseModel, ErrorReport> {
        let deployment = match draft {
            DraftKey::New => None,
            DraftKey::Conversation { id }
            | DraftKey::Edit {
                conversation: id, ..
            } => view::settings(&self.shared.row(id).await?).deployment,
        };
        let base = self.shared.connections.base_model(deployment.as_deref());
        Ok(base.unwrap_or_else(models::cautious))
    }
}

/// Where the bytes of a file are.
enum Source {
    /// In memory.
    Given(NewFile),
    /// Not read yet.
    OnDisk(PathBuf),
}

impl Source {
    async fn read(self) -> Result<NewFile, ErrorReport> {
        match self {
            Self::Given(file) => Ok(file),
            Self::OnDisk(path) => read_file(&path).await,
        }
    }
}

/// Reads a file that is not too large to be attached.
async fn read_file(path: &Path) -> Result<NewFile, ErrorReport> {
    let name = path.file_name().unwrap_or(path.as_os_str());
    let name = name.to_string_lossy().into_owned();
    let failed = |error: io::Error| Refusal::Broken(error.to_string()).report(&name);
    let known = tokio::fs::metadata(path).await.map_err(failed)?;
    // A pipe or a device may have no end.
    if !known.is_file() {
        return Err(Refusal::UnknownType(None).report(&name));
    }
    if known.len() > MOST_READ {
        return Err(Refusal::TooLarge.report(&name));
    }
    let bytes = tokio::fs::read(path).await.map_err(failed)?;
    Ok(NewFile { name, bytes })
}

/// Looks at a file off the threads that must not wait.
async fn new_attachment(file: NewFile, edge: u32) -> Result<store::NewAttachment, ErrorReport> {
    let name = tidy_name(&file.name);
    let looked = tokio::task::spawn_blocking(move || make_fit(&file.bytes, edge)).await;
    let fit = looked
        .map_err(|stopped| Refusal::Broken(stopped.to_string()))
        .and_then(|fit| fit)
        .map_err(|refusal| refusal.report(&name))?;
    let pixels = |(width, height)| store::PixelSize { width, height };
    let (media_type, bytes, size, original) = match fit {
        Fit::Image(it) => (it.media_type, it.bytes, Some(it.size), it.original),
        Fit::Text(text) => ("text/plain", text.into_bytes(), None, None),
    };
    Ok(store::NewAttachment {
        id: store::AttachmentId::from(crate::new_id()),
        name,
        media_type: media_type.to_owned(),
        bytes,
        size: size.map(pixels),
        original: original.map(pixels),
        created_at: crate::now(),
    })
}

/// What is known about an attachment that is not stored yet.
pub(crate) fn info(new: &store::NewAttachment) -> store::AttachmentInfo {
    store::AttachmentInfo {
        id: new.id.clone(),
        name: new.name.clone(),
        media_type: new.media_type.clone(),
        length: new.bytes.len() as u64,
        size: new.size,
        original: new.original,
        created_at: new.created_at,
    }
}

/// A name that can stand in one line: without folders and without characters that do
/// something, such as turning the line around.
fn tidy_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last
        .chars()
        .filter(|it| !it.is_control() && !is_invisible(*it))
        .take(200)
        .collect();
    match shown.trim() {
        "" => "file".to_owned(),
        name => name.to_owned(),
    }
}

/// Marks that change how a line reads (Unicode, UAX #9, "Directional formatting
/// characters"), and other characters without a width.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests;

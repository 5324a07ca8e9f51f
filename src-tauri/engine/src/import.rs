//! Connections that are described elsewhere: found, shown, and saved when the person agrees.
//!
//! What was read stays here, with its secrets, until the offer is dropped or the program
//! ends; the window sees where a secret would go and its last four characters. Nothing is
//! started, fetched or saved by reading.

mod claude_code;
mod curl;
mod env_block;
mod environment;
mod found;
mod headers;
mod litellm;
mod recognise;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::api::{
    ConnectionDraft, ConnectionLimits, ConnectionView, CredentialChoice, CredentialDraft,
    ErrorCode, ErrorReport, HeaderDraft, ImportId, ImportOffer, ImportOutcome, ImportSource,
    ImportedConnection, ImportedSecret,
};
use crate::engine::Engine;
pub(crate) use found::{Found, chosen};
pub(crate) use recognise::looks_importable;

/// The largest text that is read, in bytes: configurations are some kilobytes.
const LARGEST: u64 = 1024 * 1024;

/// Offers that are kept at most; the oldest go first. More than a person has open at once.
const MOST_OFFERS: usize = 32;

/// Connections of one offer at most.
const MOST_CONNECTIONS: usize = 200;

/// What was read in this run and not dropped yet.
#[derive(Default)]
pub(crate) struct Imports {
    offers: Mutex<Vec<Kept>>,
    /// Held while connections of an offer are saved: what is pressed twice is saved once.
    accepting: tokio::sync::Mutex<()>,
}

struct Kept {
    id: ImportId,
    source: ImportSource,
    place: Option<String>,
    connections: Vec<Entry>,
}

struct Entry {
    found: Found,
    saved: bool,
}

impl Kept {
    /// Without its secrets.
    fn shown(&self) -> ImportOffer {
        let connections = self.connections.iter().map(|entry| ImportedConnection {
            saved: entry.saved,
            ..entry.found.shown()
        });
        ImportOffer {
            id: self.id.clone(),
            source: self.source,
            place: self.place.clone(),
            connections: connections.collect(),
        }
    }
}

impl Imports {
    /// Keeps what was found, and says it without its secrets.
    fn offer(
        &self,
        source: ImportSource,
        place: Option<&Path>,
        connections: Vec<Found>,
    ) -> ImportOffer {
        let connections = connections.into_iter().take(MOST_CONNECTIONS);
        let kept = Kept {
            id: ImportId(crate::new_id()),
            source,
            place: place.map(|place| place.display().to_string()),
            connections: connections
                .map(|found| Entry {
                    found,
                    saved: false,
                })
                .collect(),
        };
        let shown = kept.shown();
        let mut offers = self.offers();
        offers.push(kept);
        let surplus = offers.len().saturating_sub(MOST_OFFERS);
        offers.drain(..surplus);
        shown
    }

    /// One connection of an offer.
    pub(crate) fn found(&self, secret: &ImportedSecret) -> Option<Found> {
        self.entry(secret, |entry| entry.found.clone())
    }

    fn entry<T>(&self, secret: &ImportedSecret, look: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        let mut offers = self.offers();
        let kept = offers.iter_mut().find(|kept| kept.id == secret.import)?;
        kept.connections.get_mut(secret.index as usize).map(look)
    }

    /// The offer as it is now.
    fn shown(&self, id: &ImportId) -> Option<ImportOffer> {
        let offers = self.offers();
        offers.iter().find(|kept| kept.id == *id).map(Kept::shown)
    }

    fn drop(&self, id: &ImportId) {
        self.offers().retain(|kept| kept.id != *id);
    }

    fn offers(&self) -> MutexGuard<'_, Vec<Kept>> {
        // A list of whole values is as good after a panic as before.
        self.offers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// What this machine offers: the environment that Hearth was started with, and the
    /// settings of Claude Code. Sources that offer nothing are not there.
    ///
    /// # Errors
    /// None; a file that cannot be read offers nothing.
    pub async fn find_imports(&self) -> Result<Vec<ImportOffer>, ErrorReport> {
        let connections = &self.shared.connections;
        let mut offers = Vec::new();
        let found = environment::read(connections.environment());
        if !found.is_empty() {
            let offer = connections
                .imports()
                .offer(ImportSource::Environment, None, found);
            offers.push(offer);
        }
        for path in claude_code::places(connections.environment()) {
            let Ok(text) = text_of(path.clone()).await else {
                continue;
            };
            match claude_code::read(&text, connections.environment()) {
                Ok(found) if !found.is_empty() => {
                    let offer =
                        connections
                            .imports()
                            .offer(ImportSource::ClaudeCode, Some(&path), found);
                    offers.push(offer);
                }
                Ok(_) => {}
                Err(error) => tracing::info!(%error, "settings of Claude Code were not read"),
            }
        }
        Ok(offers)
    }

    /// Reads a paste: a curl command, a block of variables, a configuration.
    ///
    /// # Errors
    /// [`ErrorCode::ImportEmpty`] when nothing in it describes a connection, and
    /// [`ErrorCode::ImportUnreadable`] when it cannot be read as what it looks like.
    pub fn read_import(&self, text: &str) -> Result<ImportOffer, ErrorReport> {
        self.read_text(text, None)
    }

    /// Reads a file: the same, and settings of Claude Code's.
    ///
    /// # Errors
    /// As [`Engine::read_import`], and when the file cannot be read.
    pub async fn read_import_file(&self, path: PathBuf) -> Result<ImportOffer, ErrorReport> {
        let text = text_of(path.clone()).await?;
        self.read_text(&text, Some(&path))
            .map_err(|error| match error.subject {
                None => error.about(path.display().to_string()),
                Some(_) => error,
            })
    }

    fn read_text(&self, text: &str, place: Option<&Path>) -> Result<ImportOffer, ErrorReport> {
        if text.len() as u64 > LARGEST {
            return Err(unreadable("it is too large"));
        }
        let connections = &self.shared.connections;
        let (source, found) = recognise::read(text, connections.environment())?;
        if found.is_empty() {
            return Err(ErrorReport::new(ErrorCode::ImportEmpty));
        }
        Ok(connections.imports().offer(source, place, found))
    }

    /// Saves connections of an offer, each under a name that none has yet, and drops the
    /// offer. The first that cannot be saved ends it: the offer stays, and knows what of it is
    /// saved already, so that accepting it once more saves only the rest.
    ///
    /// # Errors
    /// [`ErrorCode::ImportEmpty`] when the offer is gone or has no such connection; then
    /// nothing was saved.
    pub async fn accept_import(
        &self,
        import: ImportId,
        chosen: Vec<u32>,
        this_run_only: bool,
    ) -> Result<ImportOutcome, ErrorReport> {
        let imports = self.shared.connections.imports();
        let _alone = imports.accepting.lock().await;
        let secrets: Vec<_> = chosen
            .into_iter()
            .map(|index| ImportedSecret {
                import: import.clone(),
                index,
            })
            .collect();
        let known = |secret| imports.entry(secret, |_| ()).is_some();
        if imports.shown(&import).is_none() || !secrets.iter().all(known) {
            return Err(ErrorReport::new(ErrorCode::ImportEmpty));
        }
        let mut saved = Vec::new();
        for secret in secrets {
            match self.accept_one(&secret, this_run_only).await {
                Ok(connection) => saved.extend(connection),
                Err(problem) => {
                    return Ok(ImportOutcome {
                        saved,
                        problem: Some(problem),
                        left: imports.shown(&import),
                    });
                }
            }
        }
        self.drop_import(&import);
        Ok(ImportOutcome {
            saved,
            problem: None,
            left: None,
        })
    }

    /// None for what is saved already.
    async fn accept_one(
        &self,
        secret: &ImportedSecret,
        this_run_only: bool,
    ) -> Result<Option<ConnectionView>, ErrorReport> {
        let imports = self.shared.connections.imports();
        let found = imports.entry(secret, |entry| (!entry.saved).then(|| entry.found.clone()));
        // Dropped in the middle, it has nothing to save any more.
        let gone = || ErrorReport::new(ErrorCode::ImportEmpty);
        let Some(found) = found.ok_or_else(gone)? else {
            return Ok(None);
        };
        if let Some(problem) = found.problem() {
            return Err(problem);
        }
        let draft = self.draft_of(found, secret.clone(), this_run_only);
        let connection = self.save_connection(draft).await?;
        imports.entry(secret, |entry| entry.saved = true);
        Ok(Some(connection))
    }

    /// Forgets what was read, with its secrets.
    pub fn drop_import(&self, import: &ImportId) {
        self.shared.connections.imports().drop(import);
    }

    fn draft_of(
        &self,
        found: Found,
        secret: ImportedSecret,
        this_run_only: bool,
    ) -> ConnectionDraft {
        let written = self.shared.connections.written();
        let taken = |name: &str| written.connections.iter().any(|it| it.name == name);
        let name = found.name();
        let numbered = (2..).map(|number| format!("{name} {number}"));
        let name = std::iter::once(name.clone())
            .chain(numbered)
            .find(|name| !taken(name))
            .expect("BUG: numbers end");
        ConnectionDraft {
            id: None,
            opened_on: None,
            name,
            endpoint: found.endpoint,
            credential: CredentialDraft {
                choice: found.credential.unwrap_or(CredentialChoice::Key),
                secret: None,
                imported: found.secret.is_some().then_some(secret),
                sign_in: None,
                // A command is agreed to where the person sees it as it is started.
                agreed: false,
                this_run_only,
            },
            headers: found
                .headers
                .into_iter()
                .map(|(name, value)| HeaderDraft {
                    name,
                    value: Some(value.expose().to_owned()),
                    secret: true,
                })
                .collect(),
            anthropic_version: None,
            limits: ConnectionLimits::default(),
            proxy: None,
            proxy_password: None,
            deployments: found.deployments,
            default_deployment: None,
        }
    }
}

/// A file's text. Its beginning may say in which encoding it is written.
async fn text_of(path: PathBuf) -> Result<String, ErrorReport> {
    let about = path.display().to_string();
    let read = tokio::task::spawn_blocking(move || bytes_of(&path));
    let bytes = match read.await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => return Err(unreadable(error.to_string()).about(about)),
        Err(stopped) => return Err(unreadable(stopped.to_string()).about(about)),
    };
    decoded(&bytes).ok_or_else(|| unreadable("it is not text").about(about))
}

fn bytes_of(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::{Error, Read};
    let file = std::fs::File::open(path)?;
    // A pipe or a device would be read for ever.
    if !file.metadata()?.is_file() {
        return Err(Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Error::other("it is too large"));
    }
    Ok(bytes)
}

/// UTF-8, or UTF-16 with its mark, which Windows' editors and PowerShell write.
fn decoded(bytes: &[u8]) -> Option<String> {
    let wide = |order: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes[2..]
            .chunks_exact(2)
            .map(|pair| order([pair[0], pair[1]]))
            .collect();
        String::from_utf16(&units).ok()
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        _ => String::from_utf8(bytes.to_vec()).ok(),
    }
}

/// What looks like something and cannot be read as it. Never repeats the text, which may
/// hold a secret.
fn unreadable(why: impl Into<String>) -> ErrorReport {
    ErrorReport::new(ErrorCode::ImportUnreadable).saying(why)
}

#[cfg(test)]
mod tests;

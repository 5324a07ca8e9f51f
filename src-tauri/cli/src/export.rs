//! `hearth export`: transcripts.

use std::path::{Path, PathBuf};

use hearth_engine::api::{ConversationId, TranscriptFormat};
use hearth_engine::{Engine, Environment, Profile};

use crate::arguments::{Export, Which};
use crate::named::one_of;
use crate::terminal::{Failed, Terminal};

pub(crate) async fn run(
    export: Export,
    profile: Option<PathBuf>,
    environment: Environment,
    terminal: &Terminal<'_>,
) -> Result<(), Failed> {
    let engine = crate::open(Profile::from_args(profile)?, environment).await?;
    let conversations = engine.conversations().await?;
    match export.which {
        Which::All => {
            let folder = export.out.unwrap_or_else(|| PathBuf::from("."));
            std::fs::create_dir_all(&folder)?;
            for conversation in &conversations {
                into_folder(&engine, &conversation.id, export.format, &folder, terminal).await?;
            }
            Ok(())
        }
        Which::One(beginning) => {
            let id = one_of(&conversations, &beginning, terminal)?;
            match export.out {
                None => {
                    let transcript = engine.transcript(id, export.format).await?;
                    Ok(terminal.write(&transcript.text)?)
                }
                Some(path) if path.is_dir() => {
                    into_folder(&engine, &id, export.format, &path, terminal).await
                }
                Some(path) => Ok(engine.save_transcript(id, export.format, &path).await?),
            }
        }
        Which::Unsaid => {
            let list: String = conversations
                .iter()
                .map(|it| format!("  {}  {}\n", it.id, it.title))
                .collect();
            Err(terminal.refuse("cli-export-which", &[("list", list)]))
        }
    }
}

/// Writes one transcript under its suggested name, or the next free one beside it.
async fn into_folder(
    engine: &Engine,
    id: &ConversationId,
    format: TranscriptFormat,
    folder: &Path,
    terminal: &Terminal<'_>,
) -> Result<(), Failed> {
    let name = engine.transcript(id.clone(), format).await?.file_name;
    let path = free(folder, &name);
    engine.save_transcript(id.clone(), format, &path).await?;
    terminal.write(&format!("{}\n", path.display()))?;
    Ok(())
}

fn free(folder: &Path, name: &str) -> PathBuf {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    std::iter::once(folder.join(name))
        .chain((2..).map(|number| folder.join(format!("{stem}-{number}.{extension}"))))
        .find(|path| !path.exists())
        .expect("BUG: numbers do not end")
}

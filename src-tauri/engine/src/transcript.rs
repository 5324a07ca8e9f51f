//! A conversation as a file: the store's forms with the catalogue's words.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use hearth_store::transcript::{self, Exported, Format, Labels};
use hearth_store::{self as store, AttachmentInfo};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::api::{ConversationId, ErrorCode, ErrorReport, TranscriptFormat};
use crate::engine::Engine;
use crate::words::Words;

/// A conversation, ready to be written to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// A name to suggest: dated, and safe on every system.
    pub file_name: String,
    /// Its contents.
    pub text: String,
}

impl Engine {
    /// A conversation as a transcript: Markdown shows the branch that is shown, JSON holds
    /// every branch and block.
    ///
    /// # Errors
    /// [`ErrorCode::ConversationNotFound`], and when the store cannot be read.
    pub async fn transcript(
        &self,
        id: ConversationId,
        format: TranscriptFormat,
    ) -> Result<Transcript, ErrorReport> {
        let id = hearth_store::ConversationId::from(id.0.as_str());
        let zone = TimeZone::system();
        let format = match format {
            TranscriptFormat::Markdown => Format::Markdown,
            TranscriptFormat::Json => Format::Json,
        };
        let mut exported = self.shared.store(move |it| it.export(&id, format)).await?;
        self.shared.storage.complete(&mut exported.conversation);
        let text = match format {
            Format::Json => transcript::json(&exported),
            Format::Markdown => markdown(&exported, &zone),
        };
        let row = &exported.conversation.row;
        let date = when(row.created_at, &zone, "%Y-%m-%d");
        Ok(Transcript {
            file_name: transcript::file_name(&date, &row.title, format),
            text,
        })
    }

    /// Writes a transcript to a file that the person chose; one that is there is replaced
    /// only when the new one is complete.
    ///
    /// # Errors
    /// As [`Engine::transcript`], and [`ErrorCode::FileNotWritten`].
    pub async fn save_transcript(
        &self,
        id: ConversationId,
        format: TranscriptFormat,
        path: &Path,
    ) -> Result<(), ErrorReport> {
        let transcript = self.transcript(id, format).await?;
        let target = path.to_owned();
        let written =
            tokio::task::spawn_blocking(move || write(&target, transcript.text.as_bytes()));
        let written = match written.await {
            Ok(written) => written.map_err(|error| error.to_string()),
            Err(stopped) => Err(stopped.to_string()),
        };
        written.map_err(|error| {
            ErrorReport::new(ErrorCode::FileNotWritten)
                .about(path.display().to_string())
                .saying(error)
        })
    }
}

/// A conversation that is in memory, in the form that a person reads.
pub(crate) fn readable(conversation: store::Conversation) -> String {
    let exported = Exported {
        conversation,
        attachments: BTreeMap::new(),
    };
    markdown(&exported, &TimeZone::system())
}

fn write(path: &Path, contents: &[u8]) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(contents)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn markdown(exported: &Exported, zone: &TimeZone) -> String {
    let words = Words::english();
    let say = |key: &str| words.say(key, &[]);
    let seconds_of = |seconds: f64| format!("{:.0}", seconds.max(1.0));
    transcript::markdown(
        exported,
        &Labels {
            you: &say("transcript-you"),
            claude: &say("transcript-claude"),
            continued: &say("chat-continue-prompt"),
            tools: &say("transcript-tools"),
            demo: &say("transcript-demo"),
            model: &|model| words.say("transcript-model", &[("model", model.to_owned())]),
            time: &|at| when(at, zone, "%Y-%m-%d %H:%M"),
            thought: &|seconds| match seconds {
                Some(seconds) => words.say(
                    "transcript-thought-for",
                    &[("seconds", seconds_of(seconds))],
                ),
                None => say("transcript-thought"),
            },
            attachment: &|attached| attachment(&words, attached),
            redacted_thought: &say("transcript-thought-hidden"),
            tool_call: &|name| words.say("transcript-tool-call", &[("name", name.to_owned())]),
            tool_result: &say("transcript-tool-result"),
            tool_failed: &say("transcript-tool-failed"),
            other_block: &|name| words.say("transcript-other", &[("name", name.to_owned())]),
            streaming: &say("transcript-streaming"),
            stopped: &say("transcript-stopped"),
            interrupted: &say("transcript-interrupted"),
            failed: &|error| match serde_json::from_str::<ErrorReport>(error) {
                Ok(report) => words.explain(&report),
                Err(_) => error.to_owned(),
            },
        },
    )
}

fn attachment(words: &Words, attached: &AttachmentInfo) -> String {
    let mut facts = vec![
        ("name", attached.name.clone()),
        ("kilobytes", attached.length.div_ceil(1000).to_string()),
    ];
    match attached.size {
        Some(size) => {
            facts.push(("width", size.width.to_string()));
            facts.push(("height", size.height.to_string()));
            words.say("transcript-image", &facts)
        }
        None => words.say("transcript-file", &facts),
    }
}

fn when(millis: i64, zone: &TimeZone, format: &str) -> String {
    Timestamp::from_millisecond(millis)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned(zone.clone())
        .strftime(format)
        .to_string()
}

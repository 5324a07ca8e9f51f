//! From what is stored to what is shown. Pure.

use std::collections::HashMap;
use std::ops::Range;

use hearth_store::{self as store, Ending, StoredBlock, StoredMessage};
use hearth_wire::models::{BaseModel, ThinkingKind};
use hearth_wire::{Block, BlockKind, Raw, Usage};

use crate::api::{
    Abilities, Activity, AnswerFacts, AttachmentId, AttachmentView, BlockView, CallState,
    Capability, ConversationId, ConversationSummary, Effort, ErrorCode, ErrorReport, MessageId,
    MessageState, MessageView, Purpose, Role, SearchHit, TurnSettings,
};
use crate::connection;
use crate::request::default_max_tokens;
use crate::results;

/// A line of the sidebar.
pub(crate) fn summary(row: &store::ConversationRow) -> ConversationSummary {
    ConversationSummary {
        id: ConversationId(row.id.as_str().to_owned()),
        title: row.title.clone(),
        created_at: row.created_at,
        updated_at: row.updated_at,
        demo: row.demo,
        activity: match row.last_turn {
            Some(store::TurnState::Running) => Activity::Working,
            Some(store::TurnState::Failed | store::TurnState::Interrupted) => Activity::Failed,
            Some(store::TurnState::Complete | store::TurnState::Stopped) | None => Activity::Idle,
        },
        pinned: row.pinned_at.is_some(),
    }
}

/// A hit of a search.
pub(crate) fn hit(hit: store::SearchHit) -> SearchHit {
    SearchHit {
        conversation: ConversationId(hit.conversation.into_string()),
        message: hit.message.map(|id| MessageId(id.into_string())),
        title: hit.title,
        marks: hit
            .marks
            .iter()
            .map(|mark| utf16(&hit.excerpt, mark))
            .collect(),
        excerpt: hit.excerpt,
        at: hit.at,
        shown: hit.shown,
        updated_at: hit.updated_at,
    }
}

/// A range of bytes, as a range of the UTF-16 code units in which the window counts.
fn utf16(text: &str, bytes: &Range<usize>) -> (u32, u32) {
    let units = |end| {
        let before = text.get(..end).unwrap_or(text);
        u32::try_from(before.encode_utf16().count()).unwrap_or(u32::MAX)
    };
    (units(bytes.start), units(bytes.end))
}

/// An attachment.
pub(crate) fn attachment(info: &store::AttachmentInfo) -> AttachmentView {
    AttachmentView {
        id: AttachmentId(info.id.as_str().to_owned()),
        name: info.name.clone(),
        media_type: info.media_type.clone(),
        bytes: info.length,
        width: info.size.map(|size| size.width),
        height: info.size.map(|size| size.height),
        original_width: info.original.map(|size| size.width),
        original_height: info.original.map(|size| size.height),
    }
}

/// The settings of a conversation; what cannot be read means defaults.
pub(crate) fn settings(row: &store::ConversationRow) -> TurnSettings {
    serde_json::from_str(row.settings.as_str()).unwrap_or_default()
}

/// The branch that is shown.
pub(crate) fn branch(conversation: &store::Conversation) -> Vec<MessageView> {
    conversation
        .branch()
        .into_iter()
        .map(|stored| message(conversation, stored))
        .collect()
}

/// A message with its place among its siblings.
pub(crate) fn message(conversation: &store::Conversation, stored: &StoredMessage) -> MessageView {
    let siblings = conversation.children(stored.parent.as_ref());
    let branch = siblings
        .iter()
        .position(|id| **id == stored.id)
        .unwrap_or_default();
    let turn = stored.turn.as_ref().and_then(|id| conversation.turn(id));
    MessageView {
        id: MessageId(stored.id.as_str().to_owned()),
        parent: stored
            .parent
            .as_ref()
            .map(|id| MessageId(id.as_str().to_owned())),
        role: match stored.role {
            store::Role::User => Role::User,
            store::Role::Assistant => Role::Assistant,
        },
        blocks: blocks(conversation, stored),
        state: state(&stored.state),
        created_at: stored.created_at,
        answer: turn.map(|turn| answer(turn, stored)),
        branch: u32::try_from(branch).unwrap_or(u32::MAX),
        branches: siblings
            .into_iter()
            .map(|id| MessageId(id.as_str().to_owned()))
            .collect(),
        purpose: stored.purpose.map(|purpose| match purpose {
            store::Purpose::Continue => Purpose::Continue,
        }),
    }
}

/// The content of a message, its calls with how far they came.
fn blocks(conversation: &store::Conversation, stored: &StoredMessage) -> Vec<BlockView> {
    let mut blocks: Vec<_> = stored.blocks.iter().map(stored_block).collect();
    let over = stored.state != store::MessageState::Streaming;
    let calls = blocks.iter_mut().filter_map(|block| match block {
        BlockView::ToolCall { id, state, .. } => Some((id, state)),
        _ => None,
    });
    let mut calls = calls.peekable();
    if calls.peek().is_some() && over {
        let told = told(conversation, stored);
        for (id, state) in calls {
            // Without a result, and with nobody left to bring one, it never ran.
            *state = told.get(id).copied().unwrap_or(CallState::Skipped);
        }
    }
    blocks
}

/// How far the calls of an answer came, as the results after it tell.
fn told(conversation: &store::Conversation, answer: &StoredMessage) -> HashMap<String, CallState> {
    let results = results_of(conversation, answer);
    let blocks = results.map_or(&[] as &[_], |results| &results.blocks);
    let blocks = blocks.iter();
    blocks
        .filter_map(|block| Block::from_json(block.body.as_str()).ok())
        .filter_map(|block| results::told_by(&block))
        .collect()
}

/// The message with the results of an answer's calls.
pub(crate) fn results_of<'a>(
    conversation: &'a store::Conversation,
    answer: &StoredMessage,
) -> Option<&'a StoredMessage> {
    conversation.messages.iter().find(|it| {
        it.parent.as_ref() == Some(&answer.id)
            && it.role == store::Role::User
            && it.turn.is_some()
            && it.turn == answer.turn
    })
}

fn state(state: &store::MessageState) -> MessageState {
    match state {
        store::MessageState::Streaming => MessageState::Streaming,
        store::MessageState::Ended(Ending::Complete { stop_reason }) => MessageState::Complete {
            stop_reason: stop_reason.clone(),
        },
        store::MessageState::Ended(Ending::Stopped) => MessageState::Stopped,
        store::MessageState::Ended(Ending::Interrupted) => MessageState::Interrupted,
        store::MessageState::Ended(Ending::Failed { error }) => MessageState::Failed {
            // Written by another version, a report may have a code that this one lacks.
            error: serde_json::from_str(error.as_str())
                .unwrap_or_else(|_| ErrorReport::new(ErrorCode::Internal).saying(error.as_str())),
        },
    }
}

fn answer(turn: &store::StoredTurn, stored: &StoredMessage) -> AnswerFacts {
    let facts = stored.answer.clone().unwrap_or_default();
    let usage = facts
        .usage
        .as_ref()
        .and_then(|json| Raw::parse(json.as_str()).ok())
        .map(Usage::from_raw)
        .unwrap_or_default();
    let sent: Sent = serde_json::from_str(turn.settings.as_str()).unwrap_or_default();
    AnswerFacts {
        connection: connection::saved_id(&sent.connection),
        deployment: turn.deployment.clone(),
        model: facts.model,
        input_tokens: usage.total_input(),
        cache_read_tokens: usage.cache_read_input_tokens,
        // Until its end an answer has counted only its first words.
        output_tokens: usage.output_tokens.filter(|_| {
            matches!(
                stored.state,
                store::MessageState::Ended(Ending::Complete { .. })
            )
        }),
        // When one that was cut by a crash ended is not known, only when that was found.
        duration_ms: stored
            .ended_at
            .filter(|_| stored.state != store::MessageState::Ended(Ending::Interrupted))
            .and_then(|ended| u64::try_from(ended - turn.started_at).ok()),
        request_id: facts.request_id,
        apim_request_id: facts.apim_request_id,
        without: sent.without,
        lowered_to: sent.lowered_to,
    }
}

/// What is shown of the settings that a turn was sent with; nothing where they were stored
/// before there was something to show.
#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Sent {
    connection: String,
    without: Vec<Capability>,
    lowered_to: Option<u32>,
}

fn stored_block(stored: &StoredBlock) -> BlockView {
    if let Some(info) = &stored.attachment {
        let attachment = attachment(info);
        return match attachment.media_type.starts_with("image/") {
            true => BlockView::Image { attachment },
            false => BlockView::File { attachment },
        };
    }
    match Block::from_json(stored.body.as_str()) {
        Ok(found) => block(&found, stored.seconds),
        // The store keeps any JSON; one that is no object is shown as it is.
        Err(_) => BlockView::Unknown {
            name: stored.kind.clone(),
            json: stored.body.as_str().to_owned(),
        },
    }
}

/// A block as shown; `seconds` is how long the model thought, where that is known.
pub(crate) fn block(block: &Block, seconds: Option<f64>) -> BlockView {
    kind(block.view(), seconds, || block.json().to_owned())
}

/// The same from what the assembler says of a block that has only begun.
pub(crate) fn started(kind_of: BlockKind) -> BlockView {
    kind(kind_of, None, String::new)
}

fn kind(kind: BlockKind, seconds: Option<f64>, json: impl FnOnce() -> String) -> BlockView {
    match kind {
        BlockKind::Text { text } => BlockView::Text { text },
        BlockKind::Thinking { thinking, .. } => BlockView::Thinking {
            text: thinking,
            seconds,
            redacted: false,
        },
        BlockKind::RedactedThinking => BlockView::Thinking {
            text: String::new(),
            seconds,
            redacted: true,
        },
        BlockKind::ToolUse { id, name, input } => BlockView::ToolCall {
            id,
            name,
            input,
            state: CallState::Asked,
        },
        BlockKind::ToolResult {
            tool_use_id,
            text,
            is_error,
        } => BlockView::ToolResult {
            call: tool_use_id,
            text,
            failed: is_error,
        },
        BlockKind::Unknown { kind } => BlockView::Unknown {
            name: kind,
            json: json(),
        },
    }
}

/// The words of a block that a search should find.
pub(crate) fn searchable(view: &BlockView) -> &str {
    match view {
        BlockView::Text { text } | BlockView::ToolResult { text, .. } => text,
        BlockView::Thinking { .. }
        | BlockView::ToolCall { .. }
        | BlockView::Image { .. }
        | BlockView::File { .. }
        | BlockView::Unknown { .. } => "",
    }
}

/// What a base model can do, as far as the window cares.
pub(crate) fn abilities(base: &BaseModel) -> Abilities {
    Abilities {
        efforts: base.efforts.iter().copied().map(effort).collect(),
        default_effort: base.default_effort.map(effort),
        thinks: base
            .thinking
            .iter()
            .any(|kind| matches!(kind, ThinkingKind::Adaptive | ThinkingKind::Enabled)),
        sampling: base.sampling,
        context: base.context,
        max_output: base.max_output,
        default_max_tokens: default_max_tokens(base),
    }
}

pub(crate) fn effort(effort: hearth_wire::Effort) -> Effort {
    match effort {
        hearth_wire::Effort::Low => Effort::Low,
        hearth_wire::Effort::Medium => Effort::Medium,
        hearth_wire::Effort::High => Effort::High,
        hearth_wire::Effort::Xhigh => Effort::Xhigh,
        hearth_wire::Effort::Max => Effort::Max,
    }
}

/// The `type` of a block, for the store.
pub(crate) fn block_type(block: &Block) -> String {
    #[derive(serde::Deserialize)]
    struct Typed {
        #[serde(rename = "type", default)]
        name: String,
    }
    serde_json::from_str::<Typed>(block.json()).map_or_else(|_| String::new(), |it| it.name)
}

//! From what a person wants to the message that is answered.

use std::collections::HashMap;

use hearth_store::{self as store, Json};
use hearth_wire::Block;
use hearth_wire::models::BaseModel;

use crate::api::{AttachmentId, Capability, ErrorCode, ErrorReport, MessageId, TurnSettings};
use crate::connection::Used;
use crate::continuing::{Continuation, bare_prompt, continuation};
use crate::engine::Engine;
use crate::request::{self, Past};
use crate::turn::{self, Plan};
use crate::{attachment, contents, title, view};

/// What a person wants answered.
#[derive(Clone)]
pub(super) enum Wanted {
    /// A question of theirs.
    New {
        text: String,
        attachments: Vec<AttachmentId>,
        /// More attachments, not stored yet.
        files: Vec<store::NewAttachment>,
        settings: Box<TurnSettings>,
        /// The question that it is an edit of.
        replaces: Option<MessageId>,
        /// The last message that the person saw.
        after: Option<MessageId>,
        /// The draft that it was.
        draft: Option<store::SentDraft>,
    },
    /// A question that is there, named by itself or by one of its answers.
    Again(MessageId),
    /// The rest of an answer that was cut.
    Rest(MessageId),
}

/// What is answered: something new, or something that is there.
pub(super) enum Question {
    New {
        parent: Option<store::MessageId>,
        content: Content,
        /// What of its attachments is not stored yet.
        files: Vec<store::NewAttachment>,
        draft: Option<store::SentDraft>,
    },
    /// A question, or an answer that the model goes on with.
    Existing(store::MessageId),
}

impl Question {
    /// What of its attachments is not stored yet.
    pub(super) fn files(&self) -> &[store::NewAttachment] {
        match self {
            Self::New { files, .. } => files,
            Self::Existing(_) => &[],
        }
    }
}

/// The content of a message that comes whole.
pub(super) struct Content {
    pub(super) blocks: Vec<store::NewBlock>,
    /// The same as sent, attachments still by their names.
    pub(super) sent: Vec<Block>,
    pub(super) purpose: Option<store::Purpose>,
    /// What a conversation would be called after it.
    pub(super) title: String,
}

impl Engine {
    /// The question in its place, and what to ask it with.
    pub(super) async fn resolve(
        &self,
        stored: Option<&store::Conversation>,
        used: &Used,
        wanted: Wanted,
    ) -> Result<(Question, TurnSettings), ErrorReport> {
        match (wanted, stored) {
            (
                Wanted::New {
                    text,
                    attachments,
                    files,
                    settings,
                    replaces,
                    after,
                    draft,
                },
                stored,
            ) => {
                let content = self.content(&text, attachments, &files).await?;
                let parent = match &replaces {
                    None => end_of_branch(stored, after.as_ref())?,
                    Some(replaced) => question_in(stored, replaced)?.parent.clone(),
                };
                let question = Question::New {
                    parent,
                    content,
                    files,
                    draft,
                };
                Ok((question, *settings))
            }
            (Wanted::Again(message) | Wanted::Rest(message), None) => Err(unknown(&message)),
            (Wanted::Again(message), Some(stored)) => {
                let settings = view::settings(&stored.row);
                let question = again(stored, used, &settings, &message)?;
                Ok((question, settings))
            }
            (Wanted::Rest(message), Some(stored)) => {
                let settings = view::settings(&stored.row);
                let answer = message_in(stored, &message)?;
                if !stored.children(Some(&answer.id)).is_empty() {
                    return Err(unknown(&message));
                }
                let question = rest(stored, used, &settings, answer)?;
                Ok((question, settings))
            }
        }
    }

    /// A question's content: attachments first, then the words about them.
    async fn content(
        &self,
        text: &str,
        attachments: Vec<AttachmentId>,
        files: &[store::NewAttachment],
    ) -> Result<Content, ErrorReport> {
        let mut attachments = contents::describe(&self.shared, attachments).await?;
        let files = files.iter().map(attachment::info);
        attachments.extend(files.map(|it| view::attachment(&it)));
        let mut content = Content {
            blocks: Vec::new(),
            sent: Vec::new(),
            purpose: None,
            title: title::from_question(text),
        };
        if content.title.is_empty() {
            let first = attachments.first();
            content.title = first.map_or_else(String::new, |it| title::from_question(&it.name));
        }
        for attachment in &attachments {
            let block = request::reference_block(attachment);
            content.blocks.push(store::NewBlock {
                kind: view::block_type(&block),
                body: Json::parse(block.json()).expect("BUG: a block is JSON"),
                // Found by the name that the person knows it by.
                plain: attachment.name.clone(),
                seconds: None,
                attachment: Some(store::AttachmentId::from(attachment.id.0.as_str())),
            });
            content.sent.push(block);
        }
        if !text.trim().is_empty() {
            let block = Block::text(text);
            let stored = turn::stored_blocks(std::slice::from_ref(&block), &HashMap::new());
            content.blocks.extend(stored);
            content.sent.push(block);
        }
        Ok(content)
    }
}

fn unknown(message: &MessageId) -> ErrorReport {
    ErrorReport::new(ErrorCode::MessageNotFound).about(message.0.as_str())
}

pub(super) fn message_in<'a>(
    stored: &'a store::Conversation,
    id: &MessageId,
) -> Result<&'a store::StoredMessage, ErrorReport> {
    let mut messages = stored.messages.iter();
    messages
        .find(|it| it.id.as_str() == id.0)
        .ok_or_else(|| unknown(id))
}

/// Where a question goes: to the end of the branch that is shown. When that is not the
/// branch on which the person saw `seen` last, because another window shows another one by
/// now, right after what they saw.
fn end_of_branch(
    stored: Option<&store::Conversation>,
    seen: Option<&MessageId>,
) -> Result<Option<store::MessageId>, ErrorReport> {
    let Some(seen) = seen else {
        return Ok(stored.and_then(|it| it.row.head.clone()));
    };
    let stored = stored.ok_or_else(|| unknown(seen))?;
    let seen = message_in(stored, seen)?;
    let goes_on = stored.branch().iter().any(|it| it.id == seen.id);
    Ok(match goes_on {
        true => stored.row.head.clone(),
        false => Some(seen.id.clone()),
    })
}

/// A question that an edit can stand beside: neither an answer nor results of tools.
fn question_in<'a>(
    stored: Option<&'a store::Conversation>,
    id: &MessageId,
) -> Result<&'a store::StoredMessage, ErrorReport> {
    let found = message_in(stored.ok_or_else(|| unknown(id))?, id)?;
    match (found.role, &found.turn) {
        (store::Role::User, None) => Ok(found),
        (store::Role::User | store::Role::Assistant, _) => Err(unknown(id)),
    }
}

/// What the turn of a message answered, to be answered again.
fn again(
    stored: &store::Conversation,
    used: &Used,
    settings: &TurnSettings,
    message: &MessageId,
) -> Result<Question, ErrorReport> {
    let mut question = message_in(stored, message)?;
    if let Some(turn) = question.turn.as_ref().and_then(|id| stored.turn(id)) {
        let answered = MessageId(turn.question.as_str().to_owned());
        question = message_in(stored, &answered)?;
    }
    match question.role {
        store::Role::User => Ok(Question::Existing(question.id.clone())),
        // The turn went on with an answer; what that takes depends on who is asked now.
        store::Role::Assistant => rest(stored, used, settings, question),
    }
}

/// The deployment that is asked first; empty when there is none.
fn asked<'a>(used: &'a Used, settings: &'a TurnSettings) -> &'a str {
    let deployment = settings.deployment.as_deref();
    let deployment = deployment.or(used.candidates.first().map(String::as_str));
    deployment.unwrap_or_default()
}

/// The model that is asked first, where it is known.
pub(super) fn base_model(used: &Used, settings: &TurnSettings) -> Option<&'static BaseModel> {
    used.base_model(asked(used, settings))
}

/// How the model that is asked now goes on with an answer.
fn rest(
    stored: &store::Conversation,
    used: &Used,
    settings: &TurnSettings,
    answer: &store::StoredMessage,
) -> Result<Question, ErrorReport> {
    let prefill = base_model(used, settings).is_some_and(|base| base.prefill)
        && !used
            .learned(asked(used, settings))
            .lacks(Capability::Prefill);
    match continuation(stored, answer, prefill) {
        None => Err(ErrorReport::new(ErrorCode::NothingToContinue)),
        Some(Continuation::AsItIs) => Ok(Question::Existing(answer.id.clone())),
        Some(Continuation::Asked(prompt)) => Ok(prompted(answer.id.clone(), &prompt)),
    }
}

/// A message of Hearth's own that asks the model to go on.
fn prompted(after: store::MessageId, prompt: &str) -> Question {
    let block = Block::text(prompt);
    Question::New {
        parent: Some(after),
        content: Content {
            // No search should find what nobody wrote.
            blocks: vec![store::NewBlock {
                kind: view::block_type(&block),
                body: Json::parse(block.json()).expect("BUG: a block is JSON"),
                plain: String::new(),
                seconds: None,
                attachment: None,
            }],
            sent: vec![block],
            purpose: Some(store::Purpose::Continue),
            title: String::new(),
        },
        files: Vec::new(),
        draft: None,
    }
}

/// A loop of tools that cannot go on as it was, because another model is asked or with
/// something else before it, is closed by a message that asks to go on.
pub(super) fn closed_loop(plan: &mut Plan, question: Question) -> Question {
    let Question::Existing(answer) = question else {
        return question;
    };
    if !plan.build().torn_loop {
        return Question::Existing(answer);
    }
    let prompt = bare_prompt();
    plan.past.push(Past::question(vec![Block::text(&prompt)]));
    prompted(answer, &prompt)
}

//! An answer while it is written: fold, journal, show, in this order.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use hearth_foundry::Failure;
use hearth_store as store;
use hearth_wire::{Assembler, BlockKind, Change, StopReason, StreamEvent};
use tokio::time::Instant;

use super::ending::{Ending, Outcome};
use super::{FRAME, Plan, calls};
use crate::Shared;
use crate::api::{ConversationId, MessageId, Step, TurnId};
use crate::storage::NotSaved;
use crate::view;

/// Bytes of stream events after which a batch is not kept waiting for the frame:
/// what the window gets for them stays below the size at which messages to it slow down.
const LARGE: usize = 4 * 1024;

/// How long a disk that took nothing is left alone.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// The answer of one request, as far as it has come.
pub(super) struct Writing<'a> {
    shared: &'a Arc<Shared>,
    conversation: ConversationId,
    turn: TurnId,
    answer: MessageId,
    assembler: Assembler,
    /// The place in the message of each block, by the API's index of it.
    places: HashMap<u32, u32>,
    thinking_since: HashMap<u32, Instant>,
    seconds: HashMap<u32, f64>,
    journal: Vec<String>,
    journal_bytes: usize,
    steps: Vec<Step>,
    batch_since: Option<Instant>,
    facts: store::AnswerFacts,
    /// The head of an answer came.
    opened: bool,
    attempts: u32,
    /// What the disk did not take, with when it was asked last. It is asked again now and
    /// then; meanwhile the answer goes on in memory.
    refused: Option<(Instant, Vec<String>)>,
}

impl<'a> Writing<'a> {
    pub(super) fn new(shared: &'a Arc<Shared>, plan: &Plan, answer: &MessageId) -> Self {
        Self {
            shared,
            conversation: plan.conversation.clone(),
            turn: plan.turn.clone(),
            answer: answer.clone(),
            assembler: Assembler::default(),
            places: HashMap::new(),
            thinking_since: HashMap::new(),
            seconds: HashMap::new(),
            journal: Vec::new(),
            journal_bytes: 0,
            steps: Vec::new(),
            batch_since: None,
            facts: store::AnswerFacts::default(),
            opened: false,
            attempts: 0,
            refused: None,
        }
    }

    /// When the batch that is being gathered has to be shown.
    pub(super) fn flush_at(&self) -> Option<Instant> {
        self.batch_since.map(|since| since + FRAME)
    }

    pub(super) fn is_large(&self) -> bool {
        self.journal_bytes >= LARGE
    }

    pub(super) fn opened(&mut self, request_id: Option<String>, apim_request_id: Option<String>) {
        self.opened = true;
        self.facts.request_id = request_id;
        self.facts.apim_request_id = apim_request_id;
    }

    /// An attempt begins, counting from 1. The one before gave no content, so nothing shown
    /// is lost.
    pub(super) fn start(&mut self, attempt: u32) {
        self.assembler = Assembler::default();
        self.journal.clear();
        self.journal_bytes = 0;
        self.batch_since = None;
        self.facts = store::AnswerFacts::default();
        self.opened = false;
        self.attempts = attempt;
    }

    /// Shows a step that holds no part of the answer, and therefore needs no journal.
    pub(super) fn show_now(&self, step: Step) {
        self.shared
            .live()
            .show(&self.conversation, &self.turn, vec![step]);
    }

    /// Folds an event into the answer.
    ///
    /// # Errors
    /// When the event makes no sense where it stands: the answer ends there.
    pub(super) fn event(&mut self, event: &StreamEvent, raw: String) -> Result<(), Failure> {
        let changes = self
            .assembler
            .push(event)
            .map_err(|bad| Failure::Unexpected {
                what: hearth_foundry::Oddity::Unreadable(bad.to_string()),
                ids: hearth_foundry::Ids {
                    request_id: self.facts.request_id.clone(),
                    apim_request_id: self.facts.apim_request_id.clone(),
                },
            })?;
        for change in changes {
            self.change(change);
        }
        if !matches!(event, StreamEvent::Ping) {
            self.journal_bytes += raw.len();
            self.journal.push(raw);
            self.batch_since.get_or_insert_with(Instant::now);
        }
        Ok(())
    }

    fn change(&mut self, change: Change) {
        let message = self.answer.clone();
        match change {
            Change::BlockStarted { index, block } => {
                self.facts.first_token_at.get_or_insert_with(crate::now);
                let place = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
                self.places.insert(index, place);
                if matches!(
                    block,
                    BlockKind::Thinking { .. } | BlockKind::RedactedThinking
                ) {
                    self.thinking_since.insert(index, Instant::now());
                }
                let block = view::started(block);
                self.steps.push(Step::BlockStarted {
                    message,
                    index: place,
                    block,
                });
            }
            Change::Appended { index, text } => {
                let index = self.place(index);
                // Consecutive pieces of one block are one step: fewer, larger messages.
                if let Some(Step::Delta {
                    index: last,
                    text: so_far,
                    ..
                }) = self.steps.last_mut()
                    && *last == index
                {
                    so_far.push_str(&text);
                    return;
                }
                self.steps.push(Step::Delta {
                    message,
                    index,
                    text,
                });
            }
            Change::BlockFinished { index, block } => {
                let seconds = self
                    .thinking_since
                    .get(&index)
                    .map(|since| since.elapsed().as_secs_f64());
                if let Some(seconds) = seconds {
                    self.seconds.insert(self.place(index), seconds);
                }
                self.steps.push(Step::BlockFinished {
                    message,
                    index: self.place(index),
                    block: view::block(&block, seconds),
                });
            }
            Change::Usage | Change::Stopped => {}
        }
    }

    fn place(&self, index: u32) -> u32 {
        self.places.get(&index).copied().unwrap_or(index)
    }

    /// Puts the batch on disk, then before the windows.
    pub(super) async fn flush(&mut self) {
        self.batch_since = None;
        self.journal_bytes = 0;
        let entries = std::mem::take(&mut self.journal);
        if !entries.is_empty() {
            self.save(entries).await;
        }
        let steps = std::mem::take(&mut self.steps);
        if !steps.is_empty() {
            self.shared
                .live()
                .show(&self.conversation, &self.turn, steps);
        }
    }

    /// Adds to the journal, in order and without a gap: what the disk did not take goes first.
    async fn save(&mut self, entries: Vec<String>) {
        let all = match self.refused.take() {
            None => entries,
            Some((asked, mut waiting)) => {
                waiting.extend(entries);
                if asked.elapsed() < ASK_AGAIN {
                    self.refused = Some((asked, waiting));
                    return;
                }
                waiting
            }
        };
        let (answer, batch) = (store::MessageId::from(self.answer.0.as_str()), all.clone());
        let saved = self
            .shared
            .attempt(move |store| store.append_journal(&answer, &batch))
            .await;
        match saved {
            Ok(()) => self.shared.is_saved(&self.answer),
            Err(NotSaved::Passes(error)) => {
                tracing::error!(%error, "an answer is not being saved");
                self.shared.is_not_saved(&self.answer, error);
                self.refused = Some((Instant::now(), all));
            }
            Err(NotSaved::Never(error)) => {
                tracing::warn!(%error, "an answer has no place any more");
            }
        }
    }

    /// Everything that came, and how it ended.
    pub(super) fn outcome(self, ending: Ending) -> Outcome {
        let assembled = self.assembler.finish();
        let mut facts = self.facts;
        facts.model = assembled.model;
        facts.usage = assembled
            .usage
            .raw
            .and_then(|raw| store::Json::parse(raw.json()).ok());
        // A stream that ends without `message_stop` is a failure, whatever else it said.
        let ending = match ending {
            Ending::Complete if !assembled.ended => Ending::Failed(Failure::Cut),
            // All of it was there already; a pause and calls would have gone on, and do not now.
            Ending::Stopped
                if assembled.ended
                    && !matches!(
                        assembled.stop_reason,
                        Some(StopReason::PauseTurn | StopReason::ToolUse)
                    ) =>
            {
                Ending::Complete
            }
            ending => ending,
        };
        Outcome {
            ending,
            stop_reason: assembled.stop_reason,
            calls: calls::calls(&assembled.blocks),
            blocks: assembled.blocks.into_iter().map(|it| it.block).collect(),
            seconds: self.seconds,
            facts,
            opened: self.opened,
            attempts: self.attempts,
        }
    }
}

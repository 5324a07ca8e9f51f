//! Turns that run now: what has been shown of them, for windows that open late.

use std::collections::HashMap;

use tokio_util::sync::CancellationToken;

use crate::api::{
    BlockView, ConversationId, HearthEvent, LiveTurn, MessageView, Step, TurnId, Waiting,
};
use crate::bus::{Bus, Subscription};

/// The running turns and the events about them, under one lock: a snapshot and the
/// number of the last event in it always belong together.
#[derive(Debug)]
pub(crate) struct Live {
    bus: Bus,
    turns: HashMap<ConversationId, Running>,
}

/// A turn that runs.
#[derive(Debug)]
struct Running {
    turn: TurnId,
    cancel: CancellationToken,
    /// None between the moment the place is taken and the first step.
    answer: Option<MessageView>,
    waiting: Option<Waiting>,
}

impl Live {
    pub(crate) fn new() -> Self {
        Self {
            bus: Bus::new(),
            turns: HashMap::new(),
        }
    }

    pub(crate) fn subscribe(&self) -> Subscription {
        self.bus.subscribe()
    }

    /// Takes the conversation for a turn; false when another turn has it.
    pub(crate) fn reserve(
        &mut self,
        conversation: &ConversationId,
        turn: &TurnId,
        cancel: CancellationToken,
    ) -> bool {
        if self.turns.contains_key(conversation) {
            return false;
        }
        let running = Running {
            turn: turn.clone(),
            cancel,
            answer: None,
            waiting: None,
        };
        self.turns.insert(conversation.clone(), running);
        true
    }

    /// Gives the conversation back without a word: its turn never started.
    pub(crate) fn release(&mut self, conversation: &ConversationId) {
        self.turns.remove(conversation);
    }

    /// Shows steps that are on disk.
    pub(crate) fn show(&mut self, conversation: &ConversationId, turn: &TurnId, steps: Vec<Step>) {
        if let Some(running) = self.turns.get_mut(conversation) {
            for step in &steps {
                running.apply(step);
            }
        }
        let ended = steps.iter().any(|step| matches!(step, Step::Ended { .. }));
        if ended {
            self.turns.remove(conversation);
        }
        self.bus.steps(conversation, turn, steps);
    }

    pub(crate) fn announce(&self, event: HearthEvent) {
        self.bus.publish(vec![event]);
    }

    /// The number of the last event of a conversation, with what runs in it.
    pub(crate) fn snapshot(
        &self,
        conversation: &ConversationId,
    ) -> (u64, Option<(LiveTurn, MessageView)>) {
        let running = self.turns.get(conversation).and_then(|running| {
            let answer = running.answer.clone()?;
            let live = LiveTurn {
                id: running.turn.clone(),
                answer: answer.id.clone(),
                waiting: running.waiting.clone(),
            };
            Some((live, answer))
        });
        (self.bus.last(conversation), running)
    }

    /// Asks a turn to stop; one that is over has nothing to stop.
    pub(crate) fn stop(&self, turn: &TurnId) {
        for running in self.turns.values().filter(|running| running.turn == *turn) {
            running.cancel.cancel();
        }
    }

    /// Asks every turn to stop.
    pub(crate) fn stop_all(&self) {
        for running in self.turns.values() {
            running.cancel.cancel();
        }
    }

    /// Asks the turn of a conversation to stop.
    pub(crate) fn stop_in(&self, conversation: &ConversationId) {
        if let Some(running) = self.turns.get(conversation) {
            running.cancel.cancel();
        }
    }
}

impl Running {
    fn apply(&mut self, step: &Step) {
        match step {
            Step::Started { answer, .. } | Step::Continued { answer, .. } => {
                self.waiting = None;
                self.answer = Some(answer.clone());
            }
            Step::Waiting { waiting } => self.waiting = Some(waiting.clone()),
            Step::Asking => self.waiting = None,
            Step::BlockStarted { index, block, .. } | Step::BlockFinished { index, block, .. } => {
                self.waiting = None;
                if let Some(answer) = &mut self.answer {
                    place(&mut answer.blocks, *index, block.clone());
                }
            }
            Step::Delta { index, text, .. } => {
                let answer = self.answer.as_mut();
                if let Some(block) = answer.and_then(|it| it.blocks.get_mut(*index as usize)) {
                    append(block, text);
                }
            }
            Step::Ended { answer } => self.answer = Some(answer.clone()),
        }
    }
}

fn place(blocks: &mut Vec<BlockView>, index: u32, block: BlockView) {
    match blocks.get_mut(index as usize) {
        Some(known) => *known = block,
        None => blocks.push(block),
    }
}

fn append(block: &mut BlockView, more: &str) {
    match block {
        BlockView::Text { text } | BlockView::Thinking { text, .. } => text.push_str(more),
        BlockView::ToolCall { input, .. } => input.push_str(more),
        BlockView::ToolResult { .. } | BlockView::Unknown { .. } => {}
    }
}

#[cfg(test)]
mod tests;

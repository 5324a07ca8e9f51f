//! Turns that run now: what has been shown of them, for windows that open late.

use std::collections::HashMap;
use std::sync::Arc;

use hearth_foundry::Skip;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::Shared;
use crate::api::{
    BlockView, ConversationId, Decision, HearthEvent, LiveTurn, MessageView, Step, TurnId, Waiting,
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
    /// Calls that wait for the person, by their ids.
    asked: HashMap<String, oneshot::Sender<Decision>>,
    /// Ends the wait between two attempts.
    skip: Skip,
    /// The demo answers it.
    demo: bool,
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

    /// Whether any window listens.
    pub(crate) fn is_watched(&self) -> bool {
        self.bus.is_watched()
    }

    /// The conversations that this program writes in now.
    pub(crate) fn running(&self) -> Vec<ConversationId> {
        self.turns.keys().cloned().collect()
    }

    /// Takes the conversation for a turn; false when another turn has it.
    fn reserve(
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
            asked: HashMap::new(),
            skip: Skip::new(),
            demo: false,
        };
        self.turns.insert(conversation.clone(), running);
        true
    }

    /// Gives the conversation back without a word: its turn never started. What another
    /// turn has by now stays its own.
    fn release(&mut self, conversation: &ConversationId, turn: &TurnId) {
        if let Some(running) = self.turns.get(conversation)
            && running.turn == *turn
        {
            self.turns.remove(conversation);
        }
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
                elsewhere: false,
            };
            Some((live, answer))
        });
        (self.bus.last(conversation), running)
    }

    /// Waits for what the person says to a call. Nothing comes when the turn is over before.
    pub(crate) fn ask(
        &mut self,
        conversation: &ConversationId,
        call: &str,
    ) -> oneshot::Receiver<Decision> {
        let (answers, decision) = oneshot::channel();
        if let Some(running) = self.turns.get_mut(conversation) {
            running.asked.insert(call.to_owned(), answers);
        }
        decision
    }

    /// Hands a decision to the call that waits for it, if one does.
    pub(crate) fn decide(&mut self, turn: &TurnId, call: &str, decision: Decision) {
        let mut turns = self.turns.values_mut();
        let running = turns.find(|running| running.turn == *turn);
        if let Some(waits) = running.and_then(|running| running.asked.remove(call)) {
            // The turn may have been stopped just now.
            let _ = waits.send(decision);
        }
    }

    /// A call of the conversation's turn waits for the person.
    pub(crate) fn needs_approval(&self, conversation: &ConversationId) -> bool {
        let running = self.turns.get(conversation);
        running.is_some_and(|running| !running.asked.is_empty())
    }

    /// What ends the waits of a turn; without a turn, something that ends nothing.
    pub(crate) fn skip(&self, turn: &TurnId) -> Skip {
        let mut turns = self.turns.values();
        let running = turns.find(|running| running.turn == *turn);
        running
            .map(|running| running.skip.clone())
            .unwrap_or_default()
    }

    /// Asks a turn to stop; one that is over has nothing to stop.
    pub(crate) fn stop(&self, turn: &TurnId) {
        for running in self.turns.values().filter(|running| running.turn == *turn) {
            running.cancel.cancel();
        }
    }

    /// A turn asks the demo, and ends with it.
    pub(crate) fn asks_demo(&mut self, turn: &TurnId) {
        let mut turns = self.turns.values_mut();
        if let Some(running) = turns.find(|running| running.turn == *turn) {
            running.demo = true;
        }
    }

    /// Asks the turns that ask the demo to stop.
    pub(crate) fn stop_demo(&self) {
        for running in self.turns.values().filter(|running| running.demo) {
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

/// A conversation that is taken. It is given back when this is dropped, by an error or by a
/// defect of ours, unless a turn runs in it by then.
pub(crate) struct Reservation {
    shared: Arc<Shared>,
    conversation: ConversationId,
    turn: TurnId,
    handed_over: bool,
}

impl Shared {
    /// Takes a conversation for a turn; none when another turn has it.
    pub(crate) fn reserve(
        self: &Arc<Self>,
        conversation: &ConversationId,
        turn: &TurnId,
        cancel: CancellationToken,
    ) -> Option<Reservation> {
        let taken = self.live().reserve(conversation, turn, cancel);
        taken.then(|| Reservation {
            shared: self.clone(),
            conversation: conversation.clone(),
            turn: turn.clone(),
            handed_over: false,
        })
    }
}

impl Reservation {
    /// The turn runs: the conversation is taken until its ending is shown.
    pub(crate) fn hand_over(mut self) {
        self.handed_over = true;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if !self.handed_over {
            let mut live = self.shared.live();
            live.release(&self.conversation, &self.turn);
        }
    }
}

impl Running {
    fn apply(&mut self, step: &Step) {
        match step {
            Step::Started { answer, .. } | Step::Continued { answer, .. } => {
                self.waiting = None;
                self.asked.clear();
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
            Step::ToolState { index, state, .. } => {
                let answer = self.answer.as_mut();
                if let Some(BlockView::ToolCall { state: shown, .. }) =
                    answer.and_then(|it| it.blocks.get_mut(*index as usize))
                {
                    *shown = *state;
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
        BlockView::ToolResult { .. }
        | BlockView::Image { .. }
        | BlockView::File { .. }
        | BlockView::Unknown { .. } => {}
    }
}

#[cfg(test)]
mod tests;

//! The fold from events to blocks.

mod answer;
mod growing;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::block::{Block, BlockKind};
use crate::event::{Delta, MessageDelta, MessageStart, StreamEvent};
use crate::extras::{Extras, keep_newer};
use crate::raw::Raw;
use crate::stop::StopReason;
use crate::usage::Usage;

pub use answer::{Assembled, AssembledBlock};
use growing::Growing;

/// The member in which input stands that is no JSON object.
pub(crate) const INVALID_INPUT: &str = "INVALID_JSON";

/// Folds the events of one streamed answer into its blocks.
///
/// What has arrived can be looked at after every event, so an answer that breaks off is
/// worth as much as what there was of it. Events that only a later version of the API
/// knows change nothing, and neither do pings and `error` events: what a failure means
/// is for the caller to decide.
#[derive(Debug, Clone, Default)]
pub struct Assembler {
    id: Option<String>,
    model: Option<String>,
    blocks: BTreeMap<u32, Stage>,
    stop_reason: Option<StopReason>,
    stop_sequence: Option<String>,
    stop_details: Option<Raw>,
    extras: Extras,
    usage: Usage,
    ended: bool,
}

/// How far a block came.
#[derive(Debug, Clone)]
enum Stage {
    Open(Growing),
    Finished(AssembledBlock),
}

impl Stage {
    fn block(&self) -> AssembledBlock {
        match self {
            Self::Finished(block) => block.clone(),
            Self::Open(growing) => AssembledBlock {
                complete: false,
                ..growing.block()
            },
        }
    }
}

impl Assembler {
    /// Takes the next event and tells what it changed.
    ///
    /// # Errors
    ///
    /// [`BadSequence`] when the event makes no sense where it stands. What was
    /// assembled before is untouched by it.
    pub fn push(&mut self, event: &StreamEvent) -> Result<Vec<Change>, BadSequence> {
        match event {
            StreamEvent::MessageStart(start) => self.message_start(start),
            StreamEvent::BlockStart { index, block } => self.block_start(*index, block),
            StreamEvent::BlockDelta { index, delta } => self.block_delta(*index, delta),
            StreamEvent::BlockStop { index } => self.block_stop(*index),
            StreamEvent::MessageDelta(delta) => Ok(self.message_delta(delta)),
            StreamEvent::MessageStop => Ok(self.message_stop()),
            StreamEvent::Ping | StreamEvent::Error(_) | StreamEvent::Unknown { .. } => Ok(vec![]),
        }
    }

    /// The same, for who looks at the blocks and not at what each event changed: text that is
    /// added is not decoded.
    ///
    /// # Errors
    ///
    /// As [`Assembler::push`].
    pub(crate) fn take(&mut self, event: &StreamEvent) -> Result<(), BadSequence> {
        match event {
            StreamEvent::BlockDelta { index, delta } => self.growing(*index)?.take(delta),
            other => {
                self.push(other)?;
            }
        }
        Ok(())
    }

    /// Everything that has arrived so far.
    #[must_use]
    pub fn partial(&self) -> Assembled {
        Assembled {
            blocks: self.blocks.values().map(Stage::block).collect(),
            id: self.id.clone(),
            model: self.model.clone(),
            stop_reason: self.stop_reason.clone(),
            stop_sequence: self.stop_sequence.clone(),
            stop_details: self.stop_details.clone(),
            extras: self.extras.clone(),
            usage: self.usage.clone(),
            ended: self.ended,
        }
    }

    /// What has arrived so far of the block with the API's index `index`; cheaper than
    /// [`Assembler::partial`] when only one block has grown.
    #[must_use]
    pub fn block(&self, index: u32) -> Option<AssembledBlock> {
        self.blocks.get(&index).map(Stage::block)
    }

    /// Everything that arrived, when no more will.
    #[must_use]
    pub fn finish(self) -> Assembled {
        self.partial()
    }

    fn message_start(&mut self, start: &MessageStart) -> Result<Vec<Change>, BadSequence> {
        let another = self.id.is_some() && start.id.is_some() && self.id != start.id;
        if self.ended || (another && !self.blocks.is_empty()) {
            return Err(BadSequence::SecondMessage);
        }
        self.id = start.id.clone().or(self.id.take());
        self.model = start.model.clone().or(self.model.take());
        self.extras.overwrite(&start.extras);
        Ok(self.used(&start.usage))
    }

    fn block_start(&mut self, index: u32, block: &Block) -> Result<Vec<Change>, BadSequence> {
        if self.ended {
            return Err(BadSequence::AfterEnd);
        }
        let Entry::Vacant(place) = self.blocks.entry(index) else {
            return Err(BadSequence::BlockStartedTwice(index));
        };
        let growing = Growing::new(block.clone());
        let block = growing.shown_at_start();
        place.insert(Stage::Open(growing));
        Ok(vec![Change::BlockStarted { index, block }])
    }

    fn block_delta(&mut self, index: u32, delta: &Delta) -> Result<Vec<Change>, BadSequence> {
        let text = self.growing(index)?.add(delta);
        let appended = text.map(|text| Change::Appended { index, text });
        Ok(appended.into_iter().collect())
    }

    fn block_stop(&mut self, index: u32) -> Result<Vec<Change>, BadSequence> {
        let stage = self.stage(index)?;
        let Stage::Open(growing) = stage else {
            return Ok(vec![]);
        };
        let finished = growing.block();
        let block = finished.block.clone();
        *stage = Stage::Finished(finished);
        Ok(vec![Change::BlockFinished { index, block }])
    }

    fn message_delta(&mut self, delta: &MessageDelta) -> Vec<Change> {
        keep_newer(&mut self.stop_reason, delta.stop_reason.as_ref());
        keep_newer(&mut self.stop_sequence, delta.stop_sequence.as_ref());
        keep_newer(&mut self.stop_details, delta.stop_details.as_ref());
        self.extras.overwrite(&delta.extras);
        self.used(&delta.usage)
    }

    fn message_stop(&mut self) -> Vec<Change> {
        // A block that was never stopped stays incomplete: nobody said that it is whole.
        let already = std::mem::replace(&mut self.ended, true);
        if already {
            vec![]
        } else {
            vec![Change::Stopped]
        }
    }

    fn used(&mut self, usage: &Usage) -> Vec<Change> {
        let before = self.usage.clone();
        self.usage.overwrite(usage);
        if self.usage == before {
            vec![]
        } else {
            vec![Change::Usage]
        }
    }

    /// The block with this index, to which something may be added.
    fn growing(&mut self, index: u32) -> Result<&mut Growing, BadSequence> {
        match self.stage(index)? {
            Stage::Finished(_) => Err(BadSequence::BlockEnded(index)),
            Stage::Open(growing) => Ok(growing),
        }
    }

    fn stage(&mut self, index: u32) -> Result<&mut Stage, BadSequence> {
        if self.ended {
            return Err(BadSequence::AfterEnd);
        }
        let stage = self.blocks.get_mut(&index);
        stage.ok_or(BadSequence::NoSuchBlock(index))
    }
}

/// What an event changed in what is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A block is new.
    BlockStarted {
        /// The API's index of it.
        index: u32,
        /// What there is of it. The input of a tool call that is still to be streamed
        /// is empty here, so that what is appended adds up to it.
        block: BlockKind,
    },
    /// A block has grown: its text, its thinking or its tool input.
    Appended {
        /// The API's index of it.
        index: u32,
        /// What to append.
        text: String,
    },
    /// A block has all that will come of it.
    BlockFinished {
        /// The API's index of it.
        index: u32,
        /// The block, to be stored.
        block: Block,
    },
    /// The counts are new.
    Usage,
    /// The answer is complete.
    Stopped,
}

/// An event that makes no sense where it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSequence {
    /// A second message began within the stream of one.
    #[error("a second message began in the stream")]
    SecondMessage,
    /// A block with this index is there already.
    #[error("block {0} began twice")]
    BlockStartedTwice(u32),
    /// No block with this index has begun.
    #[error("there is no block {0} to add to")]
    NoSuchBlock(u32),
    /// The block was complete.
    #[error("block {0} had ended already")]
    BlockEnded(u32),
    /// The message was complete.
    #[error("a block went on after the end of the message")]
    AfterEnd,
}

//! A turn's way into the database: begun, journalled, continued, finished.

use rusqlite::{Transaction, params};

use crate::attachments::insert_attachment;
use crate::drafts::clear_draft;
use crate::input::{
    BeginTurn, ContinueTurn, FinishTurn, NewBlock, NewConversation, Question, Where,
};
use crate::store::Survives;
use crate::writing::{
    finish_answer, insert_answer, insert_conversation, insert_turn, insert_whole_message,
    message_in, open_conversation, streaming_message,
};
use crate::{Asked, AttachmentId, MessageId, Store, StoreError, TurnId};

impl Store {
    /// Stores a conversation without messages.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when the identifier is taken, and what [`Store::open`] names.
    pub fn create_conversation(&self, new: &NewConversation) -> Result<(), StoreError> {
        self.write(Survives::PowerLoss, |tx| insert_conversation(tx, new))
            .map(|_| ())
    }

    /// Stores the conversation if it is new, the question if it is new, the empty answer
    /// and the turn, and shows the branch that leads to the answer: all or nothing.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`], [`StoreError::NoSuchMessage`] for a question or
    /// parent that is not in the conversation; [`StoreError::NoSuchAttachment`] for one
    /// that is gone; [`StoreError::TurnRunning`] while another living process (or handle)
    /// is answering in the conversation, and [`StoreError::HeadMoved`] where one has done
    /// so meanwhile; [`StoreError::Failed`] for an identifier that is taken.
    pub fn begin_turn(&self, begin: &BeginTurn) -> Result<(), StoreError> {
        self.write(Survives::PowerLoss, |tx| {
            let conversation = match &begin.conversation {
                Where::New(new) => insert_conversation(tx, new)?,
                Where::Existing { id, settings, .. } => {
                    open_conversation(tx, id, settings.as_ref())?
                }
            };
            self.refuse_if_running_elsewhere(tx, conversation)?;
            refuse_if_head_moved(tx, &begin.conversation)?;
            for new in &begin.attachments {
                insert_attachment(tx, new)?;
            }
            let question = match &begin.question {
                Question::New { parent, message } => {
                    let parent = match parent {
                        Some(parent) => Some(message_in(tx, conversation, parent)?),
                        None => None,
                    };
                    insert_whole_message(tx, conversation, parent, None, message)?
                }
                Question::Existing(id) => message_in(tx, conversation, id)?,
            };
            let turn = insert_turn(tx, conversation, question, self.run().id(), &begin.turn)?;
            insert_answer(tx, conversation, question, turn, &begin.answer)?;
            match &begin.clears {
                Some(sent) => clear_draft(tx, sent, shown_by(&begin.question)),
                None => Ok(()),
            }
        })
    }

    /// Changes whom a running turn asks, before it asks them.
    ///
    /// # Errors
    /// [`StoreError::NoSuchTurn`] when there is no such turn, or it is over.
    pub fn set_asked(&self, turn: &TurnId, asked: &Asked) -> Result<(), StoreError> {
        self.write(Survives::PowerLoss, |tx| {
            let changed = tx.execute(
                "UPDATE turn SET deployment = ?2, base_model = ?3, settings = ?4
                 WHERE id = ?1 AND state = 'running'",
                params![turn, asked.deployment, asked.base_model, asked.settings],
            )?;
            match changed {
                0 => Err(StoreError::NoSuchTurn(turn.clone())),
                _ => Ok(()),
            }
        })
    }

    /// Adds to the journal of an answer that is being written: what it holds survives the
    /// end of this process. All entries or none.
    ///
    /// # Errors
    /// [`StoreError::NoSuchMessage`], [`StoreError::AlreadyFinished`].
    pub fn append_journal(&self, answer: &MessageId, entries: &[String]) -> Result<(), StoreError> {
        self.write(Survives::OwnEnd, |tx| {
            let message = streaming_message(tx, answer)?.seq;
            let mut insert =
                tx.prepare_cached("INSERT INTO journal (message, entry) VALUES (?1, ?2)")?;
            for entry in entries {
                insert.execute(params![message, entry])?;
            }
            Ok(())
        })
    }

    /// Ends one request of a turn and prepares its next: stores the answer with its
    /// content, the results, and the next, empty answer, and shows their branch.
    ///
    /// # Errors
    /// As [`Store::finish_turn`].
    pub fn continue_turn(&self, step: &ContinueTurn) -> Result<(), StoreError> {
        self.write(Survives::PowerLoss, |tx| {
            let answer = finish_answer(tx, &step.turn, &step.finished)?;
            let (conversation, turn) = (answer.conversation, answer.turn);
            let before_next = match &step.results {
                Some(results) => {
                    let parent = Some(answer.seq);
                    insert_whole_message(tx, conversation, parent, Some(turn), results)?
                }
                None => answer.seq,
            };
            insert_answer(tx, conversation, before_next, turn, &step.next)
        })
    }

    /// Stores the answer's content and facts and how it and its turn ended, and empties
    /// its journal.
    ///
    /// # Errors
    /// [`StoreError::NoSuchMessage`] also when the answer is not that turn's, or its
    /// conversation was deleted meanwhile; [`StoreError::AlreadyFinished`].
    pub fn finish_turn(&self, finish: &FinishTurn) -> Result<(), StoreError> {
        self.write(Survives::PowerLoss, |tx| {
            let answer = finish_answer(tx, &finish.turn, &finish.answer)?;
            tx.execute(
                "UPDATE turn SET state = ?2, ended_at = ?3 WHERE seq = ?1",
                params![
                    answer.turn,
                    finish.answer.ending.turn_state(),
                    finish.answer.ended_at
                ],
            )?;
            Ok(())
        })
    }
}

/// Refuses when the conversation shows something else than the caller has read.
fn refuse_if_head_moved(tx: &Transaction<'_>, place: &Where) -> Result<(), StoreError> {
    let Where::Existing { id, head, .. } = place else {
        return Ok(());
    };
    let Some(expected) = head else {
        return Ok(());
    };
    let now: Option<MessageId> = tx.query_row(
        "SELECT m.id FROM conversation c LEFT JOIN message m ON m.seq = c.head WHERE c.id = ?1",
        [id],
        |row| row.get(0),
    )?;
    match now.as_ref() == Some(expected) {
        true => Ok(()),
        false => Err(StoreError::HeadMoved(id.clone())),
    }
}

/// The attachments of a question that is stored with its turn.
fn shown_by(question: &Question) -> impl Iterator<Item = &AttachmentId> {
    let blocks: &[NewBlock] = match question {
        Question::New { message, .. } => &message.blocks,
        Question::Existing(_) => &[],
    };
    blocks.iter().filter_map(|block| block.attachment.as_ref())
}

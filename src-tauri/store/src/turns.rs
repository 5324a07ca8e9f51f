//! A turn's way into the database: begun, journalled, finished, or found unfinished.

use rusqlite::{OptionalExtension, Transaction, params};

use crate::drafts::clear_draft;
use crate::search::{index_block, index_title};
use crate::store::Survives;
use crate::{
    AnswerFacts, ConversationId, DraftKey, Ending, Json, MessageId, Role, Store, StoreError,
    TitleBy, TurnId, TurnState,
};

/// A question and the start of its answer.
#[derive(Debug, Clone)]
pub struct BeginTurn {
    /// The conversation.
    pub conversation: Where,
    /// What is answered.
    pub question: Question,
    /// The message that will hold the answer: a child of the question.
    pub answer: NewAnswer,
    /// The turn.
    pub turn: NewTurn,
    /// The draft that has become the question; removed in the same step.
    pub clears: Option<DraftKey>,
}

/// The conversation of a turn.
#[derive(Debug, Clone)]
pub enum Where {
    /// One that exists, and is not in the trash.
    Existing {
        /// Which one.
        id: ConversationId,
        /// Replaces its settings; none leaves them.
        settings: Option<Json>,
    },
    /// One that this question begins.
    New(NewConversation),
}

/// A conversation without messages.
#[derive(Debug, Clone)]
pub struct NewConversation {
    /// A new identifier.
    pub id: ConversationId,
    /// Its title, made from the first question.
    pub title: String,
    /// Milliseconds since the Unix epoch.
    pub created_at: i64,
    /// Held with the emulator, not with a real resource.
    pub demo: bool,
    /// What its questions are asked with, in the caller's words.
    pub settings: Json,
}

/// What a turn answers.
#[derive(Debug, Clone)]
pub enum Question {
    /// A message of the person, stored with the turn.
    New {
        /// The message before it; none begins the conversation anew.
        parent: Option<MessageId>,
        /// The message.
        message: NewMessage,
    },
    /// A message that is there: the answer becomes a branch below it.
    Existing(MessageId),
}

/// A message that comes whole: a question, or the results of tools. Its role is the user's.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// A new identifier.
    pub id: MessageId,
    /// Its content.
    pub blocks: Vec<NewBlock>,
    /// Milliseconds since the Unix epoch.
    pub created_at: i64,
}

/// A message of the model, still empty.
#[derive(Debug, Clone)]
pub struct NewAnswer {
    /// A new identifier.
    pub id: MessageId,
    /// Milliseconds since the Unix epoch.
    pub created_at: i64,
}

/// A turn that starts.
#[derive(Debug, Clone)]
pub struct NewTurn {
    /// A new identifier.
    pub id: TurnId,
    /// The connection's name.
    pub connection: String,
    /// The deployment that is asked.
    pub deployment: String,
    /// What the deployment is known to be.
    pub base_model: Option<String>,
    /// The settings as sent, in the caller's words.
    pub settings: Json,
    /// Milliseconds since the Unix epoch.
    pub started_at: i64,
}

/// A content block.
#[derive(Debug, Clone)]
pub struct NewBlock {
    /// Its `type` in the Messages API.
    pub kind: String,
    /// The block itself, verbatim.
    pub body: Json,
    /// The words by which a search finds it; empty for what is not to be found.
    pub plain: String,
    /// How long the model took for it, in seconds, where that is shown.
    pub seconds: Option<f64>,
}

/// The end of a turn.
#[derive(Debug, Clone)]
pub struct FinishTurn {
    /// Which turn. It ends as its answer did.
    pub turn: TurnId,
    /// Its last answer.
    pub answer: FinishedAnswer,
}

/// A message of the model with everything that arrived of it.
#[derive(Debug, Clone)]
pub struct FinishedAnswer {
    /// Which message.
    pub id: MessageId,
    /// How it ended.
    pub ending: Ending,
    /// Its content, unfinished blocks included.
    pub blocks: Vec<NewBlock>,
    /// What its request brought.
    pub facts: AnswerFacts,
    /// Milliseconds since the Unix epoch.
    pub ended_at: i64,
}

/// The step from one request of a turn to its next.
#[derive(Debug, Clone)]
pub struct ContinueTurn {
    /// Which turn.
    pub turn: TurnId,
    /// The answer that is over, say with a tool's call.
    pub finished: FinishedAnswer,
    /// What is sent next, say the tool's result: a child of that answer. None when the
    /// model merely goes on, as after `pause_turn`.
    pub results: Option<NewMessage>,
    /// The message that will hold the next answer: a child of the results, or, without
    /// them, of the answer that is over.
    pub next: NewAnswer,
}

/// An answer whose process ended before it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its turn.
    pub turn: TurnId,
    /// The message.
    pub answer: MessageId,
    /// Every entry that was journalled, in order.
    pub journal: Vec<String>,
}

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
    /// parent that is not in the conversation; [`StoreError::Failed`] for an identifier
    /// that is taken.
    pub fn begin_turn(&self, begin: &BeginTurn) -> Result<(), StoreError> {
        self.write(Survives::PowerLoss, |tx| {
            let conversation = match &begin.conversation {
                Where::New(new) => insert_conversation(tx, new)?,
                Where::Existing { id, settings } => open_conversation(tx, id, settings.as_ref())?,
            };
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
                Some(draft) => clear_draft(tx, draft),
                None => Ok(()),
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

    /// The answers that a process began and did not live to finish, oldest first. They
    /// become this process's: each is handed out once, and the caller finishes it.
    /// Answers that a living process is writing are not among them.
    ///
    /// # Errors
    /// What [`Store::open`] names.
    pub fn unfinished(&self) -> Result<Vec<Unfinished>, StoreError> {
        self.write(Survives::PowerLoss, |tx| {
            let mut running = tx.prepare(
                "SELECT t.seq, t.run, m.seq, c.id, t.id, m.id
                 FROM turn t JOIN message m ON m.turn = t.seq AND m.conversation = t.conversation
                      JOIN conversation c ON c.seq = t.conversation
                 WHERE t.state = 'running' AND m.state = 'streaming' ORDER BY m.seq",
            )?;
            let mut found = Vec::new();
            let mut rows = running.query(())?;
            while let Some(row) = rows.next()? {
                if self.run().is_alive(&row.get::<_, String>(1)?) {
                    continue;
                }
                tx.execute(
                    "UPDATE turn SET run = ?2 WHERE seq = ?1",
                    params![row.get::<_, i64>(0)?, self.run().id()],
                )?;
                found.push(Unfinished {
                    conversation: row.get(3)?,
                    turn: row.get(4)?,
                    answer: row.get(5)?,
                    journal: journal(tx, row.get(2)?)?,
                });
            }
            Ok(found)
        })
    }
}

/// The row of a message that is still being written.
struct Streaming {
    seq: i64,
    conversation: i64,
    turn: i64,
}

fn insert_conversation(tx: &Transaction<'_>, new: &NewConversation) -> Result<i64, StoreError> {
    let seq = tx.query_row(
        "INSERT INTO conversation (id, title, title_by, created_at, updated_at, demo, settings)
         VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6) RETURNING seq",
        params![
            new.id,
            new.title,
            TitleBy::Question,
            new.created_at,
            new.demo,
            new.settings
        ],
        |row| row.get(0),
    )?;
    index_title(tx, seq, &new.title)?;
    Ok(seq)
}

fn open_conversation(
    tx: &Transaction<'_>,
    id: &ConversationId,
    settings: Option<&Json>,
) -> Result<i64, StoreError> {
    tx.query_row(
        "UPDATE conversation SET settings = ifnull(?2, settings)
         WHERE id = ?1 AND trashed_at IS NULL RETURNING seq",
        params![id, settings],
        |row| row.get(0),
    )
    .optional()?
    .ok_or_else(|| StoreError::NoSuchConversation(id.clone()))
}

fn insert_whole_message(
    tx: &Transaction<'_>,
    conversation: i64,
    parent: Option<i64>,
    turn: Option<i64>,
    new: &NewMessage,
) -> Result<i64, StoreError> {
    let seq = tx.query_row(
        "INSERT INTO message (id, conversation, parent, turn, role, state, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, 'complete', ?6) RETURNING seq",
        params![
            new.id,
            conversation,
            parent,
            turn,
            Role::User,
            new.created_at
        ],
        |row| row.get(0),
    )?;
    insert_blocks(tx, seq, &new.blocks)?;
    Ok(seq)
}

fn insert_turn(
    tx: &Transaction<'_>,
    conversation: i64,
    question: i64,
    run: &str,
    new: &NewTurn,
) -> Result<i64, StoreError> {
    Ok(tx.query_row(
        "INSERT INTO turn (id, conversation, question, connection, deployment, base_model,
                           settings, started_at, state, run)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING seq",
        params![
            new.id,
            conversation,
            question,
            new.connection,
            new.deployment,
            new.base_model,
            new.settings,
            new.started_at,
            TurnState::Running,
            run
        ],
        |row| row.get(0),
    )?)
}

/// Stores an empty answer and makes it the head.
fn insert_answer(
    tx: &Transaction<'_>,
    conversation: i64,
    parent: i64,
    turn: i64,
    new: &NewAnswer,
) -> Result<(), StoreError> {
    let seq: i64 = tx.query_row(
        "INSERT INTO message (id, conversation, parent, turn, role, state, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, 'streaming', ?6) RETURNING seq",
        params![
            new.id,
            conversation,
            parent,
            turn,
            Role::Assistant,
            new.created_at
        ],
        |row| row.get(0),
    )?;
    tx.execute("INSERT INTO answer (message) VALUES (?1)", [seq])?;
    tx.execute(
        "UPDATE conversation SET head = ?2, updated_at = ?3 WHERE seq = ?1",
        params![conversation, seq, new.created_at],
    )?;
    Ok(())
}

fn insert_blocks(
    tx: &Transaction<'_>,
    message: i64,
    blocks: &[NewBlock],
) -> Result<(), StoreError> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO block (message, position, kind, body, seconds)
         VALUES (?1, ?2, ?3, ?4, ?5) RETURNING seq",
    )?;
    for (position, block) in (0_i64..).zip(blocks) {
        let seq = insert.query_row(
            params![message, position, block.kind, block.body, block.seconds],
            |row| row.get(0),
        )?;
        index_block(tx, seq, &block.plain)?;
    }
    Ok(())
}

fn finish_answer(
    tx: &Transaction<'_>,
    turn: &TurnId,
    finished: &FinishedAnswer,
) -> Result<Streaming, StoreError> {
    let answer = streaming_message(tx, &finished.id)?;
    let owner: TurnId =
        tx.query_row("SELECT id FROM turn WHERE seq = ?1", [answer.turn], |row| {
            row.get(0)
        })?;
    if owner != *turn {
        return Err(StoreError::NoSuchTurn(turn.clone()));
    }
    let (stop_reason, error) = match &finished.ending {
        Ending::Complete { stop_reason } => (stop_reason.as_ref(), None),
        Ending::Failed { error } => (None, Some(error)),
        Ending::Stopped | Ending::Interrupted => (None, None),
    };
    tx.execute(
        "UPDATE message SET state = ?2, stop_reason = ?3, error = ?4, ended_at = ?5 WHERE seq = ?1",
        params![
            answer.seq,
            finished.ending.turn_state(),
            stop_reason,
            error,
            finished.ended_at
        ],
    )?;
    let facts = &finished.facts;
    tx.execute(
        "UPDATE answer SET first_token_at = ?2, model = ?3, usage = ?4, request_id = ?5,
                           apim_request_id = ?6 WHERE message = ?1",
        params![
            answer.seq,
            facts.first_token_at,
            facts.model,
            facts.usage,
            facts.request_id,
            facts.apim_request_id
        ],
    )?;
    insert_blocks(tx, answer.seq, &finished.blocks)?;
    tx.execute("DELETE FROM journal WHERE message = ?1", [answer.seq])?;
    Ok(answer)
}

fn streaming_message(tx: &Transaction<'_>, id: &MessageId) -> Result<Streaming, StoreError> {
    let found = tx
        .prepare_cached(
            "SELECT seq, conversation, turn, state = 'streaming' FROM message WHERE id = ?1",
        )?
        .query_row([id], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    match found {
        None => Err(StoreError::NoSuchMessage(id.clone())),
        Some((seq, conversation, Some(turn), true)) => Ok(Streaming {
            seq,
            conversation,
            turn,
        }),
        Some((_, _, _, _)) => Err(StoreError::AlreadyFinished(id.clone())),
    }
}

pub(crate) fn message_in(
    tx: &Transaction<'_>,
    conversation: i64,
    id: &MessageId,
) -> Result<i64, StoreError> {
    tx.query_row(
        "SELECT seq FROM message WHERE id = ?1 AND conversation = ?2",
        params![id, conversation],
        |row| row.get(0),
    )
    .optional()?
    .ok_or_else(|| StoreError::NoSuchMessage(id.clone()))
}

fn journal(tx: &Transaction<'_>, message: i64) -> Result<Vec<String>, StoreError> {
    let mut entries =
        tx.prepare_cached("SELECT entry FROM journal WHERE message = ?1 ORDER BY seq")?;
    let entries = entries.query_map([message], |row| row.get(0))?;
    Ok(entries.collect::<Result<_, _>>()?)
}

//! From what a person asks to a turn that runs.

mod question;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use hearth_foundry::Skip;
use hearth_store::{self as store, Json, StoreError};
use hearth_wire::models;

use crate::api::{
    ConnectionId, ConversationId, ErrorCode, ErrorReport, MessageId, SendRequest, Sent, Step,
    TurnId, TurnSettings,
};
use crate::attachment::{MOST_FILES, few_enough_images};
use crate::connection::Used;
use crate::engine::Engine;
use crate::request::{self, Past};
use crate::turn::{self, Plan, SentSettings};
use crate::{contents, past, permission, title, view};
use question::{Question, Wanted, closed_loop, message_in};

/// Most times that a question is given a place: others that ask at the same conversation again
/// and again are not outrun for ever.
const MOST_PLACES: u32 = 5;

/// What somebody asks, and where.
struct Asked {
    used: Used,
    conversation: ConversationId,
    turn: TurnId,
    /// The conversation begins with it.
    is_new: bool,
    wanted: Wanted,
}

/// A turn that is decided.
struct Begun {
    plan: Plan,
    sent: Sent,
    /// The conversation was asked with something else before.
    chosen_anew: bool,
}

/// A turn with what is to be stored of it.
struct Prepared {
    begun: Begun,
    begin: store::BeginTurn,
}

impl Engine {
    /// Ends the wait of a turn between two attempts: the next begins at once. A turn that
    /// does not wait goes on as it does.
    pub fn retry_now(&self, turn: &TurnId) {
        self.shared.live().skip(turn).now();
    }

    /// Asks a question: stores it with its empty answer, and begins the turn. When this
    /// returns, the question is on disk, and the request has not left yet or just has.
    ///
    /// # Errors
    /// Whatever keeps the question from being asked at all (nothing to send, no
    /// connection, no deployment, no key, a turn that runs, a full disk): then nothing
    /// is stored, and the person still has their text.
    pub async fn send(&self, request: SendRequest) -> Result<Sent, ErrorReport> {
        something_to_send(&request)?;
        let used = self.shared.connections.used().await?;
        let draft = draft_of(&request);
        self.ask(used, request, Vec::new(), Some(draft)).await
    }

    /// The same for the command line, where the person or the environment may name the
    /// connection, and neither the text nor these files, which are attached, were a draft of a window's.
    ///
    /// # Errors
    /// As [`Engine::send`], and as [`Engine::attach_files`].
    pub async fn send_from_terminal(
        &self,
        request: SendRequest,
        files: Vec<PathBuf>,
        connection: Option<&ConnectionId>,
    ) -> Result<Sent, ErrorReport> {
        if files.is_empty() {
            something_to_send(&request)?;
        }
        let used = self.shared.connections.used_or_environment(connection);
        let used = used.await?.0;
        let base = question::base_model(&used, &request.settings);
        let edge = base.unwrap_or_else(models::cautious).image_edge;
        let files = self.prepare(files, edge).await?;
        self.ask(used, request, files, None).await
    }

    async fn ask(
        &self,
        used: Used,
        request: SendRequest,
        files: Vec<store::NewAttachment>,
        draft: Option<store::SentDraft>,
    ) -> Result<Sent, ErrorReport> {
        let wanted = Wanted::New {
            text: request.text,
            attachments: request.attachments,
            files,
            settings: Box::new(request.settings),
            replaces: request.replaces,
            after: request.after,
            draft,
        };
        self.begin(used, request.conversation, wanted).await
    }

    /// Answers a question again, in a branch of its own; `message` is the question or
    /// one of its answers. What was answered before stays. An answer that went on with
    /// another is written again from there.
    ///
    /// # Errors
    /// As [`Engine::send`], and [`ErrorCode::MessageNotFound`].
    pub async fn regenerate(
        &self,
        conversation: ConversationId,
        message: MessageId,
    ) -> Result<Sent, ErrorReport> {
        let used = self.shared.connections.used().await?;
        self.begin(used, Some(conversation), Wanted::Again(message))
            .await
    }

    /// Lets the model go on with an answer that was cut: the last of its branch. Where the
    /// model does not take the beginning of its own answer, a message that asks for the
    /// rest is stored before it.
    ///
    /// # Errors
    /// As [`Engine::send`]; [`ErrorCode::MessageNotFound`], also for an answer that
    /// something follows already; [`ErrorCode::NothingToContinue`].
    pub async fn continue_answer(
        &self,
        conversation: ConversationId,
        message: MessageId,
    ) -> Result<Sent, ErrorReport> {
        let used = self.shared.connections.used().await?;
        self.begin(used, Some(conversation), Wanted::Rest(message))
            .await
    }

    /// Begins a new conversation with copies of everything up to a message, and with the
    /// results of its calls if it has any. Of an answer that is being written nothing is
    /// copied.
    ///
    /// # Errors
    /// [`ErrorCode::ConversationNotFound`], [`ErrorCode::MessageNotFound`], and when the
    /// store cannot be written, be it only what it did not take before.
    pub async fn fork(
        &self,
        conversation: ConversationId,
        message: MessageId,
    ) -> Result<ConversationId, ErrorReport> {
        // The copy is made of what is on disk.
        self.shared.save_before_asking().await?;
        let stored = self.shared.read(&conversation).await?;
        let last = message_in(&stored, &message)?;
        let last = view::results_of(&stored, last).unwrap_or(last);
        let id = ConversationId(crate::new_id());
        let fork = store::Fork {
            from: stored.row.id.clone(),
            up_to: last.id.clone(),
            id: store::ConversationId::from(id.0.as_str()),
            title: title::of_fork(&stored.row.title),
            created_at: crate::now(),
        };
        self.shared.store(move |store| store.fork(&fork)).await?;
        self.shared.announce_row(&id).await?;
        Ok(id)
    }

    /// Takes the conversation, and only then reads it: nothing is added to it between
    /// what is read and what is stored.
    async fn begin(
        &self,
        used: Used,
        existing: Option<ConversationId>,
        wanted: Wanted,
    ) -> Result<Sent, ErrorReport> {
        let conversation = existing
            .clone()
            .unwrap_or_else(|| ConversationId(crate::new_id()));
        let turn = TurnId(crate::new_id());
        let cancel = self.shared.quitting.child_token();
        let taken = self.shared.reserve(&conversation, &turn, cancel.clone());
        let taken = taken.ok_or_else(|| ErrorReport::new(ErrorCode::TurnRunning))?;
        if used.demo {
            self.shared.live().asks_demo(&turn);
        }
        let asked = Asked {
            used,
            is_new: existing.is_none(),
            conversation,
            turn,
            wanted,
        };
        let engine = self.clone();
        self.to_its_end(async move {
            let Begun {
                plan,
                sent,
                chosen_anew,
            } = engine.store(&asked).await?;
            let shown = engine.show_started(&plan, &sent).await;
            if chosen_anew {
                engine.shared.announce_settings(&sent.conversation).await;
            }
            match shown {
                Ok(()) => {
                    let shared = engine.shared.clone();
                    let turn = turn::run(shared, plan, sent.answer.clone(), cancel);
                    taken.hand_over();
                    engine.shared.turns.spawn(turn);
                }
                // The question is on disk: whoever asked must not ask once more.
                Err(error) => turn::end_failed_start(&engine.shared, &plan, &sent, error).await,
            }
            Ok(sent)
        })
        .await
    }

    async fn store(&self, asked: &Asked) -> Result<Begun, ErrorReport> {
        self.shared.save_before_asking().await?;
        let prepared = self.prepared(asked).await?;
        self.store_prepared(asked, prepared).await
    }

    /// Stores a question, and finds its place once more where another program has asked there
    /// since it was prepared, and has its answer by now: the question goes behind that.
    async fn store_prepared(
        &self,
        asked: &Asked,
        mut prepared: Prepared,
    ) -> Result<Begun, ErrorReport> {
        let mut tries = MOST_PLACES;
        loop {
            let Prepared { begun, begin } = prepared;
            tries -= 1;
            let last_try = tries == 0;
            let stored = self
                .shared
                .store(move |store| match store.begin_turn(&begin) {
                    Ok(()) => Ok(true),
                    Err(StoreError::HeadMoved(_)) if !last_try => Ok(false),
                    Err(error) => Err(error),
                });
            if stored.await? {
                return Ok(begun);
            }
            prepared = self.prepared(asked).await?;
        }
    }

    /// Reads the conversation as it is now, and decides everything about the turn.
    async fn prepared(&self, asked: &Asked) -> Result<Prepared, ErrorReport> {
        let Asked {
            used,
            conversation,
            turn,
            is_new,
            wanted,
        } = asked;
        let stored = match is_new {
            true => None,
            false => Some(self.shared.read(conversation).await?),
        };
        let wanted = wanted.clone();
        let (question, settings) = self.resolve(stored.as_ref(), used, wanted).await?;
        let place = (conversation.clone(), turn.clone());
        let mut plan = plan(used.clone(), place, stored.as_ref(), &question, settings)?;
        plan.skip = self.shared.live().skip(turn);
        images_fit(&plan)?;
        plan.contents = contents::load(&self.shared, &plan.past, question.files()).await?;
        let tools = permission::enabled(&self.shared.connections.written());
        plan.tools = tools.into_iter().map(request::wire_tool).collect();
        let question = closed_loop(&mut plan, question);
        let begin = begin_turn(&plan, stored.as_ref(), question);
        let question = match &begin.question {
            store::Question::New { message: new, .. } => MessageId(new.id.as_str().to_owned()),
            store::Question::Existing(id) => MessageId(id.as_str().to_owned()),
        };
        let sent = Sent {
            conversation: conversation.clone(),
            turn: turn.clone(),
            question,
            answer: MessageId(begin.answer.id.as_str().to_owned()),
        };
        let before = stored.map(|stored| view::settings(&stored.row));
        let begun = Begun {
            chosen_anew: before.is_some_and(|before| before != plan.settings),
            plan,
            sent,
        };
        Ok(Prepared { begun, begin })
    }

    async fn show_started(&self, plan: &Plan, sent: &Sent) -> Result<(), ErrorReport> {
        let stored = self.shared.read(&sent.conversation).await?;
        let question = self.shared.stored_message(&stored, &sent.question);
        let answer = self.shared.stored_message(&stored, &sent.answer);
        let (question, answer) = question
            .zip(answer)
            .ok_or_else(|| ErrorReport::new(ErrorCode::MessageNotFound))?;
        self.shared.announce_row(&plan.conversation).await?;
        let started = Step::Started { question, answer };
        self.shared
            .live()
            .show(&plan.conversation, &plan.turn, vec![started]);
        Ok(())
    }
}

fn something_to_send(request: &SendRequest) -> Result<(), ErrorReport> {
    if request.text.trim().is_empty() && request.attachments.is_empty() {
        return Err(ErrorReport::new(ErrorCode::NothingToSend));
    }
    if request.attachments.len() > MOST_FILES {
        return Err(ErrorReport::new(ErrorCode::AttachmentsTooMany));
    }
    Ok(())
}

/// Whether the model that is asked first takes all images of the branch.
fn images_fit(plan: &Plan) -> Result<(), ErrorReport> {
    let blocks = plan.past.iter().flat_map(|message| &message.blocks);
    let images = blocks
        .filter_map(request::referred)
        .filter(|it| it.is_image);
    let base = question::base_model(&plan.used, &plan.settings);
    few_enough_images(images.count(), base.unwrap_or_else(models::cautious))
}

/// The draft that a question was until now.
fn draft_of(request: &SendRequest) -> store::SentDraft {
    let key = match (&request.replaces, &request.conversation) {
        (Some(replaced), _) => store::DraftKey::Edit(replaced.0.as_str().into()),
        (None, Some(conversation)) => store::DraftKey::Of(conversation.0.as_str().into()),
        (None, None) => store::DraftKey::New,
    };
    store::SentDraft {
        key,
        text: request.text.clone(),
    }
}

/// Everything that is decided before anything is stored.
fn plan(
    used: Used,
    (conversation, turn): (ConversationId, TurnId),
    stored: Option<&store::Conversation>,
    question: &Question,
    settings: TurnSettings,
) -> Result<Plan, ErrorReport> {
    if stored.is_some_and(|stored| stored.row.demo != used.demo) {
        return Err(ErrorReport::new(ErrorCode::DemoMismatch));
    }
    let candidates = match &settings.deployment {
        Some(chosen) => vec![chosen.clone()],
        None => used.candidates.clone(),
    };
    if candidates.is_empty() {
        return Err(ErrorReport::new(ErrorCode::NoDeployment).about(used.name));
    }
    Ok(Plan {
        conversation,
        turn,
        used,
        settings,
        candidates,
        past: past_of(stored, question),
        tools: Vec::new(),
        contents: request::Contents::default(),
        without: Vec::new(),
        most_output: None,
        skip: Skip::new(),
    })
}

/// Everything that came before, and the question.
fn past_of(stored: Option<&store::Conversation>, question: &Question) -> Vec<Past> {
    let before = |last| stored.map_or_else(Vec::new, |stored| past::up_to(stored, last));
    match question {
        Question::Existing(id) => before(Some(id)),
        Question::New {
            parent, content, ..
        } => {
            let mut past = before(parent.as_ref());
            past.push(Past::question(content.sent.clone()));
            past
        }
    }
}

/// Everything about a turn that has to be on disk before its request leaves.
fn begin_turn(
    plan: &Plan,
    stored: Option<&store::Conversation>,
    question: Question,
) -> store::BeginTurn {
    let now = crate::now();
    let id = store::ConversationId::from(plan.conversation.0.as_str());
    let sent: SentSettings = plan.as_sent();
    let settings = json(&plan.settings);
    let conversation = if let Some(stored) = stored {
        store::Where::Existing {
            id,
            settings: Some(settings),
            head: stored.row.head.clone(),
        }
    } else {
        let title = match &question {
            Question::New { content, .. } => content.title.clone(),
            Question::Existing(_) => String::new(),
        };
        store::Where::New(store::NewConversation {
            id,
            title,
            created_at: now,
            demo: plan.used.demo,
            settings,
        })
    };
    let (question, attachments, clears) = match question {
        Question::Existing(id) => (store::Question::Existing(id), Vec::new(), None),
        Question::New {
            parent,
            content,
            files,
            draft,
        } => {
            let message = store::NewMessage {
                id: store::MessageId::from(crate::new_id()),
                purpose: content.purpose,
                blocks: content.blocks,
                created_at: now,
            };
            (store::Question::New { parent, message }, files, draft)
        }
    };
    store::BeginTurn {
        conversation,
        question,
        attachments,
        answer: store::NewAnswer {
            id: store::MessageId::from(crate::new_id()),
            created_at: now,
        },
        turn: store::NewTurn {
            id: store::TurnId::from(plan.turn.0.as_str()),
            connection: plan.used.name.clone(),
            deployment: sent.deployment.clone(),
            base_model: sent.base_model.clone(),
            settings: json(&sent),
            started_at: now,
        },
        clears,
    }
}

/// Settings as the store keeps them.
pub(crate) fn json(value: &impl serde::Serialize) -> Json {
    let text = serde_json::to_string(value).expect("BUG: settings are not JSON");
    Json::parse(&text).expect("BUG: serde_json wrote no JSON")
}

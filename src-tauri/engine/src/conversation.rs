//! What a person does with conversations: ask, stop, rename, throw away, find.

use std::collections::HashMap;

use hearth_store::{self as store, Json, Shelf};
use hearth_wire::Block;
use tokio_util::sync::CancellationToken;

use crate::api::{
    ConversationId, ConversationSummary, ConversationView, ErrorCode, ErrorReport, HearthEvent,
    MessageId, Role, SearchHit, SendRequest, Sent, Step, TurnId, TurnSettings,
};
use crate::connection::Used;
use crate::engine::Engine;
use crate::request::Past;
use crate::turn::{self, Plan, SentSettings};
use crate::{past, title, view};

/// Hits of a search at most; a person refines the words instead of reading on.
const MOST_HITS: u32 = 50;

/// Which connection a question goes to.
enum Asked {
    /// What the window shows as active.
    Active,
    /// The same or, where there is none, what the environment names.
    ActiveOrEnvironment,
}

/// What is answered: a question that is new, or one that is there.
enum Question {
    New {
        text: String,
        parent: Option<store::MessageId>,
    },
    Existing(store::MessageId),
}

impl Engine {
    /// The conversations, the one last added to first; none from the trash.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn conversations(&self) -> Result<Vec<ConversationSummary>, ErrorReport> {
        let rows = self
            .shared
            .store(|store| store.conversations(Shelf::Current))
            .await?;
        Ok(rows.iter().map(view::summary).collect())
    }

    /// A conversation as shown, with what runs in it at this moment.
    ///
    /// # Errors
    /// [`ErrorCode::ConversationNotFound`], and when the store cannot be read.
    pub async fn conversation(&self, id: ConversationId) -> Result<ConversationView, ErrorReport> {
        // First the events, then the store: what happens in between is in the store
        // already and comes once more as an event, which changes nothing the second time.
        let (seq, running) = self.shared.live().snapshot(&id);
        let stored = self.shared.read(&id).await?;
        let mut messages = view::branch(&stored);
        let turn = running.map(|(turn, answer)| {
            if let Some(shown) = messages.iter_mut().find(|it| it.id == answer.id) {
                *shown = answer;
            }
            turn
        });
        Ok(ConversationView {
            summary: view::summary(&stored.row),
            settings: view::settings(&stored.row),
            messages,
            turn,
            seq,
        })
    }

    /// Asks a question: stores it with its empty answer, and begins the turn. When this
    /// returns, the question is on disk, and the request has not left yet or just has.
    ///
    /// # Errors
    /// Whatever keeps the question from being asked at all (nothing to send, no
    /// connection, no deployment, no key, a turn that runs, a full disk): then nothing
    /// is stored, and the person still has their text.
    pub async fn send(&self, request: SendRequest) -> Result<Sent, ErrorReport> {
        self.ask(request, Asked::Active).await
    }

    /// The same for the command line, where the environment may name the connection.
    ///
    /// # Errors
    /// As [`Engine::send`].
    pub async fn send_from_terminal(&self, request: SendRequest) -> Result<Sent, ErrorReport> {
        self.ask(request, Asked::ActiveOrEnvironment).await
    }

    async fn ask(&self, request: SendRequest, asked: Asked) -> Result<Sent, ErrorReport> {
        if request.text.trim().is_empty() {
            return Err(ErrorReport::new(ErrorCode::NothingToSend));
        }
        let used = match asked {
            Asked::Active => self.shared.connections.used().await?,
            Asked::ActiveOrEnvironment => {
                self.shared.connections.used_or_environment().await?.0
            }
        };
        let stored = match &request.conversation {
            Some(id) => Some(self.shared.read(id).await?),
            None => None,
        };
        let parent = stored.as_ref().and_then(|it| it.row.head.clone());
        let question = Question::New {
            text: request.text,
            parent,
        };
        self.begin(used, stored.as_ref(), question, request.settings)
            .await
    }

    /// Answers a question again, in a branch of its own; `message` is the question or
    /// one of its answers. What was answered before stays.
    ///
    /// # Errors
    /// As [`Engine::send`], and [`ErrorCode::MessageNotFound`].
    pub async fn regenerate(
        &self,
        conversation: ConversationId,
        message: MessageId,
    ) -> Result<Sent, ErrorReport> {
        let used = self.shared.connections.used().await?;
        let stored = self.shared.read(&conversation).await?;
        let find = |id: &str| stored.messages.iter().find(|it| it.id.as_str() == id);
        let mut found = find(&message.0);
        while let Some(answer) = found.filter(|it| it.role == store::Role::Assistant) {
            found = answer.parent.as_ref().and_then(|id| find(id.as_str()));
        }
        let question =
            found.ok_or_else(|| ErrorReport::new(ErrorCode::MessageNotFound).about(message.0))?;
        let settings = view::settings(&stored.row);
        let question = Question::Existing(question.id.clone());
        self.begin(used, Some(&stored), question, settings).await
    }

    async fn begin(
        &self,
        used: Used,
        stored: Option<&store::Conversation>,
        question: Question,
        settings: TurnSettings,
    ) -> Result<Sent, ErrorReport> {
        if stored.is_some_and(|stored| stored.row.demo != used.demo) {
            return Err(ErrorReport::new(ErrorCode::DemoMismatch));
        }
        let candidates = match &settings.deployment {
            Some(chosen) => vec![chosen.clone()],
            None => used.candidates.clone(),
        };
        if candidates.is_empty() {
            return Err(ErrorReport::new(ErrorCode::NoDeployment).about(used.name.clone()));
        }
        let plan = Plan {
            conversation: stored.map_or_else(
                || ConversationId(crate::new_id()),
                |stored| ConversationId(stored.row.id.as_str().to_owned()),
            ),
            turn: TurnId(crate::new_id()),
            used,
            settings,
            candidates,
            past: past_of(stored, &question),
        };
        let cancel = self.shared.quitting.child_token();
        let taken = self
            .shared
            .live()
            .reserve(&plan.conversation, &plan.turn, cancel.clone());
        if !taken {
            return Err(ErrorReport::new(ErrorCode::TurnRunning));
        }
        let begun = self.store_and_show(&plan, stored.is_none(), question).await;
        match begun {
            Ok(sent) => {
                self.run(plan, sent.answer.clone(), cancel);
                Ok(sent)
            }
            Err(error) => {
                self.shared.live().release(&plan.conversation);
                Err(error)
            }
        }
    }

    fn run(&self, plan: Plan, answer: MessageId, cancel: CancellationToken) {
        let turn = turn::run(self.shared.clone(), plan, answer, cancel);
        self.shared.turns.spawn(turn);
    }

    async fn store_and_show(
        &self,
        plan: &Plan,
        is_new: bool,
        question: Question,
    ) -> Result<Sent, ErrorReport> {
        let begin = begin_turn(plan, is_new, question);
        let question = match &begin.question {
            store::Question::New { message: new, .. } => MessageId(new.id.as_str().to_owned()),
            store::Question::Existing(id) => MessageId(id.as_str().to_owned()),
        };
        let sent = Sent {
            conversation: plan.conversation.clone(),
            turn: plan.turn.clone(),
            question,
            answer: MessageId(begin.answer.id.as_str().to_owned()),
        };
        self.shared
            .store(move |store| store.begin_turn(&begin))
            .await?;
        let stored = self.shared.read(&sent.conversation).await?;
        let question = self.shared.stored_message(&stored, &sent.question);
        let answer = self.shared.stored_message(&stored, &sent.answer);
        let (question, answer) = question
            .zip(answer)
            .ok_or_else(|| ErrorReport::new(ErrorCode::MessageNotFound))?;
        let summary = view::summary(&stored.row);
        let mut live = self.shared.live();
        live.announce(HearthEvent::ConversationChanged { summary });
        let started = Step::Started { question, answer };
        live.show(&plan.conversation, &plan.turn, vec![started]);
        Ok(sent)
    }

    /// Shows the branch on which this message lies, down to its newest end.
    ///
    /// # Errors
    /// [`ErrorCode::MessageNotFound`], [`ErrorCode::TurnRunning`] while an answer is
    /// being written into the branch that is shown.
    pub async fn show_branch(
        &self,
        conversation: ConversationId,
        message: MessageId,
    ) -> Result<ConversationView, ErrorReport> {
        if self.shared.live().is_running(&conversation) {
            return Err(ErrorReport::new(ErrorCode::TurnRunning));
        }
        let stored = self.shared.read(&conversation).await?;
        let wanted = store::MessageId::from(message.0.as_str());
        let head = stored.newest_leaf(&wanted).clone();
        let id = store::ConversationId::from(conversation.0.as_str());
        self.shared
            .store(move |store| store.set_head(&id, &head))
            .await?;
        self.changed(&conversation).await?;
        self.conversation(conversation).await
    }

    /// Ends a turn early; what arrived is kept. One that is over has nothing to stop.
    pub fn stop(&self, turn: &TurnId) {
        self.shared.live().stop(turn);
    }

    /// What the next question of a conversation is asked with.
    ///
    /// # Errors
    /// [`ErrorCode::ConversationNotFound`], and when the store cannot be written.
    pub async fn choose(
        &self,
        conversation: ConversationId,
        settings: TurnSettings,
    ) -> Result<(), ErrorReport> {
        let id = store::ConversationId::from(conversation.0.as_str());
        let settings = settings_json(&settings);
        self.shared
            .store(move |store| store.set_settings(&id, &settings))
            .await
    }

    /// Gives a conversation a name; an empty one changes nothing.
    ///
    /// # Errors
    /// [`ErrorCode::ConversationNotFound`], and when the store cannot be written.
    pub async fn rename(&self, id: ConversationId, title: String) -> Result<(), ErrorReport> {
        let title = title.trim().to_owned();
        if title.is_empty() {
            return Ok(());
        }
        let stored = store::ConversationId::from(id.0.as_str());
        self.shared
            .store(move |store| store.rename(&stored, &title))
            .await?;
        self.changed(&id).await
    }

    /// Puts a conversation into the trash; a turn in it stops first.
    ///
    /// # Errors
    /// [`ErrorCode::ConversationNotFound`], and when the store cannot be written.
    pub async fn trash(&self, id: ConversationId) -> Result<(), ErrorReport> {
        self.shared.live().stop_in(&id);
        let stored = store::ConversationId::from(id.0.as_str());
        let at = crate::now();
        self.shared
            .store(move |store| store.trash(&stored, at))
            .await?;
        let live = self.shared.live();
        live.announce(HearthEvent::ConversationRemoved { id });
        Ok(())
    }

    /// Takes a conversation out of the trash, as it was.
    ///
    /// # Errors
    /// [`ErrorCode::ConversationNotFound`], and when the store cannot be written.
    pub async fn restore(&self, id: ConversationId) -> Result<(), ErrorReport> {
        let stored = store::ConversationId::from(id.0.as_str());
        self.shared
            .store(move |store| store.restore(&stored))
            .await?;
        self.changed(&id).await
    }

    /// Finds conversations by words of their titles and texts, the newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn search(&self, query: String) -> Result<Vec<SearchHit>, ErrorReport> {
        let hits = self
            .shared
            .store(move |store| store.search(&query, MOST_HITS))
            .await?;
        Ok(hits.into_iter().map(view::hit).collect())
    }

    async fn changed(&self, id: &ConversationId) -> Result<(), ErrorReport> {
        let id = store::ConversationId::from(id.0.as_str());
        let row = self
            .shared
            .store(move |store| store.conversation_row(&id))
            .await?;
        let summary = view::summary(&row);
        let live = self.shared.live();
        live.announce(HearthEvent::ConversationChanged { summary });
        Ok(())
    }
}

/// Everything that came before, and the question.
fn past_of(stored: Option<&store::Conversation>, question: &Question) -> Vec<Past> {
    let before = |last| stored.map_or_else(Vec::new, |stored| past::up_to(stored, last));
    match question {
        Question::Existing(id) => before(Some(id)),
        Question::New { text, parent } => {
            let mut past = before(parent.as_ref());
            past.push(Past {
                role: Role::User,
                blocks: vec![Block::text(text)],
                whole: true,
                stop_reason: None,
                prefix: None,
            });
            past
        }
    }
}

/// Everything about a turn that has to be on disk before its request leaves.
fn begin_turn(plan: &Plan, is_new: bool, question: Question) -> store::BeginTurn {
    let now = crate::now();
    let id = store::ConversationId::from(plan.conversation.0.as_str());
    let sent: SentSettings = plan.as_sent();
    let settings = settings_json(&plan.settings);
    let conversation = if is_new {
        let title = match &question {
            Question::New { text, .. } => title::from_question(text),
            Question::Existing(_) => String::new(),
        };
        store::Where::New(store::NewConversation {
            id,
            title,
            created_at: now,
            demo: plan.used.demo,
            settings,
        })
    } else {
        let settings = Some(settings);
        store::Where::Existing { id, settings }
    };
    store::BeginTurn {
        conversation,
        question: match question {
            Question::Existing(id) => store::Question::Existing(id),
            Question::New { text, parent } => store::Question::New {
                parent,
                message: store::NewMessage {
                    id: store::MessageId::from(crate::new_id()),
                    blocks: turn::stored_blocks(&[Block::text(&text)], &HashMap::new()),
                    created_at: now,
                },
            },
        },
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
        clears: None,
    }
}

fn settings_json(settings: &TurnSettings) -> Json {
    json(settings)
}

fn json(value: &impl serde::Serialize) -> Json {
    let text = serde_json::to_string(value).expect("BUG: settings are not JSON");
    Json::parse(&text).expect("BUG: serde_json wrote no JSON")
}

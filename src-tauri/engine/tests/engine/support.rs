//! An engine with a profile of its own that asks an emulator of its own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use hearth_emulator::{Builder, Emulator, Exchange};
use hearth_engine::api::{
    BlockView, ConnectionDraft, ConnectionId, ConnectionLimits, ConversationId, ConversationView,
    CredentialChoice, CredentialDraft, DeploymentDraft, HearthEvent, MessageId, MessageState,
    MessageView, SendRequest, Sent, Step, TurnEvent, TurnId, TurnSettings,
};
use hearth_engine::{ClientOptions, Engine, Environment, Profile, Subscription};
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// Binds thinking to the conversation that it was made in.
pub(crate) const SONNET: &str = "claude-sonnet-5-5";
/// Takes its own words as the last message, and so goes on after a pause in the emulator.
pub(crate) const HAIKU: &str = "claude-haiku-4-5";
pub(crate) const OPUS: &str = "claude-opus-5-5";

pub(crate) struct House {
    pub(crate) folder: TempDir,
    pub(crate) emulator: Emulator,
    pub(crate) engine: Engine,
    /// The connection to the emulator.
    pub(crate) saved: ConnectionId,
    events: JoinHandle<Vec<HearthEvent>>,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(Emulator::builder(), ClientOptions::default()).await
    }

    pub(crate) async fn with(builder: Builder, limits: ClientOptions) -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), builder, limits).await
    }

    pub(crate) async fn in_folder(
        folder: TempDir,
        builder: Builder,
        limits: ClientOptions,
    ) -> Self {
        let emulator = builder.start().await.unwrap();
        let engine = Engine::open_with(profile(folder.path()), no_environment(), limits)
            .await
            .unwrap();
        let mut subscription = engine.subscribe();
        let events = tokio::spawn(async move {
            let mut all = Vec::new();
            while let Some(batch) = subscription.next().await {
                all.extend(batch);
            }
            all
        });
        let draft = draft_to(&emulator.url(), emulator.key());
        let saved = engine.save_connection(draft).await.unwrap().id;
        Self {
            folder,
            emulator,
            engine,
            saved,
            events,
        }
    }

    /// The emulator as a connection whose key lives in memory only.
    pub(crate) fn draft(&self) -> ConnectionDraft {
        draft_to(&self.emulator.url(), self.emulator.key())
    }

    /// A question to the default deployment; none begins a conversation.
    pub(crate) async fn send(&self, conversation: Option<&ConversationId>, text: &str) -> Sent {
        let request = question(conversation, text, None);
        self.engine.send(request).await.unwrap()
    }

    /// The same, waiting for the answer.
    pub(crate) async fn ask(
        &self,
        conversation: Option<&ConversationId>,
        text: &str,
    ) -> (Sent, MessageView) {
        let mut window = self.engine.subscribe();
        let sent = self.send(conversation, text).await;
        let answer = ended(&mut window, &sent.turn).await;
        (sent, answer)
    }

    pub(crate) async fn ask_deployment(
        &self,
        conversation: Option<&ConversationId>,
        text: &str,
        deployment: &str,
    ) -> (Sent, MessageView) {
        let mut window = self.engine.subscribe();
        let request = question(conversation, text, Some(deployment));
        let sent = self.engine.send(request).await.unwrap();
        let answer = ended(&mut window, &sent.turn).await;
        (sent, answer)
    }

    pub(crate) async fn view(&self, conversation: &ConversationId) -> ConversationView {
        self.engine
            .conversation(conversation.clone())
            .await
            .unwrap()
    }

    /// Ends the engine and returns everything that it ever told a window.
    pub(crate) async fn close(self) -> (Vec<HearthEvent>, Vec<Exchange>) {
        self.engine.shutdown().await;
        drop(self.engine);
        let events = within(self.events).await.unwrap();
        assert!(!events.contains(&HearthEvent::Missed), "the log has a gap");
        (events, self.emulator.log())
    }
}

/// A connection with a key that lives in memory only.
pub(crate) fn draft_to(endpoint: &str, key: &str) -> ConnectionDraft {
    ConnectionDraft {
        id: None,
        opened_on: None,
        name: "Emulator".into(),
        endpoint: endpoint.into(),
        credential: with_key(key),
        headers: Vec::new(),
        anthropic_version: None,
        limits: ConnectionLimits::default(),
        proxy: None,
        proxy_password: None,
        deployments: [SONNET, OPUS, HAIKU].map(mapped).into(),
        default_deployment: None,
    }
}

pub(crate) fn with_key(key: &str) -> CredentialDraft {
    with_secret(CredentialChoice::Key, key)
}

/// A credential whose secret lives in memory only.
pub(crate) fn with_secret(choice: CredentialChoice, secret: &str) -> CredentialDraft {
    CredentialDraft {
        secret: Some(secret.to_owned()),
        ..without_secret(choice)
    }
}

/// A credential as it stands in a form that says nothing new about its secret.
pub(crate) fn without_secret(choice: CredentialChoice) -> CredentialDraft {
    CredentialDraft {
        choice,
        secret: None,
        imported: None,
        sign_in: None,
        agreed: false,
        this_run_only: true,
    }
}

/// A deployment of its base model's name.
pub(crate) fn mapped(name: &str) -> DeploymentDraft {
    DeploymentDraft {
        name: name.into(),
        base_model: Some(name.into()),
        hosting: None,
    }
}

/// A deployment that nothing is known of.
pub(crate) fn unmapped(name: &str) -> DeploymentDraft {
    DeploymentDraft {
        name: name.into(),
        base_model: None,
        hosting: None,
    }
}

pub(crate) fn profile(folder: &Path) -> Profile {
    Profile::in_folder(folder)
}

pub(crate) fn no_environment() -> Environment {
    Environment::from_vars([])
}

pub(crate) fn question(
    conversation: Option<&ConversationId>,
    text: &str,
    deployment: Option<&str>,
) -> SendRequest {
    SendRequest {
        conversation: conversation.cloned(),
        text: text.into(),
        attachments: Vec::new(),
        replaces: None,
        after: None,
        settings: TurnSettings {
            deployment: deployment.map(str::to_owned),
            ..TurnSettings::default()
        },
    }
}

/// A program for a test to start.
#[cfg(unix)]
pub(crate) fn executable(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
}

/// A net under tests that would otherwise hang; nothing depends on its length.
pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), work)
        .await
        .expect("nothing happened for a minute")
}

/// The answer of a turn when it has ended.
pub(crate) async fn ended(window: &mut Subscription, turn: &TurnId) -> MessageView {
    loop {
        for event in within(window.next()).await.expect("the engine ended") {
            if let HearthEvent::Turn(TurnEvent {
                turn: of,
                step: Step::Ended { answer },
                ..
            }) = event
                && of == *turn
            {
                return answer;
            }
        }
    }
}

/// The steps of a turn, in order.
pub(crate) fn steps(events: &[HearthEvent], turn: &TurnId) -> Vec<Step> {
    events
        .iter()
        .filter_map(|event| match event {
            HearthEvent::Turn(event) if event.turn == *turn => Some(event.step.clone()),
            _ => None,
        })
        .collect()
}

pub(crate) fn count(steps: &[Step], is: impl Fn(&Step) -> bool) -> usize {
    steps.iter().filter(|step| is(step)).count()
}

/// One beginning, one ending, in their places.
pub(crate) fn assert_whole(steps: &[Step]) {
    assert!(matches!(steps.first(), Some(Step::Started { .. })));
    assert!(matches!(steps.last(), Some(Step::Ended { .. })));
    assert_eq!(count(steps, |it| matches!(it, Step::Started { .. })), 1);
    assert_eq!(count(steps, |it| matches!(it, Step::Ended { .. })), 1);
}

pub(crate) fn text(message: &MessageView) -> String {
    message
        .blocks
        .iter()
        .filter_map(|block| match block {
            BlockView::Text { text } => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

pub(crate) fn complete(stop_reason: &str) -> MessageState {
    MessageState::Complete {
        stop_reason: Some(stop_reason.into()),
    }
}

/// The bodies of the messages that were asked, in order.
pub(crate) fn bodies(log: &[Exchange]) -> Vec<serde_json::Value> {
    log.iter()
        .map(|exchange| serde_json::from_str(&exchange.received.body).unwrap())
        .collect()
}

/// A copy of what is on disk at this moment, as after a power cut.
pub(crate) fn copy_of(folder: &Path) -> TempDir {
    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let target: PathBuf = to.join(entry.file_name());
            match entry.file_type().unwrap().is_dir() {
                true => copy(&entry.path(), &target),
                false => drop(std::fs::copy(entry.path(), target).unwrap()),
            }
        }
    }
    let target = tempfile::tempdir().unwrap();
    copy(folder, target.path());
    target
}

/// A window as the UI builds it: a snapshot, then the events after it.
pub(crate) struct Window {
    subscription: Subscription,
    pub(crate) view: ConversationView,
    pub(crate) first_seq: u64,
}

impl Window {
    pub(crate) async fn open(engine: &Engine, conversation: &ConversationId) -> Self {
        let subscription = engine.subscribe();
        let view = engine.conversation(conversation.clone()).await.unwrap();
        Self {
            subscription,
            first_seq: view.seq,
            view,
        }
    }

    /// Reads on until the view is as wanted.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&ConversationView) -> bool) {
        while !wanted(&self.view) {
            let batch = within(self.subscription.next()).await;
            for event in batch.expect("the engine ended") {
                self.take(event);
            }
        }
    }

    pub(crate) async fn until_over(&mut self) {
        self.until(|view| view.turn.is_none()).await;
    }

    pub(crate) fn answer(&self) -> &MessageView {
        self.view.messages.last().unwrap()
    }

    fn take(&mut self, event: HearthEvent) {
        match event {
            HearthEvent::Turn(event) if event.conversation == self.view.summary.id => {
                if event.seq <= self.view.seq {
                    return;
                }
                assert_eq!(event.seq, self.view.seq + 1, "a gap");
                self.view.seq = event.seq;
                self.step(event.turn, event.step);
            }
            HearthEvent::Missed => panic!("this window was not slow"),
            _ => {}
        }
    }

    fn step(&mut self, turn: TurnId, step: Step) {
        match step {
            Step::Started { question, answer } => {
                self.view.turn = Some(hearth_engine::api::LiveTurn {
                    id: turn,
                    answer: answer.id.clone(),
                    waiting: None,
                    elsewhere: false,
                });
                let parent = question.parent.clone();
                self.after(parent.as_ref());
                self.view.messages.extend([question, answer]);
            }
            Step::Waiting { waiting } => self.live().waiting = Some(waiting),
            Step::Asking => self.live().waiting = None,
            Step::BlockStarted {
                message,
                index,
                block,
            }
            | Step::BlockFinished {
                message,
                index,
                block,
            } => {
                let blocks = &mut self.message(&message).blocks;
                match blocks.get_mut(index as usize) {
                    Some(known) => *known = block,
                    None => blocks.push(block),
                }
            }
            Step::Delta {
                message,
                index,
                text: more,
            } => match &mut self.message(&message).blocks[index as usize] {
                BlockView::Text { text } | BlockView::Thinking { text, .. } => text.push_str(&more),
                BlockView::ToolCall { input, .. } => input.push_str(&more),
                other => panic!("{other:?} does not grow"),
            },
            Step::ToolState {
                message,
                index,
                state: now,
            } => match &mut self.message(&message).blocks[index as usize] {
                BlockView::ToolCall { state, .. } => *state = now,
                other => panic!("{other:?} is no call"),
            },
            Step::Continued {
                finished,
                results,
                answer,
            } => {
                self.live().answer = answer.id.clone();
                let id = finished.id.clone();
                *self.message(&id) = finished;
                self.after(Some(&id));
                self.view.messages.extend(results);
                self.view.messages.push(answer);
            }
            Step::Ended { answer } => {
                let id = answer.id.clone();
                *self.message(&id) = answer;
                self.view.turn = None;
            }
        }
    }

    fn live(&mut self) -> &mut hearth_engine::api::LiveTurn {
        self.view.turn.as_mut().expect("a turn")
    }

    fn message(&mut self, id: &MessageId) -> &mut MessageView {
        let found = self.view.messages.iter_mut().find(|it| it.id == *id);
        found.expect("a message that is shown")
    }

    /// Cuts off everything behind a message.
    fn after(&mut self, parent: Option<&MessageId>) {
        let place = |id: &MessageId| self.view.messages.iter().position(|it| it.id == *id);
        let end = parent.map_or(0, |id| place(id).expect("a parent that is shown") + 1);
        self.view.messages.truncate(end);
    }
}

pub(crate) fn connection_of(state: &hearth_engine::api::AppState) -> ConnectionId {
    state.active.clone().expect("an active connection")
}

impl Window {
    /// Takes the next batches as they come, up to the first that says that some are missing.
    pub(crate) async fn until_missed(&mut self, into: &mut Vec<HearthEvent>) {
        while !into.contains(&HearthEvent::Missed) {
            let batch = within(self.subscription.next()).await;
            into.extend(batch.expect("the engine ended"));
        }
    }
}

//! The handle that the window and the command line hold.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hearth_foundry::{Client, ClientOptions, Environment};
use hearth_store::{self as store, Shelf, Store, StoreError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api::{
    Activity, AppState, BaseModelView, ConnectionDraft, ConnectionId, ConnectionView,
    ConversationId, ConversationSummary, EndpointPreview, ErrorCode, ErrorReport, HearthEvent,
    MessageId, MessageView, TestOutcome, TurnSettings,
};
use crate::bus::Subscription;
use crate::connection::{self, Connections, DemoAddress};
use crate::live::Live;
use crate::profile::Profile;
use crate::settings::SettingsFile;
use crate::storage::Storage;
use crate::{permission, recovery, report, trial, view};
use hearth_wire::models;

/// Everything without a window. Clones share it.
#[derive(Clone)]
pub struct Engine {
    pub(crate) shared: Arc<Shared>,
}

/// What the parts of the engine share.
pub(crate) struct Shared {
    pub(crate) profile: Profile,
    store: Store,
    pub(crate) client: Client,
    pub(crate) connections: Connections,
    live: Mutex<Live>,
    /// What is not on disk, because the disk does not take it.
    pub(crate) storage: Storage,
    /// Held while a file is looked at.
    pub(crate) decoding: tokio::sync::Mutex<()>,
    /// Held while files are added to drafts: what fits is counted before it is added.
    pub(crate) attaching: tokio::sync::Mutex<()>,
    /// Held from reading a conversation's row to telling the windows of it: the last that
    /// they are told is the newest.
    pub(crate) rows: tokio::sync::Mutex<()>,
    pub(crate) turns: TaskTracker,
    pub(crate) quitting: CancellationToken,
}

impl Shared {
    /// The running turns. Nothing waits while it holds them.
    pub(crate) fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the store, off the threads that must not block.
    pub(crate) async fn store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ErrorReport> {
        let store = self.store.clone();
        match tokio::task::spawn_blocking(move || work(&store)).await {
            Ok(done) => done.map_err(|error| report::store(&error)),
            Err(stopped) => Err(ErrorReport::new(ErrorCode::Internal).saying(stopped.to_string())),
        }
    }

    /// A conversation with its whole tree, and with what the disk does not have of it.
    pub(crate) async fn read(
        &self,
        id: &ConversationId,
    ) -> Result<store::Conversation, ErrorReport> {
        let id = store::ConversationId::from(id.0.as_str());
        let mut stored = self.store(move |store| store.conversation(&id)).await?;
        self.storage.complete(&mut stored);
        Ok(stored)
    }

    /// Tells the windows how a conversation's line in the list looks now, or that it has none.
    pub(crate) async fn announce_row(&self, id: &ConversationId) -> Result<(), ErrorReport> {
        let _order = self.rows.lock().await;
        let event = match self.row(id).await? {
            row if row.trashed_at.is_some() => HearthEvent::ConversationRemoved { id: id.clone() },
            row => HearthEvent::ConversationChanged {
                summary: self.summary(&row),
            },
        };
        self.live().announce(event);
        Ok(())
    }

    /// A line of the list: what is stored, and what only this moment knows.
    pub(crate) fn summary(&self, row: &store::ConversationRow) -> ConversationSummary {
        let mut summary = view::summary(row);
        if self.live().needs_approval(&summary.id) {
            summary.activity = Activity::NeedsApproval;
        }
        summary
    }

    pub(crate) async fn row(
        &self,
        id: &ConversationId,
    ) -> Result<store::ConversationRow, ErrorReport> {
        let id = store::ConversationId::from(id.0.as_str());
        let mut row = self.store(move |store| store.conversation_row(&id)).await?;
        self.storage.complete_row(&mut row);
        Ok(row)
    }

    /// The lines of the list.
    pub(crate) async fn list(&self) -> Result<Vec<store::ConversationRow>, ErrorReport> {
        let mut rows = self
            .store(|store| store.conversations(Shelf::Current))
            .await?;
        for row in &mut rows {
            self.storage.complete_row(row);
        }
        Ok(rows)
    }

    /// One message of it, as shown.
    pub(crate) fn stored_message(
        &self,
        stored: &store::Conversation,
        id: &MessageId,
    ) -> Option<MessageView> {
        let found = stored.messages.iter().find(|it| it.id.as_str() == id.0)?;
        Some(view::message(stored, found))
    }
}

impl Engine {
    /// Opens a profile: settings, conversations, and the answers that an earlier run
    /// did not live to finish, which become interrupted ones.
    ///
    /// # Errors
    /// Settings or a database that are newer than this program or cannot be read; they
    /// are left as they are.
    pub async fn open(profile: Profile, environment: Environment) -> Result<Self, ErrorReport> {
        Self::open_with(profile, environment, ClientOptions::default()).await
    }

    /// The same with other limits for requests.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub async fn open_with(
        profile: Profile,
        environment: Environment,
        limits: ClientOptions,
    ) -> Result<Self, ErrorReport> {
        profile.prepare()?;
        let settings = SettingsFile::open(profile.settings_file())?;
        let folder = profile.data_folder().to_owned();
        let opened = tokio::task::spawn_blocking(move || {
            let store = Store::open(&folder)?;
            let version = store.data_version()?;
            Ok((store, version))
        });
        let (store, version) = opened
            .await
            .map_err(|stopped| ErrorReport::new(ErrorCode::Internal).saying(stopped.to_string()))?
            .map_err(|error: StoreError| {
                report::store(&error).about(profile.data_folder().display().to_string())
            })?;
        let client = Client::new(limits)
            .map_err(|error| ErrorReport::new(ErrorCode::TlsFailed).saying(error.to_string()))?;
        let shared = Arc::new(Shared {
            profile,
            store,
            client,
            connections: Connections::new(settings, environment),
            live: Mutex::new(Live::new()),
            storage: Storage::default(),
            decoding: tokio::sync::Mutex::default(),
            attaching: tokio::sync::Mutex::default(),
            rows: tokio::sync::Mutex::new(()),
            turns: TaskTracker::new(),
            quitting: CancellationToken::new(),
        });
        recovery::finish_interrupted(&shared).await?;
        shared.keep_trash_short();
        shared.watch_neighbours(version);
        Ok(Self { shared })
    }

    /// Everything that a window needs before it draws.
    pub async fn state(&self) -> AppState {
        let connections = &self.shared.connections;
        let written = connections.written();
        let keyring = connections.keyring().await;
        let mut views = Vec::with_capacity(written.connections.len());
        for saved in &written.connections {
            views.push(connections.view(saved, keyring).await);
        }
        let demo = connections.is_demo();
        let (deployments, default_deployment) = if demo {
            let drafts = connection::demo_deployments();
            let views: Vec<_> = drafts.iter().map(connection::deployment_view).collect();
            let default = views.first().map(|first| first.name.clone());
            (views, default)
        } else {
            let active = views
                .iter()
                .find(|it| Some(&it.id) == written.active.as_ref());
            active.map_or((Vec::new(), None), |active| {
                (
                    active.deployments.clone(),
                    active.default_deployment.clone(),
                )
            })
        };
        AppState {
            connections: views,
            active: written.active.clone(),
            demo,
            deployments,
            default_deployment,
            defaults: TurnSettings::default(),
            offer: connections.offer(),
            base_models: models::all().iter().map(base_model).collect(),
            keyring,
            tools: permission::views(&written),
            storage: self.shared.storage.problem(),
            data_folder: self.shared.profile.data_folder().display().to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// What happens from now on, for one window.
    #[must_use]
    pub fn subscribe(&self) -> Subscription {
        self.shared.live().subscribe()
    }

    /// What an endpoint, as typed, would become.
    #[must_use]
    pub fn preview_endpoint(&self, typed: &str) -> EndpointPreview {
        connection::preview_endpoint(typed)
    }

    /// Asks the deployment of a connection form what chat would ask, and hangs up at its
    /// first word. Nothing is saved.
    pub async fn test_connection(&self, draft: ConnectionDraft) -> TestOutcome {
        match trial::run(&self.shared, &draft).await {
            Ok(test) => TestOutcome::Answered { test },
            Err(error) => TestOutcome::Failed { error },
        }
    }

    /// Saves a connection, keeps its key and makes it the active one; the demo ends.
    ///
    /// # Errors
    /// A bad endpoint, a keyring that does not take the key, a file that cannot be written.
    pub async fn save_connection(
        &self,
        draft: ConnectionDraft,
    ) -> Result<ConnectionView, ErrorReport> {
        let was_demo = self.shared.connections.is_demo();
        let saved = self.shared.connections.save(draft).await;
        if saved.is_ok() && was_demo {
            self.shared.live().stop_all();
        }
        self.state_changed();
        saved
    }

    /// Removes a connection and its key.
    ///
    /// # Errors
    /// A keyring that does not let go of the key, a file that cannot be written.
    pub async fn remove_connection(&self, id: ConnectionId) -> Result<(), ErrorReport> {
        let removed = self.shared.connections.remove(&id).await;
        self.state_changed();
        removed
    }

    /// The profile was in the demo when Hearth last ended.
    #[must_use]
    pub fn wants_demo(&self) -> bool {
        self.shared.connections.written().demo
    }

    /// The demo begins at this address. New questions go there until it is left.
    ///
    /// # Errors
    /// An address that is none, a settings file that cannot be written.
    pub async fn start_demo(&self, address: DemoAddress) -> Result<AppState, ErrorReport> {
        self.shared.connections.start_demo(address)?;
        self.state_changed();
        Ok(self.state().await)
    }

    /// The demo ends; its conversations stay, marked. An answer that is being written
    /// stops as if the person had pressed Stop: nobody is left to finish it.
    ///
    /// # Errors
    /// A settings file that cannot be written.
    pub async fn leave_demo(&self) -> Result<AppState, ErrorReport> {
        let was_demo = self.shared.connections.is_demo();
        self.shared.connections.leave_demo()?;
        if was_demo {
            self.shared.live().stop_all();
        }
        self.state_changed();
        Ok(self.state().await)
    }

    /// Stops every turn and waits until each has stored its ending. What the disk does not
    /// take even now is written to a file wherever there is room.
    pub async fn shutdown(&self) {
        self.shared.quitting.cancel();
        self.shared.turns.close();
        self.shared.turns.wait().await;
        self.leave_nothing_behind().await;
    }

    /// Does something to its end, even if whoever asked for it goes away in the middle.
    pub(crate) async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, ErrorReport>> + Send + 'static,
    ) -> Result<T, ErrorReport> {
        match self.shared.turns.spawn(work).await {
            Ok(done) => done,
            Err(stopped) => Err(ErrorReport::new(ErrorCode::Internal).saying(stopped.to_string())),
        }
    }

    fn state_changed(&self) {
        self.shared.live().announce(HearthEvent::StateChanged);
    }
}

fn base_model(base: &models::BaseModel) -> BaseModelView {
    BaseModelView {
        id: base.id.clone(),
        name: base.name.clone(),
        abilities: view::abilities(base),
        retires: base.retires.clone(),
    }
}

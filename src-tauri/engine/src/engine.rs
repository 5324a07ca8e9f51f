//! The handle that the window and the command line hold.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hearth_foundry::{ClientOptions, Environment};
use hearth_store::{self as store, Shelf, Store, StoreError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api::{
    Activity, AppState, BaseModelView, ConversationId, ConversationSummary, ErrorCode, ErrorReport,
    HearthEvent, MessageId, MessageView, TurnSettings,
};
use crate::bus::Subscription;
use crate::connecting;
use crate::connection::{self, Connections};
use crate::doctor::Walks;
use crate::gateway::Gateway;
use crate::ledger::Ledger;
use crate::live::Live;
use crate::profile::Profile;
use crate::settings::SettingsFile;
use crate::storage::Storage;
use crate::{permission, recovery, report, view};
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
    /// The Doctor's walks that go on now.
    pub(crate) walks: Walks,
    /// What the program that serves is asked for, and how it goes.
    pub(crate) gateway: Gateway,
    /// What was asked of resources, until it is on disk.
    pub(crate) ledger: Ledger,
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
            let store = Store::open_or_read(&folder)?;
            let version = store.data_version()?;
            Ok((store, version))
        });
        let (store, version) = opened
            .await
            .map_err(|stopped| ErrorReport::new(ErrorCode::Internal).saying(stopped.to_string()))?
            .map_err(|error: StoreError| {
                report::store(&error).about(profile.data_folder().display().to_string())
            })?;
        let connections = Connections::new(settings, environment, limits)?;
        let shared = Arc::new(Shared {
            profile,
            store,
            connections,
            live: Mutex::new(Live::new()),
            storage: Storage::default(),
            decoding: tokio::sync::Mutex::default(),
            attaching: tokio::sync::Mutex::default(),
            rows: tokio::sync::Mutex::new(()),
            turns: TaskTracker::new(),
            walks: Walks::default(),
            gateway: Gateway::default(),
            ledger: Ledger::default(),
            quitting: CancellationToken::new(),
        });
        shared.begin_storage().await;
        recovery::finish_interrupted(&shared).await?;
        shared.keep_trash_short();
        shared.watch_neighbours(version);
        shared.clear_leftovers();
        Ok(Self { shared })
    }

    /// Everything that a window needs before it draws.
    pub async fn state(&self) -> AppState {
        self.shared.look_for_system_proxy();
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
            entra: connecting::entra_presets(),
            network: self.shared.network_view(keyring).await,
            default_limits: connections.default_limits(),
            base_models: models::all().iter().map(base_model).collect(),
            keyring,
            tools: permission::views(&written),
            storage: self.shared.storage.problem(),
            rescued: self.shared.storage.rescued.paths(),
            data_folder: self.shared.profile.data_folder().display().to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// What happens from now on, for one window.
    #[must_use]
    pub fn subscribe(&self) -> Subscription {
        self.shared.live().subscribe()
    }

    /// Stops every turn and waits until each has stored its ending. What the disk does not
    /// take even now is written to a file wherever there is room.
    pub async fn shutdown(&self) {
        self.shared.quitting.cancel();
        self.shared.turns.close();
        self.shared.turns.wait().await;
        if let Err(error) = self.shared.write_requests().await {
            tracing::warn!(%error, "the last requests are missing from the record");
        }
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

    pub(crate) fn state_changed(&self) {
        self.shared.live().announce(HearthEvent::StateChanged);
        self.shared.gateway.look_again();
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

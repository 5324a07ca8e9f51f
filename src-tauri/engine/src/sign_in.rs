//! People signing in: with the browser or with a code, for a form or for a saved connection.
//!
//! Each sign-in waits in a task of its own and is told about as it goes on. What it brings is
//! a refresh token, which lies in memory under a name of its own until a connection takes it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use hearth_foundry::{
    BrowserSignIn, DeviceSignIn, EntraPlace, Failure, Page, Pages, Secret, SignedIn, in_browser,
    with_code,
};
use tokio_util::sync::CancellationToken;

use crate::api::{
    ConnectionId, CredentialChoice, EntraSettings, ErrorCode, ErrorReport, HearthEvent, SignInId,
    SignInMethod, SignInRequest, SignInState, SignInView,
};
use crate::connection::{self, secrets};
use crate::engine::{Engine, Shared};
use crate::report;
use crate::words::Words;

/// Sign-ins that are kept at most; the oldest is given up for a new one. More than a person
/// has open at once.
const MOST: usize = 8;

/// The sign-ins of this run.
#[derive(Default)]
pub(crate) struct SignIns {
    all: Mutex<Vec<Kept>>,
}

struct Kept {
    view: SignInView,
    place: EntraPlace,
    cancel: CancellationToken,
}

/// What a sign-in brought.
pub(crate) struct Done {
    /// The name under which the vault has the refresh token.
    pub(crate) lies_under: String,
    pub(crate) account: Option<String>,
}

/// Waiting for the person, either way.
enum Waiting {
    Browser(BrowserSignIn),
    Code(DeviceSignIn),
}

impl SignIns {
    fn all(&self) -> MutexGuard<'_, Vec<Kept>> {
        // A list of whole values is as good after a panic as before.
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a new one; those that have to make room for it.
    fn add(&self, kept: Kept) -> Vec<SignInView> {
        let mut all = self.all();
        all.push(kept);
        let surplus = all.len().saturating_sub(MOST);
        all.drain(..surplus)
            .map(|given_up| {
                given_up.cancel.cancel();
                given_up.view
            })
            .collect()
    }

    /// What a finished sign-in brought; none when it is not finished, or was taken already.
    ///
    /// # Errors
    /// [`ErrorCode::KeyForOtherHost`] when it was made at another authority than the choice's.
    pub(crate) fn done(
        &self,
        id: &SignInId,
        choice: &CredentialChoice,
    ) -> Result<Option<Done>, ErrorReport> {
        let all = self.all();
        let Some(kept) = all.iter().find(|kept| kept.view.id == *id) else {
            return Ok(None);
        };
        let SignInState::Done { account, .. } = &kept.view.state else {
            return Ok(None);
        };
        let asked = match choice {
            CredentialChoice::SignIn { entra } => connection::place(entra),
            _ => return Ok(None),
        };
        if !connection::same_authority(&asked, &kept.place) {
            let authority = kept.place.authority.clone();
            return Err(ErrorReport::new(ErrorCode::KeyForOtherHost).about(authority));
        }
        Ok(Some(Done {
            lies_under: lies_under(id),
            account: account.clone(),
        }))
    }

    /// A connection has it now.
    pub(crate) fn taken(&self, id: &SignInId) {
        self.all().retain(|kept| kept.view.id != *id);
    }

    /// Changes the state of one that still waits; false when it does not any more.
    fn ends(&self, id: &SignInId, state: SignInState) -> Option<SignInView> {
        let mut all = self.all();
        let kept = all.iter_mut().find(|kept| kept.view.id == *id)?;
        if !matches!(kept.view.state, SignInState::Waiting { .. }) {
            return None;
        }
        kept.view.state = state;
        Some(kept.view.clone())
    }
}

/// Under which name the vault has the refresh token of a sign-in that nobody took yet.
fn lies_under(id: &SignInId) -> String {
    format!("sign-in/{}", id.0)
}

impl Engine {
    /// Begins a sign-in. The window opens the page that it names, or shows the code; how it
    /// goes on is told as [`HearthEvent::SignIn`].
    ///
    /// # Errors
    /// [`ErrorCode::ConnectionNotFound`], also for one that nobody signs in to; an authority
    /// that is not https; and whatever keeps Microsoft Entra ID from being reached.
    pub async fn start_sign_in(&self, request: SignInRequest) -> Result<SignInView, ErrorReport> {
        let connections = &self.shared.connections;
        let written = connections.written();
        let saved = match &request.connection {
            Some(id) => Some(written.connection(id).ok_or_else(no_such_connection)?),
            None => None,
        };
        // Who signs in again does so where the connection is: what it brings is kept for that.
        let entra = match saved.map(|saved| &saved.credential) {
            Some(CredentialChoice::SignIn { entra }) => trimmed(entra)?,
            Some(_) => return Err(no_such_connection()),
            None => trimmed(&request.entra)?,
        };
        let place = connection::place(&entra);
        let client = connections.client(saved).await?;
        let waiting = match request.method {
            SignInMethod::Browser => in_browser(&client, place.clone(), pages())
                .await
                .map(Waiting::Browser),
            SignInMethod::DeviceCode => with_code(&client, place.clone()).await.map(Waiting::Code),
        };
        let waiting = waiting.map_err(|failure| report::failure(&failure))?;
        let view = SignInView {
            id: SignInId(crate::new_id()),
            method: request.method,
            connection: request.connection,
            state: waiting.state(),
        };
        let cancel = self.shared.quitting.child_token();
        let given_up = connections.sign_ins().add(Kept {
            view: view.clone(),
            place: place.clone(),
            cancel: cancel.clone(),
        });
        for view in given_up {
            self.shared.forget_sign_in(view).await;
        }
        let task = wait(self.shared.clone(), view.clone(), place, waiting, cancel);
        self.shared.turns.spawn(task);
        Ok(view)
    }

    /// How far a sign-in is: for a window that missed what was told of it. None for one that was
    /// given up, or that a connection has taken.
    #[must_use]
    pub fn sign_in_view(&self, id: &SignInId) -> Option<SignInView> {
        let all = self.shared.connections.sign_ins().all();
        let kept = all.iter().find(|kept| kept.view.id == *id)?;
        Some(kept.view.clone())
    }

    /// Gives a sign-in up, or lets go of what a finished one brought. One that is unknown is
    /// no error: it may have been taken in the same moment.
    pub async fn cancel_sign_in(&self, id: &SignInId) {
        let found = {
            let mut all = self.shared.connections.sign_ins().all();
            let at = all.iter().position(|kept| kept.view.id == *id);
            at.map(|at| all.remove(at))
        };
        if let Some(kept) = found {
            kept.cancel.cancel();
            self.shared.forget_sign_in(kept.view).await;
        }
    }
}

/// Waits for the person, and tells the windows how it ended.
async fn wait(
    shared: Arc<Shared>,
    view: SignInView,
    place: EntraPlace,
    waiting: Waiting,
    cancel: CancellationToken,
) {
    let ended = tokio::select! {
        biased;
        // Dropping it closes its port and stops its questions.
        () = cancel.cancelled() => return,
        ended = waiting.finish() => ended,
    };
    let state = match ended {
        Ok(signed_in) => match shared.keep_sign_in(&view, &place, &signed_in).await {
            Ok(()) => SignInState::Done {
                account: signed_in.account.clone(),
                token: Some(report::token(&signed_in.facts)),
            },
            Err(error) => SignInState::Failed { error },
        },
        Err(failure) => SignInState::Failed {
            error: report::failure(&failure),
        },
    };
    if let Some(sign_in) = shared.connections.sign_ins().ends(&view.id, state) {
        if sign_in.connection.is_some() {
            shared.live().announce(HearthEvent::StateChanged);
            // Whoever lends the connection lends it with what was signed in with before.
            shared.gateway.look_again();
        }
        shared.live().announce(HearthEvent::SignIn { sign_in });
    }
}

impl Waiting {
    fn state(&self) -> SignInState {
        let (url, user_code, until) = match self {
            Self::Browser(browser) => (browser.url(), None, browser.expires_at()),
            Self::Code(code) => (
                code.verification_uri(),
                Some(code.user_code().to_owned()),
                code.expires_at(),
            ),
        };
        SignInState::Waiting {
            url: url.to_owned(),
            user_code,
            expires_at: millis(until),
        }
    }

    async fn finish(self) -> Result<SignedIn, Failure> {
        match self {
            Self::Browser(browser) => browser.finish().await,
            Self::Code(code) => code.finish().await,
        }
    }
}

impl Shared {
    /// Keeps what a sign-in brought: for its connection at once, else in memory until a form
    /// takes it.
    async fn keep_sign_in(
        &self,
        view: &SignInView,
        place: &EntraPlace,
        signed_in: &SignedIn,
    ) -> Result<(), ErrorReport> {
        let copy = || Secret::new(signed_in.refresh_token.expose().to_owned());
        let Some(id) = &view.connection else {
            let vault = self.connections.secrets().vault();
            vault.keep_for_this_run(&lies_under(&view.id), copy());
            return Ok(());
        };
        let account = signed_in.account.clone();
        self.connections
            .signed_in_again(id, place, Arc::new(copy()), account)
            .await
    }

    /// Tells the windows that a sign-in was given up, and forgets what it brought.
    async fn forget_sign_in(&self, view: SignInView) {
        let name = lies_under(&view.id);
        if let Err(error) = self.connections.secrets().forget(&name).await {
            tracing::info!(%error, "a sign-in that was given up is not in the keyring either");
        }
        let sign_in = SignInView {
            state: SignInState::Cancelled,
            ..view
        };
        self.live().announce(HearthEvent::SignIn { sign_in });
    }
}

impl connection::Connections {
    /// A saved connection's person signed in anew.
    async fn signed_in_again(
        &self,
        id: &ConnectionId,
        place: &EntraPlace,
        refresh_token: Arc<Secret>,
        account: Option<String>,
    ) -> Result<(), ErrorReport> {
        let _alone = self.alone().await;
        let written = self.written();
        let saved = written.connection(id);
        let saved = saved.ok_or_else(no_such_connection)?;
        let CredentialChoice::SignIn { entra } = &saved.credential else {
            return Err(no_such_connection());
        };
        // Somebody may have given it another authority meanwhile, which must not get this.
        if !connection::same_authority(&connection::place(entra), place) {
            let other = place.authority.clone();
            return Err(ErrorReport::new(ErrorCode::KeyForOtherHost).about(other));
        }
        let name = secrets::credential(saved);
        let this_run_only = saved.this_run_only;
        self.secrets()
            .keep(&name, refresh_token, this_run_only)
            .await?;
        self.forget_credential(id);
        self.change(|settings| {
            if let Some(saved) = settings.connection_mut(id) {
                saved.account = account;
            }
        })
    }
}

fn no_such_connection() -> ErrorReport {
    ErrorReport::new(ErrorCode::ConnectionNotFound)
}

fn trimmed(entra: &EntraSettings) -> Result<EntraSettings, ErrorReport> {
    let choice = CredentialChoice::SignIn {
        entra: entra.clone(),
    };
    match connection::choice(&choice)? {
        CredentialChoice::SignIn { entra } => Ok(entra),
        _ => unreachable!("BUG: the kind of a choice has changed"),
    }
}

/// What the browser shows when it has come back.
fn pages() -> Pages {
    let words = Words::shared();
    let page = |title: &str, text: &str| Page {
        language: "en".to_owned(),
        title: words.say(title, &[]),
        text: words.say(text, &[]),
    };
    Pages {
        done: page("sign-in-page-done", "sign-in-page-done-text"),
        failed: page("sign-in-page-failed", "sign-in-page-failed-text"),
    }
}

fn millis(moment: SystemTime) -> i64 {
    let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

//! The one cache in front of every source of tokens.
//!
//! However many ask, there is one request: whoever comes while it runs waits for its outcome, and
//! because it runs as a task of its own, whoever gives up waiting takes it from nobody. It begins
//! before the old token ends, and as long as that one is valid nobody waits for the new one, nor
//! suffers when there is none. Foundry is the judge of a token; what stands here only decides
//! when to fetch another.

mod refusals;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio::time::Instant;

use refusals::Refusals;

use super::facts::TokenFacts;
use super::problem::{SignInKind, SignInProblem};
use super::source::{Fetched, Life, TokenSource};
use crate::client::Client;
use crate::failure::Failure;
use crate::retry;
use crate::secret::Secret;
use crate::sign_in::DEFAULT_SCOPE;

/// A token is renewed this long before it ends, plus a part of it at random so that many
/// programs do not come at once; a short one a quarter of its life before.
const LEAD: Duration = Duration::from_secs(5 * 60);
/// A token is not used so shortly before it ends: it has to arrive, too.
const SAFETY: Duration = Duration::from_secs(30);
/// How long a token is used of which nobody knows how long it lasts.
const UNKNOWN_LIFE: Duration = Duration::from_secs(5 * 60);
/// Longest pause after renewals that failed while the old token is valid.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How long a refusal holds that only other settings, or a person, end. A program that asks on
/// and on does not knock at the authority every time; other settings, and another sign-in, are
/// other [`Tokens`].
const REFUSED: Duration = Duration::from_secs(10);

/// Tokens for one scope from one source, fetched once for all who ask. Clones share them.
#[derive(Clone)]
pub struct Tokens {
    shared: Arc<Shared>,
}

struct Shared {
    source: TokenSource,
    scope: String,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    /// The fetch that runs. Its sender is gone when its runtime ended before it did.
    fetch: Option<Fetch>,
    /// Renewals that failed since the last that did not.
    failures: u32,
    /// No renewal before, unless somebody has to wait for one.
    not_before: Option<Instant>,
    /// What was refused for good, and until when nobody asks again.
    refused: Option<(Failure, Instant)>,
    fetched: u64,
    /// How often the resource refused what was fetched.
    refusals: Refusals,
}

/// What time it is; another one in tests.
type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;
type Outcome = Result<Token, Failure>;
/// A fetch that runs, and in the end its outcome.
type Fetch = watch::Receiver<Option<Outcome>>;

/// A token with the facts in it.
#[derive(Clone)]
pub(crate) struct Token {
    secret: Arc<Secret>,
    facts: Arc<TokenFacts>,
    /// Which fetch it came from.
    serial: u64,
}

/// The token in use.
struct Held {
    token: Token,
    received: Moment,
    renew_after: Duration,
    good_for: Duration,
    life: Duration,
}

/// Where in its life a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Fresh,
    /// It is time to renew it, while it is used.
    Due,
    /// It may be over when it arrives: used only when no other can be had.
    Ending,
    Over,
}

/// What a caller does.
enum Step {
    Use(Token),
    /// It was refused a moment ago, and would be again.
    Fail(Failure),
    /// Wait for a new token; without one, the spare is still valid.
    Wait {
        fetch: Fetch,
        spare: Option<Token>,
    },
}

/// A moment by both clocks: one stands still while the machine sleeps, the other can be set.
#[derive(Clone, Copy)]
struct Moment {
    steady: Instant,
    wall: SystemTime,
}

impl Tokens {
    /// Tokens of `source` for `scope`; an empty scope means [`DEFAULT_SCOPE`]. Nothing is fetched
    /// before somebody asks.
    #[must_use]
    pub fn new(source: TokenSource, scope: String) -> Self {
        Self::with_clock(source, scope, Arc::new(SystemTime::now))
    }

    pub(crate) fn with_clock(source: TokenSource, scope: String, clock: Clock) -> Self {
        let scope = match scope.trim().is_empty() {
            true => DEFAULT_SCOPE.to_owned(),
            false => scope,
        };
        let shared = Shared {
            source,
            scope,
            clock,
            state: Mutex::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The scope that tokens are asked for.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.shared.scope
    }

    /// Where they come from.
    #[must_use]
    pub fn source(&self) -> &TokenSource {
        &self.shared.source
    }

    /// What the token that is used now says of itself; none before the first.
    #[must_use]
    pub fn facts(&self) -> Option<TokenFacts> {
        if let TokenSource::Given(token) = &self.shared.source {
            return Some(TokenFacts::read(token.expose()));
        }
        let state = self.shared.state();
        let held = state.held.as_ref()?;
        Some(TokenFacts::clone(&held.token.facts))
    }

    /// A token to send now. Fetched with `client` when there is none, and renewed behind the
    /// caller's back when it is time.
    ///
    /// # Errors
    ///
    /// What [`Credential::prepare`](super::Credential::prepare) names, and only when there is no
    /// valid token left.
    pub(crate) async fn get(&self, client: &Client) -> Outcome {
        // A fetch ends without an outcome when the runtime ends that it ran on; this one lives.
        for _ in 0..2 {
            let (mut fetch, spare) = match self.next_step(client) {
                Step::Use(token) => return Ok(token),
                Step::Fail(failure) => return Err(failure),
                Step::Wait { fetch, spare } => (fetch, spare),
            };
            if let Ok(outcome) = fetch.wait_for(Option::is_some).await {
                let outcome = outcome.clone().expect("BUG: waited for something else");
                return outcome.or_else(|failure| spare.ok_or(failure));
            }
        }
        let said = "the sign-in was broken off";
        Err(SignInProblem::new(SignInKind::Unreachable, said).into())
    }

    fn next_step(&self, client: &Client) -> Step {
        let mut state = self.shared.state();
        if state.refusals.end_the_token() {
            state.held = None;
        }
        let held = state.held.as_ref();
        let held = held.map(|held| {
            (
                held.token.clone(),
                held.phase(self.shared.since(held.received)),
            )
        });
        let may_renew = state.may_renew();
        let spare = match held {
            None | Some((_, Phase::Over)) => None,
            Some((token, Phase::Ending)) if may_renew => Some(token),
            Some((token, phase)) => {
                if phase == Phase::Due && may_renew {
                    self.begin(&mut state, client);
                }
                return Step::Use(token);
            }
        };
        if spare.is_none()
            && let Some(failure) = state.still_refused()
        {
            return Step::Fail(failure);
        }
        Step::Wait {
            fetch: self.begin(&mut state, client),
            spare,
        }
    }

    /// Forgets exactly this token: the resource refused it. False when no other can be had, or
    /// when others were refused a moment ago: a resource that takes none of them is not to make
    /// the authority give one for every question.
    pub(crate) fn refused(&self, token: &Token) -> bool {
        if !self.shared.source.has_more() {
            return false;
        }
        let mut state = self.shared.state();
        // Others may have been refused the same token, and fetched a new one meanwhile.
        let is_held = |held: &Held| held.token.serial == token.serial;
        if !state.held.as_ref().is_some_and(is_held) {
            return true;
        }
        state.refusals.doubt();
        let is_over = state.refusals.end_the_token();
        if is_over {
            state.held = None;
        }
        is_over
    }

    /// The fetch that runs, or a new one.
    fn begin(&self, state: &mut State, client: &Client) -> Fetch {
        if let Some(running) = state.running() {
            return running;
        }
        let (sender, receiver) = watch::channel(None);
        state.fetch = Some(receiver.clone());
        let (shared, client) = (self.shared.clone(), client.clone());
        tokio::spawn(async move {
            let fetch = shared.source.fetch(&client, &shared.scope);
            let fetched = tokio::time::timeout(shared.source.limit(), fetch).await;
            let fetched = fetched.unwrap_or_else(|_| Err(shared.source.too_slow()));
            let outcome = shared.settle(fetched);
            // Nobody may be waiting any more; the token is kept all the same.
            let _ = sender.send(Some(outcome));
        });
        receiver
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Every change below is whole before anything can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Moment {
        Moment {
            steady: Instant::now(),
            wall: (self.clock)(),
        }
    }

    /// The time since `then`, by the clock on which more has passed: one set back, or one that
    /// stood still in a sleeping machine, does not make a token live longer.
    fn since(&self, then: Moment) -> Duration {
        let now = self.now();
        let wall = now.wall.duration_since(then.wall).unwrap_or_default();
        wall.max(now.steady.saturating_duration_since(then.steady))
    }

    /// Keeps what a fetch brought.
    fn settle(&self, fetched: Result<Fetched, Failure>) -> Outcome {
        let received = self.now();
        let mut state = self.state();
        state.fetch = None;
        match fetched {
            Ok(fetched) => {
                state.fetched += 1;
                let token = Token {
                    facts: Arc::new(TokenFacts::read(fetched.secret.expose())),
                    secret: fetched.secret,
                    serial: state.fetched,
                };
                state.held = Some(Held::new(token.clone(), received, fetched.life));
                state.refusals.trust();
                state.failures = 0;
                state.not_before = None;
                state.refused = None;
                Ok(token)
            }
            Err(failure) => {
                state.failures += 1;
                state.not_before = Some(received.steady + pause(state.failures));
                state.refused =
                    is_for_good(&failure).then(|| (failure.clone(), received.steady + REFUSED));
                tracing::warn!(%failure, failures = state.failures, "no new token");
                Err(failure)
            }
        }
    }
}

impl State {
    fn running(&self) -> Option<Fetch> {
        let fetch = self.fetch.as_ref()?;
        fetch.has_changed().is_ok().then(|| fetch.clone())
    }

    fn still_refused(&self) -> Option<Failure> {
        let (failure, until) = self.refused.as_ref()?;
        (Instant::now() < *until).then(|| failure.clone())
    }

    fn may_renew(&self) -> bool {
        self.not_before
            .is_none_or(|moment| Instant::now() >= moment)
    }
}

impl Held {
    fn new(token: Token, received: Moment, life: Life) -> Self {
        let life = match life {
            Life::Endless => Duration::MAX,
            Life::Known(life) => life,
            Life::Unknown => UNKNOWN_LIFE,
        };
        let lead = (life / 4).min(LEAD).mul_f64(1.0 + rand::random::<f64>());
        Self {
            token,
            received,
            renew_after: life.saturating_sub(lead),
            good_for: life.saturating_sub(SAFETY.min(life / 10)),
            life,
        }
    }

    fn phase(&self, age: Duration) -> Phase {
        match age {
            age if age >= self.life => Phase::Over,
            age if age >= self.good_for => Phase::Ending,
            age if age >= self.renew_after => Phase::Due,
            _ => Phase::Fresh,
        }
    }
}

/// The authority refused what stands in the settings, or who signed in, and will until something
/// else stands there or a person acts.
fn is_for_good(failure: &Failure) -> bool {
    let Failure::SignIn(problem) = failure else {
        return false;
    };
    matches!(
        problem.kind,
        SignInKind::ClientSecretWrong
            | SignInKind::ClientSecretExpired
            | SignInKind::ApplicationUnknown
            | SignInKind::TenantUnknown
            | SignInKind::ScopeUnknown
            | SignInKind::ScopeInvalid
            | SignInKind::ConsentNeeded
            | SignInKind::InteractionNeeded
            | SignInKind::PublicClientDisabled
            | SignInKind::AccountUnknown
            | SignInKind::Expired
    )
}

/// The pause after `failures` renewals that failed.
fn pause(failures: u32) -> Duration {
    (retry::backoff(failures, rand::random()) * 10).min(LONGEST_PAUSE)
}

impl Token {
    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }

    pub(crate) fn facts(&self) -> &TokenFacts {
        &self.facts
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("source", &self.shared.source)
            .field("scope", &self.shared.scope)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

//! The one task that starts, stops, moves and refills the gateway.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hearth_engine::api::{ErrorCode, ErrorReport, GatewayState, KeyringState};
use hearth_engine::{Engine, GatewayPlan};
use hearth_gateway::{Gateway, Limits, NotServing, Serving};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Terms;
use crate::offer::{self, Offer};
use crate::records::Records;

/// How often the settings are looked at: another program may change them.
const LOOK: Duration = Duration::from_secs(1);

/// How long what failed is left alone, unless something is chosen anew.
const RETRY: Duration = Duration::from_secs(10);

/// How often, and how long apart, a port is tried again that this program has just left.
const TRIES: u32 = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// The gateway, and what it was made of.
pub(crate) struct Keeper {
    engine: Engine,
    terms: Terms,
    records: Records,
    state: watch::Sender<GatewayState>,
    open: Option<Open>,
    /// What the last attempt was made of; none before the first.
    plan: Option<GatewayPlan>,
    /// When the next attempt is due though nothing was chosen anew; none when all is well.
    retry: Option<Instant>,
    /// Gateways that serve no more, whose last answers come to their end.
    ending: JoinSet<()>,
}

/// A gateway that serves.
struct Open {
    serving: Serving,
    /// Where it was told to listen, which is not where it listens when the system chose.
    wanted: SocketAddr,
    /// In milliseconds since the Unix epoch.
    since: i64,
}

/// What became of an attempt to serve.
enum Attempt {
    /// It serves, or it is known why not.
    Made,
    /// Something else was chosen meanwhile.
    Overtaken,
}

impl Keeper {
    pub(crate) fn new(engine: Engine, terms: Terms) -> (Self, watch::Receiver<GatewayState>) {
        let (state, receiver) = watch::channel(GatewayState::Off);
        let keeper = Self {
            records: Records::start(engine.clone()),
            engine,
            terms,
            state,
            open: None,
            plan: None,
            retry: None,
            ending: JoinSet::new(),
        };
        (keeper, receiver)
    }

    /// Follows the settings until told to stop, and how long then to wait for what runs.
    pub(crate) async fn run(mut self, mut stopped: oneshot::Receiver<Duration>) {
        let mut changes = self.engine.gateway_changes();
        let mut asked = Some(*changes.borrow_and_update());
        let patience = loop {
            tokio::select! {
                patience = &mut stopped => break patience,
                () = self.follow(asked.is_some()) => {}
            }
            if let Some(asked) = asked {
                self.engine.gateway_settled(asked);
            }
            asked = tokio::select! {
                patience = &mut stopped => break patience,
                changed = changes.changed() => match changed {
                    Ok(()) => Some(*changes.borrow_and_update()),
                    // Its sender lives as long as the engine, which is here.
                    Err(_) => None,
                },
                () = tokio::time::sleep(LOOK) => None,
            };
        };
        // Nobody waits any more when whoever held it is gone.
        if let Ok(patience) = patience {
            self.end(patience).await;
        }
    }

    async fn end(mut self, patience: Duration) {
        self.close();
        let ending = async { while self.ending.join_next().await.is_some() {} };
        if tokio::time::timeout(patience, ending).await.is_err() {
            tracing::info!("the gateway ends before some of its answers");
        }
        self.is(GatewayState::Off);
        self.records.end().await;
    }

    /// Brings the gateway in step with the settings. `asked`: something may be different that
    /// the settings do not show.
    async fn follow(&mut self, asked: bool) {
        while self.ending.try_join_next().is_some() {}
        let mut chosen_meanwhile = false;
        loop {
            let plan = self.plan_now();
            if !self.is_wanted(&plan) {
                self.close();
                self.plan = Some(plan);
                self.retry = None;
                self.is(GatewayState::Off);
                return;
            }
            let chosen_anew = chosen_meanwhile || self.plan.as_ref() != Some(&plan);
            if !chosen_anew && !self.is_due(asked).await {
                return;
            }
            if chosen_anew && self.open.is_none() {
                self.is(GatewayState::Starting);
            }
            match self.attempt(&plan).await {
                Attempt::Overtaken => chosen_meanwhile = true,
                Attempt::Made => {
                    // Only now: an attempt that was given up in the middle is made again.
                    self.plan = Some(plan);
                    return;
                }
            }
        }
    }

    fn plan_now(&self) -> GatewayPlan {
        self.engine.gateway_plan(self.terms.connection.as_ref())
    }

    fn is_wanted(&self, plan: &GatewayPlan) -> bool {
        self.terms.always || plan.settings.on
    }

    /// Whether to try again though nothing was chosen anew. A keyring that is locked is not
    /// asked by itself: the person would be, again and again.
    async fn is_due(&self, asked: bool) -> bool {
        let overdue = self.retry.is_some_and(|at| Instant::now() >= at);
        if !(asked || overdue) {
            return false;
        }
        self.retry.is_none() || self.engine.keyring().await != KeyringState::Locked
    }

    async fn attempt(&mut self, plan: &GatewayPlan) -> Attempt {
        let offer = self.offer(plan).await;
        // What was read before the latest choice would bring back what that took away.
        if self.plan_now() != *plan {
            return Attempt::Overtaken;
        }
        let done = match offer {
            Ok(Some(offer)) => self.serve(plan, offer).await,
            Ok(None) => return Attempt::Overtaken,
            Err(problem) => Err(problem),
        };
        let incomplete = match &done {
            Ok(incomplete) => *incomplete,
            Err(_) => true,
        };
        self.retry = incomplete.then(|| Instant::now() + RETRY);
        if let Err(problem) = done {
            self.close();
            self.is(GatewayState::Failed { problem });
        }
        Attempt::Made
    }

    /// Reads what is to be lent; none when nothing is to be lent any more. The system may ask the
    /// person meanwhile: a key that is removed before they answer is refused all the same.
    async fn offer(&self, plan: &GatewayPlan) -> Result<Option<Offer>, ErrorReport> {
        let mut changes = self.engine.gateway_changes();
        let mut reading = pin!(offer::read(&self.engine, &self.terms, &plan.settings));
        let mut known = plan.clone();
        self.narrow(&known);
        loop {
            tokio::select! {
                offer = &mut reading => return offer.map(Some),
                // Its sender lives as long as the engine, which is here.
                _ = changes.changed() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
            let now = self.plan_now();
            if !self.is_wanted(&now) {
                return Ok(None);
            }
            if now != known {
                self.narrow(&now);
                known = now;
            }
        }
    }

    /// Refuses whoever may not ask any more, before anything else is found out.
    fn narrow(&self, plan: &GatewayPlan) {
        let Some(open) = &self.open else {
            return;
        };
        let callers = offer::known_callers(&self.engine, &self.terms, &plan.settings);
        if let Some((keys, door)) = callers {
            open.serving.admit_only(keys, door);
        }
    }

    /// Serves what was read, and says whether some keys are still to be read.
    async fn serve(&mut self, plan: &GatewayPlan, offer: Offer) -> Result<bool, ErrorReport> {
        let wanted = self
            .terms
            .listen
            .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, plan.settings.port)));
        let Offer {
            lent,
            door,
            connection,
            incomplete,
        } = offer;
        let not_serving = |error: &NotServing| {
            ErrorReport::new(ErrorCode::GatewayNotListening)
                .about(wanted.to_string())
                .saying(error.to_string())
        };
        self.records.lends(&connection, now());
        match &self.open {
            Some(open) if open.wanted == wanted => {
                let replaced = open.serving.replace(lent, door);
                replaced.map_err(|error| not_serving(&error))?;
            }
            Some(_) | None => {
                let listener = self.listen(wanted).await?;
                let gateway = Gateway {
                    lent,
                    door,
                    limits: Limits::default(),
                    recorder: Some(self.records.sender()),
                };
                let serving = gateway.serve(listener);
                let serving = serving.map_err(|error| not_serving(&error))?;
                self.close();
                self.open = Some(Open {
                    serving,
                    wanted,
                    since: now(),
                });
            }
        }
        if let Some(open) = &self.open {
            self.is(GatewayState::Running {
                url: open.serving.url(),
                connection,
                since: open.since,
            });
        }
        Ok(incomplete)
    }

    /// A port that this program itself has just left is not free in the same moment.
    async fn listen(&self, wanted: SocketAddr) -> Result<TcpListener, ErrorReport> {
        let mut tries = if self.ending.is_empty() { 1 } else { TRIES };
        loop {
            tries -= 1;
            match TcpListener::bind(wanted).await {
                Ok(listener) => return Ok(listener),
                Err(error) if tries == 0 => return Err(not_listening(wanted, &error)),
                Err(_) => tokio::time::sleep(BETWEEN_TRIES).await,
            }
        }
    }

    /// Accepts nobody else; what runs comes to its end beside everything else.
    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.ending.spawn(open.serving.shutdown());
        }
    }

    fn is(&self, state: GatewayState) {
        self.engine.gateway_is(state.clone());
        self.state.send_if_modified(|known| {
            let different = *known != state;
            *known = state;
            different
        });
    }
}

fn not_listening(wanted: SocketAddr, error: &io::Error) -> ErrorReport {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            ErrorReport::new(ErrorCode::GatewayAddressTaken).about(wanted.to_string())
        }
        _ => ErrorReport::new(ErrorCode::GatewayNotListening)
            .about(wanted.to_string())
            .saying(error.to_string()),
    }
}

/// Milliseconds since the Unix epoch.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or_default()
}

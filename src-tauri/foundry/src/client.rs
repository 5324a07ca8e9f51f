//! Asking a resource: one client for everything that leaves this machine for Foundry.

mod answer;
mod asking;
mod body;
mod counting;
mod forwarding;
mod gather;
mod headers;
mod refused;
mod skip;
mod veil;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use hearth_wire::{MessagesRequest, StreamEvent};
use reqwest::NoProxy;
use reqwest::redirect::Policy;
use url::Url;

pub use answer::called;
pub use body::begins_as_object;
pub use forwarding::{Errand, NotPassed, Passed, Surface, Verbatim};
pub use headers::{BadHeader, ExtraHeader};
pub use hearth_wire::ApiVersion;
pub use refused::{Refused, RefusedBody};
pub use skip::Skip;
pub use veil::{Veil, Veiling};

use crate::credential::Credential;
use crate::endpoint::Endpoint;
use crate::failure::Failure;
use crate::network::{BadNetwork, Hop, Named, Network, Proxy, Route, Tls, Way};
use asking::{Asking, Form, Question};

/// Whom to ask, and as whom.
#[derive(Debug, Clone)]
pub struct Target {
    /// Where.
    pub endpoint: Endpoint,
    /// As whom.
    pub credential: Credential,
    /// The version of the API; see [`ApiVersion::needed`].
    pub anthropic_version: ApiVersion,
    /// Sent besides with every request; default none.
    pub headers: Vec<ExtraHeader>,
    /// Ends waits between attempts early; clones share it. Default one that nobody holds.
    pub skip: Skip,
}

/// Limits, with the defaults that people get.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Longest time to a connection, TLS included. Default 10 s. Twice as long is waited, on
    /// Linux, until what was sent on a connection has at least been received.
    pub connect_timeout: Duration,
    /// Longest silence, before the answer's head and between any two bytes of it. Default 90 s:
    /// Foundry sends a ping more often than that. There is no limit on a whole stream.
    pub idle_timeout: Duration,
    /// Longest time for an answer in one piece, from the question to its last byte. Default ten
    /// minutes, as with the official SDKs.
    pub whole_timeout: Duration,
    /// Most attempts in all. Default 4.
    pub max_attempts: u32,
    /// Longest waiting between attempts, summed. Default 60 s; a longer `retry-after` fails at
    /// once and says so.
    pub max_wait_total: Duration,
    /// The way out. Default: the system's.
    pub network: Network,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(90),
            whole_timeout: Duration::from_secs(600),
            max_attempts: 4,
            max_wait_total: Duration::from_secs(60),
            network: Network::default(),
        }
    }
}

/// TLS or a certificate could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the http client could not be set up: {0}")]
pub struct ClientUnavailable(String);

/// A step of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The question is being sent. Whatever an earlier attempt gave is void from here on: start
    /// assembling anew.
    Asking {
        /// Which attempt, from 1.
        attempt: u32,
    },
    /// The last attempt failed, and there will be another after a wait, which begins now.
    Waiting {
        /// The next attempt, from 2.
        attempt: u32,
        /// Most attempts.
        attempts: u32,
        /// How long. Nothing only where the token that was refused could be renewed: that is the
        /// same attempt with another token, and no wait for what passes by itself.
        delay: Duration,
        /// Why.
        reason: Failure,
    },
    /// The answer's head is here, and it says that an answer follows.
    Opened {
        /// `request-id`.
        request_id: Option<String>,
        /// `apim-request-id`.
        apim_request_id: Option<String>,
        /// The answer says that it comes from the demo's emulator (`x-hearth-emulator`).
        emulator: bool,
        /// It comes in one piece, whatever was asked for: once its head is here it was written.
        in_one_piece: bool,
    },
    /// An event. `error` events are failures instead.
    Event {
        /// As read.
        event: StreamEvent,
        /// Its data as it came.
        raw: String,
    },
}

/// Asks resources. Cheap to clone: clones share connections.
#[derive(Debug, Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// For this machine: never through a proxy, which could not reach it.
    here: reqwest::Client,
    /// For everything else, through the proxy if there is one.
    outside: reqwest::Client,
    route: Route,
    tls: Tls,
    options: ClientOptions,
}

impl Client {
    /// A client. Nothing is sent before somebody asks.
    ///
    /// # Errors
    ///
    /// When the way out cannot be set up; see [`Network::check`].
    pub fn new(options: ClientOptions) -> Result<Self, ClientUnavailable> {
        let unusable = |error: BadNetwork| ClientUnavailable(error.to_string());
        let tls = Tls::new(&options.network).map_err(unusable)?;
        let build = |builder: reqwest::ClientBuilder| {
            builder
                .build()
                .map_err(|error| ClientUnavailable(crate::network::words_of(&error)))
        };
        let here = build(http(&options, &tls).no_proxy())?;
        let route = Route::of(&options.network.proxy, &options.network.desktop);
        let outside = build(through(
            http(&options, &tls),
            &options.network.proxy,
            &route,
        )?)?;
        Ok(Self {
            shared: Arc::new(Shared {
                here,
                outside,
                route,
                tls,
                options,
            }),
        })
    }

    /// Asks, for a stream of events or, when the request's `stream` is false, for an answer in
    /// one piece. The steps are the same: an answer in one piece becomes the events that a
    /// stream would have had, each block verbatim, all at once when it is there.
    ///
    /// Every attempt begins with [`Progress::Asking`]. Attempts follow one another only while
    /// nothing of the answer's content was yielded, each wait announced by [`Progress::Waiting`]
    /// before it begins; an answer in one piece whose body had begun is not asked for again
    /// either, because it was written, and is paid for. The stream ends after the event
    /// `message_stop`, or with one failure; a connection that ends earlier is a failure
    /// ([`Failure::Cut`]).
    ///
    /// Nothing happens before the stream is polled. Dropping it closes the connection at once.
    /// To be polled within a tokio runtime.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a request is used up by asking, so that it is not sent twice by mistake"
    )]
    pub fn stream(
        &self,
        target: &Target,
        request: MessagesRequest,
    ) -> impl Stream<Item = Result<Progress, Failure>> + Send + use<> {
        let question = Question::new(&request, self.options());
        let asking = Asking::new(self.clone(), target.clone(), question);
        futures_util::stream::unfold(asking, |mut asking| async move {
            let step = asking.next().await?;
            Some((step, asking))
        })
    }

    /// Its limits.
    #[must_use]
    pub fn options(&self) -> &ClientOptions {
        &self.shared.options
    }

    /// The TLS that every connection of this client is made with.
    pub(crate) fn tls(&self) -> &Tls {
        &self.shared.tls
    }

    /// The proxy on the way to `url`; none where the way is direct, as it is to this machine.
    pub(crate) async fn proxy_to(&self, url: &Url, loopback: bool) -> Option<Hop> {
        if loopback {
            return None;
        }
        self.shared.route.settle(url).await;
        self.shared.route.to(url.as_str())
    }

    /// Longest time to a connection.
    pub(crate) fn connect_timeout(&self) -> Duration {
        self.options().connect_timeout
    }

    /// Sends a request, and tells what failed on the way.
    ///
    /// # Errors
    ///
    /// When no answer's head comes within `patience`. An answer of any status is an answer.
    pub(crate) async fn send(
        &self,
        request: reqwest::Request,
        loopback: bool,
        patience: Duration,
    ) -> Result<reqwest::Response, Failure> {
        let url = request.url().clone();
        let hop = self.proxy_to(&url, loopback).await;
        let asked = self.tls().asked();
        let sending = self.http(loopback).execute(request);
        match tokio::time::timeout(patience, sending).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => {
                let way = Way {
                    host: url.host_str().map(str::to_owned),
                    proxy: hop.clone(),
                    asked_for_certificate: self.tls().asked() != asked,
                    no_identity: !self.tls().has_identity(),
                };
                let failure = crate::network::failure_on(error, &way);
                Err(crate::path::explained(self, failure, hop.as_ref(), &url).await)
            }
            Err(_) => Err(Failure::Stalled),
        }
    }

    pub(crate) fn http(&self, loopback: bool) -> &reqwest::Client {
        if loopback {
            &self.shared.here
        } else {
            &self.shared.outside
        }
    }
}

fn http(options: &ClientOptions, tls: &Tls) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("hearth/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .referer(false)
        .tls_backend_preconfigured(tls.config.clone())
        .connect_timeout(options.connect_timeout)
        .tcp_nodelay(true)
        .tcp_keepalive(Duration::from_secs(60))
        .unanswered(options.connect_timeout * 2)
        // Azure's load balancers forget idle connections after four minutes.
        .pool_idle_timeout(Duration::from_secs(180))
        .http2_keep_alive_interval(Duration::from_secs(30))
        .http2_keep_alive_timeout(Duration::from_secs(20))
}

/// How long a connection may stay without any sign from the other side's network.
trait Unanswered {
    /// Ends connections whose bytes nobody acknowledges for so long. One that was kept while this
    /// machine slept is dead on the other side, which says nothing; without a limit of its own
    /// the question that is sent on it waits for as long as a slow answer may take.
    fn unanswered(self, longest: Duration) -> Self;
}

impl Unanswered for reqwest::ClientBuilder {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn unanswered(self, longest: Duration) -> Self {
        // RFC 5482; tcp(7), TCP_USER_TIMEOUT.
        self.tcp_user_timeout(longest)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn unanswered(self, _: Duration) -> Self {
        self
    }
}

fn through(
    builder: reqwest::ClientBuilder,
    proxy: &Proxy,
    route: &Route,
) -> Result<reqwest::ClientBuilder, ClientUnavailable> {
    if let Some(named) = Named::by(proxy) {
        // The library's error could repeat the address, and a password stands in it.
        let made = reqwest::Proxy::all(named.address)
            .map_err(|_| ClientUnavailable("the proxy's address cannot be used".to_owned()))?;
        let except = NoProxy::from_string(&named.except);
        return Ok(builder.proxy(made.no_proxy(except)));
    }
    Ok(match (proxy, route.for_library()) {
        (Proxy::Direct, _) => builder.no_proxy(),
        (_, Some(desktop)) => builder.proxy(desktop),
        // What reqwest does by itself is what `Route` does too, but for the desktop.
        (_, None) => builder,
    })
}

impl Question {
    fn new(request: &MessagesRequest, options: &ClientOptions) -> Self {
        let body = request.json();
        // Slower uplinks than 32 KiB a second are not silence.
        let upload = Duration::from_secs_f64(body.len() as f64 / (32.0 * 1024.0));
        let form = if request.stream {
            Form::Events
        } else {
            Form::Whole
        };
        let patience = match form {
            Form::Events => options.idle_timeout,
            Form::Whole => options.whole_timeout,
        };
        Self {
            body: Bytes::from(body),
            form,
            patience: patience + upload,
        }
    }
}

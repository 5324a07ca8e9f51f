//! Asking a resource: one client for everything that leaves this machine for Foundry.

mod answer;
mod asking;
mod body;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use hearth_wire::{MessagesRequest, StreamEvent};
use reqwest::redirect::Policy;

pub use hearth_wire::ApiVersion;

use crate::credential::Credential;
use crate::endpoint::Endpoint;
use crate::failure::Failure;
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
}

/// Limits, with the defaults that people get.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Longest time to a connection, TLS included. Default 10 s.
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
    /// Certificates (DER) to trust besides the system's. Default none.
    pub extra_roots: Vec<Vec<u8>>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(90),
            whole_timeout: Duration::from_secs(600),
            max_attempts: 4,
            max_wait_total: Duration::from_secs(60),
            extra_roots: Vec::new(),
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
        /// How long.
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
    /// For everything else, through the system's proxy if there is one.
    outside: reqwest::Client,
    options: ClientOptions,
}

impl Client {
    /// A client. Nothing is sent before somebody asks.
    ///
    /// # Errors
    ///
    /// When TLS cannot be set up, or one of `extra_roots` is not a certificate.
    pub fn new(options: ClientOptions) -> Result<Self, ClientUnavailable> {
        let build = |builder: reqwest::ClientBuilder| {
            builder
                .build()
                .map_err(|error| ClientUnavailable(crate::network::words_of(&error)))
        };
        let here = build(http(&options)?.no_proxy())?;
        let outside = build(http(&options)?)?;
        Ok(Self {
            shared: Arc::new(Shared {
                here,
                outside,
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

    fn options(&self) -> &ClientOptions {
        &self.shared.options
    }

    pub(crate) fn http(&self, loopback: bool) -> &reqwest::Client {
        if loopback {
            &self.shared.here
        } else {
            &self.shared.outside
        }
    }
}

fn http(options: &ClientOptions) -> Result<reqwest::ClientBuilder, ClientUnavailable> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("hearth/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .referer(false)
        .connect_timeout(options.connect_timeout)
        .tcp_nodelay(true)
        .tcp_keepalive(Duration::from_secs(60))
        // Azure's load balancers forget idle connections after four minutes.
        .pool_idle_timeout(Duration::from_secs(180))
        .http2_keep_alive_interval(Duration::from_secs(30))
        .http2_keep_alive_timeout(Duration::from_secs(20));
    let roots = options
        .extra_roots
        .iter()
        .map(|der| reqwest::Certificate::from_der(der));
    let roots: Vec<_> = roots
        .collect::<Result<_, _>>()
        .map_err(|error| ClientUnavailable(crate::network::words_of(&error)))?;
    if !roots.is_empty() {
        builder = builder.tls_certs_merge(roots);
    }
    Ok(builder)
}

impl Question {
    fn new(request: &MessagesRequest, options: &ClientOptions) -> Self {
        let body = serde_json::to_vec(request).expect("BUG: a request is made of valid JSON");
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

//! What can go wrong between a question and its answer, with the facts that a person or a support
//! desk needs. Whether to try again is a property of the failure.

mod length;
mod network;
mod rejection;
mod veil;

use std::time::Duration;

use hearth_wire::ApiError;

pub use network::{ProxyKind, ProxyProblem, TlsKind, TlsProblem};
pub use rejection::{Clock, Rejection};

use crate::credential::{SignInKind, SignInProblem};
use crate::retry;

/// Why there is no answer, or no more of it. No variant ever contains a secret.
///
/// How many attempts were made is in [`Progress::Asking`](crate::Progress::Asking), and for a
/// refusal in [`Rejection::attempts`] too.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The resource answered with an error status.
    #[error("the resource answered {}: {}", .0.status, .0.message)]
    Rejected(Box<Rejection>),
    /// An error came after status 200: as an event, or as the body of an answer in one piece.
    #[error("the answer reported an error: {error}")]
    StreamError {
        /// What the event said.
        error: Box<ApiError>,
        /// The answer's ids.
        ids: Ids,
    },
    /// The connection ended before `message_stop` did.
    #[error("the stream ended before the answer did")]
    Cut,
    /// Nothing came, not even a ping, for the idle timeout.
    #[error("nothing came for too long")]
    Stalled,
    /// The answer is not what was asked for.
    #[error("the answer is not a message: {what}")]
    Unexpected {
        /// What it is instead.
        what: Oddity,
        /// The answer's ids.
        ids: Ids,
    },
    /// A redirect, which is never followed: the key would go along.
    #[error("the resource redirects with status {status}, which is never followed")]
    Redirected {
        /// The HTTP status, 3xx.
        status: u16,
        /// Where to, as the answer says it.
        to: Option<String>,
        /// The answer's ids.
        ids: Ids,
    },
    /// The host's name does not resolve: for a resource, its name is wrong, or there is no network.
    #[error("the host name does not resolve")]
    HostUnknown,
    /// Nobody answers at the address; the text is the operating system's or the library's.
    #[error("there is no connection, or it was lost: {0}")]
    Unreachable(String),
    /// The certificate is not trusted, or TLS failed otherwise.
    #[error("no secure connection: {0}")]
    Tls(Box<TlsProblem>),
    /// The proxy refused or failed.
    #[error("the proxy failed: {0}")]
    Proxy(Box<ProxyProblem>),
    /// There is no key or token to ask with: Microsoft Entra ID gave none, or whoever was to
    /// provide it.
    #[error("sign-in failed: {0}")]
    SignIn(Box<SignInProblem>),
    /// The key or token holds characters that no HTTP header can carry.
    #[error("the key or token holds characters that cannot be sent")]
    BadCredential,
}

/// The ids under which an answer can be found at Anthropic and at Azure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ids {
    /// `request-id`.
    pub request_id: Option<String>,
    /// `apim-request-id`.
    pub apim_request_id: Option<String>,
}

impl Ids {
    fn texts(&mut self) -> [&mut Option<String>; 2] {
        [&mut self.request_id, &mut self.apim_request_id]
    }
}

/// What an answer is instead of a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Oddity {
    /// Something of another content type, such as a sign-in page.
    #[error("its content type is `{content_type}`: {beginning}")]
    OtherContent {
        /// The content type; empty when there is none.
        content_type: String,
        /// The page's title, or the first characters.
        beginning: String,
    },
    /// Nothing at all.
    #[error("it is empty")]
    Empty,
    /// An event, or a whole answer, that cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// A line or an event, or a whole answer, over the limit.
    #[error("it is longer than any message")]
    TooLong,
}

impl Oddity {
    fn texts(&mut self) -> Vec<&mut String> {
        match self {
            Self::OtherContent {
                content_type,
                beginning,
            } => vec![content_type, beginning],
            Self::Unreadable(said) => vec![said],
            Self::Empty | Self::TooLong => Vec::new(),
        }
    }
}

/// What a failure means, for those who choose words and remedies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// 401 with a key, or before it is known with what: it is wrong, or for another resource.
    Unauthorized,
    /// 401 with a token, for a reason that neither the token nor the answer tells.
    TokenRefused,
    /// 401 with a token that has expired.
    TokenExpired,
    /// 401 with a token for another service.
    TokenAudience,
    /// 400 or 401 with a token of another tenant than the resource's.
    TokenTenant,
    /// 403: the role for asking is missing.
    RoleMissing,
    /// 403: a network rule of the resource's keeps this address out.
    NetworkRule,
    /// 403: the resource takes no keys.
    KeysDisabled,
    /// 403 of any other kind.
    Forbidden,
    /// 404: the resource has no such deployment, or not yet.
    DeploymentNotFound,
    /// 404: the address does not serve Claude.
    ApiNotSupported,
    /// Any other 404.
    AddressNotFound,
    /// 400 and other statuses of 4xx.
    RequestInvalid,
    /// 400: the deployment lacks something that the request asks for.
    FeatureMissing,
    /// 400: thinking that was sent back is not valid here any more.
    ThinkingInvalid,
    /// 400 because the conversation is longer than the model's context.
    ContextExceeded,
    /// 413.
    RequestTooLarge,
    /// 402.
    Billing,
    /// 429.
    RateLimited,
    /// 429 by a spend limit: waiting does not help.
    SpendLimit,
    /// 503, 529.
    Overloaded,
    /// Other statuses of 5xx, and 409.
    Upstream,
    /// 408, 504.
    UpstreamTimeout,
    /// A redirect.
    Redirected,
    /// Not a message.
    UnexpectedAnswer,
    /// An `error` event.
    StreamError,
    /// The stream ended early.
    Cut,
    /// The stream fell silent.
    Stalled,
    /// The name does not resolve.
    HostUnknown,
    /// Nobody answers.
    Unreachable,
    /// No secure connection.
    Tls(TlsKind),
    /// The proxy failed, or 407.
    Proxy(ProxyKind),
    /// There is no key or token to ask with.
    SignIn(SignInKind),
    /// The credential cannot be sent.
    BadCredential,
}

impl Failure {
    /// What it means.
    #[must_use]
    pub fn category(&self) -> Category {
        match self {
            Self::Rejected(rejection) => rejection.category(),
            Self::StreamError { .. } => Category::StreamError,
            Self::Cut => Category::Cut,
            Self::Stalled => Category::Stalled,
            Self::Unexpected { .. } => Category::UnexpectedAnswer,
            Self::Redirected { .. } => Category::Redirected,
            Self::HostUnknown => Category::HostUnknown,
            Self::Unreachable(_) => Category::Unreachable,
            Self::Tls(problem) => Category::Tls(problem.kind),
            Self::Proxy(problem) => Category::Proxy(problem.kind),
            Self::SignIn(problem) => Category::SignIn(problem.kind),
            Self::BadCredential => Category::BadCredential,
        }
    }

    /// How long to wait before asking again, after the `attempt`-th attempt (from 1) failed like
    /// this; none when asking again would not help. The wait that the resource asks for is given
    /// as it stands, however long; without one it grows from half a second to eight, with jitter.
    ///
    /// To be asked only while nothing of the answer was shown.
    #[must_use]
    pub fn retry_delay(&self, attempt: u32) -> Option<Duration> {
        let backoff = || retry::backoff(attempt, rand::random());
        match self {
            Self::Rejected(rejection) => rejection
                .is_passing()
                .then(|| rejection.retry_after.unwrap_or_else(backoff)),
            Self::StreamError { error, .. } => retry::is_passing(error).then(backoff),
            Self::Cut | Self::HostUnknown | Self::Unreachable(_) => Some(backoff()),
            Self::Proxy(problem) => problem.kind.is_passing().then(backoff),
            // Whoever was silent for the whole idle timeout may still be working on the question,
            // and asking again would be paid for twice.
            Self::Stalled => None,
            Self::Unexpected { .. }
            | Self::Redirected { .. }
            | Self::Tls(_)
            | Self::SignIn(_)
            | Self::BadCredential => None,
        }
    }

    /// The ids of the answer that failed, if there was one.
    #[must_use]
    pub fn ids(&self) -> Ids {
        match self {
            Self::Rejected(rejection) => Ids {
                request_id: rejection.request_id.clone(),
                apim_request_id: rejection.apim_request_id.clone(),
            },
            Self::StreamError { ids, .. }
            | Self::Unexpected { ids, .. }
            | Self::Redirected { ids, .. } => ids.clone(),
            Self::Cut
            | Self::Stalled
            | Self::HostUnknown
            | Self::Unreachable(_)
            | Self::Tls(_)
            | Self::Proxy(_)
            | Self::SignIn(_)
            | Self::BadCredential => Ids::default(),
        }
    }

    /// The same without any of `secrets` in what the other side said, and with no more of its
    /// words than people read.
    pub(crate) fn without(mut self, secrets: &[&str]) -> Self {
        let hide = |text: &mut String| {
            veil::hide(text, secrets);
            length::bound(text);
        };
        match &mut self {
            Self::Rejected(rejection) => rejection.texts().into_iter().for_each(hide),
            Self::StreamError { error, ids } => {
                hide(&mut error.message);
                let said = [&mut error.kind, &mut error.code, &mut error.request_id];
                let all = said.into_iter().chain(ids.texts());
                all.flatten().for_each(hide);
            }
            Self::Unexpected { what, ids } => {
                what.texts().into_iter().for_each(hide);
                ids.texts().into_iter().flatten().for_each(hide);
            }
            Self::Redirected { to, ids, .. } => {
                let all = ids.texts().into_iter().chain([to]);
                all.flatten().for_each(hide);
            }
            Self::Cut
            | Self::Stalled
            | Self::HostUnknown
            | Self::Unreachable(_)
            | Self::Tls(_)
            | Self::Proxy(_)
            | Self::SignIn(_)
            | Self::BadCredential => {}
        }
        self
    }

    /// Records how many attempts were made, where there is a place for it.
    pub(crate) fn after(mut self, attempts: u32) -> Self {
        if let Self::Rejected(rejection) = &mut self {
            rejection.attempts = attempts;
        }
        self
    }
}

#[cfg(test)]
mod tests;

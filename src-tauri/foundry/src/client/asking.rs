//! The course of one question: attempts, waits, and the events of the attempt that got through.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use hearth_wire::StreamEvent;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use tokio::time::Instant;
use url::Url;

use super::answer::{self, Answer, Content, Events, Whole};
use super::headers::BETA;
use super::veil::Veil;
use super::{Client, Progress, Target};
use crate::credential::{Credential, Token};
use crate::failure::{Category, Failure};
use crate::retry::Budget;

/// What is sent, the same with every attempt.
pub(super) struct Question {
    pub(super) body: Bytes,
    pub(super) form: Form,
    /// Longest time to the answer's head; of an answer in one piece, to its end.
    pub(super) patience: Duration,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A stream of events.
    Events,
    /// The answer in one piece.
    Whole,
}

impl Form {
    fn accept(self) -> &'static str {
        match self {
            Self::Events => "text/event-stream",
            Self::Whole => "application/json",
        }
    }
}

/// One question on its way.
pub(super) struct Asking {
    client: Client,
    target: Target,
    question: Question,
    attempts: Attempts,
    stage: Stage,
}

enum Stage {
    Waiting(Duration),
    Announcing,
    Sending,
    Reading { events: Box<Events>, shown: bool },
    Receiving { whole: Whole, until: Instant },
    Telling(VecDeque<(StreamEvent, String)>),
    Over,
}

impl Asking {
    pub(super) fn new(client: Client, target: Target, question: Question) -> Self {
        let attempts = Attempts::new(&client);
        Self {
            client,
            target,
            question,
            attempts,
            stage: Stage::Announcing,
        }
    }

    /// The next step; none when there are no more.
    pub(super) async fn next(&mut self) -> Option<Result<Progress, Failure>> {
        loop {
            match std::mem::replace(&mut self.stage, Stage::Over) {
                Stage::Waiting(delay) => {
                    self.target.skip.wait(delay).await;
                    self.stage = Stage::Announcing;
                }
                Stage::Announcing => {
                    self.attempts.made += 1;
                    self.stage = Stage::Sending;
                    return Some(Ok(Progress::Asking {
                        attempt: self.attempts.made,
                    }));
                }
                Stage::Sending => return Some(self.send().await),
                Stage::Reading { events, shown } => return Some(self.read(events, shown).await),
                Stage::Receiving { whole, until } => {
                    if let Err(failure) = self.receive(whole, until).await {
                        return Some(self.broken(failure));
                    }
                }
                Stage::Telling(told) => return Some(self.tell(told)),
                Stage::Over => return None,
            }
        }
    }

    async fn send(&mut self) -> Result<Progress, Failure> {
        let until = Instant::now() + self.question.patience;
        let answer = match self.post().await {
            Ok(answer) => answer,
            Err(failure) => return self.failed(failure),
        };
        let (ids, emulator) = (answer.ids.clone(), answer.emulator);
        let idle = self.client.options().idle_timeout;
        match answer.content(self.question.form, idle).await {
            Ok(Content::Events(events)) => {
                self.stage = Stage::Reading {
                    events,
                    shown: false,
                };
            }
            Ok(Content::Whole(whole)) => self.stage = Stage::Receiving { whole, until },
            Err(failure) => return self.failed(failure),
        }
        Ok(Progress::Opened {
            request_id: ids.request_id,
            apim_request_id: ids.apim_request_id,
            emulator,
            in_one_piece: matches!(self.stage, Stage::Receiving { .. }),
        })
    }

    async fn post(&mut self) -> Result<Answer, Failure> {
        let url = self.target.endpoint.messages();
        let accept = self.question.form.accept();
        let body = self.question.body.clone();
        let (request, with) = post(&self.client, &self.target, url, accept, body).await?;
        self.attempts.with = with;
        let loopback = self.target.endpoint.is_loopback();
        let sending = self.client.send(request, loopback, self.question.patience);
        let answer = answer::judge(sending.await?).await;
        answer.map_err(|failure| self.attempts.with.explain(failure, &self.target))
    }

    /// Reads an answer in one piece, to be told as events.
    async fn receive(&mut self, whole: Whole, until: Instant) -> Result<(), Failure> {
        let until = match self.question.form {
            Form::Whole => until,
            // Nobody asked for one piece, so there was no such limit.
            Form::Events => Instant::now() + self.client.options().whole_timeout,
        };
        let read = tokio::time::timeout_at(until, whole.read()).await;
        let message = read.unwrap_or(Err(Failure::Stalled))?;
        self.stage = Stage::Telling(message.events().into());
        Ok(())
    }

    /// What broke off in one piece was written and is paid for: it is not asked for again,
    /// unless it is an error that says that there is no answer.
    fn broken(&mut self, failure: Failure) -> Result<Progress, Failure> {
        match failure {
            Failure::StreamError { .. } => self.failed(failure),
            other => Err(self.told(other)),
        }
    }

    fn tell(&mut self, mut told: VecDeque<(StreamEvent, String)>) -> Result<Progress, Failure> {
        let Some((event, raw)) = told.pop_front() else {
            return Err(Failure::Cut);
        };
        if event != StreamEvent::MessageStop {
            self.stage = Stage::Telling(told);
        }
        Ok(Progress::Event { event, raw })
    }

    async fn read(&mut self, mut events: Box<Events>, shown: bool) -> Result<Progress, Failure> {
        match events.next().await {
            Ok((event, raw)) => {
                if event == StreamEvent::MessageStop {
                    events.leave();
                } else {
                    let shown = shown || shows_content(&event);
                    self.stage = Stage::Reading { events, shown };
                }
                Ok(Progress::Event { event, raw })
            }
            Err(failure) if shown => Err(self.told(failure)),
            Err(failure) => self.failed(failure),
        }
    }

    /// A failure as others get to see it.
    fn told(&self, failure: Failure) -> Failure {
        let failure = self.attempts.with.veiled(failure, &self.target);
        failure.after(self.attempts.made)
    }

    fn failed(&mut self, failure: Failure) -> Result<Progress, Failure> {
        let failure = self.told(failure);
        let Some(delay) = self.attempts.delay(&failure, &self.target) else {
            return Err(failure);
        };
        self.target.skip.forget();
        self.stage = Stage::Waiting(delay);
        Ok(Progress::Waiting {
            attempt: self.attempts.made + 1,
            attempts: self.client.options().max_attempts,
            delay,
            reason: failure,
        })
    }
}

/// The attempts made, and whether there is to be another.
struct Attempts {
    made: u32,
    budget: Budget,
    with: SentWith,
    renewed: bool,
}

impl Attempts {
    fn new(client: &Client) -> Self {
        let options = client.options();
        Self {
            made: 0,
            budget: Budget::new(options.max_attempts, options.max_wait_total),
            with: SentWith::default(),
            renewed: false,
        }
    }

    /// How long to wait for the next attempt; none when there is to be none. Only what is renewed
    /// is not waited for, and whoever counts attempts themselves knows it by that.
    fn delay(&mut self, failure: &Failure, target: &Target) -> Option<Duration> {
        if !self.renewed && self.with.renewed(failure, target) {
            self.renewed = true;
            return Some(Duration::ZERO);
        }
        self.budget.spend(failure, self.made)
    }
}

/// What an attempt was sent with: the token or key that was fetched for it, if any.
#[derive(Default)]
pub(super) struct SentWith(Option<Token>);

impl SentWith {
    /// With what the credential gave.
    pub(super) fn of(token: Option<Token>) -> Self {
        Self(token)
    }

    /// Whether another attempt is worth it after `failure`, because the credential could be
    /// renewed. A token may have been revoked before its time.
    pub(super) fn renewed(&self, failure: &Failure, target: &Target) -> bool {
        let Some(token) = &self.0 else {
            return false;
        };
        match failure.category() {
            Category::Unauthorized
            | Category::TokenRefused
            | Category::TokenExpired
            | Category::TokenAudience
            | Category::TokenTenant => target.credential.refused(token),
            // The same account may not ask now either; but by the time that a person asks again,
            // another one may be signed in where the token came from.
            Category::RoleMissing | Category::Forbidden => {
                target.credential.refused(token);
                false
            }
            _ => false,
        }
    }

    /// Takes out of a failure what was sent: some gateways repeat the key that they refuse, and
    /// what a failure says is shown, logged and stored.
    pub(super) fn veiled(&self, failure: Failure, target: &Target) -> Failure {
        self.veil(target).failure(failure)
    }

    /// What takes out of an answer what was sent: the credential, and the headers of the
    /// connection, of which any may be a key. Names of betas are none, and are what a refusal of
    /// them is about.
    pub(super) fn veil(&self, target: &Target) -> Veil {
        let key = match &target.credential {
            Credential::Key(key) => Some(key.expose()),
            Credential::Tokens(_) | Credential::PrintedKey(_) => None,
        };
        let token = self.0.as_ref().map(|token| token.secret().expose());
        let headers = target
            .headers
            .iter()
            .filter(|header| *header.name() != BETA);
        let headers = headers.filter_map(|header| header.value().to_str().ok());
        Veil::over(key.into_iter().chain(token).chain(headers))
    }

    /// Notes with a refusal what the token says that was refused.
    pub(super) fn explain(&self, failure: Failure, target: &Target) -> Failure {
        match (failure, &target.credential) {
            (Failure::Rejected(mut rejection), Credential::Tokens(_)) => {
                rejection.token = self.0.as_ref().map(|token| token.facts().clone());
                Failure::Rejected(rejection)
            }
            (other, _) => other,
        }
    }
}

/// A request to the resource, with everything that goes along.
pub(super) async fn post(
    client: &Client,
    target: &Target,
    url: &Url,
    accept: &'static str,
    body: Bytes,
) -> Result<(reqwest::Request, SentWith), Failure> {
    let mut headers = HeaderMap::new();
    for extra in &target.headers {
        headers.append(extra.name().clone(), extra.value().clone());
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static(accept));
    let version = HeaderValue::from_static(target.anthropic_version.as_str());
    headers.insert(HeaderName::from_static("anthropic-version"), version);
    let token = target.credential.authorize(client, &mut headers).await?;
    let request = client
        .http(target.endpoint.is_loopback())
        .post(url.clone())
        .headers(headers)
        .body(body);
    let request = request.build().map_err(crate::network::failure)?;
    Ok((request, SentWith(token)))
}

/// Something of the answer has come that a window would show, or that may be worth something.
fn shows_content(event: &StreamEvent) -> bool {
    match event {
        StreamEvent::MessageStart(_) | StreamEvent::Ping => false,
        StreamEvent::BlockStart { .. }
        | StreamEvent::BlockDelta { .. }
        | StreamEvent::BlockStop { .. }
        | StreamEvent::MessageDelta(_)
        | StreamEvent::MessageStop
        | StreamEvent::Error(_)
        | StreamEvent::Unknown { .. } => true,
    }
}

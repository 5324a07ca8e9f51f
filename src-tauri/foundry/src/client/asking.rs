//! The course of one question: attempts, waits, and the events of the attempt that got through.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use hearth_wire::StreamEvent;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use tokio::time::Instant;

use super::answer::{self, Answer, Content, Events, Whole};
use super::{Client, Progress, Target};
use crate::failure::{Category, Failure};
use crate::network;
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
                    tokio::time::sleep(delay).await;
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
        let answer = match send(&self.client, &self.target, &self.question).await {
            Ok(answer) => answer,
            Err(failure) => return self.failed(failure),
        };
        let Answer { ids, emulator, .. } = &answer;
        let opened = Progress::Opened {
            request_id: ids.request_id.clone(),
            apim_request_id: ids.apim_request_id.clone(),
            emulator: *emulator,
        };
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
        Ok(opened)
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
            other => Err(other.after(self.attempts.made)),
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
            Err(failure) if shown => Err(failure.after(self.attempts.made)),
            Err(failure) => self.failed(failure),
        }
    }

    fn failed(&mut self, failure: Failure) -> Result<Progress, Failure> {
        let failure = failure.after(self.attempts.made);
        let Some(delay) = self.attempts.delay(&failure, &self.target) else {
            return Err(failure);
        };
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
    renewed: bool,
}

impl Attempts {
    fn new(client: &Client) -> Self {
        let options = client.options();
        Self {
            made: 0,
            budget: Budget::new(options.max_attempts, options.max_wait_total),
            renewed: false,
        }
    }

    fn delay(&mut self, failure: &Failure, target: &Target) -> Option<Duration> {
        // A token may have been revoked before its time: a new one is worth one more attempt.
        if failure.category() == Category::Unauthorized
            && !self.renewed
            && target.credential.renew()
        {
            self.renewed = true;
            return Some(Duration::ZERO);
        }
        self.budget.spend(failure, self.made)
    }
}

async fn send(client: &Client, target: &Target, question: &Question) -> Result<Answer, Failure> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static(question.form.accept()));
    let version = HeaderValue::from_static(target.anthropic_version.as_str());
    headers.insert(HeaderName::from_static("anthropic-version"), version);
    target.credential.authorize(client, &mut headers).await?;
    let request = client
        .http(target.endpoint.is_loopback())
        .post(target.endpoint.messages_url())
        .headers(headers)
        .body(question.body.clone());
    match tokio::time::timeout(question.patience, request.send()).await {
        Ok(Ok(response)) => answer::judge(response).await,
        Ok(Err(error)) => Err(network::failure(error)),
        Err(_) => Err(Failure::Stalled),
    }
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

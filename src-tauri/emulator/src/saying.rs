//! An answer as it will be said: status, headers, and the plan of its body.

use std::collections::VecDeque;
use std::time::Duration;

use crate::faults::{Fault, Instead, Streams, Written};
use crate::frames::{self, Letterhead};
use crate::plan::{self, Step};
use crate::random::Random;
use crate::refusal::Refusal;
use crate::script::{Limit, Script, Then};

const SLOW_HEAD: Duration = Duration::from_secs(3);
const JSON: &str = "application/json";
const EVENT_STREAM: &str = "text/event-stream; charset=utf-8";

/// An answer, ready to be said.
pub(crate) struct Saying {
    /// How long it is kept back.
    pub(crate) delay: Duration,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    /// None is left out.
    pub(crate) content_type: Option<&'static str>,
    pub(crate) steps: VecDeque<Step>,
}

impl Saying {
    /// The answer as a stream of events.
    pub(crate) fn streamed(
        script: &Script,
        fault: Option<Fault>,
        head: Letterhead,
        random: Random,
        request_id: &str,
    ) -> Saying {
        let mut frames = frames::stream(&script.parts, &script.stop, head);
        match fault {
            Some(Fault::Events(spoilt)) => spoilt.events(&mut frames),
            Some(Fault::Written(written)) => written.events(&mut frames),
            _ => {}
        }
        let (limit, gate) = (script.limit.as_ref(), script.gate.as_ref());
        let mut steps = plan::stream(frames, limit, gate, random, request_id);
        match fault {
            Some(Fault::Written(written)) => steps = written.steps(steps, true),
            Some(Fault::Streams(Streams::Buffered)) => steps = buffered(steps),
            _ => {}
        }
        Saying::steps(EVENT_STREAM, steps).under(fault)
    }

    /// The answer as one message.
    pub(crate) fn in_one_piece(
        script: &Script,
        fault: Option<Fault>,
        head: Letterhead,
        random: Random,
        request_id: &str,
    ) -> Saying {
        if let Some(Limit {
            then: Then::Error { kind, message },
            ..
        }) = &script.limit
        {
            let status = if kind == "overloaded_error" { 529 } else { 500 };
            let body = crate::refusal::error_body(kind, message, None, request_id);
            return Saying::json(status, body.to_string());
        }
        let mut message = frames::message(&script.parts, &script.stop, head);
        let mut bytes = match fault {
            Some(Fault::Events(spoilt)) => spoilt.whole(&mut message),
            _ => message.to_string().into_bytes(),
        };
        if let Some(Fault::Written(written)) = fault {
            written.whole(&mut bytes);
        }
        let mut steps = plan::text(&bytes, script.limit.as_ref(), random);
        if let Some(Fault::Written(written)) = fault {
            steps = written.steps(steps, false);
        }
        // Without a stream there is one moment to hold back: the whole answer.
        if let Some(gate) = &script.gate {
            steps.push_front(Step::Gate(gate.clone()));
        }
        Saying::steps(JSON, steps).under(fault)
    }

    fn whole(status: u16, content_type: &'static str, body: String) -> Saying {
        let steps = VecDeque::from([Step::Chunk(body.into())]);
        Saying {
            delay: Duration::ZERO,
            status,
            headers: Vec::new(),
            content_type: Some(content_type),
            steps,
        }
    }

    /// 200 `text/event-stream` with this body.
    pub(crate) fn events(steps: VecDeque<Step>) -> Saying {
        Saying::steps(EVENT_STREAM, steps)
    }

    /// A JSON body.
    pub(crate) fn json(status: u16, body: String) -> Saying {
        Saying::whole(status, JSON, body)
    }

    fn steps(content_type: &'static str, steps: VecDeque<Step>) -> Saying {
        Saying {
            steps,
            ..Saying::whole(200, content_type, String::new())
        }
    }

    /// A body that is no answer.
    pub(crate) fn instead(instead: Instead, stream: bool, request_id: &str) -> Saying {
        let usual = if stream { EVENT_STREAM } else { JSON };
        let content_type = instead.content_type().unwrap_or(usual);
        Saying::steps(content_type, instead.steps(stream, request_id))
    }

    /// An error.
    pub(crate) fn refusal(refusal: &Refusal, request_id: &str) -> Saying {
        let headers = refusal
            .headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        Saying {
            headers: headers.collect(),
            ..Saying::whole(
                refusal.status,
                refusal.content_type(),
                refusal.body(request_id),
            )
        }
    }

    /// With what a fault does to the head of an answer.
    fn under(mut self, fault: Option<Fault>) -> Saying {
        match fault {
            Some(Fault::SlowHead) => self.delay = SLOW_HEAD,
            Some(Fault::Written(Written::NoContentType)) => self.content_type = None,
            Some(Fault::Written(written)) if written.is_compressed() => {
                let header = ("content-encoding".to_owned(), "gzip".to_owned());
                self.headers.push(header);
            }
            _ => {}
        }
        self
    }
}

/// Every wait first, and then all of the bytes as one chunk.
fn buffered(steps: VecDeque<Step>) -> VecDeque<Step> {
    let mut waits = VecDeque::new();
    let mut bytes = Vec::new();
    for step in steps {
        match step {
            Step::Chunk(chunk) => bytes.extend_from_slice(&chunk),
            wait => waits.push_back(wait),
        }
    }
    waits.push_back(Step::Chunk(bytes.into()));
    waits
}

//! From a request to what is answered: who may ask, whom, what, and then the answer.
//!
//! Nothing here waits or writes; [`crate::server`] carries the decision out.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::deployments::{Deployments, Fault, Times};
use crate::frames::{self, Letterhead, Pings};
use crate::library;
use crate::log::Received;
use crate::plan::{self, Step};
use crate::random::{Random, digest};
use crate::refusal::Refusal;
use crate::request::Asked;
use crate::script::{Limit, Opening, Part, Script, Stop};
use crate::validate::{self, Bench, Call, Signatures, Version};

/// What the stand-in resource knows and remembers.
pub(crate) struct Resource {
    pub(crate) key: String,
    pub(crate) tokens: Vec<String>,
    pub(crate) deployments: Deployments,
    pub(crate) seed: u64,
    pub(crate) signatures: Signatures,
    pub(crate) memory: Mutex<Memory>,
}

/// What changes from request to request.
#[derive(Default)]
pub(crate) struct Memory {
    /// Scripts for whichever deployment is asked next.
    pub(crate) next: VecDeque<Script>,
    /// Scripts for one deployment, by its name in lower case.
    pub(crate) next_for: HashMap<String, VecDeque<Script>>,
    /// Questions that a `…-once` fault has struck.
    struck: HashSet<u64>,
    /// Kinds of whole blocks that scripts have sent.
    sent_kinds: HashSet<String>,
}

/// What is to be done.
pub(crate) enum Answer {
    Say(Saying),
    /// The connection closes without an answer.
    HangUp,
    /// The connection stays open without an answer.
    Silence,
}

pub(crate) struct Saying {
    pub(crate) delay: Duration,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) content_type: &'static str,
    pub(crate) steps: VecDeque<Step>,
}

/// Beyond it, old questions may be struck again.
const MOST_STRUCK: usize = 10_000;
const SLOW_HEADERS: Duration = Duration::from_secs(3);
const JSON: &str = "application/json";
const EVENT_STREAM: &str = "text/event-stream; charset=utf-8";

impl Resource {
    /// Decides on a request; `too_large` says that its body was not kept.
    pub(crate) fn answer(&self, received: &Received, too_large: bool, request_id: &str) -> Answer {
        let outcome = self
            .admitted(received, too_large)
            .and_then(|(call, body)| match call {
                Call::Messages => self.message(received, &body, request_id),
                Call::CountTokens => self.count(received, &body),
            });
        outcome.unwrap_or_else(|refusal| Answer::Say(Saying::refusal(&refusal, request_id)))
    }

    /// Path, key and size, before anybody looks at the content.
    fn admitted(
        &self,
        received: &Received,
        too_large: bool,
    ) -> Result<(Call, Map<String, Value>), Refusal> {
        let path = received.path.split('?').next().unwrap_or_default();
        let call = match (received.method.as_str(), path) {
            ("POST", "/anthropic/v1/messages") => Call::Messages,
            ("POST", "/anthropic/v1/messages/count_tokens") => Call::CountTokens,
            _ => return Err(Refusal::no_such_api()),
        };
        if !self.knows(received) {
            return Err(Refusal::wrong_key());
        }
        if too_large {
            return Err(Refusal::too_large());
        }
        match serde_json::from_str(&received.body) {
            Ok(Value::Object(body)) => Ok((call, body)),
            Ok(_) => Err(Refusal::invalid("Input should be a valid dictionary")),
            Err(error) => Err(Refusal::invalid(format!(
                "The request body is not valid JSON: {error}"
            ))),
        }
    }

    fn knows(&self, received: &Received) -> bool {
        let keys = ["x-api-key", "api-key"]
            .iter()
            .filter_map(|name| received.header(name));
        let bearer = received.header("authorization").and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme
                .eq_ignore_ascii_case("bearer")
                .then_some(token.trim())
        });
        keys.chain(bearer).any(|given| given == self.key)
            || bearer.is_some_and(|given| self.tokens.iter().any(|token| token == given))
    }

    /// Version, deployment and the content itself.
    fn judge(
        &self,
        received: &Received,
        body: &Map<String, Value>,
        call: Call,
    ) -> Result<Asked, Refusal> {
        let version = Version::parse(received.header("anthropic-version"))?;
        let Some(model) = body.get("model") else {
            return Err(Refusal::invalid("model: Field required"));
        };
        let Some(name) = model.as_str() else {
            return Err(Refusal::invalid("model: Input should be a valid string"));
        };
        let deployment = self
            .deployments
            .get(name)
            .ok_or_else(Refusal::no_deployment)?;
        if let Some(refusal) = deployment.fault.and_then(|fault| self.strikes(fault, body)) {
            return Err(refusal);
        }
        let betas = received.header("anthropic-beta").unwrap_or_default();
        let bench = Bench {
            call,
            version,
            betas: betas.split(',').map(str::trim).collect(),
            deployment,
            signatures: self.signatures,
            own_kinds: self.memory().sent_kinds.clone(),
        };
        validate::request(body, &bench)
    }

    /// The refusal that a fault comes to, if it is one.
    fn strikes(&self, fault: Fault, body: &Map<String, Value>) -> Option<Refusal> {
        match fault {
            Fault::WrongKey => Some(Refusal::wrong_key()),
            Fault::NoRole => Some(Refusal::no_role()),
            Fault::Missing => Some(Refusal::no_deployment()),
            Fault::RateLimited(times) => self.again(times, body).then(|| Refusal::rate_limited(2)),
            Fault::Overloaded(times) => self.again(times, body).then(Refusal::overloaded),
            Fault::SpendLimit => Some(Refusal::spend_limit()),
            Fault::Internal => Some(Refusal::internal()),
            Fault::Html => Some(Refusal::proxy_page()),
            Fault::Empty
            | Fault::SlowHeaders
            | Fault::ErrorEvent
            | Fault::Cut
            | Fault::Stall
            | Fault::Refusal => None,
        }
    }

    fn again(&self, times: Times, body: &Map<String, Value>) -> bool {
        match times {
            Times::Always => true,
            Times::Once => {
                let parts = ["model", "messages"].map(|key| body.get(key).map(Value::to_string));
                let parts = parts.map(Option::unwrap_or_default);
                let question = digest(&[parts[0].as_bytes(), parts[1].as_bytes()]);
                let struck = &mut self.memory().struck;
                if struck.len() >= MOST_STRUCK {
                    struck.clear();
                }
                struck.insert(question)
            }
        }
    }

    fn count(&self, received: &Received, body: &Map<String, Value>) -> Result<Answer, Refusal> {
        let asked = self.judge(received, body, Call::CountTokens)?;
        let count = json!({"input_tokens": asked.input_tokens}).to_string();
        Ok(Answer::Say(Saying::whole(200, JSON, count)))
    }

    fn message(
        &self,
        received: &Received,
        body: &Map<String, Value>,
        request_id: &str,
    ) -> Result<Answer, Refusal> {
        let asked = self.judge(received, body, Call::Messages)?;
        let fault = asked.deployment.fault;
        let mut delay = Duration::ZERO;
        let (script, pings) = match self.scripted(received) {
            Some(script) => (script, Pings::Never),
            None => {
                let mut random = Random::of(self.seed, "text", received.n);
                let (parts, stop) = library::answer(&asked, &mut random);
                (misbehaving(fault, parts, stop), Pings::Strewn)
            }
        };
        if fault == Some(Fault::SlowHeaders) {
            delay = SLOW_HEADERS;
        }
        Ok(match script.opening {
            Opening::HangUp => Answer::HangUp,
            Opening::Silence => Answer::Silence,
            Opening::Status {
                status,
                headers,
                body,
            } => Answer::Say(Saying {
                headers,
                ..Saying::whole(status, JSON, body)
            }),
            Opening::Bytes(bytes) => {
                let random = Random::of(self.seed, "chunks", received.n);
                let steps = plan::text(&bytes, script.limit.as_ref(), random);
                Answer::Say(Saying {
                    steps,
                    ..Saying::whole(200, EVENT_STREAM, String::new())
                })
            }
            Opening::Message => {
                let said = self.said(&script, &asked, pings, received.n, request_id);
                Answer::Say(Saying { delay, ..said })
            }
        })
    }

    fn said(
        &self,
        script: &Script,
        asked: &Asked,
        pings: Pings,
        n: u64,
        request_id: &str,
    ) -> Saying {
        let head = Letterhead {
            base_model: asked.deployment.base.id,
            input_tokens: asked.input_tokens,
            signer: asked.signer,
            ids: Random::of(self.seed, "ids", n),
            pings,
        };
        let random = Random::of(self.seed, "chunks", n);
        let limit = script.limit.as_ref();
        if asked.stream {
            let frames = frames::stream(&script.parts, &script.stop, head);
            let steps = plan::stream(frames, limit, script.gate.as_ref(), random, request_id);
            return Saying {
                steps,
                ..Saying::whole(200, EVENT_STREAM, String::new())
            };
        }
        if let Some(Limit::ErrorEvents { kind, message, .. }) = limit {
            let body = crate::refusal::error_body(kind, message, None, request_id);
            return Saying::whole(500, JSON, body.to_string());
        }
        let text = frames::message(&script.parts, &script.stop, head).to_string();
        let mut steps = plan::text(text.as_bytes(), limit, random);
        // Without a stream there is one moment to hold back: the whole answer.
        if let Some(gate) = &script.gate {
            steps.push_front(Step::Gate(gate.clone()));
        }
        Saying {
            steps,
            ..Saying::whole(200, JSON, String::new())
        }
    }

    fn scripted(&self, received: &Received) -> Option<Script> {
        let name = received
            .deployment
            .clone()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let mut memory = self.memory();
        let own = memory.next_for.get_mut(&name).and_then(VecDeque::pop_front);
        let script = own.or_else(|| memory.next.pop_front())?;
        for part in &script.parts {
            if let Part::Whole(block) = part {
                memory
                    .sent_kinds
                    .insert(crate::request::kind(block).to_owned());
            }
        }
        Some(script)
    }

    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A good answer, spoilt as the deployment's name says.
fn misbehaving(fault: Option<Fault>, parts: Vec<Part>, stop: Stop) -> Script {
    let deltas: usize = parts
        .iter()
        .map(|part| match part {
            Part::Text(pieces) | Part::Thinking(pieces) => pieces.len(),
            Part::ToolUse { .. } | Part::Whole(_) | Part::Event { .. } => 0,
        })
        .sum();
    // Past `message_start` and the block's own start, and inside the text.
    let after = 3 + deltas * 2 / 5;
    let limit = match fault {
        Some(Fault::ErrorEvent) => {
            let (kind, message) = ("overloaded_error".to_owned(), "Overloaded".to_owned());
            Some(Limit::ErrorEvents {
                after,
                kind,
                message,
            })
        }
        Some(Fault::Cut) => Some(Limit::CutInside(after)),
        Some(Fault::Stall) => Some(Limit::StallEvents(after)),
        _ => None,
    };
    let script = match fault {
        Some(Fault::Empty) => Script::raw_sse(Vec::new()),
        Some(Fault::Refusal) => Script::message().stop("refusal").stop_details(json!({
            "type": "refusal",
            "category": "general_harms",
            "explanation": null,
        })),
        _ => Script {
            parts,
            stop,
            ..Script::message()
        },
    };
    Script { limit, ..script }
}

impl Saying {
    fn whole(status: u16, content_type: &'static str, body: String) -> Saying {
        let steps = VecDeque::from([Step::Chunk(body.into())]);
        Saying {
            delay: Duration::ZERO,
            status,
            headers: Vec::new(),
            content_type,
            steps,
        }
    }

    fn refusal(refusal: &Refusal, request_id: &str) -> Saying {
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
}

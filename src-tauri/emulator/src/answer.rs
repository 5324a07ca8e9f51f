//! From a request to what is answered: who may ask, whom, what, and then the answer.
//!
//! Nothing here waits or writes; [`crate::server`] carries the decision out.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use crate::deployments::Deployments;
use crate::faults::{Fault, Rudeness, Times};
use crate::frames::{Letterhead, Pings};
use crate::library;
use crate::log::Received;
use crate::plan;
use crate::random::{Random, digest};
use crate::refusal::Refusal;
use crate::request::Asked;
use crate::saying::Saying;
use crate::script::{Opening, Part, Script};
use crate::validate::{self, Bench, Call, Signatures, Version};

/// What the stand-in resource knows and remembers.
pub(crate) struct Resource {
    pub(crate) key: String,
    pub(crate) tokens: Vec<String>,
    pub(crate) deployments: Deployments,
    pub(crate) seed: u64,
    pub(crate) signatures: Signatures,
    /// Where redirects lead.
    pub(crate) elsewhere: String,
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
    HangUp(Rudeness),
    /// The connection stays open without an answer.
    Silence,
}

/// Beyond it, old questions may be struck again.
const MOST_STRUCK: usize = 10_000;

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
    ) -> Result<(Asked, Option<Fault>), Refusal> {
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
        let fault = deployment
            .fault
            .filter(|(_, times)| self.strikes(*times, body, call))
            .map(|(fault, _)| fault);
        match fault {
            Some(Fault::Refuse(refusing)) => return Err(refusing.refusal()),
            Some(Fault::Redirect(status)) => {
                let mut refusal = Refusal::empty(status);
                refusal.headers.push(("location", self.elsewhere.clone()));
                return Err(refusal);
            }
            _ => {}
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
        Ok((validate::request(body, &bench)?, fault))
    }

    fn strikes(&self, times: Times, body: &Map<String, Value>, call: Call) -> bool {
        match (times, call) {
            (Times::Always, _) => true,
            // Counting is not asking.
            (Times::Once, Call::CountTokens) => false,
            (Times::Once, Call::Messages) => {
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
        let (asked, _) = self.judge(received, body, Call::CountTokens)?;
        let count = json!({"input_tokens": asked.input_tokens}).to_string();
        Ok(Answer::Say(Saying::json(200, count)))
    }

    fn message(
        &self,
        received: &Received,
        body: &Map<String, Value>,
        request_id: &str,
    ) -> Result<Answer, Refusal> {
        let (asked, fault) = self.judge(received, body, Call::Messages)?;
        match fault {
            Some(Fault::HangUp(rudeness)) => return Ok(Answer::HangUp(rudeness)),
            Some(Fault::Silence) => return Ok(Answer::Silence),
            Some(Fault::Instead(instead)) => {
                return Ok(Answer::Say(Saying::instead(
                    instead,
                    asked.stream,
                    request_id,
                )));
            }
            _ => {}
        }
        let (mut script, pings) = match self.scripted(received) {
            Some(script) => (script, Pings::Never),
            None => {
                let mut random = Random::of(self.seed, "text", received.n);
                (library::answer(&asked, &mut random), Pings::Strewn)
            }
        };
        if let Some(fault) = fault {
            fault.prepare(&mut script, &asked);
        }
        self.remember_kinds(&script);
        Ok(match script.opening {
            Opening::HangUp => Answer::HangUp(Rudeness::Fin),
            Opening::Silence => Answer::Silence,
            Opening::Status {
                status,
                headers,
                body,
            } => Answer::Say(Saying {
                headers,
                ..Saying::json(status, body)
            }),
            Opening::Bytes(bytes) => {
                let random = Random::of(self.seed, "chunks", received.n);
                let steps = plan::text(&bytes, script.limit.as_ref(), random);
                Answer::Say(Saying::events(steps))
            }
            Opening::Message => {
                let head = self.letterhead(&asked, pings, received.n);
                let random = Random::of(self.seed, "chunks", received.n);
                let said = if asked.stream {
                    Saying::streamed(&script, fault, head, random, request_id)
                } else {
                    Saying::in_one_piece(&script, fault, head, random, request_id)
                };
                Answer::Say(said)
            }
        })
    }

    fn letterhead(&self, asked: &Asked, pings: Pings, n: u64) -> Letterhead {
        Letterhead {
            base_model: asked.deployment.base.id,
            input_tokens: asked.input_tokens,
            signer: asked.signer,
            ids: Random::of(self.seed, "ids", n),
            pings,
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
        own.or_else(|| memory.next.pop_front())
    }

    /// Blocks that nobody knows are taken back when they were sent from here.
    fn remember_kinds(&self, script: &Script) {
        for part in &script.parts {
            if let Part::Whole(block) = part {
                let kind = crate::request::kind(block).to_owned();
                self.memory().sent_kinds.insert(kind);
            }
        }
    }

    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

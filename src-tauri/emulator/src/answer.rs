//! From a request to what is answered: who may ask, whom, what, and then the answer.
//!
//! Nothing here waits or writes; [`crate::server`] carries the decision out.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use crate::admission::{Door, LetInBy};
use crate::deployments::Deployments;
use crate::faults::{Fault, Instead, Lack, Rudeness, Streams, Times};
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
    pub(crate) door: Door,
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
    /// How often each deployment that is missing at first was asked.
    provisioning: HashMap<String, u32>,
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

/// A request that may be looked at.
struct Admitted {
    call: Call,
    by: LetInBy,
    body: Map<String, Value>,
}

/// Beyond it, old questions may be struck again.
const MOST_STRUCK: usize = 10_000;

impl Resource {
    /// Decides on a request; `too_large` says that its body was not kept.
    pub(crate) fn answer(&self, received: &Received, too_large: bool, request_id: &str) -> Answer {
        let outcome = self
            .admitted(received, too_large)
            .and_then(|admitted| match admitted.call {
                Call::Messages => self.message(received, &admitted, request_id),
                Call::CountTokens => self.count(received, &admitted),
            });
        outcome.unwrap_or_else(|refusal| Answer::Say(Saying::refusal(&refusal, request_id)))
    }

    /// Path, key and size, before anybody looks at the content.
    fn admitted(&self, received: &Received, too_large: bool) -> Result<Admitted, Refusal> {
        let path = received.path.split('?').next().unwrap_or_default();
        let call = match (received.method.as_str(), path) {
            ("POST", "/anthropic/v1/messages") => Call::Messages,
            ("POST", "/anthropic/v1/messages/count_tokens") => Call::CountTokens,
            _ => return Err(Refusal::no_such_api()),
        };
        let by = self.door.admit(received)?;
        if too_large {
            return Err(Refusal::too_large());
        }
        match serde_json::from_str(&received.body) {
            Ok(Value::Object(body)) => Ok(Admitted { call, by, body }),
            Ok(_) => Err(Refusal::invalid("Input should be a valid dictionary")),
            Err(error) => Err(Refusal::invalid(format!(
                "The request body is not valid JSON: {error}"
            ))),
        }
    }

    /// Version, deployment and the content itself.
    fn judge(
        &self,
        received: &Received,
        admitted: &Admitted,
    ) -> Result<(Asked, Option<Fault>), Refusal> {
        let Admitted { call, body, .. } = admitted;
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
            .filter(|(_, times)| self.strikes(*times, body, *call))
            .map(|(fault, _)| fault);
        self.refused_by(fault, name, admitted)?;
        let betas = received.header("anthropic-beta").unwrap_or_default();
        let bench = Bench {
            call: *call,
            version,
            betas: betas.split(',').map(str::trim).collect(),
            deployment,
            lacks: match fault {
                Some(Fault::Lacks(lack)) => Some(lack),
                _ => None,
            },
            signatures: self.signatures,
            own_kinds: self.memory().sent_kinds.clone(),
        };
        Ok((validate::request(body, &bench)?, fault))
    }

    /// What a fault refuses before anybody looks at the content.
    fn refused_by(
        &self,
        fault: Option<Fault>,
        name: &str,
        admitted: &Admitted,
    ) -> Result<(), Refusal> {
        match (fault, admitted.call, admitted.by) {
            (Some(Fault::Refuse(refusing)), ..) => Err(refusing.refusal()),
            (Some(Fault::Redirect(status)), ..) => {
                let mut refusal = Refusal::empty(status);
                refusal.headers.push(("location", self.elsewhere.clone()));
                Err(refusal)
            }
            (Some(Fault::Provisioning(times)), ..) if self.is_provisioning(name, times) => {
                Err(Refusal::no_deployment())
            }
            (Some(Fault::Lacks(Lack::CountTokens)), Call::CountTokens, _) => {
                Err(Refusal::no_such_api())
            }
            (Some(Fault::Lacks(Lack::Keys)), _, LetInBy::Key) => Err(Refusal::keys_disabled()),
            _ => Ok(()),
        }
    }

    /// Counts one more request to a deployment that is missing at first.
    fn is_provisioning(&self, name: &str, times: u32) -> bool {
        let mut memory = self.memory();
        let asked = &mut memory.provisioning;
        if asked.len() >= MOST_STRUCK {
            asked.clear();
        }
        let asked = asked.entry(name.to_ascii_lowercase()).or_default();
        *asked = asked.saturating_add(1);
        *asked <= times
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

    fn count(&self, received: &Received, admitted: &Admitted) -> Result<Answer, Refusal> {
        let (asked, _) = self.judge(received, admitted)?;
        let count = json!({"input_tokens": asked.input_tokens}).to_string();
        Ok(Answer::Say(Saying::json(200, count)))
    }

    fn message(
        &self,
        received: &Received,
        admitted: &Admitted,
        request_id: &str,
    ) -> Result<Answer, Refusal> {
        let (mut asked, fault) = self.judge(received, admitted)?;
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
            Some(Fault::Streams(Streams::Page)) if asked.stream => {
                let page = Saying::instead(Instead::Page, true, request_id);
                return Ok(Answer::Say(page));
            }
            Some(Fault::Streams(Streams::Whole)) => asked.stream = false,
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

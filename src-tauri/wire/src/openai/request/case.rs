//! A request while it is being translated.

use std::collections::BTreeSet;

use crate::literal::Literal;
use crate::object::Object;
use crate::openai::dropped::{Dropped, Why};
use crate::openai::refusal::Refusal;
use crate::raw::Raw;
use crate::version::ApiVersion;

use super::{ModelFacts, Policy};

/// The members that are still to be translated, and what was found out on the way.
///
/// A member is taken out when it is translated. What is left at the end is not known to
/// anybody, so nothing can be forgotten.
pub(super) struct Case<'a> {
    pub(super) facts: ModelFacts<'a>,
    pub(super) dropped: Vec<Dropped>,
    /// In the order in which they were asked for, each once.
    pub(super) betas: Vec<String>,
    known_betas: BTreeSet<String>,
    pub(super) headers: Vec<(String, String)>,
    /// The version that the client insists on.
    pub(super) version: Option<ApiVersion>,
    drop_params: bool,
    members: Vec<(String, Raw)>,
}

impl<'a> Case<'a> {
    pub(super) fn of(
        members: Vec<(String, Raw)>,
        facts: ModelFacts<'a>,
        policy: &Policy,
    ) -> Result<Self, Refusal> {
        let mut case = Self {
            facts,
            dropped: vec![],
            betas: vec![],
            known_betas: BTreeSet::new(),
            headers: vec![],
            version: None,
            drop_params: policy.drop_params,
            members,
        };
        if let Some(extra) = case.object("extra_body")? {
            let said = case.members.iter().filter(|(_, value)| !value.is_null());
            let known: BTreeSet<String> = said.map(|(key, _)| key.clone()).collect();
            // OpenAI's own clients put it over the body that they send, and so does LiteLLM. A
            // member that is null says nothing, so it overrules nothing.
            for (key, value) in extra.iter().filter(|(_, value)| !value.is_null()) {
                if known.contains(&key) {
                    case.drop(&*key, Why::Overruled);
                }
                case.members.push((key, value.clone()));
            }
        }
        if let Some(drop_params) = case.flag("drop_params")? {
            case.drop_params = drop_params;
        }
        Ok(case)
    }

    /// Takes a member out; none when it is absent or null.
    pub(super) fn take(&mut self, key: &str) -> Option<Raw> {
        // Of all that could be said, most is not.
        if !self.members.iter().any(|(name, _)| name == key) {
            return None;
        }
        let taken = self.members.extract_if(.., |(name, _)| name == key);
        let (_, value) = taken.last()?;
        (!value.is_null()).then_some(value)
    }

    pub(super) fn flag(&mut self, key: &str) -> Result<Option<bool>, Refusal> {
        let read = |raw: &Raw| match raw.json() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        };
        self.read_as(key, "true or false", read)
    }

    pub(super) fn text(&mut self, key: &str) -> Result<Option<String>, Refusal> {
        let read = |raw: &Raw| Some(Literal::of(raw)?.decode());
        self.read_as(key, "a string", read)
    }

    pub(super) fn number(&mut self, key: &str) -> Result<Option<f64>, Refusal> {
        self.read_as(key, "a number", |raw| serde_json::from_str(raw.json()).ok())
    }

    pub(super) fn object(&mut self, key: &str) -> Result<Option<Object>, Refusal> {
        self.read_as(key, "an object", |raw| Object::parse(raw.json()).ok())
    }

    pub(super) fn list(&mut self, key: &str) -> Result<Option<Vec<Raw>>, Refusal> {
        self.read_as(key, "a list", |raw| serde_json::from_str(raw.json()).ok())
    }

    /// Notes that a member was not, or not exactly, sent on.
    pub(super) fn drop(&mut self, param: impl Into<String>, why: Why) {
        self.dropped.push(Dropped::new(param, why));
    }

    /// Leaves a member out that cannot be sent, if that is allowed.
    ///
    /// # Errors
    ///
    /// [`Refusal`] with `message` and the way out when `drop_params` is off.
    pub(super) fn leave_out(
        &mut self,
        param: &str,
        why: Why,
        message: &str,
    ) -> Result<(), Refusal> {
        if !self.drop_params {
            let message = format!("{message}; leave `{param}` out, or turn on drop_params");
            return Err(Refusal::unsupported(param, message));
        }
        self.drop(param, why);
        Ok(())
    }

    /// Asks for a beta of the API, once.
    pub(super) fn beta(&mut self, beta: &str) {
        let beta = beta.trim();
        if !beta.is_empty() && self.known_betas.insert(beta.to_owned()) {
            self.betas.push(beta.to_owned());
        }
    }

    /// What the model is called in complaints.
    pub(super) fn model_name(&self) -> String {
        if self.facts.is_mapped() {
            return self.facts.model.id.clone();
        }
        format!(
            "the deployment `{}`, which is mapped to no base model,",
            self.facts.deployment
        )
    }

    /// Refuses what nobody took, or lists it.
    pub(super) fn refuse_unknown(&mut self) -> Result<(), Refusal> {
        for (key, value) in std::mem::take(&mut self.members) {
            if value.is_null() {
                continue;
            }
            if !self.drop_params {
                return Err(Refusal::unknown(&key));
            }
            self.drop(key, Why::Unknown);
        }
        Ok(())
    }

    fn read_as<T>(
        &mut self,
        key: &str,
        what: &str,
        read: impl FnOnce(&Raw) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let Some(raw) = self.take(key) else {
            return Ok(None);
        };
        let value = read(&raw);
        let wrong = || Refusal::invalid(key, format!("`{key}` must be {what}"));
        value.map(Some).ok_or_else(wrong)
    }
}

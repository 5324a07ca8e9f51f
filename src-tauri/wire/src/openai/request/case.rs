//! A request while it is being translated.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::literal::Literal;
use crate::object::Object;
use crate::openai::dropped::{Noted, Why};
use crate::openai::refusal::Refusal;
use crate::raw::Raw;
use crate::version::ApiVersion;

use super::{ModelFacts, Policy, limits};

/// The members that are still to be translated, and what was found out on the way.
///
/// A member is taken out when it is translated. What is left at the end is not known to
/// anybody, so nothing can be forgotten.
pub(super) struct Case<'a> {
    pub(super) facts: ModelFacts<'a>,
    pub(super) dropped: Noted,
    /// In the order in which they were asked for, each once.
    pub(super) betas: Vec<String>,
    known_betas: BTreeSet<String>,
    /// How many more parts of content may be bare strings.
    pub(super) bare: usize,
    pub(super) headers: Vec<(String, String)>,
    /// The version that the client insists on.
    pub(super) version: Option<ApiVersion>,
    drop_params: bool,
    members: Vec<(Cow<'a, str>, Cow<'a, Raw>)>,
}

/// A member that is a list.
pub(super) struct List<'a>(Cow<'a, Raw>);

impl List<'_> {
    /// The texts of its items.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.items().into_iter().flatten()
    }
}

impl Default for List<'_> {
    fn default() -> Self {
        Self(Cow::Owned(Raw::list(&[])))
    }
}

impl<'a> Case<'a> {
    pub(super) fn of(
        members: impl Iterator<Item = (&'a str, &'a Raw)>,
        facts: ModelFacts<'a>,
        policy: &Policy,
    ) -> Result<Self, Refusal> {
        let mut case = Self {
            facts,
            dropped: Noted::default(),
            betas: vec![],
            known_betas: BTreeSet::new(),
            bare: limits::BARE,
            headers: vec![],
            version: None,
            drop_params: policy.drop_params,
            members: members
                .map(|(key, value)| (Cow::Borrowed(key), Cow::Borrowed(value)))
                .collect(),
        };
        if let Some(extra) = case.object("extra_body")? {
            let said = case.members.iter().filter(|(_, value)| !value.is_null());
            let known: BTreeSet<Cow<'_, str>> = said.map(|(key, _)| key.clone()).collect();
            // OpenAI's own clients put it over the body that they send, and so does LiteLLM. A
            // member that is null says nothing, so it overrules nothing.
            for (key, value) in extra.into_members().filter(|(_, value)| !value.is_null()) {
                if known.contains(key.as_str()) {
                    case.drop(&*key, Why::Overruled);
                }
                case.members.push((key.into(), Cow::Owned(value)));
            }
        }
        if let Some(drop_params) = case.flag("drop_params")? {
            case.drop_params = drop_params;
        }
        Ok(case)
    }

    /// Takes a member out; none when it is absent or null.
    pub(super) fn take(&mut self, key: &str) -> Option<Cow<'a, Raw>> {
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
        let most = limits::MEMBERS;
        let read = |raw: &Raw| Object::parse_at_most(raw.json(), most).ok();
        match self.read_as(key, "an object", read)? {
            Some(None) => Err(limits::too_many_members(Some(key))),
            object => Ok(object.flatten()),
        }
    }

    pub(super) fn list(&mut self, key: &str) -> Result<Option<List<'a>>, Refusal> {
        match self.take(key).map(List) {
            Some(List(list)) if list.items().is_none() => {
                Err(Refusal::invalid(key, format!("`{key}` must be a list")))
            }
            list => Ok(list),
        }
    }

    /// Notes that a member was not, or not exactly, sent on.
    pub(super) fn drop(&mut self, param: impl Into<String>, why: Why) {
        self.dropped.note(param, why);
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
            self.drop(key.into_owned(), Why::Unknown);
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

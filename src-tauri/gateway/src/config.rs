//! A gateway's configuration: LiteLLM's `config.yaml`
//! (<https://docs.litellm.ai/docs/proxy/configs>), as far as it is about Claude at an Azure AI
//! resource, and a section `hearth` of our own.
//!
//! A file says whom others are let in to and with whose money, so what is not understood is
//! refused, with its line, and never passed over.

mod credential;
mod entry;
pub(crate) use entry::ROUTE;
mod lent;
mod naming;
mod section;
mod yaml;

use std::time::Duration;

use hearth_foundry::Environment;

use crate::catalogue::Catalogue;
use crate::door::Door;
use crate::keys::Keys;
use section::Section;

/// What a configuration says.
#[derive(Debug)]
pub struct Setup {
    /// What can be asked.
    pub catalogue: Catalogue,
    /// Who may ask; empty when it names no key.
    pub keys: Keys,
    /// Who may call, and by which name.
    pub door: Door,
    /// `litellm_settings.drop_params`: a parameter that a model does not take is left out instead
    /// of refused. It is about translated requests only.
    pub drop_params: bool,
    /// What a person may want to know: variables that were used, credentials that were not.
    pub notes: Vec<Note>,
}

/// Something that was decided while reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Where.
    pub line: u64,
    /// What is said of `name`.
    pub kind: NoteKind,
    /// A parameter.
    pub name: String,
}

/// What is said of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteKind {
    /// It stands beside a credential that goes first, and is not used.
    LeftOut,
    /// It is not written, and the environment has it.
    FromEnvironment,
}

/// Why a configuration is not taken. It never repeats a value, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason:?} {name:?}")]
pub struct BadConfig {
    /// The line, from 1.
    pub line: u64,
    /// Why.
    pub reason: Reason,
    /// The member or the variable that it is about; none, too, where what stands in its place may
    /// be a secret.
    pub name: Option<String>,
}

/// Why a configuration is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It is not text in UTF-8.
    NotUtf8,
    /// It cannot be read as YAML.
    NotYaml,
    /// A member stands there twice.
    Twice,
    /// A member that means nothing to us.
    Unknown,
    /// A member that means nothing to us, because no colon with a space behind it stands between
    /// its name and what was probably meant for its value.
    NoSpace,
    /// A mapping is wanted.
    NotAMapping,
    /// A list is wanted.
    NotAList,
    /// A text is wanted; what looks like a number needs quotes.
    NotText,
    /// `true` or `false` is wanted.
    NotAFlag,
    /// A number from 0.001 is wanted.
    NotANumber,
    /// A whole number from 1 is wanted.
    NotAWholeNumber,
    /// Something is absent that has to be there.
    Missing,
    /// A variable that is not set.
    VariableMissing,
    /// The model is not one of `azure_ai/`.
    OtherProvider,
    /// A name with a star is a rule about names, which there is not.
    Wildcard,
    /// The base model is none that Hearth knows.
    BadBaseModel,
    /// Nobody of this name hosts models.
    BadHosting,
    /// The address is none.
    BadEndpoint,
    /// Neither the entry nor the environment says with which credential to ask.
    NoCredential,
    /// A key or a token that no header can carry.
    BadCredential,
    /// Of an application's three parts some are absent.
    HalfAnApplication,
    /// `oidc/…`: a way to get a token that Hearth has not.
    TokenExchange,
    /// A key that no header can carry, or one that stands there twice.
    BadKey,
    /// Neither a day nor a moment.
    BadExpiry,
    /// Not a name, or not an origin.
    BadHost,
    /// `model_list` is empty.
    NoModels,
    /// A key may use a model that there is not.
    UnknownModel,
    /// There is no HTTP client to ask with.
    NoClient,
}

impl BadConfig {
    /// The same about a member.
    fn naming(self, name: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            ..self
        }
    }

    /// The same about what the file itself names, which may be a secret that slipped there.
    fn naming_what_is_written(self, text: &str) -> Self {
        Self {
            name: naming::shown(text).map(str::to_owned),
            ..self
        }
    }
}

impl Reason {
    /// The reason in a word, as the catalogue of words spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NotUtf8 => "not-utf8",
            Self::NotYaml => "not-yaml",
            Self::Twice => "twice",
            Self::Unknown => "unknown",
            Self::NoSpace => "no-space",
            Self::NotAMapping => "not-a-mapping",
            Self::NotAList => "not-a-list",
            Self::NotText => "not-text",
            Self::NotAFlag => "not-a-flag",
            Self::NotANumber => "not-a-number",
            Self::NotAWholeNumber => "not-a-whole-number",
            Self::Missing => "missing",
            Self::VariableMissing => "variable-missing",
            Self::OtherProvider => "other-provider",
            Self::Wildcard => "wildcard",
            Self::BadBaseModel => "bad-base-model",
            Self::BadHosting => "bad-hosting",
            Self::BadEndpoint => "bad-endpoint",
            Self::NoCredential => "no-credential",
            Self::BadCredential => "bad-credential",
            Self::HalfAnApplication => "half-an-application",
            Self::TokenExchange => "token-exchange",
            Self::BadKey => "bad-key",
            Self::BadExpiry => "bad-expiry",
            Self::BadHost => "bad-host",
            Self::NoModels => "no-models",
            Self::UnknownModel => "unknown-model",
            Self::NoClient => "no-client",
        }
    }
}

/// Reads a configuration. Nothing is asked and nothing is sent.
///
/// # Errors
/// The first thing that is not understood, with its line.
pub fn read(text: &str, environment: &Environment) -> Result<Setup, BadConfig> {
    let mut file = Section::of(yaml::parse(text)?)?;
    let mut notes = Vec::new();
    let mut general = file.section("general_settings")?;
    let mut settings = file.section("litellm_settings")?;
    let timeout = settings.number("request_timeout")?;
    let drop_params = settings.flag("drop_params")?.unwrap_or_default();
    settings.end()?;
    let reader = entry::Reader::new(&mut file, environment, timeout.map(Duration::from_secs_f64))?;
    let models = file.list("model_list")?;
    let hearth = file.section("hearth")?;
    if models.is_empty() {
        let none = file.refuse(Reason::NoModels, "model_list");
        // A list of another name may have been meant.
        file.end()?;
        return Err(none);
    }
    let mut catalogue = Catalogue::default();
    for model in models {
        let (name, deployment) = reader.entry(model, &mut notes)?;
        catalogue.add(name, deployment);
    }
    let mut keys = Keys::default();
    lent::master_key(&mut general, &reader, &mut keys)?;
    general.end()?;
    let door = lent::read(hearth, &reader, &catalogue, &mut keys)?;
    file.end()?;
    Ok(Setup {
        catalogue,
        keys,
        door,
        drop_params,
        notes,
    })
}

#[cfg(test)]
mod tests;

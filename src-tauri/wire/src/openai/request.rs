//! From a Chat Completions request to a Messages request.

mod assistant;
mod case;
mod conversation;
mod declared;
mod format;
mod head;
mod headers;
mod limits;
mod pairing;
mod parameters;
mod search;
mod served;
mod strict;
mod thinking;
mod tools;

use crate::models::{BaseModel, Hosting};
use crate::object::Object;
use crate::request::MessagesRequest;
use crate::version::ApiVersion;

use super::dropped::Dropped;
use super::refusal::Refusal;
use super::wants::Wants;
use case::Case;
use conversation::Conversation;
use thinking::Thoughts;
use tools::Tools;

pub use head::{Head, Sent};

/// What is known of the deployment that is to answer.
#[derive(Debug, Clone, Copy)]
pub struct ModelFacts<'a> {
    /// Its name, which goes into the request as `model`.
    pub deployment: &'a str,
    /// Its base model; [`crate::models::cautious`] when it is mapped to none.
    pub model: &'a BaseModel,
    /// Who hosts it; none when that is not known.
    pub hosting: Option<Hosting>,
}

impl ModelFacts<'_> {
    /// The deployment is mapped to a base model.
    fn is_mapped(&self) -> bool {
        !self.model.id.is_empty()
    }

    /// It has structured outputs, strict tools and the Files API, which deployments
    /// hosted on Azure have not. Source:
    /// <https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry>.
    fn is_hosted_on_anthropic(&self) -> bool {
        match self.hosting {
            Some(hosting) => hosting == Hosting::Anthropic,
            None => self.model.hosting == [Hosting::Anthropic],
        }
    }
}

/// What a person has decided about translating.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    /// Leave out what the model or the API does not take, and say so, rather than refuse
    /// the request. A request's own `drop_params` goes before it.
    pub drop_params: bool,
    /// The `max_tokens` of a request that names none.
    pub default_max_tokens: DefaultMaxTokens,
}

/// The `max_tokens` of a request that names none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DefaultMaxTokens {
    /// 4096, as LiteLLM documents it.
    #[default]
    Documented,
    /// The most that the model gives.
    ModelLimit,
    /// This many.
    Own(u32),
}

/// A request as it is to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Translated {
    /// The request.
    pub request: MessagesRequest,
    /// The version of the API that takes it.
    pub version: ApiVersion,
    /// The values of its `anthropic-beta` header, each once.
    pub betas: Vec<String>,
    /// Further headers that the client wants sent, names in lower case. None of them
    /// carries credentials or has to do with the connection.
    pub headers: Vec<(String, String)>,
    /// What was not sent on as it came.
    pub dropped: Vec<Dropped>,
    /// What has to be known to translate the answer.
    pub wants: Wants,
}

/// Translates the body of a Chat Completions request.
///
/// # Errors
///
/// [`Refusal`] when the body is not such a request, or asks for what the model or the
/// API has not and `drop_params` is off.
pub fn translate(
    body: &[u8],
    facts: &ModelFacts<'_>,
    policy: &Policy,
) -> Result<Translated, Refusal> {
    translate_sent_with(&Sent::read(body)?, &[], facts, policy)
}

/// Translates a Chat Completions request that came with headers which speak of the Messages
/// API, as OpenAI's own client sends its `extra_headers`.
///
/// `headers` are those that are to count as if they stood in the body's `extra_headers`, their
/// names in lower case: `anthropic-beta` and `anthropic-version`.
///
/// # Errors
///
/// As [`translate`]; and [`Refusal`] when a header says what the API does not know.
pub fn translate_sent_with(
    sent: &Sent,
    headers: &[(&str, &str)],
    facts: &ModelFacts<'_>,
    policy: &Policy,
) -> Result<Translated, Refusal> {
    let mut case = Case::of(sent.members(), *facts, policy)?;
    let head = head::take(&mut case)?;
    let mut wants = Wants {
        model: head.model,
        stream: head.stream,
        include_usage: head.include_usage,
        ..Wants::default()
    };
    headers::take(&mut case, headers)?;
    let asked_tokens = parameters::max_tokens(&mut case)?;
    let default_tokens = parameters::default_max_tokens(facts, policy);
    let mut tools = tools::take(&mut case, &mut wants)?;
    let mut thoughts = thinking::take(&mut case, asked_tokens, default_tokens)?;
    tools.fit(&mut case, &thoughts)?;
    let mut extra = Object::default();
    let temperature = parameters::sampling(&mut case, &thoughts, &mut extra)?;
    let stop_sequences = parameters::stop(&mut case)?;
    parameters::metadata(&mut case, &mut extra)?;
    parameters::passed_through(&mut case, &mut extra)?;
    let conversation = converse(&mut case, &mut wants, &mut tools, &mut thoughts)?;
    parameters::without_equal(&mut case)?;
    case.refuse_unknown()?;

    let members = [
        ("thinking", thoughts.thinking.take()),
        ("output_config", thoughts.output_config.filled()),
        ("system", conversation.system()),
        ("tools", tools.list()),
        ("tool_choice", tools.choice()),
    ];
    for (key, value) in members {
        if let Some(value) = value {
            extra.set(key, value);
        }
    }
    let version = case.version.unwrap_or(version_for(temperature, &extra));
    Ok(Translated {
        version,
        request: MessagesRequest {
            model: facts.deployment.to_owned(),
            max_tokens: thoughts.max_tokens,
            messages: conversation.messages(),
            stop_sequences,
            temperature,
            stream: wants.stream,
            extra,
            ..MessagesRequest::default()
        },
        betas: case.betas,
        headers: case.headers,
        dropped: case.dropped.into_list(),
        wants,
    })
}

/// The version of the API that takes the sampling parameters, where there are any.
fn version_for(temperature: Option<f64>, extra: &Object) -> ApiVersion {
    let sampled = |key: &&str| extra.get(key).is_some();
    match temperature.is_some() || ["top_p", "top_k"].iter().any(sampled) {
        true => ApiVersion::V2023_06_01,
        false => ApiVersion::V2026_10_21,
    }
}

/// Takes the messages, and what depends on them: the tools that they call, and the form that the
/// answer is to have, of which the model may have to be told.
fn converse(
    case: &mut Case<'_>,
    wants: &mut Wants,
    tools: &mut Tools,
    thoughts: &mut Thoughts,
) -> Result<Conversation, Refusal> {
    let mut conversation = Conversation::default();
    conversation.take(case, &mut wants.names)?;
    conversation.finish(case, thoughts)?;
    tools.declare_called(&conversation.called);
    let output = &mut thoughts.output_config;
    format::take(case, wants, tools, output, &mut conversation.system)?;
    Ok(conversation)
}

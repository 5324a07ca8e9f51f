//! Deployments that are healthy but for one thing: what a client finds out by being refused,
//! and may then ask again without.

use super::{Fault, FaultMode, Refusing};

/// What a deployment does not have, or not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lack {
    /// `thinking`, in every form but `disabled`.
    Thinking,
    /// Pictures and documents, in tool results too.
    Vision,
    /// `tools`.
    Tools,
    /// `stream: true`.
    Streaming,
    /// The endpoint that counts tokens.
    CountTokens,
    /// `output_config.effort`.
    Effort,
    /// `temperature`, `top_p` and `top_k`.
    Temperature,
    /// The header `anthropic-beta`, whatever stands in it.
    Betas,
    /// `output_config.format`, `output_format` and strict tools.
    StructuredOutputs,
    /// Keys; tokens are taken.
    Keys,
    /// The effort `xhigh`.
    XhighEffort,
    /// `max_tokens` above [`SHORT_ANSWER`].
    LongAnswers,
    /// More input tokens than [`SHORT_CONTEXT`].
    LongContext,
}

/// The most that `fault-short-answers` writes, in tokens.
pub(crate) const SHORT_ANSWER: u64 = 4_096;

/// The most that `fault-short-context` reads, in tokens.
pub(crate) const SHORT_CONTEXT: u64 = 2_000;

/// What comes of a stream that something in between does not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Streams {
    /// A page with status 200.
    Page,
    /// The answer in one piece, as JSON.
    Whole,
    /// The events, all at once at the end.
    Buffered,
}

/// Deployments that are healthy but for one thing, in the order of the documentation.
/// `fault-provisioning-` takes a number.
pub fn limited_modes() -> impl Iterator<Item = FaultMode> {
    let fixed = LIMITED.iter().map(|(name, _, says)| (*name, *says));
    let numbered = (
        PROVISIONING,
        "404 `DeploymentNotFound` for the first N requests, then answers",
    );
    fixed.chain([numbered]).map(|(name, says)| FaultMode {
        name,
        says,
        streams_only: false,
    })
}

const PROVISIONING: &str = "fault-provisioning-";

/// The fault behind a name; none when it is none of these.
pub(super) fn find(name: &str) -> Option<Fault> {
    if let Some((_, fault, _)) = LIMITED.iter().find(|(known, ..)| *known == name) {
        return Some(*fault);
    }
    let digits = name.strip_prefix(PROVISIONING)?;
    // `parse` alone would take a sign.
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    let times = digits.parse().ok().filter(|_| all_digits)?;
    Some(Fault::Provisioning(times))
}

#[rustfmt::skip]
const LIMITED: &[(&str, Fault, &str)] = &[
    ("fault-no-thinking", Fault::Lacks(Lack::Thinking), "400 for `thinking`, unless it is `disabled`; does not think unasked"),
    ("fault-no-vision", Fault::Lacks(Lack::Vision), "400 for pictures and documents"),
    ("fault-no-tools", Fault::Lacks(Lack::Tools), "400 for `tools`"),
    ("fault-no-streaming", Fault::Lacks(Lack::Streaming), "400 for `stream`"),
    ("fault-stream-html", Fault::Streams(Streams::Page), "a stream is answered by a page with status 200"),
    ("fault-stream-whole", Fault::Streams(Streams::Whole), "a stream is answered in one piece, as JSON"),
    ("fault-stream-buffered", Fault::Streams(Streams::Buffered), "the events of a stream come all at once, at the end"),
    ("fault-no-count-tokens", Fault::Lacks(Lack::CountTokens), "404 `api_not_supported` where tokens are counted"),
    ("fault-no-effort", Fault::Lacks(Lack::Effort), "400 for `output_config.effort`"),
    ("fault-no-temperature", Fault::Lacks(Lack::Temperature), "400 for `temperature`, `top_p` and `top_k`; behind it should stand a model that takes them, such as `.claude-sonnet-4-6`"),
    ("fault-no-beta", Fault::Lacks(Lack::Betas), "400 for every `anthropic-beta`"),
    ("fault-no-structured-outputs", Fault::Lacks(Lack::StructuredOutputs), "400 for `output_config.format`, `output_format` and strict tools, as on every deployment hosted on Azure"),
    ("fault-no-xhigh-effort", Fault::Lacks(Lack::XhighEffort), "400 for the effort `xhigh`; others are taken"),
    ("fault-short-answers", Fault::Lacks(Lack::LongAnswers), "400 for `max_tokens` above 4096"),
    ("fault-short-context", Fault::Lacks(Lack::LongContext), "400 for more than 2000 tokens of input"),
    ("fault-no-keys", Fault::Lacks(Lack::Keys), "403 `AuthenticationTypeDisabled` for a key; tokens are taken"),
    ("fault-network-rule", Fault::Refuse(Refusing::NetworkRule), "403: a rule of the network shuts this client out"),
    ("fault-provisioning", Fault::Provisioning(2), "404 `DeploymentNotFound` for the first two requests, then answers"),
];

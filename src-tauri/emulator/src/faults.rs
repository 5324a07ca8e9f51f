//! The deployments that misbehave: what each is called and what it does.
//!
//! A name is `fault-MODE`. Modes that end an answer early take a place, `fault-cut-at-120`:
//! after so many bytes of the body. `-once` behind any of them strikes only the first time
//! that a question is asked, and `.BASE` behind that names the model that stands behind it:
//! `fault-cut-at-120-once.claude-haiku-4-5`.

mod events;
mod instead;
mod lacking;
mod preparing;
mod refusing;
mod scenario;
mod writing;

use crate::models::{self, Base};
use crate::script::Then;

pub use lacking::limited_modes;
pub(crate) use lacking::{Lack, SHORT_ANSWER, SHORT_CONTEXT, Streams};

/// What a deployment does instead of answering well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// An error status before the answer.
    Refuse(Refusing),
    /// A redirect with this status to another host.
    Redirect(u16),
    /// The connection ends without a byte of an answer.
    HangUp(Rudeness),
    /// No answer, and the connection stays open.
    Silence,
    /// The head of the answer comes three seconds late.
    SlowHead,
    /// 200 with a body that is no answer.
    Instead(Instead),
    /// The answer ends early.
    Ends(Early, Place),
    /// Events are added, changed or left out.
    Events(Spoilt),
    /// The bytes of the answer are written in another way.
    Written(Written),
    /// The answer says something else.
    Scenario(Scenario),
    /// Healthy, but for this.
    Lacks(Lack),
    /// Healthy, but streams do not come through.
    Streams(Streams),
    /// Missing for so many requests, then healthy.
    Provisioning(u32),
}

/// An error status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusing {
    /// In the shape that this status usually has on Foundry.
    Usual(u16),
    /// As Azure's gateway says it.
    Azure(u16),
    /// As the Messages API says it.
    Anthropic(u16),
    /// 404 of an address that does not serve Claude.
    ApiNotSupported,
    /// 400: more than the model's context.
    PromptTooLong,
    /// 429 that asks for a wait in this way.
    Later(Later),
    /// 429 that no waiting lifts.
    SpendLimit,
    /// 500 without a body.
    EmptyBody,
    /// 403 by a rule of the network.
    NetworkRule,
}

/// How a 429 names the wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Later {
    /// Not at all.
    Unsaid,
    /// `retry-after-ms: 200`.
    Milliseconds,
    /// `retry-after`, ten seconds from now, as a date.
    Date,
    /// `retry-after: 86400`.
    Day,
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rudeness {
    /// In an orderly way: FIN.
    Fin,
    /// RST.
    Reset,
}

/// What is sent with status 200 instead of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instead {
    /// A sign-in page.
    Page,
    /// Nothing, under the right content type.
    Nothing,
    /// A JSON object that is no message.
    OtherJson,
    /// The JSON of an error.
    ErrorJson,
    /// A line that does not end.
    EndlessLine,
}

/// What comes where the rest of the answer is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Early {
    /// The connection ends.
    Cut,
    /// The connection is reset.
    Reset,
    /// Nothing more, and the connection stays open.
    Stall,
    /// A proper end of the body.
    End,
    /// An `error` event, and a proper end.
    Error,
}

/// Where an answer ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Before any content.
    Start,
    /// After about 40 % of the text.
    Middle,
    /// After so many bytes of the body.
    At(usize),
}

/// What happens to the events of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoilt {
    /// An event, a block and a delta of kinds that came later.
    Unknown,
    /// `message_start` comes twice.
    DuplicateStart,
    /// Another message begins in the middle.
    SecondMessage,
    /// A delta comes before its block has begun.
    DeltaFirst,
    /// `message_stop` is missing; in one piece: `stop_reason` is null.
    NoMessageStop,
    /// `content_block_stop` is missing.
    NoBlockStop,
    /// More comes after the end.
    AfterStop,
    /// An event that is half JSON.
    BadJson,
    /// Bytes that are no UTF-8.
    InvalidUtf8,
    /// An event of 20 MiB; in one piece: an answer of 40 MiB.
    Huge,
    /// No `event:` lines.
    Unnamed,
    /// `data: [DONE]` after the end.
    DoneMarker,
}

/// How the bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// A byte order mark in front.
    ByteOrderMark,
    /// Lines end in CR.
    Cr,
    /// Lines end in CR LF.
    CrLf,
    /// Each byte is a chunk.
    ByteByByte,
    /// Chunks end inside characters.
    SplitCharacters,
    /// Three seconds of signs of life come first.
    SignsOfLife,
    /// Compressed.
    Gzip,
    /// Compressed, and half of it missing, with a proper end.
    HalfGzip,
    /// Without a content type.
    NoContentType,
}

/// What is said instead of a good answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// `refusal`, and nothing said.
    Refusal,
    /// `refusal` after some text.
    LateRefusal,
    /// `max_tokens` after some text.
    MaxTokens,
    /// `model_context_window_exceeded` after some text.
    ContextFull,
    /// `pause_turn` in a server tool's call; asked again, it goes on.
    PauseTurn,
}

/// How often a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    Always,
    /// Only the first time that a given question is asked.
    Once,
}

/// A mode as it is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultMode {
    /// Its deployment, such as `fault-cut`; of modes that take a place, up to the number:
    /// `fault-cut-at-`.
    pub name: &'static str,
    /// What it does, for the emulator's documentation.
    pub says: &'static str,
    /// An answer in one piece is as good as any other.
    pub streams_only: bool,
}

/// Every mode, in the order of the documentation. Aliases are left out.
pub fn fault_modes() -> impl Iterator<Item = FaultMode> {
    let fixed = MODES.iter().map(|(name, fault, says)| FaultMode {
        name,
        says,
        streams_only: fault.streams_only(),
    });
    let placed = PLACED.iter().map(|(name, _, says)| FaultMode {
        name,
        says,
        streams_only: false,
    });
    fixed.chain(placed)
}

/// A deployment's name, read; none when it is not one of these.
pub(crate) fn parse(name: &str) -> Option<(Fault, Times, &'static Base)> {
    let (name, base) = match name.split_once('.') {
        Some((name, base)) => (name, models::find(base)?),
        None => (name, BEHIND_FAULTS),
    };
    // Some modes' own names end like this.
    let (fault, times) = match (mode(name), name.strip_suffix("-once")) {
        (Some(fault), _) => (fault, Times::Always),
        (None, Some(name)) => (mode(name)?, Times::Once),
        (None, None) => return None,
    };
    Some((fault, times, base))
}

fn mode(name: &str) -> Option<Fault> {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name);
    let name = alias.map_or(name, |(_, name)| name);
    let fixed = MODES.iter().find(|(known, ..)| *known == name);
    if let Some((_, fault, _)) = fixed {
        return Some(*fault);
    }
    if let Some(fault) = lacking::find(name) {
        return Some(fault);
    }
    PLACED.iter().find_map(|(prefix, early, _)| {
        let digits = name.strip_prefix(prefix)?;
        // `parse` alone would take a sign.
        let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        let at = digits.parse().ok().filter(|_| all_digits)?;
        Some(Fault::Ends(*early, Place::At(at)))
    })
}

impl Fault {
    fn streams_only(self) -> bool {
        matches!(
            self,
            Fault::Events(
                Spoilt::DuplicateStart
                    | Spoilt::SecondMessage
                    | Spoilt::DeltaFirst
                    | Spoilt::NoBlockStop
                    | Spoilt::Unnamed
                    | Spoilt::DoneMarker
            ) | Fault::Ends(Early::Error, Place::Start)
        )
    }
}

impl Early {
    /// What the plan of a body does there.
    pub(crate) fn then(self) -> Then {
        match self {
            Early::Cut => Then::Break,
            Early::Reset => Then::Reset,
            Early::Stall => Then::Stall,
            Early::End => Then::End,
            Early::Error => Then::Error {
                kind: "overloaded_error".to_owned(),
                message: "Overloaded".to_owned(),
            },
        }
    }
}

/// The model behind a `fault-…` deployment that names none.
const BEHIND_FAULTS: &Base = &models::SONNET_5_5;

/// Names that mean the same.
const ALIASES: &[(&str, &str)] = &[
    ("fault-spend-limit", "fault-429-spend-limit"),
    ("fault-overloaded", "fault-529"),
    ("fault-overloaded-once", "fault-529-once"),
    ("fault-html", "fault-502"),
];

/// Modes that take a number of bytes.
const PLACED: &[(&str, Early, &str)] = &[
    (
        "fault-cut-at-",
        Early::Cut,
        "the connection ends (FIN) after N bytes of the body",
    ),
    (
        "fault-reset-at-",
        Early::Reset,
        "the connection is reset (RST) after N bytes of the body",
    ),
    (
        "fault-stall-at-",
        Early::Stall,
        "nothing comes after N bytes of the body",
    ),
    (
        "fault-end-at-",
        Early::End,
        "the body ends properly after N bytes",
    ),
];

const fn usual(status: u16) -> Fault {
    Fault::Refuse(Refusing::Usual(status))
}

const fn azure(status: u16) -> Fault {
    Fault::Refuse(Refusing::Azure(status))
}

const fn anthropic(status: u16) -> Fault {
    Fault::Refuse(Refusing::Anthropic(status))
}

const fn later(later: Later) -> Fault {
    Fault::Refuse(Refusing::Later(later))
}

/// The modes: deployment, fault, and what the documentation says of it.
#[rustfmt::skip]
const MODES: &[(&str, Fault, &str)] = &[
    ("fault-400", usual(400), "400 `invalid_request_error`"),
    ("fault-400-azure", azure(400), "400 in Azure's shape"),
    ("fault-401", usual(401), "401 in Azure's shape: wrong key or resource"),
    ("fault-401-anthropic", anthropic(401), "401 `authentication_error`"),
    ("fault-402", usual(402), "402 `billing_error`"),
    ("fault-402-azure", azure(402), "402 in Azure's shape"),
    ("fault-403", usual(403), "403 in Azure's shape: the data role is missing"),
    ("fault-403-anthropic", anthropic(403), "403 `permission_error`"),
    ("fault-404", usual(404), "404 `DeploymentNotFound`"),
    ("fault-404-anthropic", anthropic(404), "404 `not_found_error`"),
    ("fault-404-api_not_supported", Fault::Refuse(Refusing::ApiNotSupported), "404 `api_not_supported`"),
    ("fault-408", usual(408), "408 in Azure's shape"),
    ("fault-408-anthropic", anthropic(408), "408 `timeout_error`"),
    ("fault-409", usual(409), "409 `conflict_error`"),
    ("fault-409-azure", azure(409), "409 in Azure's shape"),
    ("fault-413", usual(413), "413 `request_too_large`"),
    ("fault-413-azure", azure(413), "413 in Azure's shape"),
    ("fault-429", usual(429), "429 `RateLimitReached` with `retry-after: 2`"),
    ("fault-429-anthropic", anthropic(429), "429 `rate_limit_error` with `retry-after: 2`"),
    ("fault-429-bare", later(Later::Unsaid), "429 without `retry-after`"),
    ("fault-429-ms", later(Later::Milliseconds), "429 with `retry-after-ms: 200`"),
    ("fault-429-date", later(Later::Date), "429 with `retry-after` as a date, ten seconds away"),
    ("fault-429-day", later(Later::Day), "429 with `retry-after: 86400`"),
    ("fault-429-spend-limit", Fault::Refuse(Refusing::SpendLimit), "429 by a spend limit, which no waiting lifts"),
    ("fault-500", usual(500), "500 `api_error`"),
    ("fault-500-azure", azure(500), "500 in Azure's shape"),
    ("fault-500-empty", Fault::Refuse(Refusing::EmptyBody), "500 without a body"),
    ("fault-502", usual(502), "502 with a proxy's HTML page"),
    ("fault-503", usual(503), "503 in Azure's shape"),
    ("fault-503-anthropic", anthropic(503), "503 `api_error`"),
    ("fault-504", usual(504), "504 `timeout_error`"),
    ("fault-504-azure", azure(504), "504 in Azure's shape"),
    ("fault-529", usual(529), "529 `overloaded_error`"),
    ("fault-context-exceeded", Fault::Refuse(Refusing::PromptTooLong), "400: the prompt is longer than the context"),
    ("fault-redirect-301", Fault::Redirect(301), "301 to another host"),
    ("fault-redirect-302", Fault::Redirect(302), "302 to another host"),
    ("fault-redirect-303", Fault::Redirect(303), "303 to another host"),
    ("fault-redirect-307", Fault::Redirect(307), "307 to another host"),
    ("fault-redirect-308", Fault::Redirect(308), "308 to another host"),
    ("fault-hang-up", Fault::HangUp(Rudeness::Fin), "the connection ends (FIN) without an answer"),
    ("fault-hang-up-reset", Fault::HangUp(Rudeness::Reset), "the connection is reset (RST) without an answer"),
    ("fault-silence", Fault::Silence, "no answer, and the connection stays open"),
    ("fault-slow-headers", Fault::SlowHead, "the head of the answer comes three seconds late"),
    ("fault-200-html", Fault::Instead(Instead::Page), "200 with a sign-in page"),
    ("fault-empty", Fault::Instead(Instead::Nothing), "200 without a byte of content"),
    ("fault-200-json", Fault::Instead(Instead::OtherJson), "200 with JSON that is no message"),
    ("fault-200-error", Fault::Instead(Instead::ErrorJson), "200 with the JSON of an error"),
    ("fault-endless-line", Fault::Instead(Instead::EndlessLine), "200 with a line that does not end"),
    ("fault-error", Fault::Ends(Early::Error, Place::Middle), "an `error` event after 40 % of the text; in one piece: its status"),
    ("fault-error-first", Fault::Ends(Early::Error, Place::Start), "an `error` event before any content"),
    ("fault-cut", Fault::Ends(Early::Cut, Place::Middle), "the connection ends (FIN) inside an event"),
    ("fault-reset", Fault::Ends(Early::Reset, Place::Middle), "the connection is reset (RST) inside an event"),
    ("fault-stall", Fault::Ends(Early::Stall, Place::Middle), "some text, then nothing more"),
    ("fault-end", Fault::Ends(Early::End, Place::Middle), "some text, then a proper end of the body"),
    ("fault-unknown", Fault::Events(Spoilt::Unknown), "an event, a block and a delta of kinds that nobody knows"),
    ("fault-duplicate-start", Fault::Events(Spoilt::DuplicateStart), "`message_start` twice"),
    ("fault-second-message", Fault::Events(Spoilt::SecondMessage), "another message begins in the middle"),
    ("fault-delta-before-start", Fault::Events(Spoilt::DeltaFirst), "a delta before its block has begun"),
    ("fault-no-message-stop", Fault::Events(Spoilt::NoMessageStop), "`message_stop` is missing; in one piece: `stop_reason` is null"),
    ("fault-no-block-stop", Fault::Events(Spoilt::NoBlockStop), "`content_block_stop` is missing"),
    ("fault-after-stop", Fault::Events(Spoilt::AfterStop), "more comes after the end"),
    ("fault-bad-json", Fault::Events(Spoilt::BadJson), "an event, or the answer, is half JSON"),
    ("fault-invalid-utf8", Fault::Events(Spoilt::InvalidUtf8), "bytes that are no UTF-8 in the text"),
    ("fault-huge-event", Fault::Events(Spoilt::Huge), "an event of 20 MiB; in one piece: an answer of 40 MiB"),
    ("fault-unnamed-events", Fault::Events(Spoilt::Unnamed), "no `event:` lines"),
    ("fault-done-marker", Fault::Events(Spoilt::DoneMarker), "`data: [DONE]` after the end"),
    ("fault-bom", Fault::Written(Written::ByteOrderMark), "a byte order mark in front"),
    ("fault-cr", Fault::Written(Written::Cr), "lines end in CR"),
    ("fault-crlf", Fault::Written(Written::CrLf), "lines end in CR LF"),
    ("fault-bytewise", Fault::Written(Written::ByteByByte), "one byte at a time"),
    ("fault-split-utf8", Fault::Written(Written::SplitCharacters), "chunks end inside characters"),
    ("fault-pings", Fault::Written(Written::SignsOfLife), "three seconds of pings and comments, then the answer"),
    ("fault-gzip", Fault::Written(Written::Gzip), "compressed"),
    ("fault-half-gzip", Fault::Written(Written::HalfGzip), "compressed, and half of it missing"),
    ("fault-no-content-type", Fault::Written(Written::NoContentType), "no content type"),
    ("fault-refusal", Fault::Scenario(Scenario::Refusal), "`refusal`, and nothing said"),
    ("fault-refusal-late", Fault::Scenario(Scenario::LateRefusal), "`refusal` after some text"),
    ("fault-max-tokens", Fault::Scenario(Scenario::MaxTokens), "`max_tokens` after some text"),
    ("fault-context-full", Fault::Scenario(Scenario::ContextFull), "`model_context_window_exceeded` after some text"),
    ("fault-pause-turn", Fault::Scenario(Scenario::PauseTurn), "`pause_turn` in a server tool's call; asked again, it goes on"),
];

#[cfg(test)]
mod tests;

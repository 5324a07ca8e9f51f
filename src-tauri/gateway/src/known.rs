//! Whether what came in one piece is an answer, and what is recorded of it. It is paid for, so
//! what can be read of it counts, in spite of a byte order mark, of bytes that are no text, and of
//! members that stand there twice.

use std::fmt;

use hearth_foundry::Surface;
use hearth_wire::{Raw, Usage};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::recording::Entry;

/// Whether these bytes are an answer of this surface; if so, what it used is entered in the
/// records.
pub(crate) fn entered(bytes: &[u8], surface: Surface, entry: &Entry) -> bool {
    let read = |bytes: &[u8]| {
        let known: Option<Known<'_>> = serde_json::from_slice(bytes).ok();
        let known = known.filter(|known| known.is_of(surface));
        if let Some(known) = &known
            && let Some(usage) = known.used()
        {
            entry.used(known.model().as_deref(), &usage);
        }
        known.is_some()
    };
    read(bytes) || read(unmarked(&String::from_utf8_lossy(bytes)).as_bytes())
}

/// The text without a byte order mark, which a few servers put in front (RFC 8259, section 8.1).
pub(crate) fn unmarked(text: &str) -> &str {
    text.strip_prefix('\u{FEFF}').unwrap_or(text)
}

/// The members by which an answer is known, and what is recorded of it. There may be any others;
/// of those that stand there twice the last counts.
#[derive(Default)]
struct Known<'a> {
    content: Option<Vec<IgnoredAny>>,
    stop_reason: Option<IgnoredAny>,
    input_tokens: Option<u64>,
    model: Option<&'a RawValue>,
    usage: Option<&'a RawValue>,
}

#[derive(serde::Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Member {
    Content,
    StopReason,
    InputTokens,
    Model,
    Usage,
    #[serde(other)]
    Other,
}

impl Known<'_> {
    fn is_of(&self, surface: Surface) -> bool {
        match surface {
            Surface::Messages => self.content.is_some() && self.stop_reason.is_some(),
            Surface::CountTokens => self.input_tokens.is_some(),
        }
    }

    fn model(&self) -> Option<String> {
        serde_json::from_str(self.model?.get()).ok()
    }

    fn used(&self) -> Option<Usage> {
        Raw::parse(self.usage?.get()).ok().map(Usage::from_raw)
    }
}

impl<'de> Deserialize<'de> for Known<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Known<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Known<'de>, A::Error> {
        let mut known = Known::default();
        while let Some(member) = map.next_key()? {
            match member {
                Member::Content => known.content = map.next_value()?,
                Member::StopReason => known.stop_reason = map.next_value()?,
                Member::InputTokens => known.input_tokens = map.next_value()?,
                Member::Model => known.model = map.next_value()?,
                Member::Usage => known.usage = map.next_value()?,
                Member::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(known)
    }
}

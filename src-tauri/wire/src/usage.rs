//! What a request used.

use crate::object::Object;
use crate::raw::Raw;

/// Tokens used, as counted by the API. None means that it did not say.
///
/// Source: <https://platform.claude.com/docs/en/api/messages/create>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// Input tokens after the last cache breakpoint only; see [`Usage::total_input`].
    pub input_tokens: Option<u64>,
    /// Output tokens, thinking included.
    pub output_tokens: Option<u64>,
    /// Input tokens written to the cache.
    pub cache_creation_input_tokens: Option<u64>,
    /// Of these, the ones kept for five minutes.
    pub cache_creation_5m_tokens: Option<u64>,
    /// Of these, the ones kept for an hour.
    pub cache_creation_1h_tokens: Option<u64>,
    /// Input tokens read from the cache.
    pub cache_read_input_tokens: Option<u64>,
    /// Of the output tokens, those spent on thinking.
    pub thinking_tokens: Option<u64>,
    /// Everything the API said, these numbers included; none until it said something.
    pub raw: Option<Raw>,
}

impl Usage {
    /// Reads a `usage` object. Members that are unknown are kept in `raw`; those that
    /// are not what they should be count as absent.
    #[must_use]
    pub fn from_raw(raw: Raw) -> Self {
        match Object::parse(raw.json()) {
            Ok(object) => Self::read(&object, raw),
            Err(_) => Self::default(),
        }
    }

    /// Takes over a later report of the same answer.
    ///
    /// Reports are cumulative, so later numbers replace earlier ones; what the later
    /// report leaves out, or gives as null, stays.
    /// Source: <https://platform.claude.com/docs/en/build-with-claude/streaming>.
    pub fn overwrite(&mut self, later: &Usage) {
        let Some(later) = &later.raw else { return };
        let known = self.raw.as_ref().map(Raw::json).unwrap_or("{}");
        let both = Object::parse(known).and_then(|known| Ok((known, Object::parse(later.json())?)));
        if let Ok((mut all, later)) = both {
            all.overwrite(&later);
            let raw = all.raw();
            *self = Self::read(&all, raw);
        }
    }

    /// All input tokens: those read from and written to the cache included.
    #[must_use]
    pub fn total_input(&self) -> Option<u64> {
        let cached = [
            self.cache_creation_input_tokens,
            self.cache_read_input_tokens,
        ];
        let fresh = self.input_tokens?;
        Some(
            cached
                .into_iter()
                .flatten()
                .fold(fresh, u64::saturating_add),
        )
    }

    /// The `usage` of a message or event; nothing when it has none.
    pub(crate) fn in_member(message: &Object) -> Self {
        message
            .known("usage")
            .map(Self::from_raw)
            .unwrap_or_default()
    }

    fn read(object: &Object, raw: Raw) -> Self {
        let written = object.object("cache_creation").unwrap_or_default();
        let details = object.object("output_tokens_details").unwrap_or_default();
        Self {
            input_tokens: object.count("input_tokens"),
            output_tokens: object.count("output_tokens"),
            cache_creation_input_tokens: object.count("cache_creation_input_tokens"),
            cache_creation_5m_tokens: written.count("ephemeral_5m_input_tokens"),
            cache_creation_1h_tokens: written.count("ephemeral_1h_input_tokens"),
            cache_read_input_tokens: object.count("cache_read_input_tokens"),
            thinking_tokens: details.count("thinking_tokens"),
            raw: Some(raw),
        }
    }
}

//! JSON that is carried, not read.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// One JSON value as the text that it arrived in.
///
/// It is known to be syntactically valid, and nothing else: numbers of any size, any
/// key order, repeated keys and lone surrogate escapes are kept as written. Two values
/// are equal when their texts are. White space around the value is not part of it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Raw(Box<RawValue>);

impl Raw {
    /// Keeps `text`.
    ///
    /// # Errors
    ///
    /// [`BadJson`] when `text` is not exactly one JSON value.
    pub fn parse(text: impl Into<String>) -> Result<Self, BadJson> {
        RawValue::from_string(text.into())
            .map(Self)
            .map_err(BadJson::Syntax)
    }

    /// The text of the value.
    #[must_use]
    pub fn json(&self) -> &str {
        self.0.get()
    }

    /// The value is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.json() == "null"
    }

    /// The value is an object, of whatever content.
    #[must_use]
    pub fn is_object(&self) -> bool {
        self.json().starts_with('{')
    }

    /// The list of some values.
    pub(crate) fn list(items: &[Raw]) -> Self {
        let items: Vec<&str> = items.iter().map(Raw::json).collect();
        Self::composed(format!("[{}]", items.join(",")))
    }

    /// Keeps text that this crate has put together out of valid pieces.
    pub(crate) fn composed(text: String) -> Self {
        Self::parse(text).expect("BUG: JSON composed of valid pieces is valid")
    }
}

impl PartialEq for Raw {
    fn eq(&self, other: &Self) -> bool {
        self.json() == other.json()
    }
}

impl Eq for Raw {}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.json())
    }
}

/// Text that is not the JSON it should be.
#[derive(Debug, thiserror::Error)]
pub enum BadJson {
    /// Not one JSON value.
    #[error("not valid JSON: {0}")]
    Syntax(#[source] serde_json::Error),
    /// Valid, and not an object.
    #[error("not a JSON object")]
    NotAnObject,
}

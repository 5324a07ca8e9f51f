//! JSON that is carried, not read.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use serde_json::value::RawValue;

use crate::items::Items;

/// One JSON value as the text that it arrived in.
///
/// It is known to be syntactically valid, and nothing else: numbers of any size, any
/// key order, repeated keys and lone surrogate escapes are kept as written. Two values
/// are equal when their texts are. White space around the value is not part of it.
#[derive(Clone)]
pub struct Raw(Box<str>);

impl Raw {
    /// Keeps `text`.
    ///
    /// # Errors
    ///
    /// [`BadJson`] when `text` is not exactly one JSON value.
    pub fn parse(text: impl Into<String>) -> Result<Self, BadJson> {
        let text = text.into();
        let value: &RawValue = serde_json::from_str(&text).map_err(BadJson::Syntax)?;
        let shorter = (value.get().len() < text.len()).then(|| value.get().into());
        Ok(Self(shorter.unwrap_or_else(|| text.into_boxed_str())))
    }

    /// The text of the value.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.0
    }

    /// The text of the value, to be kept or changed.
    pub(crate) fn into_json(self) -> String {
        self.0.into()
    }

    /// The value is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.json() == "null"
    }

    /// The value is a string.
    pub(crate) fn is_text(&self) -> bool {
        self.json().starts_with('"')
    }

    /// The value is an object, of whatever content.
    #[must_use]
    pub fn is_object(&self) -> bool {
        self.json().starts_with('{')
    }

    /// The list of some values.
    pub(crate) fn list(items: &[Raw]) -> Self {
        Self::listed(items.iter().map(Raw::json))
    }

    /// The list of some values, which are valid JSON.
    pub(crate) fn listed<'a>(items: impl Iterator<Item = &'a str> + Clone) -> Self {
        let length: usize = items.clone().map(|item| item.len() + 1).sum();
        let mut text = String::with_capacity(length + 2);
        text.push('[');
        for (at, item) in items.enumerate() {
            text.push_str(if at == 0 { "" } else { "," });
            text.push_str(item);
        }
        text.push(']');
        Self::composed(text)
    }

    /// The items, if it is a list.
    pub(crate) fn items(&self) -> Option<Items<'_>> {
        Items::of(self.json())
    }

    /// Keeps text that this crate has put together out of valid pieces. It is not read again:
    /// what is made of many values would be read once for each of them.
    pub(crate) fn composed(text: impl Into<Box<str>>) -> Self {
        let text = text.into();
        debug_assert!(
            serde_json::from_str::<&RawValue>(&text).is_ok_and(|value| *value.get() == *text),
            "BUG: JSON composed of valid pieces is valid: {text}"
        );
        Self(text)
    }

    /// Keeps a value that serde_json has read.
    pub(crate) fn read(value: &RawValue) -> Self {
        Self(value.get().into())
    }
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value: &RawValue = serde_json::from_str(&self.0).map_err(ser::Error::custom)?;
        value.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(value.into()))
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

impl BadJson {
    /// What was wrong with a text that should have been an object.
    pub(crate) fn of(error: serde_json::Error) -> Self {
        match error.is_data() {
            true => Self::NotAnObject,
            false => Self::Syntax(error),
        }
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

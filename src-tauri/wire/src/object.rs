//! A JSON object whose members stay as they were written.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use crate::literal::Literal;
use crate::raw::{BadJson, Raw};

/// The members of a JSON object in their order, each key and value verbatim.
///
/// Only one level is read, so nesting of any depth costs no stack. When a key is
/// repeated, the last one counts, as in most JSON readers, and all are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Object {
    members: Vec<(Literal, Raw)>,
}

/// Up to here every whole number is exact as a fraction, too (RFC 8259, section 6).
const EXACT: f64 = 9_007_199_254_740_991.0;

impl Object {
    /// Reads one level of an object.
    ///
    /// # Errors
    ///
    /// [`BadJson`] when `text` is not valid JSON, or not an object.
    pub fn parse(text: &str) -> Result<Self, BadJson> {
        match serde_json::from_str(text) {
            Ok(Members(members)) => Ok(Self { members }),
            Err(error) => Err(BadJson::of(error)),
        }
    }

    /// The same; none when there are more members than `most`, of which no more are kept.
    pub(crate) fn parse_at_most(text: &str, most: usize) -> Result<Option<Self>, BadJson> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let read = OneLevel { most }.deserialize(&mut reader);
        let read = read.and_then(|read| reader.end().map(|()| read));
        let (members, count) = read.map_err(BadJson::of)?;
        Ok((count <= most).then_some(Self { members }))
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Raw> {
        let (_, value) = self.members.iter().rfind(|(name, _)| name.says(key))?;
        Some(value)
    }

    /// Gives `key` a value, in its place if it has one, else at the end.
    pub fn set(&mut self, key: &str, value: Raw) {
        match self.members.iter_mut().rfind(|(name, _)| name.says(key)) {
            Some((_, old)) => *old = value,
            None => self.members.push((key.into(), value)),
        }
    }

    /// Appends a member of this program's own, whose key is not there yet.
    pub(crate) fn member(&mut self, name: &'static str, value: Raw) {
        self.members.push((Literal::name(name), value));
    }

    /// Appends a member whose key is not there yet, or may be repeated: unlike
    /// [`Object::set`] it looks at no other member, so an object of any size can be built.
    pub(crate) fn push(&mut self, key: &str, value: Raw) {
        self.members.push((key.into(), value));
    }

    /// There are no members.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The members in their order.
    pub fn iter(&self) -> impl Iterator<Item = (String, &Raw)> {
        self.members
            .iter()
            .map(|(key, value)| (key.decode(), value))
    }

    /// The members in their order, to be kept.
    pub(crate) fn into_members(self) -> impl Iterator<Item = (String, Raw)> {
        let members = self.members.into_iter();
        members.map(|(key, value)| (key.into_decoded(), value))
    }

    /// The value of `key`, unless it is null.
    pub(crate) fn known(&self, key: &str) -> Option<Raw> {
        self.get(key).filter(|value| !value.is_null()).cloned()
    }

    /// The value of `key` as an object; none when it is absent or something else.
    pub(crate) fn object(&self, key: &str) -> Option<Object> {
        Object::parse(self.get(key)?.json()).ok()
    }

    /// The value of `key` as a list; none when it is absent or something else.
    pub(crate) fn list(&self, key: &str) -> Option<Vec<Raw>> {
        serde_json::from_str(self.get(key)?.json()).ok()
    }

    /// The value of `key` when it is a string.
    pub(crate) fn literal(&self, key: &str) -> Option<Literal> {
        Literal::of(self.get(key)?)
    }

    /// What the string at `key` says.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        Literal::decoded(self.get(key)?)
    }

    /// The value of `key` when it is a whole number that is not negative, also where what stands
    /// between us and the API writes it as a fraction.
    pub(crate) fn count(&self, key: &str) -> Option<u64> {
        let json = self.get(key)?.json();
        serde_json::from_str(json).ok().or_else(|| {
            let number: f64 = serde_json::from_str(json).ok()?;
            let whole = number.fract() == 0.0 && (0.0..=EXACT).contains(&number);
            whole.then_some(number as u64)
        })
    }

    /// Takes over the members of `later`, except nulls in the place of something known.
    pub(crate) fn overwrite(&mut self, later: &Object) {
        for (key, value) in later.iter() {
            if !value.is_null() || self.get(&key).is_none() {
                self.set(&key, value.clone());
            }
        }
    }

    /// The object as text, without white space between its members.
    pub(crate) fn raw(&self) -> Raw {
        let mut text = String::with_capacity(self.length() + 2);
        text.push('{');
        self.write_members(&mut text);
        text.push('}');
        Raw::composed(text)
    }

    /// How long the members become.
    pub(crate) fn length(&self) -> usize {
        let members = self.members.iter();
        // Two quotes, a colon and a comma with each.
        let length = members.map(|(key, value)| key.spelled().len() + value.json().len() + 4);
        length.sum()
    }

    /// Writes the members into an object that was begun.
    pub(crate) fn write_members(&self, text: &mut String) {
        for (key, value) in &self.members {
            text.push_str(if text.ends_with('{') { "\"" } else { ",\"" });
            text.push_str(key.spelled());
            text.push_str("\":");
            text.push_str(value.json());
        }
    }
}

/// The members of an object that stands in a text.
struct Members(Vec<(Literal, Raw)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let all = OneLevel { most: usize::MAX };
        let (members, _) = all.deserialize(deserializer)?;
        Ok(Self(members))
    }
}

/// Reads an object's first members, and counts all of them.
struct OneLevel {
    most: usize,
}

impl<'de> DeserializeSeed<'de> for OneLevel {
    type Value = (Vec<(Literal, Raw)>, usize);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneLevel {
    type Value = (Vec<(Literal, Raw)>, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(8);
        while members.len() < self.most {
            let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? else {
                let count = members.len();
                return Ok((members, count));
            };
            let key = Literal::in_quotes(key.get()).expect("BUG: a JSON key is a string");
            members.push((key, Raw::read(value)));
        }
        let mut count = members.len();
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok((members, count))
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.members.len()))?;
        for (key, value) in self.iter() {
            map.serialize_entry(&key, value)?;
        }
        map.end()
    }
}

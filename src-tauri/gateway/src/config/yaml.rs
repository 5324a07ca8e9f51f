//! YAML as a tree that knows on which line everything stands.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Error, Spanned};

use super::{BadConfig, Reason};

/// A value, and where it stands.
pub(super) struct Node {
    pub(super) line: u64,
    pub(super) value: Value,
}

/// A value. Nothing of it is ever printed: any of it may be a secret.
pub(super) enum Value {
    Nothing,
    Flag(bool),
    Number(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Name, Node)>),
}

/// A member's name, and where it stands.
pub(super) struct Name {
    pub(super) line: u64,
    pub(super) text: String,
}

/// The tree of a text.
///
/// # Errors
/// [`Reason::NotYaml`], with the line where the reader gave up, and [`Reason::Twice`]. The
/// reader's own words may repeat the text, and are not told.
pub(super) fn parse(text: &str) -> Result<Node, BadConfig> {
    // Far more than any configuration has, and little enough for one that grows by aliases.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 100_000,
            max_nodes: 50_000,
            max_aliases: 1_000,
            max_recorded_anchor_events: 10_000,
            max_recorded_anchor_bytes: 1024 * 1024,
        },
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let refused = |reason| BadConfig {
            line: error.location().map_or(1, |place| place.line()),
            reason,
            name: None,
        };
        match error.without_snippet() {
            Error::DuplicateMappingKey { key, .. } => {
                refused(Reason::Twice).naming_what_is_written(key.as_deref().unwrap_or_default())
            }
            _ => refused(Reason::NotYaml),
        }
    })
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned {
            value, referenced, ..
        } = Spanned::<Value>::deserialize(deserializer)?;
        Ok(Self {
            line: referenced.line(),
            value,
        })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_i128<E>(self, number: i128) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_u128<E>(self, number: u128) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.trim().to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element()? {
            nodes.push(node);
        }
        Ok(Value::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = map.next_key::<Spanned<String>>()? {
            let line = name.referenced.line();
            let text = name.value;
            members.push((Name { line, text }, map.next_value()?));
        }
        Ok(Value::Map(members))
    }
}

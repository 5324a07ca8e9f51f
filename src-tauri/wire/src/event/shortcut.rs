//! The short way through the events that streams are made of: more text for a block.
//!
//! Nine of ten events are such, and each is read in one go over its data. Whatever is not exactly
//! as expected goes the long way.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::literal::Literal;

use super::{Delta, StreamEvent};

/// The name of these events.
const NAME: &str = "content_block_delta";

#[derive(serde::Deserialize)]
struct BlockDelta<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    index: u32,
    #[serde(borrow)]
    delta: Only<More<'a>>,
}

#[derive(serde::Deserialize)]
struct More<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    thinking: Option<&'a RawValue>,
    #[serde(borrow)]
    partial_json: Option<&'a RawValue>,
}

/// What stands in an object. Left alone, serde takes a list for one, too.
struct Only<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Only<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members))
            }
        }

        let members = deserializer.deserialize_map(Members(PhantomData))?;
        Ok(Self(members))
    }
}

/// More of a block, if the event of this name is such; none says nothing about it.
pub(super) fn more_of_a_block(name: &str, data: &str) -> Option<StreamEvent> {
    if name != NAME {
        return None;
    }
    let Only::<BlockDelta<'_>>(event) = serde_json::from_str(data).ok()?;
    let more = event.delta.0;
    let literal = |value: Option<&RawValue>| Literal::in_quotes(value?.get());
    let delta = match more.kind {
        "text_delta" => Delta::Text(literal(more.text)?),
        "thinking_delta" => Delta::Thinking(literal(more.thinking)?),
        "input_json_delta" => Delta::InputJson(literal(more.partial_json)?),
        _ => return None,
    };
    let index = event.index;
    (event.kind == NAME).then_some(StreamEvent::BlockDelta { index, delta })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_is_taken_and_leads_where_the_long_one_does() {
        for (delta, short) in [
            (r#"{"type":"text_delta","text":"a\n\ud83d"}"#, true),
            (r#" { "text" : "é" , "type" : "text_delta" } "#, true),
            (r#"{"type":"thinking_delta","thinking":"","text":5}"#, true),
            (r#"{"type":"input_json_delta","partial_json":"{\""}"#, true),
            (r#"{"type":"text_delta","text":"a","new":[[{}]]}"#, true),
            (r#"{"\u0074ype":"text_delta","te\u0078t":"a"}"#, true),
            (r#"{"type":"text\u005fdelta","text":"a"}"#, false),
            (r#"{"type":"text_delta","text":"a","text":"b"}"#, false),
            (r#"{"type":"text_delta","text":null}"#, false),
            (r#"{"type":"text_delta","text":5}"#, false),
            (r#"{"type":"text_delta"}"#, false),
            (r#"{"type":"signature_delta","signature":"s"}"#, false),
            (r#"["text_delta","a",null,null]"#, false),
            (r#"{"type":"new_delta","text":"a"}"#, false),
            ("null", false),
        ] {
            for (event, may_be) in [
                (
                    format!(r#"{{"type":"{NAME}","index":3,"delta":{delta}}}"#),
                    true,
                ),
                (
                    format!(r#" {{"delta":{delta},"x":{{}},"index":0,"type":"{NAME}"}}"#),
                    true,
                ),
                (
                    format!(r#"{{"type":"{NAME}","index":-1,"delta":{delta}}}"#),
                    false,
                ),
                (format!(r#"{{"type":"{NAME}","delta":{delta}}}"#), false),
                (format!(r#"{{"index":1,"delta":{delta}}}"#), false),
                (
                    format!(r#"{{"type":"ping","index":3,"delta":{delta}}}"#),
                    false,
                ),
                (format!(r#"["{NAME}",3,{delta}]"#), false),
                (
                    format!(r#"{{"type":"{NAME}","index":3,"delta":{delta}"#),
                    false,
                ),
            ] {
                let shortly = more_of_a_block(NAME, &event);
                assert_eq!(shortly.is_some(), short && may_be, "{event}");
                let long = StreamEvent::parse_any(NAME, &event);
                if let Some(shortly) = shortly {
                    assert_eq!(long.expect("the same"), shortly, "{event}");
                }
                assert_eq!(more_of_a_block("message", &event), None);
            }
        }
    }
}

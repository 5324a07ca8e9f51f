//! What the upstream says: one whole answer, and streams of known lengths.
//!
//! The forms are those of the Messages API (platform.claude.com, "Create a Message" and
//! "Streaming messages").

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

/// Stands once in every delta and in a whole answer, and nowhere else. One byte is never cut in
/// two by a network, and no gateway writes it in another way, so that counting it counts deltas.
pub(crate) const MARK: u8 = b'~';

/// About a TCP segment, as arrives from a network that is slower than the model.
const SEGMENT: usize = 1_400;

/// How a stream is handed to the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pieces {
    /// Segments that hold several events and parts of events.
    Segments,
    /// Every event by itself, as a service that flushes after each sends them.
    Events,
}

/// All that a body may consist of, made once.
#[derive(Debug)]
pub(crate) struct Answers {
    pub(crate) whole: Bytes,
    streams: BTreeMap<(usize, Pieces), Arc<[Bytes]>>,
}

impl Answers {
    /// Knows streams with these numbers of deltas.
    pub(crate) fn new(lengths: &[usize]) -> Self {
        let mut streams = BTreeMap::new();
        for &deltas in lengths {
            let events = events(deltas);
            let segments = segments(&events.concat());
            let events = events.into_iter().map(Bytes::from).collect();
            streams.insert((deltas, Pieces::Segments), segments);
            streams.insert((deltas, Pieces::Events), events);
        }
        Self {
            whole: whole().to_string().into(),
            streams,
        }
    }

    pub(crate) fn stream(&self, deltas: usize, pieces: Pieces) -> Option<Arc<[Bytes]>> {
        self.streams.get(&(deltas, pieces)).cloned()
    }
}

fn whole() -> Value {
    let text = "A hearth is the floor of a fireplace, and by extension the fireside and the home \
        around it. It was for a long time the only place of a house that was warm and lit, where \
        one cooked, mended, told stories and slept. Words for it stand for the household in many \
        languages, and in several old cities one fire was kept that belonged to all of them~";
    let usage = json!({
        "input_tokens": 212, "output_tokens": 78,
        "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
    });
    let mut message = message(&usage);
    message["content"] = json!([{"type": "text", "text": text}]);
    message["stop_reason"] = json!("end_turn");
    message
}

fn message(usage: &Value) -> Value {
    json!({
        "id": "msg_01HearthBenchUpstream", "type": "message", "role": "assistant",
        "model": "claude-sonnet-4-5", "content": [], "stop_reason": null, "stop_sequence": null,
        "usage": usage,
    })
}

/// The events of a stream, as text.
fn events(deltas: usize) -> Vec<String> {
    let words = [
        "The hearth~",
        " is warm,~",
        " and~",
        " the kettle~",
        " sings.~",
    ];
    let usage = json!({"input_tokens": 212, "output_tokens": 1});
    let mut events = vec![
        json!({"type": "message_start", "message": message(&usage)}),
        json!({
            "type": "content_block_start", "index": 0,
            "content_block": {"type": "text", "text": ""},
        }),
        json!({"type": "ping"}),
    ];
    events.extend(words.iter().cycle().take(deltas).map(|word| {
        let delta = json!({"type": "text_delta", "text": word});
        json!({"type": "content_block_delta", "index": 0, "delta": delta})
    }));
    events.extend([
        json!({"type": "content_block_stop", "index": 0}),
        json!({
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": null},
            "usage": {"output_tokens": deltas},
        }),
        json!({"type": "message_stop"}),
    ]);
    let written = events.into_iter().map(|event| {
        let name = event["type"].as_str().unwrap_or_default();
        format!("event: {name}\ndata: {event}\n\n")
    });
    written.collect()
}

fn segments(text: &str) -> Arc<[Bytes]> {
    let pieces = text.as_bytes().chunks(SEGMENT);
    pieces.map(Bytes::copy_from_slice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(bytes: &[u8]) -> usize {
        bytes.iter().filter(|byte| **byte == MARK).count()
    }

    #[test]
    fn a_mark_stands_once_for_each_delta_in_either_cut() {
        let answers = Answers::new(&[20]);
        let events = answers.stream(20, Pieces::Events).unwrap();
        let segments = answers.stream(20, Pieces::Segments).unwrap();
        assert_eq!(marks(&answers.whole), 1);
        assert_eq!(marks(&events.concat()), 20);
        assert_eq!(events.concat(), segments.concat());
        assert_eq!(events.len(), 26);
        assert!(answers.stream(21, Pieces::Events).is_none());
    }

    #[test]
    fn every_event_has_its_name_and_its_data() {
        for event in events(3) {
            let (name, data) = event.split_once('\n').unwrap();
            let data: Value =
                serde_json::from_str(data.strip_prefix("data: ").unwrap().trim()).unwrap();
            assert_eq!(
                Some(data["type"].as_str().unwrap()),
                name.strip_prefix("event: ")
            );
        }
    }
}

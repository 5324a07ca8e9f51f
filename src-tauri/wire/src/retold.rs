//! An answer that came in one piece, told as the events that a stream would have had.

use crate::event::StreamEvent;
use crate::object::Object;
use crate::raw::Raw;
use crate::response::Response;

impl Response {
    /// The events, each with its data: the beginning, every block verbatim, why the answer
    /// ended, and `message_stop`.
    ///
    /// An answer that does not say why it ended has no `message_stop`: nobody said that it
    /// is whole. Source for the order:
    /// <https://platform.claude.com/docs/en/build-with-claude/streaming>.
    #[must_use]
    pub fn events(&self) -> Vec<(StreamEvent, String)> {
        let mut told = vec![self.start()];
        for (index, block) in self.content.iter().enumerate() {
            told.push(format!(
                r#"{{"type":"content_block_start","index":{index},"content_block":{}}}"#,
                block.json()
            ));
            told.push(format!(
                r#"{{"type":"content_block_stop","index":{index}}}"#
            ));
        }
        told.push(self.delta());
        if self.stop_reason.is_some() {
            told.push(r#"{"type":"message_stop"}"#.to_owned());
        }
        told.into_iter()
            .map(|data| {
                let event = StreamEvent::parse("message", &data);
                (event.expect("BUG: an event told of a message is one"), data)
            })
            .collect()
    }

    /// The message as it would have begun: without content, and with nothing about its end.
    fn start(&self) -> String {
        let mut message = self.members();
        message.set("content", Raw::list(&[]));
        for member in ["stop_reason", "stop_sequence", "stop_details"] {
            if message.get(member).is_some() {
                message.set(member, null());
            }
        }
        let message = message.raw();
        format!(r#"{{"type":"message_start","message":{}}}"#, message.json())
    }

    fn delta(&self) -> String {
        let message = self.members();
        let mut delta = Object::default();
        for member in ["stop_reason", "stop_sequence", "stop_details", "container"] {
            if let Some(said) = message.get(member) {
                delta.set(member, said.clone());
            }
        }
        let mut event = Object::default();
        event.set("type", Raw::composed(r#""message_delta""#.to_owned()));
        event.set("delta", delta.raw());
        if let Some(usage) = message.get("usage") {
            event.set("usage", usage.clone());
        }
        event.raw().json().to_owned()
    }

    fn members(&self) -> Object {
        Object::parse(self.raw.json()).expect("BUG: a response is a JSON object")
    }
}

fn null() -> Raw {
    Raw::composed("null".to_owned())
}

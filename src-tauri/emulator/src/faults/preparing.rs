//! What a fault does to an answer before it is put into words of the wire.

use super::{Early, Fault, Place};
use crate::request::Asked;
use crate::script::{At, Limit, Part, Script};

impl Fault {
    /// Spoils what is to be said, where that is what the fault does.
    pub(crate) fn prepare(self, script: &mut Script, asked: &Asked) {
        match self {
            Fault::Scenario(scenario) => scenario.apply(script, asked),
            Fault::Events(spoilt) => spoilt.content(script),
            Fault::Ends(early, place) => script.limit = Some(limit(early, place, &script.parts)),
            Fault::Refuse(_)
            | Fault::Redirect(_)
            | Fault::HangUp(_)
            | Fault::Silence
            | Fault::SlowHead
            | Fault::Instead(_)
            | Fault::Lacks(_)
            | Fault::Streams(_)
            | Fault::Provisioning(_)
            | Fault::Written(_) => {}
        }
    }
}

fn limit(early: Early, place: Place, parts: &[Part]) -> Limit {
    let deltas: usize = parts
        .iter()
        .map(|part| match part {
            Part::Text(pieces) | Part::Thinking(pieces) => pieces.len(),
            Part::ToolUse { .. } | Part::Whole(_) | Part::Event { .. } => 0,
        })
        .sum();
    // Past `message_start` and the block's own start, and inside the text.
    let after = 3 + deltas * 2 / 5;
    let at = match (place, early) {
        (Place::At(bytes), _) => At::Bytes(bytes),
        (Place::Start, _) => At::Events(1),
        (Place::Middle, Early::Cut | Early::Reset) => At::Inside(after),
        (Place::Middle, Early::Stall | Early::End | Early::Error) => At::Events(after),
    };
    let then = early.then();
    Limit { at, then }
}

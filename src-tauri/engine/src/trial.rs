//! "Test connection": exactly the call that chat makes, ended at the first word.
//!
//! Rivals test another address, or with other parameters, and say that all is well when
//! chat then fails, or the reverse.

use std::time::Instant;

use futures_util::StreamExt;
use hearth_foundry::Progress;
use hearth_wire::{Block, StreamEvent};

use crate::Shared;
use crate::api::{
    ConnectionDraft, ConnectionTest, ConversationId, ErrorCode, ErrorReport, TurnId, TurnSettings,
};
use crate::connection::Used;
use crate::request::{Contents, Past};
use crate::turn::Plan;

/// A question whose answer costs next to nothing, even where it is billed to its end.
/// It goes to a model, not to a person, and so is not in the words catalogue.
const QUESTION: &str = "Reply with OK.";

pub(crate) async fn run(
    shared: &Shared,
    draft: &ConnectionDraft,
) -> Result<ConnectionTest, ErrorReport> {
    let plan = plan(shared.connections.tried(draft).await?);
    let messages_url = plan.used.endpoint.messages_url().to_string();
    let built = plan.build();
    let mut test = ConnectionTest {
        messages_url: messages_url.clone(),
        deployment: plan.deployment().to_owned(),
        first_token_ms: 0,
        model: None,
        request_id: None,
        emulator: false,
    };
    let mut stream = std::pin::pin!(
        shared
            .client
            .stream(&plan.target(built.version), built.request)
    );
    let mut asked = Instant::now();
    while let Some(step) = stream.next().await {
        let step = step.map_err(|failure| plan.report(&failure))?;
        match step {
            Progress::Asking { .. } => asked = Instant::now(),
            Progress::Waiting { .. } => {}
            Progress::Opened {
                request_id,
                emulator,
                ..
            } => {
                test.request_id = request_id;
                test.emulator = emulator;
            }
            Progress::Event { event, .. } => match event {
                StreamEvent::MessageStart(start) => test.model = start.model,
                StreamEvent::BlockStart { .. } | StreamEvent::MessageStop => {
                    let waited = asked.elapsed().as_millis();
                    test.first_token_ms = u64::try_from(waited).unwrap_or(u64::MAX);
                    return Ok(test);
                }
                _ => {}
            },
        }
    }
    // The client ends a stream with `message_stop` or a failure, and both returned above.
    Err(ErrorReport::new(ErrorCode::StreamCut).about(messages_url))
}

fn plan(used: Used) -> Plan {
    Plan {
        conversation: ConversationId(String::new()),
        turn: TurnId(String::new()),
        candidates: used.candidates.clone(),
        used,
        settings: TurnSettings::default(),
        past: vec![Past::question(vec![Block::text(QUESTION)])],
        tools: Vec::new(),
        contents: Contents::default(),
    }
}

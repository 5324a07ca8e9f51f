//! `hearth ask`: one question, its answer as it comes.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::path::PathBuf;

use hearth_engine::api::{
    BlockView, CallState, ConnectionId, ConversationId, Decision, HearthEvent, MessageId,
    MessageState, MessageView, SendRequest, Sent, Step, TurnSettings, Waiting,
};
use hearth_engine::{Engine, Environment, Profile, Subscription};
use serde_json::json;

use crate::arguments::{Ask, InConversation, Keep, Output};
use crate::named::{connection, one_of};
use crate::terminal::{Failed, Terminal};

pub(crate) async fn run(
    ask: Ask,
    profile: Option<PathBuf>,
    environment: Environment,
    terminal: &Terminal<'_>,
) -> Result<(), Failed> {
    let text = match ask.prompt.as_str() {
        "-" => from_standard_input()?,
        text => text.to_owned(),
    };
    let profile = Profile::from_args(profile)?;
    // Held to the end of the answer: dropping it deletes the folder.
    let forgotten = match ask.keep {
        Keep::Saved => None,
        Keep::Forgotten => Some(tempfile::tempdir()?),
    };
    let profile = match &forgotten {
        None => profile,
        Some(folder) => profile.with_data_in(folder.path()),
    };
    let engine = crate::open(profile, environment).await?;
    let connection = match &ask.connection {
        None => None,
        Some(name) => Some(connection(&engine.state().await, name, terminal)?),
    };
    if connection.is_none() {
        say_what_is_used(&engine, terminal);
    }
    let place = place(&engine, &ask, terminal).await?;
    let mut events = engine.subscribe();
    let sent = send(&engine, place, text, ask.attach, connection.as_ref()).await?;
    let followed = follow(&engine, &mut events, &sent, ask.output, terminal).await;
    // When nobody reads any more, the turn stops and what came is stored as stopped.
    engine.shutdown().await;
    let answer = followed?;
    if ask.output == Output::Json {
        let whole = json!({ "conversation": sent.conversation, "answer": answer });
        terminal.write(&format!("{whole}\n"))?;
    }
    came_to_its_end(&answer, terminal)
}

/// Where a question goes, and what it is asked with.
struct Place {
    conversation: Option<ConversationId>,
    settings: TurnSettings,
}

/// The conversation that the person named, with its own settings as far as no others were
/// named.
async fn place(engine: &Engine, ask: &Ask, terminal: &Terminal<'_>) -> Result<Place, Failed> {
    let conversation = match &ask.conversation {
        None => None,
        Some(InConversation::One(beginning)) => {
            let all = engine.conversations().await?;
            Some(one_of(&all, beginning, terminal)?)
        }
        Some(InConversation::Last) => {
            let all = engine.conversations().await?;
            let last = all.into_iter().max_by_key(|it| it.updated_at);
            let last = last.ok_or_else(|| terminal.refuse("cli-ask-no-conversation", &[]))?;
            Some(last.id)
        }
    };
    let settings = match &conversation {
        None => TurnSettings::default(),
        Some(id) => engine.conversation(id.clone()).await?.settings,
    };
    Ok(Place {
        conversation,
        settings: TurnSettings {
            deployment: ask.model.clone().or(settings.deployment.clone()),
            system: ask.system.clone().or(settings.system.clone()),
            ..settings
        },
    })
}

/// Sends the question with its files.
async fn send(
    engine: &Engine,
    place: Place,
    text: String,
    files: Vec<PathBuf>,
    connection: Option<&ConnectionId>,
) -> Result<Sent, Failed> {
    let request = SendRequest {
        conversation: place.conversation,
        text,
        attachments: Vec::new(),
        replaces: None,
        after: None,
        settings: place.settings,
    };
    Ok(engine
        .send_from_terminal(request, files, connection)
        .await?)
}

fn from_standard_input() -> Result<String, Failed> {
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text)?;
    Ok(text)
}

/// With no saved connection the environment decides, and one line says how.
fn say_what_is_used(engine: &Engine, terminal: &Terminal<'_>) {
    let Some(offer) = engine.from_environment() else {
        return;
    };
    let used = offer.used.join(", ");
    let sentence = match offer.left_out.is_empty() {
        true => terminal.words.say("cli-ask-used", &[("used", used)]),
        false => {
            let left_out = offer.left_out.join(", ");
            let facts = [("used", used), ("leftOut", left_out)];
            terminal.words.say("cli-ask-used-left-out", &facts)
        }
    };
    terminal.note(&sentence);
}

/// Shows the turn until its ending; Ctrl+C stops it, and what came is kept.
async fn follow(
    engine: &Engine,
    events: &mut Subscription,
    sent: &Sent,
    output: Output,
    terminal: &Terminal<'_>,
) -> Result<MessageView, Failed> {
    let mut shown = Shown {
        output,
        text: String::new(),
        text_blocks: HashSet::new(),
        calls: HashMap::new(),
        denied: HashSet::new(),
        in_order: true,
    };
    loop {
        let batch = tokio::select! {
            batch = events.next() => batch,
            _ = tokio::signal::ctrl_c() => {
                engine.stop(&sent.turn);
                continue;
            }
        };
        let Some(batch) = batch else {
            return Err(terminal.refuse("cli-ask-lost", &[]));
        };
        for event in batch {
            let ended = match event {
                HearthEvent::Turn(event) if event.turn == sent.turn => {
                    if let Some(call) = shown.asks_for(&event.step) {
                        shown.deny(engine, sent, call, terminal);
                    }
                    shown.step(event.step, terminal)?
                }
                HearthEvent::Missed => shown.missed(engine, sent, terminal).await?,
                HearthEvent::Turn(_)
                | HearthEvent::ConversationChanged { .. }
                | HearthEvent::ConversationRemoved { .. }
                | HearthEvent::StateChanged
                | HearthEvent::StorageChanged { .. }
                | HearthEvent::ConversationSettings { .. }
                | HearthEvent::ConversationStale { .. }
                | HearthEvent::Doctor { .. }
                | HearthEvent::SignIn { .. }
                | HearthEvent::GatewayChanged => None,
            };
            if let Some(answer) = ended {
                shown.finish(&answer, terminal)?;
                return Ok(answer);
            }
        }
    }
}

/// What stands in the terminal already.
struct Shown {
    output: Output,
    text: String,
    text_blocks: HashSet<(MessageId, u32)>,
    /// The calls of tools, by their places.
    calls: HashMap<(MessageId, u32), Called>,
    /// The identifiers of those that were denied.
    denied: HashSet<String>,
    /// No event was missed, so that the next piece belongs at the end.
    in_order: bool,
}

/// A call of a tool.
#[derive(Clone)]
struct Called {
    id: String,
    /// Its tool's.
    name: String,
}

impl Shown {
    /// The call that a person would have to decide now.
    fn asks_for(&mut self, step: &Step) -> Option<Called> {
        match step {
            Step::BlockStarted {
                message,
                index,
                block: BlockView::ToolCall { id, name, .. },
            } => {
                let (id, name) = (id.clone(), name.clone());
                let call = Called { id, name };
                self.calls.insert((message.clone(), *index), call);
                None
            }
            Step::ToolState {
                message,
                index,
                state: CallState::Approval,
            } => self.calls.get(&(message.clone(), *index)).cloned(),
            _ => None,
        }
    }

    /// Says no to a call: nobody sits here who could read its arguments and decide.
    fn deny(&mut self, engine: &Engine, sent: &Sent, call: Called, terminal: &Terminal<'_>) {
        if self.denied.insert(call.id.clone()) {
            let facts = [("name", call.name)];
            terminal.note(&terminal.words.say("cli-ask-tool-denied", &facts));
        }
        engine.decide(&sent.turn, &call.id, Decision::Deny);
    }

    /// Shows a step; returns the answer when it was the last one.
    fn step(&mut self, step: Step, terminal: &Terminal<'_>) -> Result<Option<MessageView>, Failed> {
        match step {
            Step::Waiting { waiting } => terminal.note(&retrying(&waiting, terminal)),
            Step::BlockStarted {
                message,
                index,
                block: BlockView::Text { text },
            } => {
                self.text_blocks.insert((message, index));
                let gap = if self.text.is_empty() {
                    ""
                } else {
                    BETWEEN_BLOCKS
                };
                self.write(&format!("{gap}{text}"), terminal)?;
            }
            Step::Delta {
                message,
                index,
                text,
            } if self.text_blocks.contains(&(message.clone(), index)) => {
                self.write(&text, terminal)?;
            }
            Step::Ended { answer } => return Ok(Some(answer)),
            Step::Started { .. }
            | Step::Asking
            | Step::BlockStarted { .. }
            | Step::Delta { .. }
            | Step::BlockFinished { .. }
            | Step::ToolState { .. }
            | Step::Continued { .. } => {}
        }
        Ok(None)
    }

    /// A slow terminal missed events: the rest is shown in one piece at the end, which
    /// may have been among what was missed, as may a call that waits to be decided.
    async fn missed(
        &mut self,
        engine: &Engine,
        sent: &Sent,
        terminal: &Terminal<'_>,
    ) -> Result<Option<MessageView>, Failed> {
        self.in_order = false;
        let view = engine.conversation(sent.conversation.clone()).await?;
        for message in &view.messages {
            for (block, index) in message.blocks.iter().zip(0..) {
                let BlockView::ToolCall {
                    id, name, state, ..
                } = block
                else {
                    continue;
                };
                let (id, name) = (id.clone(), name.clone());
                let call = Called { id, name };
                // Its question may be the next event.
                self.calls.insert((message.id.clone(), index), call.clone());
                if *state == CallState::Approval {
                    self.deny(engine, sent, call, terminal);
                }
            }
        }
        Ok(match view.turn {
            Some(_) => None,
            None => view.messages.into_iter().next_back(),
        })
    }

    fn write(&mut self, text: &str, terminal: &Terminal<'_>) -> Result<(), Failed> {
        if self.in_order {
            self.text.push_str(text);
            if self.output == Output::Text {
                terminal.write(text)?;
            }
        }
        Ok(())
    }

    /// Whatever of the answer is not shown yet, and the end of its last line.
    fn finish(&mut self, answer: &MessageView, terminal: &Terminal<'_>) -> Result<(), Failed> {
        self.in_order = true;
        let whole = text_of(answer);
        if let Some(rest) = whole.strip_prefix(self.text.as_str()) {
            self.write(rest, terminal)?;
        }
        if self.output == Output::Text && !self.text.is_empty() && !self.text.ends_with('\n') {
            terminal.write("\n")?;
        }
        Ok(())
    }
}

/// Text blocks are paragraphs of their own.
const BETWEEN_BLOCKS: &str = "\n\n";

fn text_of(answer: &MessageView) -> String {
    let texts: Vec<&str> = answer
        .blocks
        .iter()
        .filter_map(|block| match block {
            BlockView::Text { text } => Some(text.as_str()),
            BlockView::Thinking { .. }
            | BlockView::ToolCall { .. }
            | BlockView::ToolResult { .. }
            | BlockView::Image { .. }
            | BlockView::File { .. }
            | BlockView::Unknown { .. } => None,
        })
        .collect();
    texts.join(BETWEEN_BLOCKS)
}

fn retrying(waiting: &Waiting, terminal: &Terminal<'_>) -> String {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        });
    let seconds = (waiting.until - now).max(0).div_euclid(1000) + 1;
    let facts = [
        ("reason", terminal.words.explain(&waiting.reason)),
        ("seconds", seconds.to_string()),
        ("attempt", waiting.attempt.to_string()),
        ("attempts", waiting.attempts.to_string()),
    ];
    terminal.words.say("cli-ask-retrying", &facts)
}

/// Only an answer that came to its end is a success.
fn came_to_its_end(answer: &MessageView, terminal: &Terminal<'_>) -> Result<(), Failed> {
    match &answer.state {
        MessageState::Complete { stop_reason } => match stop_reason.as_deref() {
            Some("max_tokens") => Err(terminal.refuse("cli-ask-max-tokens", &[])),
            Some("model_context_window_exceeded") => Err(terminal.refuse("cli-ask-context", &[])),
            Some("refusal") => Err(terminal.refuse("cli-ask-refusal", &[])),
            Some(_) | None => Ok(()),
        },
        MessageState::Stopped => {
            let sentence = terminal.words.say("cli-ask-stopped", &[]);
            Err(Failed::Interrupted(sentence))
        }
        MessageState::Failed { error } => Err(Failed::from(error.clone())),
        MessageState::Streaming | MessageState::Interrupted => {
            Err(terminal.refuse("cli-ask-lost", &[]))
        }
    }
}

#[cfg(test)]
mod tests;

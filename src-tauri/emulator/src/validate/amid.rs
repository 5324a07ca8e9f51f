//! Messages of the role `system` amid a conversation
//! (<https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages>).
//!
//! The page does not name Foundry; <https://github.com/BerriAI/litellm/pull/33807> found it to
//! take them from 4.8 on. Clients send a header with them, and do without after a 400.

use serde_json::Value;

use super::{Bench, Verdict, messages};
use crate::refusal::Refusal;
use crate::request::{Role, Turn};

const HEADER: &str = "mid-conversation-system-2026-04-07";

/// Whether the role is known at all: to this model, and with the header that asks for it.
pub(super) fn is_taken(bench: &Bench<'_>) -> bool {
    bench.deployment.base.system_amid && bench.betas.contains(&HEADER)
}

/// Whether the message `n` of that role may stand behind the turn before it: `system` behind
/// what the person said or what a tool of the API's found, and before the model's turn.
pub(super) fn placed(before: Option<&Turn>, role: Role, n: usize) -> Verdict {
    match (before.map(|turn| (turn.role, turn)), role) {
        (None, Role::System) => Err(Refusal::invalid(format!(
            "messages.{n}: use the top-level 'system' parameter for the initial system prompt"
        ))),
        (Some((Role::Assistant, turn)), Role::System) if !ends_in_servers_tool(turn) => {
            Err(misplaced(n))
        }
        (Some((Role::System, _)), Role::System | Role::User) => Err(misplaced(n)),
        _ => Ok(()),
    }
}

fn ends_in_servers_tool(turn: &Turn) -> bool {
    turn.blocks.last().is_some_and(messages::is_servers)
}

fn misplaced(n: usize) -> Refusal {
    Refusal::invalid(format!(
        "messages.{n}: a `system` message must follow a `user` message, and must be the last one \
         or be followed by an `assistant` message"
    ))
}

/// The blocks of the system messages.
pub(super) fn told(turns: &[Turn]) -> impl Iterator<Item = &Value> {
    let system = turns.iter().filter(|turn| turn.role == Role::System);
    system.flat_map(|turn| &turn.blocks)
}

/// The turns of the person and the model. They still take turns, because a system message
/// stands only between the two.
pub(super) fn without(mut turns: Vec<Turn>) -> Vec<Turn> {
    turns.retain(|turn| turn.role != Role::System);
    turns
}

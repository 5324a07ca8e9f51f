//! A fingerprint of what a model is given, in order.
//!
//! Thinking is bound to the connection, the model, the system prompt, the tools and every
//! message before it (platform.claude.com/docs/en/build-with-claude/extended-thinking):
//! two answers with one fingerprint were asked for with the same of all of these.

use hearth_wire::{Role, Tool};
use sha2::{Digest, Sha256};

use super::Ask;

/// A running fingerprint.
#[derive(Clone)]
pub(super) struct Prefix(Sha256);

impl Prefix {
    pub(super) fn new(ask: &Ask<'_>, tools: &[Tool]) -> Self {
        let mut prefix = Self(Sha256::new());
        prefix.part(ask.connection);
        prefix.part(ask.deployment);
        // What is not sent leaves no trace: the fingerprints of conversations that were
        // begun before there were tools and system prompts stay what they were.
        if let Some(system) = super::system(ask.settings) {
            prefix.0.update(b"system");
            prefix.part(system);
        }
        for tool in tools {
            prefix.0.update(b"tool");
            prefix.part(&tool.name);
            prefix.part(&tool.description);
            prefix.part(tool.input_schema.json());
        }
        prefix
    }

    /// Adds a message: whose it is, and what identifies each of its blocks as sent.
    pub(super) fn add<'b>(&mut self, role: Role, blocks: impl IntoIterator<Item = &'b str>) {
        self.0.update(match role {
            Role::User => b"u",
            Role::Assistant => b"a",
        });
        for block in blocks {
            self.part(block);
        }
    }

    pub(super) fn fingerprint(&self) -> String {
        let digest = self.0.clone().finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn part(&mut self, text: &str) {
        self.0.update(text.len().to_le_bytes());
        self.0.update(text);
    }
}

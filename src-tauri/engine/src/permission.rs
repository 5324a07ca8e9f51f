//! Which tools models are told of, and which of them may run without asking.

use hearth_store as store;
use hearth_tools::Tool;

use crate::api::{ConversationId, ErrorReport, GrantView, HearthEvent, ToolView};
use crate::engine::Engine;
use crate::settings::Settings;
use crate::words::Words;

impl Engine {
    /// Tells models of a tool from the next question on, or of it no more. For every
    /// conversation; turns that run go on as they began.
    ///
    /// # Errors
    /// A settings file that cannot be written. A tool that there is not changes nothing.
    pub fn enable_tool(&self, name: &str, enabled: bool) -> Result<(), ErrorReport> {
        if hearth_tools::find(name).is_none() {
            return Ok(());
        }
        self.shared.connections.change(|settings| {
            settings.tools.retain(|it| it != name);
            if enabled {
                settings.tools.push(name.to_owned());
            }
        })?;
        self.shared.live().announce(HearthEvent::StateChanged);
        Ok(())
    }

    /// The tools that may run in a conversation without asking, by name.
    ///
    /// # Errors
    /// [`crate::api::ErrorCode::ConversationNotFound`], and when the store cannot be read.
    pub async fn grants(
        &self,
        conversation: ConversationId,
    ) -> Result<Vec<GrantView>, ErrorReport> {
        let id = store::ConversationId::from(conversation.0);
        let grants = self.shared.store(move |store| store.grants(&id)).await?;
        let grants = grants.into_iter().map(|grant| GrantView {
            tool: grant.tool,
            granted_at: grant.granted_at,
        });
        Ok(grants.collect())
    }

    /// Takes such a permission back: the tool asks again from its next call on.
    ///
    /// # Errors
    /// [`crate::api::ErrorCode::ConversationNotFound`], and when the store cannot be written.
    pub async fn revoke(
        &self,
        conversation: ConversationId,
        tool: String,
    ) -> Result<(), ErrorReport> {
        let id = store::ConversationId::from(conversation.0);
        self.shared
            .store(move |store| store.revoke(&id, &tool))
            .await
    }
}

/// The tools that models are told of, always in the same order: what they were told is part
/// of what their thinking is bound to.
pub(crate) fn enabled(settings: &Settings) -> Vec<Tool> {
    let tools = hearth_tools::all().iter();
    tools
        .filter(|it| is_enabled(settings, it))
        .copied()
        .collect()
}

/// Every tool, as a person reads of it.
pub(crate) fn views(settings: &Settings) -> Vec<ToolView> {
    let words = Words::english();
    let tools = hearth_tools::all().iter();
    tools
        .map(|tool| {
            // Names of tools have underscores, keys of sentences hyphens.
            let key = format!("tool-{}", tool.name().replace('_', "-"));
            ToolView {
                name: tool.name().to_owned(),
                title: words.say(&key, &[]),
                description: words.say(&format!("{key}.description"), &[]),
                enabled: is_enabled(settings, tool),
            }
        })
        .collect()
}

fn is_enabled(settings: &Settings, tool: &Tool) -> bool {
    settings.tools.iter().any(|name| name == tool.name())
}

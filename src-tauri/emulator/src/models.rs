//! What each base model takes, as the emulator judges it.
//!
//! Its own table on purpose: were it read from the client's, an error there would be
//! right by definition. Sources: <https://platform.claude.com/docs/en/about-claude/models>,
//! the models' migration guides, and
//! <https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry>.

/// Who runs a deployment; some features are missing when it is Azure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hosting {
    /// "Hosted on Azure": no structured outputs, no server tools.
    Azure,
    /// "Hosted on Anthropic".
    Anthropic,
}

/// When `thinking.type: disabled` is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disabling {
    Always,
    UpToHighEffort,
    Never,
}

/// One base model.
#[derive(Debug)]
pub(crate) struct Base {
    pub(crate) id: &'static str,
    pub(crate) context: u64,
    pub(crate) max_output: u64,
    /// Takes `thinking.type: adaptive`.
    pub(crate) adaptive: bool,
    /// Takes `thinking.type: enabled` with a budget.
    pub(crate) enabled: bool,
    pub(crate) disabling: Disabling,
    /// Takes `thinking.type: between_tools`.
    pub(crate) between_tools: bool,
    /// Thinks when the request says nothing about it.
    pub(crate) thinks_unasked: bool,
    /// `display` is `summarized` unless the request says otherwise (4.6 and older).
    pub(crate) shows_thinking: bool,
    pub(crate) efforts: &'static [&'static str],
    pub(crate) forced_tool_choice: bool,
    /// Takes another temperature than its default (4.6 and older).
    pub(crate) sampling: bool,
    pub(crate) prefill: bool,
    /// Takes messages of the role `system` amid a conversation (4.8 and newer).
    pub(crate) system_amid: bool,
    /// Thinking blocks are bound to the conversation that they were made in.
    pub(crate) binds_thinking: bool,
    pub(crate) hosting: Hosting,
}

pub(crate) fn find(id: &str) -> Option<&'static Base> {
    BASES.iter().find(|base| base.id == id)
}

const NONE: &[&str] = &[];
const TO_HIGH: &[&str] = &["low", "medium", "high"];
const TO_MAX: &[&str] = &["low", "medium", "high", "max"];
const ALL: &[&str] = &["low", "medium", "high", "xhigh", "max"];

/// The newest generation: 1M context, always or by default adaptive, no sampling.
const NEW: Base = Base {
    id: "",
    context: 1_000_000,
    max_output: 128_000,
    adaptive: true,
    enabled: false,
    disabling: Disabling::Never,
    between_tools: false,
    thinks_unasked: true,
    shows_thinking: false,
    efforts: ALL,
    forced_tool_choice: true,
    sampling: false,
    prefill: false,
    system_amid: true,
    binds_thinking: false,
    hosting: Hosting::Azure,
};

/// 4.6: adaptive, and the older manual kind still taken.
const FOUR_SIX: Base = Base {
    enabled: true,
    disabling: Disabling::Always,
    thinks_unasked: false,
    shows_thinking: true,
    efforts: TO_MAX,
    sampling: true,
    system_amid: false,
    hosting: Hosting::Anthropic,
    ..NEW
};

/// 4.5: manual thinking only, 200K context, prefill.
const FOUR_FIVE: Base = Base {
    context: 200_000,
    max_output: 64_000,
    adaptive: false,
    efforts: NONE,
    prefill: true,
    ..FOUR_SIX
};

/// Also what stands behind the deployments that misbehave.
pub(crate) const SONNET_5_5: Base = Base {
    id: "claude-sonnet-5-5",
    between_tools: true,
    forced_tool_choice: false,
    binds_thinking: true,
    ..NEW
};

pub(crate) const BASES: &[Base] = &[
    Base {
        id: "claude-fable-5-2",
        forced_tool_choice: false,
        binds_thinking: true,
        hosting: Hosting::Anthropic,
        ..NEW
    },
    Base {
        id: "claude-fable-5-1",
        forced_tool_choice: false,
        binds_thinking: true,
        hosting: Hosting::Anthropic,
        ..NEW
    },
    Base {
        id: "claude-fable-5",
        hosting: Hosting::Anthropic,
        ..NEW
    },
    Base {
        id: "claude-opus-5-5",
        forced_tool_choice: false,
        binds_thinking: true,
        ..NEW
    },
    Base {
        id: "claude-opus-5",
        disabling: Disabling::UpToHighEffort,
        ..NEW
    },
    Base {
        id: "claude-opus-4-8",
        disabling: Disabling::Always,
        thinks_unasked: false,
        ..NEW
    },
    Base {
        id: "claude-opus-4-7",
        system_amid: false,
        disabling: Disabling::Always,
        thinks_unasked: false,
        hosting: Hosting::Anthropic,
        ..NEW
    },
    Base {
        id: "claude-opus-4-6",
        ..FOUR_SIX
    },
    Base {
        id: "claude-opus-4-5",
        efforts: TO_HIGH,
        ..FOUR_FIVE
    },
    SONNET_5_5,
    Base {
        id: "claude-sonnet-5",
        disabling: Disabling::Always,
        ..NEW
    },
    Base {
        id: "claude-sonnet-4-6",
        ..FOUR_SIX
    },
    Base {
        id: "claude-sonnet-4-5",
        ..FOUR_FIVE
    },
    Base {
        id: "claude-haiku-5-5",
        disabling: Disabling::Always,
        binds_thinking: true,
        ..NEW
    },
    Base {
        id: "claude-haiku-4-5",
        hosting: Hosting::Azure,
        ..FOUR_FIVE
    },
];

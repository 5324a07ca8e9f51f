//! What is known of each base model.
//!
//! A Foundry resource cannot be asked what it has, and a deployment may have any name,
//! so this is data: the person maps each deployment to one of these, and what is mapped
//! to none gets [`cautious`] treatment.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::request::{Display, Effort, Thinking};

/// A model and what it takes. A request that asks for more gets a 400.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseModel {
    /// The API's id, such as `claude-opus-5-5`.
    pub id: String,
    /// The product's name, such as `Claude Opus 5.5`.
    pub name: String,
    /// The day (ISO) on which it came out, where recorded.
    pub released: Option<String>,
    /// Context window, in tokens.
    pub context: u32,
    /// Most output tokens, thinking included.
    pub max_output: u32,
    /// The longer edge, in pixels, above which the API makes an image smaller before the
    /// model sees it: more is only slower to send.
    /// Source: <https://platform.claude.com/docs/en/build-with-claude/vision>.
    pub image_edge: u32,
    /// The values of `thinking.type` that it takes.
    pub thinking: Vec<ThinkingKind>,
    /// What it does when `thinking` is left out; none when that is not known.
    pub thinking_default: Option<ThinkingKind>,
    /// The efforts that it takes, least first; empty when it takes none.
    pub efforts: Vec<Effort>,
    /// The effort when none is asked for.
    pub default_effort: Option<Effort>,
    /// The most effort that it takes while it does not think, or only between tool calls;
    /// none where any will do. Source: the models' migration guides beside
    /// <https://platform.claude.com/docs/en/build-with-claude/effort>.
    #[serde(default)]
    pub most_effort_unthinking: Option<Effort>,
    /// It takes `temperature`, `top_p` and `top_k` (under API version 2023-06-01).
    pub sampling: bool,
    /// Of `temperature` and `top_p` it takes one, never both.
    #[serde(default)]
    pub one_sampling: bool,
    /// The last message may be the beginning of the model's own answer.
    pub prefill: bool,
    /// `tool_choice` may be `any` or name a tool.
    pub forced_tool_choice: bool,
    /// Shorter prompts are never cached, in tokens.
    pub min_cache: u32,
    /// Prices, by length of the prompt, shortest first; empty when not known.
    pub prices: Vec<Price>,
    /// Where Foundry hosts it; empty when not known.
    pub hosting: Vec<Hosting>,
    /// A day (ISO) after which it may stop answering, where recorded. To be shown as a
    /// warning: recorded days have been "not sooner than" ones.
    pub retires: Option<String>,
    /// What else is worth knowing, for developers.
    pub notes: Option<String>,
}

impl BaseModel {
    /// The `thinking` of a request whose thinking is to be seen; none when the model
    /// has none to show.
    ///
    /// Summaries are asked for by name, because newer models show nothing otherwise.
    /// Older models think only within a budget, which comes out of `max_tokens`: it gets
    /// half of them, up to a limit, and nothing when that would be less than the API
    /// takes. `between_tools` is never chosen here, for it turns off thinking up front.
    /// Source: <https://platform.claude.com/docs/en/build-with-claude/extended-thinking>.
    #[must_use]
    pub fn visible_thinking(&self, max_tokens: u32) -> Option<Thinking> {
        if self.thinking.contains(&ThinkingKind::Adaptive) {
            let display = Some(Display::Summarized);
            return Some(Thinking::Adaptive { display });
        }
        let budget_tokens = (max_tokens / 2).min(MOST_THINKING);
        let possible = self.thinking.contains(&ThinkingKind::Enabled);
        // These models show summaries unless told otherwise.
        (possible && budget_tokens >= LEAST_THINKING).then_some(Thinking::Enabled {
            budget_tokens,
            display: None,
        })
    }
}

/// The smallest `budget_tokens` that the API takes.
const LEAST_THINKING: u32 = 1024;

/// Enough for a chat; more would only make people wait.
const MOST_THINKING: u32 = 8192;

/// A value of `thinking.type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThinkingKind {
    /// The model decides how much.
    Adaptive,
    /// Up to a budget.
    Enabled,
    /// Not at all.
    Disabled,
    /// Only between tool calls.
    BetweenTools,
}

/// Who runs the machines. It decides which features a deployment has.
///
/// Source: <https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hosting {
    /// "Hosted on Azure".
    Azure,
    /// "Hosted on Anthropic".
    Anthropic,
}

/// What tokens cost, in US dollars per million, on Global Standard deployments.
///
/// Writing to the cache costs 1.25 times the input for five minutes and twice for an
/// hour. US Data Zone deployments cost 1.1 times as much in every class.
/// Source: <https://platform.claude.com/docs/en/about-claude/pricing>.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The longest prompt at this price, in tokens, cache reads and writes included;
    /// none for any. The prompt's length sets the price of the whole request.
    pub prompt_up_to: Option<u32>,
    /// Input.
    pub input: f64,
    /// Output, thinking included.
    pub output: f64,
    /// Input read from the cache.
    pub cache_read: f64,
}

/// Every known base model, newest first.
#[must_use]
pub fn all() -> &'static [BaseModel] {
    static MODELS: LazyLock<Vec<BaseModel>> = LazyLock::new(|| {
        let file: ModelsFile = serde_json::from_str(include_str!("../models.json"))
            .expect("BUG: the embedded table of models is valid");
        file.models
    });
    &MODELS
}

/// The base model with exactly this id. Never to be asked with a deployment's name.
#[must_use]
pub fn find(id: &str) -> Option<&'static BaseModel> {
    all().iter().find(|model| model.id == id)
}

/// What is safe to assume of a deployment that is mapped to no base model: only what
/// works on every model that Foundry has ever served. It has neither id nor name.
#[must_use]
pub fn cautious() -> &'static BaseModel {
    static CAUTIOUS: LazyLock<BaseModel> = LazyLock::new(|| BaseModel {
        id: String::new(),
        name: String::new(),
        released: None,
        // The smallest window of any model in the table.
        context: 200_000,
        // Every model gives at least this much: the smallest limit so far was 32,000,
        // that of Opus 4.1. Less would not be safer, because models that always think
        // do so within this limit, and would be cut off before they answer.
        max_output: 16_000,
        // The smallest of the table: no model gets less out of it than it could.
        image_edge: 1568,
        // There is no value of `thinking` or effort that all models take, so neither
        // is sent, and each does what it does by default.
        thinking: vec![],
        thinking_default: None,
        efforts: vec![],
        default_effort: None,
        most_effort_unthinking: None,
        sampling: false,
        one_sampling: false,
        prefill: false,
        forced_tool_choice: false,
        // The largest of the table.
        min_cache: 4096,
        prices: vec![],
        hosting: vec![],
        retires: None,
        notes: None,
    });
    &CAUTIOUS
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelsFile {
    /// Where the numbers come from; for those who keep the file.
    #[serde(rename = "notes")]
    _notes: Vec<String>,
    models: Vec<BaseModel>,
}

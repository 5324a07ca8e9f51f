//! How the model is to think, and how long the answer may get.

use crate::literal::Literal;
use crate::models::ThinkingKind;
use crate::object::Object;
use crate::openai::dropped::Why;
use crate::openai::refusal::Refusal;
use crate::openai::text::{number, object, string, whole_number};
use crate::raw::Raw;
use crate::request::Effort;

use super::case::Case;

/// What was settled about thinking.
pub(super) struct Thoughts {
    /// The request's `thinking`.
    pub(super) thinking: Option<Raw>,
    /// The request's `output_config`, the effort included.
    pub(super) output_config: OutputConfig,
    /// The request's `max_tokens`.
    pub(super) max_tokens: u32,
    /// The model thinks within a budget, as the older ones do: sampling, forced tools and
    /// a prefilled answer do not go with it.
    pub(super) budgeted: bool,
    /// Thinking was asked for.
    pub(super) asked: bool,
    /// The member that asked for it.
    member: &'static str,
}

impl Thoughts {
    /// The model thinks because it was asked to.
    pub(super) fn thinks(&self) -> bool {
        self.asked && self.thinking.is_some()
    }

    /// The model was told not to think, or only between tool calls.
    fn is_quiet(&self) -> bool {
        let thinking = self.thinking.as_ref();
        let members = thinking.and_then(|thinking| Object::parse(thinking.json()).ok());
        let kind = members.and_then(|members| members.text("type"));
        matches!(kind.as_deref(), Some("disabled" | "between_tools"))
    }

    /// Gives up on thinking within a budget, and says so.
    pub(super) fn give_up(&mut self, case: &mut Case<'_>) {
        self.thinking = None;
        self.budgeted = false;
        case.drop(self.member, Why::RefusedHere);
    }
}

/// The request's `output_config` as far as it is settled.
#[derive(Default)]
pub(super) struct OutputConfig(pub(super) Object);

impl OutputConfig {
    /// The value, unless there is nothing in it.
    pub(super) fn filled(&self) -> Option<Raw> {
        (!self.0.is_empty()).then(|| self.0.raw())
    }
}

/// The least and the usual budget of thinking. Source:
/// <https://platform.claude.com/docs/en/build-with-claude/extended-thinking>.
const LEAST_BUDGET: u32 = 1024;
const USUAL_BUDGET: u32 = 2048;

/// What is left for the answer when a budget has to be made smaller.
const ROOM: u32 = 1024;

/// How hard the model is to try, in OpenAI's words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Nothing,
    Some { effort: Effort, budget: u32 },
}

/// Takes `thinking`, `reasoning_effort` and `output_config`.
///
/// `asked_tokens` is the answer's length where the client named one.
pub(super) fn take(
    case: &mut Case<'_>,
    asked_tokens: Option<u32>,
    default_tokens: u32,
) -> Result<Thoughts, Refusal> {
    let mut thoughts = Thoughts {
        thinking: None,
        output_config: OutputConfig(case.object("output_config")?.unwrap_or_default()),
        max_tokens: asked_tokens.unwrap_or(default_tokens),
        budgeted: false,
        asked: false,
        member: "reasoning_effort",
    };
    let wanted = wanted(case)?;
    match case.object("thinking")? {
        Some(thinking) => {
            let effort = matches!(wanted, Some(Wanted::Some { .. }));
            explicit(case, thinking, effort, &mut thoughts)?;
            match wanted {
                Some(Wanted::Some { effort, .. }) if !case.facts.model.efforts.is_empty() => {
                    set_effort(case, effort, &mut thoughts)?;
                }
                Some(_) => case.drop("reasoning_effort", Why::Overruled),
                None => {}
            }
        }
        None => match wanted {
            None => {}
            Some(Wanted::Nothing) => off(case, "reasoning_effort", &mut thoughts),
            Some(Wanted::Some { effort, budget }) => {
                think(case, effort, budget, &mut thoughts)?;
            }
        },
    }
    make_room(case, asked_tokens, &mut thoughts);
    Ok(thoughts)
}

/// Reads `reasoning_effort`, a word or an object with the word in it. The budgets are
/// those of LiteLLM, so that its users see no difference.
fn wanted(case: &mut Case<'_>) -> Result<Option<Wanted>, Refusal> {
    let newer = newer_form(case)?;
    let Some(raw) = case.take("reasoning_effort") else {
        return match newer {
            Some(word) => meant(case, "reasoning.effort", Some(&word)),
            None => Ok(None),
        };
    };
    if newer.is_some() {
        case.drop("reasoning", Why::Overruled);
    }
    let word = match Object::parse(raw.json()) {
        Ok(object) => {
            for (key, _) in object.iter().filter(|(key, _)| key != "effort") {
                case.drop(format!("reasoning_effort.{key}"), Why::NoEffect);
            }
            object.text("effort")
        }
        Err(_) => Literal::of(&raw).map(|word| word.decode()),
    };
    meant(case, "reasoning_effort", word.as_deref())
}

/// The effort in `reasoning`, as OpenAI's newer interface has it: programs that speak both send
/// it here, too. Of the rest there is nothing here.
fn newer_form(case: &mut Case<'_>) -> Result<Option<String>, Refusal> {
    let Some(reasoning) = case.object("reasoning")? else {
        return Ok(None);
    };
    case.dropped.unread(&reasoning, "reasoning", &["effort"]);
    match reasoning.known("effort") {
        None => Ok(None),
        Some(word) => {
            let wrong =
                || Refusal::invalid("reasoning.effort", "`reasoning.effort` must be a word");
            let word = Literal::of(&word).ok_or_else(wrong)?;
            Ok(Some(word.decode()))
        }
    }
}

/// What a word in `param` means.
fn meant(case: &mut Case<'_>, param: &str, word: Option<&str>) -> Result<Option<Wanted>, Refusal> {
    let some = |effort, budget| Some(Wanted::Some { effort, budget });
    let wanted = match word {
        Some("none") => Some(Wanted::Nothing),
        Some("minimal") => {
            case.drop(param, Why::Nearest);
            some(Effort::Low, LEAST_BUDGET)
        }
        Some("low") => some(Effort::Low, LEAST_BUDGET),
        Some("medium") => some(Effort::Medium, USUAL_BUDGET),
        Some("high") => some(Effort::High, 4096),
        Some("xhigh") => some(Effort::Xhigh, 8192),
        Some("max") => some(Effort::Max, 16_384),
        _ => None,
    };
    let wrong = || {
        let message = format!("`{param}` must be none, minimal, low, medium, high, xhigh or max");
        Refusal::invalid(param, message)
    };
    wanted.map(Some).ok_or_else(wrong)
}

/// Thinking at an effort, where the model decides how much; within a budget on others.
fn think(
    case: &mut Case<'_>,
    effort: Effort,
    budget: u32,
    thoughts: &mut Thoughts,
) -> Result<(), Refusal> {
    let takes = &case.facts.model.thinking;
    if takes.contains(&ThinkingKind::Adaptive) {
        thoughts.thinking = Some(adaptive());
        thoughts.asked = true;
        return set_effort(case, effort, thoughts);
    }
    if takes.contains(&ThinkingKind::Enabled) {
        within_budget(case, "reasoning_effort", budget, thoughts);
        return Ok(());
    }
    let message = format!(
        "what {} takes of `reasoning_effort` is not known",
        case.model_name()
    );
    case.leave_out("reasoning_effort", Why::NotThisModel, &message)
}

/// Thinking within a budget that fits under `max_tokens`, or none where none does.
fn within_budget(case: &mut Case<'_>, param: &str, budget: u32, thoughts: &mut Thoughts) {
    if thoughts.max_tokens <= LEAST_BUDGET {
        case.drop(param, Why::NotThisModel);
        return;
    }
    let fits = if budget < thoughts.max_tokens {
        budget
    } else {
        case.drop(param, Why::Nearest);
        thoughts.max_tokens.saturating_sub(ROOM).max(LEAST_BUDGET)
    };
    thoughts.thinking = Some(enabled(fits));
    thoughts.budgeted = true;
    thoughts.asked = true;
}

/// No thinking, or as little as the model can do with.
fn off(case: &mut Case<'_>, param: &str, thoughts: &mut Thoughts) {
    let model = case.facts.model;
    if model.thinking_default == Some(ThinkingKind::Disabled) {
        return;
    }
    if model.thinking.contains(&ThinkingKind::Disabled) {
        thoughts.thinking = Some(kind("disabled").raw());
        return;
    }
    if model.thinking.contains(&ThinkingKind::BetweenTools) {
        thoughts.thinking = Some(kind("between_tools").raw());
        case.drop(param, Why::Nearest);
        return;
    }
    match model.efforts.first() {
        Some(least) if thoughts.output_config.0.get("effort").is_none() => {
            thoughts
                .output_config
                .0
                .set("effort", string(least.as_str()));
            case.drop(param, Why::Nearest);
        }
        _ => case.drop(param, Why::NotThisModel),
    }
}

/// `thinking` as the client wrote it, or the nearest that the model takes. Where an effort was
/// asked for besides, none is made of a budget.
fn explicit(
    case: &mut Case<'_>,
    mut thinking: Object,
    effort_asked: bool,
    thoughts: &mut Thoughts,
) -> Result<(), Refusal> {
    let Some(word) = thinking.text("type") else {
        return Err(Refusal::missing("thinking.type"));
    };
    let budget = budget_in(&thinking)?;
    let wanted = match word.as_str() {
        "adaptive" => Some(ThinkingKind::Adaptive),
        "enabled" => Some(ThinkingKind::Enabled),
        "disabled" => Some(ThinkingKind::Disabled),
        "between_tools" => Some(ThinkingKind::BetweenTools),
        _ => None,
    };
    thoughts.member = "thinking";
    thoughts.asked = !matches!(wanted, Some(ThinkingKind::Disabled));
    let takes = |kind| case.facts.model.thinking.contains(&kind);
    // What a model takes that is not known, or what a word means that is newer than this
    // program, is for the API to judge.
    if !case.facts.is_mapped() || wanted.is_none_or(takes) {
        if let Some(budget) = budget {
            thinking.set("budget_tokens", number(u64::from(budget)));
        }
        thoughts.budgeted = wanted == Some(ThinkingKind::Enabled);
        thoughts.thinking = Some(thinking.raw());
        return Ok(());
    }
    match wanted {
        Some(ThinkingKind::Adaptive) => {
            case.drop("thinking", Why::Nearest);
            within_budget(case, "thinking", USUAL_BUDGET, thoughts);
        }
        Some(ThinkingKind::Enabled) => {
            case.drop("thinking", Why::Nearest);
            let budget = (!effort_asked).then_some(budget.unwrap_or(USUAL_BUDGET));
            without_budget(case, &thinking, budget, thoughts);
        }
        Some(ThinkingKind::Disabled) => off(case, "thinking", thoughts),
        Some(ThinkingKind::BetweenTools) | None => {
            let message = format!("{} takes no `thinking` of this type", case.model_name());
            case.leave_out("thinking", Why::NotThisModel, &message)?;
            thoughts.asked = false;
        }
    }
    Ok(())
}

/// Thinking of which the model decides how much, at the effort that a budget is worth.
fn without_budget(
    case: &Case<'_>,
    thinking: &Object,
    budget: Option<u32>,
    thoughts: &mut Thoughts,
) {
    let mut nearest = kind("adaptive");
    let display = thinking.known("display");
    let display = display.unwrap_or_else(|| string("summarized"));
    nearest.set("display", display);
    thoughts.thinking = Some(nearest.raw());
    let config = &mut thoughts.output_config.0;
    if let Some(budget) = budget
        && config.get("effort").is_none()
    {
        let effort = nearest_effort(&case.facts.model.efforts, effort_of(budget));
        config.set("effort", string(effort.as_str()));
    }
}

fn set_effort(case: &mut Case<'_>, effort: Effort, thoughts: &mut Thoughts) -> Result<(), Refusal> {
    let model = case.facts.model;
    let most = model.most_effort_unthinking.filter(|_| thoughts.is_quiet());
    let fits = |effort: &Effort| most.is_none_or(|most| *effort <= most);
    let efforts: Vec<Effort> = model.efforts.iter().copied().filter(fits).collect();
    if thoughts.output_config.0.get("effort").is_some() {
        case.drop("reasoning_effort", Why::Overruled);
        return Ok(());
    }
    if efforts.contains(&effort) {
        thoughts
            .output_config
            .0
            .set("effort", string(effort.as_str()));
        return Ok(());
    }
    let why = if efforts.is_empty() {
        Why::NotThisModel
    } else {
        Why::Nearest
    };
    let name = case.model_name();
    let message = match most {
        Some(_) => format!("{name} does not take the effort `{effort}` with this `thinking`"),
        None => format!("{name} does not take the effort `{effort}`"),
    };
    case.leave_out("reasoning_effort", why, &message)?;
    if !efforts.is_empty() {
        let nearest = nearest_effort(&efforts, effort);
        thoughts
            .output_config
            .0
            .set("effort", string(nearest.as_str()));
    }
    Ok(())
}

/// A budget that the client chose needs more tokens than are meant for an answer.
fn make_room(case: &Case<'_>, asked_tokens: Option<u32>, thoughts: &mut Thoughts) {
    if asked_tokens.is_some() || !thoughts.budgeted {
        return;
    }
    let thinking = thoughts.thinking.as_ref();
    let thinking = thinking.and_then(|thinking| Object::parse(thinking.json()).ok());
    let budget = thinking.and_then(|thinking| thinking.count("budget_tokens"));
    let budget = budget.unwrap_or(0);
    if budget >= u64::from(thoughts.max_tokens) {
        let most = if case.facts.is_mapped() {
            case.facts.model.max_output
        } else {
            u32::MAX
        };
        let wanted = budget.saturating_add(u64::from(thoughts.max_tokens));
        thoughts.max_tokens = u32::try_from(wanted).unwrap_or(u32::MAX).min(most);
    }
}

/// The budget, where there is one.
fn budget_in(thinking: &Object) -> Result<Option<u32>, Refusal> {
    let budget = thinking.known("budget_tokens");
    let budget = budget.map(|budget| whole_number("thinking.budget_tokens", &budget, 0));
    budget.transpose()
}

/// The greatest effort that is not greater; the least where all are.
fn nearest_effort(efforts: &[Effort], wanted: Effort) -> Effort {
    let not_greater = efforts
        .iter()
        .copied()
        .filter(|effort| *effort <= wanted)
        .max();
    not_greater.or(efforts.first().copied()).unwrap_or(wanted)
}

/// The effort of a budget: the highest whose own budget it reaches. None is worth `max`, which
/// knows no bounds. LiteLLM has the same steps.
fn effort_of(budget: u32) -> Effort {
    match budget {
        0..2048 => Effort::Low,
        2048..4096 => Effort::Medium,
        4096..8192 => Effort::High,
        8192.. => Effort::Xhigh,
    }
}

fn kind(word: &str) -> Object {
    object([("type", Some(string(word)))])
}

/// Summaries are asked for by name, because newer models show nothing otherwise. Source:
/// <https://platform.claude.com/docs/en/build-with-claude/thinking>.
fn adaptive() -> Raw {
    let mut thinking = kind("adaptive");
    thinking.set("display", string("summarized"));
    thinking.raw()
}

fn enabled(budget: u32) -> Raw {
    let mut thinking = kind("enabled");
    thinking.set("budget_tokens", number(u64::from(budget)));
    thinking.raw()
}

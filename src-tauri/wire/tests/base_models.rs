//! The table of models: that it is consistent, and what follows from it.

use std::collections::HashSet;

use hearth_wire::models::{self, BaseModel, ThinkingKind};
use hearth_wire::{ApiVersion, Display, Effort, Thinking};

fn model(id: &str) -> &'static BaseModel {
    models::find(id).unwrap_or_else(|| panic!("no model {id}"))
}

#[test]
fn the_table_is_consistent() {
    let ids: HashSet<&str> = models::all()
        .iter()
        .map(|model| model.id.as_str())
        .collect();
    assert_eq!(ids.len(), models::all().len(), "an id stands twice");
    for model in models::all() {
        let id = &model.id;
        assert!(model.max_output < model.context, "{id}");
        let default = model.thinking_default.expect("a known default");
        assert!(model.thinking.contains(&default), "{id}");
        assert!(model.efforts.is_sorted(), "{id}");
        match model.default_effort {
            Some(effort) => assert!(model.efforts.contains(&effort), "{id}"),
            None => assert!(model.efforts.is_empty(), "{id}"),
        }
        assert!(!model.hosting.is_empty(), "{id}");
        let (last, others) = model.prices.split_last().expect("a price");
        assert_eq!(last.prompt_up_to, None, "{id}");
        assert!(
            others.iter().all(|price| price.prompt_up_to.is_some()),
            "{id}"
        );
    }
}

#[test]
fn dated_models_stand_first_and_newest_first() {
    let dates: Vec<_> = models::all().iter().map(|model| &model.released).collect();
    // None sorts below every date, so a falling order puts it last.
    assert!(dates.is_sorted_by(|a, b| a >= b), "{dates:?}");
}

#[test]
fn a_model_is_found_by_its_id_alone() {
    assert_eq!(model("claude-opus-5-5").name, "Claude Opus 5.5");
    for not_an_id in ["", "claude-opus-5-5-prod", "Claude-Opus-5-5", "opus"] {
        assert_eq!(models::find(not_an_id), None);
    }
}

#[test]
fn caution_holds_for_every_model() {
    let cautious = models::cautious();
    for model in models::all() {
        assert!(cautious.context <= model.context, "{}", model.id);
        assert!(cautious.max_output <= model.max_output, "{}", model.id);
        assert!(cautious.image_edge <= model.image_edge, "{}", model.id);
        assert!(cautious.min_cache >= model.min_cache, "{}", model.id);
    }
    assert_eq!(cautious.visible_thinking(16_000), None);
    assert_eq!(
        ApiVersion::needed(cautious, Some(1.0)),
        ApiVersion::V2026_10_21
    );
}

#[test]
fn visible_thinking_is_what_the_model_takes() {
    for model in models::all() {
        let kind = match model.visible_thinking(32_000) {
            Some(Thinking::Adaptive { display }) => {
                assert_eq!(display, Some(Display::Summarized));
                ThinkingKind::Adaptive
            }
            Some(Thinking::Enabled { .. }) => ThinkingKind::Enabled,
            other => panic!("{} was given {other:?}", model.id),
        };
        assert!(model.thinking.contains(&kind), "{}", model.id);
    }
}

#[test]
fn newer_models_see_larger_images() {
    assert_eq!(model("claude-opus-4-6").image_edge, 1568);
    assert_eq!(model("claude-opus-4-7").image_edge, 2576);
    assert_eq!(model("claude-sonnet-5-5").image_edge, 2576);
}

#[test]
fn a_budget_fits_into_the_tokens_asked_for() {
    let budget = |max_tokens| match model("claude-haiku-4-5").visible_thinking(max_tokens) {
        Some(Thinking::Enabled {
            budget_tokens,
            display: None,
        }) => Some(budget_tokens),
        None => None,
        other => panic!("{other:?}"),
    };
    for (max_tokens, expected) in [
        (0, None),
        (2047, None),
        (2048, Some(1024)),
        (8000, Some(4000)),
        (64_000, Some(8192)),
    ] {
        assert_eq!(budget(max_tokens), expected, "{max_tokens}");
    }
}

#[test]
fn only_a_temperature_that_is_taken_needs_the_old_version() {
    let needed = |id, temperature| ApiVersion::needed(model(id), temperature).as_str();
    assert_eq!(needed("claude-sonnet-4-6", Some(0.7)), "2023-06-01");
    assert_eq!(needed("claude-sonnet-4-6", None), "2026-10-21");
    assert_eq!(needed("claude-sonnet-5-5", Some(0.7)), "2026-10-21");
}

#[test]
fn efforts_are_known_by_their_words() {
    for effort in Effort::ALL {
        assert_eq!(effort.as_str().parse(), Ok(effort));
        let json = serde_json::to_string(&effort).unwrap();
        assert_eq!(json, format!("\"{effort}\""));
    }
    assert!("High".parse::<Effort>().is_err());
}

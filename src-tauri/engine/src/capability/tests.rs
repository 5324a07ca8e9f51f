use hearth_foundry::{Failure, Rejection};
use hearth_wire::{
    Block, Display, Message, MessagesRequest, OutputConfig, Raw, Role, Thinking, Tool,
};

use super::*;
use crate::api::{self, RefusedEffort};

pub(super) fn rejected(status: u16, message: &str) -> Failure {
    Failure::Rejected(Box::new(Rejection {
        status,
        kind: Some("invalid_request_error".to_owned()),
        code: None,
        message: message.to_owned(),
        request_id: None,
        apim_request_id: None,
        retry_after: None,
        should_retry: None,
        token: None,
        clock: None,
        tenant: None,
        attempts: 1,
    }))
}

/// A request that asks for everything.
fn everything() -> MessagesRequest {
    let image = r#"{"type":"image","source":{"type":"base64","media_type":"image/png","data":""}}"#;
    MessagesRequest {
        model: "d".to_owned(),
        max_tokens: 100,
        messages: vec![
            Message {
                role: Role::User,
                content: vec![Block::from_json(image).unwrap(), Block::text("What?")],
            },
            Message {
                role: Role::Assistant,
                content: vec![Block::text("It is")],
            },
        ],
        tools: vec![Tool {
            name: "look".to_owned(),
            description: String::new(),
            input_schema: Raw::parse(r#"{"type":"object"}"#).unwrap(),
        }],
        thinking: Some(Thinking::Adaptive {
            display: Some(Display::Summarized),
        }),
        output_config: Some(OutputConfig {
            effort: Some(Effort::Xhigh),
        }),
        temperature: Some(0.5),
        stream: true,
        ..MessagesRequest::default()
    }
}

fn capability_of(message: &str, request: &MessagesRequest) -> Option<Capability> {
    refused(&rejected(400, message), request).map(|lack| lack.capability)
}

#[test]
fn a_refusal_names_what_the_deployment_lacks() {
    for (message, capability) in [
        (
            "adaptive thinking is not supported on this model",
            Capability::AdaptiveThinking,
        ),
        (
            "thinking: Extra inputs are not permitted",
            Capability::AdaptiveThinking,
        ),
        (
            "thinking: Input tag 'adaptive' found using 'type' does not match any of the expected tags: 'disabled', 'enabled'",
            Capability::AdaptiveThinking,
        ),
        (
            "This model does not support the effort parameter.",
            Capability::Effort,
        ),
        (
            "output_config.effort: Extra inputs are not permitted",
            Capability::Effort,
        ),
        (
            "temperature: Extra inputs are not permitted",
            Capability::Temperature,
        ),
        (
            "`temperature` is deprecated for this model.",
            Capability::Temperature,
        ),
        ("This model does not support tool use.", Capability::Tools),
        ("tools: Extra inputs are not permitted", Capability::Tools),
        (
            "Streaming is not supported on this deployment.",
            Capability::Streaming,
        ),
        (
            "This model does not support image input.",
            Capability::Vision,
        ),
        (
            "This model does not support assistant message prefill. The conversation must end with a user message.",
            Capability::Prefill,
        ),
    ] {
        assert_eq!(
            capability_of(message, &everything()),
            Some(capability),
            "{message}"
        );
        // What was not sent is not lacked.
        assert_eq!(
            capability_of(message, &MessagesRequest::default()),
            None,
            "{message}"
        );
    }
}

#[test]
fn of_several_parts_the_first_is_meant() {
    let budgeted = MessagesRequest {
        thinking: Some(Thinking::Enabled {
            budget_tokens: 1024,
            display: None,
        }),
        ..everything()
    };
    let message = "\"thinking.type.enabled\" is not supported for this model. Use \"thinking.type.adaptive\" and \"output_config.effort\" to control thinking behavior.";
    assert_eq!(
        capability_of(message, &budgeted),
        Some(Capability::BudgetedThinking)
    );
}

#[test]
fn one_effort_is_not_every_effort() {
    let lack = |message| refused(&rejected(400, message), &everything()).unwrap();
    for message in [
        "output_config.effort: 'xhigh' is not supported for claude-opus-4-5",
        "output_config.effort: Input should be 'low', 'medium', 'high' or 'max'",
    ] {
        let one = lack(message);
        assert_eq!(one.capability, Capability::Effort, "{message}");
        assert_eq!(one.effort, Some(api::Effort::Xhigh), "{message}");
    }
    let all = lack("This model does not support the effort parameter.");
    assert_eq!((all.capability, all.effort), (Capability::Effort, None));
    // The one that was sent is among those that are taken: something else is wrong.
    let other = "output_config.effort: Input should be 'low' or 'xhigh'";
    assert_eq!(refused(&rejected(400, other), &everything()), None);
}

#[test]
fn what_is_only_wrong_is_not_missing() {
    for message in [
        "max_tokens: 1000000 > 128000, which is the maximum allowed number of output tokens",
        "messages.1.content.0: Invalid `signature` in `thinking` block",
        "prompt is too long: 212000 tokens > 200000 maximum",
        "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
        "tools.0.custom.input_schema: JSON schema is invalid",
        "temperature: range: 0..1",
    ] {
        assert_eq!(capability_of(message, &everything()), None, "{message}");
    }
    for status in [401, 403, 404, 429, 500, 529] {
        let failure = rejected(status, "This model does not support tool use.");
        assert_eq!(refused(&failure, &everything()), None, "{status}");
    }
    assert_eq!(refused(&Failure::Cut, &everything()), None);
}

fn sonnet() -> &'static BaseModel {
    models::find("claude-sonnet-5-5").unwrap()
}

fn about(known: &[Known], capability: Capability) -> (bool, Origin) {
    let found = known.iter().find(|it| it.capability == capability).unwrap();
    (found.has, found.origin)
}

#[test]
fn what_was_measured_beats_the_table_and_the_table_beats_guesses() {
    let all = known(Some(sonnet()), Some(Hosting::Azure), &[]);
    assert_eq!(all.len(), ALL.len());
    assert_eq!(
        about(&all, Capability::AdaptiveThinking),
        (true, Origin::Documented)
    );
    assert_eq!(
        about(&all, Capability::Temperature),
        (false, Origin::Documented)
    );
    assert_eq!(
        about(&all, Capability::StructuredOutputs),
        (false, Origin::Documented)
    );

    let unsaid = known(Some(sonnet()), None, &[]);
    assert_eq!(
        about(&unsaid, Capability::StructuredOutputs),
        (false, Origin::Assumed)
    );
    let anthropic = known(Some(sonnet()), Some(Hosting::Anthropic), &[]);
    assert_eq!(
        about(&anthropic, Capability::StructuredOutputs),
        (true, Origin::Documented)
    );

    let unmapped = known(None, None, &[]);
    assert!(unmapped.iter().all(|it| it.origin == Origin::Assumed));
    assert_eq!(
        about(&unmapped, Capability::Vision),
        (true, Origin::Assumed)
    );

    let measured = [measured(Capability::Effort, false, Some("no".to_owned()))];
    let all = known(Some(sonnet()), None, &measured);
    assert_eq!(all.len(), ALL.len());
    assert_eq!(about(&all, Capability::Effort), (false, Origin::Measured));
}

fn learned(known: &[Known]) -> Learned {
    Learned {
        known: known.to_vec(),
        ..Learned::default()
    }
}

#[test]
fn a_model_is_asked_as_it_was_measured() {
    let lacks = |capability| measured(capability, false, None);
    let has = |capability| measured(capability, true, None);
    let model = learned(&[
        lacks(Capability::Effort),
        lacks(Capability::AdaptiveThinking),
    ])
    .applied_to(sonnet());
    assert!(model.efforts.is_empty() && model.default_effort.is_none());
    assert_eq!(model.visible_thinking(32_000), None);

    let unmapped = learned(&[has(Capability::Effort), has(Capability::BudgetedThinking)])
        .applied_to(models::cautious());
    assert_eq!(unmapped.efforts, COMMON_EFFORTS);
    assert!(matches!(
        unmapped.visible_thinking(16_000),
        Some(Thinking::Enabled { .. })
    ));
    // What the table lists stays: only what is not listed is guessed.
    assert_eq!(
        learned(&[has(Capability::Effort)])
            .applied_to(sonnet())
            .efforts,
        sonnet().efforts
    );
}

fn measured_limit(limit: Limit, tokens: u32) -> KnownLimit {
    KnownLimit {
        limit,
        tokens,
        origin: Origin::Measured,
        at: Some(1),
        said: Some("no".to_owned()),
    }
}

fn refused_effort(effort: api::Effort) -> RefusedEffort {
    RefusedEffort {
        effort,
        at: 1,
        said: "no".to_owned(),
    }
}

#[test]
fn limits_and_efforts_are_as_measured() {
    let mut learned = Learned::default();
    assert_eq!(learned.applied_to(sonnet()), *sonnet());
    let documented = limits(Some(sonnet()), &learned);
    assert!(
        documented
            .iter()
            .all(|it| it.origin == Origin::Documented && it.at.is_none())
    );
    let assumed = limits(None, &learned);
    assert!(assumed.iter().all(|it| it.origin == Origin::Assumed));

    learned.push_limit(measured_limit(Limit::Output, 9_000));
    learned.push_limit(measured_limit(Limit::Output, 8_000));
    learned.push_refused_effort(refused_effort(api::Effort::Max));
    learned.push_refused_effort(refused_effort(api::Effort::Max));
    assert_eq!(
        (learned.limits.len(), learned.refused_efforts.len()),
        (1, 1)
    );
    let model = learned.applied_to(sonnet());
    assert_eq!((model.max_output, model.context), (8_000, sonnet().context));
    assert_eq!(model.efforts.len(), sonnet().efforts.len() - 1);
    assert!(!model.efforts.contains(&Effort::Max));
    let known = limits(Some(sonnet()), &learned);
    let of = |limit| known.iter().find(|it| it.limit == limit).unwrap();
    assert_eq!(known.len(), 2);
    assert_eq!(of(Limit::Output), &measured_limit(Limit::Output, 8_000));
    assert_eq!(of(Limit::Context).tokens, sonnet().context);
}

#[test]
fn what_was_learned_is_kept_as_it_always_was() {
    // Written before limits and efforts were learned.
    let before =
        r#"{"known":[{"capability":"tools","has":false,"origin":"measured","at":1,"said":"no"}]}"#;
    let mut learned: Learned = serde_json::from_str(before).unwrap();
    assert!(learned.lacks(Capability::Tools));
    assert_eq!(serde_json::to_string(&learned).unwrap(), before);
    learned.push_limit(measured_limit(Limit::Context, 5));
    learned.push_refused_effort(refused_effort(api::Effort::Low));
    let text = serde_json::to_string(&learned).unwrap();
    assert_eq!(serde_json::from_str::<Learned>(&text).unwrap(), learned);
}

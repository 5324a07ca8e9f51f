//! Faults of the resource itself, and of what was typed.

use hearth_emulator::Emulator;
use hearth_engine::api::{
    CredentialChoice, DoctorTarget, ErrorCode, Fix, MessageState, RungId, RungState, Verdict,
};

use crate::desk::*;

fn replace(fix: Option<&Fix>) -> bool {
    fix == Some(&Fix::ReplaceSecret)
}

fn choose(fix: Option<&Fix>) -> bool {
    fix == Some(&Fix::ChooseDeployment)
}

fn edit(fix: Option<&Fix>) -> bool {
    fix == Some(&Fix::EditConnection)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_that_answers_badly() {
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = Desk::new().await;
    desk.save(with_key(&emulator)).await;
    let asked = |name, code, fix| fault(name, RungId::Deployment, code, fix);
    #[rustfmt::skip]
    let table = [
        asked("fault-400", ErrorCode::RequestInvalid, no_fix),
        asked("fault-401", ErrorCode::KeyRefused, replace),
        asked("fault-402", ErrorCode::BillingProblem, no_fix),
        asked("fault-403", ErrorCode::RoleMissing, no_fix),
        asked("fault-403-anthropic", ErrorCode::PermissionDenied, no_fix),
        asked("fault-network-rule", ErrorCode::NetworkRule, no_fix),
        asked("fault-no-keys", ErrorCode::KeysDisabled, edit),
        asked("fault-404", ErrorCode::DeploymentNotFound, choose),
        asked("fault-provisioning-99", ErrorCode::DeploymentNotFound, choose),
        asked("nobody-has-this", ErrorCode::DeploymentNotFound, choose),
        asked("fault-404-api_not_supported", ErrorCode::ApiNotSupported, edit),
        asked("fault-413", ErrorCode::RequestTooLarge, no_fix),
        asked("fault-429-day", ErrorCode::RateLimited, no_fix),
        asked("fault-429-spend-limit", ErrorCode::SpendLimit, no_fix),
        asked("fault-500", ErrorCode::UpstreamFailed, no_fix),
        asked("fault-502", ErrorCode::UpstreamFailed, no_fix),
        asked("fault-503", ErrorCode::Overloaded, no_fix),
        asked("fault-504", ErrorCode::UpstreamTimeout, no_fix),
        asked("fault-529", ErrorCode::Overloaded, no_fix),
        asked("fault-redirect-307", ErrorCode::RedirectRefused, edit),
        asked("fault-200-html", ErrorCode::UnexpectedAnswer, no_fix),
        asked("fault-error-first", ErrorCode::StreamError, no_fix),
        asked("fault-hang-up", ErrorCode::Unreachable, no_fix),
        asked("fault-silence", ErrorCode::StreamStalled, no_fix),
        fault("fault-cut", RungId::Streaming, ErrorCode::StreamCut, no_fix),
        fault("fault-stall", RungId::Streaming, ErrorCode::StreamStalled, no_fix),
    ];
    for row in table {
        desk.has(Some(&row.name.clone()), &row).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_that_answers_well() {
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = Desk::new().await;
    desk.save(with_key(&emulator)).await;
    let report = desk.walk(None).await;
    assert_eq!(report.verdict, Verdict::Works, "{report:#?}");
    // In the emulator it is hosted on Azure, where there are none.
    let structured = rung(&report, RungId::StructuredOutputs);
    assert_eq!(structured.state, RungState::Skipped);
    assert_eq!(fact(structured, "why"), "documented");
    for id in [
        RungId::Address,
        RungId::Tcp,
        RungId::Credential,
        RungId::Deployment,
        RungId::Streaming,
        RungId::Tools,
        RungId::Thinking,
        RungId::Effort,
        RungId::Vision,
        RungId::TokenCount,
    ] {
        assert_eq!(rung(&report, id).state, RungState::Passed, "{report:#?}");
    }
    let answered = rung(&report, RungId::Deployment);
    assert_eq!(fact(answered, "deployment"), SONNET);
    assert!(fact(answered, "request-id").starts_with("req_"));
    let answer = desk.ask(on(None)).await;
    assert!(matches!(answer.state, MessageState::Complete { .. }));
}

#[tokio::test]
async fn nothing_to_ask() {
    let desk = Desk::new().await;
    let row = fault(
        "no connection",
        RungId::Address,
        ErrorCode::NoConnection,
        no_fix,
    );
    desk.has(None, &row).await;

    let emulator = Emulator::builder().start().await.unwrap();
    let mut draft = with_key(&emulator);
    draft.deployments.clear();
    desk.save(draft).await;
    let row = fault(
        "no deployment",
        RungId::Deployment,
        ErrorCode::NoDeployment,
        choose,
    );
    desk.has(None, &row).await;
}

#[tokio::test]
async fn a_form_that_is_no_connection() {
    let desk = Desk::new().await;
    let emulator = Emulator::builder().start().await.unwrap();
    for (typed, code) in [
        ("", ErrorCode::EndpointMissing),
        ("what is this?", ErrorCode::EndpointInvalid),
        ("http://example.com/anthropic", ErrorCode::EndpointNotHttps),
        (
            "https://me:secret@example.com",
            ErrorCode::EndpointHoldsSecret,
        ),
        ("https://ai.azure.com/foundry", ErrorCode::EndpointIsPortal),
    ] {
        let mut draft = with_key(&emulator);
        draft.endpoint = typed.to_owned();
        let target = DoctorTarget::Draft { draft };
        let report = within(desk.engine.diagnose(target, |_| {})).await;
        let row = fault(typed, RungId::Address, code, edit);
        let problem = found(&report, &row);
        assert_eq!(problem.code, code);
        assert!(edit(problem.fix.as_ref()));
        assert_eq!(report.verdict, Verdict::Fails);
    }
    assert_eq!(emulator.log(), []);
}

#[tokio::test]
async fn a_form_without_a_key_shows_what_else_is_wrong() {
    let desk = Desk::new().await;
    let emulator = Emulator::builder().start().await.unwrap();
    let draft = connection(&emulator.url(), secret(CredentialChoice::Key, None));
    let target = DoctorTarget::Draft { draft };
    let report = within(desk.engine.diagnose(target, |_| {})).await;
    let row = fault(
        "no key",
        RungId::Credential,
        ErrorCode::CredentialMissing,
        replace,
    );
    assert_eq!(found(&report, &row).code, ErrorCode::CredentialMissing);
    // The way there was looked at all the same.
    assert_eq!(rung(&report, RungId::Tcp).state, RungState::Passed);
}

//! The walk itself: its steps, its end, what only warns, and what no report ever holds.

use std::sync::{Arc, Mutex};

use hearth_emulator::{Certificates, Claims, Emulator, Entra, Pace, Proxy, Script};
use hearth_engine::DemoAddress;
use hearth_engine::api::{
    Capability, CredentialChoice, DoctorReport, DoctorRunId, DoctorTarget, EntraSettings,
    ErrorCode, HearthEvent, MessageState, ProxySettings, RungId, RungState, Verdict,
};

use crate::desk::*;

const HERE: DoctorTarget = DoctorTarget::Saved {
    connection: None,
    deployment: None,
};

/// The reports of a walk, up to its verdict.
async fn reports(window: &mut hearth_engine::Subscription, run: &DoctorRunId) -> Vec<DoctorReport> {
    let mut all = Vec::new();
    loop {
        for event in within(window.next()).await.expect("the engine ended") {
            if let HearthEvent::Doctor { report } = event
                && report.run == *run
            {
                all.push(report.clone());
                if report.verdict != Verdict::Running {
                    return all;
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_is_told_step_by_step() {
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = Desk::new().await;
    desk.save(with_key(&emulator)).await;
    let mut window = desk.engine.subscribe();
    let first = desk.engine.start_doctor(HERE).await.unwrap();
    assert_eq!(first.verdict, Verdict::Running);
    assert!(
        first
            .rungs
            .iter()
            .all(|rung| rung.state == RungState::Waiting)
    );
    assert_eq!(first.rungs.len(), 14);
    let steps = reports(&mut window, &first.run).await;
    // Every step shows all of the ladder, and no rung goes back to waiting.
    for pair in steps.windows(2) {
        for (before, after) in pair[0].rungs.iter().zip(&pair[1].rungs) {
            assert_eq!(before.id, after.id);
            let back = before.state != RungState::Waiting && after.state == RungState::Waiting;
            assert!(!back, "{before:?} {after:?}");
        }
    }
    let last = steps.last().unwrap();
    assert!(
        last.rungs
            .iter()
            .all(|rung| { !matches!(rung.state, RungState::Waiting | RungState::Running) })
    );
    assert_eq!(last.deployment.as_deref(), Some(SONNET));
    assert_eq!(last.name, "Here");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_can_be_stopped() {
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = Desk::new().await;
    desk.save(with_key(&emulator)).await;
    let (script, gate) = Script::reply(["1, 2, 3"]).gate();
    emulator.next(script);
    let mut window = desk.engine.subscribe();
    let first = desk.engine.start_doctor(HERE).await.unwrap();
    emulator.wait_for(|log| !log.is_empty()).await.unwrap();
    desk.engine.cancel_doctor(&first.run);
    let last = reports(&mut window, &first.run).await.pop().unwrap();
    assert_eq!(last.verdict, Verdict::Cancelled);
    let tools = rung(&last, RungId::Tools);
    assert_eq!(tools.state, RungState::Skipped);
    assert_eq!(fact(tools, "why"), "stopped");
    // Its socket is closed, and nothing else was asked.
    let log = emulator
        .wait_for(|log| log[0].ending.is_some())
        .await
        .unwrap();
    assert_eq!(log.len(), 1);
    gate.open();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_can_be_asked_after_by_who_missed_its_steps() {
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = Desk::new().await;
    desk.save(with_key(&emulator)).await;
    let (script, gate) = Script::reply(["1, 2, 3"]).gate();
    emulator.next(script);
    let mut window = desk.engine.subscribe();
    let first = desk.engine.start_doctor(HERE).await.unwrap();
    let at_once = desk.engine.doctor_report(&first.run).unwrap();
    assert_eq!(
        (&at_once.run, at_once.verdict),
        (&first.run, Verdict::Running)
    );
    emulator.wait_for(|log| !log.is_empty()).await.unwrap();
    let on_its_way = desk.engine.doctor_report(&first.run).unwrap();
    assert_eq!(
        rung(&on_its_way, RungId::Credential).state,
        RungState::Passed
    );
    gate.open();
    let last = reports(&mut window, &first.run).await.pop().unwrap();
    assert_eq!(desk.engine.doctor_report(&first.run), Some(last.clone()));
    // Also when it is over for good, and others were walked meanwhile.
    let more = desk.engine.diagnose(HERE, |_| {}).await;
    assert_ne!(more.run, first.run);
    assert_eq!(desk.engine.doctor_report(&first.run), Some(last));
    assert_eq!(desk.engine.doctor_report(&more.run), Some(more));
    let nobody = DoctorRunId("nobody".into());
    assert_eq!(desk.engine.doctor_report(&nobody), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_walk_too_many_ends_the_oldest() {
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = Desk::new().await;
    desk.save(with_key(&emulator)).await;
    let mut window = desk.engine.subscribe();
    let mut gates = Vec::new();
    let mut runs = Vec::new();
    for _ in 0..5 {
        let (script, gate) = Script::reply(["1, 2, 3"]).gate();
        emulator.next(script);
        gates.push(gate);
        runs.push(desk.engine.start_doctor(HERE).await.unwrap().run);
    }
    let last = reports(&mut window, &runs[0]).await.pop().unwrap();
    assert_eq!(last.verdict, Verdict::Cancelled);
    within(desk.engine.shutdown()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_ends_with_the_program() {
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = Desk::new().await;
    desk.save(with_key(&emulator)).await;
    let (script, _gate) = Script::reply(["1, 2, 3"]).gate();
    emulator.next(script);
    let mut window = desk.engine.subscribe();
    let first = desk.engine.start_doctor(HERE).await.unwrap();
    emulator.wait_for(|log| !log.is_empty()).await.unwrap();
    within(desk.engine.shutdown()).await;
    let last = reports(&mut window, &first.run).await.pop().unwrap();
    assert_eq!(last.verdict, Verdict::Cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_warns_locks_nobody_out() {
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = Desk::new().await;
    let mut draft = with_key(&emulator);
    #[rustfmt::skip]
    let rows = [
        ("fault-stream-html", RungId::Streaming, Some(ErrorCode::UnexpectedAnswer), Some(Capability::Streaming)),
        ("fault-no-streaming", RungId::Streaming, Some(ErrorCode::FeatureMissing), Some(Capability::Streaming)),
        ("fault-stream-whole", RungId::Streaming, None, None),
        ("fault-no-tools", RungId::Tools, Some(ErrorCode::FeatureMissing), Some(Capability::Tools)),
        ("fault-no-thinking", RungId::Thinking, Some(ErrorCode::FeatureMissing), Some(Capability::AdaptiveThinking)),
        ("fault-no-effort", RungId::Effort, Some(ErrorCode::FeatureMissing), Some(Capability::Effort)),
        ("fault-no-vision", RungId::Vision, Some(ErrorCode::FeatureMissing), Some(Capability::Vision)),
        ("fault-no-count-tokens", RungId::TokenCount, Some(ErrorCode::FeatureMissing), Some(Capability::TokenCount)),
    ];
    draft.deployments = rows
        .iter()
        .map(|(name, ..)| deployment(name, Some(SONNET)))
        .collect();
    desk.save(draft).await;
    for (name, id, code, lacks) in rows {
        let report = desk.walk(Some(name)).await;
        assert_eq!(report.verdict, Verdict::Partly, "{name}: {report:#?}");
        let warned = rung(&report, id);
        assert_eq!(warned.state, RungState::Warned, "{name}: {report:#?}");
        let problem = warned.problem.as_ref();
        assert_eq!(problem.map(|it| it.code), code, "{name}");
        assert_eq!(rung(&report, RungId::Deployment).state, RungState::Passed);
        if let Some(lacks) = lacks {
            let state = desk.engine.state().await;
            let found = state.deployments.iter().find(|it| it.name == name).unwrap();
            let known = found
                .known
                .iter()
                .find(|it| it.capability == lacks)
                .unwrap();
            assert!(!known.has && known.at.is_some(), "{name}: {known:?}");
        }
        let answer = desk.ask(on(Some(name))).await;
        assert!(
            matches!(answer.state, MessageState::Complete { .. }),
            "{name}: {:?}",
            answer.state
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_held_back_is_noticed() {
    // Slow enough to tell: some hundred tokens take seconds.
    let slow = Pace::PerSecond(60.0);
    let emulator = Emulator::builder().pace(slow).start().await.unwrap();
    let desk = Desk::new().await;
    let mut draft = with_key(&emulator);
    draft.limits.idle_seconds = Some(60);
    draft.deployments = vec![
        deployment(SONNET, Some(SONNET)),
        deployment("fault-stream-buffered", Some(SONNET)),
    ];
    desk.save(draft).await;
    for (name, state) in [
        (SONNET, RungState::Passed),
        ("fault-stream-buffered", RungState::Warned),
    ] {
        let report = desk.walk(Some(name)).await;
        let streaming = rung(&report, RungId::Streaming);
        assert_eq!(streaming.state, state, "{name}: {report:#?}");
        assert_eq!(streaming.problem, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_becomes_ready_clears_itself() {
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = Desk::new().await;
    let mut draft = with_key(&emulator);
    draft.deployments = vec![deployment("fault-provisioning-1", Some(SONNET))];
    desk.save(draft).await;
    let first = desk.walk(None).await;
    let row = fault(
        "",
        RungId::Deployment,
        ErrorCode::DeploymentNotFound,
        no_fix,
    );
    assert_eq!(found(&first, &row).code, row.code);
    let second = desk.walk(None).await;
    assert!(matches!(second.verdict, Verdict::Works | Verdict::Partly));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_is_looked_at_while_it_runs() {
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = Desk::new().await;
    let address = DemoAddress {
        url: emulator.url(),
        key: emulator.key().to_owned(),
    };
    desk.engine.start_demo(address).await.unwrap();
    let report = desk.walk(None).await;
    assert_eq!(report.connection, None);
    assert_eq!(rung(&report, RungId::Deployment).state, RungState::Passed);
}

/// Secrets that are planted wherever a connection can have one.
const SECRETS: [&str; 5] = [
    "canary-key-5d41402abc4b2a76b9719d911017c592",
    "canary-client-secret-7d793037a0760186574b",
    "canary-proxy-password-b2ca678b4c936f905fb8",
    "canary-header-value-aa5d2df3a3f1ff8d2a4e",
    "canary-argument-01b6e20344b68835c5ed1ddedf20d531",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_report_holds_a_secret() {
    let ours = Certificates::new("Hearth Test Root");
    let entra = Entra::builder().certificates(&ours).start().await.unwrap();
    let desk = Desk::trusting(&[&ours]).await;
    let emulator = Emulator::builder().entra(&entra).start().await.unwrap();
    let token = entra.mint(&Claims::application("https://graph.microsoft.com"));
    let proxy = Proxy::http()
        .password("ada", "another")
        .start()
        .await
        .unwrap();
    let application = CredentialChoice::ClientSecret {
        entra: EntraSettings {
            tenant: entra.tenant().to_owned(),
            client_id: Entra::CLIENT.to_owned(),
            scope: String::new(),
            authority: entra.authority().to_owned(),
        },
    };
    let mut behind_proxy = connection(
        "https://hearth-doctor.services.ai.azure.com",
        secret(CredentialChoice::Key, Some(SECRETS[0])),
    );
    behind_proxy.proxy = Some(ProxySettings::Manual {
        url: proxy.url(),
        user: Some("ada".to_owned()),
        no_proxy: Vec::new(),
    });
    behind_proxy.proxy_password = Some(SECRETS[2].to_owned());
    let mut with_header = connection(
        &emulator.url(),
        secret(CredentialChoice::Key, Some(SECRETS[0])),
    );
    with_header.headers = vec![hearth_engine::api::HeaderDraft {
        name: "x-company".to_owned(),
        value: Some(SECRETS[3].to_owned()),
        secret: true,
    }];
    let drafts = [
        with_header,
        connection(&emulator.url(), secret(application, Some(SECRETS[1]))),
        connection(
            &emulator.url(),
            secret(CredentialChoice::Token, Some(&token)),
        ),
        behind_proxy,
        connection(
            &format!("https://me:{}@example.com", SECRETS[4]),
            secret(CredentialChoice::Key, Some(SECRETS[0])),
        ),
    ];
    let said = Arc::new(Mutex::new(String::new()));
    for draft in drafts {
        let heard = said.clone();
        let listen = move |report: &DoctorReport| {
            let json = serde_json::to_string(report).unwrap();
            heard.lock().unwrap().push_str(&json);
        };
        let target = DoctorTarget::Draft { draft };
        let report = within(desk.engine.diagnose(target, listen)).await;
        assert_eq!(report.verdict, Verdict::Fails);
    }
    let said = said.lock().unwrap();
    // What is looked for would be found: the reports are really in there.
    assert!(said.contains("graph.microsoft.com") && said.contains("proxy-credentials"));
    for secret in SECRETS.iter().chain(&[token.as_str()]) {
        assert!(!said.contains(secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_that_nobody_waits_for_ends() {
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = Desk::new().await;
    desk.save(with_key(&emulator)).await;
    let (script, gate) = Script::reply(["1, 2, 3"]).gate();
    emulator.next(script);
    let engine = desk.engine.clone();
    let walk = tokio::spawn(async move { engine.diagnose(HERE, |_| {}).await });
    emulator.wait_for(|log| !log.is_empty()).await.unwrap();
    // Whoever asked goes away: the socket is closed.
    walk.abort();
    let log = emulator.wait_for(|log| log[0].ending.is_some()).await;
    assert_eq!(log.unwrap().len(), 1);
    gate.open();
}

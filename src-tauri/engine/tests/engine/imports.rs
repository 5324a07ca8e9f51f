//! Imports: found, shown without their secrets, agreed to, and asked.

use hearth_engine::api::{
    CredentialChoice, CredentialState, ErrorCode, ImportId, ImportOffer, ImportSource, Printed,
};
use hearth_engine::{Engine, Environment};

use crate::connections::files_with;
use crate::support::*;

fn variables(given: &[(&str, &str)]) -> Environment {
    let owned = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Environment::from_vars(owned)
}

async fn engine(folder: &std::path::Path, given: &[(&str, &str)]) -> Engine {
    Engine::open(profile(folder), variables(given))
        .await
        .unwrap()
}

#[tokio::test]
async fn the_environment_is_offered_and_asked_after_consent_only() {
    let house = House::new().await;
    let folder = tempfile::tempdir().unwrap();
    let url = house.emulator.url();
    let engine = engine(
        folder.path(),
        &[
            ("AZURE_API_BASE", &url),
            ("AZURE_API_KEY", house.emulator.key()),
            ("AZURE_AD_TOKEN", "unused-token"),
            ("ANTHROPIC_DEFAULT_SONNET_MODEL", SONNET),
        ],
    )
    .await;
    let offers = engine.find_imports().await.unwrap();
    assert_eq!(offers.len(), 1);
    let offer = &offers[0];
    assert_eq!(offer.source, ImportSource::Environment);
    let found = &offer.connections[0];
    assert_eq!(
        found.used,
        [
            "AZURE_API_BASE",
            "AZURE_API_KEY",
            "ANTHROPIC_DEFAULT_SONNET_MODEL"
        ]
    );
    assert_eq!(found.left_out, ["AZURE_AD_TOKEN"]);
    assert_eq!(found.deployments, [mapped(SONNET)]);
    let told = serde_json::to_string(&offers).unwrap();
    assert!(!told.contains(house.emulator.key()) && !told.contains("unused-token"));
    assert!(engine.state().await.connections.is_empty());
    assert_eq!(house.emulator.log(), []);

    let saved = engine.accept_import(offer.id.clone(), vec![0], true).await;
    let saved = saved.unwrap().saved;
    assert!(matches!(
        saved[0].credential.state,
        CredentialState::Kept { .. }
    ));
    let mut window = engine.subscribe();
    let sent = engine.send(question(None, "Hello", None)).await.unwrap();
    let answer = ended(&mut window, &sent.turn).await;
    assert_eq!(answer.state, complete("end_turn"));
    // It is used up.
    let error = engine.accept_import(offer.id.clone(), vec![0], true).await;
    assert_eq!(error.unwrap_err().code, ErrorCode::ImportEmpty);
}

#[tokio::test]
async fn a_dropped_offer_keeps_nothing() {
    let house = House::new().await;
    let text =
        "curl https://res.services.ai.azure.com/anthropic/v1/messages -H 'x-api-key: k-12345678'";
    let offer = house.engine.read_import(text).unwrap();
    assert_eq!(offer.source, ImportSource::Curl);
    house.engine.drop_import(&offer.id);
    let error = house.engine.accept_import(offer.id, vec![0], true).await;
    assert_eq!(error.unwrap_err().code, ErrorCode::ImportEmpty);
    let unknown = ImportId("nobody".into());
    house.engine.drop_import(&unknown);
}

#[tokio::test]
async fn several_are_saved_under_names_of_their_own_and_secrets_stay_off_the_disk() {
    let house = House::new().await;
    let url = house.emulator.url();
    let key = house.emulator.key();
    let text = format!(
        "model_list:\n- litellm_params: {{model: azure_ai/{SONNET}, api_base: '{url}', api_key: {key}}}\n- litellm_params: {{model: azure_ai/{OPUS}, api_base: '{url}', api_key: canary-other-8888}}\n"
    );
    let file = house.folder.path().join("config.yaml");
    std::fs::write(&file, &text).unwrap();
    let offer = house.engine.read_import_file(file.clone()).await.unwrap();
    assert_eq!(offer.place.as_deref(), file.to_str());
    assert_eq!(offer.connections.len(), 2);
    let saved = house.engine.accept_import(offer.id, vec![0, 1], true).await;
    let saved = saved.unwrap().saved;
    assert_ne!(saved[0].name, saved[1].name);
    assert_eq!(saved[1].name, format!("{} 2", saved[0].name));
    let found = files_with(house.folder.path(), "canary-other-8888");
    assert_eq!(found, ["config.yaml"]);
    house
        .engine
        .use_connection(saved[0].id.clone())
        .await
        .unwrap();
    let (_, answer) = house.ask(None, "Hello").await;
    assert_eq!(answer.state, complete("end_turn"));
}

#[tokio::test]
async fn what_one_refusal_cuts_short_is_not_saved_twice() {
    let house = House::new().await;
    let url = house.emulator.url();
    let text = format!(
        "model_list:\n- litellm_params: {{model: azure_ai/{SONNET}, api_base: '{url}', api_key: first-key-1111}}\n- litellm_params: {{model: azure_ai/{OPUS}, api_base: 'http://elsewhere.example', api_key: other-key-2222}}\n- litellm_params: {{model: azure_ai/{HAIKU}, api_base: '{url}', api_key: third-key-3333}}\n"
    );
    let offer = house.engine.read_import(&text).unwrap();
    assert_eq!(offer.connections.len(), 3);
    let saved = |offer: &ImportOffer| -> Vec<bool> {
        offer.connections.iter().map(|it| it.saved).collect()
    };
    assert_eq!(saved(&offer), [false, false, false]);
    let accept = |chosen: Vec<u32>| house.engine.accept_import(offer.id.clone(), chosen, true);
    let unknown = accept(vec![0, 7]).await.unwrap_err();
    assert_eq!(unknown.code, ErrorCode::ImportEmpty);
    assert_eq!(house.engine.state().await.connections.len(), 1);

    let first = accept(vec![0, 1, 2]).await.unwrap();
    assert_eq!(first.saved.len(), 1);
    assert_eq!(first.problem.unwrap().code, ErrorCode::EndpointNotHttps);
    assert_eq!(saved(&first.left.unwrap()), [true, false, false]);
    let again = accept(vec![0, 1, 2]).await.unwrap();
    assert!(again.saved.is_empty() && again.problem.is_some());
    assert_eq!(house.engine.state().await.connections.len(), 2);
    // Without what was refused, the rest is saved, and all of it once.
    let rest = accept(vec![0, 2]).await.unwrap();
    let names: Vec<_> = rest
        .saved
        .iter()
        .map(|it| &it.deployments[0].name)
        .collect();
    assert_eq!(names, [HAIKU]);
    assert!(rest.problem.is_none() && rest.left.is_none());
    assert_eq!(house.engine.state().await.connections.len(), 3);
    assert_eq!(
        accept(vec![0]).await.unwrap_err().code,
        ErrorCode::ImportEmpty
    );
}

#[tokio::test]
async fn two_presses_at_once_save_once() {
    let house = House::new().await;
    let text = "curl https://res.services.ai.azure.com -H 'x-api-key: k-12345678'";
    let offer = house.engine.read_import(text).unwrap();
    let press = || house.engine.accept_import(offer.id.clone(), vec![0], true);
    let (one, other) = tokio::join!(press(), press());
    assert_eq!(one.unwrap().saved.len(), 1);
    assert_eq!(other.unwrap_err().code, ErrorCode::ImportEmpty);
    assert_eq!(house.engine.state().await.connections.len(), 2);
}

#[tokio::test]
async fn headers_of_a_command_go_along_and_are_kept_as_secrets() {
    let house = House::new().await;
    let text = format!(
        "curl {}/anthropic/v1/messages -H 'x-api-key: {}' -H 'X-Team-Key: canary-team-9999' -H 'User-Agent: curl' -H 'sec-fetch-mode: cors' -d '{{\"model\":\"{SONNET}\"}}'",
        house.emulator.url(),
        house.emulator.key()
    );
    let offer = house.engine.read_import(&text).unwrap();
    assert_eq!(offer.connections[0].headers, ["x-team-key"]);
    assert_eq!(offer.connections[0].left_out, ["sec-fetch-mode"]);
    assert!(!format!("{offer:?}").contains("canary-team"));
    let saved = house.engine.accept_import(offer.id, vec![0], true).await;
    let saved = saved.unwrap().saved.remove(0);
    assert_eq!(saved.headers.len(), 1);
    assert_eq!(saved.headers[0].value, None);
    assert_eq!(saved.headers[0].last_four.as_deref(), Some("9999"));
    let (_, answer) = house.ask(None, "Hello").await;
    assert_eq!(answer.state, complete("end_turn"));
    let log = house.emulator.log();
    assert_eq!(
        log[0].received.header("x-team-key"),
        Some("canary-team-9999")
    );
    assert_eq!(log[0].received.header("sec-fetch-mode"), None);
    assert!(files_with(house.folder.path(), "canary-team").is_empty());
    assert!(!files_with(house.folder.path(), "x-team-key").is_empty());
}

#[tokio::test]
async fn claude_codes_settings_are_found_at_home_and_their_command_is_not_started() {
    let house = House::new().await;
    let home = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let claude = home.path().join(".claude");
    std::fs::create_dir(&claude).unwrap();
    let settings = format!(
        r#"{{"apiKeyHelper":"touch {}/started","env":{{"ANTHROPIC_FOUNDRY_BASE_URL":"{}","ANTHROPIC_DEFAULT_OPUS_MODEL":"{OPUS}"}}}}"#,
        home.path().display(),
        house.emulator.url()
    );
    std::fs::write(claude.join("settings.json"), settings).unwrap();
    std::fs::write(claude.join("settings.local.json"), "{ nonsense").unwrap();
    let engine = engine(folder.path(), &[("HOME", home.path().to_str().unwrap())]).await;
    let offers = engine.find_imports().await.unwrap();
    let offer = offers
        .into_iter()
        .find(|offer| offer.source == ImportSource::ClaudeCode)
        .unwrap();
    let Some(CredentialChoice::Command { argv, prints }) = &offer.connections[0].credential else {
        panic!("{offer:?}");
    };
    assert_eq!((argv[0].as_str(), *prints), ("touch", Printed::Key));
    let saved = engine.accept_import(offer.id, vec![0], true).await.unwrap();
    let saved = saved.saved;
    assert_eq!(saved[0].credential.state, CredentialState::NotAgreed);
    let error = engine
        .send(question(None, "Hello", None))
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::CommandNotAgreed);
    assert!(!home.path().join("started").exists());
}

#[tokio::test]
async fn files_that_are_no_configuration_are_refused_by_name() {
    let house = House::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let large = vec![b'x'; 1024 * 1024 + 1];
    let cases = [
        (
            file("binary", &[0xff, 0x00, 0xfe]),
            ErrorCode::ImportUnreadable,
        ),
        (file("large", &large), ErrorCode::ImportUnreadable),
        (file("empty", b""), ErrorCode::ImportEmpty),
        (file("prose", b"Dear Ada,"), ErrorCode::ImportEmpty),
        (folder.path().join("missing"), ErrorCode::ImportUnreadable),
        (folder.path().to_owned(), ErrorCode::ImportUnreadable),
    ];
    for (path, code) in cases {
        let error = house
            .engine
            .read_import_file(path.clone())
            .await
            .unwrap_err();
        assert_eq!(error.code, code, "{path:?}");
        assert_eq!(error.subject.as_deref(), path.to_str());
    }
    // As Windows' own editor writes it.
    let text = "AZURE_API_BASE=res\r\nAZURE_API_KEY=k-12345678\r\n";
    let mut wide = vec![0xff, 0xfe];
    wide.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let offer = house.engine.read_import_file(file("wide.env", &wide)).await;
    assert_eq!(offer.unwrap().source, ImportSource::EnvBlock);
    // Pasted into the endpoint's box, it is seen for what it is, and not repeated.
    let preview = house.engine.preview_endpoint(text);
    assert!(preview.importable);
    assert_eq!(preview.error.unwrap().subject, None);
    assert!(!house.engine.preview_endpoint("res").importable);
}

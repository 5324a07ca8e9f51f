//! What a removed connection leaves behind, seen from inside.

use std::sync::Arc;

use hearth_foundry::{ClientOptions, Environment, Secret};

use super::secrets;
use crate::Engine;
use crate::api::{
    ConnectionDraft, ConnectionLimits, CredentialChoice, CredentialDraft, EntraSettings,
    HeaderDraft, ProxySettings,
};
use crate::profile::Profile;

fn draft() -> ConnectionDraft {
    ConnectionDraft {
        id: None,
        opened_on: None,
        name: String::new(),
        endpoint: "res".into(),
        credential: CredentialDraft {
            choice: CredentialChoice::Key,
            secret: Some("key-12345678".into()),
            imported: None,
            sign_in: None,
            agreed: false,
            this_run_only: true,
        },
        headers: vec![HeaderDraft {
            name: "X-Gateway".into(),
            value: Some("header-12345678".into()),
            secret: true,
        }],
        anthropic_version: None,
        limits: ConnectionLimits::default(),
        proxy: Some(ProxySettings::Manual {
            url: "http://ada:password-12345678@proxy.example:3128".into(),
            user: None,
            no_proxy: vec!["a.example, .b.example".into(), " ".into()],
        }),
        proxy_password: None,
        deployments: Vec::new(),
        default_deployment: None,
    }
}

async fn engine(folder: &std::path::Path) -> Engine {
    Engine::open_with(
        Profile::in_folder(folder),
        Environment::from_vars([]),
        ClientOptions::default(),
    )
    .await
    .unwrap()
}

#[tokio::test]
async fn removal_removes_every_secret_of_the_connection_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path()).await;
    let first = engine.save_connection(draft()).await.unwrap().id;
    let second = engine.save_connection(draft()).await.unwrap().id;
    let connections = &engine.shared.connections;
    let written = connections.written();
    let names = |id| secrets::all_of(written.connection(id).unwrap());
    let kept = |names: Vec<String>| async move {
        let mut kept = 0;
        for name in names {
            let known = connections.secrets().known(&name).is_some();
            let place = connections.secrets().vault().place(&name).await;
            kept += u32::from(known && place.is_some());
        }
        kept
    };
    assert_eq!(kept(names(&first)).await, 3);
    engine.remove_connection(first.clone()).await.unwrap();
    assert_eq!(kept(names(&first)).await, 0);
    assert_eq!(kept(names(&second)).await, 3);
}

#[tokio::test]
async fn a_typed_proxy_is_taken_apart() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path()).await;
    let view = engine.save_connection(draft()).await.unwrap();
    assert_eq!(
        view.proxy,
        Some(ProxySettings::Manual {
            url: "http://proxy.example:3128".into(),
            user: Some("ada".into()),
            no_proxy: vec!["a.example".into(), ".b.example".into()],
        })
    );
    let written = std::fs::read_to_string(folder.path().join("settings.json")).unwrap();
    assert!(written.contains("proxy.example"));
    for secret in ["password-12345678", "key-12345678", "header-12345678"] {
        assert!(!written.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn what_is_kept_for_this_run_replaces_what_was_kept_before() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path()).await;
    let secrets = engine.shared.connections.secrets();
    for text in ["first-12345678", "second-12345678"] {
        let secret = Arc::new(Secret::new(text.into()));
        secrets.keep("c/1", secret, true).await.unwrap();
        let kept = secrets.get("c/1").await.unwrap().unwrap();
        assert_eq!(kept.expose(), text);
    }
    secrets.forget("c/1").await.unwrap();
    assert!(secrets.known("c/1").is_none());
}

#[tokio::test]
async fn what_the_keyring_did_not_let_go_of_is_never_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path()).await;
    let as_key = ConnectionDraft {
        headers: Vec::new(),
        proxy: None,
        ..draft()
    };
    let id = engine.save_connection(as_key.clone()).await.unwrap().id;
    let connections = &engine.shared.connections;
    let vault = connections.secrets().vault();
    let before = secrets::credential(connections.written().connection(&id).unwrap());
    let with = |choice: CredentialChoice| ConnectionDraft {
        id: Some(id.clone()),
        endpoint: "https://other.example".into(),
        credential: CredentialDraft {
            choice,
            secret: None,
            ..as_key.credential.clone()
        },
        ..as_key.clone()
    };
    let azure_cli = CredentialChoice::AzureCli {
        entra: EntraSettings::default(),
    };
    for choice in [CredentialChoice::Token, azure_cli, CredentialChoice::Key] {
        engine.save_connection(with(choice.clone())).await.unwrap();
        vault.keep_for_this_run(&before, Secret::new("key-12345678".into()));
        if matches!(choice, CredentialChoice::AzureCli { .. }) {
            continue;
        }
        let used = connections.used().await;
        assert!(used.is_err(), "the key came back as {choice:?}");
    }
    let kept = vault.load(&before).await.unwrap();
    assert!(kept.is_some(), "the key was planted");
}

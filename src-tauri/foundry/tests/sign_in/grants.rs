//! Credentials that need nobody: applications, workloads, given tokens; and all that Entra can
//! have against them.

use std::sync::Arc;

use hearth_emulator::{Claims, Entra, EntraFault};
use hearth_foundry::{
    Credential, Failure, Secret, SignInKind, TlsKind, TokenSource, Tokens, sign_in,
};

use crate::support::*;

#[tokio::test]
async fn an_application_asks_with_a_token_of_its_own() {
    let entra = tenant().await;
    let (client, resource) = (client(&entra), resource(&entra).await);
    let credential = application(&entra);
    assert_eq!(credential.facts(), None);
    ask(&client, &resource, &credential).await.unwrap();

    let asked = entra.log();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        asked[0].path,
        format!("/{}/oauth2/v2.0/token", Entra::TENANT)
    );
    assert_eq!(asked[0].grant_type, "client_credentials");
    assert_eq!(asked[0].scope, "https://ai.azure.com/.default");
    assert_eq!(asked[0].field("client_secret"), Some(Entra::SECRET));

    let facts = credential.facts().unwrap();
    assert_eq!(facts.audience.as_deref(), Some("https://ai.azure.com"));
    assert_eq!(facts.tenant.as_deref(), Some(Entra::TENANT));
    assert_eq!(facts.application.as_deref(), Some(Entra::CLIENT));
    assert_eq!(facts.roles, ["Foundry User"]);
    assert!(facts.expires_at > facts.issued_at);
}

#[tokio::test]
async fn every_refusal_of_entra_is_told_apart() {
    let entra = tenant().await;
    let client = client(&entra);
    for (number, expected) in [
        (7_000_215, SignInKind::ClientSecretWrong),
        (7_000_222, SignInKind::ClientSecretExpired),
        (700_016, SignInKind::ApplicationUnknown),
        (90_002, SignInKind::TenantUnknown),
        (900_023, SignInKind::TenantUnknown),
        (50_059, SignInKind::TenantUnknown),
        (500_011, SignInKind::ScopeUnknown),
        (70_011, SignInKind::ScopeInvalid),
        (1_002_012, SignInKind::ScopeInvalid),
        (65_001, SignInKind::ConsentNeeded),
        (50_076, SignInKind::InteractionNeeded),
        (50_079, SignInKind::InteractionNeeded),
        (53_003, SignInKind::InteractionNeeded),
        (7_000_218, SignInKind::PublicClientDisabled),
        (50_020, SignInKind::AccountUnknown),
        (50_034, SignInKind::AccountUnknown),
        (50_126, SignInKind::AccountUnknown),
        (700_024, SignInKind::Refused),
    ] {
        let id = format!("fault-{number}");
        let credential = application_as(&entra, Entra::TENANT, &id, "any");
        let refused = credential.prepare(&client).await.unwrap_err();
        let problem = problem(refused);
        assert_eq!(
            (problem.kind, problem.aadsts),
            (expected, Some(number)),
            "{problem:?}"
        );
        assert!(
            problem.said.starts_with(&format!("AADSTS{number}: ")),
            "{problem:?}"
        );
        assert!(!problem.said.contains("Trace ID"), "{problem:?}");
        assert!(
            problem.error.is_some() && problem.correlation_id.is_some(),
            "{problem:?}"
        );
    }
    assert_eq!(entra.log().len(), 18, "a refusal is not asked for again");
}

#[tokio::test]
async fn the_tenants_own_mistakes_are_told_by_what_was_typed() {
    let entra = tenant().await;
    let client = client(&entra);
    for (tenant, id, secret, expected) in [
        (
            Entra::TENANT,
            Entra::CLIENT,
            "wrong",
            SignInKind::ClientSecretWrong,
        ),
        (
            Entra::TENANT,
            "no-such-app",
            "any",
            SignInKind::ApplicationUnknown,
        ),
        (
            "other.example",
            Entra::CLIENT,
            Entra::SECRET,
            SignInKind::TenantUnknown,
        ),
        (
            "../evil",
            Entra::CLIENT,
            Entra::SECRET,
            SignInKind::TenantUnknown,
        ),
        ("", Entra::CLIENT, Entra::SECRET, SignInKind::TenantUnknown),
        (
            Entra::TENANT,
            " ",
            Entra::SECRET,
            SignInKind::ApplicationUnknown,
        ),
        (
            Entra::TENANT,
            Entra::CLIENT,
            "",
            SignInKind::ClientSecretWrong,
        ),
    ] {
        let credential = application_as(&entra, tenant, id, secret);
        assert_eq!(
            kind(credential.prepare(&client).await),
            expected,
            "{tenant} {id}"
        );
    }
}

#[tokio::test]
async fn a_server_that_fails_is_no_refusal() {
    let entra = tenant().await;
    let client = client(&entra);
    let with = |id: &str| application_as(&entra, Entra::TENANT, id, "any");
    with("fault-503-twice").prepare(&client).await.unwrap();
    assert_eq!(
        kind(with("fault-500").prepare(&client).await),
        SignInKind::Unreachable
    );
    assert_eq!(
        kind(with("fault-html").prepare(&client).await),
        SignInKind::Unreachable
    );
    assert_eq!(
        kind(with("fault-hang-up").prepare(&client).await),
        SignInKind::Unreachable
    );
    // The page of somebody in between.
    let page = problem(with("fault-200-html").prepare(&client).await.unwrap_err());
    assert_eq!(page.kind, SignInKind::Refused);
    assert_eq!(page.said, "status 200 OK, and no answer of Entra's");
    assert_eq!(
        kind(with("fault-no-token").prepare(&client).await),
        SignInKind::Refused
    );

    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let source = TokenSource::ClientSecret {
        tenant: Entra::TENANT.into(),
        client_id: Entra::CLIENT.into(),
        secret: Arc::new(Secret::new("any".into())),
        authority: Some(format!("https://localhost:{port}")),
    };
    let unreachable = problem(tokens(source).prepare(&client).await.unwrap_err());
    assert_eq!(unreachable.kind, SignInKind::Unreachable);
    assert!(
        unreachable.said.starts_with("localhost: "),
        "{unreachable:?}"
    );
}

#[tokio::test]
async fn an_authority_that_nobody_trusts_is_a_matter_of_certificates() {
    let entra = tenant().await;
    let stranger = client(&tenant().await);
    let Failure::Tls(problem) = application(&entra).prepare(&stranger).await.unwrap_err() else {
        panic!("not a problem of TLS");
    };
    assert_eq!(problem.kind, TlsKind::Untrusted);
    assert!(entra.log().is_empty());
}

#[tokio::test]
async fn an_authority_that_is_not_https_gets_nothing() {
    let resource = hearth_emulator::Emulator::builder().start().await.unwrap();
    let client = client(&tenant().await);
    for authority in [
        resource.url(),
        "http://login.example".into(),
        "ftp://x".into(),
    ] {
        let source = TokenSource::ClientSecret {
            tenant: "t".into(),
            client_id: "app-1".into(),
            secret: Arc::new(Secret::new("canary-secret".into())),
            authority: Some(authority),
        };
        let refused = tokens(source).prepare(&client).await;
        assert_eq!(kind(refused), SignInKind::AuthorityInvalid);
    }
    assert!(resource.log().is_empty());
}

#[tokio::test]
async fn a_scope_is_asked_for_as_it_was_chosen() {
    let entra = tenant().await;
    let client = client(&entra);
    let source = |scope: &str| {
        let Credential::Tokens(tokens) = application(&entra) else {
            panic!("not tokens");
        };
        let source = tokens.source().clone();
        Credential::Tokens(Tokens::new(source, scope.into()))
    };
    let facts = source(sign_in::COGNITIVE_SCOPE)
        .prepare(&client)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        facts.audience.as_deref(),
        Some("https://cognitiveservices.azure.com")
    );
    let unknown = source("https://nobody.example/.default")
        .prepare(&client)
        .await;
    assert_eq!(kind(unknown), SignInKind::ScopeUnknown);
    let none = source("https://ai.azure.com").prepare(&client).await;
    assert_eq!(kind(none), SignInKind::ScopeInvalid);
    let two = source("https://ai.azure.com/.default x")
        .prepare(&client)
        .await;
    assert_eq!(kind(two), SignInKind::ScopeInvalid);
}

#[tokio::test]
async fn a_workload_asks_with_the_clusters_token() {
    let entra = tenant().await;
    let (client, resource) = (client(&entra), resource(&entra).await);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let workload = |file: &std::path::Path| {
        tokens(TokenSource::WorkloadIdentity {
            tenant: Some(Entra::TENANT.into()),
            client_id: Some(Entra::FEDERATED_CLIENT.into()),
            token_file: Some(file.to_owned()),
            authority: Some(entra.authority().into()),
        })
    };
    let missing = problem(workload(&file).prepare(&client).await.unwrap_err());
    assert_eq!(missing.kind, SignInKind::WorkloadTokenUnreadable);
    let a_folder = workload(folder.path()).prepare(&client).await;
    assert_eq!(kind(a_folder), SignInKind::WorkloadTokenUnreadable);

    std::fs::write(&file, entra.federated_token(600)).unwrap();
    ask(&client, &resource, &workload(&file)).await.unwrap();
    let asked = granted(&entra, "client_credentials");
    assert!(asked[0].field("client_assertion").is_some(), "{asked:?}");

    std::fs::write(&file, entra.federated_token(-600)).unwrap();
    let late = problem(workload(&file).prepare(&client).await.unwrap_err());
    assert_eq!(
        (late.kind, late.aadsts),
        (SignInKind::Refused, Some(700_024))
    );
}

#[tokio::test]
async fn a_given_token_is_sent_as_it_is_and_explained_when_refused() {
    let entra = tenant().await;
    let (client, resource) = (client(&entra), resource(&entra).await);
    let given = |claims: &Claims| {
        tokens(TokenSource::Given(Arc::new(Secret::new(
            entra.mint(claims),
        ))))
    };
    let good = Claims::user("https://ai.azure.com");
    ask(&client, &resource, &given(&good)).await.unwrap();
    let facts = given(&good).facts().unwrap();
    assert_eq!(facts.account.as_deref(), Some(Entra::USER));
    assert_eq!(facts.scopes, ["user_impersonation"]);

    let expired = given(&good.clone().expired());
    let Failure::Rejected(refusal) = ask(&client, &resource, &expired).await.unwrap_err() else {
        panic!("not a refusal");
    };
    assert_eq!((refusal.status, refusal.attempts), (401, 1));
    assert_eq!(refusal.token, expired.facts());
    assert!(refusal.token.unwrap().expires_at.is_some());
    assert!(entra.log().is_empty());
}

#[tokio::test]
async fn a_secret_that_is_repeated_is_not_shown() {
    let entra = tenant().await;
    entra.next_error(EntraFault::Aadsts(700_016));
    // The application's id is repeated by this error; here it is the secret too.
    let credential = application_as(&entra, Entra::TENANT, Entra::CLIENT, Entra::CLIENT);
    let problem = problem(credential.prepare(&client(&entra)).await.unwrap_err());
    assert_eq!(problem.aadsts, Some(700_016));
    assert!(problem.said.contains("<redacted>"), "{problem:?}");
    assert!(!format!("{problem:?} {credential:?}").contains(&format!("'{}'", Entra::CLIENT)));
}

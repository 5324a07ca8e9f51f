//! What every test here needs.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use hearth_emulator::{Emulator, Entra, TokenRequest};
use hearth_foundry::{
    ApiVersion, Client, ClientOptions, Credential, Endpoint, EntraPlace, Failure, Network,
    Progress, Secret, SignInKind, SignInProblem, Skip, Target, TokenSource, Tokens, sign_in,
};
use hearth_wire::{Block, Message, MessagesRequest, Role};

pub(crate) async fn tenant() -> Entra {
    Entra::builder().start().await.unwrap()
}

/// A client that trusts the tenant.
pub(crate) fn client(entra: &Entra) -> Client {
    let network = Network {
        roots: vec![entra.certificates().ca_der()],
        ..Network::default()
    };
    Client::new(ClientOptions {
        network,
        ..ClientOptions::default()
    })
    .unwrap()
}

pub(crate) async fn resource(entra: &Entra) -> Emulator {
    Emulator::builder().entra(entra).start().await.unwrap()
}

pub(crate) fn place(entra: &Entra) -> EntraPlace {
    EntraPlace::new(entra.tenant(), Entra::PUBLIC_CLIENT, "", entra.authority())
}

/// The tenant's application; a tenant, an id and a secret of the test's own where it needs them.
pub(crate) fn application(entra: &Entra) -> Credential {
    application_as(entra, Entra::TENANT, Entra::CLIENT, Entra::SECRET)
}

pub(crate) fn application_as(entra: &Entra, tenant: &str, id: &str, secret: &str) -> Credential {
    let source = TokenSource::ClientSecret {
        tenant: tenant.into(),
        client_id: id.into(),
        secret: Arc::new(Secret::new(secret.into())),
        authority: Some(entra.authority().into()),
    };
    tokens(source)
}

pub(crate) fn tokens(source: TokenSource) -> Credential {
    Credential::Tokens(Tokens::new(source, sign_in::DEFAULT_SCOPE.into()))
}

/// A question, answered to its end.
pub(crate) async fn ask(
    client: &Client,
    resource: &Emulator,
    credential: &Credential,
) -> Result<(), Failure> {
    let target = Target {
        endpoint: Endpoint::parse(&resource.url()).unwrap().endpoint,
        credential: credential.clone(),
        anthropic_version: ApiVersion::default(),
        headers: Vec::new(),
        skip: Skip::default(),
    };
    let request = MessagesRequest {
        model: "claude-haiku-4-5".into(),
        max_tokens: 16,
        messages: vec![Message {
            role: Role::User,
            content: vec![Block::text("hello")],
        }],
        stream: true,
        ..MessagesRequest::default()
    };
    let mut answer = std::pin::pin!(client.stream(&target, request));
    loop {
        let step = tokio::time::timeout(Duration::from_secs(60), answer.next()).await;
        match step.expect("the client hangs") {
            None => return Ok(()),
            Some(step) => drop::<Progress>(step?),
        }
    }
}

/// The problem that a failure is.
#[track_caller]
pub(crate) fn problem(failure: Failure) -> SignInProblem {
    match failure {
        Failure::SignIn(problem) => *problem,
        other => panic!("not a problem of the sign-in: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn kind<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> SignInKind {
    problem(outcome.expect_err("there is a token")).kind
}

/// The requests that were made with this grant.
pub(crate) fn granted(entra: &Entra, grant: &str) -> Vec<TokenRequest> {
    let all = entra.log().into_iter();
    all.filter(|request| request.grant_type == grant).collect()
}

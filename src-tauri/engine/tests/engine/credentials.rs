//! Every kind of credential, from the form to an answer, against a tenant of its own.

use std::path::Path;
use std::process::Command;

use hearth_emulator::{Claims, Emulator, Entra, ManagedIdentity};
use hearth_engine::api::{
    ConnectionDraft, CredentialChoice, CredentialDraft, CredentialState, EntraSettings, ErrorCode,
    HearthEvent, MessageState, NetworkDraft, NetworkSettings, Printed, SecretPlace, SignInId,
    SignInMethod, SignInRequest, SignInState, SignInView,
};
use hearth_engine::{ClientOptions, Engine, Subscription};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::connections::files_with;
use crate::support::*;

/// A resource that believes a tenant, whose authority is trusted by the settings.
pub(crate) struct Company {
    pub(crate) entra: Entra,
    pub(crate) house: House,
}

pub(crate) async fn company() -> Company {
    let entra = Entra::builder().start().await.unwrap();
    let builder = Emulator::builder().entra(&entra);
    let limits = ClientOptions {
        max_attempts: 1,
        ..ClientOptions::default()
    };
    let house = House::with(builder, limits).await;
    let root = house.folder.path().join("entra.pem");
    std::fs::write(&root, entra.certificates().ca_pem()).unwrap();
    let settings = NetworkSettings {
        certificates: vec![root.display().to_string()],
        ..NetworkSettings::default()
    };
    let draft = NetworkDraft {
        settings,
        proxy_password: None,
        this_run_only: true,
    };
    house.engine.save_network(draft).await.unwrap();
    Company { entra, house }
}

impl Company {
    pub(crate) fn entra(&self, client_id: &str) -> EntraSettings {
        EntraSettings {
            tenant: self.entra.tenant().to_owned(),
            client_id: client_id.to_owned(),
            scope: String::new(),
            authority: self.entra.authority().to_owned(),
        }
    }

    pub(crate) fn draft(&self, credential: CredentialDraft) -> ConnectionDraft {
        ConnectionDraft {
            id: Some(self.house.saved.clone()),
            credential,
            ..self.house.draft()
        }
    }

    pub(crate) async fn save(&self, credential: CredentialDraft) -> CredentialState {
        let view = self.house.engine.save_connection(self.draft(credential));
        view.await.unwrap().credential.state
    }

    pub(crate) async fn ask(&self) -> Result<(), ErrorCode> {
        outcome(&self.house.engine).await
    }
}

async fn outcome(engine: &Engine) -> Result<(), ErrorCode> {
    let mut window = engine.subscribe();
    let sent = engine.send(question(None, "Hello", None)).await;
    let sent = sent.map_err(|error| error.code)?;
    match ended(&mut window, &sent.turn).await.state {
        MessageState::Complete { .. } => Ok(()),
        MessageState::Failed { error } => Err(error.code),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_application_with_a_secret() {
    let company = company().await;
    let choice = CredentialChoice::ClientSecret {
        entra: company.entra(Entra::CLIENT),
    };
    let state = company
        .save(with_secret(choice.clone(), Entra::SECRET))
        .await;
    assert!(matches!(state, CredentialState::Kept { .. }), "{state:?}");
    assert_eq!(company.ask().await, Ok(()));
    assert_eq!(company.ask().await, Ok(()));
    // One token for both, and what it says is shown.
    assert_eq!(company.entra.log().len(), 1);
    let view = &company.house.engine.state().await.connections[0];
    let token = view.credential.token.clone().unwrap();
    assert_eq!(token.tenant.as_deref(), Some(Entra::TENANT));
    assert!(token.expires_at.is_some());
    // An edit of something else keeps the secret and asks for a token anew.
    company.save(without_secret(choice.clone())).await;
    assert_eq!(company.ask().await, Ok(()));
    company
        .save(with_secret(choice.clone(), "wrong-secret"))
        .await;
    assert_eq!(company.ask().await, Err(ErrorCode::ClientSecretWrong));
    let unknown = CredentialChoice::ClientSecret {
        entra: EntraSettings {
            scope: "https://nobody.example/.default".into(),
            ..company.entra(Entra::CLIENT)
        },
    };
    company.save(with_secret(unknown, Entra::SECRET)).await;
    assert_eq!(company.ask().await, Err(ErrorCode::ScopeUnknown));
    // The secret is not sent to another authority than the one that it was given for.
    let moved = CredentialChoice::ClientSecret {
        entra: EntraSettings {
            authority: "https://login.evil.example".into(),
            ..company.entra(Entra::CLIENT)
        },
    };
    let error = company.draft(without_secret(moved));
    let error = company
        .house
        .engine
        .save_connection(error)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::KeyForOtherHost);
    assert_eq!(error.subject.as_deref(), Some(company.entra.authority()));
    let plain = CredentialChoice::ClientSecret {
        entra: EntraSettings {
            authority: "http://login.evil.example".into(),
            ..company.entra(Entra::CLIENT)
        },
    };
    let draft = company.draft(with_secret(plain, Entra::SECRET));
    let error = company
        .house
        .engine
        .save_connection(draft)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::AuthorityInvalid);
    assert_eq!(error.subject.as_deref(), Some("http://login.evil.example"));
}

#[tokio::test]
async fn a_token_from_elsewhere_with_its_expiry() {
    let company = company().await;
    let claims = Claims::application("https://ai.azure.com");
    let token = company.entra.mint(&claims);
    company
        .save(with_secret(CredentialChoice::Token, &token))
        .await;
    // What it says is known before it is used.
    let view = &company.house.engine.state().await.connections[0];
    let facts = view.credential.token.clone().unwrap();
    assert_eq!(facts.audience.as_deref(), Some("https://ai.azure.com"));
    assert!(facts.expires_at.is_some());
    assert_eq!(company.ask().await, Ok(()));
    let expired = company.entra.mint(&claims.expired());
    company
        .save(with_secret(CredentialChoice::Token, &expired))
        .await;
    assert_eq!(company.ask().await, Err(ErrorCode::TokenExpired));
}

#[tokio::test]
async fn a_workload_with_its_federated_token() {
    let company = company().await;
    let file = company.house.folder.path().join("federated");
    std::fs::write(&file, company.entra.federated_token(3600)).unwrap();
    let choice = |file: &Path| CredentialChoice::WorkloadIdentity {
        entra: company.entra(Entra::FEDERATED_CLIENT),
        token_file: Some(file.display().to_string()),
    };
    let state = company.save(without_secret(choice(&file))).await;
    assert_eq!(state, CredentialState::Ambient);
    assert_eq!(company.ask().await, Ok(()));
    company.save(without_secret(choice(&file.join("no")))).await;
    assert_eq!(company.ask().await, Err(ErrorCode::WorkloadTokenUnreadable));
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_that_prints_a_token() {
    let company = company().await;
    let claims = Claims::application("https://ai.azure.com");
    let token = company.entra.mint(&claims);
    let script = company.house.folder.path().join("token.sh");
    executable(&script, &format!("#!/bin/sh\necho {token}\n"));
    let choice = |program: &Path| CredentialChoice::Command {
        argv: vec![program.display().to_string()],
        prints: Printed::Token,
    };
    let agreed = |choice| CredentialDraft {
        agreed: true,
        ..without_secret(choice)
    };
    company.save(agreed(choice(&script))).await;
    assert_eq!(company.ask().await, Ok(()));
    let missing = script.with_file_name("missing");
    company.save(agreed(choice(&missing))).await;
    assert_eq!(company.ask().await, Err(ErrorCode::CommandFailed));
}

/// The state of a sign-in when it waits no more.
pub(crate) async fn signed_in(window: &mut Subscription, id: &SignInId) -> SignInState {
    loop {
        for event in within(window.next()).await.expect("the engine ended") {
            if let HearthEvent::SignIn { sign_in } = event
                && sign_in.id == *id
            {
                return sign_in.state;
            }
        }
    }
}

pub(crate) fn waiting(view: &SignInView) -> (String, Option<String>) {
    match &view.state {
        SignInState::Waiting { url, user_code, .. } => (url.clone(), user_code.clone()),
        other => panic!("{other:?}"),
    }
}

/// What a browser does when it is sent back to this machine.
pub(crate) async fn visit(address: &str) -> String {
    let rest = address.strip_prefix("http://").unwrap();
    let (host, query) = rest.split_once('?').unwrap();
    let host = host.trim_end_matches('/');
    let port = host.rsplit_once(':').unwrap().1.parse::<u16>().unwrap();
    let mut socket = tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .unwrap();
    let request = format!("GET /?{query} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut page = String::new();
    within(socket.read_to_string(&mut page)).await.unwrap();
    page
}

pub(crate) fn sign_in_choice(company: &Company) -> CredentialChoice {
    CredentialChoice::SignIn {
        entra: company.entra(Entra::PUBLIC_CLIENT),
    }
}

#[tokio::test]
async fn a_person_in_the_browser() {
    let company = company().await;
    let engine = &company.house.engine;
    let request = SignInRequest {
        method: SignInMethod::Browser,
        entra: company.entra(Entra::PUBLIC_CLIENT),
        connection: None,
    };
    let mut window = engine.subscribe();
    let view = engine.start_sign_in(request).await.unwrap();
    let (url, code) = waiting(&view);
    assert_eq!(code, None);
    let back = company.entra.sign_in(&url).unwrap();
    let page = visit(&back).await;
    assert!(page.contains("You are signed in"), "{page}");
    let SignInState::Done { account, token } = signed_in(&mut window, &view.id).await else {
        panic!("not signed in");
    };
    assert_eq!(account.as_deref(), Some(Entra::USER));
    assert!(token.is_some());

    let credential = CredentialDraft {
        sign_in: Some(view.id.clone()),
        ..without_secret(sign_in_choice(&company))
    };
    let state = company.save(credential).await;
    assert_eq!(
        state,
        CredentialState::SignedIn {
            account: Some(Entra::USER.to_owned()),
            kept: SecretPlace::ThisRun,
        }
    );
    assert_eq!(company.ask().await, Ok(()));
    // The refresh token is in no file and in no answer to a window.
    let refresh_tokens = refresh_tokens(&company.entra);
    assert!(
        !refresh_tokens.is_empty(),
        "the tenant saw no refresh token"
    );
    let told = serde_json::to_string(&engine.state().await).unwrap();
    for token in refresh_tokens {
        assert_eq!(
            files_with(company.house.folder.path(), &token),
            Vec::<String>::new()
        );
        assert!(!told.contains(&token));
    }
}

fn refresh_tokens(entra: &Entra) -> Vec<String> {
    let log = entra.log();
    let fields = log.iter().filter_map(|it| it.field("refresh_token"));
    fields.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_person_with_a_code_and_again_when_it_was_revoked() {
    let company = company().await;
    let engine = &company.house.engine;
    let mut window = engine.subscribe();
    let begin = |connection| SignInRequest {
        method: SignInMethod::DeviceCode,
        entra: company.entra(Entra::PUBLIC_CLIENT),
        connection,
    };
    company.entra.interval(1);
    let view = engine.start_sign_in(begin(None)).await.unwrap();
    let (_, code) = waiting(&view);
    assert!(company.entra.approve(&code.unwrap()));
    let state = signed_in(&mut window, &view.id).await;
    assert!(matches!(state, SignInState::Done { .. }), "{state:?}");
    let credential = CredentialDraft {
        sign_in: Some(view.id),
        ..without_secret(sign_in_choice(&company))
    };
    company.save(credential).await;
    assert_eq!(company.ask().await, Ok(()));

    company.entra.revoke_refresh_tokens();
    // Saving makes the credential anew, and with it the next question asks for a token.
    company.save(without_secret(sign_in_choice(&company))).await;
    assert_eq!(company.ask().await, Err(ErrorCode::SignInExpired));
    let again = begin(Some(company.house.saved.clone()));
    let view = engine.start_sign_in(again).await.unwrap();
    let (_, code) = waiting(&view);
    assert!(company.entra.approve(&code.unwrap()));
    let state = signed_in(&mut window, &view.id).await;
    assert!(matches!(state, SignInState::Done { .. }), "{state:?}");
    assert_eq!(company.ask().await, Ok(()));
}

#[tokio::test]
async fn a_sign_in_that_comes_to_nothing() {
    let company = company().await;
    let engine = &company.house.engine;
    let mut window = engine.subscribe();
    let begin = || SignInRequest {
        method: SignInMethod::DeviceCode,
        entra: company.entra(Entra::PUBLIC_CLIENT),
        connection: None,
    };
    company.entra.interval(1);
    let declined = engine.start_sign_in(begin()).await.unwrap();
    assert_eq!(engine.sign_in_view(&declined.id), Some(declined.clone()));
    assert!(company.entra.decline(&waiting(&declined).1.unwrap()));
    let SignInState::Failed { error } = signed_in(&mut window, &declined.id).await else {
        panic!("not declined");
    };
    assert_eq!(error.code, ErrorCode::SignInDeclined);
    // Whoever missed that can ask.
    let missed = engine.sign_in_view(&declined.id).expect("it is known");
    assert_eq!(missed.state, SignInState::Failed { error });
    let given_up = engine.start_sign_in(begin()).await.unwrap();
    engine.cancel_sign_in(&given_up.id).await;
    let state = signed_in(&mut window, &given_up.id).await;
    assert_eq!(state, SignInState::Cancelled);
    assert_eq!(engine.sign_in_view(&given_up.id), None);
    // Neither brings anything that could be saved.
    for id in [declined.id, given_up.id] {
        let credential = CredentialDraft {
            sign_in: Some(id),
            ..without_secret(sign_in_choice(&company))
        };
        assert_eq!(company.save(credential).await, CredentialState::Missing);
    }
}

const AS_MACHINE: &str = "HEARTH_TEST_AS_MACHINE";

/// The identity of a machine and the Azure CLI are found in the environment, which belongs
/// to a whole process: this test runs itself again in one where both are stand-ins.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_machine_provides() {
    if let Ok(url) = std::env::var(AS_MACHINE) {
        return asked_as_machine(&url).await;
    }
    let company = company().await;
    let identity = ManagedIdentity::start(&company.entra).await.unwrap();
    let bin = tempfile::tempdir().unwrap();
    let claims = Claims::user("https://ai.azure.com");
    let token = company.entra.mint(&claims);
    let said = format!(
        r#"{{"accessToken":"{token}","expiresOn":"2099-01-01 00:00:00.000000","expires_on":4070908800,"tokenType":"Bearer","tenant":"{}"}}"#,
        Entra::TENANT
    );
    executable(
        &bin.path().join("az"),
        &format!("#!/bin/sh\ncat <<'E'\n{said}\nE\n"),
    );
    let azd = format!(r#"{{"token":"{token}","expiresOn":"2099-01-01T00:00:00Z"}}"#);
    executable(
        &bin.path().join("azd"),
        &format!("#!/bin/sh\ncat <<'E'\n{azd}\nE\n"),
    );
    let path = format!(
        "{}:{}",
        bin.path().display(),
        std::env::var("PATH").unwrap()
    );
    let url = company.house.emulator.url();
    let (endpoint, header) = (identity.endpoint(), identity.header().to_owned());
    let run = move || {
        Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "credentials::what_the_machine_provides",
                "--nocapture",
            ])
            .env(AS_MACHINE, url)
            .env("PATH", path)
            .env("IDENTITY_ENDPOINT", endpoint)
            .env("IDENTITY_HEADER", header)
            .status()
    };
    let done = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
    assert!(done.success());
    let answered = company.house.emulator.log();
    assert_eq!(answered.len(), 3, "{answered:?}");
}

#[cfg(unix)]
async fn asked_as_machine(url: &str) {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(profile(folder.path()), no_environment())
        .await
        .unwrap();
    for choice in [
        CredentialChoice::ManagedIdentity {
            entra: EntraSettings::default(),
        },
        CredentialChoice::AzureCli {
            entra: EntraSettings::default(),
        },
        CredentialChoice::AzureDeveloperCli {
            entra: EntraSettings::default(),
        },
    ] {
        let draft = ConnectionDraft {
            credential: without_secret(choice.clone()),
            ..draft_to(url, "unused")
        };
        let view = engine.save_connection(draft).await.unwrap();
        assert_eq!(view.credential.state, CredentialState::Ambient);
        assert_eq!(outcome(&engine).await, Ok(()), "{choice:?}");
    }
}

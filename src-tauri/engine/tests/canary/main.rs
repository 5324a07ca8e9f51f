//! No secret is anywhere but in the keyring or in memory: not in a log line at the finest level,
//! not in a file of the profile, not in what a window or the command line is told, not in the
//! environment of a child. The log's subscriber is the process's, so this test has a program of
//! its own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod company;
mod log;

use company::{Company, PASSWORD, TEAM_KEY};
use hearth_emulator::{Claims, Entra};
use hearth_engine::api::{
    CredentialChoice, CredentialDraft, Printed, SignInId, SignInMethod, SignInRequest, SignInState,
};
use log::Lines;

const KEY: &str = "canary-key-0123456789abcdef";

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_anywhere() {
    let lines = Lines::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .init();
    tracing::trace!("planted: {KEY}");
    assert!(lines.text().contains(KEY));
    lines.clear();

    let company = Company::start(KEY).await;
    let token = company
        .entra
        .mint(&Claims::application("https://ai.azure.com"));
    let wrong = "canary-wrong-key-0123456789";
    company.try_out(typed(CredentialChoice::Key, KEY)).await;
    company.try_out(typed(CredentialChoice::Key, wrong)).await;
    company
        .try_out(typed(CredentialChoice::Token, &token))
        .await;
    let application = CredentialChoice::ClientSecret {
        entra: company.entra(Entra::CLIENT),
    };
    company
        .try_out(typed(application.clone(), Entra::SECRET))
        .await;
    let wrong_secret = "canary-wrong-secret";
    company.try_out(typed(application, wrong_secret)).await;
    company.try_out(printed(&company, &token)).await;
    company.try_out(signed_in(&company).await).await;

    let mut secrets = company.secrets_that_were_sent();
    assert!(secrets.len() > 8, "too little was sent: {}", secrets.len());
    let planted = [KEY, wrong, wrong_secret, &token, PASSWORD, TEAM_KEY];
    secrets.extend(planted.map(str::to_owned));
    company.engine.shutdown().await;

    let said = lines.text();
    assert!(said.contains("hyper") && said.contains("hearth"), "{said}");
    let told = company.told();
    assert!(told.contains("key-refused") && told.contains("client-secret-wrong"));
    let child = company.environment_of_the_child();
    assert!(child.contains("PATH="), "{child}");
    for secret in &secrets {
        for (place, text) in [("log", &said), ("window", &told), ("child", &child)] {
            let found = text.find(secret.as_str());
            let around = found.map(|at| around(text, at));
            assert_eq!(around, None, "a secret is in the {place}");
        }
    }
    company.assert_no_file_holds(&secrets);
}

/// What stands before a secret that was found, to see who wrote it.
fn around(text: &str, at: usize) -> String {
    let start = text[..at].char_indices().rev().take(300).last();
    text[start.map_or(0, |(start, _)| start)..at].to_owned()
}

fn typed(choice: CredentialChoice, secret: &str) -> CredentialDraft {
    CredentialDraft {
        choice,
        secret: Some(secret.to_owned()),
        imported: None,
        sign_in: None,
        agreed: false,
        this_run_only: true,
    }
}

/// A command that prints a token, and writes down what it was started with.
fn printed(company: &Company, token: &str) -> CredentialDraft {
    let script = company.script(token);
    CredentialDraft {
        secret: None,
        agreed: true,
        ..typed(
            CredentialChoice::Command {
                argv: vec![script],
                prints: Printed::Token,
            },
            "",
        )
    }
}

/// A person who signed in with a code.
async fn signed_in(company: &Company) -> CredentialDraft {
    let entra = company.entra(Entra::PUBLIC_CLIENT);
    company.entra.interval(1);
    let request = SignInRequest {
        method: SignInMethod::DeviceCode,
        entra: entra.clone(),
        connection: None,
    };
    let mut window = company.engine.subscribe();
    let view = company.engine.start_sign_in(request).await.unwrap();
    let SignInState::Waiting { user_code, .. } = &view.state else {
        panic!("{view:?}");
    };
    assert!(company.entra.approve(user_code.as_deref().unwrap()));
    let id: SignInId = view.id;
    company::signed_in(&mut window, &id).await;
    CredentialDraft {
        secret: None,
        sign_in: Some(id),
        ..typed(CredentialChoice::SignIn { entra }, "")
    }
}

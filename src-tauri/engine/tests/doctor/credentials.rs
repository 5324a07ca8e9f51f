//! Faults of credentials: what Entra refuses, what tokens are, what programs do.

use hearth_emulator::{Certificates, Claims, Emulator, Entra};
use hearth_engine::api::{
    CredentialChoice, EntraSettings, ErrorCode, Fix, Printed, RungId, RungState,
};

use crate::desk::*;

const AI: &str = "https://ai.azure.com";

fn replace(fix: Option<&Fix>) -> bool {
    fix == Some(&Fix::ReplaceSecret)
}

fn edit(fix: Option<&Fix>) -> bool {
    fix == Some(&Fix::EditConnection)
}

fn entra_of(entra: &Entra, client_id: &str) -> EntraSettings {
    EntraSettings {
        tenant: entra.tenant().to_owned(),
        client_id: client_id.to_owned(),
        scope: String::new(),
        authority: entra.authority().to_owned(),
    }
}

struct Company {
    entra: Entra,
    resource: Emulator,
    desk: Desk,
}

impl Company {
    async fn new() -> Self {
        let certificates = Certificates::new("Entra Test Root");
        let entra = Entra::builder().certificates(&certificates);
        let entra = entra.start().await.unwrap();
        let resource = Emulator::builder().entra(&entra).start().await.unwrap();
        let desk = Desk::trusting(&[&certificates]).await;
        Self {
            entra,
            resource,
            desk,
        }
    }

    async fn application(&self, entra: EntraSettings, typed: &str) {
        let choice = CredentialChoice::ClientSecret { entra };
        let credential = secret(choice, Some(typed));
        self.desk
            .save(connection(&self.resource.url(), credential))
            .await;
    }

    async fn token(&self, claims: &Claims) {
        let token = self.entra.mint(claims);
        let credential = secret(CredentialChoice::Token, Some(&token));
        self.desk
            .save(connection(&self.resource.url(), credential))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_entra_refuses() {
    let company = Company::new().await;
    company
        .application(entra_of(&company.entra, Entra::CLIENT), Entra::SECRET)
        .await;
    let report = company.desk.walk(None).await;
    let credential = rung(&report, RungId::Credential);
    assert_eq!(credential.state, RungState::Passed, "{report:#?}");
    assert_eq!(fact(credential, "audience"), AI);
    assert_eq!(fact(credential, "tenant"), Entra::TENANT);
    assert_eq!(rung(&report, RungId::Deployment).state, RungState::Passed);

    let row = |name: &str, code, fix| fault(name, RungId::Credential, code, fix);
    #[rustfmt::skip]
    let by_application = [
        row("fault-7000215", ErrorCode::ClientSecretWrong, replace),
        row("fault-7000222", ErrorCode::ClientSecretExpired, replace),
        row("fault-700016", ErrorCode::ApplicationUnknown, edit),
        row("fault-7000218", ErrorCode::PublicClientDisabled, edit),
        row("fault-65001", ErrorCode::ConsentNeeded, no_fix),
        row("fault-50076", ErrorCode::InteractionNeeded, edit),
        row("fault-53003", ErrorCode::InteractionNeeded, edit),
        row("fault-50034", ErrorCode::AccountUnknown, edit),
    ];
    for fault in by_application {
        let entra = entra_of(&company.entra, &fault.name);
        company.application(entra, Entra::SECRET).await;
        company.desk.has(None, &fault).await;
    }

    let mut entra = entra_of(&company.entra, Entra::CLIENT);
    entra.tenant = "99999999-9999-4999-8999-999999999999".to_owned();
    company.application(entra, Entra::SECRET).await;
    let fault = row("another tenant", ErrorCode::TenantUnknown, edit);
    company.desk.has(None, &fault).await;

    let mut entra = entra_of(&company.entra, Entra::CLIENT);
    entra.scope = "https://ai.azure.com".to_owned();
    company.application(entra, Entra::SECRET).await;
    let fault = row("half a scope", ErrorCode::ScopeInvalid, edit);
    company.desk.has(None, &fault).await;

    company
        .application(entra_of(&company.entra, Entra::CLIENT), "not the secret")
        .await;
    let fault = row("wrong secret", ErrorCode::ClientSecretWrong, replace);
    company.desk.has(None, &fault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_are_refused() {
    let company = Company::new().await;
    let row = |name: &str, code, fix| fault(name, RungId::Deployment, code, fix);
    let other = "https://graph.microsoft.com";
    let theirs = "22222222-2222-4222-8222-222222222222";
    #[rustfmt::skip]
    let table = [
        (Claims::application(AI).expired(), row("expired", ErrorCode::TokenExpired, replace)),
        (Claims::application(other), row("audience", ErrorCode::TokenAudience, replace)),
        (Claims::application(AI).tenant(theirs), row("tenant", ErrorCode::TokenTenant, replace)),
        (Claims::application(AI).without_role(), row("role", ErrorCode::RoleMissing, no_fix)),
    ];
    for (claims, fault) in table {
        company.token(&claims).await;
        company.desk.has(None, &fault).await;
        let report = company.desk.walk(None).await;
        let token = found(&report, &fault).token.clone();
        let token = token.unwrap_or_else(|| panic!("{}: no facts of the token", fault.name));
        assert_eq!(token.audience.as_deref(), Some(claims.audience.as_str()));
        assert_eq!(token.tenant.as_deref(), Some(claims.tenant.as_str()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_by_a_day() {
    let certificates = Certificates::new("Entra Test Root");
    let entra = Entra::builder().certificates(&certificates);
    let entra = entra.start().await.unwrap();
    let tomorrow = Emulator::builder().entra(&entra).clock_offset(86_400);
    let tomorrow = tomorrow.start().await.unwrap();
    let desk = Desk::trusting(&[&certificates]).await;
    let token = entra.mint(&Claims::application(AI));
    let credential = secret(CredentialChoice::Token, Some(&token));
    desk.save(connection(&tomorrow.url(), credential)).await;
    let fault = fault("clock", RungId::Deployment, ErrorCode::ClockWrong, no_fix);
    desk.has(
        None,
        &Fault {
            fix: |_| true,
            ..fault
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entra_that_cannot_be_reached() {
    let company = Company::new().await;
    let mut entra = entra_of(&company.entra, Entra::CLIENT);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    entra.authority = format!("https://127.0.0.1:{port}");
    company.application(entra, Entra::SECRET).await;
    let row = fault(
        "nobody there",
        RungId::Credential,
        ErrorCode::SignInUnreachable,
        no_fix,
    );
    company.desk.has(None, &row).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands() {
    let resource = Emulator::builder().start().await.unwrap();
    let desk = Desk::new().await;
    let command = |argv: &[&str], agreed| {
        let choice = CredentialChoice::Command {
            argv: argv.iter().map(|it| (*it).to_owned()).collect(),
            prints: Printed::Key,
        };
        let mut credential = secret(choice, None);
        credential.agreed = agreed;
        connection(&resource.url(), credential)
    };
    let agree = |fix: Option<&Fix>| fix == Some(&Fix::AgreeToCommand);

    desk.save(command(&["printf", "%s", resource.key()], true))
        .await;
    let report = desk.walk(None).await;
    assert_eq!(rung(&report, RungId::Deployment).state, RungState::Passed);

    desk.save(command(&["false"], true)).await;
    let row = fault("fails", RungId::Credential, ErrorCode::CommandFailed, agree);
    desk.has(None, &row).await;

    desk.save(command(&["no-such-program-as-this"], true)).await;
    desk.has(None, &row).await;

    desk.save(command(&["printf", "%s", "wrong-key-0123"], true))
        .await;
    let row = fault(
        "wrong key",
        RungId::Deployment,
        ErrorCode::KeyRefused,
        agree,
    );
    desk.has(None, &row).await;
}

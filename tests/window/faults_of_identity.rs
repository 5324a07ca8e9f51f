//! What goes wrong with proving who asks: tokens that are refused, what Microsoft Entra
//! answers, programs that are missing. Each with its card.

use hearth_emulator::{Claims, Emulator, Entra, IdentityFault, ManagedIdentity};
use serde_json::{Value, json};

use crate::accessible::Role;
use crate::faults::{QUESTION, fault, impatient};
use crate::harness::{Hearth, Home, Theme, free_port, in_both_themes};
use crate::resource::{DEPLOYMENT, MODEL, draft, with_secret, without_secret};

const AI: &str = "https://ai.azure.com";
const THEIRS: &str = "22222222-2222-4222-8222-222222222222";
const AGAIN: &str = "Try again";
const DOCTOR: &str = "Run the Doctor";
const A_DAY: i64 = 86_400;

/// A tenant, and a resource that takes its tokens.
struct Company {
    entra: Entra,
    foundry: Emulator,
}

impl Company {
    async fn found() -> Self {
        let entra = Entra::builder().start().await.expect("a tenant");
        let foundry = resource_of(&entra, 0).await;
        Self { entra, foundry }
    }

    /// Lets this Hearth talk to the tenant.
    async fn is_trusted_by(&self, hearth: &Hearth<'_>) {
        let pem = self.entra.certificates().ca_pem();
        let trusted = hearth
            .invoke("trust_certificate", json!({ "pem": pem }))
            .await;
        trusted.expect("the company's authority is trusted");
    }

    fn entra_of(&self, client: &str) -> Value {
        json!({
            "tenant": self.entra.tenant(),
            "clientId": client,
            "scope": "",
            "authority": self.entra.authority(),
        })
    }

    fn asking_as(&self, credential: Value) -> Value {
        impatient(draft(
            &self.foundry.url(),
            credential,
            &[(DEPLOYMENT, MODEL)],
        ))
    }

    /// An application with a secret, and with fields of Entra's that differ.
    fn application_with(&self, client: &str, others: &[(&str, &str)]) -> Value {
        let mut entra = self.entra_of(client);
        for (field, value) in others {
            entra[field] = json!(value);
        }
        let choice = json!({ "kind": "client_secret", "entra": entra });
        self.asking_as(with_secret(choice, Entra::SECRET))
    }

    fn application(&self, client: &str) -> Value {
        self.application_with(client, &[])
    }

    fn token(&self, claims: &Claims) -> Value {
        let token = self.entra.mint(claims);
        self.asking_as(with_secret(json!({ "kind": "token" }), &token))
    }
}

/// A resource that takes the tenant's tokens, whose clock is so many seconds ahead.
async fn resource_of(entra: &Entra, ahead: i64) -> Emulator {
    let builder = Emulator::builder().entra(entra).clock_offset(ahead);
    let builder = builder.deployment(DEPLOYMENT, MODEL);
    let builder = builder.expect("the base model is known");
    builder.start().await.expect("a resource")
}

fn no_entra() -> Value {
    json!({ "tenant": "", "clientId": "", "scope": "", "authority": "" })
}

#[tokio::test]
async fn each_refusal_of_entra_has_its_card() {
    in_both_themes(refusals).await;
}

async fn refusals(theme: Theme) {
    let company = Company::found().await;
    let home = Home::new(theme);
    let hearth = Hearth::open(&home).await;
    company.is_trusted_by(&hearth).await;
    let unknown = "https://nothing.example.com/.default";
    let nobody = format!("https://127.0.0.1:{}", free_port());
    let fix: &[&str] = &["Open settings", AGAIN, DOCTOR];
    let replace: &[&str] = &["Replace secret", AGAIN, DOCTOR];
    let app = |client| company.application(client);
    let with = |others: &[(&str, &str)]| company.application_with(Entra::CLIENT, others);
    #[rustfmt::skip]
    let faults = [
        fault("secret-wrong", app("fault-7000215"), "The client secret is wrong", replace).saying("7000215"),
        fault("secret-expired", app("fault-7000222"), "The client secret has expired", replace).saying("7000222"),
        fault("application-unknown", app("fault-700016"), "No such application in this tenant", fix).saying("700016"),
        fault("secret-needed", app("fault-7000218"), "This application needs a secret", fix).saying("7000218"),
        fault("consent", app("fault-65001"), "An administrator has to agree first",
            &["Copy request for the admin", "Sign in again", DOCTOR]).saying("65001"),
        fault("second-factor", app("fault-50076"), "Microsoft wants to see you",
            &["Open settings", "Sign in again", AGAIN, DOCTOR]).saying("50076"),
        fault("account-unknown", app("fault-50034"), "This account is not known there",
            &["Open settings", "Sign in again", AGAIN, DOCTOR]).saying("50034"),
        fault("tenant-unknown", with(&[("tenant", THEIRS)]), "No such tenant", fix).saying("90002"),
        fault("scope-unknown", with(&[("scope", unknown)]), &format!("{unknown} is unknown in this tenant"), fix)
            .saying("500011"),
        fault("scope-invalid", with(&[("scope", AI)]), "This is not a scope", fix),
        fault("entra-unreachable", with(&[("authority", &nobody)]), &format!("{nobody} cannot be reached"),
            &[AGAIN, "Network settings", DOCTOR]),
        fault("role-of-application", app(Entra::CLIENT_WITHOUT_ROLE), "The role “Cognitive Services User” is missing",
            &["Copy request for the admin", AGAIN, DOCTOR]).saying(Entra::CLIENT_WITHOUT_ROLE),
    ];
    let complaints = hearth.complaints(&faults, theme).await;
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    hearth.close().await;
}

#[tokio::test]
async fn each_token_that_is_refused_is_explained_by_what_it_says() {
    in_both_themes(refused_tokens).await;
}

async fn refused_tokens(theme: Theme) {
    let company = Company::found().await;
    // A resource of the same company, whose clock and this machine's are a day apart.
    let tomorrow = resource_of(&company.entra, A_DAY).await;
    let home = Home::new(theme);
    let hearth = Hearth::open(&home).await;
    company.is_trusted_by(&hearth).await;
    let graph = "https://graph.microsoft.com";
    let token = |claims: Claims| company.token(&claims);
    let replace: &[&str] = &["Replace token", "Open settings", AGAIN, DOCTOR];
    let mut on_another_day = token(Claims::application(AI));
    on_another_day["endpoint"] = json!(tomorrow.url());
    #[rustfmt::skip]
    let faults = [
        fault("token-expired", token(Claims::user(AI).expired()), "Token expired: …",
            &["Replace token", AGAIN, DOCTOR]).saying(Entra::USER),
        fault("token-audience", token(Claims::application(graph)),
            "Token refused: it is for https://graph.microsoft.com", replace).saying(graph),
        fault("token-tenant", token(Claims::application(AI).tenant(THEIRS)),
            "Token refused: it is of the tenant 22222222-2222-4222-8222-222222222222", replace).saying("Token of the tenant"),
        fault("token-role", token(Claims::user(AI).without_role()), "The role “Cognitive Services User” is missing",
            &["Copy request for the admin", AGAIN, DOCTOR]).saying(Entra::USER),
        fault("clock", on_another_day, "This machine’s clock is wrong", &[AGAIN, DOCTOR])
            .saying("The server says that it is"),
    ];
    let complaints = hearth.complaints(&faults, theme).await;
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    hearth.close().await;
}

#[tokio::test]
async fn programs_and_machines_that_give_nothing_have_their_cards() {
    in_both_themes(nothing_given).await;
}

async fn nothing_given(theme: Theme) {
    let company = Company::found().await;
    let identity = ManagedIdentity::start(&company.entra).await;
    let identity = identity.expect("an identity’s endpoint");
    identity.fail(Some(IdentityFault::NoIdentity));
    let home = Home::new(theme)
        .with("IDENTITY_ENDPOINT", &identity.endpoint())
        .with("IDENTITY_HEADER", identity.header());
    home.install(
        "az",
        "#!/bin/sh\necho 'ERROR: Please run '\"'\"'az login'\"'\"' to setup account.' >&2\nexit 1\n",
    );
    home.install(
        "broken",
        "#!/bin/sh\necho 'the vault is closed' >&2\nexit 3\n",
    );
    let hearth = Hearth::open(&home).await;
    let of = |choice: Value| company.asking_as(without_secret(choice));
    let kind = |kind: &str| of(json!({ "kind": kind, "entra": no_entra() }));
    let workload = of(json!({
        "kind": "workload_identity",
        "entra": company.entra_of(Entra::FEDERATED_CLIENT),
        "tokenFile": "/nonexistent/token",
    }));
    let broken = home.program("broken").display().to_string();
    let command = json!({ "kind": "command", "argv": [broken], "prints": "token" });
    let mut agreed = without_secret(command.clone());
    agreed["agreed"] = json!(true);
    let retry: &[&str] = &[AGAIN, "Open settings", DOCTOR];
    #[rustfmt::skip]
    let faults = [
        fault("cli-missing", kind("azure_developer_cli"), "“azd” is not installed", retry),
        fault("cli-signed-out", kind("azure_cli"), "Nobody is signed in with “az”", retry).saying("Run az login"),
        fault("workload-token", workload, "The workload’s token cannot be read", &["Open settings", AGAIN, DOCTOR])
            .saying("/nonexistent/token"),
        fault("identity-missing", kind("managed_identity"), "This machine has no managed identity",
            &["Open settings", AGAIN, DOCTOR]),
        fault("command-failed", company.asking_as(agreed), "The command gave nothing to ask with",
            &["Look at the command", AGAIN, "Open settings", DOCTOR]),
    ];
    let complaints = hearth.complaints(&faults, theme).await;
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    hearth.close().await;
}

#[tokio::test]
async fn a_scope_that_the_tenant_does_not_know_is_put_right_by_one_button() {
    let company = Company::found().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    company.is_trusted_by(&hearth).await;
    let scope = [("scope", "https://nothing.example.com/.default")];
    hearth
        .save(company.application_with(Entra::CLIENT, &scope))
        .await;
    hearth.ask(QUESTION).await;
    hearth.card("https://nothing.example.com/.default").await;
    hearth.click(Role::Button, DOCTOR).await;
    hearth.says("Chat does not work").await;
    hearth.picture("doctor-scope", home.theme()).await;
    hearth.click(Role::Button, "Use this scope").await;
    hearth.says("Everything works").await;
    hearth.dismiss().await;
    hearth.click(Role::Button, AGAIN).await;
    hearth.is_answered(QUESTION).await;
    hearth.close().await;
}

#[tokio::test]
async fn a_secret_that_expired_is_replaced_and_the_question_is_asked_again() {
    let company = Company::found().await;
    let home = Home::new(Theme::Dark);
    let hearth = Hearth::open(&home).await;
    company.is_trusted_by(&hearth).await;
    let mut outdated = company.application(Entra::CLIENT);
    outdated["credential"]["secret"] = json!("the-secret-of-last-year");
    hearth.save(outdated).await;
    hearth.ask(QUESTION).await;
    hearth.card("The client secret is wrong").await;
    hearth.click(Role::Button, "Replace secret").await;
    hearth
        .fill(Role::Textbox, "Client secret", Entra::SECRET)
        .await;
    hearth.click(Role::Button, "Save").await;
    hearth.noticed("Saved").await;
    hearth.open_conversation(QUESTION).await;
    hearth.click(Role::Button, AGAIN).await;
    hearth.is_answered(QUESTION).await;
    hearth.close().await;
}

#[tokio::test]
async fn a_command_that_somebody_changed_waits_for_a_word() {
    in_both_themes(changed_command).await;
}

async fn changed_command(theme: Theme) {
    let company = Company::found().await;
    let token = company.entra.mint(&Claims::application(AI));
    let home = Home::new(theme);
    home.install("print-token", &format!("#!/bin/sh\necho '{token}'\n"));
    let started = home.documents().join("started.txt");
    let script = format!("#!/bin/sh\ntouch '{}'\n", started.display());
    home.install("something-else", &script);
    let program = |name: &str| home.program(name).display().to_string();
    let argv = [program("print-token")];
    let command = json!({ "kind": "command", "argv": argv, "prints": "token" });
    let mut agreed = without_secret(command);
    agreed["agreed"] = json!(true);
    let hearth = Hearth::open(&home).await;
    hearth.save(company.asking_as(agreed)).await;
    hearth.ask("Who prints my token?").await;
    hearth.is_answered("Who prints my token?").await;
    hearth.close().await;

    // Somebody else's program stands in the settings, to which nobody agreed.
    let settings = home.profile().join("settings.json");
    let written = std::fs::read_to_string(&settings).expect("the settings are there");
    let mut written: Value = serde_json::from_str(&written).expect("the settings are JSON");
    written["connections"][0]["credential"]["argv"] = json!([program("something-else")]);
    std::fs::write(&settings, written.to_string()).expect("the settings can be written");
    let hearth = Hearth::open(&home).await;
    hearth.fill(Role::Textbox, "Message", QUESTION).await;
    hearth.click(Role::Button, "Send").await;
    hearth.says("The command waits for your word").await;
    hearth.picture("fault-command-not-agreed", theme).await;
    assert_eq!(hearth.value(Role::Textbox, "Message").await, QUESTION);
    assert!(!started.exists(), "it was started unasked");
    hearth.click(Role::Button, "Look at the command").await;
    hearth.the(Role::Textbox, "Program").await;
    let shown = hearth.value(Role::Textbox, "Program").await;
    assert_eq!(shown, program("something-else"));
    hearth.close().await;
}

//! Every way to prove who asks, as a person sets it up: in the form, in a browser, with a code.

use std::path::PathBuf;
use std::process::Command;

use hearth_emulator::{Emulator, Entra, ManagedIdentity};
use serde_json::json;

use crate::accessible::Role;
use crate::browser::{Browser, Opened};
use crate::harness::{Hearth, Home, Theme};
use crate::resource::{DEPLOYMENT, MODEL};
use crate::secrets::{holding, state_of_the_desktop};
use crate::{processes, resource};

/// A tenant, and a resource that takes its tokens and no key.
struct Company {
    entra: Entra,
    foundry: Emulator,
}

impl Company {
    async fn found() -> Self {
        let entra = Entra::builder().start().await.expect("a tenant");
        let foundry = Emulator::builder()
            .key_auth(false)
            .entra(&entra)
            .deployment(DEPLOYMENT, MODEL)
            .expect("the base model is known")
            .start()
            .await
            .expect("a resource");
        Self { entra, foundry }
    }

    /// How many times a kind of token was asked for.
    fn asked_for(&self, grant: &str) -> usize {
        let log = self.entra.log();
        log.iter()
            .filter(|request| request.field("grant_type") == Some(grant))
            .count()
    }

    /// What the last question proved who asks with.
    fn last_bearer(&self) -> String {
        let log = self.foundry.log();
        let last = &log.last().expect("something was asked").received;
        assert_eq!(last.header("x-api-key"), None);
        assert_eq!(last.header("api-key"), None);
        let bearer = last.header("authorization").expect("a token goes along");
        bearer
            .strip_prefix("Bearer ")
            .expect("it is a bearer token")
            .to_owned()
    }
}

impl Hearth<'_> {
    /// Chooses in a list that opens from a button.
    pub(crate) async fn choose(&self, label: &str, option: &str) {
        self.click(Role::Button, label).await;
        self.click_beginning(Role::MenuItem, option).await;
        self.settle().await;
    }

    /// The form of a new connection, its endpoint typed and its kind of credential chosen.
    async fn new_connection(&self, company: &Company, kind: &str) {
        let pem = company.entra.certificates().ca_pem();
        let trusted = self
            .invoke("trust_certificate", json!({ "pem": pem }))
            .await;
        trusted.expect("the company's authority is trusted");
        self.click(Role::Button, "Connect to Azure Foundry").await;
        self.fill(Role::Textbox, "Endpoint", &company.foundry.url())
            .await;
        self.name_a_deployment(DEPLOYMENT, MODEL).await;
        self.choose("Credential", kind).await;
    }

    /// Where tokens come from, in the fields that every kind of Entra's has.
    async fn name_the_tenant(&self, company: &Company, client: &str) {
        self.fill(Role::Textbox, "Tenant", company.entra.tenant())
            .await;
        self.fill(Role::Textbox, "Client id", client).await;
        self.choose("Cloud", "Another authority").await;
        self.fill(Role::Textbox, "Authority host", company.entra.authority())
            .await;
    }

    async fn saves_and_chats(&self) {
        self.click(Role::Button, "Save").await;
        self.asks_and_is_answered("Who is asking?").await;
    }

    async fn asks_and_is_answered(&self, question: &str) {
        self.ask(question).await;
        let answer = self.answer().await;
        assert!(answer.text.contains(question), "{answer:?}");
    }
}

/// What the keyring holds for Hearth, as another program reads it.
pub(crate) fn kept_secrets() -> Vec<String> {
    let text = String::from_utf8_lossy(&search_of_the_keyring().stdout).into_owned();
    text.lines()
        .filter_map(|line| line.strip_prefix("secret = "))
        .map(str::to_owned)
        .collect()
}

/// Whether the keyring holds anything whose name has these words. Between two windows of one
/// test another test may have its turn, and keep secrets of its own.
pub(crate) fn is_kept_under(words: &str) -> bool {
    let found = search_of_the_keyring();
    // The attributes of what is found go to the other stream.
    [found.stdout, found.stderr]
        .iter()
        .any(|text| String::from_utf8_lossy(text).contains(words))
}

fn search_of_the_keyring() -> std::process::Output {
    Command::new("secret-tool")
        .args(["search", "--all", "--unlock", "service", "hearth"])
        .output()
        .expect("secret-tool is installed")
}

/// No file, no log and no child of Hearth's has it. To be asked while Hearth runs.
pub(crate) fn is_nowhere_in_clear(home: &Home, secret: &str) {
    assert!(secret.len() > 8, "a secret too short to be looked for");
    let places = [home.profile(), state_of_the_desktop()];
    let planted = home.profile().join("planted");
    std::fs::write(&planted, format!("x{secret}y")).expect("a file can be planted");
    assert_eq!(holding(&places, secret), std::slice::from_ref(&planted));
    std::fs::remove_file(&planted).expect("and taken away");
    assert_eq!(holding(&places, secret), Vec::<PathBuf>::new());
    assert!(!home.log().contains(secret), "it is in the log");
    let all = processes::tree(&home.profile());
    assert!(!all.is_empty(), "Hearth runs");
    let own = processes::with_argument(&home.profile());
    for process in &all {
        assert!(!process.arguments.contains(secret), "{}", process.id);
        let is_own = own.iter().any(|one| one.id == process.id);
        assert!(
            is_own || !process.environment.contains(secret),
            "{}",
            process.arguments
        );
    }
}

pub(crate) async fn is_not_in_the_page(hearth: &Hearth<'_>, secret: &str) {
    let page = "return document.documentElement.outerHTML + JSON.stringify({ ...localStorage }) + document.cookie";
    let page = hearth.script(page).await.to_string();
    assert!(page.len() > 1_000 && !page.contains(secret));
}

#[tokio::test]
async fn a_person_signs_in_with_a_browser_and_stays_signed_in() {
    let company = Company::found().await;
    let home = Home::new(Theme::Light).with("HEARTH_LOG", "debug");
    let opened = Opened::in_home(&home);
    let hearth = Hearth::open(&home).await;
    let before = kept_secrets();
    hearth.new_connection(&company, "Microsoft account").await;
    hearth.name_the_tenant(&company, Entra::PUBLIC_CLIENT).await;
    hearth
        .click(Role::Button, "Sign in with your browser")
        .await;
    let page = opened.nth(1).await;
    assert!(page.starts_with(company.entra.authority()), "{page}");
    hearth.says("Finish signing in in your browser.").await;
    hearth.picture("sign-in-browser-waits", home.theme()).await;

    // Somebody who closed the page by mistake, and changed their mind.
    let browser = Browser::start().await;
    browser.visit(&page).await;
    browser.press("Sign in").await;
    browser.says("You are signed in").await;
    hearth.says(&format!("Signed in as {}", Entra::USER)).await;
    hearth.picture("sign-in-browser-done", home.theme()).await;
    hearth.saves_and_chats().await;
    let access = company.last_bearer();
    let kept: Vec<String> = kept_secrets()
        .into_iter()
        .filter(|secret| !before.contains(secret))
        .collect();
    assert_eq!(kept.len(), 1, "the refresh token alone is kept");
    for secret in [&access, &kept[0]] {
        is_nowhere_in_clear(&home, secret);
        is_not_in_the_page(&hearth, secret).await;
    }
    hearth.close().await;

    // Tomorrow nobody is asked again.
    let refreshed = company.asked_for("refresh_token");
    let hearth = Hearth::open(&home).await;
    hearth.asks_and_is_answered("And tomorrow?").await;
    assert_eq!(company.asked_for("refresh_token"), refreshed + 1);
    assert_eq!(opened.all().len(), 1);

    // The company ends the session; what is said about it leads back in.
    hearth.close().await;
    company.entra.revoke_refresh_tokens();
    let hearth = Hearth::open(&home).await;
    hearth.ask("Am I still in?").await;
    hearth.the(Role::Button, "Sign in again").await;
    hearth.picture("sign-in-expired-card", home.theme()).await;
    hearth.click(Role::Button, "Sign in again").await;
    hearth
        .until("the sign-in panel", async || {
            (opened.all().len() == 2
                || hearth
                    .shows(Role::Button, "Sign in with your browser")
                    .await
                || hearth.shows(Role::Button, "Use a code instead").await)
                .then_some(())
        })
        .await;
    if opened.all().len() < 2 {
        hearth.click(Role::Button, "Sign in again").await;
    }
    browser.visit(&opened.nth(2).await).await;
    browser.press("Sign in").await;
    browser.says("You are signed in").await;
    hearth.says(&format!("Signed in as {}", Entra::USER)).await;
    browser.close().await;
    hearth.close().await;
}

#[tokio::test]
async fn a_sign_in_that_is_declined_or_given_up_says_so() {
    let company = Company::found().await;
    let home = Home::new(Theme::Dark);
    let opened = Opened::in_home(&home);
    let hearth = Hearth::open(&home).await;
    hearth.new_connection(&company, "Microsoft account").await;
    hearth.name_the_tenant(&company, Entra::PUBLIC_CLIENT).await;
    hearth
        .click(Role::Button, "Sign in with your browser")
        .await;
    let browser = Browser::start().await;
    browser.visit(&opened.nth(1).await).await;
    browser.press("Cancel").await;
    browser.says("The sign-in came to nothing").await;
    hearth.the(Role::Button, "Sign in with your browser").await;
    hearth.picture("sign-in-declined", home.theme()).await;
    browser.close().await;

    hearth
        .click(Role::Button, "Sign in with your browser")
        .await;
    hearth.says("Finish signing in in your browser.").await;
    hearth.click(Role::Button, "Cancel").await;
    hearth.the(Role::Button, "Sign in with your browser").await;
    hearth.close().await;
}

#[tokio::test]
async fn a_person_signs_in_with_a_code_on_another_device() {
    let company = Company::found().await;
    let home = Home::new(Theme::Light);
    let _opened = Opened::in_home(&home);
    let hearth = Hearth::open(&home).await;
    hearth.new_connection(&company, "Microsoft account").await;
    hearth.name_the_tenant(&company, Entra::PUBLIC_CLIENT).await;
    hearth.click(Role::Button, "Use a code instead").await;
    hearth.says("Open this page on any device").await;
    let code = hearth
        .script("return document.querySelector('output').textContent.trim()")
        .await;
    let code = code.as_str().expect("a code").to_owned();
    let page = hearth
        .script("return document.querySelector('p.page code').textContent.trim()")
        .await;
    hearth.picture("sign-in-code", home.theme()).await;

    let browser = Browser::start().await;
    browser.visit(page.as_str().expect("a page")).await;
    browser.fill(&code).await;
    browser.press("Sign in").await;
    hearth.says(&format!("Signed in as {}", Entra::USER)).await;
    browser.close().await;
    hearth.saves_and_chats().await;
    company.last_bearer();
    hearth.close().await;
}

#[tokio::test]
async fn an_application_signs_in_with_its_secret() {
    let company = Company::found().await;
    let home = Home::new(Theme::Light).with("HEARTH_LOG", "debug");
    let hearth = Hearth::open(&home).await;
    hearth
        .new_connection(&company, "Application with a client secret")
        .await;
    hearth.name_the_tenant(&company, Entra::CLIENT).await;
    hearth
        .fill(Role::Textbox, "Client secret", Entra::SECRET)
        .await;
    hearth.picture("credential-application", home.theme()).await;
    hearth.saves_and_chats().await;
    assert_eq!(company.asked_for("client_credentials"), 1);
    for secret in [Entra::SECRET, &company.last_bearer()] {
        is_nowhere_in_clear(&home, secret);
        is_not_in_the_page(&hearth, secret).await;
    }
    hearth.close().await;
}

#[tokio::test]
async fn whoever_is_signed_in_with_the_azure_cli_asks() {
    let company = Company::found().await;
    let token = company
        .entra
        .mint(&hearth_emulator::Claims::user("https://ai.azure.com"));
    let home = Home::new(Theme::Light);
    let called = home.documents().join("az.txt");
    let expires = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970")
        .as_secs()
        + 3_600;
    home.install(
        "az",
        &format!(
            "#!/bin/sh\necho \"$@\" >> '{}'\nenv >> '{}'\necho '{}'\n",
            called.display(),
            called.display(),
            json!({
                "accessToken": token, "expiresOn": "2030-01-01 00:00:00.000000",
                "expires_on": expires, "subscription": "s", "tenant": "t", "tokenType": "Bearer",
            })
        ),
    );
    let home = home
        .with("AZURE_API_KEY", resource::KEY)
        .with("AZURE_API_BASE", "https://elsewhere.services.ai.azure.com");
    let hearth = Hearth::open(&home).await;
    hearth.new_connection(&company, "Azure CLI").await;
    hearth.picture("credential-azure-cli", home.theme()).await;
    hearth.saves_and_chats().await;
    assert_eq!(company.last_bearer(), token);
    let called = std::fs::read_to_string(called).expect("az was called");
    assert!(called.contains("get-access-token"), "{called}");
    assert!(called.contains("PATH="), "its environment was noted");
    assert!(!called.contains(resource::KEY), "az was told a key");
    hearth.close().await;
}

#[tokio::test]
async fn the_machine_s_own_identity_asks() {
    let company = Company::found().await;
    let identity = ManagedIdentity::start(&company.entra)
        .await
        .expect("an identity");
    let home = Home::new(Theme::Light)
        .with("IDENTITY_ENDPOINT", &identity.endpoint())
        .with("IDENTITY_HEADER", identity.header());
    let hearth = Hearth::open(&home).await;
    hearth.new_connection(&company, "Managed identity").await;
    hearth.saves_and_chats().await;
    company.last_bearer();
    assert_eq!(identity.log().len(), 1);
    hearth.close().await;
}

#[tokio::test]
async fn a_token_from_elsewhere_is_used_and_its_end_is_shown() {
    let company = Company::found().await;
    let token = company.entra.mint(&hearth_emulator::Claims::application(
        "https://ai.azure.com",
    ));
    let home = Home::new(Theme::Light).with("HEARTH_LOG", "debug");
    let hearth = Hearth::open(&home).await;
    hearth
        .new_connection(&company, "Token from elsewhere")
        .await;
    hearth.fill(Role::Textbox, "Token", &token).await;
    hearth.saves_and_chats().await;
    assert_eq!(company.last_bearer(), token);
    is_nowhere_in_clear(&home, &token);
    hearth.click(Role::Button, "Settings").await;
    hearth.says("This token ends").await;
    hearth.picture("credential-token", home.theme()).await;
    is_not_in_the_page(&hearth, &token).await;
    hearth.close().await;
}

#[tokio::test]
async fn a_command_is_started_only_with_consent_and_without_a_shell() {
    let company = Company::found().await;
    let token = company.entra.mint(&hearth_emulator::Claims::application(
        "https://ai.azure.com",
    ));
    let home = Home::new(Theme::Light);
    let started = home.documents().join("started.txt");
    home.install(
        "print-token",
        &format!(
            "#!/bin/sh\nprintf '%s|' \"$@\" >> '{}'\necho '{token}'\n",
            started.display()
        ),
    );
    let program = home.program("print-token");
    let hearth = Hearth::open(&home).await;
    hearth
        .new_connection(&company, "Command that prints one")
        .await;
    hearth
        .fill(Role::Textbox, "Program", &program.display().to_string())
        .await;
    hearth.click(Role::Button, "Add argument").await;
    hearth
        .fill(Role::Textbox, "Argument 1", "$(touch never); --x \"y\"")
        .await;
    hearth.click(Role::Radio, "a token").await;
    hearth.picture("credential-command", home.theme()).await;
    hearth.click(Role::Button, "Save").await;
    hearth
        .says("Nothing is started before you agree to it.")
        .await;
    assert!(!started.exists());
    hearth
        .click(Role::Checkbox, "I agree that Hearth starts this command")
        .await;
    hearth.saves_and_chats().await;
    assert_eq!(company.last_bearer(), token);
    assert_eq!(
        std::fs::read_to_string(&started).expect("it was started"),
        "$(touch never); --x \"y\"|"
    );
    hearth.close().await;
}

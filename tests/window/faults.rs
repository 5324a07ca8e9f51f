//! What goes wrong with a resource, and the card that a person sees for it: its title, its
//! ways out, and a picture. What goes wrong on the way there stands in `faults_on_the_way`,
//! what goes wrong with proving who asks in `faults_of_identity`.

use hearth_emulator::{Emulator, Script};
use serde_json::{Value, json};

use crate::accessible::Role;
use crate::acts::Card;
use crate::harness::{Hearth, Home, Theme, free_port, in_both_themes};
use crate::resource::{DEPLOYMENT, KEY, MODEL, draft, resource, with_secret, without_secret};
use crate::screen;

pub(crate) const QUESTION: &str = "Is anybody there?";

/// A connection that fails, and what its card says.
pub(crate) struct Fault {
    /// What its picture is called.
    pub(crate) name: &'static str,
    pub(crate) draft: Value,
    /// What the title is, or begins with where it ends in `…`.
    pub(crate) title: String,
    /// Its buttons, the main one first, without the one for details.
    pub(crate) actions: &'static [&'static str],
    /// What has to be among its words and details.
    pub(crate) says: Vec<String>,
}

pub(crate) fn fault(
    name: &'static str,
    draft: Value,
    title: &str,
    actions: &'static [&'static str],
) -> Fault {
    Fault {
        name,
        draft,
        title: title.to_owned(),
        actions,
        says: Vec::new(),
    }
}

impl Fault {
    pub(crate) fn saying(mut self, words: &str) -> Self {
        self.says.push(words.to_owned());
        self
    }
}

/// Makes a draft ask once, and wait for no more than two seconds.
pub(crate) fn impatient(mut draft: Value) -> Value {
    draft["limits"] = json!({ "attempts": 1, "idleSeconds": 2, "connectSeconds": 5 });
    draft
}

impl Hearth<'_> {
    /// Waits until the stand-in has answered this question, which it repeats.
    pub(crate) async fn is_answered(&self, question: &str) {
        self.until(&format!("an answer to “{question}”"), async || {
            let last = self.messages().await.pop()?;
            (last.who == "Claude" && last.text.contains(question)).then_some(())
        })
        .await;
        self.answer().await;
    }

    /// Asks over each connection, and returns every card that is not as it should be.
    pub(crate) async fn complaints(&self, faults: &[Fault], theme: Theme) -> Vec<String> {
        let mut complaints = Vec::new();
        for fault in faults {
            let id = self.save(fault.draft.clone()).await;
            self.click(Role::Button, "New chat").await;
            self.ask(QUESTION).await;
            let card = self.any_card().await;
            self.click(Role::Button, "Details").await;
            let whole = self.any_card().await;
            self.picture(&format!("fault-{}", fault.name), theme).await;
            complaints.extend(complaint(fault, &card, &whole));
            let removed = self.invoke("remove_connection", json!({ "id": id })).await;
            removed.expect("a connection is removed");
        }
        complaints
    }
}

fn complaint(fault: &Fault, card: &Card, whole: &Card) -> Option<String> {
    let is_titled = match fault.title.strip_suffix('…') {
        Some(beginning) => card.title.starts_with(beginning),
        None => card.title == fault.title,
    };
    let mut actions: Vec<&str> = card.actions.iter().map(String::as_str).collect();
    let has_details = actions.pop() == Some("Details");
    let unsaid: Vec<_> = fault
        .says
        .iter()
        .filter(|words| !whole.text.contains(words.as_str()))
        .collect();
    let is_right = is_titled && has_details && actions == fault.actions && unsaid.is_empty();
    (!is_right).then(|| {
        format!(
            "{}: “{}” {:?}\n  but “{}” {:?}, without {unsaid:?} in\n{}",
            fault.name, fault.title, fault.actions, card.title, card.actions, whole.text
        )
    })
}

const DOCTOR: &str = "Run the Doctor";
const AGAIN: &str = "Try again";

#[tokio::test]
async fn each_refusal_of_a_resource_has_its_card() {
    in_both_themes(refusals).await;
}

async fn refusals(theme: Theme) {
    let resource = resource().await;
    let home = Home::new(theme);
    let hearth = Hearth::open(&home).await;
    let key = || with_secret(json!({ "kind": "key" }), KEY);
    let to = |deployment: &str| impatient(draft(&resource.url(), key(), &[(deployment, MODEL)]));
    let wrong = with_secret(json!({ "kind": "key" }), "another-resource-s-key");
    let wrong = impatient(draft(&resource.url(), wrong, &[(DEPLOYMENT, MODEL)]));
    let may_pass: &[&str] = &[AGAIN, "Choose deployment"];
    let ask_the_owner: &[&str] = &["Copy request for the admin", AGAIN, DOCTOR];
    #[rustfmt::skip]
    let faults = [
        fault("key-refused", wrong, "Key refused", &["Replace key", AGAIN, DOCTOR]).saying("401"),
        fault("no-deployment", to("team-drawing"), "No deployment named “team-drawing” here",
            &["Choose deployment", AGAIN, "Open settings", "Open portal", DOCTOR]).saying("DeploymentNotFound"),
        fault("role", to("fault-403"), "The role “Cognitive Services User” is missing", ask_the_owner).saying("403"),
        fault("network-rule", to("fault-network-rule"), "A network rule blocks this address", ask_the_owner),
        fault("not-allowed", to("fault-403-anthropic"), "Not allowed here", ask_the_owner),
        fault("no-keys", to("fault-no-keys"), "This resource takes no keys", &["Open settings", DOCTOR]),
        fault("not-claude", to("fault-404-api_not_supported"), "This address does not serve Claude",
            &["Fix address", AGAIN, DOCTOR]).saying("api_not_supported"),
        fault("redirect", to("fault-redirect-307"), "The address points elsewhere", &["Fix address", AGAIN, DOCTOR]),
        fault("billing", to("fault-402"), "The resource cannot be billed", &["Open portal", "Choose deployment", AGAIN]),
        fault("spend-limit", to("fault-429-spend-limit"), "Spend limit reached", &["Choose deployment", "Open portal", AGAIN])
            .saying("Waiting does not help"),
        fault("rate-limit", to("fault-429-day"), "Rate limit reached", may_pass),
        fault("busy", to("fault-529"), "Service busy", may_pass).saying("529"),
        fault("failed", to("fault-500"), "The service failed", may_pass),
        fault("too-slow", to("fault-504"), "The service took too long", may_pass),
        fault("too-long", to("fault-context-exceeded"), "The conversation is too long for this model",
            &["Choose deployment", "New chat"]),
        fault("too-large", to("fault-413"), "The request is too large", &["Choose deployment", "New chat"]),
        fault("invalid", to("fault-400"), "The request was not accepted", &[AGAIN, DOCTOR]),
        fault("html", to("fault-200-html"), "This is not an answer of Claude", &[AGAIN, "Fix address", DOCTOR]),
        fault("error-event", to("fault-error"), "The service broke off the answer", &["Continue", AGAIN, DOCTOR]),
        fault("cut", to("fault-cut"), "Connection lost after …", &["Continue", AGAIN, DOCTOR]),
        fault("stalled", to("fault-stall"), "The answer stopped coming", &["Continue", AGAIN, DOCTOR]),
        fault("hung-up", to("fault-hang-up"), "Nobody answers at …", &[AGAIN, "Fix address", DOCTOR]),
    ];
    let complaints = hearth.complaints(&faults, theme).await;
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    hearth.close().await;
}

#[tokio::test]
async fn a_request_for_the_admin_says_what_is_missing_and_for_whom() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[("fault-403", MODEL)]).await;
    hearth.ask(QUESTION).await;
    hearth.card("The role “Cognitive Services User”").await;
    hearth
        .click(Role::Button, "Copy request for the admin")
        .await;
    let address = format!("{}/anthropic/v1/messages", resource.url());
    hearth.noticed("Request copied").await;
    let copied = screen::clipboard(|copied| copied.contains("Cognitive Services User")).await;
    assert!(copied.contains(&address), "{copied}");
    assert!(!copied.contains(KEY), "{copied}");
    hearth.close().await;
}

#[tokio::test]
async fn a_pause_counts_down_and_is_ended_at_once_by_who_cannot_wait() {
    in_both_themes(pause).await;
}

async fn pause(theme: Theme) {
    let resource = resource().await;
    let home = Home::new(theme);
    let hearth = Hearth::open(&home).await;
    hearth
        .connect_to(&resource, &[(DEPLOYMENT, MODEL), ("another", MODEL)])
        .await;
    resource.next(Script::status(
        429,
        [("retry-after", "55"), ("content-type", "application/json")],
        r#"{"type":"error","error":{"type":"rate_limit_error","message":"Later"}}"#,
    ));
    hearth.ask(QUESTION).await;
    hearth.last_says("Retrying in").await;
    hearth.the(Role::Button, "Other deployment").await;
    hearth.picture("fault-pause", theme).await;
    assert_eq!(resource.log().len(), 1);
    resource.next(Script::reply(["Now there is room."]));
    hearth.click(Role::Button, "Retry now").await;
    hearth.answered("Now there is room.").await;
    assert_eq!(resource.log().len(), 2);
    hearth.close().await;
}

#[tokio::test]
async fn a_wrong_path_is_found_out_and_put_right_by_one_button() {
    let resource = resource().await;
    let home = Home::new(Theme::Dark);
    let hearth = Hearth::open(&home).await;
    let wrong = format!("{}/somewhere/else", resource.url());
    let key = with_secret(json!({ "kind": "key" }), KEY);
    hearth
        .save(draft(&wrong, key, &[(DEPLOYMENT, MODEL)]))
        .await;
    hearth.ask(QUESTION).await;
    hearth.card("This address does not serve Claude").await;
    hearth.click(Role::Button, DOCTOR).await;
    hearth.says("Chat does not work").await;
    let right = format!("{}/anthropic", resource.url());
    hearth.says(&right).await;
    hearth.picture("doctor-wrong-path", home.theme()).await;
    hearth.click(Role::Button, "Use this address").await;
    hearth.says("Everything works").await;
    hearth.picture("doctor-path-put-right", home.theme()).await;
    hearth.dismiss().await;
    hearth.click(Role::Button, AGAIN).await;
    hearth.is_answered(QUESTION).await;
    hearth.close().await;
}

#[tokio::test]
async fn where_nothing_is_set_up_the_way_in_is_shown() {
    in_both_themes(nothing_set_up).await;
}

async fn nothing_set_up(theme: Theme) {
    let home = Home::new(theme);
    let hearth = Hearth::open(&home).await;
    hearth.the(Role::Button, "Connect to Azure Foundry").await;
    hearth.click(Role::Button, "Connect to Azure Foundry").await;
    // Neither an endpoint, nor a key, nor a deployment: each is asked for in its place.
    hearth.click(Role::Button, "Save").await;
    hearth
        .says("Enter the resource’s name, or any of its addresses.")
        .await;
    hearth.picture("fault-no-endpoint", theme).await;
    let nobody = format!("http://127.0.0.1:{}", free_port());
    hearth.fill(Role::Textbox, "Endpoint", &nobody).await;
    hearth.click(Role::Button, "Save").await;
    hearth.says("Enter one of the resource’s keys.").await;
    hearth.picture("fault-no-key", theme).await;
    hearth.fill(Role::Textbox, "API key", KEY).await;
    hearth.click(Role::Button, "Save").await;
    hearth
        .says("Enter the name of one deployment at least")
        .await;
    hearth.close().await;
}

#[tokio::test]
async fn a_connection_without_its_key_says_so_and_leads_to_the_field() {
    in_both_themes(no_key).await;
}

async fn no_key(theme: Theme) {
    let foundry: Emulator = resource().await;
    let home = Home::new(theme);
    let hearth = Hearth::open(&home).await;
    let none = without_secret(json!({ "kind": "sign_in", "entra": {} }));
    hearth
        .save(draft(&foundry.url(), none, &[(DEPLOYMENT, MODEL)]))
        .await;
    hearth.fill(Role::Textbox, "Message", QUESTION).await;
    hearth.click(Role::Button, "Send").await;
    hearth.says("has no credential").await;
    hearth.picture("fault-no-credential", theme).await;
    hearth.click(Role::Button, "Sign in again").await;
    hearth.the(Role::Button, "Sign in with your browser").await;
    assert_eq!(foundry.log().len(), 0, "nothing is asked without one");
    hearth.close().await;
}

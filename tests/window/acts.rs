//! What a person does and sees around the messages: choosing a model, reading a failure, keys.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::accessible::Role;
use crate::harness::Hearth;

/// The key that sends, as WebDriver spells it (w3.org/TR/webdriver2, Keyboard Actions).
pub(crate) const ENTER: &str = "\u{e007}";
/// Enter together with Shift.
pub(crate) const LINE_END: &str = "\u{e008}\u{e007}\u{e000}";
/// The key that stops and closes.
pub(crate) const ESCAPE: &str = "\u{e00c}";
const CONTROL: &str = "\u{e009}";
const SHIFT: &str = "\u{e008}";
/// Lets go of the keys that are held.
const RELEASE: &str = "\u{e000}";

/// A failure as it is told in the conversation.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Card {
    /// What happened.
    pub(crate) title: String,
    /// All of its words.
    pub(crate) text: String,
    /// Its buttons, the main one first.
    pub(crate) actions: Vec<String>,
}

/// Reads the failure at the end of the last message off the page.
const READ_CARD: &str = "\
    const last = [...document.querySelectorAll('[role=log] article')].at(-1); \
    const card = last?.querySelector('section[aria-labelledby]'); \
    return card && { \
        title: document.getElementById(card.getAttribute('aria-labelledby')).innerText, \
        text: card.innerText, \
        actions: [...card.querySelectorAll('button')].map(button => button.innerText.trim()) };";

impl Hearth<'_> {
    /// Claude's last words; empty while there are none.
    pub(crate) async fn words(&self) -> String {
        let last = self.messages().await.pop();
        let claudes = last.filter(|message| message.who == "Claude");
        claudes
            .map(|message| message.text)
            .unwrap_or_default()
            .trim()
            .to_owned()
    }

    /// Waits until Claude's last words are exactly these, and no more are to come.
    pub(crate) async fn answered(&self, words: &str) {
        self.the(Role::Button, "Send").await;
        self.until(&format!("“{words}”"), async || {
            (self.words().await == words).then_some(())
        })
        .await;
    }

    /// Waits for a failure of this title at the end of the conversation. Failures of a turn
    /// are told there and nowhere else, so a notice beside it is a defect.
    pub(crate) async fn card(&self, title: &str) -> Card {
        let card: Card = self
            .until(&format!("a failure “{title}…”"), async || {
                let card: Card = serde_json::from_value(self.script(READ_CARD).await).ok()?;
                card.title.starts_with(title).then_some(card)
            })
            .await;
        assert_eq!(
            self.notices().await,
            "",
            "a failure is told in the conversation"
        );
        card
    }

    /// Waits for a failure at the end of the conversation, whatever it is.
    pub(crate) async fn any_card(&self) -> Card {
        self.until("a failure", async || {
            serde_json::from_value(self.script(READ_CARD).await).ok()
        })
        .await
    }

    /// Waits until this can be read somewhere in the window.
    pub(crate) async fn says(&self, words: &str) {
        self.until(&format!("the words “{words}”"), async || {
            self.reads(words).await.then_some(())
        })
        .await;
    }

    /// Waits until this can be read nowhere in the window.
    pub(crate) async fn says_no_more(&self, words: &str) {
        self.until(&format!("no words “{words}”"), async || {
            (!self.reads(words).await).then_some(())
        })
        .await;
    }

    /// Chooses the deployment that is asked next, in the header.
    pub(crate) async fn choose_model(&self, deployment: &str) {
        self.click_beginning(Role::Button, "Model").await;
        self.choose_in_menu(deployment).await;
        self.the(Role::Button, &format!("Model: {deployment}"))
            .await;
    }

    /// Picks an item of the menu that is open.
    pub(crate) async fn choose_in_menu(&self, item: &str) {
        // A menu that is still opening does not take a click yet.
        self.the_one_beginning(Role::MenuItem, item).await;
        self.settle().await;
        self.click_beginning(Role::MenuItem, item).await;
        self.until("the menu is gone", async || {
            let open = self
                .script("return document.querySelectorAll('[role=menu]').length")
                .await;
            (open == 0).then_some(())
        })
        .await;
    }

    /// Closes the menu or the little window that is open, as Escape does.
    pub(crate) async fn dismiss(&self) {
        self.press(ESCAPE).await;
        self.until("nothing lies over the page", async || {
            let open = "return document.querySelectorAll('[role=menu], [role=dialog]').length";
            (self.script(open).await == 0).then_some(())
        })
        .await;
    }

    /// Presses a key together with Control, and with Shift if it is a capital.
    pub(crate) async fn shortcut(&self, key: char) {
        let shift = if key.is_uppercase() { SHIFT } else { "" };
        self.press(&format!("{CONTROL}{shift}{}{RELEASE}", key.to_lowercase()))
            .await;
    }

    /// What stands in a field, also in one that is drawn anew meanwhile.
    pub(crate) async fn value(&self, role: Role, name: &str) -> String {
        self.until("what stands in a field", async || {
            let field = self.the(role, name).await;
            field.prop("value").await.ok()
        })
        .await
        .unwrap_or_default()
    }

    /// Calls a command as the page does; what the command refused comes back as an error.
    pub(crate) async fn invoke(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        let script = "const [command, values, done] = arguments; \
            window.__TAURI_INTERNALS__.invoke(command, values) \
                .then(value => done({ value }), refusal => done({ refusal }));";
        let answer = self
            .page
            .execute_async(script, vec![json!(command), arguments])
            .await;
        let answer = answer.expect("the page can call a command");
        match answer.get("refusal") {
            Some(refusal) => Err(refusal.clone()),
            None => Ok(answer["value"].clone()),
        }
    }
}

//! What a person does and sees around the messages: choosing a model, reading a failure, settings.

use serde::Deserialize;

use crate::accessible::Role;
use crate::harness::Hearth;

/// The key that sends, as WebDriver spells it (w3.org/TR/webdriver2, Keyboard Actions).
pub(crate) const ENTER: &str = "\u{e007}";
/// The key that stops and closes.
pub(crate) const ESCAPE: &str = "\u{e00c}";
/// Held down together with the keys after it.
pub(crate) const CONTROL: &str = "\u{e009}";
/// Likewise.
pub(crate) const SHIFT: &str = "\u{e008}";

/// What a message says, without the notes, failures and buttons around it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Said {
    /// `You` or `Claude`.
    pub(crate) who: String,
    /// Its own words, as they can be read.
    pub(crate) text: String,
}

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

impl Hearth<'_> {
    /// Types a question with real keys and sends it with Enter.
    pub(crate) async fn type_and_send(&self, question: &str) {
        self.fill(Role::Textbox, "Message", question).await;
        self.press(ENTER).await;
        self.until("the question in the conversation", async || {
            let said = self.said().await;
            let asked = said.iter().rev().find(|message| message.who == "You")?;
            (asked.text.trim() == question).then_some(())
        })
        .await;
    }

    /// The messages' own words, from top to bottom.
    pub(crate) async fn said(&self) -> Vec<Said> {
        let script = "return [...document.querySelectorAll('[role=log] article')].map(article => { \
            const prose = [...article.querySelectorAll('.prose')].map(part => part.innerText); \
            const who = article.getAttribute('aria-label'); \
            const words = who === 'You' ? article.querySelector('p').innerText : prose.join('\\n'); \
            return { who, text: words.trim() }; });";
        serde_json::from_value(self.script(script).await).unwrap_or_default()
    }

    /// Claude's last words; empty while there are none.
    pub(crate) async fn words(&self) -> String {
        let last = self.said().await.pop();
        last.filter(|message| message.who == "Claude").map(|message| message.text).unwrap_or_default()
    }

    /// Waits until Claude's last words are exactly these.
    pub(crate) async fn reads(&self, words: &str) {
        self.until(&format!("“{words}”"), async || (self.words().await == words).then_some(())).await;
    }

    /// Waits for a failure of this title at the end of the conversation. Failures of a turn
    /// are told there and nowhere else, so a notice beside it is a defect.
    pub(crate) async fn card(&self, title: &str) -> Card {
        let script = "const card = [...document.querySelectorAll('[role=log] article')].at(-1)?.querySelector('section[aria-labelledby]'); \
            return card && { title: document.getElementById(card.getAttribute('aria-labelledby')).innerText, \
                text: card.innerText, actions: [...card.querySelectorAll('button')].map(button => button.innerText.trim()) };";
        let card: Card = self
            .until(&format!("a failure “{title}…”"), async || {
                let card: Card = serde_json::from_value(self.script(script).await).ok()?;
                card.title.starts_with(title).then_some(card)
            })
            .await;
        assert_eq!(self.notices().await, "", "a failure is told in the conversation");
        card
    }

    /// What notices say at this moment.
    pub(crate) async fn notices(&self) -> String {
        let script = "return document.querySelector('section[aria-label=Notices]').innerText.trim()";
        self.script(script).await.as_str().expect("there is a place for notices").to_owned()
    }

    /// All that can be read in the window.
    pub(crate) async fn text(&self) -> String {
        self.script("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until this can be read somewhere in the window.
    pub(crate) async fn says(&self, words: &str) {
        self.until(&format!("the words “{words}”"), async || {
            self.text().await.contains(words).then_some(())
        })
        .await;
    }

    /// Chooses the deployment that is asked next, in the header.
    pub(crate) async fn choose_model(&self, deployment: &str) {
        self.the_one_beginning(Role::Button, "Model").await.click().await.expect("a click");
        self.choose_in_menu(deployment).await;
        self.the(Role::Button, &format!("Model: {deployment}")).await;
    }

    /// Picks an item of the menu that is open.
    pub(crate) async fn choose_in_menu(&self, item: &str) {
        // A menu that is still opening does not take a click yet.
        self.settle().await;
        self.the_one_beginning(Role::MenuItem, item).await.click().await.expect("a click");
        self.until("the menu is gone", async || {
            let open = self.script("return document.querySelectorAll('[role=menu]').length").await;
            (open == 0).then_some(())
        })
        .await;
    }

    /// Presses a key together with Control, and with Shift if it is a capital.
    pub(crate) async fn shortcut(&self, key: char) {
        let shift = if key.is_uppercase() { SHIFT } else { "" };
        self.press(&format!("{CONTROL}{shift}{}\u{e000}", key.to_lowercase())).await;
    }
}

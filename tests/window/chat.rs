//! What a person does in a conversation, in their words.

use std::path::Path;

use serde::Deserialize;

use crate::accessible::{self, Role};
use crate::harness::Hearth;
use crate::screen;

/// A message as it stands on the screen.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Shown {
    /// `You` or `Claude`.
    pub(crate) who: String,
    /// Its own words: the question, or the answer without thoughts, buttons and facts.
    pub(crate) text: String,
    /// All that can be read in its place, cards and notes included.
    pub(crate) all: String,
}

/// Reads the conversation off the page, which must not move by it: a log that shrank for a
/// moment would lose its place.
const READ: &str = "\
    const block = element => (element.matches('figure') ? element.querySelector('pre') : element).innerText; \
    const prose = part => [...part.children].map(block).join('\\n'); \
    const own = article => { \
        const parts = [...article.querySelectorAll('.prose')]; \
        return (parts.length ? parts.map(prose) : [...article.querySelectorAll(':scope > p')].map(block)).join('\\n'); \
    }; \
    return [...document.querySelectorAll('[role=log] article')].map(article => ({ \
        who: article.getAttribute('aria-label'), text: own(article), all: article.innerText }));";

impl Hearth<'_> {
    /// From the welcome page into the demo.
    pub(crate) async fn enter_demo(&self) {
        self.click(Role::Button, "Try the demo").await;
        self.the(Role::Textbox, "Message").await;
    }

    /// Writes a question and sends it, and waits until it stands in the conversation.
    pub(crate) async fn ask(&self, question: &str) {
        let before = self.messages().await.len();
        self.fill(Role::Textbox, "Message", question).await;
        self.until("that it can be sent", async || {
            let send = accessible::find(&self.page, Role::Button, |name| name == "Send").await?;
            send.is_enabled().await.ok()?.then_some(())
        })
        .await;
        self.click(Role::Button, "Send").await;
        self.until("the question in the conversation", async || {
            let messages = self.messages().await;
            let asked = messages.get(before)?;
            (asked.text == question).then_some(())
        })
        .await;
    }

    /// Waits until no answer is being written, and returns the last message.
    pub(crate) async fn answer(&self) -> Shown {
        self.until("the end of the answer", async || {
            let at_rest =
                !self.shows(Role::Button, "Stop").await && self.shows(Role::Button, "Send").await;
            at_rest.then_some(())
        })
        .await;
        self.messages().await.pop().expect("there is an answer")
    }

    /// Waits until some of an answer can be read, and returns it.
    pub(crate) async fn beginning_of_the_answer(&self) -> Shown {
        self.until("the beginning of an answer", async || {
            let last = self.messages().await.pop()?;
            (last.who == "Claude" && last.text.len() > 20).then_some(last)
        })
        .await
    }

    /// Waits until the last message says this, and returns it.
    pub(crate) async fn last_says(&self, words: &str) -> Shown {
        self.until(&format!("“{words}” in the last message"), async || {
            self.messages()
                .await
                .pop()
                .filter(|last| last.all.contains(words))
        })
        .await
    }

    /// The messages of the conversation, from top to bottom.
    pub(crate) async fn messages(&self) -> Vec<Shown> {
        serde_json::from_value(self.script(READ).await).unwrap_or_default()
    }

    /// Opens the conversation whose line in the sidebar begins so.
    pub(crate) async fn open_conversation(&self, title: &str) {
        self.click_beginning(Role::Button, title).await;
    }

    /// Saves the conversation through the native dialog and returns what was written.
    pub(crate) async fn save_transcript(&self, form: &str, path: &Path) -> String {
        self.click(Role::Button, "Save transcript").await;
        self.click_beginning(Role::MenuItem, form).await;
        screen::type_into_dialog("Save transcript", &path.display().to_string()).await;
        self.until("the transcript on disk", async || {
            std::fs::read_to_string(path)
                .ok()
                .filter(|text| !text.is_empty())
        })
        .await
    }

    /// Fills the connection form and saves it.
    pub(crate) async fn connect(&self, endpoint: &str, key: &str, deployment: &str) {
        self.fill_connection(endpoint, key, deployment).await;
        self.click(Role::Button, "Save").await;
        self.until("the connection saved", async || {
            self.shows(Role::Textbox, "Message").await.then_some(())
        })
        .await;
    }

    /// Fills the connection form.
    pub(crate) async fn fill_connection(&self, endpoint: &str, key: &str, deployment: &str) {
        self.fill(Role::Textbox, "Endpoint", endpoint).await;
        self.fill(Role::Textbox, "API key", key).await;
        if !self.shows(Role::Textbox, "Deployment name").await {
            self.click(Role::Button, "Add deployment").await;
        }
        self.fill(Role::Textbox, "Deployment name", deployment)
            .await;
    }
}

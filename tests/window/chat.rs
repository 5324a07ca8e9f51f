//! What a person does in a conversation, in their words.

use fantoccini::Locator;

use crate::accessible::{self, Role};
use crate::harness::Hearth;
use crate::screen;

/// A message as it stands on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    /// `You` or `Claude`.
    pub(crate) who: String,
    /// Its text as it can be read.
    pub(crate) text: String,
}

impl Hearth<'_> {
    /// From the welcome page into the demo.
    pub(crate) async fn enter_demo(&self) {
        self.the_one_beginning(Role::Button, "Try the demo").await.click().await.expect("a click");
        self.the(Role::Textbox, "Message").await;
    }

    /// Writes a question and sends it, and waits until it stands in the conversation.
    pub(crate) async fn ask(&self, question: &str) {
        self.fill(Role::Textbox, "Message", question).await;
        self.click(Role::Button, "Send").await;
        self.until("the question in the conversation", async || {
            let messages = self.messages().await;
            messages.iter().rev().any(|message| message.text.contains(question)).then_some(())
        })
        .await;
    }

    /// Waits until no answer is being written, and returns the last message.
    pub(crate) async fn answer(&self) -> Shown {
        self.until("the end of the answer", async || {
            (!self.shows(Role::Button, "Stop").await && self.shows(Role::Button, "Send").await).then_some(())
        })
        .await;
        self.messages().await.pop().expect("there is an answer")
    }

    /// Waits until some of an answer can be read.
    pub(crate) async fn beginning_of_the_answer(&self) {
        self.until("the beginning of an answer", async || {
            let written = self
                .script("return document.querySelector('article:last-of-type .prose')?.innerText.length ?? 0")
                .await;
            (written.as_u64().unwrap_or(0) > 20).then_some(())
        })
        .await;
    }

    /// The messages of the conversation, from top to bottom.
    pub(crate) async fn messages(&self) -> Vec<Shown> {
        let mut shown = Vec::new();
        let Ok(articles) = self.page.find_all(Locator::Css("[role=log] article")).await else {
            return shown;
        };
        for article in articles {
            let who = accessible::name(&self.page, &article).await;
            let text = article.text().await;
            if let (Some(who), Ok(text)) = (who, text) {
                shown.push(Shown { who, text });
            }
        }
        shown
    }

    /// Saves the conversation through the native dialog and returns what was written.
    pub(crate) async fn save_transcript(&self, form: &str, path: &std::path::Path) -> String {
        self.click(Role::Button, "Save transcript").await;
        self.the_one_beginning(Role::MenuItem, form).await.click().await.expect("a click");
        screen::type_into_dialog("Save transcript", &path.display().to_string()).await;
        self.until("the transcript on disk", async || {
            std::fs::read_to_string(path).ok().filter(|text| !text.is_empty())
        })
        .await
    }
}

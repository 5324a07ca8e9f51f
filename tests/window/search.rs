//! Finding words again, in all conversations: the palette, and the way to the place.

use hearth_emulator::Script;
use serde_json::Value;

use crate::accessible::Role;
use crate::acts::{ENTER, ESCAPE};
use crate::harness::{Hearth, Home, Theme, in_both_themes};
use crate::resource::{DEPLOYMENT, MODEL, resource};

const OTTERS: &str = "How do otters sleep?";
const HERONS: &str = "How do herons fish?";
const FIELD: &str = "Search conversations";
const DOWN: &str = "\u{e015}";

/// What is marked in the conversation, and whether it can be seen.
const MARKED: &str = "\
    const frame = document.querySelector('[role=log]').parentElement.getBoundingClientRect(); \
    return [...(CSS.highlights.get('hit') ?? [])].map(range => { \
        const { top, bottom } = range.getBoundingClientRect(); \
        return [range.toString(), top >= frame.top && bottom <= frame.bottom]; \
    });";

#[tokio::test]
async fn a_search_leads_to_the_words_on_whatever_branch_they_stand() {
    in_both_themes(async |theme| {
        let resource = resource().await;
        let home = Home::new(theme);
        let hearth = Hearth::open(&home).await;
        hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
        hearth.open_palette().await;
        hearth.settle().await;
        hearth.picture("palette-commands", theme).await;
        hearth.press(ESCAPE).await;
        hearth.closed().await;

        // The words stand far above the end, in an answer that another one has replaced.
        let long = format!(
            "{}\n\nOn their backs, holding **hands**, in a raft of `kelp`.\n\n{}",
            "Slowly. ".repeat(400),
            "Quietly.\n\n".repeat(120)
        );
        resource.next(Script::reply([long.as_str()]));
        hearth.ask(OTTERS).await;
        hearth.last_says("Quietly.").await;
        hearth.the(Role::Button, "Send").await;
        resource.next(Script::reply(["In dens, where rivers allow."]));
        hearth.click_last(Role::Button, "Ask again").await;
        hearth.answered("In dens, where rivers allow.").await;
        hearth.shortcut('n').await;
        hearth.says_no_more("In dens").await;
        resource.next(Script::reply(["Standing still."]));
        hearth.ask(HERONS).await;
        hearth.answered("Standing still.").await;

        hearth.search("kelp").await;
        hearth.lists(&[OTTERS]).await;
        let line = hearth
            .script("return document.querySelector('[role=option]').innerText")
            .await;
        let line = line.as_str().expect("a line").to_owned();
        assert!(line.contains("holding hands, in a raft of kelp."), "{line}");
        assert!(line.contains("on another branch"), "{line}");
        hearth.picture("palette", theme).await;
        hearth.press(ENTER).await;
        hearth.closed().await;
        hearth.marks("kelp").await;
        hearth.settle().await;
        hearth.picture("search-jump", theme).await;
        hearth.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_search_is_all_keys_and_goes_as_it_came() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    resource.next(Script::reply(["Standing still, as herons do."]));
    hearth.ask(HERONS).await;
    hearth.answered("Standing still, as herons do.").await;

    // Words are found as they are typed; question and answer are two places, listed once each.
    hearth.search("herons").await;
    hearth.lists(&[HERONS, HERONS]).await;
    let lines = hearth
        .script(
            "return [...document.querySelectorAll('[role=option]')].map(line => line.innerText)",
        )
        .await;
    let lines: Vec<String> = serde_json::from_value(lines).expect("lines");
    assert_ne!(lines[0], lines[1], "two lines that nobody can tell apart");
    hearth.press(" still").await;
    hearth.lists(&[HERONS]).await;
    // Escape leaves everything as it was, and the focus where it was.
    hearth.press(ESCAPE).await;
    hearth.closed().await;
    hearth.press("typed on").await;
    assert_eq!(hearth.value(Role::Textbox, "Message").await, "typed on");

    hearth.search("xylophone").await;
    hearth.says("Nothing found for “xylophone”").await;
    hearth.press(ESCAPE).await;
    hearth.closed().await;

    // Commands are found there, too, and chosen with the arrows.
    hearth.search("trash").await;
    hearth
        .lists(&["Move this conversation to the trash", "Open the trash"])
        .await;
    hearth.press(DOWN).await;
    hearth.press(ENTER).await;
    hearth.says("The trash is empty").await;
    hearth.close().await;
}

impl Hearth<'_> {
    /// Opens the palette, which takes the focus.
    async fn open_palette(&self) {
        self.shortcut('k').await;
        self.until("the palette", async || {
            let ready = "return document.activeElement?.matches('[role=dialog] input') ?? false";
            (self.script(ready).await == true).then_some(())
        })
        .await;
    }

    /// Opens the palette and types into it.
    pub(crate) async fn search(&self, words: &str) {
        self.open_palette().await;
        self.press(words).await;
        self.until("the words in the field", async || {
            (self.value(Role::Searchbox, FIELD).await == words).then_some(())
        })
        .await;
    }

    /// Waits until the palette is gone.
    pub(crate) async fn closed(&self) {
        self.until("the palette gone", async || {
            let open = "return document.querySelectorAll('[role=dialog]').length";
            (self.script(open).await == 0).then_some(())
        })
        .await;
    }

    /// Waits until the palette lists these and nothing else.
    async fn lists(&self, names: &[&str]) {
        let script = "return [...document.querySelectorAll('[role=option] :is(.title, .name)')]\
            .map(name => name.innerText.trim())";
        self.until(&format!("the lines {names:?}"), async || {
            (self.script(script).await == serde_json::json!(names)).then_some(())
        })
        .await;
    }

    /// Waits until these words are marked in the conversation, and can be seen.
    async fn marks(&self, words: &str) {
        self.until(&format!("the mark on “{words}”"), async || {
            let marked = self.script(MARKED).await;
            (marked == Value::from(vec![serde_json::json!([words, true])])).then_some(())
        })
        .await;
    }
}

//! Find in the conversation that is open.

use hearth_emulator::Script;
use serde_json::json;

use crate::accessible::Role;
use crate::acts::{ENTER, ESCAPE};
use crate::harness::{Hearth, Home, Theme, in_both_themes};
use crate::resource::{DEPLOYMENT, MODEL, resource};

const FIELD: &str = "Find in the conversation";
const BACK: &str = "\u{e008}\u{e007}\u{e000}";

/// What is marked: all other places, the one that is looked at, and whether that can be seen.
const MARKED: &str = "\
    const frame = document.querySelector('[role=log]').parentElement.getBoundingClientRect(); \
    const now = [...(CSS.highlights.get('found-now') ?? [])]; \
    const seen = now.every(range => { \
        const { top, bottom } = range.getBoundingClientRect(); \
        return top >= frame.top && bottom <= frame.bottom; \
    }); \
    return [(CSS.highlights.get('found')?.size ?? 0), now.map(String), seen];";

/// Counts the pixels of a picture of the window that have the colour of a mark.
const COUNT_MARKED: &str = "\
    const [picture, done] = arguments; \
    const brush = document.createElement('canvas').getContext('2d', { willReadFrequently: true }); \
    brush.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--found'); \
    const pixels = (width, height) => \
        new Uint32Array(brush.getImageData(0, 0, width, height).data.buffer); \
    brush.fillRect(0, 0, 1, 1); \
    const [colour] = pixels(1, 1); \
    const image = new Image(); \
    image.onload = () => { \
        Object.assign(brush.canvas, { width: image.width, height: image.height }); \
        brush.drawImage(image, 0, 0); \
        const marked = pixels(image.width, image.height).filter(pixel => pixel === colour); \
        done(marked.length); \
    }; \
    image.src = URL.createObjectURL(new Blob([new Uint8Array(picture)]));";

#[tokio::test]
async fn words_are_found_in_the_conversation_and_nothing_of_it_changes() {
    in_both_themes(async |theme| {
        let resource = resource().await;
        let home = Home::new(theme);
        let hearth = Hearth::open(&home).await;
        hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
        let long = format!(
            "Otters **sleep** here.\n\n{}\n\nAn *ot*ter wakes.\n\n```rust\nlet otter = 1;\n```\n",
            "Quietly.\n\n".repeat(150)
        );
        let script = Script::message()
            .thinking(["Where is an otter at night?"])
            .text([long.as_str()]);
        resource.next(script);
        hearth.ask("Tell me about otters").await;
        hearth.last_says("wakes").await;
        hearth.the(Role::Button, "Send").await;
        let before = hearth
            .script("return document.querySelector('[role=log]').innerHTML")
            .await;

        hearth.shortcut('f').await;
        hearth.the(Role::Textbox, FIELD).await;
        hearth.press("otter").await;
        // In the question, the thoughts, the prose, across an emphasis, and in code.
        hearth.says("of 5").await;
        hearth.picture("find", theme).await;
        let after = hearth
            .script("return document.querySelector('[role=log]').innerHTML")
            .await;
        assert_eq!(before, after, "marks leave the document as it is");
        for _ in 0..5 {
            hearth.press(ENTER).await;
            hearth.sees_a_place().await;
        }
        hearth.press(BACK).await;
        hearth.sees_a_place().await;

        hearth.press(ESCAPE).await;
        hearth
            .until("no marks", async || {
                (hearth.script(MARKED).await == json!([0, [], true])).then_some(())
            })
            .await;
        // The focus is where it was.
        hearth.press("typed on").await;
        assert_eq!(hearth.value(Role::Textbox, "Message").await, "typed on");
        hearth.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_grows_is_searched_as_it_grows() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    let (script, gate) = Script::reply(["One otter. ", "Another otter. ", "No more."]).gate();
    resource.next(script);
    hearth.ask("Count").await;
    gate.release(1);
    hearth.last_says("One otter.").await;
    hearth.shortcut('f').await;
    hearth.the(Role::Textbox, FIELD).await;
    hearth.press("otter").await;
    hearth.says("1 of 1").await;
    gate.release(1);
    hearth.says("1 of 2").await;
    // Escape closes the bar, and the answer goes on.
    hearth.press(ESCAPE).await;
    hearth.the(Role::Button, "Stop").await;
    gate.open();
    hearth.answered("One otter. Another otter. No more.").await;
    hearth.close().await;
}

/// A box that scrolls by itself is painted by itself, and has kept marks that were long taken back.
#[tokio::test]
async fn marks_go_from_a_table_that_scrolls_too() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    let line = |cell: &str| format!("|{}\n", format!("{cell}|").repeat(12));
    let table = [line("Otters of the river"), line("---"), line("otter")].concat();
    resource.next(Script::reply([table.as_str()]));
    hearth.ask("Where do they live?").await;
    hearth.says("Otters of the river").await;
    hearth.the(Role::Button, "Send").await;

    hearth.shortcut('f').await;
    hearth.the(Role::Textbox, FIELD).await;
    hearth.press("otter").await;
    hearth.says("of 24").await;
    hearth
        .until("marks in the table", async || {
            (hearth.marked_pixels().await? > 0).then_some(())
        })
        .await;
    hearth.press(ESCAPE).await;
    hearth
        .until("a table without marks", async || {
            (hearth.marked_pixels().await? == 0).then_some(())
        })
        .await;
    hearth.close().await;
}

/// Long code is laid out where it is looked at, and a place in it is found all the same.
#[tokio::test]
async fn a_place_far_up_in_long_code_is_shown() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    let line = |at: usize| format!("let animal_{at} = {at};\n");
    let code: String = (0..6_000).map(line).collect();
    let long = format!("```rust\n{code}```\n\nThat is all.");
    resource.next(Script::reply([long.as_str()]));
    hearth.ask("Many animals, please").await;
    hearth.last_says("That is all.").await;
    hearth.the(Role::Button, "Send").await;

    hearth.shortcut('f').await;
    hearth.the(Role::Textbox, FIELD).await;
    hearth.press("animal_2345").await;
    hearth
        .until("the place in sight", async || {
            let marked = json!([0, ["animal_2345"], true]);
            (hearth.script(MARKED).await == marked).then_some(())
        })
        .await;
    hearth.close().await;
}

impl Hearth<'_> {
    /// How many pixels of the window have the colour of a mark, as it is painted and not as it
    /// should be.
    async fn marked_pixels(&self) -> Option<u64> {
        let picture = self.page.screenshot().await.ok()?;
        let arguments = vec![json!(picture)];
        let counted = self.page.execute_async(COUNT_MARKED, arguments).await;
        counted.ok()?.as_u64()
    }

    /// Waits until one of five places is looked at and can be seen.
    async fn sees_a_place(&self) {
        self.until("a place that can be seen", async || {
            let marked = self.script(MARKED).await;
            let word = marked[1][0].as_str()?.to_lowercase();
            (marked[0] == 4 && word == "otter" && marked[2] == true).then_some(())
        })
        .await;
    }
}

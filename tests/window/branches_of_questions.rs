//! Asking in other words, letting an answer go on, and going another way: nothing is overwritten.

use hearth_emulator::{Emulator, Script};
use serde_json::Value;

use crate::accessible::Role;
use crate::acts::{ENTER, ESCAPE};
use crate::harness::{Hearth, Home, Theme, in_both_themes, patiently};
use crate::processes;
use crate::resource::{DEPLOYMENT, MODEL, last_request, resource};

/// Arrow up, as WebDriver spells it.
pub(crate) const UP: &str = "\u{e013}";

/// The roles and texts of what was sent last.
fn sent(resource: &Emulator) -> Vec<(String, String)> {
    let (_, body) = last_request(resource);
    let messages = body["messages"].as_array().expect("messages").clone();
    let text = |message: &Value| {
        let blocks = message["content"].as_array().expect("blocks").clone();
        let texts = blocks.iter().filter_map(|block| block["text"].as_str());
        texts.collect::<Vec<_>>().join("|")
    };
    messages
        .iter()
        .map(|message| {
            let role = message["role"].as_str().expect("a role");
            (role.to_owned(), text(message))
        })
        .collect()
}

#[tokio::test]
async fn a_question_is_edited_and_both_branches_stay() {
    in_both_themes(editing).await;
}

async fn editing(theme: Theme) {
    let resource = resource().await;
    let home = Home::new(theme);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    resource.next(Script::reply(["To the first."]));
    hearth.ask("The first question").await;
    hearth.answered("To the first.").await;
    resource.next(Script::reply(["To the second."]));
    hearth.ask("The second question").await;
    hearth.answered("To the second.").await;

    // What is typed and put aside is there again later.
    hearth.the(Role::Textbox, "Message").await;
    hearth.press(UP).await;
    hearth.the(Role::Textbox, "Edit question").await;
    hearth.press(" of two").await;
    hearth.picture("question-editor", theme).await;
    hearth.press(ESCAPE).await;
    hearth
        .until("the editor is closed", async || {
            (!hearth.shows(Role::Textbox, "Edit question").await).then_some(())
        })
        .await;
    hearth.press(UP).await;
    let kept = hearth.value(Role::Textbox, "Edit question").await;
    assert_eq!(kept, "The second question of two");

    hearth.shortcut('a').await;
    hearth.press("Another second").await;
    resource.next(Script::reply(["To the other second."]));
    hearth.press(ENTER).await;
    hearth.answered("To the other second.").await;
    assert_eq!(
        sent(&resource),
        [
            ("user".to_owned(), "The first question".to_owned()),
            ("assistant".to_owned(), "To the first.".to_owned()),
            ("user".to_owned(), "Another second".to_owned()),
        ]
    );
    hearth.says("2/2").await;
    hearth.picture("question-branches", theme).await;
    hearth.click(Role::Button, "Previous question").await;
    hearth.answered("To the second.").await;
    hearth.click(Role::Button, "Next question").await;
    hearth.answered("To the other second.").await;

    // A fork is a conversation of its own.
    hearth.click_last(Role::Button, "Fork from here").await;
    hearth.noticed("Forked into a new conversation").await;
    hearth.answered("To the other second.").await;
    assert_eq!(hearth.messages().await.len(), 4);
    assert!(
        !hearth.reads("2/2").await,
        "a fork has the one branch that it was made of"
    );
    resource.next(Script::reply(["In the fork."]));
    hearth.ask("Only in the fork").await;
    hearth.answered("In the fork.").await;
    hearth.close().await;
}

#[tokio::test]
async fn a_cut_answer_goes_on() {
    in_both_themes(going_on).await;
}

async fn going_on(theme: Theme) {
    let resource = resource().await;
    let home = Home::new(theme);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    resource.next(Script::reply(["This is **the beg"]).stop("max_tokens"));
    hearth.ask("Tell me everything").await;
    hearth.last_says("The answer reached its limit").await;
    hearth.picture("limit-reached", theme).await;
    resource.next(Script::reply(["inning, and this is the end."]));
    hearth.click(Role::Button, "Continue").await;
    hearth.answered("inning, and this is the end.").await;
    hearth.says("Hearth asked Claude to go on").await;
    let asked = sent(&resource);
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(
        asked[2].0 == "user" && asked[2].1.contains("This is **the beg"),
        "{asked:?}"
    );
    hearth.picture("continued", theme).await;

    // What is stopped goes on likewise.
    let (script, gate) = Script::reply(["One, ", "two, ", "three."]).gate();
    resource.next(script);
    hearth.ask("Count").await;
    gate.release(2);
    hearth.last_says("One, two,").await;
    hearth.click(Role::Button, "Stop").await;
    hearth.last_says("Stopped. What arrived is kept.").await;
    gate.open();
    resource.next(Script::reply(["three."]));
    hearth.click(Role::Button, "Continue").await;
    hearth.answered("three.").await;
    hearth.close().await;
}

#[tokio::test]
async fn where_the_model_takes_it_an_answer_goes_on_from_its_own_words() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    let (name, model) = ("claude-haiku-4-5", "claude-haiku-4-5");
    hearth.connect_to(&resource, &[(name, model)]).await;
    resource.next(Script::reply(["This is the beg"]).stop("max_tokens"));
    hearth.ask("Tell me everything").await;
    hearth.last_says("The answer reached its limit").await;
    resource.next(Script::reply(["inning, and this is the end."]));
    hearth.click(Role::Button, "Continue").await;
    hearth.last_says("inning, and this is the end.").await;
    hearth.answer().await;
    let asked = sent(&resource);
    assert_eq!(
        asked,
        [
            ("user".to_owned(), "Tell me everything".to_owned()),
            ("assistant".to_owned(), "This is the beg".to_owned()),
        ]
    );
    assert!(!hearth.reads("Hearth asked Claude to go on").await);
    assert!(hearth.reads("This is the beg").await);
    hearth.picture("continued-in-place", Theme::Light).await;
    hearth.close().await;
}

#[tokio::test]
async fn an_answer_that_a_crash_cut_goes_on_or_is_asked_for_again() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    let (script, gate) = Script::reply(["Before ", "the crash, ", "and after."]).gate();
    resource.next(script);
    hearth.ask("What will be left?").await;
    gate.release(2);
    hearth.last_says("Before the crash,").await;
    kill(&home).await;
    drop(hearth);
    gate.open();

    let hearth = Hearth::open(&home).await;
    hearth.open_conversation("What will be left?").await;
    hearth
        .last_says("Hearth ended in the middle of this answer.")
        .await;
    assert_eq!(hearth.words().await, "Before the crash,");
    hearth.picture("interrupted", Theme::Light).await;
    resource.next(Script::reply(["and after."]));
    hearth.click(Role::Button, "Continue").await;
    hearth.answered("and after.").await;
    hearth.close().await;
}

/// Ends Hearth as a power cut would.
pub(crate) async fn kill(home: &Home) {
    let running = processes::tree(&home.profile());
    for process in processes::with_argument(&home.profile()) {
        let killed = tokio::process::Command::new("kill")
            .args(["-9", &process.id.to_string()])
            .status()
            .await;
        assert!(killed.expect("kill is there").success());
    }
    // Until the system has closed its connections it still has its name on the bus, and the next
    // launch would give way to it.
    patiently(async || (!processes::any_lives(&running)).then_some(()))
        .await
        .expect("what was killed is gone");
}

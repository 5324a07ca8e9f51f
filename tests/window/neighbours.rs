//! `hearth ask` in a conversation that a window shows.

use std::path::PathBuf;
use std::process::Stdio;

use hearth_emulator::Script;
use tokio::process::Command;

use crate::accessible::Role;
use crate::harness::{Hearth, Home, Theme, in_time};
use crate::resource::{DEPLOYMENT, MODEL, resource};

/// The command line beside the window. It is built with the tests of the whole workspace, and
/// not here: a build of its own would compile half of what it needs again, with other features.
fn command_line() -> PathBuf {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_hearth-desktop")).with_file_name("hearth");
    assert!(
        program.exists(),
        "{program:?} is not there: `make test` or `cargo build --workspace` makes it"
    );
    program
}

#[tokio::test]
async fn what_the_command_line_asks_is_written_in_the_window_as_it_comes() {
    let program = command_line();
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    resource.next(Script::reply(["In the window."]));
    hearth.ask("Asked in the window").await;
    hearth.answered("In the window.").await;
    hearth
        .fill(Role::Textbox, "Message", "Typed meanwhile")
        .await;

    let (script, gate) = Script::reply(["One, ", "two, ", "three."]).gate();
    resource.next(script);
    let asking = Command::new(program)
        .arg("--profile")
        .arg(home.profile())
        .args(["ask", "--conversation", "last", "Asked beside it"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the command line starts");
    gate.release(1);
    hearth.last_says("One,").await;
    hearth.says("Asked beside it").await;
    hearth.says("Another program writes the answer").await;
    // Who did not begin it cannot stop it, and nothing is asked over it.
    assert!(!hearth.shows(Role::Button, "Stop").await);
    hearth.picture("answered-elsewhere", Theme::Light).await;
    gate.release(1);
    hearth.last_says("One, two,").await;
    gate.open();
    let ended = in_time(asking.wait_with_output()).await;
    let said = ended.expect("the command line ends").expect("it ran");
    assert_eq!(
        String::from_utf8_lossy(&said.stdout).trim(),
        "One, two, three."
    );
    hearth.answered("One, two, three.").await;
    let texts: Vec<_> = hearth
        .messages()
        .await
        .into_iter()
        .map(|message| message.text)
        .collect();
    assert_eq!(
        texts,
        [
            "Asked in the window",
            "In the window.",
            "Asked beside it",
            "One, two, three."
        ]
    );
    assert_eq!(
        hearth.value(Role::Textbox, "Message").await,
        "Typed meanwhile"
    );
    resource.next(Script::reply(["And on."]));
    hearth.click(Role::Button, "Send").await;
    hearth.answered("And on.").await;
    hearth.close().await;
}

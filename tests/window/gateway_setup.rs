//! How a program is pointed at the gateway: what a person copies in the settings is pasted as it
//! is, and asks.

use std::process::Output;

use hearth_emulator::{Emulator, Script};
use tokio::process::Command;

use crate::accessible::Role;
use crate::harness::{Hearth, Home, Theme, free_port, in_both_themes, in_time};
use crate::resource::{DEPLOYMENT, MODEL, resource};
use crate::screen;

/// The programs that are there to be set up, and what the text for each begins with.
const PROGRAMS: &[(&str, &str)] = &[
    ("OpenAI, Python", "from openai import OpenAI\n"),
    ("Anthropic, Python", "from anthropic import Anthropic\n"),
    ("OpenAI, Node", "import OpenAI from \"openai\";\n"),
    (
        "Anthropic, Node",
        "import Anthropic from \"@anthropic-ai/sdk\";\n",
    ),
    ("Claude Code", "export ANTHROPIC_BASE_URL="),
    ("curl", "curl http://127.0.0.1:"),
];

/// How programs ask that have Claude Code's variables.
const WITH_ITS_VARIABLES: &str = r#"
curl "$ANTHROPIC_BASE_URL/v1/messages" --header "Authorization: Bearer $ANTHROPIC_AUTH_TOKEN" \
  --header "content-type: application/json" \
  --data '{"model": "'"$ANTHROPIC_MODEL"'", "max_tokens": 64,
           "messages": [{"role": "user", "content": "Hello"}]}'"#;

/// Which tabs stand lower than the first, and how many pieces of the text the button that copies
/// covers where little room is, as it is in a page that was made larger.
const LOOK: &str = "\
    const tabs = [...document.querySelectorAll('main [role=tab]')]; \
    const top = tabs[0].getBoundingClientRect().top; \
    const lower = tabs.filter(tab => tab.getBoundingClientRect().top !== top).map(tab => tab.innerText); \
    const text = document.querySelector('main pre'); \
    text.parentElement.style.width = '240px'; \
    const button = text.parentElement.querySelector('button').getBoundingClientRect(); \
    const words = document.createRange(); \
    words.selectNodeContents(text); \
    const covered = [...words.getClientRects()].filter(line => line.right > button.left \
        && line.left < button.right && line.bottom > button.top && line.top < button.bottom); \
    text.parentElement.style.width = ''; \
    return [lower.join(), covered.length]";

#[tokio::test]
async fn what_is_copied_to_set_up_a_program_asks_as_it_is_pasted() {
    in_both_themes(is_set_up).await;
}

async fn is_set_up(theme: Theme) {
    let resource = resource().await;
    let home = Home::new(theme);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    hearth.click(Role::Button, "Settings").await;
    hearth.click(Role::Button, "Gateway").await;
    hearth.says("There is no key to use").await;
    let port = free_port();
    hearth.listen_on(port).await;
    hearth.click(Role::Checkbox, "Lend to other programs").await;
    hearth.says(&format!("http://127.0.0.1:{port}")).await;
    hearth.says_no_more("There is no key to use").await;
    // The newest key is the one that is copied.
    let key = hearth.make_a_key().await;

    for (program, begins) in PROGRAMS {
        hearth.click(Role::Button, program).await;
        let copy = format!("Copy the set-up for {program}");
        hearth.click(Role::Button, &copy).await;
        let text = screen::clipboard(|copied| copied.starts_with(begins)).await;
        for part in [&key, &format!("127.0.0.1:{port}"), DEPLOYMENT] {
            assert!(text.contains(part), "{program} lacks {part}");
        }
        match *program {
            "curl" => asks(&resource, &text).await,
            "Claude Code" => asks(&resource, &(text + WITH_ITS_VARIABLES)).await,
            _ => {}
        }
    }
    hearth.resize(720, 520).await;
    hearth.click(Role::Button, "OpenAI, Python").await;
    let look = hearth.script(LOOK).await;
    assert_eq!(look, serde_json::json!(["", 0]));
    hearth.picture("gateway-set-up", theme).await;
    hearth.close().await;
}

/// Pastes a text into a shell, and reads the resource's answer there.
async fn asks(resource: &Emulator, text: &str) {
    let answer = "Asked as it was pasted.";
    resource.next(Script::reply([answer]));
    let mut shell = Command::new("sh");
    shell.args(["-c", text]).kill_on_drop(true);
    let Output { stdout, .. } = in_time(shell.output())
        .await
        .expect("it ends")
        .expect("there is a shell");
    let said = String::from_utf8_lossy(&stdout);
    assert!(said.contains(answer), "{said}");
}

//! How programs are pointed at the gateway of the settings: each text that is there to be copied
//! is pasted and run as it is, with a model of an odd name.

use std::process::Command;

use hearth_emulator::Emulator;
use hearth_engine::api::{
    GatewayKeyDraft, GatewayKeyId, GatewaySettings, GatewayState, SnippetKind,
};
use hearth_engine::{Engine, Environment, Profile};
use hearth_lending::{Lending, Terms};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::clients::saved;
use crate::installing::{javascript, python, said};
use crate::program::UPSTREAM_KEY;

/// What breaks out of whatever is not quoted.
const MODEL: &str = "it's \"my\" $model \\ 🦔";

/// A person's Hearth with its gateway switched on.
struct House {
    runtime: Runtime,
    emulator: Emulator,
    engine: Engine,
    _lending: Lending,
    key: GatewayKeyId,
    folder: TempDir,
}

impl House {
    fn open() -> Self {
        let runtime = Runtime::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (emulator, engine, lending, key) = runtime.block_on(async {
            let emulator = Emulator::builder().key(UPSTREAM_KEY);
            let emulator = emulator.deployment(MODEL, "claude-sonnet-5-5").unwrap();
            let emulator = emulator.start().await.unwrap();
            saved(folder.path(), &emulator, &[(MODEL, "claude-sonnet-5-5")]);
            let profile = Profile::in_folder(folder.path());
            let engine = Engine::open(profile, Environment::from_vars([])).await;
            let engine = engine.unwrap();
            let lending = Lending::start(engine.clone(), Terms::default());
            let draft = GatewayKeyDraft {
                id: None,
                name: "Editor".to_owned(),
                models: None,
                expires: None,
                this_run_only: true,
            };
            let view = engine.save_gateway_key(draft).await.unwrap();
            let key = view.keys[0].id.clone();
            let on = GatewaySettings {
                on: true,
                port: 0,
                ..GatewaySettings::default()
            };
            engine.save_gateway(on).await.unwrap();
            let mut state = lending.state();
            let runs = |state: &GatewayState| matches!(state, GatewayState::Running { .. });
            state.wait_for(runs).await.unwrap();
            (emulator, engine, lending, key)
        });
        Self {
            runtime,
            emulator,
            engine,
            _lending: lending,
            key,
            folder,
        }
    }

    /// The text that is copied, with the key in it.
    fn copied(&self, kind: SnippetKind) -> String {
        let snippet = self.engine.gateway_snippet(kind, Some(&self.key));
        self.runtime.block_on(snippet).unwrap().expose().to_owned()
    }

    /// Pastes a text into a program, and gives what that says.
    fn run(&self, kind: SnippetKind) -> String {
        let mut text = self.copied(kind);
        let shell = |text: String| {
            let mut shell = Command::new("sh");
            shell.args(["-c", &text]);
            shell
        };
        let mut command = match kind {
            SnippetKind::OpenAiPython | SnippetKind::AnthropicPython => {
                let mut command = Command::new(python());
                command.args(["-c", &text]);
                command
            }
            SnippetKind::OpenAiNode | SnippetKind::AnthropicNode => {
                let mut command = Command::new("node");
                command.args(["--input-type=module", "--eval", &text]);
                command.current_dir(javascript());
                command
            }
            SnippetKind::ClaudeCode => {
                // Claude Code is not installed here; Anthropic's client reads the same two
                // variables, and the name of the model is given to it.
                text.push_str(&format!("\nexec {} -c '{ASKING}'", python().display()));
                shell(text)
            }
            SnippetKind::Curl => shell(text),
        };
        let path = std::env::var_os("PATH").unwrap_or_default();
        command
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.folder.path())
            .env("PYTHONDONTWRITEBYTECODE", "1");
        let output = command.output().unwrap();
        let said = said(&output);
        assert!(output.status.success(), "{kind:?}: {said}");
        said
    }
}

/// What Claude Code does with its variables: both models are asked.
const ASKING: &str = r#"
import os
from anthropic import Anthropic
for name in ("ANTHROPIC_MODEL", "ANTHROPIC_DEFAULT_HAIKU_MODEL"):
    message = Anthropic().messages.create(
        model=os.environ[name], max_tokens=1024,
        messages=[{"role": "user", "content": "Hello"}], extra_query={"beta": "true"},
    )
    print(message.content[0].text)
"#;

#[test]
fn every_snippet_of_the_settings_gets_its_answer() {
    let house = House::open();
    let mut asked = 0;
    for (kind, requests) in [
        (SnippetKind::OpenAiPython, 1),
        (SnippetKind::AnthropicPython, 1),
        (SnippetKind::OpenAiNode, 1),
        (SnippetKind::AnthropicNode, 1),
        (SnippetKind::ClaudeCode, 2),
        (SnippetKind::Curl, 1),
    ] {
        let said = house.run(kind);
        assert!(
            said.contains("This is Hearth's **offline"),
            "{kind:?}: {said}"
        );
        asked += requests;
        let log = house.emulator.log();
        assert_eq!(log.len(), asked, "{kind:?}: {said}");
        let received = &log[asked - 1].received;
        assert_eq!(received.deployment.as_deref(), Some(MODEL), "{kind:?}");
    }
}

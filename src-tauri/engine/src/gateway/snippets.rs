//! How programs are pointed at the gateway: text to paste, with a model that is really lent.

use serde_json::json;

use crate::api::{GatewaySnippet, GatewayState, SnippetKind};
use crate::lending::lent_connection;
use crate::settings::{SavedDeployment, Settings};

/// Stands where a key belongs: pages see no other.
const NO_KEY: &str = "YOUR-KEY";

/// Stands where a model belongs while the connection has none.
const NO_MODEL: &str = "YOUR-DEPLOYMENT";

/// What the ids of small base models begin with. Claude Code asks one of them for errands.
const SMALL: &str = "claude-haiku-";

const ALL: [SnippetKind; 6] = [
    SnippetKind::OpenAiPython,
    SnippetKind::AnthropicPython,
    SnippetKind::OpenAiNode,
    SnippetKind::AnthropicNode,
    SnippetKind::ClaudeCode,
    SnippetKind::Curl,
];

/// Where programs are pointed to.
pub(super) struct Place {
    /// Such as `http://127.0.0.1:4000`.
    url: String,
    model: String,
    /// For errands; the same where there is no smaller one.
    small_model: String,
}

impl Place {
    /// Where the gateway is, or will be, with a model that it lends; one of `allowed`, where
    /// only those may be asked for.
    pub(super) fn new(
        state: &GatewayState,
        written: &Settings,
        allowed: Option<&[String]>,
    ) -> Self {
        let url = match (state, written.gateway.chosen.port) {
            (GatewayState::Running { url, .. }, _) => url.clone(),
            // Only running it is known which one the system chooses.
            (_, 0) => "http://127.0.0.1:PORT".to_owned(),
            (_, port) => format!("http://127.0.0.1:{port}"),
        };
        let lent = lent_connection(written);
        let deployments = lent.map_or(&[][..], |lent| &lent.deployments);
        let default = lent.and_then(|lent| lent.default_deployment.as_deref());
        let may_ask =
            |known: &&SavedDeployment| allowed.is_none_or(|allowed| allowed.contains(&known.name));
        let is_default = |known: &&SavedDeployment| Some(known.name.as_str()) == default;
        let mut known = deployments.iter().filter(may_ask);
        let chosen = known
            .clone()
            .find(is_default)
            .or_else(|| known.clone().next());
        let model = chosen.map(|known| &known.name);
        // Names that the connection has not written down are passed on to the resource.
        let model = model.or_else(|| allowed?.first());
        let model = model.map_or(NO_MODEL, String::as_str).to_owned();
        let is_small = |known: &&SavedDeployment| {
            let base = known.base_model.as_deref();
            base.is_some_and(|base| base.starts_with(SMALL))
        };
        let small = known.find(is_small).map(|known| known.name.clone());
        Self {
            url,
            small_model: small.unwrap_or_else(|| model.clone()),
            model,
        }
    }
}

/// One for each kind, without a key.
pub(super) fn all(place: &Place) -> Vec<GatewaySnippet> {
    let snippet = |kind| GatewaySnippet {
        kind,
        text: text(kind, place, None),
    };
    ALL.into_iter().map(snippet).collect()
}

/// The text of a kind; with the key, where one is given.
pub(super) fn text(kind: SnippetKind, place: &Place, key: Option<&str>) -> String {
    let key = key.unwrap_or(NO_KEY);
    match kind {
        SnippetKind::OpenAiPython => openai_python(place, key),
        SnippetKind::AnthropicPython => anthropic_python(place, key),
        SnippetKind::OpenAiNode => openai_node(place, key),
        SnippetKind::AnthropicNode => anthropic_node(place, key),
        SnippetKind::ClaudeCode => claude_code(place, key),
        SnippetKind::Curl => curl(place, key),
    }
}

fn openai_python(place: &Place, key: &str) -> String {
    let (url, key, model) = (code(&openai(place)), code(key), code(&place.model));
    format!(
        r#"from openai import OpenAI

client = OpenAI(base_url={url}, api_key={key})
completion = client.chat.completions.create(
    model={model},
    messages=[{{"role": "user", "content": "Hello"}}],
)
print(completion.choices[0].message.content)
"#
    )
}

fn anthropic_python(place: &Place, key: &str) -> String {
    let (url, key, model) = (code(&place.url), code(key), code(&place.model));
    format!(
        r#"from anthropic import Anthropic

client = Anthropic(base_url={url}, api_key={key})
message = client.messages.create(
    model={model},
    max_tokens=1024,
    messages=[{{"role": "user", "content": "Hello"}}],
)
print("".join(block.text for block in message.content if block.type == "text"))
"#
    )
}

fn openai_node(place: &Place, key: &str) -> String {
    let (url, key, model) = (code(&openai(place)), code(key), code(&place.model));
    format!(
        r#"import OpenAI from "openai";

const client = new OpenAI({{ baseURL: {url}, apiKey: {key} }});
const completion = await client.chat.completions.create({{
  model: {model},
  messages: [{{ role: "user", content: "Hello" }}],
}});
console.info(completion.choices[0].message.content);
"#
    )
}

fn anthropic_node(place: &Place, key: &str) -> String {
    let (url, key, model) = (code(&place.url), code(key), code(&place.model));
    format!(
        r#"import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({{ baseURL: {url}, apiKey: {key} }});
const message = await client.messages.create({{
  model: {model},
  max_tokens: 1024,
  messages: [{{ role: "user", content: "Hello" }}],
}});
for (const block of message.content) {{
  if (block.type === "text") console.info(block.text);
}}
"#
    )
}

/// Its variables (<https://code.claude.com/docs/en/settings>). Without the third it asks a small
/// model of Anthropic's own name, which the resource may not have.
fn claude_code(place: &Place, key: &str) -> String {
    let lines = [
        ("ANTHROPIC_BASE_URL", place.url.as_str()),
        ("ANTHROPIC_AUTH_TOKEN", key),
        ("ANTHROPIC_MODEL", &place.model),
        ("ANTHROPIC_DEFAULT_HAIKU_MODEL", &place.small_model),
    ];
    lines
        .map(|(name, value)| format!("export {name}={}\n", shell(value)))
        .concat()
}

fn curl(place: &Place, key: &str) -> String {
    let body = json!({
        "model": place.model,
        "max_tokens": 1024,
        "messages": [{"role": "user", "content": "Hello"}],
    });
    let url = format!("{}/v1/messages", place.url);
    let headers = [
        format!("x-api-key: {key}"),
        "content-type: application/json".to_owned(),
    ];
    let [key, kind] = headers.map(|header| shell(&header));
    let (url, body) = (shell(&url), shell(&body.to_string()));
    format!("curl {url} \\\n  --header {key} \\\n  --header {kind} \\\n  --data {body}\n")
}

/// Where OpenAI's clients look for `/chat/completions`.
fn openai(place: &Place) -> String {
    format!("{}/v1", place.url)
}

/// A text as Python and JavaScript both write it: JSON's strings are theirs, too.
fn code(text: &str) -> String {
    json!(text).to_string()
}

/// A text as one word of a shell. No program takes a word with a zero in it, so none is kept.
fn shell(text: &str) -> String {
    let text = text.replace('\0', "");
    let word = shlex::try_quote(&text).expect("BUG: only a zero cannot be quoted");
    word.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{ConnectionId, CredentialChoice, DeploymentDraft};
    use serde_json::Value;

    /// A name that breaks out of whatever is not quoted.
    const ODD: &str = "it's \"a\" $(model)\\ 🦔\n; rm";

    fn settings(deployments: &[(&str, Option<&str>)], default: Option<&str>) -> Settings {
        let mut settings = Settings::default();
        let saved = json!({
            "id": "c", "name": "Work", "endpoint": "https://r.example/anthropic",
            "default_deployment": default,
        });
        let mut saved: crate::settings::SavedConnection = serde_json::from_value(saved).unwrap();
        assert_eq!(saved.credential, CredentialChoice::Key);
        let known = deployments.iter().map(|(name, base)| DeploymentDraft {
            name: (*name).to_owned(),
            base_model: base.map(str::to_owned),
            hosting: None,
        });
        saved.deployments = known.map(SavedDeployment::from).collect();
        settings.connections.push(saved);
        settings.active = Some(ConnectionId("c".to_owned()));
        settings
    }

    fn running(url: &str) -> GatewayState {
        GatewayState::Running {
            url: url.to_owned(),
            connection: "Work".to_owned(),
            since: 0,
        }
    }

    #[test]
    fn a_model_is_named_that_is_lent_and_that_the_key_may_ask_for() {
        let written = settings(
            &[
                ("big", None),
                ("mine", None),
                ("quick", Some("claude-haiku-4-5")),
            ],
            Some("mine"),
        );
        let place = |allowed: Option<&[&str]>| {
            let allowed: Option<Vec<String>> =
                allowed.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
            let place = Place::new(&GatewayState::Off, &written, allowed.as_deref());
            (place.model, place.small_model)
        };
        let names = |model: &str, small: &str| (model.to_owned(), small.to_owned());
        assert_eq!(place(None), names("mine", "quick"));
        assert_eq!(place(Some(&["quick", "big"])), names("big", "quick"));
        assert_eq!(place(Some(&["big"])), names("big", "big"));
        assert_eq!(place(Some(&["unwritten"])), names("unwritten", "unwritten"));
        let nothing = Place::new(&GatewayState::Off, &Settings::default(), None);
        assert_eq!(nothing.model, NO_MODEL);
    }

    #[test]
    fn the_address_is_where_it_runs_or_will_run() {
        let mut written = settings(&[("mine", None)], None);
        let url = |state: &GatewayState, written: &Settings| Place::new(state, written, None).url;
        assert_eq!(url(&GatewayState::Off, &written), "http://127.0.0.1:4000");
        assert_eq!(
            url(&running("http://127.0.0.1:9"), &written),
            "http://127.0.0.1:9"
        );
        written.gateway.chosen.port = 0;
        assert_eq!(url(&GatewayState::Off, &written), "http://127.0.0.1:PORT");
    }

    #[test]
    fn a_shell_reads_back_what_was_written() {
        let written = settings(&[(ODD, None)], None);
        let place = Place::new(&running("http://127.0.0.1:9"), &written, None);
        let words = |text: &str| shlex::split(text).unwrap();
        let curl = words(&text(SnippetKind::Curl, &place, Some("hearth-a")).replace("\\\n", ""));
        assert_eq!(
            curl[..4],
            [
                "curl",
                "http://127.0.0.1:9/v1/messages",
                "--header",
                "x-api-key: hearth-a"
            ]
        );
        let body: Value = serde_json::from_str(curl.last().unwrap()).unwrap();
        assert_eq!(body["model"], ODD);
        let claude = words(&text(SnippetKind::ClaudeCode, &place, Some("hearth-a")));
        for (name, value) in [
            ("ANTHROPIC_BASE_URL", "http://127.0.0.1:9"),
            ("ANTHROPIC_AUTH_TOKEN", "hearth-a"),
            ("ANTHROPIC_MODEL", ODD),
            ("ANTHROPIC_DEFAULT_HAIKU_MODEL", ODD),
        ] {
            assert!(claude.contains(&format!("{name}={value}")), "{claude:?}");
        }
        assert_eq!(shell("a\0b"), "ab");
    }

    #[test]
    fn code_holds_names_as_its_own_strings() {
        let written = settings(&[(ODD, None)], None);
        let place = Place::new(&running("http://127.0.0.1:9"), &written, None);
        for (kind, url) in [
            (SnippetKind::OpenAiPython, "\"http://127.0.0.1:9/v1\""),
            (SnippetKind::AnthropicPython, "\"http://127.0.0.1:9\""),
            (SnippetKind::OpenAiNode, "\"http://127.0.0.1:9/v1\""),
            (SnippetKind::AnthropicNode, "\"http://127.0.0.1:9\""),
        ] {
            let said = text(kind, &place, None);
            for part in [url, "\"YOUR-KEY\"", r#""it's \"a\" $(model)\\ 🦔\n; rm""#] {
                assert!(said.contains(part), "{kind:?} {part}: {said}");
            }
        }
        assert_eq!(all(&place).len(), ALL.len());
    }
}

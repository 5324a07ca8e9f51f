//! What the tables of the translation say is sent, judged by the emulator, which shares no code
//! with it: whatever is not refused before is taken.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hearth_emulator::{Builder, Emulator, Hosting as Hosted};
use hearth_gateway::{Catalogue, Deployment, Gateway, Hosting, Lent, Serving};
use hearth_wire::models;
use serde_json::{Value, json};

use crate::support::{KEY, UPSTREAM_KEY, deployment, http, keys, lending, options, receive, serve};

const CHAT: &str = "/v1/chat/completions";

/// What is left to the API to refuse, in its own words: pictures that are none, which nobody
/// here looks at; what an unmapped deployment may take; and what a caller spelled out in
/// the API's own terms.
const LEFT_TO_IT: &[(&str, &str)] = &[
    ("", "Could not process image"),
    ("an answer with its blocks", "found without a corresponding"),
    (
        "prefill on an unknown model",
        "does not support assistant message prefill",
    ),
    (
        "thinking on an unknown model",
        "adaptive thinking is not supported",
    ),
    (
        "max_tokens above the model's",
        "maximum allowed number of output tokens",
    ),
    (
        "thinking larger than asked",
        "must be greater than `thinking.budget_tokens`",
    ),
    (
        "thinking of a newer kind",
        "does not match any of the expected tags",
    ),
    (
        "members of the Messages API",
        "speed: Extra inputs are not permitted",
    ),
    // A toolset has the name of its server and none of its own, which the emulator does not know.
    ("tools of an MCP server", "tools.0.name: Field required"),
    (
        "a server of the name of the search",
        "tools.0.name: Field required",
    ),
];

fn is_left_to_it(row: &Value, answer: &str) -> bool {
    let name = row["name"].as_str().unwrap();
    let fits = |(of, words): &(&str, &str)| name.contains(of) && answer.contains(words);
    LEFT_TO_IT.iter().any(fits)
}

/// The rows of the tables of requests.
fn rows() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wire/tests/openai");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with("requests") && name.ends_with(".jsonl")
        })
        .collect();
    files.sort();
    let read = |path| std::fs::read_to_string(path).unwrap();
    let text: String = files.iter().map(read).collect();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The body that a row is about, asking for this model.
fn body(row: &Value, model: &str) -> Value {
    let mut body = json!({"messages": [{"role": "user", "content": "Hi"}]});
    for (key, value) in row["with"].as_object().into_iter().flatten() {
        match value {
            Value::Null => drop(body.as_object_mut().unwrap().remove(key)),
            value => body[key] = value.clone(),
        }
    }
    for key in row["null"].as_array().into_iter().flatten() {
        body[key.as_str().unwrap()] = Value::Null;
    }
    body["model"] = json!(model);
    body
}

/// A deployment as a row has it: its base model, none for one that nobody mapped, and who
/// hosts it.
#[derive(Clone, Copy)]
struct Place {
    mapped: bool,
    base: &'static str,
    hosting: Option<Hosting>,
}

impl Place {
    /// Every place that rows may be about. What is mapped to none may be any model.
    fn all() -> Vec<Place> {
        let hostings = [None, Some(Hosting::Azure), Some(Hosting::Anthropic)];
        let each = |base: &'static models::BaseModel| {
            let place = |mapped, hosting| Place {
                mapped,
                base: &base.id,
                hosting,
            };
            let mapped = hostings.map(|hosting| place(true, hosting));
            mapped.into_iter().chain([place(false, None)])
        };
        models::all().iter().flat_map(each).collect()
    }

    /// The places that this row is about.
    fn of(row: &Value) -> Vec<Place> {
        let hosting = match row["hosting"].as_str() {
            Some("azure") => Some(Hosting::Azure),
            Some("anthropic") => Some(Hosting::Anthropic),
            _ => None,
        };
        let on = row["on"].as_str().unwrap_or("claude-sonnet-4-6");
        let fits = |place: &Place| match on {
            "none" => !place.mapped,
            on => place.mapped && place.base == on && place.hosting == hosting,
        };
        Place::all().into_iter().filter(fits).collect()
    }

    fn name(&self) -> String {
        let hosting = match self.hosting {
            Some(Hosting::Azure) => "azure",
            Some(Hosting::Anthropic) => "anthropic",
            _ => "any",
        };
        let kind = if self.mapped { "of" } else { "like" };
        format!("{kind}.{}.{hosting}", self.base)
    }

    fn built_in(&self, resource: Builder) -> Builder {
        let hosted = match self.hosting {
            None => return resource.deployment(&self.name(), self.base).unwrap(),
            Some(Hosting::Azure) => Hosted::Azure,
            Some(_) => Hosted::Anthropic,
        };
        let built = resource.hosted_deployment(&self.name(), self.base, hosted);
        built.unwrap()
    }

    fn lent(&self, known: &Deployment) -> Deployment {
        Deployment {
            base_model: self.mapped.then(|| self.base.to_owned()),
            hosting: self.hosting,
            max_tokens: None,
            target: known.target.clone(),
            client: known.client.clone(),
            deployment: self.name(),
        }
    }
}

async fn gateway(known: &Deployment, drop_params: bool) -> Serving {
    let mut catalogue = Catalogue::default();
    for place in Place::all() {
        catalogue.add(place.name(), place.lent(known));
    }
    let gateway = lending(catalogue, Some(keys()));
    serve(Gateway {
        lent: Lent {
            drop_params,
            ..gateway.lent
        },
        ..gateway
    })
    .await
}

/// Every place, before one resource.
struct Court {
    client: reqwest::Client,
    strict: Serving,
    lenient: Serving,
    /// How many requests the emulator has seen.
    seen: Arc<AtomicUsize>,
    _resource: Emulator,
}

impl Court {
    async fn sits() -> Court {
        let builder = Emulator::builder().key(UPSTREAM_KEY).accept_any_signature();
        let seen = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&seen);
        let builder = builder.on_request(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let places = Place::all();
        let built = |resource, place: &Place| place.built_in(resource);
        let resource = places.iter().fold(builder, built).start().await.unwrap();
        let known = deployment(&resource.url(), "", options());
        Court {
            client: http(),
            strict: gateway(&known, false).await,
            lenient: gateway(&known, true).await,
            seen,
            _resource: resource,
        }
    }

    /// Where the emulator does not take what a row says, and should.
    async fn refuses(&self, row: &Value) -> Vec<String> {
        let mut refused = vec![];
        for place in Place::of(row) {
            refused.extend(self.refuses_at(place, row).await);
        }
        refused
    }

    fn seen(&self) -> usize {
        self.seen.load(Ordering::Relaxed)
    }

    async fn refuses_at(&self, place: Place, row: &Value) -> Option<String> {
        let gateway = match row["drop"] == true {
            true => &self.lenient,
            false => &self.strict,
        };
        let asking = self.client.post(format!("{}{CHAT}", gateway.url()));
        let asking = asking
            .header("x-api-key", KEY)
            .json(&body(row, &place.name()));
        let answer = receive(asking).await;
        let text = answer.text();
        let taken = answer.status == 200 && !text.contains("\"error\":");
        let fine = taken || is_left_to_it(row, &text);
        (!fine).then(|| format!("{} ({}): {text}", row["name"], place.name()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_is_taken() {
    let court = Court::sits().await;
    for planted in [
        json!({"name": "planted", "on": "claude-haiku-4-5", "with": {"max_tokens": 100_000}}),
        json!({"name": "planted", "with": {"n": 2}}),
        json!({"name": "planted", "on": "claude-sonnet-5-5", "with": {"stream": true, "thinking": {"type": "x"}}}),
    ] {
        assert_eq!(court.refuses(&planted).await.len(), 1, "{planted}");
    }
    let mut refused = vec![];
    for row in rows() {
        if row.get("refused").is_none() && row.get("body").is_none() {
            refused.extend(court.refuses(&row).await);
        }
    }
    assert!(court.seen() > 400, "{}", court.seen());
    let found = refused.len();
    assert!(refused.is_empty(), "{found} rows:\n{}", refused.join("\n"));
}

/// Members of requests, of which any may stand beside any of the other lists.
fn choices() -> [Vec<Value>; 6] {
    let effort = |effort: &str| json!({"reasoning_effort": effort});
    let thinking = |thinking: Value| json!({"thinking": thinking});
    let tools = |choice: Value| {
        let function = |name: &str| {
            json!({"type": "function", "function": {"name": name, "strict": true, "parameters":
                {"type": "object", "properties": {"a": {"type": "string", "minLength": 1}}, "required": ["a"]}}})
        };
        json!({"tools": [function("f"), function("g.h")], "tool_choice": choice})
    };
    let named = |name: &str| json!({"type": "function", "function": {"name": name}});
    let allowed = json!({"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [named("f")]}});
    let schema = json!({"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}}});
    let open = json!({"type": "object", "additionalProperties": {"type": "string"}});
    let format = |schema: Value| json!({"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}});
    [
        ["none", "minimal", "low", "medium", "high", "xhigh", "max"]
            .into_iter()
            .map(effort)
            .chain([
                json!({}),
                thinking(json!({"type": "adaptive"})),
                thinking(json!({"type": "enabled", "budget_tokens": 1500})),
                thinking(json!({"type": "disabled"})),
                thinking(json!({"type": "between_tools"})),
                json!({"thinking": {"type": "disabled"}, "reasoning_effort": "max"}),
                json!({"thinking": {"type": "between_tools"}, "reasoning_effort": "xhigh"}),
            ])
            .collect(),
        vec![
            json!({}),
            json!({"temperature": 0.5}),
            json!({"top_p": 0.5}),
            json!({"temperature": 1, "top_p": 0.96, "top_k": 5}),
        ],
        vec![
            json!({}),
            tools(json!("auto")),
            tools(json!("required")),
            tools(named("g.h")),
            tools(json!("none")),
            tools(allowed),
        ],
        vec![
            json!({}),
            json!({"response_format": {"type": "json_object"}}),
            format(schema),
            format(open),
        ],
        vec![
            json!({}),
            json!({"max_tokens": 1000}),
            json!({"max_completion_tokens": 3000}),
        ],
        vec![
            json!({"stream": true}),
            json!({"parallel_tool_calls": false}),
        ],
    ]
}

/// The choices of this number, one of each list.
fn chosen(choices: &[Vec<Value>], mut number: usize) -> Value {
    let mut with = json!({});
    for list in choices {
        let choice = list[number % list.len()].as_object().unwrap().clone();
        number /= list.len();
        with.as_object_mut().unwrap().extend(choice);
    }
    with
}

#[tokio::test(flavor = "multi_thread")]
async fn every_model_takes_every_parameter_or_it_is_refused_before() {
    let court = Court::sits().await;
    let choices = choices();
    let all: usize = choices.iter().map(Vec::len).product();
    let mut wrong = vec![];
    let mut number = 0;
    for place in Place::all() {
        for drop in [true, false].repeat(4) {
            // A step that is prime to their number comes by all of them, in no order.
            number = (number + 1009) % all;
            let with = chosen(&choices, number);
            // In its own terms the API is asked as it is, and answers for itself, where nobody
            // knows the model or a budget has no room.
            let budget = with["thinking"]["type"] == "enabled" && with["max_tokens"] == 1000;
            if with.get("thinking").is_some() && (budget || !place.mapped) {
                continue;
            }
            let before = court.seen();
            let row = json!({"name": with.to_string(), "with": with, "drop": drop});
            let refused = court.refuses_at(place, &row).await;
            if drop || court.seen() > before {
                wrong.extend(refused);
            }
        }
    }
    assert!(court.seen() > 200, "{}", court.seen());
    let found = wrong.len();
    assert!(wrong.is_empty(), "{found} requests:\n{}", wrong.join("\n"));
}

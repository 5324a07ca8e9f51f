//! What decides whom a translated request reaches, how often, and with what: its token, its
//! limit, its headers, and what each deployment takes.

use std::sync::Arc;
use std::time::Duration;

use hearth_emulator::{Emulator, Entra, Exchange, Script};
use hearth_foundry::{
    Client, ClientOptions, Credential, Network, Secret, TokenSource, Tokens, sign_in,
};
use hearth_gateway::{Catalogue, Deployment, Limits, Serving};
use serde_json::{Value, json};

use crate::support::{
    ALIAS, Answer, DEPLOYMENT, KEY, UPSTREAM_KEY, deployment, http, keys, lending, options, post,
    receive, serve, with,
};
use crate::upstream::{JSON, Reply, Upstream, chunked, whole};

const CHAT: &str = "/v1/chat/completions";
/// A model that takes a temperature, and thinks within a budget.
const OLDER: &str = "claude-haiku-4-5";
const ANSWER: &str =
    r#"{"type":"message","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn"}"#;
const START: &str = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"role\":\"assistant\",\"content\":[],\"usage\":{}}}\n\n";
const PING: &str = "event: ping\ndata: {\"type\":\"ping\"}\n\n";

fn asked(more: &Value) -> String {
    let messages = json!([{"role": "user", "content": "Hello!"}]);
    let mut request = json!({"model": ALIAS, "messages": messages});
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    request.to_string()
}

async fn chat(gateway: &Serving, more: &Value) -> Answer {
    post(gateway, CHAT, asked(more)).await
}

async fn answering() -> Upstream {
    Upstream::saying("200 OK", &[JSON], ANSWER).await
}

/// A deployment that is mapped to this base model.
fn mapped(url: &str, base_model: &str) -> Deployment {
    Deployment {
        base_model: Some(base_model.to_owned()),
        ..deployment(url, DEPLOYMENT, options())
    }
}

async fn lent(deployments: impl IntoIterator<Item = Deployment>) -> Serving {
    let mut catalogue = Catalogue::default();
    for deployment in deployments {
        catalogue.add(ALIAS.to_owned(), deployment);
    }
    serve(lending(catalogue, Some(keys()))).await
}

fn sent(upstream: &Upstream) -> Value {
    serde_json::from_slice(&upstream.got().last().unwrap().body).unwrap()
}

/// A gateway whose deployment is asked as an application of the tenant.
async fn signed_in(entra: &Entra, resource: &Emulator) -> Serving {
    let network = Network {
        roots: vec![entra.certificates().ca_der()],
        ..Network::default()
    };
    let options = ClientOptions {
        network,
        ..options()
    };
    let source = TokenSource::ClientSecret {
        tenant: Entra::TENANT.into(),
        client_id: Entra::CLIENT.into(),
        secret: Arc::new(Secret::new(Entra::SECRET.into())),
        authority: Some(entra.authority().into()),
    };
    let mut known = mapped(&resource.url(), DEPLOYMENT);
    let tokens = Tokens::new(source, sign_in::DEFAULT_SCOPE.into());
    known.target.credential = Credential::Tokens(tokens);
    known.client = Client::new(options).unwrap();
    lent([known]).await
}

fn bearer(exchange: &Exchange) -> String {
    exchange
        .received
        .header("authorization")
        .unwrap()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused_is_renewed_once_in_every_form() {
    let refused = || Script::status(401, [], r#"{"error":{"code":"401","message":"No."}}"#);
    for (path, stream) in [
        (CHAT, false),
        (CHAT, true),
        ("/v1/messages", false),
        ("/v1/messages", true),
    ] {
        let entra = Entra::builder().start().await.unwrap();
        let resource = Emulator::builder().entra(&entra).start().await.unwrap();
        let gateway = signed_in(&entra, &resource).await;
        resource.next(refused());
        resource.next(Script::reply(["Hello"]));
        let body = asked(&json!({"stream": stream, "max_tokens": 64}));
        let came = post(&gateway, path, body.clone()).await;
        assert_eq!(came.status, 200, "{path} {stream}: {}", came.text());
        assert!(came.text().contains("Hello"), "{}", came.text());
        let bearers: Vec<_> = resource.log().iter().map(bearer).collect();
        assert_eq!(bearers.len(), 2, "{path} {stream}");
        assert_ne!(bearers[0], bearers[1], "{path} {stream}");
        // What goes on being refused is told.
        resource.next(refused());
        resource.next(refused());
        let came = post(&gateway, path, body).await;
        assert_eq!(came.status, 401, "{path} {stream}: {}", came.text());
        assert_eq!(resource.log().len(), 4, "{path} {stream}");
    }
}

#[tokio::test]
async fn an_answer_in_one_piece_that_was_cut_is_not_asked_for_twice() {
    let long = ANSWER.replace("hi", &"hi".repeat(1000));
    for length in [0, 1, ANSWER.len(), long.len() - 1] {
        let mut cut = whole("200 OK", &[JSON], &long);
        cut.truncate(cut.len() - long.len() + length);
        for stream in [true, false] {
            let upstream = Upstream::start(vec![Reply::Pieces(vec![cut.clone()])]).await;
            let other = answering().await;
            // Alone, and where another one could be asked.
            for more in [None, Some(other.url())] {
                let urls = [Some(upstream.url()), more].into_iter().flatten();
                let gateway = lent(urls.map(|url| mapped(url, DEPLOYMENT))).await;
                let came = chat(&gateway, &json!({"stream": stream})).await;
                assert_eq!(came.status, 502, "{length} {stream}: {}", came.text());
                assert_eq!(came.json()["error"]["type"], "server_error");
            }
            assert_eq!(
                (upstream.got().len(), other.got().len()),
                (2, 0),
                "{length}"
            );
        }
    }
}

#[tokio::test]
async fn calls_and_results_in_blocks_of_the_messages_api_are_read() {
    let emulator = Emulator::builder().key(UPSTREAM_KEY).start().await.unwrap();
    let gateway = lent([mapped(&emulator.url(), DEPLOYMENT)]).await;
    let schema = json!({"type": "object", "properties": {"path": {"type": "string"}}});
    let call = json!({"type": "tool_use", "id": "toolu_1", "name": "read", "input": {"path": "a"}});
    let result = json!({"type": "tool_result", "tool_use_id": "toolu_1", "content": "nothing"});
    for stream in [false, true] {
        emulator.next(Script::reply(["It is empty."]));
        let more = json!({
            "stream": stream,
            "tools": [{"name": "read", "description": "Reads.", "input_schema": schema}],
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "What is in a?"}]},
                {"role": "assistant", "content": [{"type": "text", "text": "I look."}, call]},
                {"role": "user", "content": [{"type": "text", "text": "Go on."}, result]},
            ],
        });
        let came = chat(&gateway, &more).await;
        assert_eq!(came.status, 200, "{}", came.text());
        assert!(came.text().contains("It is empty."), "{}", came.text());
    }
    // The same without its call is refused here, by its place.
    let messages = json!([{"role": "user", "content": [result]}]);
    let came = chat(&gateway, &json!({"messages": messages})).await;
    assert_eq!(came.status, 400);
    assert_eq!(
        came.json()["error"]["param"],
        "messages[0].content[0].tool_use_id"
    );
    assert_eq!(emulator.log().len(), 2);
}

#[tokio::test]
async fn a_stream_that_had_begun_is_asked_for_once() {
    let withdrawn = |kind: &str| {
        format!(
            "event: error\ndata: {{\"type\":\"error\",\"error\":{{\"type\":\"{kind}\",\"message\":\"x\"}}}}\n\n"
        )
    };
    let (busy, wrong) = (
        withdrawn("overloaded_error"),
        withdrawn("invalid_request_error"),
    );
    for (pieces, times) in [
        (chunked(&[START.as_bytes()], true), 1),
        (chunked(&[START.as_bytes()], false), 1),
        (chunked(&[START.as_bytes(), PING.as_bytes()], false), 1),
        (chunked(&[START.as_bytes(), wrong.as_bytes()], true), 1),
        // The resource itself says that there is no answer, or nothing of one was there.
        (chunked(&[START.as_bytes(), busy.as_bytes()], true), 2),
        (chunked(&[busy.as_bytes()], true), 2),
        (chunked(&[PING.as_bytes()], false), 2),
    ] {
        let said = String::from_utf8_lossy(&pieces.concat()).into_owned();
        let bad = Upstream::start(vec![Reply::Pieces(pieces)]).await;
        let twice = ClientOptions {
            max_attempts: 2,
            ..options()
        };
        let gateway = with(&[bad.url()], twice, Limits::default()).await;
        let came = chat(&gateway, &json!({"stream": true})).await;
        assert!(came.status >= 400, "{said}: {}", came.text());
        assert!(came.json()["error"]["message"].is_string(), "{said}");
        assert_eq!(bad.got().len(), times, "{said}");
    }
}

#[tokio::test]
async fn a_deployments_own_limit_is_a_default_like_any_other() {
    let upstream = answering().await;
    let own = |max_tokens| Deployment {
        max_tokens: Some(max_tokens),
        ..mapped(upstream.url(), OLDER)
    };
    let budget = |tokens: u32| json!({"type": "enabled", "budget_tokens": tokens});
    for (limit, more, expected, thinking) in [
        (777, json!({"max_tokens": null}), 777, Value::Null),
        (
            777,
            json!({"max_completion_tokens": null}),
            777,
            Value::Null,
        ),
        (
            777,
            json!({"extra_body": {"max_tokens": 9}}),
            9,
            Value::Null,
        ),
        (
            777,
            json!({"max_tokens": null, "extra_body": {"max_tokens": 9}}),
            9,
            Value::Null,
        ),
        // A budget of the caller's needs room besides; one of ours is made to fit.
        (2000, json!({"thinking": budget(4000)}), 6000, budget(4000)),
        (
            3000,
            json!({"reasoning_effort": "high"}),
            3000,
            budget(1976),
        ),
    ] {
        let gateway = lent([own(limit)]).await;
        let came = chat(&gateway, &more).await;
        assert_eq!(came.status, 200, "{more}: {}", came.text());
        assert_eq!(sent(&upstream)["max_tokens"], expected, "{more}");
        assert_eq!(sent(&upstream)["thinking"], thinking, "{more}");
    }
}

/// A chat with these headers beside its body.
async fn with_headers(gateway: &Serving, headers: &[(&str, &str)], more: &Value) -> Answer {
    let mut request = http().post(format!("{}{CHAT}", gateway.url()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request
        .header("x-api-key", KEY)
        .header("content-type", "application/json")
        .body(asked(more));
    receive(request).await
}

#[tokio::test]
async fn betas_and_the_version_are_taken_from_headers_beside_the_body() {
    let upstream = answering().await;
    let gateway = lent([mapped(upstream.url(), OLDER)]).await;
    let headers = [
        ("anthropic-beta", "one-2026-01-01, two-2026-02-02"),
        ("anthropic-beta", "three-2026-03-03"),
        ("anthropic-version", "2023-06-01"),
        ("x-mine", "no"),
    ];
    let came = with_headers(&gateway, &headers, &json!({})).await;
    assert_eq!(came.status, 200, "{}", came.text());
    let got = upstream.got().pop().unwrap();
    let all = "one-2026-01-01,two-2026-02-02,three-2026-03-03";
    assert_eq!(got.all("anthropic-beta"), [all]);
    assert_eq!(got.all("anthropic-version"), ["2023-06-01"]);
    assert!(got.all("x-mine").is_empty());
    // What the body says goes before it, and betas are joined.
    let within =
        json!({"anthropic-beta": "four,two-2026-02-02", "anthropic-version": "2026-10-21"});
    let more = json!({"extra_headers": within});
    assert_eq!(with_headers(&gateway, &headers, &more).await.status, 200);
    let got = upstream.got().pop().unwrap();
    assert_eq!(got.all("anthropic-beta"), [format!("{all},four")]);
    assert_eq!(got.all("anthropic-version"), ["2026-10-21"]);
    for (name, value) in [("anthropic-version", "2024-01-01"), ("anthropic-beta", "ä")] {
        let came = with_headers(&gateway, &[(name, value)], &json!({})).await;
        assert_eq!(came.status, 400, "{name}: {value}");
        assert_eq!(came.json()["error"]["param"], name);
    }
    assert_eq!(upstream.got().len(), 2);
}

#[tokio::test]
async fn what_one_deployment_does_not_take_is_asked_of_one_that_does() {
    let (strict, easy) = (answering().await, answering().await);
    // Nobody said what the first takes, so that a temperature cannot be translated for it.
    let unknown = || deployment(strict.url(), DEPLOYMENT, options());
    let gateway = lent([unknown(), unknown(), mapped(easy.url(), OLDER)]).await;
    let more = json!({"temperature": 0.5});
    for _ in 0..3 {
        let came = chat(&gateway, &more).await;
        assert_eq!(came.status, 200, "{}", came.text());
    }
    assert_eq!((strict.got().len(), easy.got().len()), (0, 3));
    let gateway = lent([unknown(), unknown()]).await;
    let came = chat(&gateway, &more).await;
    assert_eq!(came.status, 400, "{}", came.text());
    assert_eq!(came.json()["error"]["param"], "temperature");
    assert!(strict.got().is_empty());
    // A failure of the one that was asked is told, and it alone is asked again.
    let headers = [JSON, ("retry-after-ms", "1")];
    let busy = Upstream::saying("529 Overloaded", &headers, "{}").await;
    let gateway = lent([unknown(), mapped(busy.url(), OLDER)]).await;
    let came = chat(&gateway, &more).await;
    assert_eq!(came.status, 529, "{}", came.text());
    assert_eq!((strict.got().len(), busy.got().len()), (0, 4));
}

#[tokio::test]
async fn a_request_that_is_not_translated_says_nothing_of_the_deployment() {
    let busy = whole("529 Overloaded", &[JSON, ("retry-after", "30")], "{}");
    let fine = whole("200 OK", &[JSON], ANSWER);
    let replies = || [&busy, &fine].map(|it| Reply::Pieces(vec![it.clone()]));
    let one = Upstream::start(replies().into()).await;
    let two = Upstream::start(replies().into()).await;
    let once = ClientOptions {
        max_attempts: 1,
        ..options()
    };
    let gateway = with(&[one.url(), two.url()], once, Limits::default()).await;
    assert_eq!(chat(&gateway, &json!({})).await.status, 529);
    assert_eq!((one.got().len(), two.got().len()), (1, 1));
    // The second's turn, but it is not asked; then the first's, and both failed alike.
    assert_eq!(chat(&gateway, &json!({"n": 2})).await.status, 400);
    assert_eq!(chat(&gateway, &json!({})).await.status, 200);
    assert_eq!((one.got().len(), two.got().len()), (2, 1));
}

#[tokio::test]
async fn a_stream_that_says_nothing_yet_shows_that_it_goes_on() {
    let block = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\"}}\n\n";
    let rest = "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":1}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    let pieces = [START, block, PING, PING, rest].map(str::as_bytes);
    let upstream = Upstream::start(vec![Reply::Pieces(chunked(&pieces, true))]).await;
    let gateway = with(&[upstream.url()], options(), Limits::default()).await;
    let came = chat(&gateway, &json!({"stream": true})).await;
    let text = came.text();
    // A comment, which no client takes for a part of the answer.
    assert_eq!(text.matches(": ping\n\n").count(), 2, "{text}");
    let lines = text.lines().filter(|line| !line.is_empty());
    let told: Vec<_> = lines.filter(|line| *line != ": ping").collect();
    assert!(told.iter().all(|line| line.starts_with("data: ")), "{text}");
    assert_eq!(told.last(), Some(&"data: [DONE]"));
}

#[tokio::test]
async fn a_text_that_is_kept_until_the_end_shows_that_it_goes_on() {
    let begin = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n";
    let more = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"[1]\"}}\n\n";
    let rest = "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":1}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    // JSON comes through a tool, so a text may stand beside it.
    let json_mode = json!({"stream": true, "response_format": {"type": "json_object"}});
    let mut comments = Vec::new();
    for gap in [0, 2_100] {
        let pieces = [START, begin, more, more, more, rest].map(str::as_bytes);
        let paced = Reply::Paced(chunked(&pieces, true), Duration::from_millis(gap));
        let upstream = Upstream::start(vec![paced]).await;
        let gateway = lent([mapped(upstream.url(), OLDER)]).await;
        let came = chat(&gateway, &json_mode).await;
        let text = came.text();
        assert!(
            text.contains("[1][1][1]") && text.ends_with("[DONE]\n\n"),
            "{text}"
        );
        comments.push(text.matches(": ping\n\n").count());
    }
    assert_eq!(comments, [0, 1], "one in five seconds");
}

#[tokio::test]
async fn what_a_caller_shows_this_gateway_reaches_nobody_else() {
    let upstream = answering().await;
    let gateway = lent([mapped(upstream.url(), OLDER)]).await;
    let secrets = json!({
        "x-litellm-api-key": "canary-m", "X-Goog-Api-Key": "canary-g", "x-api-key": "canary-x",
        "Cookie": "canary-c", "X-Forwarded-For": "canary-f", "x-kept": "kept",
    });
    let came = chat(&gateway, &json!({"extra_headers": secrets})).await;
    assert_eq!(came.status, 200, "{}", came.text());
    let got = &upstream.got()[0];
    assert_eq!(got.all("x-kept"), ["kept"]);
    assert!(!got.head.contains("canary-m") && !got.head.contains("canary-g"));
    let others = ["canary-x", "canary-c", "canary-f"];
    assert!(
        others.iter().all(|it| !got.head.contains(it)),
        "{}",
        got.head
    );
}

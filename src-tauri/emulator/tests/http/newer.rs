//! What newer clients send: threads that the API keeps, and system messages amid a conversation.

use hearth_emulator::Emulator;
use serde_json::{Value, json};

use crate::support::*;

const THREADS: &str = "message-threads-2026-08-12";
const AMID: &str = "mid-conversation-system-2026-04-07";

/// Status and body.
async fn with_beta(emulator: &Emulator, betas: &str, body: &Value) -> (u16, Value) {
    let request = post(emulator, body).header("anthropic-beta", betas);
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    (status, response.json().await.expect("JSON"))
}

#[tokio::test]
async fn a_thread_is_declined_so_that_its_client_goes_on_without() {
    let emulator = started().await;
    let mut body = question(MODEL, "Hello");
    body["stream"] = json!(false);
    for thread in [
        json!({"type": "create"}),
        json!({"type": "continue", "previous_message_id": "msg_01"}),
    ] {
        body["thread"] = thread;
        let (status, said) = with_beta(&emulator, THREADS, &body).await;
        assert_eq!(status, 400);
        assert_eq!(said["error"]["type"], "invalid_request_error");
        let code = &said["error"]["details"]["error_code"];
        assert_eq!(code, "thread_unsupported_request");
        // Without the header there is no such field at all.
        let (status, said) = with_beta(&emulator, "context-1m-2025-08-07", &body).await;
        assert_eq!(status, 400);
        let message = &said["error"]["message"];
        assert_eq!(message, "thread: Extra inputs are not permitted");
    }
    body.as_object_mut().expect("a body").remove("thread");
    assert_eq!(with_beta(&emulator, THREADS, &body).await.0, 200);
}

/// A conversation in which the operator speaks up before the answer.
fn amid(model: &str) -> Value {
    let mut body = question(model, "Hello");
    body["stream"] = json!(false);
    body["messages"] = json!([
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Good day."},
        {"role": "user", "content": "Hello again"},
        {"role": "system", "content": [{"type": "text", "text": "Answer like a pirate."}]},
    ]);
    body
}

fn text(message: &Value) -> &str {
    let blocks = message["content"].as_array().expect("blocks");
    let text = blocks.iter().find(|block| block["type"] == "text");
    text.and_then(|block| block["text"].as_str()).expect("text")
}

#[tokio::test]
async fn a_system_message_amid_the_conversation_is_read() {
    let emulator = started().await;
    for model in [
        "claude-opus-4-8",
        "claude-sonnet-5",
        "claude-opus-5-5",
        MODEL,
    ] {
        let (status, said) = with_beta(&emulator, AMID, &amid(model)).await;
        assert_eq!(status, 200, "{model}: {said}");
        let text = text(&said);
        assert!(text.starts_with("> Hello again\n"), "{text}");
        assert!(
            text.contains("I was told: “Answer like a pirate.”."),
            "{text}"
        );
        assert!(text.contains("I read the 2 messages before"), "{text}");
    }
    // It goes with a system prompt, and the conversation goes on behind it with what was
    // thought in between.
    let mut body = amid(MODEL);
    body["system"] = json!("Be brief.");
    body["messages"][2]["content"] = json!("Solve the Monty Hall puzzle");
    let (_, thought) = with_beta(&emulator, AMID, &body).await;
    assert_eq!(thought["content"][0]["type"], "thinking");
    let messages = body["messages"].as_array_mut().expect("messages");
    messages.push(json!({"role": "assistant", "content": thought["content"]}));
    messages.push(json!({"role": "user", "content": "Farewell"}));
    let (status, said) = with_beta(&emulator, &format!("other-2026-01-01, {AMID}"), &body).await;
    assert_eq!(status, 200, "{said}");
    let told = "I was told: “Be brief. Answer like a pirate.”.";
    assert!(text(&said).contains(told), "{said}");
}

#[tokio::test]
async fn a_system_message_needs_its_header_and_a_newer_model() {
    let emulator = started().await;
    for (betas, model) in [
        ("other-2026-01-01", MODEL),
        (AMID, "claude-opus-4-7"),
        (AMID, "claude-sonnet-4-5"),
    ] {
        let (status, said) = with_beta(&emulator, betas, &amid(model)).await;
        assert_eq!(status, 400, "{model}: {said}");
        let message = said["error"]["message"].as_str().expect("a message");
        assert!(message.contains("Unexpected role \"system\""), "{message}");
    }
}

#[tokio::test]
async fn a_system_message_has_its_place() {
    let emulator = started().await;
    let user = json!({"role": "user", "content": "Hello"});
    let assistant = json!({"role": "assistant", "content": "Good day."});
    let system = json!({"role": "system", "content": "Be brief."});
    let picture = json!({"role": "system", "content": [{"type": "image", "source": {}}]});
    for (messages, complaint) in [
        (
            json!([system, user]),
            "messages.0: use the top-level 'system' parameter",
        ),
        (
            json!([user, assistant, system]),
            "messages.2: a `system` message must",
        ),
        (
            json!([user, system, system]),
            "messages.2: a `system` message must",
        ),
        (
            json!([user, system, user]),
            "messages.2: a `system` message must",
        ),
        (
            json!([user, picture]),
            "messages.1.content.0: Input tag 'image'",
        ),
    ] {
        let mut body = question(MODEL, "Hello");
        body["messages"] = messages;
        let (status, said) = with_beta(&emulator, AMID, &body).await;
        assert_eq!(status, 400, "{complaint}");
        let message = said["error"]["message"].as_str().expect("a message");
        assert!(message.contains(complaint), "{message}");
    }
}

#[tokio::test]
async fn results_of_tools_are_used_though_the_system_speaks_after_them() {
    let emulator = started().await;
    let mut body = question(MODEL, "Use look up");
    body["stream"] = json!(false);
    body["tools"] = json!([{"name": "look_up", "input_schema": {"type": "object"}}]);
    let (_, first) = with_beta(&emulator, AMID, &body).await;
    let blocks = first["content"].as_array().expect("blocks");
    let call = blocks.last().expect("a call");
    let result = json!({"type": "tool_result", "tool_use_id": call["id"], "content": "42"});
    let messages = body["messages"].as_array_mut().expect("messages");
    messages.push(json!({"role": "assistant", "content": blocks}));
    messages.push(json!({"role": "user", "content": [result]}));
    messages.push(json!({"role": "system", "content": "Be brief."}));
    let (status, said) = with_beta(&emulator, AMID, &body).await;
    assert_eq!(status, 200, "{said}");
    assert!(text(&said).contains("**look_up** says: 42"), "{said}");
}

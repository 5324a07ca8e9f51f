use serde_json::{Value, json};

use crate::deployments::{Deployment, Deployments};
use crate::models::Hosting;
use crate::validate::{Bench, Call, Signatures, Version, request};

/// What is said of a request with these fields, asked of this model hosted like this.
fn said(base: &str, hosting: Hosting, fields: &Value) -> String {
    let mut body = json!({
        "model": base,
        "max_tokens": 1024,
        "messages": [{"role": "user", "content": "Hello"}],
    });
    for (key, value) in fields.as_object().into_iter().flatten() {
        body[key] = value.clone();
    }
    let deployment = Deployments::standard().get(base).expect("a base model");
    let bench = Bench {
        call: Call::Messages,
        version: Version::V2026,
        betas: vec!["mcp-client-2025-11-20"],
        deployment: Deployment {
            hosting,
            ..deployment
        },
        lacks: None,
        signatures: Signatures::Checked,
        own_kinds: std::collections::HashSet::new(),
    };
    match request(body.as_object().expect("a body"), &bench) {
        Ok(_) => "taken".to_owned(),
        Err(refusal) => {
            assert_eq!(refusal.status, 400);
            let body: Value = serde_json::from_str(&refusal.body("req_1")).expect("JSON");
            assert_eq!(body["error"]["type"], "invalid_request_error");
            body["error"]["message"].as_str().expect("text").to_owned()
        }
    }
}

#[test]
fn azure_hosts_less_than_anthropic() {
    let schema = json!({"type": "json_schema", "schema": {"type": "object"}});
    let tool = |fields: Value| {
        let mut tool = json!({"name": "look", "input_schema": {"type": "object"}});
        for (key, value) in fields.as_object().into_iter().flatten() {
            tool[key] = value.clone();
        }
        json!({"tools": [tool]})
    };
    let content = |block: Value| json!({"messages": [{"role": "user", "content": [block]}]});
    let file = || json!({"type": "file", "file_id": "file_1"});
    let table = [
        (
            json!({"output_config": {"format": schema}}),
            "structured_outputs",
        ),
        (json!({"output_format": schema}), "structured_outputs"),
        (tool(json!({"strict": true})), "structured_outputs"),
        (tool(json!({"type": "web_search_20260318"})), "web_search"),
        (tool(json!({"type": "web_fetch_20260318"})), "web_fetch"),
        (
            tool(json!({"type": "code_execution_20260521"})),
            "code_execution",
        ),
        (
            tool(json!({"type": "tool_search_tool_bm25_20251119"})),
            "tool_search_tool",
        ),
        (tool(json!({"type": "mcp_toolset"})), "mcp_connector"),
        (
            tool(json!({"allowed_callers": ["code_execution_20260120"]})),
            "programmatic_tool_calling",
        ),
        (json!({"mcp_servers": []}), "mcp_connector"),
        (json!({"container": {"skills": []}}), "skills"),
        (json!({"container": "container_1"}), "code_execution"),
        (
            content(json!({"type": "image", "source": file()})),
            "files_api",
        ),
        (
            content(json!({"type": "document", "source": file()})),
            "files_api",
        ),
        (
            content(json!({"type": "container_upload", "file_id": "file_1"})),
            "files_api",
        ),
    ];
    for (fields, feature) in table {
        let refused = format!("{feature} not supported in your workspace.");
        let azure = said("claude-sonnet-5-5", Hosting::Azure, &fields);
        assert_eq!(azure, refused, "{fields}");
        let anthropic = said("claude-sonnet-5-5", Hosting::Anthropic, &fields);
        assert_eq!(anthropic, "taken", "{fields}");
    }
}

#[test]
fn both_take_what_belongs_to_both() {
    let tool = |kind: &str| json!({"tools": [{"type": kind, "name": "look"}]});
    for fields in [
        json!({"output_config": {"effort": "low"}}),
        json!({"tools": [{
            "name": "look",
            "input_schema": {"type": "object"},
            "strict": false,
            "allowed_callers": ["direct"],
        }]}),
        tool("bash_20250124"),
        tool("memory_20250818"),
        json!({"cache_control": {"type": "ephemeral", "ttl": "1h"}}),
    ] {
        for hosting in [Hosting::Azure, Hosting::Anthropic] {
            assert_eq!(
                said("claude-sonnet-5-5", hosting, &fields),
                "taken",
                "{fields}"
            );
        }
    }
}

#[test]
fn neither_takes_what_foundry_does_not_have() {
    let tool = |kind: &str| json!({"tools": [{"type": kind, "name": "look"}]});
    let marked = |block: Value| json!({"messages": [{"role": "user", "content": [block]}]});
    let scope = || json!({"type": "ephemeral", "scope": "organization"});
    let table = [
        (
            json!({"inference_geo": "us"}),
            "inference_geo: Extra inputs are not permitted",
        ),
        (
            json!({"fallbacks": []}),
            "fallbacks: Extra inputs are not permitted",
        ),
        (
            json!({"diagnostics": {}}),
            "diagnostics: Extra inputs are not permitted",
        ),
        (
            json!({"cache_control": scope()}),
            "cache_control.ephemeral.scope: Extra inputs are not permitted",
        ),
        (
            marked(json!({"type": "text", "text": "x", "cache_control": scope()})),
            "cache_control.ephemeral.scope: Extra inputs are not permitted",
        ),
        (
            tool("advisor_20260301"),
            "tools.0: Input tag 'advisor_20260301' found using 'type' does not match any of the expected tags",
        ),
        (
            tool("computer_20260801"),
            "tools.0: Input tag 'computer_20260801' found using 'type' does not match any of the expected tags",
        ),
    ];
    for (fields, expected) in table {
        for hosting in [Hosting::Azure, Hosting::Anthropic] {
            assert_eq!(
                said("claude-sonnet-5-5", hosting, &fields),
                expected,
                "{fields}"
            );
        }
    }
}

#[test]
fn fast_mode_is_opus_five_fives_on_azure() {
    let fast = json!({"speed": "fast"});
    let standard = json!({"speed": "standard"});
    let opus = "claude-opus-5-5";
    assert_eq!(said(opus, Hosting::Azure, &fast), "taken");
    assert_eq!(said(opus, Hosting::Anthropic, &standard), "taken");
    assert_eq!(
        said(opus, Hosting::Anthropic, &fast),
        "fast_mode not supported in your workspace."
    );
    assert_eq!(
        said(opus, Hosting::Azure, &json!({"speed": "faster"})),
        "speed: Input should be 'standard' or 'fast'"
    );
    assert_eq!(
        said("claude-sonnet-5-5", Hosting::Azure, &fast),
        "speed: Extra inputs are not permitted"
    );
}

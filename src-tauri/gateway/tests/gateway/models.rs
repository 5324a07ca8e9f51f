//! The list of models, as clients of both dialects read it, and resources that are lent whole.

use hearth_gateway::{Catalogue, Deployment};

use crate::support::{KEY, deployment, get, keys, lending, options, post, question, serve};
use crate::upstream::{JSON, Upstream};

#[tokio::test]
async fn one_list_serves_clients_of_both_dialects() {
    let upstream = Upstream::saying(
        "200 OK",
        &[JSON],
        "{\"content\":[],\"stop_reason\":\"end_turn\"}",
    )
    .await;
    let mut catalogue = Catalogue::default();
    let known = Deployment {
        base_model: Some("claude-sonnet-5-5".to_owned()),
        ..deployment(upstream.url(), "prod", options())
    };
    catalogue.add("prod-llm".to_owned(), known);
    catalogue.add(
        "unknown".to_owned(),
        deployment(upstream.url(), "x", options()),
    );
    let gateway = serve(lending(catalogue, Some(keys()))).await;
    for path in ["/v1/models", "/models", "/anthropic/v1/models?limit=1000"] {
        let list = get(&gateway, path, KEY).await.json();
        assert_eq!(list["object"], "list");
        assert_eq!(list["has_more"], false);
        assert_eq!(list["first_id"], "prod-llm");
        assert_eq!(list["last_id"], "unknown");
        let model = &list["data"][0];
        assert_eq!(model["object"], "model");
        assert_eq!(model["type"], "model");
        assert_eq!(model["display_name"], "Claude Sonnet 5.5");
        assert!(model["created"].as_i64().unwrap() > 1_700_000_000);
        assert!(
            model["created_at"]
                .as_str()
                .unwrap()
                .ends_with("T00:00:00Z")
        );
        assert_eq!(list["data"][1]["display_name"], "unknown");
        assert_eq!(list["data"][1]["created_at"], "1970-01-01T00:00:00Z");
    }
    assert_eq!(
        get(&gateway, "/v1/models/prod-llm", KEY).await.json()["id"],
        "prod-llm"
    );
    for named in ["azure_ai/prod-llm", "azure_ai%2Fprod-llm"] {
        let model = get(&gateway, &format!("/v1/models/{named}"), KEY).await;
        assert_eq!(model.json()["id"], "prod-llm", "{named}");
    }
    let missing = get(&gateway, "/v1/models/none", KEY).await;
    assert_eq!(missing.status, 404);
    assert_eq!(missing.json()["error"]["type"], "invalid_request_error");
    let missing = get(&gateway, "/anthropic/v1/models/none", KEY).await;
    assert_eq!(missing.json()["error"]["type"], "not_found_error");
}

#[tokio::test]
async fn a_resource_that_is_lent_whole_is_asked_for_names_that_nobody_wrote_down() {
    let upstream = Upstream::saying(
        "200 OK",
        &[JSON],
        "{\"content\":[],\"stop_reason\":\"end_turn\"}",
    )
    .await;
    let mut catalogue = Catalogue::default();
    catalogue.add(
        "known".to_owned(),
        deployment(upstream.url(), "known", options()),
    );
    catalogue.pass_on_others_to(deployment(upstream.url(), "", options()));
    let gateway = serve(lending(catalogue, Some(keys()))).await;
    for (asked, passed) in [
        ("known", "known"),
        ("other", "other"),
        ("azure_ai/other", "other"),
    ] {
        let came = post(&gateway, "/v1/messages", question(asked, false)).await;
        assert_eq!(came.status, 200);
        let got = upstream.got();
        assert_eq!(
            got.last().unwrap().body,
            question(passed, false).into_bytes()
        );
    }
    let list = get(&gateway, "/v1/models", KEY).await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
}

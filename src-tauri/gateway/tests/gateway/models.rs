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

#[tokio::test]
async fn the_list_comes_in_pages_to_who_wants_pages() {
    let mut catalogue = Catalogue::default();
    for name in ["a", "b", "c"] {
        let deployment = deployment("http://127.0.0.1:1", name, options());
        catalogue.add(name.to_owned(), deployment);
    }
    let gateway = serve(lending(catalogue, Some(keys()))).await;
    for (query, ids, more) in [
        ("", vec!["a", "b", "c"], false),
        ("?limit=1000", vec!["a", "b", "c"], false),
        ("?limit=2", vec!["a", "b"], true),
        ("?limit=2&after_id=b", vec!["c"], false),
        ("?limit=1&after_id=a", vec!["b"], true),
        ("?after_id=c", vec![], false),
        ("?limit=1&before_id=c", vec!["b"], true),
        ("?before_id=c", vec!["a", "b"], false),
        ("?before_id=a", vec![], false),
        ("?limit=0", vec!["a"], true),
        ("?unknown=1", vec!["a", "b", "c"], false),
    ] {
        let list = get(&gateway, &format!("/v1/models{query}"), KEY)
            .await
            .json();
        let data = list["data"].as_array().unwrap();
        let found: Vec<_> = data.iter().map(|it| it["id"].as_str().unwrap()).collect();
        assert_eq!(found, ids, "{query}");
        assert_eq!(list["has_more"], more, "{query}");
        assert_eq!(list["first_id"].as_str(), ids.first().copied(), "{query}");
        assert_eq!(list["last_id"].as_str(), ids.last().copied(), "{query}");
    }
    let unknown = get(&gateway, "/v1/models?after_id=none", KEY).await;
    assert_eq!(unknown.status, 400);
}

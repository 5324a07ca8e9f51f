//! Several keys: what each may ask, and for how long.

use hearth_gateway::{Catalogue, Expiry, Key, Keys, Serving};

use crate::support::{deployment, get, http, key, lending, options, question, receive, serve};
use crate::upstream::{JSON, Upstream};

async fn gateway(upstream: &Upstream) -> Serving {
    let mut catalogue = Catalogue::default();
    for name in ["one", "two"] {
        catalogue.add(name.to_owned(), deployment(upstream.url(), name, options()));
    }
    let mut keys = Keys::default();
    let scoped = Key {
        models: Some(vec!["one".to_owned()]),
        ..key("scoped", "key-scoped")
    };
    let nothing = Key {
        models: Some(Vec::new()),
        ..key("nothing", "key-nothing")
    };
    let over = Key {
        expires: Expiry::parse("2020-01-01"),
        ..key("over", "key-over")
    };
    let later = Key {
        expires: Expiry::parse("2999-01-01"),
        ..key("later", "key-later")
    };
    for key in [scoped, nothing, over, later, key("all", "key-all")] {
        keys.add(key).unwrap();
    }
    serve(lending(catalogue, Some(keys))).await
}

#[tokio::test]
async fn a_key_opens_what_it_is_for_and_as_long_as_it_is_good() {
    let upstream = Upstream::saying(
        "200 OK",
        &[JSON],
        "{\"content\":[],\"stop_reason\":\"end_turn\"}",
    )
    .await;
    let gateway = gateway(&upstream).await;
    for (key, model, expected) in [
        ("key-all", "one", 200),
        ("key-all", "two", 200),
        ("key-later", "two", 200),
        ("key-scoped", "one", 200),
        ("key-scoped", "azure_ai/one", 200),
        ("key-scoped", "two", 403),
        ("key-scoped", "azure_ai/two", 403),
        ("key-scoped", "three", 404),
        ("key-nothing", "one", 403),
        ("key-over", "one", 401),
        ("key-other", "one", 401),
    ] {
        let request = http()
            .post(format!("{}/v1/messages", gateway.url()))
            .header("x-api-key", key)
            .header("content-type", "application/json")
            .body(question(model, false));
        let came = receive(request).await;
        assert_eq!(came.status, expected, "{key} {model}: {}", came.text());
        assert!(!came.text().contains(key), "{}", came.text());
        // Who is refused is told what helps.
        let helps = match came.status {
            401 => "gateway's configuration",
            403 => "use another",
            404 => "there are: one, two",
            _ => continue,
        };
        let scoped = came.text().contains("there are: one\"");
        assert!(came.text().contains(helps) || scoped, "{}", came.text());
    }
    // What a key may not ask for, it is not told of either.
    for (key, expected) in [
        ("key-all", vec!["one", "two"]),
        ("key-scoped", vec!["one"]),
        ("key-nothing", vec![]),
    ] {
        let list = get(&gateway, "/v1/models", key).await.json();
        let data = list["data"].as_array().unwrap();
        let names: Vec<_> = data.iter().map(|it| it["id"].as_str().unwrap()).collect();
        assert_eq!(names, expected, "{key}");
    }
    assert_eq!(
        get(&gateway, "/v1/models/two", "key-scoped").await.status,
        404
    );
    assert_eq!(get(&gateway, "/v1/models/two", "key-all").await.status, 200);
}

#[tokio::test]
async fn a_key_that_is_good_counts_more_than_one_that_was() {
    let answer = "{\"content\":[],\"stop_reason\":\"end_turn\"}";
    let upstream = Upstream::saying("200 OK", &[JSON], answer).await;
    let gateway = gateway(&upstream).await;
    for (first, second, expected) in [
        ("key-over", "key-all", 200),
        ("key-all", "key-over", 200),
        ("key-over", "key-other", 401),
        ("key-other", "key-over", 401),
    ] {
        for names in [["x-api-key", "x-litellm-api-key"], ["api-key", "x-api-key"]] {
            let request = http()
                .post(format!("{}/v1/messages", gateway.url()))
                .header(names[0], first)
                .header(names[1], second)
                .header("content-type", "application/json")
                .body(question("one", false));
            let came = receive(request).await;
            assert_eq!(came.status, expected, "{names:?} {first} {second}");
            let expired = came.text().contains("expired");
            assert_eq!(expired, expected == 401, "{}", came.text());
        }
    }
}

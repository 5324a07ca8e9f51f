//! Who may ask, for what, and until when.

use hearth_engine::api::GatewayKeyDraft;

use crate::support::*;

#[tokio::test]
async fn a_key_that_is_removed_is_refused_at_once() {
    let (house, url, key) = House::open().await;
    let (other, other_key) = house.key("Build server").await;
    // On connections that stand already.
    let asking = client();
    for key in [&key, &other_key] {
        assert_eq!(ask(&asking, &url, key).await, Some(200));
    }
    house.engine.remove_gateway_key(&other).await.unwrap();
    assert_eq!(ask(&asking, &url, &other_key).await, Some(401));
    assert_eq!(ask(&asking, &url, &key).await, Some(200));
    let view = house.engine.gateway().await;
    house
        .engine
        .remove_gateway_key(&view.keys[0].id)
        .await
        .unwrap();
    assert_eq!(ask(&asking, &url, &key).await, Some(401));
}

#[tokio::test]
async fn a_key_asks_for_its_models_until_its_last_day() {
    let (house, url, _) = House::open().await;
    let (id, key) = house.key("Build server").await;
    let asking = client();
    let change = async |models: Option<&str>, expires: Option<&str>| {
        let draft = GatewayKeyDraft {
            id: Some(id.clone()),
            models: models.map(|model| vec![model.to_owned()]),
            expires: expires.map(str::to_owned),
            ..key_draft("Build server")
        };
        house.engine.save_gateway_key(draft).await.unwrap();
        ask(&asking, &url, &key).await
    };
    assert_eq!(change(Some(SONNET), Some("2999-12-31")).await, Some(200));
    let refused = change(Some(OPUS), None).await;
    assert!(matches!(refused, Some(403 | 404)), "{refused:?}");
    // Its last day goes by.
    assert_eq!(change(None, Some("2999-12-31")).await, Some(200));
    let path = house.folder.path().join("settings.json");
    let written = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, written.replace("2999-12-31", "2020-12-31")).unwrap();
    let is_over = async {
        while ask(&asking, &url, &key).await != Some(401) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    within(is_over).await;
    assert_eq!(change(None, None).await, Some(200));
}

#[tokio::test]
async fn requests_are_recorded_under_the_name_of_their_key() {
    let (house, url, key) = House::open().await;
    // Who has no key is nobody, and is written down nowhere.
    assert_eq!(ask(&client(), &url, "wrong").await, Some(401));
    assert_eq!(ask(&client(), &url, &key).await, Some(200));
    let view = house.recorded(1).await;
    assert_eq!(view.recent.len(), 1, "{:?}", view.recent);
    let request = &view.recent[0];
    assert_eq!(request.key.as_deref(), Some("Editor"));
    assert_eq!(request.model.as_deref(), Some(SONNET));
    assert_eq!(request.status, Some(200));
    assert!(request.output_tokens.is_some_and(|tokens| tokens > 0));
    assert_eq!((view.today.requests, view.today.failed), (1, 0));
    assert_eq!(view.today.output_tokens, request.output_tokens.unwrap());
    assert_eq!(view.keys[0].last_used_at, Some(request.at));
    // Another key of the same name was not used yet.
    house
        .engine
        .remove_gateway_key(&view.keys[0].id)
        .await
        .unwrap();
    house.key("Editor").await;
    let view = house.engine.gateway().await;
    assert_eq!(view.keys[0].last_used_at, None);
    assert_eq!(view.recent.len(), 1);
}

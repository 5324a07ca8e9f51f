//! What is lent follows what the person chooses.

use hearth_emulator::{Emulator, Script};
use hearth_engine::DemoAddress;
use hearth_engine::api::{ConnectionDraft, ErrorCode, GatewaySettings, GatewayState, HearthEvent};

use crate::support::*;

fn connection(state: &GatewayState) -> Option<&str> {
    match state {
        GatewayState::Running { connection, .. } => Some(connection),
        _ => None,
    }
}

#[tokio::test]
async fn another_connection_takes_the_next_requests_and_leaves_what_runs() {
    let (house, url, key) = House::open().await;
    let second = Emulator::builder().start().await.unwrap();
    let (script, gate) = Script::reply(["one", "two"]).gate();
    house.emulator.next(script);
    gate.release(1);
    let asking = client();
    let answer = within(question(&asking, &url, &key, true).send())
        .await
        .unwrap();
    // A new connection becomes the one that questions go to.
    let mut window = house.engine.subscribe();
    let draft = draft_to("Second", &second);
    house.engine.save_connection(draft).await.unwrap();
    house
        .until(|state| connection(state) == Some("Second"))
        .await;
    let told = async {
        loop {
            if window
                .next()
                .await
                .unwrap()
                .contains(&HearthEvent::GatewayChanged)
            {
                return;
            }
        }
    };
    within(told).await;
    assert_eq!(ask(&asking, &url, &key).await, Some(200));
    assert_eq!((house.emulator.log().len(), second.log().len()), (1, 1));
    gate.open();
    let text = within(answer.text()).await.unwrap();
    assert!(
        text.contains("two") && text.contains("message_stop"),
        "{text}"
    );

    house
        .engine
        .use_connection(house.saved.clone())
        .await
        .unwrap();
    house
        .until(|state| connection(state) == Some("First"))
        .await;
    assert_eq!(ask(&asking, &url, &key).await, Some(200));
    assert_eq!((house.emulator.log().len(), second.log().len()), (2, 1));
}

#[tokio::test]
async fn a_fixed_connection_stays_and_is_missed_when_it_is_gone() {
    let (house, url, key) = House::open().await;
    let fixed = GatewaySettings {
        connection: Some(house.saved.clone()),
        ..on(0)
    };
    house.engine.save_gateway(fixed).await.unwrap();
    let second = Emulator::builder().start().await.unwrap();
    let draft = draft_to("Second", &second);
    house.engine.save_connection(draft).await.unwrap();
    assert_eq!(ask(&client(), &url, &key).await, Some(200));
    assert_eq!(second.log(), []);
    house
        .engine
        .remove_connection(house.saved.clone())
        .await
        .unwrap();
    let missed = |state: &GatewayState| {
        matches!(state, GatewayState::Failed { problem }
            if problem.code == ErrorCode::ConnectionNotFound)
    };
    house.until(missed).await;
    assert_eq!(ask(&client(), &url, &key).await, None);
    assert_eq!(second.log(), []);
}

#[tokio::test]
async fn without_a_connection_nothing_is_lent_least_of_all_the_demo() {
    let (house, url, key) = House::open().await;
    let demo = Emulator::builder().start().await.unwrap();
    let address = DemoAddress {
        url: demo.url(),
        key: demo.key().to_owned(),
    };
    house.engine.start_demo(address).await.unwrap();
    assert_eq!(ask(&client(), &url, &key).await, Some(200));
    house
        .engine
        .remove_connection(house.saved.clone())
        .await
        .unwrap();
    let missed = |state: &GatewayState| {
        matches!(state, GatewayState::Failed { problem }
            if problem.code == ErrorCode::NoConnection)
    };
    house.until(missed).await;
    assert_eq!(ask(&client(), &url, &key).await, None);
    assert_eq!(demo.log(), []);
    // As soon as there is one again, it is.
    let draft = draft_to("New", &house.emulator);
    house.engine.save_connection(draft).await.unwrap();
    let url = house.until_runs().await;
    assert_eq!(ask(&client(), &url, &key).await, Some(200));
}

#[tokio::test]
async fn a_new_secret_and_a_new_deployment_count_for_the_next_request() {
    let (house, url, key) = House::open().await;
    let asking = client();
    let save = async |secret: &str, deployments: &[&str]| {
        let draft = ConnectionDraft {
            id: Some(house.saved.clone()),
            credential: with_key(secret),
            deployments: deployments.iter().map(|name| deployment(name)).collect(),
            ..draft_to("First", &house.emulator)
        };
        house.engine.save_connection(draft).await.unwrap();
        // What is saved next waits for what was asked before.
        house.switch_on().await
    };
    save("wrong", &[SONNET]).await;
    assert_eq!(ask(&asking, &url, &key).await, Some(401));
    let view = save(house.emulator.key(), &[SONNET, "claude-haiku-4-5"]).await;
    assert_eq!(view.models, [SONNET, "claude-haiku-4-5"]);
    assert_eq!(ask(&asking, &url, &key).await, Some(200));
    let listed = asking
        .get(format!("{url}/v1/models"))
        .bearer_auth(&key)
        .send();
    let listed = within(listed).await.unwrap().text().await.unwrap();
    assert!(
        listed.contains("claude-haiku-4-5") && !listed.contains(OPUS),
        "{listed}"
    );
}

//! The end of a program that lends.

use std::time::Duration;

use hearth_emulator::Script;
use hearth_engine::api::GatewayState;

use crate::support::*;

#[tokio::test]
async fn what_runs_may_come_to_its_end_and_is_recorded() {
    let (house, url, key) = House::open().await;
    let (script, gate) = Script::reply(["one", "two"]).gate();
    house.emulator.next(script);
    gate.release(1);
    let asking = client();
    let answer = within(question(&asking, &url, &key, true).send())
        .await
        .unwrap();
    let ending = tokio::spawn(house.lending.shutdown(Duration::from_secs(60)));
    // Whoever comes now finds nobody; those who still did leave a record, too.
    let mut count = 1;
    while ask(&client(), &url, &key).await.is_some() {
        count += 1;
    }
    gate.open();
    let text = within(answer.text()).await.unwrap();
    assert!(
        text.contains("two") && text.contains("message_stop"),
        "{text}"
    );
    within(ending).await.unwrap();
    let view = house.engine.gateway().await;
    assert_eq!(view.state, GatewayState::Off);
    assert_eq!(view.recent.len(), count);
    assert!(view.recent.iter().all(|it| it.status == Some(200)));
    // It is on disk for the next start, whose gateway is on again.
    house.engine.shutdown().await;
    let next = open(&house.folder).await;
    let view = next.gateway().await;
    assert!(view.settings.on);
    assert_eq!(view.recent.len(), count);
}

#[tokio::test]
async fn nobody_waits_for_an_answer_that_does_not_come() {
    let (house, url, key) = House::open().await;
    let (script, gate) = Script::reply(["one", "two"]).gate();
    house.emulator.next(script);
    gate.release(1);
    let asking = client();
    let answer = within(question(&asking, &url, &key, true).send())
        .await
        .unwrap();
    within(house.lending.shutdown(Duration::ZERO)).await;
    house.engine.shutdown().await;
    drop((answer, gate));
}

#[tokio::test]
async fn dropped_it_lets_go_of_its_port() {
    let (house, url, key) = House::open().await;
    assert_eq!(ask(&client(), &url, &key).await, Some(200));
    drop(house.lending);
    while ask(&client(), &url, &key).await.is_some() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

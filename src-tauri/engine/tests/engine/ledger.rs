//! What was asked of resources is remembered: whoever asked, however it ended, and whatever the
//! disk says at that moment.

use std::time::Duration;

use hearth_emulator::{Emulator, Script};
use hearth_engine::api::{Decision, GatewaySum, HearthEvent};
use hearth_engine::{
    ClientOptions, DemoAddress, Engine, RequestFrom, RequestOutcome, RequestRecord,
};
use hearth_store::{Request, Source, Store};
use serde_json::json;

use crate::full_disk::{fill, in_namespace};
use crate::support::*;
use crate::tools::{calls, house_with_clock, until_asked};

/// A request that came through the gateway now.
fn through_the_gateway(outcome: RequestOutcome) -> RequestRecord {
    RequestRecord {
        at: jiff::Timestamp::now(),
        from: RequestFrom::Gateway {
            key: Some("build-server".to_owned()),
        },
        connection: "Work".to_owned(),
        deployment: Some("my-sonnet".to_owned()),
        model: Some("the-alias".to_owned()),
        answered_by: None,
        status: Some(200),
        outcome,
        duration: Duration::from_millis(250),
        usage: None,
    }
}

async fn sum(engine: &Engine) -> GatewaySum {
    engine.gateway_sum_today().await.unwrap()
}

/// What chats asked, oldest first, as another program reads it when all of it is on disk.
async fn chats(house: &House, expected: usize) -> Vec<Request> {
    let store = Store::open(house.folder.path()).unwrap();
    let all = async {
        loop {
            let mut found = store.last_requests(Source::Chat, 100).unwrap();
            if found.len() >= expected {
                found.reverse();
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    within(all).await
}

#[tokio::test]
async fn every_request_of_a_chat_is_remembered_however_it_ends() {
    let house = House::new().await;
    house.emulator.next(Script::reply(["Hello"]));
    let (first, _) = house.ask(None, "canary-question").await;
    let refusal = r#"{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"}}"#;
    let busy = Script::status(429, [("retry-after", "3600")], refusal);
    house.emulator.next(busy);
    house.ask(Some(&first.conversation), "Again").await;
    house
        .emulator
        .next(Script::reply(["Hal", "f"]).cut_after_events(3));
    house.ask(Some(&first.conversation), "Again").await;
    let (script, _gate) = Script::reply(["Never", "said"]).gate();
    house.emulator.next(script);
    let mut window = house.engine.subscribe();
    let sent = house.send(Some(&first.conversation), "Again").await;
    house.emulator.wait_for(|log| log.len() == 4).await.unwrap();
    house.engine.stop(&sent.turn);
    ended(&mut window, &sent.turn).await;

    let all = chats(&house, 4).await;
    let ends: Vec<_> = all.iter().map(|it| (it.status, it.outcome)).collect();
    assert_eq!(ends[0], (Some(200), RequestOutcome::Answered));
    assert_eq!(ends[1], (Some(429), RequestOutcome::Refused));
    assert_eq!(ends[2], (Some(200), RequestOutcome::BrokeOff));
    assert_eq!(ends[3].1, RequestOutcome::Left);
    for request in &all {
        assert_eq!(request.connection, "Emulator");
        assert_eq!(request.deployment.as_deref(), Some(SONNET));
        let conversation = request.conversation.as_ref().unwrap();
        assert_eq!(conversation.as_str(), first.conversation.0);
        assert_eq!(request.key, None);
    }
    assert!(all[0].input_tokens.unwrap() > 0 && all[0].output_tokens.unwrap() > 0);
    assert!(all[0].answered_by.is_some());
    assert_eq!(all[1].input_tokens, None);
    let everything = format!("{all:?}");
    assert!(everything.contains("Emulator") && !everything.contains("canary"));

    // The demo asks nobody, and is not counted.
    let demo = Emulator::builder().start().await.unwrap();
    let address = DemoAddress {
        url: demo.url(),
        key: demo.key().to_owned(),
    };
    house.engine.start_demo(address).await.unwrap();
    house.ask(None, "Hello").await;
    assert_eq!(demo.log().len(), 1);

    // It outlives its conversation, and the program.
    house
        .engine
        .trash(first.conversation.clone())
        .await
        .unwrap();
    house
        .engine
        .delete_forever(first.conversation.clone())
        .await
        .unwrap();
    assert_eq!(chats(&house, 4).await, all);
    assert_eq!(sum(&house.engine).await, GatewaySum::default());
}

#[tokio::test]
async fn each_round_of_tools_is_a_request() {
    let house = house_with_clock().await;
    house.emulator.next(calls(&["{}"]));
    house.emulator.next(Script::reply(["It is late."]));
    let sent = house.send(None, "What time is it?").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    let (turn, call) = until_asked(&mut window).await;
    house.engine.decide(&turn, &call, Decision::Once);
    window.until_over().await;
    let all = chats(&house, 2).await;
    assert_eq!(all.len(), 2);
    assert!(all.iter().all(|it| it.outcome == RequestOutcome::Answered));
    assert_eq!(all[0].conversation, all[1].conversation);
}

#[tokio::test]
async fn what_is_asked_last_is_on_disk_when_the_engine_has_ended() {
    let house = House::new().await;
    let folder = copy_of(house.folder.path());
    let engine = Engine::open(profile(folder.path()), no_environment())
        .await
        .unwrap();
    for _ in 0..300 {
        engine.record(through_the_gateway(RequestOutcome::Answered));
    }
    engine.shutdown().await;
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(
        store.last_requests(Source::Gateway, 1000).unwrap().len(),
        300
    );
}

#[tokio::test]
async fn what_went_through_the_gateway_is_summed_listed_and_announced() {
    let house = House::new().await;
    let mut window = house.engine.subscribe();
    for outcome in [
        RequestOutcome::Answered,
        RequestOutcome::Refused,
        RequestOutcome::BrokeOff,
        RequestOutcome::Left,
    ] {
        house.engine.record(through_the_gateway(outcome));
    }
    // At once, and the same when it is on disk.
    let expected = GatewaySum {
        requests: 4,
        failed: 2,
        ..GatewaySum::default()
    };
    assert_eq!(sum(&house.engine).await, expected);
    while !within(window.next())
        .await
        .unwrap()
        .contains(&HearthEvent::GatewayChanged)
    {}
    assert_eq!(sum(&house.engine).await, expected);
    let recent = house.engine.gateway_recent().await.unwrap();
    assert_eq!(recent.len(), 4);
    assert_eq!(recent[0].key.as_deref(), Some("build-server"));
    assert_eq!(recent[0].model.as_deref(), Some("the-alias"));
    assert_eq!((recent[0].status, recent[0].duration), (Some(200), 250));

    for _ in 0..100 {
        house
            .engine
            .record(through_the_gateway(RequestOutcome::Answered));
    }
    let yesterday = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(49);
    house.engine.record(RequestRecord {
        at: yesterday,
        from: RequestFrom::Gateway {
            key: Some("old".to_owned()),
        },
        ..through_the_gateway(RequestOutcome::Answered)
    });
    assert_eq!(sum(&house.engine).await.requests, 104);
    let recent = house.engine.gateway_recent().await.unwrap();
    assert_eq!(recent.len(), 50);
    assert!(recent.is_sorted_by(|newer, older| newer.at >= older.at));
    let used = house.engine.gateway_keys_last_used().await.unwrap();
    assert_eq!(used["old"], yesterday.as_millisecond());
    assert!(used["build-server"] > used["old"]);
    // However many they are, they are announced together.
    let (events, _) = house.close().await;
    let told = events
        .iter()
        .filter(|it| **it == HearthEvent::GatewayChanged);
    assert!((1..=4).contains(&told.count()));
}

#[tokio::test]
async fn usage_is_counted_with_what_came_from_the_cache() {
    let house = House::new().await;
    let usage = json!({
        "input_tokens": 1, "cache_read_input_tokens": 20,
        "cache_creation_input_tokens": 300, "output_tokens": 4,
    });
    let usage = hearth_wire::Raw::parse(usage.to_string()).unwrap();
    house.engine.record(RequestRecord {
        usage: Some(hearth_wire::Usage::from_raw(usage)),
        ..through_the_gateway(RequestOutcome::Answered)
    });
    let sum = sum(&house.engine).await;
    assert_eq!((sum.input_tokens, sum.output_tokens), (321, 4));
}

#[tokio::test]
async fn a_disk_that_takes_nothing_stops_nobody_and_is_made_up_for() {
    let test = "ledger::a_disk_that_takes_nothing_stops_nobody_and_is_made_up_for";
    let Some(disk) = in_namespace(test) else {
        return;
    };
    let folder = tempfile::tempdir_in(&disk).unwrap();
    let house = House::in_folder(folder, Emulator::builder(), ClientOptions::default()).await;
    let (script, gate) = Script::reply(["Hello"]).gate();
    house.emulator.next(script);
    let mut window = house.engine.subscribe();
    let sent = house.send(None, "Hello").await;
    let ballast = disk.join("ballast");
    fill(&ballast);
    house
        .engine
        .record(through_the_gateway(RequestOutcome::Answered));
    gate.open();
    ended(&mut window, &sent.turn).await;
    assert_eq!(sum(&house.engine).await.requests, 1);
    assert_eq!(house.engine.gateway_recent().await.unwrap().len(), 1);
    let store = Store::open_or_read(house.folder.path()).unwrap();
    assert_eq!(store.last_requests(Source::Gateway, 5).unwrap(), []);
    drop(store);
    std::fs::remove_file(&ballast).unwrap();
    assert_eq!(chats(&house, 1).await.len(), 1);
    let store = Store::open(house.folder.path()).unwrap();
    assert_eq!(store.last_requests(Source::Gateway, 5).unwrap().len(), 1);
    assert_eq!(sum(&house.engine).await.requests, 1);
}

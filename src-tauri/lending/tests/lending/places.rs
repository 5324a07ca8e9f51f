//! On, off, and where.

use hearth_emulator::Script;
use hearth_engine::api::{ErrorCode, GatewaySettings, GatewayState};
use hearth_lending::{Callers, Terms};
use tokio::net::TcpListener;

use crate::support::*;

fn failed(state: &GatewayState) -> Option<(ErrorCode, Option<&str>)> {
    match state {
        GatewayState::Failed { problem } => Some((problem.code, problem.subject.as_deref())),
        _ => None,
    }
}

#[tokio::test]
async fn it_serves_while_it_is_switched_on() {
    let house = House::new().await;
    let (_, key) = house.key("Editor").await;
    assert_eq!(house.engine.gateway().await.state, GatewayState::Off);
    let view = house.switch_on().await;
    let url = url(&view.state);
    assert_eq!(view.models, [SONNET, OPUS]);
    let asking = client();
    assert_eq!(ask(&asking, &url, &key).await, Some(200));
    let off = GatewaySettings {
        on: false,
        ..view.settings
    };
    let view = house.engine.save_gateway(off).await.unwrap();
    assert_eq!(view.state, GatewayState::Off);
    assert_eq!(view.models, [""; 0]);
    assert_eq!(ask(&client(), &url, &key).await, None);
    // The same port again, in the same moment.
    let again = on(port(&url));
    let view = house.engine.save_gateway(again).await.unwrap();
    assert_eq!(crate::support::url(&view.state), url);
    assert_eq!(ask(&client(), &url, &key).await, Some(200));
}

#[tokio::test]
async fn another_port_cuts_off_nothing_that_runs() {
    let (house, before, key) = House::open().await;
    let (script, gate) = Script::reply(["one", "two"]).gate();
    house.emulator.next(script);
    gate.release(1);
    let asking = client();
    let answer = question(&asking, &before, &key, true).send();
    let answer = within(answer).await.unwrap();
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let wanted = free.local_addr().unwrap().port();
    drop(free);
    let view = house.engine.save_gateway(on(wanted)).await.unwrap();
    let now = url(&view.state);
    assert_eq!(now, format!("http://127.0.0.1:{wanted}"));
    assert_eq!(ask(&client(), &now, &key).await, Some(200));
    assert_eq!(ask(&client(), &before, &key).await, None);
    // So does switching it off.
    let off = GatewaySettings {
        on: false,
        ..view.settings
    };
    house.engine.save_gateway(off).await.unwrap();
    gate.open();
    let text = within(answer.text()).await.unwrap();
    assert!(
        text.contains("two") && text.contains("message_stop"),
        "{text}"
    );
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_and_tried_again() {
    let house = House::new().await;
    let (_, key) = house.key("Editor").await;
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = other.local_addr().unwrap();
    let view = house.engine.save_gateway(on(taken.port())).await.unwrap();
    let expected = Some((ErrorCode::GatewayAddressTaken, Some(taken.to_string())));
    let said = failed(&view.state).map(|(code, about)| (code, about.map(str::to_owned)));
    assert_eq!(said, expected);
    // Another choice is tried at once.
    let view = house.switch_on().await;
    assert_eq!(ask(&client(), &url(&view.state), &key).await, Some(200));
    // What was there before is gone: it serves nowhere else instead.
    let before = url(&view.state);
    let view = house.engine.save_gateway(on(taken.port())).await.unwrap();
    assert!(failed(&view.state).is_some());
    assert_eq!(ask(&client(), &before, &key).await, None);
    // Nothing is chosen any more, and the other program ends.
    drop(other);
    let url = house.until_runs().await;
    assert_eq!(url, format!("http://{taken}"));
    assert_eq!(ask(&client(), &url, &key).await, Some(200));
}

#[tokio::test]
async fn what_another_program_chooses_is_followed() {
    let (house, url, key) = House::open().await;
    let neighbour = open(&house.folder).await;
    let asking = client();
    assert_eq!(ask(&asking, &url, &key).await, Some(200));
    let view = neighbour.gateway().await;
    let off = GatewaySettings {
        on: false,
        ..view.settings.clone()
    };
    neighbour.save_gateway(off).await.unwrap();
    house.until(|state| *state == GatewayState::Off).await;
    assert_eq!(ask(&client(), &url, &key).await, None);
    neighbour.save_gateway(view.settings).await.unwrap();
    let url = house.until_runs().await;
    assert_eq!(ask(&asking, &url, &key).await, Some(200));
    neighbour
        .remove_gateway_key(&view.keys[0].id)
        .await
        .unwrap();
    while ask(&asking, &url, &key).await == Some(200) {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(ask(&asking, &url, &key).await, Some(401));
}

#[tokio::test]
async fn a_program_of_its_own_serves_whatever_the_switch_says() {
    let terms = Terms {
        listen: Some("127.0.0.1:0".parse().unwrap()),
        always: true,
        callers: Callers::WithKey(vec![own_key("Own", "own-key")]),
        ..Terms::default()
    };
    let house = House::with(terms).await;
    let url = house.until_runs().await;
    assert_eq!(ask(&client(), &url, "own-key").await, Some(200));
    let (_, key) = house.key("Editor").await;
    assert_eq!(ask(&client(), &url, &key).await, Some(200));
    assert_eq!(ask(&client(), &url, "another").await, Some(401));
}

#[tokio::test]
async fn where_no_key_is_asked_for_every_key_is_taken() {
    let terms = Terms {
        listen: Some("127.0.0.1:0".parse().unwrap()),
        always: true,
        callers: Callers::Anybody,
        ..Terms::default()
    };
    let house = House::with(terms).await;
    let url = house.until_runs().await;
    assert_eq!(ask(&client(), &url, "anything").await, Some(200));
    let view = house.recorded(1).await;
    assert_eq!(view.recent.len(), 1);
    assert_eq!(view.recent[0].key, None);
}

#[tokio::test]
async fn pages_that_are_let_in_are_those_of_the_settings() {
    let (house, url, key) = House::open().await;
    let origin = "https://tool.example.com";
    let asking = client();
    let status = async || {
        let asked = question(&asking, &url, &key, false).header("origin", origin);
        within(asked.send()).await.unwrap().status().as_u16()
    };
    assert_eq!(status().await, 403);
    let chosen = GatewaySettings {
        origins: vec![origin.to_owned()],
        ..on(0)
    };
    house.engine.save_gateway(chosen).await.unwrap();
    assert_eq!(status().await, 200);
}

//! What was asked of resources, and sums of it.

use hearth_store::{Outcome, Request, RequestSum, Source, Store};

use crate::support::*;

const QUARTER: i64 = 15 * 60 * 1000;
const DAY: i64 = 24 * 60 * 60 * 1000;
/// A midnight in UTC, long after the first of all moments.
const MIDNIGHT: i64 = 20_000 * DAY;

fn request(source: Source, at: i64) -> Request {
    Request {
        at,
        source,
        conversation: None,
        key: None,
        connection: "Work".into(),
        deployment: Some("my-sonnet".into()),
        model: Some("my-sonnet".into()),
        answered_by: Some("claude-sonnet-4-5".into()),
        status: Some(200),
        outcome: Outcome::Answered,
        duration: 1234,
        input_tokens: Some(10),
        output_tokens: Some(20),
        cache_read_tokens: Some(300),
        cache_creation_tokens: Some(4000),
    }
}

fn sum(requests: i64, failed: i64) -> RequestSum {
    RequestSum {
        requests,
        failed,
        input_tokens: 10 * requests,
        output_tokens: 20 * requests,
        cache_read_tokens: 300 * requests,
        cache_creation_tokens: 4000 * requests,
    }
}

fn opened() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    (folder, store)
}

#[test]
fn requests_are_read_back_as_they_were_newest_first_and_from_one_source() {
    let (folder, store) = opened();
    let chat = Request {
        conversation: Some("c".into()),
        ..request(Source::Chat, MIDNIGHT)
    };
    let odd = Request {
        key: Some("Bücher 📚".into()),
        deployment: None,
        model: None,
        answered_by: None,
        status: None,
        outcome: Outcome::Left,
        input_tokens: None,
        output_tokens: None,
        cache_read_tokens: None,
        cache_creation_tokens: None,
        ..request(Source::Gateway, MIDNIGHT + 2)
    };
    let early = request(Source::Gateway, MIDNIGHT + 1);
    let refused = Request {
        status: Some(529),
        outcome: Outcome::Refused,
        ..early.clone()
    };
    let broken = Request {
        outcome: Outcome::BrokeOff,
        ..early.clone()
    };
    // Written late, and of one moment with others.
    for batch in [
        vec![chat.clone(), odd.clone()],
        vec![early.clone()],
        vec![refused.clone(), broken.clone()],
    ] {
        store.add_requests(&batch, MIDNIGHT).unwrap();
    }
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    let last = |source, most| store.last_requests(source, most).unwrap();
    assert_eq!(last(Source::Chat, 50), [chat]);
    assert_eq!(
        last(Source::Gateway, 50),
        [odd.clone(), broken, refused, early]
    );
    assert_eq!(last(Source::Gateway, 1), [odd]);
    assert_eq!(last(Source::Gateway, 0), []);
}

#[test]
fn sums_are_of_the_days_of_any_time_zone_and_of_one_source() {
    let (_folder, store) = opened();
    // Nepal's midnight is a quarter to in UTC.
    let nepal = MIDNIGHT + 3 * QUARTER;
    let failed = Request {
        outcome: Outcome::Refused,
        status: Some(429),
        ..request(Source::Gateway, nepal)
    };
    let left = Request {
        outcome: Outcome::Left,
        ..request(Source::Gateway, nepal + DAY - 1)
    };
    let all = [
        request(Source::Gateway, nepal - 1),
        failed,
        left,
        request(Source::Gateway, nepal + DAY),
        request(Source::Chat, nepal + 5),
    ];
    store.add_requests(&all, MIDNIGHT).unwrap();
    let bounds = [
        nepal - DAY,
        nepal,
        nepal + DAY,
        nepal + 2 * DAY,
        nepal + 3 * DAY,
    ];
    let sums = store.request_sums(Source::Gateway, &bounds).unwrap();
    assert_eq!(sums, [sum(1, 0), sum(2, 1), sum(1, 0), sum(0, 0)]);
    let sums = store.request_sums(Source::Chat, &bounds[1..3]).unwrap();
    assert_eq!(sums, [sum(1, 0)]);
    assert_eq!(store.request_sums(Source::Chat, &[]).unwrap(), []);
    assert_eq!(store.request_sums(Source::Chat, &[nepal]).unwrap(), []);
}

#[test]
fn what_is_old_or_too_much_goes_and_sums_stay_as_long_as_their_time() {
    let (_folder, store) = opened();
    let old = request(Source::Gateway, MIDNIGHT);
    let older_chat = request(Source::Chat, MIDNIGHT - 1);
    store
        .add_requests(&[old.clone(), older_chat], MIDNIGHT)
        .unwrap();
    let rows = "SELECT count(*) FROM request";
    assert_eq!(count(&store, rows), 2);
    // On the last day both still count; a millisecond later the older one is gone.
    let last = MIDNIGHT + 400 * DAY;
    store.add_requests(&[], last - 1).unwrap();
    assert_eq!(count(&store, rows), 2);
    store.add_requests(&[], last).unwrap();
    assert_eq!(store.last_requests(Source::Chat, 5).unwrap(), []);
    assert_eq!(store.last_requests(Source::Gateway, 5).unwrap(), [old]);
    store.add_requests(&[], last + QUARTER).unwrap();
    assert_eq!(count(&store, rows), 0);
    assert_eq!(count(&store, "SELECT count(*) FROM request_sum"), 0);

    let many = vec![request(Source::Gateway, last); 100_000];
    store.add_requests(&many, last).unwrap();
    let newest = request(Source::Gateway, last + 1);
    store
        .add_requests(std::slice::from_ref(&newest), last)
        .unwrap();
    assert_eq!(count(&store, rows), 100_000);
    assert_eq!(store.last_requests(Source::Gateway, 1).unwrap(), [newest]);
    let sums = store
        .request_sums(Source::Gateway, &[last, last + DAY])
        .unwrap();
    assert_eq!(sums, [sum(100_001, 0)]);
}

#[test]
fn a_conversation_goes_and_what_it_asked_stays() {
    let (_folder, store) = opened();
    answered(&store, "c", "question", "answer", 1);
    let asked = Request {
        conversation: Some("c".into()),
        ..request(Source::Chat, MIDNIGHT)
    };
    store
        .add_requests(std::slice::from_ref(&asked), MIDNIGHT)
        .unwrap();
    store.delete(&"c".into()).unwrap();
    assert_eq!(store.last_requests(Source::Chat, 5).unwrap(), [asked]);
}

#[test]
fn numbers_that_nobody_can_mean_break_no_sum() {
    let (_folder, store) = opened();
    let huge = Request {
        input_tokens: Some(i64::MAX),
        output_tokens: Some(-5),
        ..request(Source::Gateway, MIDNIGHT)
    };
    for _ in 0..3 {
        store
            .add_requests(&[huge.clone(), huge.clone()], MIDNIGHT)
            .unwrap();
    }
    let sums = store
        .request_sums(Source::Gateway, &[MIDNIGHT, MIDNIGHT + DAY])
        .unwrap();
    assert_eq!(sums[0].requests, 6);
    assert_eq!(sums[0].input_tokens, 6_000_000_000_000);
    assert_eq!(sums[0].output_tokens, 0);
}

#[test]
fn names_that_somebody_made_up_have_one_sum_together() {
    let (_folder, store) = opened();
    let named = |name: &str, status: u16| Request {
        deployment: Some(name.into()),
        status: Some(status),
        ..request(Source::Gateway, MIDNIGHT)
    };
    let all = [
        named("real", 200),
        named("also-real", 200),
        named("made-up", 404),
        named("made-up-too", 404),
    ];
    store.add_requests(&all, MIDNIGHT).unwrap();
    assert_eq!(count(&store, "SELECT count(*) FROM request_sum"), 3);
}

#[test]
fn a_key_knows_when_it_was_last_used() {
    let (_folder, store) = opened();
    let with = |key: &str, at| Request {
        key: Some(key.into()),
        ..request(Source::Gateway, at)
    };
    let all = [
        with("one", MIDNIGHT + 5),
        with("two", MIDNIGHT + 7),
        with("one", MIDNIGHT + 3),
        request(Source::Gateway, MIDNIGHT + 9),
    ];
    store.add_requests(&all, MIDNIGHT).unwrap();
    let expected = [
        ("one".to_owned(), MIDNIGHT + 5),
        ("two".to_owned(), MIDNIGHT + 7),
    ];
    assert_eq!(store.keys_last_used().unwrap(), expected);
}

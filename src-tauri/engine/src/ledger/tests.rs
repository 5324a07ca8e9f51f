//! What waits for a disk that takes nothing.

use jiff::civil::date;
use jiff::tz::TimeZone;

use super::*;

fn request(at: i64) -> store::Request {
    row(RequestRecord {
        at: Timestamp::from_millisecond(at).unwrap(),
        from: RequestFrom::Gateway { key: None },
        connection: "Work".to_owned(),
        deployment: None,
        model: None,
        answered_by: None,
        status: Some(200),
        outcome: RequestOutcome::Answered,
        duration: Duration::from_millis(5),
        usage: None,
    })
}

fn times(ledger: &Ledger) -> Vec<i64> {
    let newest = ledger.newest(Source::Gateway);
    newest.iter().map(|request| request.at).collect()
}

#[test]
fn only_the_first_has_to_be_written_by_whoever_brings_it() {
    let ledger = Ledger::default();
    assert!(ledger.add(request(1)));
    assert!(!ledger.add(request(2)));
    assert_eq!(ledger.begin().len(), 2);
    // One more comes while the others are written.
    assert!(!ledger.add(request(3)));
    ledger.end();
    assert_eq!(times(&ledger), [3]);
    assert!(!ledger.rests());
    ledger.begin();
    ledger.end();
    assert!(ledger.rests());
    assert!(ledger.add(request(4)));
}

#[test]
fn what_could_not_be_written_still_waits() {
    let ledger = Ledger::default();
    ledger.add(request(1));
    ledger.begin();
    ledger.add(request(2));
    assert_eq!(ledger.begin().len(), 2);
    assert_eq!(times(&ledger), [2, 1]);
}

#[test]
fn of_too_many_the_oldest_are_lost_and_nothing_else() {
    let ledger = Ledger::default();
    let most = i64::try_from(MOST_WAITING).unwrap();
    for at in 0..most {
        ledger.add(request(at));
    }
    ledger.begin();
    for at in most..most + 3 {
        ledger.add(request(at));
    }
    assert_eq!(ledger.waiting().lost, 3);
    assert_eq!(ledger.waiting().requests.len(), MOST_WAITING);
    // What was begun is written; what came meanwhile is not thrown away with it.
    ledger.end();
    assert_eq!(times(&ledger), [most + 2, most + 1, most]);
    assert_eq!(ledger.waiting().lost, 0);
}

#[test]
fn a_day_has_as_many_hours_as_its_place_gives_it() {
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let hours = |month, day| {
        let noon = date(2026, month, day).at(12, 0, 0, 0);
        let (from, to) = day_of(&noon.to_zoned(berlin.clone()).unwrap());
        assert!(from < to);
        (to - from) / 3_600_000
    };
    assert_eq!(hours(11, 22), 24);
    assert_eq!(hours(3, 29), 23);
    assert_eq!(hours(10, 25), 25);
}

#[test]
fn names_of_others_are_cut() {
    assert_eq!(short("ä".repeat(200)), "ä".repeat(200));
    assert_eq!(short("ä".repeat(5000)), format!("{}…", "ä".repeat(200)));
}

#[test]
fn input_is_shown_with_what_came_from_the_cache() {
    let usage = |json: &str| Some(Usage::from_raw(Raw::parse(json).unwrap()));
    let mut record = request(1);
    assert_eq!(shown(record.clone()).input_tokens, None);
    record = row(RequestRecord {
        at: Timestamp::UNIX_EPOCH,
        from: RequestFrom::Gateway {
            key: Some("k".to_owned()),
        },
        connection: String::new(),
        deployment: None,
        model: None,
        answered_by: None,
        status: None,
        outcome: RequestOutcome::Left,
        duration: Duration::ZERO,
        usage: usage(
            r#"{"input_tokens":1,"cache_read_input_tokens":20,"cache_creation_input_tokens":300,"output_tokens":4}"#,
        ),
    });
    let shown = shown(record);
    assert_eq!(
        (shown.input_tokens, shown.output_tokens),
        (Some(321), Some(4))
    );
    assert_eq!((shown.key.as_deref(), shown.status), (Some("k"), None));
}

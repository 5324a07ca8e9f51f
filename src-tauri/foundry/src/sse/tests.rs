//! The cases stand in the order of the standard's algorithm and are ours; each is run whole, at
//! every split point, and byte by byte.

use futures_util::{StreamExt, stream};

use super::*;

struct Case {
    name: &'static str,
    input: Vec<u8>,
    events: Vec<(&'static str, String)>,
}

fn case(name: &'static str, input: impl AsRef<[u8]>, events: &[(&'static str, &str)]) -> Case {
    let events = events
        .iter()
        .map(|(name, data)| (*name, (*data).to_owned()))
        .collect();
    Case {
        name,
        input: input.as_ref().to_vec(),
        events,
    }
}

/// The 26 things that an event stream can do, after the WHATWG text.
fn cases() -> Vec<Case> {
    let long = "x".repeat(2048);
    let comments =
        format!("data:1\r:\0\n:\r\ndata:2\n:{long}\rdata:3\n:data:fail\r:{long}\ndata:4\n\n");
    let mut invalid = b"data: a\xffb \xe2\x82\ndata: \xf0\x9f\x92 c\xc3\n\n".to_vec();
    invalid.extend_from_slice(b"data: \xed\xa0\x80|\xc0\xaf\n\n");
    let message = |data| [("message", data)];
    vec![
        case(
            "byte order mark",
            "\u{feff}data:1\n\ndata:2\n\ndata:3\n\n",
            &[("message", "1"), ("message", "2"), ("message", "3")],
        ),
        case(
            "two byte order marks",
            "\u{feff}\u{feff}data:1\n\ndata:2\n\ndata:3\n\n",
            &[("message", "2"), ("message", "3")],
        ),
        case("comments", comments, &message("1\n2\n3\n4")),
        case(
            "data before a final empty line missing",
            "retry:1000\ndata:test1\n\nid:test\ndata:test2",
            &message("test1"),
        ),
        case(
            "field data",
            "data:\n\ndata\ndata\n\ndata:test\n\n",
            &[("message", ""), ("message", "\n"), ("message", "test")],
        ),
        case(
            "field event",
            "event:test\ndata:x\n\ndata:x\n\n",
            &[("test", "x"), ("message", "x")],
        ),
        case(
            "field event empty",
            "event: \ndata:data\n\n",
            &message("data"),
        ),
        case(
            "id with null",
            "data:1\nid:a\0b\n\ndata:2\n\n",
            &[("message", "1"), ("message", "2")],
        ),
        case(
            "field parsing",
            "data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n",
            &message("\0\n 2\n1\n3\n\n4"),
        ),
        case(
            "retry bogus",
            "retry:3000\nretry:1000x\ndata:x\n\n",
            &message("x"),
        ),
        case("retry empty", "retry\ndata:test\n\n", &message("test")),
        case(
            "unknown fields",
            "data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\n\n",
            &message("test\n"),
        ),
        case(
            "leading space and tab",
            "data:\ttest\rdata: \ndata:test\n\n",
            &message("\ttest\n\ntest"),
        ),
        case(
            "newlines mixed",
            "data:test\r\ndata\ndata:test\r\n\r",
            &message("test\n\ntest"),
        ),
        case(
            "null character",
            "data:\0\n\n\n\ndata:\0\n\n",
            &[("message", "\0"), ("message", "\0")],
        ),
        case(
            "utf-8",
            "data:ok…\n\ndata: 日本語 žluťoučký\n\n",
            &[("message", "ok…"), ("message", "日本語 žluťoučký")],
        ),
        case(
            "comments between data",
            "data: a\n: ping\ndata: b\n:\n\n: end\n\n",
            &message("a\nb"),
        ),
        case(
            "cr only",
            "event: e\rdata: 1\rdata: 2\r\rdata: 3\r\r",
            &[("e", "1\n2"), ("message", "3")],
        ),
        case(
            "crlf only",
            "event: e\r\ndata: 1\r\ndata: 2\r\n\r\ndata: 3\r\n\r\n",
            &[("e", "1\n2"), ("message", "3")],
        ),
        case(
            "event without data",
            "event: lost\n\nevent: kept\ndata: x\n\n",
            &[("kept", "x")],
        ),
        case(
            "invalid utf-8",
            invalid,
            &[
                ("message", "a\u{fffd}b \u{fffd}\n\u{fffd} c\u{fffd}"),
                ("message", "\u{fffd}\u{fffd}\u{fffd}|\u{fffd}\u{fffd}"),
            ],
        ),
        case(
            "a messages stream with ping and error",
            "event: message_start\ndata: {\"type\":\"message_start\"}\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\nevent: error\ndata: {\"type\":\"error\"}\n\n",
            &[
                ("message_start", "{\"type\":\"message_start\"}"),
                ("ping", "{\"type\":\"ping\"}"),
                ("error", "{\"type\":\"error\"}"),
            ],
        ),
        case(
            "unusual line separators inside data",
            "data: a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}f\n\n",
            &message("a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}f"),
        ),
        case("four-byte emoji", "data: 👩🏽‍💻 𝒞\r\n\r\n", &message("👩🏽‍💻 𝒞")),
        case(
            "end of file without a final newline",
            "data: whole\n\ndata: cut\n",
            &message("whole"),
        ),
        case(
            "many blank lines",
            "\n\n\r\r\r\n\r\ndata: x\n\n\n\n\r\n\rdata: y\n\n\n",
            &[("message", "x"), ("message", "y")],
        ),
    ]
}

async fn events(chunks: Vec<&[u8]>) -> Vec<(String, String)> {
    let chunks = chunks
        .into_iter()
        .map(|chunk| Ok::<_, std::io::Error>(Bytes::copy_from_slice(chunk)));
    Events::new(stream::iter(chunks.collect::<Vec<_>>()))
        .map(|event| event.map(|event| (event.name, event.data)).unwrap())
        .collect()
        .await
}

#[tokio::test]
async fn conforms_at_every_split_point() {
    let cases = cases();
    assert_eq!(cases.len(), 26);
    for Case {
        name,
        input,
        events: expected,
    } in &cases
    {
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, data)| ((*name).to_owned(), data.clone()))
            .collect();
        for at in 0..=input.len() {
            let (left, right) = input.split_at(at);
            assert_eq!(
                events(vec![left, right]).await,
                expected,
                "{name}, split at {at}"
            );
        }
        assert_eq!(
            events(input.chunks(1).collect()).await,
            expected,
            "{name}, byte by byte"
        );
        assert_eq!(
            events(input.chunks(3).collect()).await,
            expected,
            "{name}, three by three"
        );
    }
}

#[tokio::test]
async fn a_lone_cr_does_not_hold_an_event_back() {
    // The stream stays open after the CR: the event must come without another byte.
    let chunks = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"data: x\r\r"))]);
    let mut events = Events::new(chunks.chain(stream::pending()));
    assert_eq!(events.next().await.unwrap().unwrap().data, "x");
}

#[tokio::test]
async fn whole_events_before_a_failure_are_kept() {
    let chunks = [
        Ok(Bytes::from_static(b"data: 1\n\ndata: 2\n\ndata: 3")),
        Err(std::io::Error::other("cut")),
    ];
    let seen: Vec<_> = Events::new(stream::iter(chunks)).collect().await;
    let seen: Vec<_> = seen
        .into_iter()
        .map(|event| event.map(|event| event.data).map_err(|e| e.to_string()))
        .collect();
    assert_eq!(
        seen,
        [
            Ok("1".to_owned()),
            Ok("2".to_owned()),
            Err("cut".to_owned())
        ]
    );
}

#[tokio::test]
async fn whole_events_before_an_overlong_line_are_kept_also_those_of_the_same_chunk() {
    let mut chunk = b"data: 1\n\ndata: 2\n\ndata: ".to_vec();
    chunk.resize(chunk.len() + LIMIT + 1, b'x');
    let chunks = [Ok::<_, std::io::Error>(Bytes::from(chunk))];
    let seen: Vec<_> = Events::new(stream::iter(chunks)).collect().await;
    let data = |event: &Result<SseEvent, _>| event.as_ref().ok().map(|it| it.data.clone());
    let whole: Vec<_> = seen.iter().filter_map(data).collect();
    assert_eq!(whole, ["1", "2"]);
    assert_eq!(seen.len(), 3);
    assert!(matches!(seen[2], Err(SseError::TooLong)));
}

const MEBIBYTE: &[u8] = &[b'x'; 1 << 20];

/// `first`, then `chunk` as often as said, then an empty line; the first thing that comes of it.
async fn first(
    first: &str,
    chunk: &[u8],
    times: usize,
) -> Option<Result<SseEvent, SseError<std::io::Error>>> {
    let bytes = |text: &[u8]| Ok(Bytes::copy_from_slice(text));
    let start = [bytes(first.as_bytes())];
    let middle = (0..times).map(|_| bytes(chunk));
    let end = [bytes(b"\n\n"), bytes(b"data: after\n\n")];
    let mut events = Events::new(stream::iter(start.into_iter().chain(middle).chain(end)));
    let first = events.next().await;
    if first.as_ref().is_some_and(Result::is_err) {
        assert!(
            events.next().await.is_none(),
            "something comes after the failure"
        );
    }
    first
}

#[tokio::test]
async fn a_line_may_be_16_mib_and_no_longer() {
    let event = first("data: ", MEBIBYTE, 15).await.unwrap().unwrap();
    assert_eq!(event.data.len(), 15 << 20);
    let comment = first(": a comment ", MEBIBYTE, 15).await.unwrap().unwrap();
    assert_eq!(comment.data, "after");
    for start in ["data: ", ": a comment "] {
        assert!(
            matches!(
                first(start, MEBIBYTE, 17).await,
                Some(Err(SseError::TooLong))
            ),
            "{start}"
        );
    }
}

#[tokio::test]
async fn an_event_may_be_16_mib_in_all_without_its_comments() {
    let mut lines = b"data: ".to_vec();
    lines.resize((1 << 20) - 1, b'x');
    lines.push(b'\n');
    assert_eq!(
        first("", &lines, 15)
            .await
            .unwrap()
            .unwrap()
            .data
            .split('\n')
            .count(),
        15
    );
    assert!(matches!(
        first("", &lines, 17).await,
        Some(Err(SseError::TooLong))
    ));
    lines[0] = b':';
    assert_eq!(first("", &lines, 17).await.unwrap().unwrap().data, "after");
}

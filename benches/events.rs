//! From bytes to typed events, step by step, beside `eventsource-stream` alone.
//!
//!     cargo run --release --example events
//!
//! One answer of 200,000 deltas is read again and again, with the steps taking turns, in the
//! pieces that a network makes of it. A step contains the one above it. What is measured is
//! processor time, so that what else runs here hardly counts; needs Linux.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

// The adapter is foundry's own business and stays private there.
#[path = "../src-tauri/foundry/src"]
mod foundry {
    pub(super) mod sse;
}

use std::convert::Infallible;
use std::hint::black_box;
use std::time::Duration;

use bytes::Bytes;
use eventsource_stream::Eventsource;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use hearth_wire::{Assembler, StreamEvent};

use crate::foundry::sse;

const DELTAS: usize = 200_000;
const RUNS: usize = 15;

/// How the answer is cut.
#[derive(Debug, Clone, Copy)]
enum Pieces {
    /// As the service sends it: it flushes after every event.
    Events,
    /// A TCP segment's worth, when the network is slower than the model.
    Bytes(usize),
}

type Step = (&'static str, fn(&[Bytes]) -> usize);

const STEPS: [Step; 4] = [
    ("eventsource-stream alone", library_alone),
    ("behind the adapter", adapter),
    ("… and parsed", parsed),
    ("… and assembled", assembled),
];

fn main() {
    let events = answer();
    println!("µs of a processor for an event, median of {RUNS} (least–most)\n");
    println!("| | one event a piece | 1,400 bytes a piece | 16 KiB a piece |");
    println!("|---|---|---|---|");
    let cuts = [
        Pieces::Events,
        Pieces::Bytes(1_400),
        Pieces::Bytes(16 * 1024),
    ];
    let columns = cuts.map(|pieces| column(&cut(&events, pieces), events.len()));
    for (row, (name, _)) in STEPS.iter().enumerate() {
        let cells = columns.each_ref().map(|column| column[row].as_str());
        println!("| {name} | {} |", cells.join(" | "));
    }
}

/// The time of every step with these pieces.
fn column(pieces: &[Bytes], events: usize) -> [String; STEPS.len()] {
    let mut times = STEPS.map(|_| Vec::with_capacity(RUNS));
    // The first run brings memory and branch predictor into the state of the others.
    for run in 0..=RUNS {
        for ((_, step), times) in STEPS.iter().zip(&mut times) {
            let began = processor_time();
            let seen = black_box(step(black_box(pieces)));
            let took = processor_time() - began;
            assert_eq!(seen, events, "every event is seen");
            if run > 0 {
                times.push(took);
            }
        }
    }
    times.map(|mut times| {
        times.sort_unstable();
        let each = |time: Duration| time.as_secs_f64() * 1e6 / events as f64;
        let (median, least, most) = (times[RUNS / 2], times[0], times[RUNS - 1]);
        format!("{:.2} ({:.2}–{:.2})", each(median), each(least), each(most))
    })
}

/// What this thread has used so far, as exact as the kernel's tick of a few milliseconds: a run
/// has to take many of them.
fn processor_time() -> Duration {
    let used = std::fs::read_to_string("/proc/thread-self/schedstat").expect("this is Linux");
    let nanoseconds = used.split(' ').next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.expect("a number of nanoseconds"))
}

fn library_alone(pieces: &[Bytes]) -> usize {
    // Left alone it looks for a byte order mark, and there is none.
    all(body(pieces).eventsource(), |event| {
        black_box(event.expect("an event"));
    })
}

fn adapter(pieces: &[Bytes]) -> usize {
    all(sse::Events::new(body(pieces)), |event| {
        black_box(event.expect("an event"));
    })
}

fn parsed(pieces: &[Bytes]) -> usize {
    all(sse::Events::new(body(pieces)), |event| {
        let event = event.expect("an event");
        black_box(StreamEvent::parse(&event.name, &event.data).expect("an event of the API"));
    })
}

fn assembled(pieces: &[Bytes]) -> usize {
    let mut assembler = Assembler::default();
    let seen = all(sse::Events::new(body(pieces)), |event| {
        let event = event.expect("an event");
        let event = StreamEvent::parse(&event.name, &event.data).expect("an event of the API");
        black_box(assembler.push(&event).expect("an event in its place"));
    });
    assert!(assembler.finish().ended, "the answer came to its end");
    seen
}

fn body(pieces: &[Bytes]) -> impl Stream<Item = Result<Bytes, Infallible>> + Unpin {
    stream::iter(pieces.iter().cloned().map(Ok))
}

/// Takes everything from a stream that never has to wait; says how much it was.
fn all<T>(stream: impl Stream<Item = T>, mut take: impl FnMut(T)) -> usize {
    let counted = stream.fold(0, |seen, item| {
        take(item);
        std::future::ready(seen + 1)
    });
    counted.now_or_never().expect("the pieces are all there")
}

/// The events of one answer, as text.
fn answer() -> Vec<String> {
    let event = |data: String| {
        let name = data.split('"').nth(3).expect("a type").to_owned();
        format!("event: {name}\ndata: {data}\n\n")
    };
    let words = [
        "The hearth",
        " is warm,",
        " and",
        " the \\\"kettle\\\"",
        " sings.\\n",
        " 🜂",
    ];
    let mut events = vec![
        event(
            r#"{"type":"message_start","message":{"id":"msg_01","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":25,"output_tokens":1}}}"#
                .into(),
        ),
        event(r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#.into()),
    ];
    events.extend(words.iter().cycle().take(DELTAS).map(|word| {
        event(format!(
            r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"{word}"}}}}"#
        ))
    }));
    events.extend([
        event(r#"{"type":"content_block_stop","index":0}"#.into()),
        event(r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":200000}}"#.into()),
        event(r#"{"type":"message_stop"}"#.into()),
    ]);
    events
}

fn cut(events: &[String], pieces: Pieces) -> Vec<Bytes> {
    match pieces {
        Pieces::Events => events
            .iter()
            .map(|event| Bytes::from(event.clone()))
            .collect(),
        Pieces::Bytes(size) => {
            let whole = events.concat();
            whole
                .as_bytes()
                .chunks(size)
                .map(Bytes::copy_from_slice)
                .collect()
        }
    }
}

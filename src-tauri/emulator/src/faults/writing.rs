//! The bytes of an answer, written in ways that a client must take, or see through.

use std::collections::VecDeque;
use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::Written;
use crate::frames::Frame;
use crate::plan::Step;

const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();
const SIGNS: usize = 60;
const BETWEEN_SIGNS: Duration = Duration::from_millis(50);

impl Written {
    /// Changes the events of a stream.
    pub(crate) fn events(self, frames: &mut [Frame]) {
        match (self, frames.first_mut()) {
            (Written::ByteOrderMark, Some(first)) => {
                first.bytes.splice(..0, BYTE_ORDER_MARK.iter().copied());
            }
            (Written::Cr, _) => frames
                .iter_mut()
                .for_each(|it| end_lines(&mut it.bytes, b"\r")),
            (Written::CrLf, _) => {
                frames
                    .iter_mut()
                    .for_each(|it| end_lines(&mut it.bytes, b"\r\n"));
            }
            _ => {}
        }
    }

    /// Changes an answer in one piece.
    pub(crate) fn whole(self, bytes: &mut Vec<u8>) {
        match self {
            Written::ByteOrderMark => {
                bytes.splice(..0, BYTE_ORDER_MARK.iter().copied());
            }
            Written::Cr => lay_out(bytes, b"\r"),
            Written::CrLf => lay_out(bytes, b"\r\n"),
            _ => {}
        }
    }

    /// Changes how the chunks are cut and when they come.
    pub(crate) fn steps(self, steps: VecDeque<Step>, stream: bool) -> VecDeque<Step> {
        match self {
            Written::ByteByByte => recut(steps, |bytes| (1..bytes.len()).collect()),
            Written::SplitCharacters => recut(steps, inside_characters),
            Written::SignsOfLife => {
                let mut all = VecDeque::new();
                for n in 0..SIGNS {
                    all.push_back(Step::Chunk(sign(n, stream)));
                    all.push_back(Step::Wait(BETWEEN_SIGNS));
                }
                all.extend(steps);
                all
            }
            Written::Gzip => VecDeque::from([Step::Chunk(gzip(&steps))]),
            Written::HalfGzip => {
                let packed = gzip(&steps);
                VecDeque::from([Step::Chunk(packed.slice(..packed.len() / 2))])
            }
            Written::ByteOrderMark | Written::Cr | Written::CrLf | Written::NoContentType => steps,
        }
    }

    pub(crate) fn is_compressed(self) -> bool {
        matches!(self, Written::Gzip | Written::HalfGzip)
    }
}

fn end_lines(bytes: &mut Vec<u8>, end: &[u8]) {
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    *bytes = lines.join(end);
}

/// The JSON over several lines, which is the same JSON.
fn lay_out(bytes: &mut Vec<u8>, end: &[u8]) {
    let value: Result<serde_json::Value, _> = serde_json::from_slice(bytes);
    if let Ok(value) = value {
        *bytes = format!("{value:#}").into_bytes();
        end_lines(bytes, end);
    }
}

/// White space is all that may stand before an answer in one piece.
fn sign(n: usize, stream: bool) -> Bytes {
    match (stream, n % 3) {
        (false, _) => Bytes::from_static(b" \n"),
        (true, 0) => Bytes::from_static(b": still here\n\n"),
        (true, _) => Bytes::from_static(b"event: ping\ndata: {\"type\":\"ping\"}\n\n"),
    }
}

/// Cuts every chunk at the places that are found in it.
fn recut(steps: VecDeque<Step>, places: impl Fn(&[u8]) -> Vec<usize>) -> VecDeque<Step> {
    let mut all = VecDeque::new();
    for step in steps {
        let Step::Chunk(bytes) = step else {
            all.push_back(step);
            continue;
        };
        let mut start = 0;
        for place in places(&bytes).into_iter().chain([bytes.len()]) {
            all.push_back(Step::Chunk(bytes.slice(start..place)));
            start = place;
        }
    }
    all
}

/// Before every byte that continues a character.
fn inside_characters(bytes: &[u8]) -> Vec<usize> {
    let continues = |at: &usize| bytes[*at] & 0b1100_0000 == 0b1000_0000;
    (1..bytes.len()).filter(continues).collect()
}

/// Everything that is said, compressed.
fn gzip(steps: &VecDeque<Step>) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for step in steps {
        if let Step::Chunk(bytes) = step {
            encoder
                .write_all(bytes)
                .expect("BUG: memory takes every byte");
        }
    }
    let packed = encoder.finish();
    Bytes::from(packed.expect("BUG: memory takes every byte"))
}

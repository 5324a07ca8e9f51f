//! The bytes of an answer, with limits on silence, size and time.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};

use super::gather::Gathered;

/// Why there are no more bytes.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    #[error("nothing came for too long")]
    Stalled,
    #[error(transparent)]
    Broken(reqwest::Error),
    #[error("the body is too long")]
    TooLong,
}

pub(super) type Bytestream = Pin<Box<dyn Stream<Item = Result<Bytes, BodyError>> + Send>>;

/// The chunks of a body; any byte at all ends a silence.
pub(super) fn chunks(response: reqwest::Response, idle: Duration) -> Bytestream {
    let bytes = Gathered::new(Box::pin(response.bytes_stream()));
    Box::pin(stream::unfold(bytes, move |mut bytes| async move {
        let chunk = match tokio::time::timeout(idle, bytes.next()).await {
            Ok(chunk) => chunk?.map_err(BodyError::Broken),
            Err(_) => Err(BodyError::Stalled),
        };
        Some((chunk, bytes))
    }))
}

/// Most bytes of white space that are looked behind.
const WHITE_SPACE: usize = 1024;

/// Whether what has come of a body begins as an object of JSON does (RFC 8259, section 2), and so
/// is no stream of events; none while only what may stand before one has come.
#[must_use]
pub fn begins_as_object(begun: &[u8]) -> Option<bool> {
    const MARK: &[u8] = b"\xEF\xBB\xBF";
    if MARK.starts_with(begun) {
        return None;
    }
    let text = begun.strip_prefix(MARK).unwrap_or(begun);
    match text.trim_ascii_start().first() {
        Some(first) => Some(*first == b'{'),
        None => (begun.len() >= WHITE_SPACE).then_some(false),
    }
}

/// Whether a body begins as an object does, and the same body, of which nothing is lost.
pub(super) async fn object_or_not(bytes: Bytestream) -> (bool, Bytestream) {
    let mut bytes = bytes.fuse();
    let mut text = Vec::new();
    let mut begun = Vec::new();
    let object = loop {
        let Some(chunk) = bytes.next().await else {
            break false;
        };
        text.extend_from_slice(chunk.as_deref().unwrap_or_default());
        let failed = chunk.is_err();
        begun.push(chunk);
        match begins_as_object(&text) {
            Some(object) => break object,
            None if failed => break false,
            None => {}
        }
    };
    (object, Box::pin(stream::iter(begun).chain(bytes)))
}

/// The whole body, of at most `limit` bytes.
pub(super) async fn whole(mut bytes: Bytestream, limit: usize) -> Result<Vec<u8>, BodyError> {
    let mut all = Vec::new();
    while let Some(chunk) = bytes.next().await {
        let chunk = chunk?;
        if all.len() + chunk.len() > limit {
            return Err(BodyError::TooLong);
        }
        all.extend_from_slice(&chunk);
    }
    Ok(all)
}

/// What comes of a body that only explains a failure: up to `limit` bytes, within `time`.
/// A body that breaks off explains as far as it goes.
pub(super) async fn beginning(
    response: reqwest::Response,
    limit: usize,
    time: Duration,
) -> Vec<u8> {
    let mut bytes = chunks(response, time);
    let mut all = Vec::new();
    let reading = async {
        while let Some(Ok(chunk)) = bytes.next().await {
            let room = limit - all.len();
            all.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if all.len() == limit {
                break;
            }
        }
    };
    // Whether it came to its end or to the limit makes no difference to what there is.
    let _ = tokio::time::timeout(time, reading).await;
    all
}

/// How far a body was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// To its end.
    Whole,
    /// As far as was wanted; there is more.
    Partly,
    /// As far as it came: it broke off, or took too long.
    Lost,
}

/// The first of a body, at least `limit` bytes where it has as many and they come within `time`.
/// What follows can be read afterwards.
pub(super) async fn begun(bytes: &mut Bytestream, limit: usize, time: Duration) -> (Vec<u8>, Read) {
    let mut all = Vec::new();
    let reading = async {
        while all.len() <= limit {
            match bytes.next().await {
                Some(Ok(chunk)) => all.extend_from_slice(&chunk),
                Some(Err(_)) => return Read::Lost,
                None => return Read::Whole,
            }
        }
        Read::Partly
    };
    let read = tokio::time::timeout(time, reading).await;
    (all, read.unwrap_or(Read::Lost))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn an_object_is_known_by_its_first_byte_and_by_nothing_before_it() {
        let long = " ".repeat(WHITE_SPACE);
        for (begun, expected) in [
            ("", None),
            ("\n", None),
            ("\u{FEFF}", None),
            ("\u{FEFF} \r\n\t", None),
            ("{", Some(true)),
            (" \n{\"a\"", Some(true)),
            ("\u{FEFF}\n{", Some(true)),
            ("event: {", Some(false)),
            ("[{", Some(false)),
            ("\u{FEFF}\u{FEFF}{", Some(false)),
            (&long, Some(false)),
        ] {
            assert_eq!(begins_as_object(begun.as_bytes()), expected, "{begun:?}");
        }
        for part in [1, 2] {
            assert_eq!(begins_as_object(&"\u{FEFF}".as_bytes()[..part]), None);
        }
    }

    #[tokio::test]
    async fn nothing_of_what_is_looked_at_is_lost() {
        for (pieces, object) in [
            (&["\n", " ", "{\"a\":", "1}"][..], true),
            (&["\n", "data: {}\n\n", ""], false),
            (&["\n", " "], false),
            (&[], false),
        ] {
            for breaks in [false, true] {
                let chunks = pieces
                    .iter()
                    .map(|it| Ok(Bytes::from_static(it.as_bytes())));
                let end = breaks.then_some(Err(BodyError::Stalled));
                let all: Vec<_> = chunks.chain(end).collect();
                let (found, body) = object_or_not(Box::pin(stream::iter(all))).await;
                assert_eq!(found, object, "{pieces:?}");
                let came: Vec<_> = body.collect().await;
                assert_eq!(came.len(), pieces.len() + usize::from(breaks));
                assert_eq!(
                    came.iter().filter(|it| it.is_err()).count(),
                    usize::from(breaks)
                );
                let text: Vec<u8> = came.into_iter().flatten().flatten().collect();
                assert_eq!(text, pieces.concat().as_bytes());
            }
        }
    }

    /// A body whose chunks come `gap` apart, and after which nothing comes.
    fn body(chunks: u32, gap: Duration) -> reqwest::Response {
        let bytes = stream::unfold(0, move |sent| async move {
            if sent == chunks {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(gap).await;
            Some((
                Ok::<_, io::Error>(Bytes::from_static(b": ping\n")),
                sent + 1,
            ))
        });
        let body = reqwest::Body::wrap_stream(bytes);
        http::Response::new(body).into()
    }

    #[tokio::test(start_paused = true)]
    async fn any_bytes_end_a_silence_and_there_is_no_limit_on_the_whole() {
        let idle = Duration::from_secs(90);
        let mut bytes = chunks(body(100, Duration::from_secs(89)), idle);
        for number in 0..100 {
            assert!(matches!(bytes.next().await, Some(Ok(_))), "chunk {number}");
        }
        assert!(matches!(bytes.next().await, Some(Err(BodyError::Stalled))));

        let mut bytes = chunks(body(1, Duration::from_secs(91)), idle);
        assert!(matches!(bytes.next().await, Some(Err(BodyError::Stalled))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_has_a_limit() {
        let second = Duration::from_secs(1);
        assert!(matches!(
            whole(chunks(body(100, second), second * 2), 699).await,
            Err(BodyError::TooLong)
        ));
        assert!(matches!(
            whole(chunks(body(100, second), second * 2), 700).await,
            Err(BodyError::Stalled)
        ));
        let mut bytes = chunks(body(100, second), second * 2);
        for (limit, time, expected) in [
            (7, 10, (": ping\n: ping\n", Read::Partly)),
            (6, 10, (": ping\n", Read::Partly)),
            (99, 1, (": ping\n", Read::Lost)),
        ] {
            let (read, how) = begun(&mut bytes, limit, second * time * 3 / 2).await;
            assert_eq!((read, how), (expected.0.into(), expected.1), "{limit}");
        }
        let ended = reqwest::Response::from(http::Response::new(": ping\n"));
        let mut bytes = chunks(ended, second);
        let expected = (b": ping\n".to_vec(), Read::Whole);
        assert_eq!(begun(&mut bytes, 7, second).await, expected);
        assert_eq!(
            beginning(body(100, second), 17, second * 10).await,
            b": ping\n: ping\n: p"
        );
        assert_eq!(
            beginning(body(100, second), 99, second * 5 / 2).await,
            b": ping\n: ping\n"
        );
    }
}

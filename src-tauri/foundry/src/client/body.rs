//! The bytes of an answer, with limits on silence, size and time.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};

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
    let bytes = Box::pin(response.bytes_stream());
    Box::pin(stream::unfold(bytes, move |mut bytes| async move {
        let chunk = match tokio::time::timeout(idle, bytes.next()).await {
            Ok(chunk) => chunk?.map_err(BodyError::Broken),
            Err(_) => Err(BodyError::Stalled),
        };
        Some((chunk, bytes))
    }))
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
pub(super) async fn beginning(response: reqwest::Response, limit: usize, time: Duration) -> String {
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
    String::from_utf8_lossy(&all).into_owned()
}

//! A refusal as it came: passed on byte for byte, but for what the request was sent with.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::StatusCode;
use reqwest::header::HeaderMap;

use super::answer;
use super::body::{self, BodyError, Bytestream, Read};
use super::forwarding::{NotPassed, Verbatim};
use super::veil::{Veil, Veiling};
use crate::failure::{Failure, Ids, Oddity};

/// Most bytes of a refusal; as many as an answer in one piece may have.
const LONGEST: usize = 32 * 1024 * 1024;

/// A refusal of the resource.
#[derive(Debug)]
pub struct Refused {
    /// The status, which is no success.
    pub status: StatusCode,
    /// The headers, without what was sent along as a secret.
    pub headers: HeaderMap,
    /// What it says.
    pub body: RefusedBody,
}

/// What a refusal says, without what was sent along as a secret.
pub enum RefusedBody {
    /// All of it.
    Whole(Bytes),
    /// More than 256 KiB, of which the rest is read as it is wanted. It ends with a failure when
    /// it breaks off, falls silent, or goes beyond 32 MiB.
    Long(Verbatim),
    /// It broke off, or nothing more of it came for too long, and what there is may be half of
    /// something.
    Lost,
}

impl fmt::Debug for RefusedBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Whole(_) => "Whole",
            Self::Long(_) => "Long",
            Self::Lost => "Lost",
        })
    }
}

/// Reads as much of a refusal as says what it is.
pub(super) async fn read(response: reqwest::Response, idle: Duration, veil: Veil) -> NotPassed {
    let status = response.status();
    let headers = response.headers().clone();
    let ids = answer::ids(&headers);
    let mut rest = body::chunks(response, idle);
    let (beginning, read) = answer::explanation_of(&mut rest).await;
    let text = String::from_utf8_lossy(&beginning);
    let rejection = answer::refusal(status, &headers, ids.clone(), &text);
    let failure = veil.failure(Failure::Rejected(Box::new(rejection)));
    let headers = veil.headers(headers);
    let body = match read {
        Read::Whole => RefusedBody::Whole(veil.bytes(beginning).into()),
        Read::Partly => RefusedBody::Long(long(beginning, rest, veil, ids)),
        Read::Lost => RefusedBody::Lost,
    };
    NotPassed {
        failure,
        answer: Some(Refused {
            status,
            headers,
            body,
        }),
    }
}

/// A long refusal as it is passed on.
struct Passing {
    body: Bytestream,
    veiling: Veiling,
    ids: Ids,
    read: usize,
}

impl Passing {
    /// The next bytes, of which there may be none; nothing after the last.
    async fn next(&mut self) -> Option<Result<Bytes, Failure>> {
        let piece = match self.body.next().await? {
            Ok(piece) => piece,
            Err(error) => return Some(Err(self.broken(&error))),
        };
        self.read += piece.len();
        Some(match self.read > LONGEST {
            true => Err(self.broken(&BodyError::TooLong)),
            false => Ok(self.veiling.push(piece)),
        })
    }

    fn broken(&self, error: &BodyError) -> Failure {
        match error {
            BodyError::Stalled => Failure::Stalled,
            BodyError::Broken(_) => Failure::Cut,
            BodyError::TooLong => Failure::Unexpected {
                what: Oddity::TooLong,
                ids: self.ids.clone(),
            },
        }
    }
}

fn long(beginning: Vec<u8>, rest: Bytestream, veil: Veil, ids: Ids) -> Verbatim {
    let passing = Passing {
        body: Box::pin(stream::iter([Ok(beginning.into())]).chain(rest)),
        veiling: veil.over_pieces(),
        ids,
        read: 0,
    };
    Box::pin(stream::unfold(Some(passing), |passing| async move {
        let mut passing = passing?;
        match passing.next().await {
            Some(Ok(piece)) => Some((Ok(piece), Some(passing))),
            Some(Err(failure)) => Some((Err(failure), None)),
            None => Some((Ok(passing.veiling.end()), None)),
        }
    }))
}

//! Who is let in, and how much of what they say is listened to.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::door::Shut;
use crate::keys::NoEntry;
use crate::refusal::Refusal;

/// How much is read and thrown away of a body that nobody wants, so that its sender hears why.
const THROWN_AWAY: usize = 64 * 1024 * 1024;
const THROWN_AWAY_WITHIN: Duration = Duration::from_secs(10);

/// The room that a body gets before any of it has come.
const AT_ONCE: usize = 64 * 1024;

/// How often a body counts that is translated: what it is parsed into, the other request and that
/// one's text are there at the same time.
pub(crate) const TRANSLATED: usize = 10;

/// From this size on a body is worked on aside.
const LARGE: usize = 256 * 1024;

/// A body that was read, and the room that it takes up.
pub(crate) struct Read {
    pub(crate) bytes: Bytes,
    pub(crate) place: Place,
}

/// The room that a body takes up until all have let go of it who work on the body, or on what
/// was made of it.
#[derive(Debug)]
pub(crate) enum Place {
    /// Of a small one, which is worked on where it came.
    Here { _room: Option<OwnedSemaphorePermit> },
    /// Of a large one, which is worked on aside: that goes on when the caller has left.
    Shared(Arc<OwnedSemaphorePermit>),
}

/// The bytes that bodies may take up together.
#[derive(Debug)]
pub(crate) struct Room {
    whole: usize,
    free: Arc<Semaphore>,
}

impl Room {
    pub(crate) fn new(whole: usize) -> Self {
        Self {
            whole,
            free: Arc::new(Semaphore::new(whole)),
        }
    }

    /// The place of a body of this many bytes, of which there is enough.
    #[cfg(test)]
    pub(crate) fn place(&self, bytes: usize) -> Place {
        Place::of(bytes, self.hold(None, bytes, 1))
    }

    /// Bytes that are not taken up.
    #[cfg(test)]
    pub(crate) fn free(&self) -> usize {
        self.free.available_permits()
    }

    /// Makes what is held enough for this many bytes, of which each counts `weight` times; for
    /// one body alone the whole is always enough. None when others have too much of it.
    fn hold(
        &self,
        held: Option<OwnedSemaphorePermit>,
        bytes: usize,
        weight: usize,
    ) -> Option<OwnedSemaphorePermit> {
        let most = self.whole.max(bytes);
        let wanted = bytes.saturating_mul(weight).min(most);
        let had = held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = u32::try_from(wanted.saturating_sub(had)).ok()?;
        let permit = self.free.clone().try_acquire_many_owned(more).ok()?;
        Some(match held {
            Some(mut held) => {
                held.merge(permit);
                held
            }
            None => permit,
        })
    }
}

impl From<Shut> for Refusal {
    fn from(shut: Shut) -> Self {
        let message = match shut {
            Shut::Host => {
                "this gateway is not called by that name: use its address, or name the host under hearth.hosts in its configuration"
            }
            Shut::Origin => {
                "web pages may not ask this gateway: name the page's origin under hearth.origins in its configuration"
            }
        };
        Self::new(StatusCode::FORBIDDEN, message)
    }
}

impl From<NoEntry> for Refusal {
    fn from(refused: NoEntry) -> Self {
        let message = match refused {
            NoEntry::NoKey => {
                "a key of this gateway is needed: send it as Authorization: Bearer, x-api-key or api-key"
            }
            NoEntry::WrongKey => {
                "this is no key of this gateway: copy one from Hearth's settings, or from the gateway's configuration"
            }
            NoEntry::Expired => {
                "this key of the gateway has expired: let it last longer in Hearth's settings or in the gateway's configuration, or use another"
            }
        };
        Self::new(StatusCode::UNAUTHORIZED, message)
    }
}

/// The body is JSON, plain: pages can send other kinds without asking a browser's leave.
pub(crate) fn is_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let refused = |message: &str| Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message);
    let mut kinds = headers.get_all(CONTENT_TYPE).iter();
    let kind = match (kinds.next(), kinds.next()) {
        (Some(kind), None) => kind.to_str().unwrap_or_default(),
        _ => "",
    };
    let media = kind.split(';').next().unwrap_or_default().trim();
    if !media.eq_ignore_ascii_case("application/json") {
        return Err(refused("content-type: application/json is expected"));
    }
    let plain = |value: &http::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    match headers.get_all(CONTENT_ENCODING).iter().all(plain) {
        true => Ok(()),
        false => Err(refused("content-encoding: compressed bodies are not read")),
    }
}

/// Reads a body, of which each byte counts `weight` times.
///
/// # Errors
/// When it is larger than `most`, when nothing of it comes for `idle`, and when there is no room
/// for it beside those of others.
pub(crate) async fn read(
    headers: &HeaderMap,
    mut body: Body,
    most: usize,
    idle: Duration,
    room: &Room,
    weight: usize,
) -> Result<Read, Refusal> {
    let announced = headers.get(CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > most) {
        throw_away(headers, body).await;
        return Err(too_large(most));
    }
    // What is only announced takes up no room yet.
    let expected = announced.unwrap_or_default().min(AT_ONCE);
    let mut bytes = BytesMut::with_capacity(expected);
    let mut held: Option<OwnedSemaphorePermit> = None;
    loop {
        let frame = match tokio::time::timeout(idle, body.frame()).await {
            Ok(None) => break,
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(_))) => {
                let message = "the body broke off";
                return Err(Refusal::new(StatusCode::BAD_REQUEST, message));
            }
            Err(_) => {
                let message = "nothing of the body came for too long";
                return Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, message));
            }
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > most {
            throw_away(headers, body).await;
            return Err(too_large(most));
        }
        held = room.hold(held, bytes.len() + data.len(), weight);
        if held.is_none() {
            throw_away(headers, body).await;
            return Err(no_room());
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Read {
        place: Place::of(bytes.len(), held),
        bytes: bytes.freeze(),
    })
}

impl Place {
    /// Of a body of this many bytes.
    pub(crate) fn of(bytes: usize, room: Option<OwnedSemaphorePermit>) -> Self {
        match room {
            Some(room) if bytes >= LARGE => Self::Shared(Arc::new(room)),
            room => Self::Here { _room: room },
        }
    }
}

/// Works on what was made of the body in this place: on a thread of its own where that takes so
/// long that all the others would wait. What works there has no end before its own, and so it
/// keeps the room; what comes of it is let go of first where nobody takes it any more.
pub(crate) async fn aside<T: Send + 'static>(
    place: &Place,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let Place::Shared(room) = place else {
        return work();
    };
    let room = room.clone();
    match tokio::task::spawn_blocking(move || (work(), room)).await {
        Ok((done, _)) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends, and this with it.
            Err(_) => std::future::pending().await,
        },
    }
}

/// Reads what nobody wants: whoever is still sending would not hear a refusal. Who waits for
/// leave to send (RFC 9110, section 10.1.1) hears it now, and sends nothing.
pub(crate) async fn throw_away(headers: &HeaderMap, mut body: Body) {
    if headers.contains_key(EXPECT) {
        return;
    }
    let throwing = async {
        let mut thrown = 0;
        while let Some(Ok(frame)) = body.frame().await {
            thrown += frame.data_ref().map_or(0, Bytes::len);
            if thrown > THROWN_AWAY {
                break;
            }
        }
    };
    // Whether it came to its end makes no difference.
    let _ = tokio::time::timeout(THROWN_AWAY_WITHIN, throwing).await;
}

fn too_large(most: usize) -> Refusal {
    let message = format!("the request exceeds the maximum size of {most} bytes");
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message)
}

fn no_room() -> Refusal {
    Refusal {
        retry_after: Some(Duration::from_secs(1)),
        ..Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too many large requests at once",
        )
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[tokio::test]
    async fn large_bodies_are_worked_on_while_others_go_on() {
        let here = thread::current().id();
        let who = || thread::current().id();
        let room = Room::new(LARGE);
        let small = room.place(LARGE - 1);
        assert_eq!(aside(&small, who).await, here);
        drop(small);
        let large = room.place(LARGE);
        assert_ne!(aside(&large, who).await, here);
        // The one thread of this runtime is free while the work waits for it.
        let (sender, receiver) = std::sync::mpsc::channel();
        let waiting = aside(&large, move || receiver.recv().unwrap());
        let going_on = async move { sender.send(7).unwrap() };
        assert_eq!(tokio::join!(waiting, going_on).0, 7);
    }

    #[test]
    fn one_body_alone_never_wants_more_than_the_whole() {
        let room = Room::new(100);
        let held = room.hold(None, 10, 6).unwrap();
        assert_eq!(held.num_permits(), 60);
        let held = room.hold(Some(held), 15, 6).unwrap();
        assert_eq!(held.num_permits(), 90);
        assert!(room.hold(None, 11, 1).is_none());
        let held = room.hold(Some(held), 100, 6).unwrap();
        assert_eq!(held.num_permits(), 100);
        // With what it does not get it gives back what it had.
        assert!(room.hold(Some(held), 101, 1).is_none());
        assert!(room.hold(None, 100, 1).is_some());
    }
}

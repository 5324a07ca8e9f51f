//! The resource in whose place everybody asks: it answers at once, and does nothing else.
//!
//! Hearth's emulator is not used here. It checks every request, and would use more of a
//! processor for each than a gateway does, so that it would be what is measured.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::answers::{Answers, Pieces};
use crate::questions::Form;

/// Starts it beside the callers, where it serves until the program ends. They take turns on one
/// thread: a machine of two processors has the other one for what is measured, and nobody waits
/// for the system to take a processor from somebody else.
pub(crate) async fn start(answers: Answers) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(serve(listener, Arc::new(answers)));
    Ok(address)
}

async fn serve(listener: TcpListener, answers: Arc<Answers>) {
    loop {
        // What cannot be accepted now is asked again by whoever it was.
        let Ok((socket, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        tokio::spawn(converse(socket, Arc::clone(&answers)));
    }
}

async fn converse(socket: TcpStream, answers: Arc<Answers>) {
    // Answers leave when they are written, as those of a service do.
    let _ = socket.set_nodelay(true);
    let service = service_fn(move |request| answer(request, Arc::clone(&answers)));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(socket), service);
    // A gateway that goes away is the end of a connection and nothing to tell.
    let _ = connection.await;
}

async fn answer(
    request: Request<Incoming>,
    answers: Arc<Answers>,
) -> Result<Response<Answer>, Infallible> {
    let body = request.into_body().collect().await;
    let form = body.ok().and_then(|body| Form::wanted(&body.to_bytes()));
    let response = match form {
        Some(Form::Whole) => typed(
            "application/json",
            Answer::Whole(Some(answers.whole.clone())),
        ),
        Some(Form::Stream { deltas, pieces }) => match answers.stream(deltas, pieces) {
            Some(stream) => typed("text/event-stream", Answer::stream(stream, pieces)),
            None => refused(),
        },
        None => refused(),
    };
    Ok(response)
}

fn typed(kind: &'static str, answer: Answer) -> Response<Answer> {
    let mut response = Response::new(answer);
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn refused() -> Response<Answer> {
    let error = r#"{"type":"error","error":{"type":"invalid_request_error","message":"not a question of the benchmark"}}"#;
    let whole = Answer::Whole(Some(Bytes::from_static(error.as_bytes())));
    let mut response = typed("application/json", whole);
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

/// A body that is there already.
enum Answer {
    Whole(Option<Bytes>),
    Stream {
        pieces: Arc<[Bytes]>,
        next: usize,
        pause: Pause,
        paused: u32,
    },
}

/// How a stream stops for a moment after so many pieces.
#[derive(Clone, Copy)]
struct Pause {
    after: usize,
    /// So often it says that it has nothing just now: hyper sends what it has then, and asks once
    /// more before anybody else gets a turn.
    times: u32,
}

impl Answer {
    fn stream(pieces: Arc<[Bytes]>, cut: Pieces) -> Self {
        let pause = match cut {
            // Some ten kilobytes, and then others get their turn, as at a service that many ask.
            Pieces::Segments => Pause { after: 8, times: 3 },
            Pieces::Events => Pause { after: 1, times: 1 },
        };
        Self::Stream {
            pieces,
            next: 0,
            pause,
            paused: 0,
        }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match self.get_mut() {
            Self::Whole(bytes) => bytes.take(),
            Self::Stream {
                pieces,
                next,
                pause,
                paused,
            } => {
                let due = *next > 0 && next.is_multiple_of(pause.after);
                if due && *paused < pause.times {
                    *paused += 1;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                *paused = 0;
                let piece = pieces.get(*next).cloned();
                *next += 1;
                piece
            }
        };
        Poll::Ready(piece.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Self::Stream { .. } => SizeHint::default(),
        }
    }
}

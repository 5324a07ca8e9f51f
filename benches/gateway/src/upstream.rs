//! The resource in whose place everybody asks: it answers at once, and does nothing else.
//!
//! Hearth's emulator is not used here. It checks every request, and would use more of a
//! processor for each than a gateway does, so that it would be what is measured.

use std::convert::Infallible;
use std::net::SocketAddr;
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

/// Starts it on a thread of its own, where it serves until the program ends.
pub(crate) fn start(answers: Answers) -> std::io::Result<SocketAddr> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    // One thread needs the least of a processor for each request, and the machine is shared with
    // what is measured.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    std::thread::spawn(move || runtime.block_on(serve(listener, Arc::new(answers))));
    Ok(address)
}

async fn serve(listener: std::net::TcpListener, answers: Arc<Answers>) {
    let listener = TcpListener::from_std(listener).expect("BUG: the listener does not block");
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
    },
}

/// Whether a stream stops for a moment after each piece.
enum Pause {
    Never,
    /// hyper sends what it has when a body has nothing more to give just now.
    Due,
    Taken,
}

impl Answer {
    fn stream(pieces: Arc<[Bytes]>, cut: Pieces) -> Self {
        let pause = match cut {
            Pieces::Segments => Pause::Never,
            Pieces::Events => Pause::Taken,
        };
        Self::Stream {
            pieces,
            next: 0,
            pause,
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
            } => {
                match pause {
                    Pause::Never => {}
                    Pause::Due => {
                        *pause = Pause::Taken;
                        context.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                    Pause::Taken => *pause = Pause::Due,
                }
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

//! Callers who ask one question again and again, each waiting for the answer before it asks anew.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::answers::MARK;
use crate::questions::{self, Dialect, Form};
use crate::statistics::Quantiles;

/// Longer than the slowest contestant needs for the longest stream among 32.
const LONGEST: Duration = Duration::from_secs(180);
/// A caller whose questions fail so often in a row asks no more.
const FAILURES: usize = 3;
/// More than any dialect writes after the mark of its ending.
const TAIL: usize = 256;
/// How much of a refusal is told.
const TOLD: usize = 200;

/// Whom to ask, and what.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) address: SocketAddr,
    pub(crate) path: &'static str,
    /// The credential, and what else a contestant wants to know.
    pub(crate) headers: HeaderMap,
    pub(crate) dialect: Dialect,
    pub(crate) form: Form,
}

impl Question {
    fn request(&self, body: Bytes) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = http::Uri::from_static(self.path);
        *request.headers_mut() = self.headers.clone();
        request
    }
}

/// Why an answer does not count.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("no connection: {0}")]
    NotConnected(#[from] std::io::Error),
    #[error("the connection broke: {0}")]
    Broken(#[from] hyper::Error),
    #[error("HTTP {status}: {said}")]
    Refused { status: StatusCode, said: String },
    #[error("{came} of {wanted} deltas came")]
    Incomplete { wanted: usize, came: usize },
    #[error("the stream did not come to its end")]
    Unfinished,
    #[error("no answer within {} s", LONGEST.as_secs())]
    Late,
}

/// Of one answer, from the moment when its question was sent.
#[derive(Debug, Clone, Copy)]
struct Times {
    /// Until the first delta, or the text of a whole answer.
    first: Duration,
    whole: Duration,
}

/// What all callers saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) first: Vec<Duration>,
    pub(crate) whole: Vec<Duration>,
    /// Of each round, how unlike its callers waited for their first delta; none where each asked
    /// on its own.
    pub(crate) spreads: Vec<f64>,
    pub(crate) failed: usize,
    pub(crate) failure: Option<Failure>,
    /// Until the last caller had its last answer.
    pub(crate) took: Duration,
}

impl Seen {
    fn add(&mut self, asked: Result<Times, Failure>) {
        match asked {
            Ok(times) => {
                self.first.push(times.first);
                self.whole.push(times.whole);
            }
            Err(failure) => {
                self.failed += 1;
                self.failure.get_or_insert(failure);
            }
        }
    }
}

/// Asks once.
pub(crate) async fn once(question: &Question) -> Result<(), Failure> {
    let body = questions::body(question.dialect, question.form);
    let mut connection = connect(question.address).await?;
    timed(question, body, &mut connection).await?;
    Ok(())
}

/// Lets so many callers ask until the time is over; what was asked by then is waited for.
pub(crate) async fn run(question: &Question, callers: usize, time: Duration) -> Seen {
    let question = Arc::new(question.clone());
    let began = Instant::now();
    let mut running = JoinSet::new();
    for _ in 0..callers {
        running.spawn(call(Arc::clone(&question), began + time));
    }
    let mut seen = Seen::default();
    while let Some(of_one) = running.join_next().await {
        let of_one = of_one.expect("BUG: a caller panicked");
        seen.first.extend(of_one.first);
        seen.whole.extend(of_one.whole);
        seen.failed += of_one.failed;
        seen.failure = seen.failure.or(of_one.failure);
    }
    seen.took = began.elapsed();
    seen
}

/// Lets so many callers ask in rounds until the time is over: a round begins for all of them when
/// the one before was over for all.
pub(crate) async fn rounds(question: &Question, callers: usize, time: Duration) -> Seen {
    let question = Arc::new(question.clone());
    let body = questions::body(question.dialect, question.form);
    let began = Instant::now();
    let mut seen = Seen::default();
    let mut connections: Vec<_> = (0..callers).map(|_| None).collect();
    let mut in_a_row = 0;
    while began.elapsed() < time && in_a_row < FAILURES {
        let mut round = JoinSet::new();
        for mut connection in std::mem::take(&mut connections) {
            let (question, body) = (Arc::clone(&question), body.clone());
            round.spawn(async move {
                let asked = ask(&question, body, &mut connection).await;
                (asked, connection)
            });
        }
        let failed = seen.failed;
        let before = seen.first.len();
        while let Some(asked) = round.join_next().await {
            let (asked, connection) = asked.expect("BUG: a caller panicked");
            connections.push(connection.filter(|_| asked.is_ok()));
            seen.add(asked);
        }
        let of_all = Quantiles::of(seen.first[before..].to_vec());
        seen.spreads.extend(of_all.map(Quantiles::spread));
        in_a_row = if seen.failed > failed {
            in_a_row + 1
        } else {
            0
        };
    }
    seen.took = began.elapsed();
    seen
}

async fn call(question: Arc<Question>, until: Instant) -> Seen {
    let body = questions::body(question.dialect, question.form);
    let mut seen = Seen::default();
    let mut connection = None;
    let mut in_a_row = 0;
    while Instant::now() < until && in_a_row < FAILURES {
        let asked = ask(&question, body.clone(), &mut connection).await;
        if asked.is_ok() {
            in_a_row = 0;
        } else {
            connection = None;
            in_a_row += 1;
        }
        seen.add(asked);
    }
    seen
}

type Connection = SendRequest<Full<Bytes>>;

/// Over the connection that is there, or a new one where there is none or it was closed.
async fn ask(
    question: &Question,
    body: Bytes,
    connection: &mut Option<Connection>,
) -> Result<Times, Failure> {
    if connection.as_ref().is_none_or(Connection::is_closed) {
        *connection = Some(connect(question.address).await?);
    }
    let open = connection.as_mut().expect("BUG: it was opened above");
    timed(question, body, open).await
}

async fn connect(address: SocketAddr) -> Result<Connection, Failure> {
    let socket = TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
    // It ends with the sender; what broke it is told by the request that meets it.
    tokio::spawn(connection);
    Ok(sender)
}

async fn timed(
    question: &Question,
    body: Bytes,
    connection: &mut Connection,
) -> Result<Times, Failure> {
    let asking = async {
        connection.ready().await?;
        let began = Instant::now();
        let answer = connection.send_request(question.request(body)).await?;
        let status = answer.status();
        if status != StatusCode::OK {
            let said = refusal(answer.into_body()).await?;
            return Err(Failure::Refused { status, said });
        }
        read(question, answer.into_body(), began).await
    };
    let answer = tokio::time::timeout(LONGEST, asking).await;
    answer.unwrap_or(Err(Failure::Late))
}

async fn refusal(body: Incoming) -> Result<String, Failure> {
    let said = body.collect().await?.to_bytes();
    let said = String::from_utf8_lossy(&said);
    // It becomes a line of a table's notes.
    let words: Vec<_> = said.split_whitespace().collect();
    Ok(words.join(" ").chars().take(TOLD).collect())
}

async fn read(question: &Question, mut body: Incoming, began: Instant) -> Result<Times, Failure> {
    let wanted = question.form.marks();
    let mut came = 0;
    let mut first = None;
    let mut tail = Vec::with_capacity(2 * TAIL);
    while let Some(frame) = body.frame().await {
        let frame = frame?;
        let Some(bytes) = frame.data_ref() else {
            continue;
        };
        came += bytes.iter().filter(|byte| **byte == MARK).count();
        if came > 0 && first.is_none() {
            first = Some(began.elapsed());
        }
        remember(&mut tail, bytes);
    }
    let whole = began.elapsed();
    let ending = question.dialect.ending();
    let ended = tail.windows(ending.len()).any(|part| part == ending);
    match first {
        Some(first) if came == wanted && (question.form == Form::Whole || ended) => {
            Ok(Times { first, whole })
        }
        Some(_) if came == wanted => Err(Failure::Unfinished),
        _ => Err(Failure::Incomplete { wanted, came }),
    }
}

/// Keeps at least the last bytes of all that came.
fn remember(tail: &mut Vec<u8>, bytes: &[u8]) {
    tail.extend_from_slice(&bytes[bytes.len().saturating_sub(TAIL)..]);
    let surplus = tail.len().saturating_sub(TAIL);
    tail.drain(..surplus);
}

#[cfg(test)]
mod tests {
    use http::header::CONTENT_TYPE;
    use http::{HeaderMap, HeaderValue};

    use super::*;
    use crate::answers::{Answers, Pieces};
    use crate::upstream;

    async fn question(deltas: usize) -> Question {
        let address = upstream::start(Answers::new(&[20])).await.unwrap();
        let json = HeaderValue::from_static("application/json");
        Question {
            address,
            path: "/anthropic/v1/messages",
            headers: HeaderMap::from_iter([(CONTENT_TYPE, json)]),
            dialect: Dialect::Messages,
            form: Form::Stream {
                deltas,
                pieces: Pieces::Events,
            },
        }
    }

    #[tokio::test]
    async fn every_answer_of_every_caller_is_counted() {
        let seen = run(&question(20).await, 3, Duration::from_millis(50)).await;
        assert_eq!(seen.failed, 0, "{:?}", seen.failure);
        assert!(seen.whole.len() >= 3);
        assert_eq!(seen.whole.len(), seen.first.len());
        let ordered = seen.first.iter().zip(&seen.whole);
        assert!(ordered.clone().all(|(first, whole)| first <= whole));
    }

    #[tokio::test]
    async fn nobody_begins_a_round_before_all_have_their_answers() {
        let seen = rounds(&question(20).await, 3, Duration::from_millis(50)).await;
        assert_eq!(seen.failed, 0, "{:?}", seen.failure);
        assert!(!seen.spreads.is_empty());
        assert_eq!(seen.whole.len(), 3 * seen.spreads.len());
        let refused = rounds(&question(21).await, 2, Duration::from_secs(600)).await;
        assert_eq!(refused.failed, 2 * FAILURES);
    }

    #[tokio::test]
    async fn a_refusal_is_a_failure_with_its_words() {
        let seen = run(&question(21).await, 2, Duration::from_secs(600)).await;
        assert_eq!(seen.failed, 2 * FAILURES);
        assert!(seen.whole.is_empty());
        let failure = seen.failure.unwrap().to_string();
        assert!(failure.contains("HTTP 400"), "{failure}");
        assert!(failure.contains("not a question"), "{failure}");
    }

    #[tokio::test]
    async fn a_stream_without_its_ending_does_not_count() {
        let mut question = question(20).await;
        // The upstream ends as Messages do, which is no end of a chat.
        question.dialect = Dialect::Chat;
        let failure = once(&question).await.unwrap_err();
        assert!(matches!(failure, Failure::Unfinished), "{failure}");
    }

    #[test]
    fn the_last_bytes_are_remembered_however_they_came() {
        let mut tail = Vec::new();
        remember(&mut tail, &[b'a'; 1_000]);
        for byte in b"[DONE]" {
            remember(&mut tail, &[*byte]);
        }
        assert_eq!(tail.len(), TAIL);
        assert!(tail.ends_with(b"a[DONE]"));
    }
}

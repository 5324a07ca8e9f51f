//! A server that plays back bytes, does what no HTTP library would do, and remembers what it saw.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// What one connection is answered with, and how it ends.
#[derive(Clone)]
pub(crate) enum Reply {
    /// These bytes, then an orderly end.
    Fin(Vec<u8>),
    /// These bytes, then a reset.
    Reset(Vec<u8>),
    /// These bytes, then nothing, until the client closes.
    Hold(Vec<u8>),
    /// These bytes, and then this piece again and again until the client closes.
    Endless(Vec<u8>, Vec<u8>),
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let line = |line: &'_ str| {
            line.split_once(':')
                .is_some_and(|(key, _)| key.eq_ignore_ascii_case(name))
        };
        self.head
            .lines()
            .skip(1)
            .find(|it| line(it))?
            .split_once(':')
            .map(|(_, value)| value.trim())
    }
}

/// Listens on loopback until it is dropped.
pub(crate) struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<Request>>>,
    /// Bytes written to each connection whose client closed it first.
    closed: tokio::sync::Mutex<mpsc::UnboundedReceiver<usize>>,
    serving: JoinHandle<()>,
}

impl Server {
    /// The n-th connection is answered with the n-th reply, later ones with the last.
    pub(crate) async fn start(replies: Vec<Reply>) -> Self {
        Self::start_with(replies, None).await
    }

    /// The same over TLS.
    pub(crate) async fn start_with(
        replies: Vec<Reply>,
        tls: Option<tokio_rustls::TlsAcceptor>,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (closing, closed) = mpsc::unbounded_channel();
        let log = seen.clone();
        let serving = tokio::spawn(async move {
            let mut next = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let reply = replies[next.min(replies.len() - 1)].clone();
                next += 1;
                let (log, closing, tls) = (log.clone(), closing.clone(), tls.clone());
                tokio::spawn(async move {
                    // A client that goes away early is what many tests are about.
                    let _ = match tls {
                        None => serve(stream, reply, &log, &closing).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => serve(stream, reply, &log, &closing).await,
                            Err(error) => Err(error),
                        },
                    };
                });
            }
        });
        Self {
            port,
            seen,
            closed: tokio::sync::Mutex::new(closed),
            serving,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// Waits until a client has closed a connection, and tells how many bytes had been written.
    pub(crate) async fn client_closed(&self) -> usize {
        let mut closed = self.closed.lock().await;
        let closed = tokio::time::timeout(Duration::from_secs(30), closed.recv()).await;
        closed
            .expect("the client keeps the connection open")
            .unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// A stream whose end can be made rude.
pub(crate) trait Conversation: AsyncRead + AsyncWrite + Unpin + Send {
    fn reset(&self);
}

impl Conversation for TcpStream {
    fn reset(&self) {
        // Lingering for no time makes closing a reset.
        self.set_zero_linger().unwrap();
    }
}

impl Conversation for tokio_rustls::server::TlsStream<TcpStream> {
    fn reset(&self) {
        self.get_ref().0.reset();
    }
}

async fn serve<S: Conversation>(
    mut stream: S,
    reply: Reply,
    seen: &Mutex<Vec<Request>>,
    closing: &mpsc::UnboundedSender<usize>,
) -> io::Result<()> {
    let request = read_request(&mut stream).await?;
    seen.lock().unwrap().push(request);
    let (bytes, endless) = match &reply {
        Reply::Fin(bytes) | Reply::Reset(bytes) | Reply::Hold(bytes) => (bytes, None),
        Reply::Endless(bytes, piece) => (bytes, Some(piece)),
    };
    stream.write_all(bytes).await?;
    stream.flush().await?;
    let mut written = bytes.len();
    if let Some(piece) = endless {
        while stream.write_all(piece).await.is_ok() {
            written += piece.len();
        }
        let _ = closing.send(written);
        return Ok(());
    }
    match reply {
        Reply::Fin(_) => stream.shutdown().await,
        Reply::Reset(_) => {
            stream.reset();
            Ok(())
        }
        Reply::Hold(_) | Reply::Endless(..) => {
            // Zero bytes or an error: either way the client is gone.
            let _ = stream.read(&mut [0]).await;
            let _ = closing.send(written);
            Ok(())
        }
    }
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Request> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let mut request = Request {
                head,
                body: String::new(),
            };
            let length: usize = request
                .header("content-length")
                .unwrap_or("0")
                .parse()
                .unwrap();
            while bytes.len() < end + 4 + length {
                if stream.read_buf(&mut bytes).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            request.body = String::from_utf8_lossy(&bytes[end + 4..]).into_owned();
            return Ok(request);
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// A whole response that ends with its connection.
pub(crate) fn response(status: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = head(status, headers).into_bytes();
    bytes.truncate(bytes.len() - 2);
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// The head of a response whose body ends with the connection.
pub(crate) fn head(status: &str, headers: &[(&str, &str)]) -> String {
    let mut head = format!("HTTP/1.1 {status}\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    head
}

pub(crate) const SSE: (&str, &str) = ("content-type", "text/event-stream; charset=utf-8");

/// A stream of events in chunked encoding, so that an end without the last chunk is a cut.
pub(crate) fn chunked(headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let headers = [headers, &[SSE, ("transfer-encoding", "chunked")]].concat();
    format!("{}{:x}\r\n{body}\r\n", head("200 OK", &headers), body.len()).into_bytes()
}

/// `bytes` with the last chunk, which ends the body in an orderly way.
pub(crate) fn ended(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

pub(crate) const START: &str = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n";
pub(crate) const TEXT: &str = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n";
pub(crate) const END: &str = "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
pub(crate) const PING: &str = "event: ping\ndata: {\"type\":\"ping\"}\n\n";

pub(crate) fn error_event(kind: &str) -> String {
    format!(
        "event: error\ndata: {{\"type\":\"error\",\"error\":{{\"type\":\"{kind}\",\"message\":\"Sorry\"}}}}\n\n"
    )
}

/// A good answer: the text `Hi`.
pub(crate) fn good() -> Reply {
    Reply::Fin(ended(chunked(&[], &format!("{START}{TEXT}{END}"))))
}

/// A refusal in the API's own shape, to be tried again at once.
pub(crate) fn refused(status: &str, kind: &str) -> Reply {
    let body =
        format!("{{\"type\":\"error\",\"error\":{{\"type\":\"{kind}\",\"message\":\"Sorry\"}}}}");
    Reply::Fin(response(
        status,
        &[
            ("content-type", "application/json"),
            ("retry-after-ms", "1"),
        ],
        body,
    ))
}

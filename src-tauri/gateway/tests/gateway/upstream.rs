//! A resource that sends whatever bytes a test wants, and remembers exactly what it got.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::support::HANGS;

/// What a connection is answered with.
#[derive(Clone)]
pub(crate) enum Reply {
    /// These pieces, each in a packet of its own, then an end.
    Pieces(Vec<Vec<u8>>),
    /// These pieces, with so much time between, then an end.
    Paced(Vec<Vec<u8>>, Duration),
    /// These bytes, then silence until the other side closes.
    Hold(Vec<u8>),
    /// These bytes, then more and more of the second until the other side closes.
    Endless(Vec<u8>, Vec<u8>),
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Got {
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let fields = self
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'));
        let named = fields.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.trim()).collect()
    }
}

/// Serves until it is dropped.
pub(crate) struct Upstream {
    url: String,
    got: Arc<Mutex<Vec<Got>>>,
    closed: mpsc::UnboundedReceiver<usize>,
    serving: JoinHandle<()>,
}

impl Upstream {
    /// The n-th request is answered with the n-th reply, later ones with the last.
    pub(crate) async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let got = Arc::new(Mutex::new(Vec::new()));
        let (closing, closed) = mpsc::unbounded_channel();
        let log = got.clone();
        let serving = tokio::spawn(async move {
            let mut next = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let reply = replies[next.min(replies.len() - 1)].clone();
                next += 1;
                let (log, closing) = (log.clone(), closing.clone());
                tokio::spawn(serve(stream, reply, log, closing));
            }
        });
        Self {
            url,
            got,
            closed,
            serving,
        }
    }

    /// One that answers everything like this.
    pub(crate) async fn saying(status: &str, headers: &[(&str, &str)], body: &str) -> Self {
        Self::start(vec![Reply::Pieces(vec![whole(status, headers, body)])]).await
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// Waits until the other side has closed a connection that was held, and tells how many
    /// bytes had been written to it.
    pub(crate) async fn was_closed(&mut self) -> usize {
        let closed = tokio::time::timeout(HANGS, self.closed.recv()).await;
        closed.expect("the connection is kept open").unwrap()
    }

    /// Waits until a request has come.
    pub(crate) async fn was_asked(&self) {
        let asked = async {
            while self.got().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(HANGS, asked).await.unwrap();
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// An answer with its length.
pub(crate) fn whole(status: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let length = body.len().to_string();
    let mut all = head(status, headers);
    all.push_str(&format!("content-length: {length}\r\n\r\n{body}"));
    all.into_bytes()
}

/// The beginning of an answer, without the empty line.
pub(crate) fn head(status: &str, headers: &[(&str, &str)]) -> String {
    let mut head = format!("HTTP/1.1 {status}\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head
}

pub(crate) const SSE: (&str, &str) = ("content-type", "text/event-stream; charset=utf-8");
pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");

/// A stream of which every piece is a chunk of its own; with its last chunk only when it ends.
pub(crate) fn chunked(pieces: &[&[u8]], ends: bool) -> Vec<Vec<u8>> {
    let mut head = head("200 OK", &[SSE, ("request-id", "req_1")]);
    head.push_str("transfer-encoding: chunked\r\n\r\n");
    let mut all = vec![head.into_bytes()];
    for piece in pieces {
        let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
        chunk.extend_from_slice(piece);
        chunk.extend_from_slice(b"\r\n");
        all.push(chunk);
    }
    if ends {
        all.push(b"0\r\n\r\n".to_vec());
    }
    all
}

async fn serve(
    mut stream: TcpStream,
    reply: Reply,
    log: Arc<Mutex<Vec<Got>>>,
    closing: mpsc::UnboundedSender<usize>,
) {
    let Some(got) = read(&mut stream).await else {
        return;
    };
    log.lock().unwrap().push(got);
    stream.set_nodelay(true).unwrap();
    // Whoever reads may go away at any moment: that is what many tests are about.
    match reply {
        Reply::Pieces(pieces) => {
            for piece in pieces {
                if stream.write_all(&piece).await.is_err() {
                    return;
                }
                tokio::task::yield_now().await;
            }
            let _ = stream.shutdown().await;
        }
        Reply::Paced(pieces, gap) => {
            for piece in pieces {
                if stream.write_all(&piece).await.is_err() {
                    return;
                }
                tokio::time::sleep(gap).await;
            }
            let _ = stream.shutdown().await;
        }
        Reply::Hold(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.read(&mut [0]).await;
            let _ = closing.send(bytes.len());
        }
        Reply::Endless(bytes, more) => {
            let mut written = bytes.len();
            let _ = stream.write_all(&bytes).await;
            while stream.write_all(&more).await.is_ok() {
                written += more.len();
            }
            let _ = closing.send(written);
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Got> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let got = Got {
                head,
                body: Vec::new(),
            };
            let length = got.all("content-length").first()?.parse::<usize>().ok()?;
            while bytes.len() < end + 4 + length {
                if stream.read_buf(&mut bytes).await.ok()? == 0 {
                    return None;
                }
            }
            let body = bytes[end + 4..].to_vec();
            return Some(Got { body, ..got });
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

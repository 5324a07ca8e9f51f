//! HTTP/2, which Azure speaks: agreed on in the handshake, with a question and a stream of events
//! over it, and many questions over one connection.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use hearth_emulator::Certificates;
use http_body_util::Full;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::server::{END, START, TEXT};
use crate::support::{KEY, follow, on, question, target, trusting};

/// Answers every question with a stream of events, and counts connections and questions.
#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    questions: AtomicUsize,
}

async fn start(authority: &Certificates) -> (u16, Arc<Seen>) {
    let mut config = authority.server(&["127.0.0.1"]);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let tls = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::new(Seen::default());
    let counted = seen.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let stream = tls.accept(stream).await.unwrap();
            let seen = counted.clone();
            seen.connections.fetch_add(1, Ordering::Relaxed);
            let answer = service_fn(move |request: Request<hyper::body::Incoming>| {
                assert_eq!(request.version(), Version::HTTP_2);
                assert_eq!(request.headers()["x-api-key"], KEY);
                seen.questions.fetch_add(1, Ordering::Relaxed);
                let body = Full::new(Bytes::from(format!("{START}{TEXT}{END}")));
                let response = Response::builder().header("content-type", "text/event-stream");
                async move { Ok::<_, Infallible>(response.body(body).unwrap()) }
            });
            let serving = http2::Builder::new(TokioExecutor::new());
            tokio::spawn(serving.serve_connection(TokioIo::new(stream), answer));
        }
    });
    (port, seen)
}

#[tokio::test]
async fn many_questions_go_over_one_connection() {
    let authority = Certificates::new("Contoso Root CA");
    let (port, seen) = start(&authority).await;
    let client = on(trusting(&[&authority]));
    let target = target(&format!("https://127.0.0.1:{port}"));
    for _ in 0..3 {
        let course = follow(client.stream(&target, question("d"))).await;
        assert_eq!(course.failure, None);
        assert_eq!(course.steps(), ["ask 1", "open", "text Hi", "stop"]);
    }
    let counts = (&seen.connections, &seen.questions);
    let counts = (
        counts.0.load(Ordering::Relaxed),
        counts.1.load(Ordering::Relaxed),
    );
    assert_eq!(counts, (1, 3));
}

//! Who holds a connection, for how long, and how many of them.

use std::net::SocketAddr;
use std::time::Duration;

use hearth_gateway::{Catalogue, Gateway, Limits, Serving};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::support::{
    ALIAS, DEPLOYMENT, HANGS, KEY, deployment, keys, lending, options, status, with,
};
use crate::upstream::{JSON, Upstream};

/// Longer than any test may take.
const NEVER: Duration = Duration::from_secs(3600);

async fn upstream() -> Upstream {
    Upstream::saying("200 OK", &[JSON], "{}").await
}

/// A request without a body, on a connection that is to stay.
fn asking(key: &str) -> String {
    format!("GET /v1/models HTTP/1.1\r\nhost: localhost\r\nx-api-key: {key}\r\n\r\n")
}

/// Says this, and returns what comes until a whole list of models is there.
async fn listed(stream: &mut TcpStream) -> String {
    stream.write_all(asking(KEY).as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&answer).contains("]") {
            if stream.read_buf(&mut answer).await.unwrap_or_default() == 0 {
                break;
            }
        }
    };
    tokio::time::timeout(HANGS, reading).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Reads until the gateway closes.
async fn until_closed(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let reading = stream.read_to_end(&mut answer);
    let _ = tokio::time::timeout(HANGS, reading)
        .await
        .expect("it stays open for ever");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn who_asks_nothing_is_let_go_and_who_showed_a_key_is_not() {
    let upstream = upstream().await;
    let limits = Limits {
        head: NEVER,
        first_head: Duration::from_millis(500),
        ..Limits::default()
    };
    let gateway = with(&[upstream.url()], options(), limits).await;
    let mut known = TcpStream::connect(gateway.address()).await.unwrap();
    assert_eq!(status(&listed(&mut known).await), Some(200));
    for beginning in ["", "GET /v1/models HTTP/1.1\r\nhost: lo"] {
        let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
        stream.write_all(beginning.as_bytes()).await.unwrap();
        assert_eq!(until_closed(&mut stream).await, "");
    }
    // It is as old as those that were closed, and older.
    assert_eq!(status(&listed(&mut known).await), Some(200));
}

#[tokio::test]
async fn who_shows_no_key_keeps_no_connection() {
    let upstream = upstream().await;
    let limits = Limits {
        head: NEVER,
        first_head: NEVER,
        ..Limits::default()
    };
    let gateway = with(&[upstream.url()], options(), limits).await;
    let wrong_name = asking(KEY).replace("localhost", "evil.example");
    for (request, expected) in [(asking("wrong"), 401), (wrong_name, 403)] {
        let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = until_closed(&mut stream).await;
        assert_eq!(status(&answer), Some(expected), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
}

/// A gateway at this address whose callers have two connections each.
async fn two_each(listening: &str, upstream: &Upstream) -> Serving {
    let mut catalogue = Catalogue::default();
    let deployment = deployment(upstream.url(), DEPLOYMENT, options());
    catalogue.add(ALIAS.to_owned(), deployment);
    let gateway = Gateway {
        limits: Limits {
            connections_of_one: 2,
            // Nothing but their number closes them.
            head: NEVER,
            first_head: NEVER,
            ..Limits::default()
        },
        ..lending(catalogue, Some(keys()))
    };
    let listener = TcpListener::bind(listening).await.unwrap();
    gateway.serve(listener).unwrap()
}

/// A connection from this address of this machine.
async fn from(own: &str, gateway: &Serving) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{own}:0").parse().unwrap()).unwrap();
    let there = SocketAddr::from(([127, 0, 0, 1], gateway.address().port()));
    socket.connect(there).await.unwrap()
}

/// Other systems have one loopback address only.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn one_address_does_not_take_all_connections_of_a_gateway_for_others() {
    let upstream = upstream().await;
    let gateway = two_each("0.0.0.0:0", &upstream).await;
    let mut first = from("127.0.0.1", &gateway).await;
    let mut second = from("127.0.0.1", &gateway).await;
    for stream in [&mut first, &mut second] {
        assert_eq!(status(&listed(stream).await), Some(200));
    }
    let mut third = from("127.0.0.1", &gateway).await;
    assert_eq!(until_closed(&mut third).await, "");
    let mut other = from("127.0.0.2", &gateway).await;
    assert_eq!(status(&listed(&mut other).await), Some(200));
    // What is given back can be taken again.
    drop(first);
    let again = async {
        loop {
            let mut stream = from("127.0.0.1", &gateway).await;
            if status(&listed(&mut stream).await) == Some(200) {
                return;
            }
        }
    };
    tokio::time::timeout(HANGS, again).await.unwrap();
}

#[tokio::test]
async fn programs_of_this_machine_share_one_address() {
    let upstream = upstream().await;
    let gateway = two_each("127.0.0.1:0", &upstream).await;
    let mut streams = Vec::new();
    for _ in 0..4 {
        let mut stream = from("127.0.0.1", &gateway).await;
        assert_eq!(status(&listed(&mut stream).await), Some(200));
        streams.push(stream);
    }
}

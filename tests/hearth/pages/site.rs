//! A site on this machine that serves one page, and can make its own name lead elsewhere.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a page may take with everything that it tries.
const PATIENCE: Duration = Duration::from_secs(90);

/// The site. It serves until the test ends.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    /// What pages reported, word for word.
    reports: Receiver<String>,
    elsewhere: Arc<Mutex<Elsewhere>>,
}

/// Where the site's name leads.
#[derive(Default)]
struct Elsewhere {
    /// To the site itself until its page asks for another.
    gateway: Option<SocketAddr>,
    asked: bool,
}

impl Site {
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, reports) = channel();
        let elsewhere = Arc::<Mutex<Elsewhere>>::default();
        let shared = elsewhere.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (sender, shared) = (sender.clone(), shared.clone());
                // Whoever goes away early takes the rest of the exchange along.
                std::thread::spawn(move || serve(stream, &sender, &shared));
            }
        });
        Self {
            address,
            reports,
            elsewhere,
        }
    }

    /// Where the site's name leads once its page asks for it.
    pub(crate) fn may_lead_to(&self, gateway: SocketAddr) {
        let mut elsewhere = self
            .elsewhere
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *elsewhere = Elsewhere {
            gateway: Some(gateway),
            asked: false,
        };
    }

    /// What the page reports.
    pub(crate) fn report(&self) -> serde_json::Value {
        let report = self.reports.recv_timeout(PATIENCE);
        serde_json::from_str(&report.expect("the page reports")).unwrap()
    }
}

fn serve(
    mut stream: TcpStream,
    reports: &Sender<String>,
    elsewhere: &Mutex<Elsewhere>,
) -> std::io::Result<()> {
    let gateway = {
        let elsewhere = elsewhere.lock().unwrap_or_else(PoisonError::into_inner);
        elsewhere.gateway.filter(|_| elsewhere.asked)
    };
    if let Some(gateway) = gateway {
        return lead(stream, gateway);
    }
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 || header.trim().is_empty() {
            break;
        }
        let (name, value) = header.split_once(':').unwrap_or_default();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (status, header, answer) = answer(&path, &body, reports, elsewhere);
    // One exchange a connection: the next one may lead elsewhere.
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{header}content-length: {}\r\nconnection: close\r\n\r\n{answer}",
        answer.len()
    )
}

fn answer(
    path: &str,
    body: &[u8],
    reports: &Sender<String>,
    elsewhere: &Mutex<Elsewhere>,
) -> (&'static str, String, &'static str) {
    if let Some(target) = path.strip_prefix("/redirect?to=") {
        let target = target.replace("%3A", ":").replace("%2F", "/");
        let header = format!("location: {target}\r\n");
        return ("307 Temporary Redirect", header, "");
    }
    match path.split('?').next() {
        Some("/") => {
            let kind = "content-type: text/html\r\n".to_owned();
            ("200 OK", kind, include_str!("attack.html"))
        }
        Some("/report") => {
            // Nobody waits for it any more once the test has ended.
            let _ = reports.send(String::from_utf8_lossy(body).into_owned());
            ("204 No Content", String::new(), "")
        }
        Some("/rebind") => {
            let mut elsewhere = elsewhere.lock().unwrap_or_else(PoisonError::into_inner);
            elsewhere.asked = true;
            ("204 No Content", String::new(), "")
        }
        _ => ("404 Not Found", String::new(), ""),
    }
}

/// Passes on everything in both directions, as a name that leads elsewhere does.
fn lead(stream: TcpStream, gateway: SocketAddr) -> std::io::Result<()> {
    let there = TcpStream::connect(gateway)?;
    let (mut from, mut to) = (stream.try_clone()?, there.try_clone()?);
    let way = std::thread::spawn(move || {
        let copied = std::io::copy(&mut from, &mut to);
        // The other side may be gone already.
        let _ = to.shutdown(std::net::Shutdown::Write);
        copied
    });
    let (mut from, mut to) = (there, stream);
    std::io::copy(&mut from, &mut to)?;
    let _ = to.shutdown(std::net::Shutdown::Write);
    let _ = way.join();
    Ok(())
}

//! What a gateway says of its work in the log.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hearth_gateway::Catalogue;
use tracing_subscriber::fmt::MakeWriter;

use crate::endings::asking_at;
use crate::support::{
    ALIAS, deployment, in_front_of, keys, lending, options, post, question, serve,
};
use crate::upstream::{JSON, Reply, SSE, Upstream, head};

/// All that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// The first line that says that something was answered.
    async fn answered(&self) -> String {
        self.saying("answered").await
    }

    /// The first line with these words. The gateway may write it a moment after its caller has
    /// the answer.
    async fn saying(&self, words: &str) -> String {
        let line = || {
            let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
            let line = text.lines().find(|line| line.contains(words))?;
            Some(line.to_owned())
        };
        for _ in 0..500 {
            if let Some(line) = line() {
                return line;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nothing was logged that says: {words}");
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// What this thread logs, as long as it is kept.
struct Logging {
    log: Log,
    _guard: tracing::dispatcher::DefaultGuard,
    _other: tracing::Dispatch,
}

impl Logging {
    fn start() -> Self {
        let log = Log::default();
        let to = |log: Log| {
            let subscriber = tracing_subscriber::fmt().with_writer(log).with_ansi(false);
            tracing::Dispatch::new(subscriber.finish())
        };
        // Of two, both are asked whether a line is wanted. One alone is taken for the one of the
        // thread that comes to the line first, which may be another test's and have none.
        let other = to(Log::default());
        Self {
            _guard: tracing::dispatcher::set_default(&to(log.clone())),
            log,
            _other: other,
        }
    }
}

#[tokio::test]
async fn each_answer_is_logged_with_its_key_its_model_and_its_status() {
    // The gateway works on this test's own thread.
    let logging = Logging::start();
    let body = r#"{"type":"message","content":[],"stop_reason":"end_turn"}"#;
    let upstream = Upstream::saying("200 OK", &[JSON], body).await;
    let gateway = in_front_of(&[upstream.url()]).await;
    post(&gateway, "/v1/messages", question(ALIAS, false)).await;
    let line = logging.log.answered().await;
    for said in ["key=\"test\"", "status=200", ALIAS] {
        assert!(line.contains(said), "{said}: {line}");
    }
    // What a caller writes starts no line of its own.
    let logging = Logging::start();
    let odd = question("odd\\n\\u001b[31mforged", false);
    post(&gateway, "/v1/messages", odd).await;
    let line = logging.log.answered().await;
    assert!(
        line.contains("forged") && !line.contains('\u{1b}'),
        "{line}"
    );
    assert!(line.contains("status=404"), "{line}");
}

#[tokio::test]
async fn who_goes_away_before_the_end_is_logged() {
    let begun = head("200 OK", &[SSE]) + "\r\n" + "event: ping\ndata: {\"type\":\"ping\"}\n\n";
    for path in ["/v1/messages", "/v1/chat/completions"] {
        for reply in [Vec::new(), begun.clone().into_bytes()] {
            let logging = Logging::start();
            let mut upstream = Upstream::start(vec![Reply::Hold(reply)]).await;
            let gateway = in_front_of(&[upstream.url()]).await;
            let caller = asking_at(gateway.address(), path).await;
            upstream.was_asked().await;
            drop(caller);
            upstream.was_closed().await;
            let line = logging.log.saying("the caller went away").await;
            for said in ["key=\"test\"", "route=", ALIAS] {
                assert!(line.contains(said), "{said}: {line}");
            }
        }
    }
}

#[tokio::test]
async fn a_name_of_any_length_makes_no_long_line() {
    let logging = Logging::start();
    let upstream = Upstream::saying("404 Not Found", &[JSON], "{}").await;
    let mut catalogue = Catalogue::default();
    catalogue.pass_on_others_to(deployment(upstream.url(), "", options()));
    let gateway = serve(lending(catalogue, Some(keys()))).await;
    let long = "m".repeat(100_000);
    for path in ["/v1/messages", "/v1/chat/completions"] {
        assert_eq!(
            post(&gateway, path, question(&long, false)).await.status,
            404
        );
    }
    logging.log.answered().await;
    let text = String::from_utf8(logging.log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("mmmm") && text.contains("no answer"));
    assert!(text.lines().all(|line| line.len() < 1000), "{}", text.len());
}

//! What a gateway says of its work in the log.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

use crate::support::{ALIAS, in_front_of, post, question};
use crate::upstream::{JSON, Upstream};

/// All that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// The first line that says that something was answered. The gateway may write it a moment
    /// after its caller has the answer.
    async fn answered(&self) -> String {
        let line = || {
            let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
            let line = text.lines().find(|line| line.contains("answered"))?;
            Some(line.to_owned())
        };
        for _ in 0..500 {
            if let Some(line) = line() {
                return line;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nothing was logged as answered");
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

#[tokio::test]
async fn each_answer_is_logged_with_its_key_its_model_and_its_status() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    // The gateway works on this test's own thread.
    let _guard = tracing::subscriber::set_default(subscriber);
    let body = r#"{"type":"message","content":[],"stop_reason":"end_turn"}"#;
    let upstream = Upstream::saying("200 OK", &[JSON], body).await;
    let gateway = in_front_of(&[upstream.url()]).await;
    post(&gateway, "/v1/messages", question(ALIAS, false)).await;
    let line = log.answered().await;
    for said in ["key=\"test\"", "status=200", ALIAS] {
        assert!(line.contains(said), "{said}: {line}");
    }
    // What a caller writes starts no line of its own.
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    let _inner = tracing::subscriber::set_default(subscriber);
    let odd = question("odd\\n\\u001b[31mforged", false);
    post(&gateway, "/v1/messages", odd).await;
    let line = log.answered().await;
    assert!(
        line.contains("forged") && !line.contains('\u{1b}'),
        "{line}"
    );
    assert!(line.contains("status=404"), "{line}");
}

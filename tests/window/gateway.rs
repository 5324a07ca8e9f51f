//! The gateway as a person switches it on: another program asks through it, with a key that
//! nobody saw, and is refused once that key is gone.

use std::net::{Ipv4Addr, TcpListener};

use hearth_emulator::{Emulator, Script};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::accessible::Role;
use crate::acts::ENTER;
use crate::credentials::{is_not_in_the_page, is_nowhere_in_clear, kept_secrets};
use crate::harness::{Hearth, Home, Theme, free_port, in_both_themes, in_time};
use crate::resource::{DEPLOYMENT, MODEL, draft, resource, with_secret};
use crate::screen;

const PROGRAM: &str = "Editor of the test";
const LAB: &str = "Contoso lab";
const LAB_KEY: &str = "key-of-the-lab-resource";

/// What the table of requests shows, a row a line.
const ROWS: &str = "return [...document.querySelectorAll('main tbody tr')] \
    .map(row => [...row.children].map(cell => cell.innerText.trim()).join(' | ')).join('\\n')";

/// A program that is given a port and a key, and nothing else.
pub(crate) struct Asking {
    stream: TcpStream,
    received: String,
}

impl Asking {
    pub(crate) async fn begin(port: u16, key: &str, streamed: bool) -> Self {
        let question = json!({
            "model": DEPLOYMENT,
            "max_tokens": 256,
            "stream": streamed,
            "messages": [{ "role": "user", "content": "Through the gateway?" }],
        })
        .to_string();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .await
            .expect("the gateway listens");
        let request = format!(
            "POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nx-api-key: {key}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{question}",
            question.len()
        );
        stream
            .write_all(request.as_bytes())
            .await
            .expect("the gateway reads");
        Self {
            stream,
            received: String::new(),
        }
    }

    /// Reads until these words arrived.
    pub(crate) async fn hears(&mut self, words: &str) {
        let reading = async {
            while !self.received.contains(words) {
                assert!(self.read().await, "it ended before: {}", self.received);
            }
        };
        let heard = in_time(reading).await;
        heard.unwrap_or_else(|| panic!("never heard: {words}"));
    }

    /// Whether its end has not come by now.
    pub(crate) fn goes_on(self) -> bool {
        let mut stream = self.stream.into_std().expect("a stream of the system");
        let mut piece = [0; 4096];
        loop {
            match std::io::Read::read(&mut stream, &mut piece) {
                Ok(0) => return false,
                Ok(_) => {}
                Err(error) => return error.kind() == std::io::ErrorKind::WouldBlock,
            }
        }
    }

    /// Reads to the end.
    async fn answer(mut self) -> String {
        let reading = async { while self.read().await {} };
        in_time(reading).await.expect("the answer ends");
        self.received
    }

    async fn read(&mut self) -> bool {
        let mut piece = [0; 4096];
        let count = self.stream.read(&mut piece).await.expect("an answer");
        self.received
            .push_str(&String::from_utf8_lossy(&piece[..count]));
        count > 0
    }
}

async fn ask(port: u16, key: &str) -> String {
    Asking::begin(port, key, false).await.answer().await
}

async fn lab() -> Emulator {
    let lab = Emulator::builder().key(LAB_KEY);
    let lab = lab.deployment(DEPLOYMENT, MODEL);
    let lab = lab.expect("the base model is known").start().await;
    lab.expect("a port on loopback")
}

#[tokio::test]
async fn another_program_asks_with_a_key_until_that_is_removed() {
    in_both_themes(is_lent_and_taken_back).await;
}

async fn is_lent_and_taken_back(theme: Theme) {
    let (resource, lab) = (resource().await, lab().await);
    let home = Home::new(theme);
    let hearth = Hearth::open(&home).await;
    let key = with_secret(json!({ "kind": "key" }), LAB_KEY);
    let mut other = draft(&lab.url(), key, &[(DEPLOYMENT, MODEL)]);
    other["name"] = json!(LAB);
    hearth.save(other).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    hearth.click(Role::Button, "Settings").await;
    hearth.click(Role::Button, "Gateway").await;
    hearth.says("Off. No other program can ask.").await;
    hearth.picture("gateway-off", theme).await;

    let port = free_port();
    hearth.listen_on(port).await;
    hearth.click(Role::Checkbox, "Lend to other programs").await;
    hearth
        .says("Running, and lending Resource of the test.")
        .await;
    hearth.says(&format!("http://127.0.0.1:{port}")).await;
    let key = hearth.make_a_key().await;
    is_not_in_the_page(&hearth, &key).await;
    assert!(kept_secrets().contains(&key), "it is in the keyring");
    is_nowhere_in_clear(&home, &key);

    resource.next(Script::reply(["Through the gateway."]));
    let answer = ask(port, &key).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("Through the gateway."), "{answer}");
    hearth.lists_a_request(&["200", PROGRAM, DEPLOYMENT]).await;
    assert!(
        ask(port, "hearth-of-nobody")
            .await
            .starts_with("HTTP/1.1 401")
    );
    hearth.picture("gateway-running", theme).await;
    hearth.show_the_end().await;
    hearth.picture("gateway-requests", theme).await;
    let heights = "return [document.documentElement.scrollHeight, innerHeight]";
    let heights = hearth.script(heights).await;
    assert_eq!(
        heights[0], heights[1],
        "only the settings scroll, never the window"
    );

    hearth
        .switches_below_a_stream(port, &key, &resource, &lab)
        .await;
    hearth.shows_a_taken_port(port, theme).await;

    hearth
        .click(Role::Button, &format!("Remove the key {PROGRAM}"))
        .await;
    hearth.picture("gateway-remove", theme).await;
    hearth.click(Role::Button, "Remove").await;
    hearth
        .until("the key is gone from the list", async || {
            let copy = format!("Copy the key {PROGRAM}");
            (!hearth.shows(Role::Button, &copy).await).then_some(())
        })
        .await;
    assert!(ask(port, &key).await.starts_with("HTTP/1.1 401"));
    assert!(!kept_secrets().contains(&key), "it is in the keyring still");
    hearth.close().await;
    assert!(
        TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .await
            .is_err(),
        "it ends with Hearth"
    );
}

impl Hearth<'_> {
    /// Writes the gateway's port into its field, and leaves that.
    pub(crate) async fn listen_on(&self, port: u16) {
        let field = self.the(Role::Textbox, "Port").await;
        self.until("the focus on the port", async || {
            self.press_on(&field).await
        })
        .await;
        // As a person replaces it: emptied by the driver alone, the field hears of nothing.
        self.shortcut('a').await;
        self.press(&format!("{port}{ENTER}")).await;
        self.says("Saved").await;
    }

    /// Makes a key for [`PROGRAM`], and takes it off the clipboard.
    pub(crate) async fn make_a_key(&self) -> String {
        self.click(Role::Button, "Make a key").await;
        self.fill(Role::Textbox, "Name", PROGRAM).await;
        self.click(Role::Button, "Make it").await;
        self.says("Made. Copy it from the list.").await;
        self.click(Role::Button, &format!("Copy the key {PROGRAM}"))
            .await;
        screen::clipboard(|copied| copied.starts_with("hearth-") && copied.len() == 47).await
    }

    /// Waits for a request in the list whose row has all of these.
    async fn lists_a_request(&self, facts: &[&str]) {
        self.until(&format!("a request with {facts:?}"), async || {
            let rows = self.script(ROWS).await;
            let mut rows = rows.as_str()?.lines();
            rows.any(|row| facts.iter().all(|fact| row.contains(fact)))
                .then_some(())
        })
        .await;
    }

    /// Scrolls to the end of the settings.
    async fn show_the_end(&self) {
        let script = "document.querySelector('main table').scrollIntoView({ block: 'end' })";
        self.script(script).await;
    }

    /// Lends another connection while an answer of the first runs: that goes on where it began.
    async fn switches_below_a_stream(
        &self,
        port: u16,
        key: &str,
        resource: &Emulator,
        lab: &Emulator,
    ) {
        let (script, gate) = Script::reply(["It begins here, ", "and it ends here."]).gate();
        resource.next(script);
        let mut running = Asking::begin(port, key, true).await;
        gate.release(1);
        running.hears("It begins here, ").await;
        self.click(Role::Button, "Connection that is lent").await;
        self.settle().await;
        self.click(Role::MenuItem, LAB).await;
        self.says(&format!("Running, and lending {LAB}.")).await;
        lab.next(Script::reply(["From the lab."]));
        assert!(ask(port, key).await.contains("From the lab."));
        gate.open();
        let whole = running.answer().await;
        assert!(whole.contains("and it ends here."), "{whole}");
        assert!(whole.contains("message_stop"), "{whole}");
        assert_eq!(lab.log().len(), 1, "the lab was asked once");
    }

    /// Moves to a port where another program listens: it says so, and back again it runs.
    async fn shows_a_taken_port(&self, port: u16, theme: Theme) {
        let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
        let taken = other.local_addr().expect("its address").port();
        self.listen_on(taken).await;
        self.says("Another program listens there already").await;
        self.says(&format!("127.0.0.1:{taken} is in use.")).await;
        self.script("document.querySelector('main h2').scrollIntoView()")
            .await;
        self.picture("gateway-taken", theme).await;
        self.listen_on(port).await;
        self.says(&format!("http://127.0.0.1:{port}")).await;
        self.says_no_more("Another program listens there already")
            .await;
    }
}

//! The person's own browser: what Hearth hands to the system is opened in a real Chromium.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;

use crate::harness::{Home, free_port, patiently};

/// Notes what programs ask the desktop to open, instead of opening it.
pub(crate) struct Opened(PathBuf);

impl Opened {
    /// Puts the stand-in in front of the desktop's own program. Before the window is opened.
    pub(crate) fn in_home(home: &Home) -> Self {
        let list = home.documents().join("opened.txt");
        home.install(
            "xdg-open",
            &format!("#!/bin/sh\nprintf '%s\\n' \"$1\" >> '{}'\n", list.display()),
        );
        Self(list)
    }

    /// Every address that was opened so far, in order.
    pub(crate) fn all(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// The `n`-th address (from 1), once it is there.
    pub(crate) async fn nth(&self, n: usize) -> String {
        patiently(async || self.all().get(n - 1).cloned())
            .await
            .unwrap_or_else(|| panic!("{n} addresses opened, but {:?}", self.all()))
    }
}

/// A Chromium with nothing in it, that takes the certificates of the test's tenant.
pub(crate) struct Browser {
    pub(crate) page: Client,
    driver: Child,
    _profile: TempDir,
}

impl Browser {
    pub(crate) async fn start() -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromium-driver is installed");
        let folder = format!("--user-data-dir={}", profile.path().display());
        let options = json!({
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--disable-background-networking", "--disable-component-update",
                "--disable-sync", "--disable-dev-shm-usage", folder,
            ],
        });
        let capabilities = [
            ("goog:chromeOptions".to_owned(), options),
            // The tenant's certificates are the test's own.
            ("acceptInsecureCerts".to_owned(), json!(true)),
        ];
        let address = format!("http://127.0.0.1:{port}");
        let page = patiently(async || {
            ClientBuilder::new(HttpConnector::new())
                .capabilities(capabilities.clone().into_iter().collect())
                .connect(&address)
                .await
                .ok()
        });
        Self {
            page: page.await.expect("Chromium starts under its driver"),
            driver,
            _profile: profile,
        }
    }

    /// Opens an address as the desktop would.
    pub(crate) async fn visit(&self, address: &str) {
        self.page.goto(address).await.expect("the page opens");
    }

    /// Presses the button that says this.
    pub(crate) async fn press(&self, name: &str) {
        let button = format!("//button[normalize-space()='{name}']");
        let button = self.page.wait().for_element(Locator::XPath(&button)).await;
        let button = button.unwrap_or_else(|error| panic!("no button “{name}”: {error}"));
        button.click().await.expect("a button can be pressed");
    }

    /// Types into the page's only field for text.
    pub(crate) async fn fill(&self, text: &str) {
        let field = Locator::Css("input[type=text], input:not([type])");
        let field = self.page.wait().for_element(field).await;
        let Ok(field) = field else {
            panic!("the browser shows no field but:\n{}", self.text().await);
        };
        field.send_keys(text).await.expect("a field takes keys");
    }

    /// Waits until the page says this.
    pub(crate) async fn says(&self, text: &str) {
        let found = patiently(async || self.text().await.contains(text).then_some(())).await;
        if found.is_none() {
            panic!(
                "the browser does not say “{text}” but:\n{}",
                self.text().await
            );
        }
    }

    async fn text(&self) -> String {
        let text = self
            .page
            .execute("return document.body?.innerText ?? ''", Vec::new())
            .await;
        text.ok()
            .and_then(|text| text.as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    pub(crate) async fn close(self) {
        // The driver ends its Chromium with the session.
        let _ = self.page.clone().close().await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

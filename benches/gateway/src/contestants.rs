//! Who is measured: how each is started, and how it is asked.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::peers::{self, NotInstalled};
use crate::questions::{Dialect, MODEL};

/// The key that callers show. It opens nothing but these programs, and is long enough for all.
const KEY: &str = "sk-hearth-bench-0123456789abcdef0123456789abcdef";
/// The credential of the upstream, which looks at none.
const UPSTREAM_KEY: &str = "upstream-key-0123456789abcdef";

/// A way from a caller to the upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contestant {
    /// No gateway: what the upstream and the callers can do.
    Direct,
    Hearth,
    Portkey,
    LiteLlm {
        workers: u8,
    },
}

/// What a program needs to know.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) upstream: SocketAddr,
    /// Where it is to listen.
    pub(crate) listen: SocketAddr,
    /// A folder of its own.
    pub(crate) folder: PathBuf,
}

impl Contestant {
    /// The head of its column.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Direct => "direct".to_owned(),
            Self::Hearth => "Hearth".to_owned(),
            Self::Portkey => format!("Portkey {}", peers::PORTKEY),
            Self::LiteLlm { workers: 1 } => format!("LiteLLM {}, 1 worker", peers::LITELLM),
            Self::LiteLlm { workers } => format!("LiteLLM {}, {workers} workers", peers::LITELLM),
        }
    }

    /// What starts it, installed first where that is needed. None for the way that leads through
    /// no program.
    pub(crate) async fn command(self, place: &Place) -> Result<Option<Command>, NotInstalled> {
        let port = place.listen.port().to_string();
        let mut command = match self {
            Self::Direct => return Ok(None),
            Self::Hearth => {
                let mut command = alone(&peers::hearth()?, place);
                command.arg("gateway").arg("--config").arg(config(place)?);
                command.arg("--listen").arg(place.listen.to_string());
                command
            }
            Self::Portkey => {
                let mut command = alone(Path::new("node"), place);
                command.arg(peers::portkey().await?).arg("--headless");
                command.arg(format!("--port={port}"));
                command
            }
            Self::LiteLlm { workers } => {
                let mut command = alone(&peers::litellm().await?, place);
                command.arg("--config").arg(config(place)?);
                command.args(["--host", "127.0.0.1", "--port", &port]);
                command.args(["--num_workers", &workers.to_string()]);
                // Nothing is fetched from anywhere, and nothing told to anybody.
                command.env("LITELLM_LOCAL_MODEL_COST_MAP", "True");
                command.args(["--telemetry", "False"]);
                // As in service: a line for each request would be measured, too.
                command.env("LITELLM_LOG", "ERROR");
                command
            }
        };
        command.current_dir(&place.folder);
        Ok(Some(command))
    }

    /// None where it has no such route.
    pub(crate) fn path(self, dialect: Dialect) -> Option<&'static str> {
        match (self, dialect) {
            (Self::Direct, Dialect::Messages) => Some("/anthropic/v1/messages"),
            (Self::Direct, Dialect::Chat) => None,
            (Self::Hearth | Self::Portkey | Self::LiteLlm { .. }, Dialect::Chat) => {
                Some("/v1/chat/completions")
            }
            (Self::Hearth | Self::Portkey | Self::LiteLlm { .. }, Dialect::Messages) => {
                Some("/v1/messages")
            }
        }
    }

    /// What goes along with every question.
    pub(crate) fn headers(self, place: &Place) -> HeaderMap {
        let value = |text: &str| HeaderValue::from_str(text).expect("BUG: no header's value");
        let key = match self {
            Self::Hearth | Self::LiteLlm { .. } => KEY,
            // Both take the upstream's own.
            Self::Direct | Self::Portkey => UPSTREAM_KEY,
        };
        let mut headers = HeaderMap::from_iter([
            (HOST, value(&place.listen.to_string())),
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (AUTHORIZATION, value(&format!("Bearer {key}"))),
        ]);
        let version = HeaderName::from_static("anthropic-version");
        headers.insert(version, HeaderValue::from_static("2023-06-01"));
        if self == Self::Portkey {
            let provider = HeaderName::from_static("x-portkey-provider");
            headers.insert(provider, HeaderValue::from_static("anthropic"));
            let host = HeaderName::from_static("x-portkey-custom-host");
            headers.insert(host, value(&format!("{}/v1", base(place.upstream))));
        }
        headers
    }
}

/// A command that knows nothing of who runs it: no proxies, no credentials, no settings.
fn alone(program: &Path, place: &Place) -> Command {
    let mut command = Command::new(program);
    command.env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command.env("HOME", &place.folder);
    command
}

fn base(upstream: SocketAddr) -> String {
    format!("http://{upstream}/anthropic")
}

/// The same file for both that read one.
fn config(place: &Place) -> io::Result<PathBuf> {
    let path = place.folder.join("config.yaml");
    let text = format!(
        "model_list:\n\
        \x20 - model_name: {MODEL}\n\
        \x20   litellm_params:\n\
        \x20     model: azure_ai/{MODEL}\n\
        \x20     api_base: {}\n\
        \x20     api_key: {UPSTREAM_KEY}\n\
        general_settings:\n\
        \x20 master_key: {KEY}\n",
        base(place.upstream)
    );
    fs::write(&path, text)?;
    Ok(path)
}

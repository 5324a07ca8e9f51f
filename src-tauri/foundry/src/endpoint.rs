//! From whatever a person pastes to the one address that questions go to.
//!
//! Claude in Foundry is served at `https://{resource}.services.ai.azure.com/anthropic/v1/messages`
//! and nowhere else on the resource
//! (<https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry>). People
//! have the resource's name, a project's address, an address of another surface, or the final one.
//! On Azure's hosts the path is therefore never theirs to choose; on any other host (a company's
//! gateway) what they typed is kept as far as it can mean anything.

use std::net::IpAddr;

use url::{Host, Url};

/// Where the Messages API of one resource is. Made by [`Endpoint::parse`] only, so it is always
/// https, or http to this machine, and carries neither credentials nor query.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    base: String,
    /// Read once, and not anew for every request.
    messages: Url,
    count_tokens: Url,
    loopback: bool,
}

/// An endpoint, and what was understood on the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedEndpoint {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The resource's name, where the host shows it.
    pub resource: Option<String>,
    /// What was changed or deserves a word, in the order of the address.
    pub notes: Vec<Note>,
}

/// Something that reading an endpoint changed or noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Note {
    /// A bare name became an address.
    FromResourceName,
    /// A scheme was added.
    SchemeAdded,
    /// A `.openai.azure.com` host: kept, known to work.
    OpenAiHost,
    /// A host that is not one of Azure's: the key goes there.
    UnusualHost,
    /// `/api/projects/…` is not needed.
    ProjectPathDropped,
    /// Another path was replaced.
    PathReplaced,
    /// A query or fragment was dropped.
    QueryDropped,
}

/// Why a text is not an endpoint. No variant repeats what was typed: it may be a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadEndpoint {
    /// There is nothing in it.
    #[error("the endpoint is empty")]
    Empty,
    /// It is neither an address nor a name that a resource can have.
    #[error("the endpoint is neither an address nor a resource name")]
    NotAnAddress,
    /// A long run of letters and digits: an API key in the wrong box.
    #[error("the endpoint looks like an api key")]
    LooksLikeKey,
    /// Plain http to another machine would show the key to the network.
    #[error("the endpoint is not https, and not on this machine")]
    NotHttps,
    /// A user name or a password stands in it.
    #[error("the endpoint contains a user name or a password")]
    HasCredentials,
    /// The address of a portal, where people look and programs cannot ask.
    #[error("the endpoint is a portal's page")]
    Portal,
}

impl Endpoint {
    /// Reads an endpoint from anything that people paste: a resource's name, a host, a project's
    /// address, the address of any surface of the resource, the final address, each with spaces,
    /// quotes, angle brackets, a query or slashes around it.
    ///
    /// Parsing [`Endpoint::base`], [`Endpoint::messages_url`] or [`Endpoint::count_tokens_url`]
    /// again gives the same endpoint.
    ///
    /// # Errors
    ///
    /// Says which kind of mistake it is; never contains the text.
    pub fn parse(text: &str) -> Result<ParsedEndpoint, BadEndpoint> {
        let text = unwrapped(text);
        let mut notes = Vec::new();
        let url = address(text, &mut notes)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadEndpoint::HasCredentials);
        }
        let place = Place::of(&url)?;
        if url.scheme() != "https" && place.kind != HostKind::Loopback {
            return Err(BadEndpoint::NotHttps);
        }
        match place.kind {
            HostKind::OpenAi => notes.push(Note::OpenAiHost),
            HostKind::Elsewhere => notes.push(Note::UnusualHost),
            HostKind::Azure | HostKind::Loopback => {}
        }
        let path = Path::read(url.path(), place.kind, &mut notes);
        if url.query().is_some() || url.fragment().is_some() {
            notes.push(Note::QueryDropped);
        }
        let port = url
            .port()
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        let origin = format!("{}://{}{port}", url.scheme(), place.host);
        Ok(ParsedEndpoint {
            endpoint: Endpoint::at(&origin, &path, place.kind == HostKind::Loopback),
            resource: place.resource,
            notes,
        })
    }

    /// The address that questions are posted to.
    #[must_use]
    pub fn messages_url(&self) -> &str {
        self.messages.as_str()
    }

    /// The address that counts tokens.
    #[must_use]
    pub fn count_tokens_url(&self) -> &str {
        self.count_tokens.as_str()
    }

    /// [`Endpoint::messages_url`], read.
    pub(crate) fn messages(&self) -> &Url {
        &self.messages
    }

    /// [`Endpoint::count_tokens_url`], read.
    pub(crate) fn count_tokens(&self) -> &Url {
        &self.count_tokens
    }

    /// The short form, for saving: parsing it gives this endpoint.
    #[must_use]
    pub fn base(&self) -> String {
        self.base.clone()
    }

    /// It is on this machine: reached without a proxy, and allowed without TLS.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    fn at(origin: &str, path: &Path, loopback: bool) -> Self {
        let (base, v1) = match path {
            Path::Anthropic { before } => {
                let base = format!("{origin}{before}/anthropic");
                (base.clone(), format!("{base}/v1"))
            }
            Path::Kept { before } => {
                let v1 = format!("{origin}{before}/v1");
                (format!("{v1}/messages"), v1)
            }
        };
        let read = |address: String| Url::parse(&address).expect("BUG: no address");
        Self {
            base,
            messages: read(format!("{v1}/messages")),
            count_tokens: read(format!("{v1}/messages/count_tokens")),
            loopback,
        }
    }
}

/// The text without what a paste brings along around it.
fn unwrapped(text: &str) -> &str {
    const AROUND: &[char] = &[
        '"', '\'', '`', '<', '>', '\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}', ',',
        ';', '\u{200b}', '\u{feff}',
    ];
    text.trim_matches(|c: char| c.is_whitespace() || AROUND.contains(&c))
}

/// The text as an absolute address: a scheme is added, a resource's name is completed.
fn address(text: &str, notes: &mut Vec<Note>) -> Result<Url, BadEndpoint> {
    if text.is_empty() {
        return Err(BadEndpoint::Empty);
    }
    // The URL parser would drop tabs and line ends in the middle and glue two lines together.
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(BadEndpoint::NotAnAddress);
    }
    let bare = text.strip_prefix("//").unwrap_or(text);
    if let Some((scheme, _)) = bare.split_once("://") {
        if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
            return Err(BadEndpoint::NotAnAddress);
        }
        return Url::parse(bare).map_err(|_| BadEndpoint::NotAnAddress);
    }
    let (first, rest) = bare.split_at(bare.find(['/', '?', '#']).unwrap_or(bare.len()));
    if looks_like_key(first) {
        return Err(BadEndpoint::LooksLikeKey);
    }
    let full = if is_resource_name(first) {
        notes.push(Note::FromResourceName);
        format!("https://{first}.services.ai.azure.com{rest}")
    } else {
        notes.push(Note::SchemeAdded);
        // Who names this machine means the gateway or the emulator, which speak plain http.
        let url = Url::parse(&format!("http://{bare}")).map_err(|_| BadEndpoint::NotAnAddress)?;
        if url.host().is_some_and(|host| is_loopback(&host)) {
            return Ok(url);
        }
        if !first.contains('.') && !first.contains('[') {
            return Err(BadEndpoint::NotAnAddress);
        }
        format!("https://{bare}")
    };
    Url::parse(&full).map_err(|_| BadEndpoint::NotAnAddress)
}

/// Keys of Azure's are 32 hexadecimal digits (old) or 84 letters and digits (new).
fn looks_like_key(text: &str) -> bool {
    let letters_and_digits = text.chars().all(|c| c.is_ascii_alphanumeric());
    letters_and_digits
        && (text.len() > 64 || (text.len() == 32 && text.chars().all(|c| c.is_ascii_hexdigit())))
}

/// The custom subdomain of a resource has 2 to 64 letters, digits and inner hyphens
/// (<https://learn.microsoft.com/en-us/azure/azure-resource-manager/management/resource-name-rules>,
/// `Microsoft.CognitiveServices/accounts`).
fn is_resource_name(text: &str) -> bool {
    (2..=63).contains(&text.len())
        && !text.eq_ignore_ascii_case("localhost")
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HostKind {
    Azure,
    OpenAi,
    Loopback,
    Elsewhere,
}

struct Place {
    host: String,
    kind: HostKind,
    resource: Option<String>,
}

impl Place {
    fn of(url: &Url) -> Result<Self, BadEndpoint> {
        const PORTALS: [&str; 4] = [
            "ai.azure.com",
            "portal.azure.com",
            "oai.azure.com",
            "learn.microsoft.com",
        ];
        const AZURE: [&str; 4] = [
            ".services.ai.azure.com",
            ".cognitiveservices.azure.com",
            ".services.ai.azure.us",
            ".cognitiveservices.azure.us",
        ];
        const OPENAI: [&str; 2] = [".openai.azure.com", ".openai.azure.us"];

        let parsed = url.host().ok_or(BadEndpoint::NotAnAddress)?;
        // A final dot means the same host to DNS, and another one to certificates.
        let host = parsed.to_string().trim_end_matches('.').to_owned();
        if host.is_empty() || PORTALS.contains(&host.as_str()) {
            return Err(if host.is_empty() {
                BadEndpoint::NotAnAddress
            } else {
                BadEndpoint::Portal
            });
        }
        let resource = |endings: &[&str]| {
            let name = endings
                .iter()
                .find_map(|ending| host.strip_suffix(ending))?;
            (!name.is_empty()).then(|| name.to_owned())
        };
        let (kind, resource) = if is_loopback(&parsed) {
            (HostKind::Loopback, None)
        } else if let Some(name) = resource(&AZURE) {
            (HostKind::Azure, Some(name))
        } else if let Some(name) = resource(&OPENAI) {
            (HostKind::OpenAi, Some(name))
        } else {
            (HostKind::Elsewhere, None)
        };
        Ok(Self {
            host,
            kind,
            resource,
        })
    }
}

pub(crate) fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.trim_end_matches('.') == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => IpAddr::V6(*ip).to_canonical().is_loopback(),
    }
}

/// What stands between the host and `/messages`. `before` is empty or begins with a slash.
enum Path {
    /// `{before}/anthropic/v1`: Foundry's own, and anything like it.
    Anthropic { before: String },
    /// `{before}/v1` as typed: a gateway that serves the Messages API without `/anthropic`.
    Kept { before: String },
}

impl Path {
    fn read(path: &str, host: HostKind, notes: &mut Vec<Note>) -> Self {
        let segments: Vec<&str> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect();
        let project = segments
            .windows(2)
            .position(|pair| pair == ["api", "projects"]);
        if project.is_some() {
            notes.push(Note::ProjectPathDropped);
        }
        let azures = match host {
            HostKind::Azure | HostKind::OpenAi => true,
            HostKind::Loopback | HostKind::Elsewhere => false,
        };
        if azures {
            let known =
                project.is_some() || segments.first().is_none_or(|first| *first == "anthropic");
            if !known {
                notes.push(Note::PathReplaced);
            }
            return Self::Anthropic {
                before: String::new(),
            };
        }
        if let Some(at) = segments.iter().rposition(|segment| *segment == "anthropic") {
            let kept = project.unwrap_or(at).min(at);
            return Self::Anthropic {
                before: joined(&segments[..kept]),
            };
        }
        // The surfaces of a resource that do not serve Claude, behind a gateway.
        let other = segments
            .iter()
            .position(|segment| matches!(*segment, "openai" | "models"));
        if let Some(at) = segments.iter().rposition(|segment| *segment == "v1") {
            let messages = match segments[at + 1..] {
                ["messages"] | ["messages", "count_tokens"] => true,
                [] => other.is_none(),
                _ => false,
            };
            if messages && project.is_none() {
                return Self::Kept {
                    before: joined(&segments[..at]),
                };
            }
        }
        if other.is_some() && project.is_none() {
            notes.push(Note::PathReplaced);
        }
        let kept = project.or(other).unwrap_or(segments.len());
        Self::Anthropic {
            before: joined(&segments[..kept]),
        }
    }
}

fn joined(segments: &[&str]) -> String {
    segments
        .iter()
        .map(|segment| format!("/{segment}"))
        .collect()
}

#[cfg(test)]
mod tests;

//! Microsoft Entra ID as seen from here: where it is, how it is asked, and what its refusals mean.
//!
//! Entra says in `error` what a program is to do, and in a number behind `AADSTS` what a person
//! is to do. The numbers may change, so they only choose words; see
//! <https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes>.

use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use reqwest::Url;
use reqwest::header::{DATE, HeaderMap};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::problem::{SignInKind, SignInProblem};
use crate::client::Client;
use crate::endpoint;
use crate::failure::Failure;

/// Most bytes of an answer; tokens with many groups in them have some tens of thousands.
const LONGEST_ANSWER: usize = 1024 * 1024;
/// Most characters of the other side's words.
const LONGEST_WORDS: usize = 600;

/// An answer of an authority, whole.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answered {
    /// It is one with a token, or whatever else was asked for; pages that somebody in between
    /// shows instead have a status of success, too.
    pub(crate) fn is_success(&self) -> bool {
        let json: Result<IgnoredAny, _> = serde_json::from_slice(&self.body);
        (200..300).contains(&self.status) && json.is_ok()
    }

    /// What time it is there.
    pub(crate) fn date(&self) -> Option<SystemTime> {
        httpdate::parse_http_date(self.headers.get(DATE)?.to_str().ok()?).ok()
    }
}

/// Asks an authority. An answer of any status is an answer.
///
/// # Errors
///
/// [`Failure::Tls`] and [`Failure::Proxy`] as they are, because they have cures of their own;
/// whatever else keeps the answer away is [`SignInKind::Unreachable`].
pub(crate) async fn ask(
    client: &Client,
    request: reqwest::Request,
    patience: Duration,
) -> Result<Answered, Failure> {
    let here = is_here(request.url());
    ask_by(client, request, here, patience).await
}

/// The same, of an address that only this machine can reach: past every proxy.
pub(crate) async fn ask_here(
    client: &Client,
    request: reqwest::Request,
    patience: Duration,
) -> Result<Answered, Failure> {
    ask_by(client, request, true, patience).await
}

async fn ask_by(
    client: &Client,
    request: reqwest::Request,
    here: bool,
    patience: Duration,
) -> Result<Answered, Failure> {
    let url = request.url().clone();
    let asked = async {
        // It has a limit of its own, after which it may have to find out who was silent.
        let mut response = client.send(request, here, patience).await?;
        let read = whole(&mut response);
        let body = tokio::time::timeout(patience, read).await;
        Ok(Answered {
            body: body.unwrap_or(Err(Failure::Stalled))?,
            status: response.status().as_u16(),
            headers: response.headers().clone(),
        })
    };
    asked.await.map_err(|failure| unreachable(failure, &url))
}

/// The whole body of an answer.
async fn whole(response: &mut reqwest::Response) -> Result<Bytes, Failure> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(crate::network::failure)? {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            let said = "the answer is too long";
            return Err(SignInProblem::new(SignInKind::Refused, said).into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The authority cannot be reached, unless the failure says something better.
fn unreachable(failure: Failure, url: &Url) -> Failure {
    match failure {
        Failure::Tls(_) | Failure::Proxy(_) | Failure::SignIn(_) => failure,
        other => {
            let host = url.host_str().unwrap_or_default();
            SignInProblem::new(SignInKind::Unreachable, format!("{host}: {other}")).into()
        }
    }
}

/// An address on this machine, which no proxy could reach.
pub(crate) fn is_here(url: &Url) -> bool {
    url.host().is_some_and(|host| endpoint::is_loopback(&host))
}

/// An authority host as a person wrote it: the origin of an https address. What stands behind
/// the host is dropped, as everybody who reads `AZURE_AUTHORITY_HOST` does.
pub(crate) fn authority(written: &str) -> Result<Url, SignInProblem> {
    let bad = || SignInProblem::new(SignInKind::AuthorityInvalid, "not an https address");
    let written = written.trim();
    let address = match written.contains("://") {
        true => written.to_owned(),
        false => format!("https://{written}"),
    };
    let mut url = Url::parse(&address).map_err(|_| bad())?;
    let plain = url.username().is_empty() && url.password().is_none();
    if url.scheme() != "https" || url.host_str().is_none_or(str::is_empty) || !plain {
        return Err(bad());
    }
    url.set_path("");
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

/// A tenant as it may stand in an address: an id, a domain, or a word like `organizations`.
pub(crate) fn tenant(written: &str) -> Result<&str, SignInProblem> {
    let written = written.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    if written.is_empty() || !written.chars().all(fits) || written.starts_with('.') {
        let said = "a tenant is an id or a domain";
        return Err(SignInProblem::new(SignInKind::TenantUnknown, said));
    }
    Ok(written)
}

/// A scope as it may stand in a request, and in a command of the Azure CLI.
pub(crate) fn scope(written: &str) -> Result<&str, SignInProblem> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-:/".contains(c);
    if written.is_empty() || !written.chars().all(fits) {
        let said = "a scope is an address that ends in /.default";
        return Err(SignInProblem::new(SignInKind::ScopeInvalid, said));
    }
    Ok(written)
}

/// The members of an error answer that say something
/// (<https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow>).
#[derive(Deserialize, Default)]
#[serde(default)]
struct ErrorAnswer {
    error: Option<String>,
    error_description: Option<String>,
    error_codes: Vec<u32>,
    correlation_id: Option<String>,
    /// What the identity endpoint of App Service says instead.
    message: Option<String>,
}

/// What a refusal means. None of `secrets` is in it, even if the answer repeats them.
pub(crate) fn refusal(answered: &Answered, secrets: &[&str]) -> SignInProblem {
    let answer: Option<ErrorAnswer> = serde_json::from_slice(&answered.body).ok();
    let Some(answer) = answer else {
        return no_refusal(answered);
    };
    let description = answer.error_description.or(answer.message);
    let mut problem = described(answer.error.as_deref(), description.as_deref(), secrets);
    if let Some(code) = answer.error_codes.first() {
        problem.aadsts = Some(*code);
        problem.kind = kind(problem.error.as_deref(), Some(*code));
    }
    if problem.said.is_empty() {
        problem.said = format!("status {}", answered.status);
    }
    let failed = problem.error.is_none() && answered.status >= 500;
    if problem.kind == SignInKind::Refused && (failed || is_busy(answered.status)) {
        problem.kind = SignInKind::Unreachable;
    }
    let id = answer.correlation_id.filter(|id| id.len() <= 64);
    problem.correlation_id = id.map(|id| clean(&id, secrets));
    problem
}

/// What `error` and its description mean, which come in a body or in the address of a redirect.
pub(crate) fn described(
    error: Option<&str>,
    description: Option<&str>,
    secrets: &[&str],
) -> SignInProblem {
    let description = description.unwrap_or_default();
    let aadsts = number(description);
    let error = error.map(|error| clean(error, secrets));
    let words = match words_of(description) {
        "" => error.as_deref().unwrap_or_default(),
        words => words,
    };
    SignInProblem {
        kind: kind(error.as_deref(), aadsts),
        said: clean(words, secrets),
        error,
        aadsts,
        correlation_id: None,
    }
}

/// An answer that no authority gives: of a gateway, of a page in between.
fn no_refusal(answered: &Answered) -> SignInProblem {
    let kind = match answered.status {
        500.. => SignInKind::Unreachable,
        status if is_busy(status) => SignInKind::Unreachable,
        _ => SignInKind::Refused,
    };
    let status = reqwest::StatusCode::from_u16(answered.status).ok();
    let name = status
        .and_then(|it| it.canonical_reason())
        .unwrap_or_default();
    let said = format!(
        "status {} {name}, and no answer of Entra's",
        answered.status
    );
    SignInProblem::new(kind, said)
}

/// Too many questions at once, or one that took too long: nothing was refused.
fn is_busy(status: u16) -> bool {
    matches!(status, 408 | 429)
}

/// What a number means to a person, or else the error.
pub(crate) fn kind(error: Option<&str>, aadsts: Option<u32>) -> SignInKind {
    match aadsts {
        Some(7_000_215) => SignInKind::ClientSecretWrong,
        Some(7_000_222) => SignInKind::ClientSecretExpired,
        Some(700_016 | 700_038) => SignInKind::ApplicationUnknown,
        Some(90_002 | 900_023 | 900_021 | 50_059 | 50_128) => SignInKind::TenantUnknown,
        Some(500_011 | 500_014 | 650_052 | 650_057) => SignInKind::ScopeUnknown,
        Some(70_011 | 1_002_012 | 28_002 | 28_003) => SignInKind::ScopeInvalid,
        Some(65_001 | 90_094 | 90_095) => SignInKind::ConsentNeeded,
        Some(65_004) => SignInKind::Declined,
        Some(50_072 | 50_074 | 50_076 | 50_078 | 50_079 | 50_097 | 50_158 | 53_000..=53_004) => {
            SignInKind::InteractionNeeded
        }
        Some(7_000_218) => SignInKind::PublicClientDisabled,
        Some(50_020 | 50_034 | 50_057 | 50_126 | 90_072) => SignInKind::AccountUnknown,
        Some(50_132 | 50_133 | 50_173 | 70_008 | 70_043 | 700_081 | 700_082 | 700_084) => {
            SignInKind::Expired
        }
        _ => kind_of_error(error.unwrap_or_default()),
    }
}

fn kind_of_error(error: &str) -> SignInKind {
    match error {
        "invalid_resource" => SignInKind::ScopeUnknown,
        "invalid_scope" => SignInKind::ScopeInvalid,
        "consent_required" => SignInKind::ConsentNeeded,
        "interaction_required" | "login_required" => SignInKind::InteractionNeeded,
        "access_denied" | "authorization_declined" => SignInKind::Declined,
        "expired_token" | "code_expired" => SignInKind::TimedOut,
        "temporarily_unavailable" | "server_error" => SignInKind::Unreachable,
        _ => SignInKind::Refused,
    }
}

/// The number behind `AADSTS`.
pub(crate) fn number(words: &str) -> Option<u32> {
    let (_, behind) = words.split_once("AADSTS")?;
    let digits = behind.find(|c: char| !c.is_ascii_digit());
    behind[..digits.unwrap_or(behind.len())].parse().ok()
}

/// Entra's words from the number on, without the ids at their end.
pub(crate) fn words_of(description: &str) -> &str {
    let from = description.find("AADSTS").unwrap_or(0);
    let words = &description[from..];
    let ids = ["Trace ID:", "To troubleshoot, visit"];
    let until = ids.iter().filter_map(|id| words.find(id)).min();
    words[..until.unwrap_or(words.len())].trim()
}

/// Words as they can be shown: on one line, not endless, and without secrets.
pub(crate) fn clean(words: &str, secrets: &[&str]) -> String {
    let mut words = words.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        words = words.replace(secret, "<redacted>");
    }
    let spaced = words.split(|c: char| c.is_whitespace() || c.is_control());
    let line = spaced
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    match line.char_indices().nth(LONGEST_WORDS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
#[path = "entra/tests.rs"]
mod tests;

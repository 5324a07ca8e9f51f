//! What a token says about itself. Read on this machine and checked by nobody: only whoever the
//! token is for can check it, and these facts are for explaining a refusal, not for trusting.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// The claims of an access token that explain why it is taken or refused
/// (<https://learn.microsoft.com/en-us/entra/identity-platform/access-token-claims-reference>).
/// All empty for a token that is not a JWT.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenFacts {
    /// `aud`: for what service it is.
    pub audience: Option<String>,
    /// `tid`: the directory.
    pub tenant: Option<String>,
    /// `iat`, in milliseconds since the Unix epoch.
    pub issued_at: Option<i64>,
    /// `exp`, in milliseconds since the Unix epoch.
    pub expires_at: Option<i64>,
    /// `roles`: what an application may do.
    pub roles: Vec<String>,
    /// `scp`: what was delegated to the application by the person.
    pub scopes: Vec<String>,
    /// `appid` or `azp`: the application.
    pub application: Option<String>,
    /// `preferred_username`, `upn` or `unique_name`: the person.
    pub account: Option<String>,
}

/// Longest claim that is kept, in characters: names and addresses are shorter.
const LONGEST: usize = 512;
/// Most roles or scopes that are kept.
const MOST: usize = 64;

impl TokenFacts {
    /// Reads `token`; what is not there, or cannot be read, stays empty.
    #[must_use]
    pub fn read(token: &str) -> Self {
        let Some(claims) = claims(token) else {
            return Self::default();
        };
        let text = |names: &[&str]| {
            let value = names.iter().find_map(|name| claims.get(name)?.as_str())?;
            shown(value)
        };
        Self {
            audience: audience(claims.get("aud")),
            tenant: text(&["tid"]),
            issued_at: claims.get("iat").and_then(millis),
            expires_at: claims.get("exp").and_then(millis),
            roles: claims.get("roles").map(list).unwrap_or_default(),
            scopes: text(&["scp"])
                .map(|scopes| words(scopes.split(' ')))
                .unwrap_or_default(),
            application: text(&["appid", "azp"]),
            account: text(&["preferred_username", "upn", "unique_name"]),
        }
    }
}

fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let json = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&json).ok()
}

/// One audience, or the first of several.
fn audience(claim: Option<&Value>) -> Option<String> {
    match claim? {
        Value::Array(several) => shown(several.first()?.as_str()?),
        one => shown(one.as_str()?),
    }
}

/// Seconds since the epoch, which some issuers write with a fraction.
fn millis(claim: &Value) -> Option<i64> {
    if let Some(seconds) = claim.as_i64() {
        return seconds.checked_mul(1000);
    }
    let seconds = claim.as_f64()?;
    (seconds.is_finite() && seconds.abs() < 1e15).then_some((seconds * 1000.0) as i64)
}

fn list(claim: &Value) -> Vec<String> {
    match claim {
        Value::Array(items) => words(items.iter().filter_map(Value::as_str)),
        Value::String(one) => words([one.as_str()].into_iter()),
        _ => Vec::new(),
    }
}

fn words<'a>(items: impl Iterator<Item = &'a str>) -> Vec<String> {
    items.filter_map(shown).take(MOST).collect()
}

/// A claim as it can be shown: not empty, not endless, and without what would break a line.
fn shown(text: &str) -> Option<String> {
    let text: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST)
        .collect();
    (!text.trim().is_empty()).then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("{}.{}.sig", encoded(r#"{"alg":"RS256"}"#), encoded(claims))
    }

    fn encoded(json: &str) -> String {
        URL_SAFE_NO_PAD.encode(json)
    }

    #[test]
    fn an_applications_and_a_persons_token_are_read() {
        let application = token(
            r#"{"aud":"https://ai.azure.com","tid":"t-1","exp":1795345392,"iat":1795341792,
                "roles":["Foundry.User"],"appid":"app-1","ver":"1.0"}"#,
        );
        assert_eq!(
            TokenFacts::read(&application),
            TokenFacts {
                audience: Some("https://ai.azure.com".into()),
                tenant: Some("t-1".into()),
                issued_at: Some(1_795_341_792_000),
                expires_at: Some(1_795_345_392_000),
                roles: vec!["Foundry.User".into()],
                application: Some("app-1".into()),
                ..TokenFacts::default()
            }
        );
        let person = token(
            r#"{"aud":["one","two"],"azp":"app-2","scp":"user_impersonation  other",
                "preferred_username":"ädä@contoso.com","upn":"old","exp":1795345392.9}"#,
        );
        assert_eq!(
            TokenFacts::read(&person),
            TokenFacts {
                audience: Some("one".into()),
                expires_at: Some(1_795_345_392_900),
                scopes: vec!["user_impersonation".into(), "other".into()],
                application: Some("app-2".into()),
                account: Some("ädä@contoso.com".into()),
                ..TokenFacts::default()
            }
        );
    }

    #[test]
    fn what_is_no_jwt_has_no_facts() {
        let five_parts = format!("{}.a.b", token("{}"));
        for text in [
            "",
            "opaque-token",
            "a.b",
            "a.b.c",
            "..",
            "ä.ö.ü",
            &token("no json"),
            &token("[1]"),
            &token("7"),
            &five_parts,
            &token(r#"{"aud":7,"tid":null,"exp":"soon","roles":{},"scp":[],"upn":" "}"#),
            &token(r#"{"exp":1e300,"iat":9223372036854775807}"#),
        ] {
            assert_eq!(TokenFacts::read(text), TokenFacts::default(), "{text}");
        }
    }

    #[test]
    fn claims_cannot_break_a_line_or_grow_without_end() {
        let long = "x".repeat(100_000);
        let roles = vec!["r"; 1000].join("\",\"");
        let facts = TokenFacts::read(&token(&format!(
            r#"{{"aud":"{long}","tid":"a\nb\u001b[31m","roles":["{roles}"]}}"#
        )));
        assert_eq!(facts.audience.map(|it| it.len()), Some(LONGEST));
        assert_eq!(facts.tenant.as_deref(), Some("ab[31m"));
        assert_eq!(facts.roles.len(), MOST);
    }
}

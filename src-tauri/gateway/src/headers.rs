//! Which headers are passed on, in either direction: all but those that belong to one connection,
//! to a browser, or to a credential.

use http::header::{self, HeaderMap, HeaderName};

/// Of one connection only (RFC 9110, section 7.6.1).
const HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    "content-length",
];

/// What a caller says that the resource is not told: its key for us, its cookies, where it
/// stands, and what is said anew.
const NOT_IN: [&str; 14] = [
    "authorization",
    "x-api-key",
    "api-key",
    "x-litellm-api-key",
    "x-goog-api-key",
    "ocp-apim-subscription-key",
    "cookie",
    "host",
    "accept-encoding",
    "expect",
    "origin",
    "referer",
    "forwarded",
    "x-real-ip",
];
const NOT_IN_FAMILIES: [&str; 4] = ["proxy-", "sec-", "x-forwarded-", "access-control-"];

/// What the resource says that is not for a caller of ours: what would let pages in, and what is
/// about the resource's own host.
const NOT_OUT: [&str; 5] = [
    "set-cookie",
    "strict-transport-security",
    "alt-svc",
    "server",
    "date",
];
const NOT_OUT_FAMILIES: [&str; 2] = ["proxy-", "access-control-"];

/// The headers of a request as the resource gets them.
pub(crate) fn inward(headers: &HeaderMap) -> HeaderMap {
    filtered(headers, &NOT_IN, &NOT_IN_FAMILIES)
}

/// The headers of an answer as the caller gets them.
pub(crate) fn outward(headers: &HeaderMap) -> HeaderMap {
    filtered(headers, &NOT_OUT, &NOT_OUT_FAMILIES)
}

fn filtered(headers: &HeaderMap, names: &[&str], families: &[&str]) -> HeaderMap {
    // A connection may name further headers of its own.
    let listed: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    let passes = |name: &HeaderName| {
        let text = name.as_str();
        !HOP.contains(&text)
            && !names.contains(&text)
            && !families.iter().any(|family| text.starts_with(family))
            && !listed.contains(name)
    };
    let mut passed = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers.iter().filter(|(name, _)| passes(name)) {
        passed.append(name.clone(), value.clone());
    }
    passed
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn credentials_and_hops_stay_and_the_rest_goes() {
        let passed = inward(&map(&[
            ("anthropic-version", "2026-10-21"),
            ("anthropic-beta", "one"),
            ("anthropic-beta", "two"),
            ("x-anything-new", "kept"),
            ("user-agent", "sdk"),
            ("authorization", "Bearer canary"),
            ("x-api-key", "canary"),
            ("api-key", "canary"),
            ("cookie", "canary"),
            ("x-forwarded-for", "10.0.0.1"),
            ("x-real-ip", "canary"),
            ("forwarded", "for=canary"),
            ("origin", "https://canary.example"),
            ("referer", "https://canary.example/"),
            ("x-litellm-api-key", "canary"),
            ("x-goog-api-key", "canary"),
            ("ocp-apim-subscription-key", "canary"),
            ("sec-fetch-mode", "cors"),
            ("proxy-authorization", "canary"),
            ("connection", "keep-alive, X-Own"),
            ("x-own", "hop"),
        ]));
        let names: Vec<_> = passed.keys().map(HeaderName::as_str).collect();
        assert_eq!(names.len(), 4, "{names:?}");
        assert_eq!(passed.get_all("anthropic-beta").iter().count(), 2);
        assert!(!format!("{passed:?}").contains("canary"));
    }

    #[test]
    fn an_answer_opens_nothing_to_pages() {
        let passed = outward(&map(&[
            ("request-id", "req_1"),
            ("apim-request-id", "2"),
            ("retry-after", "7"),
            ("access-control-allow-origin", "*"),
            ("set-cookie", "a=b"),
            ("transfer-encoding", "chunked"),
        ]));
        let names: Vec<_> = passed.keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["request-id", "apim-request-id", "retry-after"]);
    }
}

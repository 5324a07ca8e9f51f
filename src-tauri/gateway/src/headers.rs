//! Which headers are passed on, in either direction: all but those that belong to one connection,
//! to a browser, or to a credential.

use hearth_wire::headers::{OF_CONNECTIONS, stays_here};
use http::header::{self, HeaderMap, HeaderName};

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
    filtered(headers, stays_here)
}

/// The headers of an answer as the caller gets them.
pub(crate) fn outward(headers: &HeaderMap) -> HeaderMap {
    filtered(headers, |name| {
        OF_CONNECTIONS.contains(&name)
            || NOT_OUT.contains(&name)
            || NOT_OUT_FAMILIES
                .iter()
                .any(|family| name.starts_with(family))
    })
}

fn filtered(headers: &HeaderMap, stays: impl Fn(&str) -> bool) -> HeaderMap {
    // A connection may name further headers of its own.
    let listed: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    let passes = |name: &HeaderName| !stays(name.as_str()) && !listed.contains(name);
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

//! The headers of a caller that a resource never gets, wherever the caller names them: beside
//! its request, or in the `extra_headers` of one in OpenAI's dialect.

/// What is between a caller and whom it asks, in lower case: its credentials, its cookies, where
/// it stands, and what is said anew on the way out.
pub const OF_CALLERS: [&str; 14] = [
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

/// How the names of further such headers begin.
pub const OF_CALLERS_FAMILIES: [&str; 4] = ["proxy-", "sec-", "x-forwarded-", "access-control-"];

/// What is of one connection only, in lower case. Source: RFC 9110, section 7.6.1.
pub const OF_CONNECTIONS: [&str; 9] = [
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

/// A header of this name, in lower case, is one of [`OF_CALLERS`], of [`OF_CALLERS_FAMILIES`] or
/// of [`OF_CONNECTIONS`]: no resource gets it from a caller.
#[must_use]
pub fn stays_here(name: &str) -> bool {
    let mut families = OF_CALLERS_FAMILIES.iter();
    OF_CALLERS.contains(&name)
        || OF_CONNECTIONS.contains(&name)
        || families.any(|family| name.starts_with(family))
}

//! Which headers of a command belong to its connection: those that a company's gateway asks for,
//! and none that a browser, a library or curl itself adds.

use hearth_foundry::ExtraHeader;

/// Say something about the program that sent them, or about one request. Hearth and HTTP have
/// words of their own for most of them.
const OF_ONE_REQUEST: [&str; 13] = [
    "anthropic-beta",
    "cache-control",
    "cookie",
    "date",
    "dnt",
    "forwarded",
    "from",
    "origin",
    "pragma",
    "priority",
    "referer",
    "upgrade-insecure-requests",
    "user-agent",
];

/// How families of such headers begin.
const FAMILIES: [&str; 8] = [
    "accept",
    "access-control-",
    "content-",
    "if-",
    "sec-",
    "x-forwarded-",
    "x-ms-client-",
    "x-stainless-",
];

/// Whether a header of this name (in lower case) and value can go along with every request of a
/// connection.
pub(super) fn belongs_to_connection(name: &str, value: &str) -> bool {
    let of_one_request = OF_ONE_REQUEST.contains(&name);
    let of_a_family = FAMILIES.iter().any(|start| name.starts_with(start));
    !of_one_request && !of_a_family && ExtraHeader::new(name, value).is_ok()
}

//! Citations of web pages, in the form that OpenAI has for them.

use crate::object::Object;
use crate::raw::Raw;

use super::text::{number, object, string, whole};

/// The annotations of a text that stands between these places of the answer, counted in
/// characters. Only what has an address is a page; other citations have no form there.
///
/// Source: <https://platform.openai.com/docs/guides/tools-web-search?api-mode=chat>.
pub(super) fn annotations(citations: &[Raw], start: u64, end: u64) -> Vec<Raw> {
    let annotation = |citation: &Raw| {
        let citation = Object::parse(citation.json()).ok()?;
        let url = citation.literal("url")?;
        let title = citation.literal("title").unwrap_or_default();
        let cited = object([
            ("url", Some(whole(&url))),
            ("title", Some(whole(&title))),
            ("start_index", Some(number(start))),
            ("end_index", Some(number(end))),
        ]);
        let kind = Some(string("url_citation"));
        Some(object([("type", kind), ("url_citation", Some(cited.raw()))]).raw())
    };
    citations.iter().filter_map(annotation).collect()
}

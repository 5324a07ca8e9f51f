//! Bodies with status 200 that are no answer.

use std::collections::VecDeque;

use bytes::Bytes;

use super::Instead;
use crate::plan::Step;
use crate::refusal::error_body;

const PAGE: &str = "<!doctype html>\n<html><head><title>Sign in to the network</title></head>\n\
    <body><form><input name=\"user\"></form></body></html>\n";
const ENDLESS: &[u8] = &[b'x'; 64 * 1024];

impl Instead {
    /// None: the content type that an answer would have.
    pub(crate) fn content_type(self) -> Option<&'static str> {
        match self {
            Instead::Page => Some("text/html; charset=utf-8"),
            Instead::OtherJson | Instead::ErrorJson => Some("application/json"),
            Instead::Nothing | Instead::EndlessLine => None,
        }
    }

    /// The body.
    pub(crate) fn steps(self, stream: bool, request_id: &str) -> VecDeque<Step> {
        let text = |text: String| VecDeque::from([Step::Chunk(Bytes::from(text))]);
        match self {
            Instead::Page => text(PAGE.to_owned()),
            Instead::Nothing => VecDeque::new(),
            Instead::OtherJson => text("{\"status\":\"ok\"}".to_owned()),
            Instead::ErrorJson => {
                text(error_body("overloaded_error", "Overloaded", None, request_id).to_string())
            }
            Instead::EndlessLine => {
                let start = if stream { "data: " } else { "{\"content\":\"" };
                let mut steps = text(start.to_owned());
                steps.push_back(Step::Endless(Bytes::from_static(ENDLESS)));
                steps
            }
        }
    }
}

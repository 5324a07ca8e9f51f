//! What the API says when it refuses.

use crate::object::Object;
use crate::raw::Raw;

/// An error body or an `error` event, as far as it could be read.
///
/// Two families reach a client of Foundry: the API's own
/// (<https://platform.claude.com/docs/en/api/errors>) and Azure's, which has a `code`
/// where the other has a `type`, and sometimes both. Decisions belong to `kind` and
/// `code`, never to the words of `message`.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// The error's type, such as `overloaded_error`.
    pub kind: Option<String>,
    /// The error's code, such as `DeploymentNotFound` or `401`.
    pub code: Option<String>,
    /// The other side's own words; empty when there are none.
    pub message: String,
    /// The request's id, when the body names it.
    pub request_id: Option<String>,
}

impl ApiError {
    /// Reads an error body.
    ///
    /// None when the body is not JSON, or says nothing that an error would say.
    #[must_use]
    pub fn parse(body: &str) -> Option<Self> {
        let body = Object::parse(body.trim_start_matches('\u{FEFF}')).ok()?;
        let request_id = scalar(&body, "request_id");
        let said = match body.known("error") {
            Some(error) if error.is_object() => Self::from_error(&body.object("error")?),
            // Sign-in endpoints have the code in `error` and the words beside it.
            Some(_) => match scalar(&body, "error_description") {
                Some(message) => Self {
                    code: scalar(&body, "error"),
                    message,
                    ..Self::default()
                },
                None => Self {
                    message: scalar(&body, "error").unwrap_or_default(),
                    ..Self::default()
                },
            },
            // Azure's gateway, in front of the resource, speaks without an `error`.
            None => Self {
                code: scalar(&body, "code").or_else(|| scalar(&body, "statusCode")),
                message: scalar(&body, "message").unwrap_or_default(),
                ..Self::default()
            },
        };
        let silent = said.kind.is_none() && said.code.is_none() && said.message.is_empty();
        (!silent).then_some(Self { request_id, ..said })
    }

    /// It says enough to be taken for an error where an answer should stand, as gateways between
    /// send one with a status of success: its type, or a code with words to it, for Azure's own
    /// have a code where the API's have a type.
    #[must_use]
    pub fn says_something(&self) -> bool {
        self.kind.is_some() || (self.code.is_some() && !self.message.is_empty())
    }

    fn from_error(error: &Object) -> Self {
        let details = error.object("details").unwrap_or_default();
        Self {
            kind: scalar(error, "type"),
            code: scalar(error, "code").or_else(|| scalar(&details, "error_code")),
            message: scalar(error, "message").unwrap_or_default(),
            request_id: None,
        }
    }
}

/// What a member says: a string's text, the spelling of anything else but null.
fn scalar(object: &Object, key: &str) -> Option<String> {
    object.text(key).or_else(|| {
        let raw: &Raw = object.get(key)?;
        (!raw.is_null()).then(|| raw.json().to_owned())
    })
}

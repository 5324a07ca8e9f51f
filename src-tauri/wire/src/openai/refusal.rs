//! What is said to a client whose request cannot be translated.

use crate::literal::Literal;

/// A refusal in OpenAI's error shape.
///
/// Source: <https://platform.openai.com/docs/guides/error-codes>.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// What is wrong and what to do about it.
    pub message: String,
    /// The error's `type`, such as `invalid_request_error`.
    pub kind: String,
    /// The member that it is about, such as `messages[2].content`.
    pub param: Option<String>,
    /// The error's `code`, for programs.
    pub code: Option<String>,
}

impl Refusal {
    /// The body that goes to the client.
    #[must_use]
    pub fn json(&self) -> String {
        let optional = |text: &Option<String>| match text {
            Some(text) => Literal::from(text.as_str()).quoted(),
            None => "null".to_owned(),
        };
        format!(
            r#"{{"error":{{"message":{},"type":{},"param":{},"code":{}}}}}"#,
            Literal::from(self.message.as_str()).quoted(),
            Literal::from(self.kind.as_str()).quoted(),
            optional(&self.param),
            optional(&self.code),
        )
    }

    /// The member `param` has a value that it cannot have.
    pub(super) fn invalid(param: &str, message: impl Into<String>) -> Self {
        Self::bad_request(Some(param), message.into(), "invalid_value")
    }

    /// The member `param`, or the whole request, holds more than is taken.
    pub(super) fn too_much(param: Option<&str>, message: String) -> Self {
        Self::bad_request(param, message, "invalid_value")
    }

    /// The member `param` must be there.
    pub(super) fn missing(param: &str) -> Self {
        let message = format!("you must provide `{param}`");
        Self::bad_request(Some(param), message, "missing_required_parameter")
    }

    /// The body is no request at all.
    pub(super) fn body(message: impl Into<String>) -> Self {
        Self::bad_request(None, message.into(), "invalid_json")
    }

    /// The member is known, and the model or the API has nothing like it.
    pub(super) fn unsupported(param: &str, message: impl Into<String>) -> Self {
        Self::bad_request(Some(param), message.into(), "unsupported_parameter")
    }

    /// The member is not known.
    pub(super) fn unknown(param: &str) -> Self {
        let message = format!(
            "unrecognized request argument supplied: {param}; leave it out, or turn on drop_params"
        );
        Self::bad_request(Some(param), message, "unknown_parameter")
    }

    fn bad_request(param: Option<&str>, message: String, code: &str) -> Self {
        Self {
            status: 400,
            message,
            kind: "invalid_request_error".to_owned(),
            param: param.map(str::to_owned),
            code: Some(code.to_owned()),
        }
    }
}

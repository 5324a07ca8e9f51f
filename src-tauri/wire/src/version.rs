//! Versions of the API.

use crate::models::BaseModel;

/// A value of the `anthropic-version` header.
///
/// Source: <https://platform.claude.com/docs/en/api/versioning>.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ApiVersion {
    /// `2026-10-21`. It refuses `temperature`, `top_p` and `top_k` on every model.
    #[default]
    V2026_10_21,
    /// `2023-06-01`, still served; the only one that takes a temperature.
    V2023_06_01,
}

impl ApiVersion {
    /// The version that a request needs: the newest one, unless the person set a
    /// temperature and the model takes one.
    ///
    /// When the model takes none, neither version would do, and the temperature must
    /// be left out of the request.
    #[must_use]
    pub fn needed(model: &BaseModel, temperature: Option<f64>) -> Self {
        if temperature.is_some() && model.sampling {
            Self::V2023_06_01
        } else {
            Self::V2026_10_21
        }
    }

    /// The header's value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2026_10_21 => "2026-10-21",
            Self::V2023_06_01 => "2023-06-01",
        }
    }
}

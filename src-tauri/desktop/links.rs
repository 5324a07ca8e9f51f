//! The one way out to the system's browser.

use hearth_engine::api::{ErrorCode, ErrorReport};
use tauri::Url;

/// Opens a link with the system's program for it. The window has shown the
/// person where it leads, and the person agreed.
///
/// # Errors
/// `link-refused` for anything but `http:`, `https:` and `mailto:`, and when the
/// system has no program for it.
pub(crate) fn open(link: &str) -> Result<(), ErrorReport> {
    let url = checked(link)?;
    tauri_plugin_opener::open_url(url.as_str(), None::<&str>).map_err(|error| {
        ErrorReport::new(ErrorCode::LinkRefused)
            .about(url.as_str())
            .saying(error.to_string())
    })
}

fn checked(link: &str) -> Result<Url, ErrorReport> {
    let refused = || ErrorReport::new(ErrorCode::LinkRefused).about(link);
    let url = Url::parse(link).map_err(|error| refused().saying(error.to_string()))?;
    match url.scheme() {
        "http" | "https" | "mailto" => Ok(url),
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_addresses_are_opened_as_they_parse() {
        for (link, opened) in [
            (
                "https://learn.microsoft.com",
                "https://learn.microsoft.com/",
            ),
            ("HTTP://EXAMPLE.com/a b", "http://example.com/a%20b"),
            ("mailto:someone@example.com", "mailto:someone@example.com"),
        ] {
            assert_eq!(checked(link).unwrap().as_str(), opened);
        }
    }

    #[test]
    fn everything_else_is_refused_and_named() {
        for link in [
            "javascript:alert(1)",
            "file:///etc/passwd",
            "data:text/html,hello",
            "tauri://localhost",
            "ssh://example.com",
            "/etc/passwd",
            "--help",
            "",
        ] {
            let report = checked(link).unwrap_err();
            assert_eq!(report.code, ErrorCode::LinkRefused, "{link}");
            assert_eq!(report.subject.as_deref(), Some(link));
        }
    }
}

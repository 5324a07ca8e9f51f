//! The one window and its policy: where it keeps its things, and where it may not go.

use hearth_engine::Profile;
use tauri::utils::config::WindowConfig;
use tauri::webview::{NewWindowResponse, PermissionResponse};
use tauri::window::Color;
use tauri::{App, Manager, Theme, Url, WebviewWindow, WebviewWindowBuilder, WindowEvent};

use crate::shell::Shell;

/// The page's own background (`--paper` in the window's styles), light and dark,
/// so that a window without its first frame is no flash of white.
const PAPER: Color = Color(0xfb, 0xfa, 0xf8, 0xff);
const PAPER_DARK: Color = Color(0x19, 0x18, 0x16, 0xff);

/// Opens the window that tauri.conf.json describes, keeping all that its web
/// view stores under the profile. Without a profile (no home folder) it stores nothing.
///
/// # Errors
/// When the web view cannot be made.
pub(crate) fn open(app: &App, profile: Option<&Profile>) -> tauri::Result<()> {
    let config = main_window(app);
    let own = OwnPages::of(app);
    let builder = WebviewWindowBuilder::from_config(app, config)?
        .background_color(PAPER)
        .on_navigation(move |url| own.contain(url))
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .on_permission_request(|_, _| PermissionResponse::Deny);
    let builder = match profile {
        Some(profile) => builder.data_directory(profile.web_folder()),
        None => builder.incognito(true),
    };
    let window = builder.build()?;
    wear(&window, window.theme()?);
    let events = window.clone();
    window.on_window_event(move |event| match event {
        WindowEvent::ThemeChanged(theme) => wear(&events, *theme),
        WindowEvent::Destroyed => events.state::<Shell>().unwatch(events.label()),
        // Tauri's list of events grows; none of the others concerns Hearth.
        _ => {}
    });
    Ok(())
}

/// Whether a window can be shown at all. Elsewhere than on Linux there always is a display.
pub(crate) fn there_is_a_display() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    ["WAYLAND_DISPLAY", "DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn main_window(app: &App) -> &WindowConfig {
    app.config()
        .app
        .windows
        .first()
        .expect("BUG: tauri.conf.json describes no window")
}

fn wear(window: &WebviewWindow, theme: Theme) {
    let paper = match theme {
        Theme::Dark => PAPER_DARK,
        _ => PAPER,
    };
    if let Err(error) = window.set_background_color(Some(paper)) {
        tracing::debug!(%error, "the window's background stays as it is");
    }
}

/// The addresses that the web view may show: the embedded page, or the
/// development server when the program was built for it.
#[derive(Debug, Clone)]
struct OwnPages {
    development: Option<Url>,
}

impl OwnPages {
    fn of(app: &App) -> Self {
        Self {
            development: app
                .config()
                .build
                .dev_url
                .clone()
                .filter(|_| tauri::is_dev()),
        }
    }

    fn contain(&self, url: &Url) -> bool {
        // Tauri serves the page as tauri://localhost, on Windows as http(s)://tauri.localhost.
        let embedded = match url.scheme() {
            "tauri" => url.host_str() == Some("localhost"),
            "http" | "https" => cfg!(windows) && url.host_str() == Some("tauri.localhost"),
            _ => false,
        };
        let developed = self
            .development
            .as_ref()
            .is_some_and(|page| page.origin() == url.origin());
        embedded || developed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_show(development: Option<&str>, url: &str) -> bool {
        let own = OwnPages {
            development: development.map(|page| Url::parse(page).unwrap()),
        };
        own.contain(&Url::parse(url).unwrap())
    }

    #[test]
    fn only_the_embedded_page_is_shown() {
        assert!(may_show(None, "tauri://localhost/index.html"));
        for elsewhere in [
            "https://example.com/",
            "http://localhost:5173/",
            "file:///etc/passwd",
            "data:text/html,hello",
            "about:blank",
            "tauri://elsewhere/",
        ] {
            assert!(!may_show(None, elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn the_development_server_is_shown_only_when_built_for_it() {
        assert!(may_show(
            Some("http://localhost:5173"),
            "http://localhost:5173/index.html"
        ));
        assert!(!may_show(
            Some("http://localhost:5173"),
            "http://localhost:5174/"
        ));
    }
}

//! The windows and their policy: where they keep their things, and where they may not go.

use std::sync::atomic::{AtomicU32, Ordering};

use hearth_engine::Profile;
use hearth_engine::api::{ErrorCode, ErrorReport};
use tauri::utils::config::WindowConfig;
use tauri::webview::{NewWindowResponse, PermissionResponse};
use tauri::window::Color;
use tauri::{
    App, AppHandle, Manager, Theme, Url, WebviewWindow, WebviewWindowBuilder, WindowEvent,
};

use crate::shell::Shell;
use crate::{dropping, page_process};

/// The page's own background (`--paper` in the window's styles), light and dark,
/// so that a window without its first frame is no flash of white.
const PAPER: Color = Color(0xfb, 0xfa, 0xf8, 0xff);
const PAPER_DARK: Color = Color(0x19, 0x18, 0x16, 0xff);

/// How small and how large a window can be drawn.
const SMALLEST: f64 = 0.5;
const LARGEST: f64 = 3.0;

/// What every window of this program is made with.
struct Windows {
    profile: Option<Profile>,
    /// The number of the window that was opened last; the first has none in its label.
    last: AtomicU32,
}

/// Opens the window that tauri.conf.json describes, keeping all that its web
/// view stores under the profile. Without a profile (no home folder) it stores nothing.
///
/// # Errors
/// When the web view cannot be made.
pub(crate) fn open_first(app: &App, profile: Option<Profile>) -> tauri::Result<()> {
    app.manage(Windows {
        profile,
        last: AtomicU32::new(1),
    });
    let config = described(app.handle());
    open(app.handle(), &config)
}

/// Opens another window like the first, with an event stream of its own.
///
/// # Errors
/// When the web view cannot be made.
pub(crate) fn open_another(app: &AppHandle) -> Result<(), ErrorReport> {
    let number = app.state::<Windows>().last.fetch_add(1, Ordering::Relaxed) + 1;
    let mut config = described(app);
    // The labels that capabilities/default.json lets ask.
    config.label = format!("{}-{number}", config.label);
    open(app, &config)
        .map_err(|error| ErrorReport::new(ErrorCode::Internal).saying(error.to_string()))
}

fn open(app: &AppHandle, config: &WindowConfig) -> tauri::Result<()> {
    let own = OwnPages::of(app);
    let builder = WebviewWindowBuilder::from_config(app, config)?
        .background_color(PAPER)
        .on_navigation(move |url| own.contain(url))
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .on_permission_request(|_, _| PermissionResponse::Deny);
    let windows = app.state::<Windows>();
    let folder = windows.profile.as_ref().map(Profile::web_folder);
    // A disk that takes nothing may have no folder for it yet.
    let builder = match folder.filter(|it| it.is_dir()) {
        Some(folder) => builder.data_directory(folder),
        None => builder.incognito(true),
    };
    let window = builder.build()?;
    wear(&window, window.theme()?);
    page_process::load_again_when_it_dies(&window)?;
    let events = window.clone();
    window.on_window_event(move |event| match event {
        WindowEvent::ThemeChanged(theme) => wear(&events, *theme),
        WindowEvent::Destroyed => events.state::<Shell>().forget(events.label()),
        WindowEvent::DragDrop(event) => dropping::tell(&events, event),
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

fn described(app: &AppHandle) -> WindowConfig {
    let windows = &app.config().app.windows;
    let first = windows.first();
    first
        .cloned()
        .expect("BUG: tauri.conf.json describes no window")
}

/// Draws a window larger or smaller; 1 is as designed. What no page can be read at is not done.
///
/// # Errors
/// When the web view refuses.
pub(crate) fn zoom(window: &WebviewWindow, factor: f64) -> Result<(), ErrorReport> {
    let factor = if factor.is_finite() { factor } else { 1.0 };
    window
        .set_zoom(factor.clamp(SMALLEST, LARGEST))
        .map_err(|error| ErrorReport::new(ErrorCode::Internal).saying(error.to_string()))
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
    fn of(app: &AppHandle) -> Self {
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

//! The process that draws a page. WebKit runs it apart from Hearth, and it can die alone:
//! out of memory, or by a defect of WebKit. The engine and its turns go on meanwhile.

use tauri::WebviewWindow;

/// Loads the page of a window again when its process has died; the page then takes new
/// snapshots, as after any reload. A page that dies again at once is left alone, so that
/// a window that cannot live does not keep the machine busy.
///
/// # Errors
/// When the window is gone already.
#[cfg(target_os = "linux")]
pub(crate) fn load_again_when_it_dies(window: &WebviewWindow) -> tauri::Result<()> {
    use std::cell::Cell;
    use std::time::{Duration, Instant};

    use webkit2gtk::WebViewExt;

    /// A page that lived shorter than this is not loaded again.
    const AT_ONCE: Duration = Duration::from_secs(5);

    window.with_webview(|view| {
        let loaded = Cell::new(Instant::now());
        view.inner()
            .connect_web_process_terminated(move |view, reason| {
                let lived = loaded.replace(Instant::now()).elapsed();
                tracing::error!(?reason, ?lived, "the page's process has ended");
                if lived >= AT_ONCE {
                    view.reload();
                }
            });
    })
}

/// Elsewhere the system's web view does this by itself or says nothing of it.
#[cfg(not(target_os = "linux"))]
pub(crate) fn load_again_when_it_dies(_window: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

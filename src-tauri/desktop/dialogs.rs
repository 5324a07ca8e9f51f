//! Native dialogs. They are opened from here, so the page needs no right to any.

use std::path::PathBuf;

use hearth_engine::api::TranscriptFormat;
use tauri::WebviewWindow;
use tauri_plugin_dialog::DialogExt;
use tokio::sync::oneshot;

/// Asks where to save a transcript; none when the person thought better of it.
pub(crate) async fn transcript_path(
    window: &WebviewWindow,
    title: String,
    file_name: String,
    format: TranscriptFormat,
) -> Option<PathBuf> {
    let (kind, extension) = match format {
        TranscriptFormat::Markdown => ("Markdown", "md"),
        TranscriptFormat::Json => ("JSON", "json"),
    };
    let (answer, answered) = oneshot::channel();
    window
        .dialog()
        .file()
        .set_parent(window)
        .set_title(title)
        .set_file_name(file_name)
        .add_filter(kind, &[extension])
        .save_file(move |path| {
            // The window may be gone by now, and with it whoever asked.
            let _ = answer.send(path);
        });
    answered.await.ok()??.into_path().ok()
}

/// Asks which files to attach; none when the person thought better of it.
pub(crate) async fn files_to_attach(window: &WebviewWindow, title: String) -> Vec<PathBuf> {
    let (answer, answered) = oneshot::channel();
    window
        .dialog()
        .file()
        .set_parent(window)
        .set_title(title)
        .pick_files(move |paths| {
            // The window may be gone by now, and with it whoever asked.
            let _ = answer.send(paths);
        });
    let chosen = answered.await.ok().flatten().unwrap_or_default();
    let paths = chosen.into_iter();
    paths.filter_map(|path| path.into_path().ok()).collect()
}

/// Asks which file to read; none when the person thought better of it.
pub(crate) async fn one_file(window: &WebviewWindow, title: String) -> Option<PathBuf> {
    let (answer, answered) = oneshot::channel();
    window
        .dialog()
        .file()
        .set_parent(window)
        .set_title(title)
        .pick_file(move |path| {
            // The window may be gone by now, and with it whoever asked.
            let _ = answer.send(path);
        });
    answered.await.ok()??.into_path().ok()
}

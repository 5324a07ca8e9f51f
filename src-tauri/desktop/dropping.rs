//! Files that are dropped on a window.
//!
//! WebKitGTK gives the page a drop without its files, so the shell takes it: the page is
//! told that files are over it or were dropped, and asks for them to be attached. It never
//! learns their paths, and cannot name others.

use tauri::{DragDropEvent, Manager, WebviewWindow};

use crate::shell::Shell;

/// Tells the page what a person drags over its window. The page hears of it as an event of
/// its own `window`: `hearth-drag-enter`, `hearth-drag-leave` or `hearth-drop`.
pub(crate) fn tell(window: &WebviewWindow, event: &DragDropEvent) {
    let name = match event {
        DragDropEvent::Enter { .. } => "hearth-drag-enter",
        DragDropEvent::Leave => "hearth-drag-leave",
        DragDropEvent::Drop { paths, .. } => {
            let shell = window.state::<Shell>();
            shell.keep_dropped(window.label(), paths.clone());
            "hearth-drop"
        }
        // Where the pointer is, the page sees itself.
        _ => return,
    };
    let script = format!("window.dispatchEvent(new CustomEvent('{name}'))");
    if let Err(error) = window.eval(script) {
        tracing::warn!(%error, "the page does not hear of a drop");
    }
}

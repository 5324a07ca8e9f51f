//! One window for each profile: two programs never write the same files.

use std::hash::{DefaultHasher, Hash, Hasher};

use hearth_engine::Profile;
use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, Manager, Wry};

/// A second launch with the same profile brings the first one's window to the
/// front and ends, before it has opened a file. Without a session bus nobody can
/// be asked, and the launch goes on.
pub(crate) fn focuses_the_first(profile: Option<&Profile>) -> TauriPlugin<Wry> {
    tauri_plugin_single_instance::Builder::new()
        .dbus_id(bus_name(profile))
        .callback(|app, _arguments, _folder| come_forward(app))
        .build()
}

/// From now on a launch with the same profile opens a window of its own: this program is ending
/// and has none to show, but may still wait for what runs.
pub(crate) fn let_others_begin(app: &AppHandle) {
    tauri_plugin_single_instance::destroy(app);
}

fn come_forward(app: &AppHandle) {
    let windows = app.webview_windows();
    // The first window may have been closed before the others.
    let Some(window) = windows.get("main").or_else(|| windows.values().next()) else {
        return;
    };
    let shown = window.unminimize().and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the window did not come to the front");
    }
}

/// A bus name may hold letters, digits and little else, so the profile's folder goes in as a hash.
fn bus_name(profile: Option<&Profile>) -> String {
    let mut hasher = DefaultHasher::new();
    profile.map(Profile::data_folder).hash(&mut hasher);
    format!("dev.hearth.desktop.profile_{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_profile_has_its_own_name() {
        let one = Profile::in_folder("one");
        let other = Profile::in_folder("other");
        assert_eq!(bus_name(Some(&one)), bus_name(Some(&one)));
        assert_ne!(bus_name(Some(&one)), bus_name(Some(&other)));
        assert_ne!(bus_name(Some(&one)), bus_name(None));
    }
}

//! The page that the window shows, as it was embedded.

use tauri::{Context, Wry};

/// What the build script made of tauri.conf.json and ui/dist.
#[expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "the code is Tauri's, and what it parses was checked by the build script"
)]
pub(crate) fn context() -> Context<Wry> {
    tauri::tauri_build_context!()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_page_is_embedded_whole() {
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/dist");
        let context = context();
        let mut scripts = 0;
        for (name, _) in context.assets().iter() {
            // Tauri writes its policy into HTML.
            if name.ends_with(".html") {
                continue;
            }
            let embedded = context.assets().get(&name.as_ref().into());
            let embedded = embedded.unwrap_or_else(|| panic!("{name} cannot be unpacked"));
            let whole = std::fs::read(built.join(name.trim_start_matches('/')));
            let whole = whole.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(*embedded == *whole, "{name} is not what ui/dist has");
            scripts += usize::from(name.ends_with(".js"));
        }
        let index = std::fs::read_to_string(built.join("index.html")).unwrap();
        // Before the first build of the page there is only its stand-in, without a script.
        assert!(scripts > 0 || !index.contains("<script"), "no script");
    }
}

//! Pictures of the window, for people to look at.

use std::path::{Path, PathBuf};

use fantoccini::Client;

use crate::harness::{Hearth, PATIENCE, Theme};

/// The window as it opens, and the smallest that it can be.
const SIZES: [(u32, u32); 2] = [(1200, 800), (720, 520)];

impl Hearth<'_> {
    /// Keeps `target/screenshots/NAME-THEME-SIZE.png` for every size.
    pub(crate) async fn picture(&self, name: &str, theme: Theme) {
        for (width, height) in SIZES {
            self.resize(width, height).await;
            keep(
                &self.page,
                name,
                &format!("{}-{width}x{height}", theme.name()),
            )
            .await;
        }
        let (width, height) = SIZES[0];
        self.resize(width, height).await;
    }

    /// Gives the window another size and waits until the page has it and has drawn it.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        self.page
            .set_window_size(width, height)
            .await
            .expect("a window can be resized");
        self.until(&format!("a page of {width}×{height}"), async || {
            let size = self.script("return [innerWidth, innerHeight]").await;
            (size == serde_json::json!([width, height])).then_some(())
        })
        .await;
        self.settle().await;
    }

    /// Waits until what runs has run: transitions are over, fonts and frames are there.
    pub(crate) async fn settle(&self) {
        let script = "const done = arguments[0]; \
            const endless = a => a.effect?.getComputedTiming().iterations === Infinity; \
            Promise.allSettled(document.getAnimations().filter(a => !endless(a)).map(a => a.finished)) \
                .then(() => document.fonts.ready) \
                .then(() => requestAnimationFrame(() => requestAnimationFrame(() => done(true))));";
        self.page
            .execute_async(script, Vec::new())
            .await
            .expect("the page settles");
    }
}

/// Keeps what the page shows now, and says where.
pub(crate) async fn keep(page: &Client, name: &str, variant: &str) -> String {
    let folder = target().join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder of pictures");
    let path = folder.join(format!("{name}-{variant}.png"));
    // A driver that hangs must not take the test's own words with it.
    match tokio::time::timeout(PATIENCE, page.screenshot()).await {
        Ok(Ok(picture)) => std::fs::write(&path, picture).expect("a picture can be kept"),
        Ok(Err(error)) => return format!("none: {error}"),
        Err(_) => return "none: the driver did not answer".to_owned(),
    }
    path.display().to_string()
}

/// The project's `target` folder.
pub(crate) fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target")
}

//! The peer: the least that Tauri can open, with Hearth's own configuration.
//!
//! Window, policy and web view are those of `tauri.conf.json`, and what WebKit stores goes to
//! a folder of its own as well; there is only nothing in it: no plugin, no command, no engine,
//! and a page of one sentence. What Hearth takes beyond this is Hearth's.

use std::borrow::Cow;
use std::path::Path;

use tauri::utils::assets::{AssetKey, AssetsIter, CspHash};
use tauri::{App, Assets, Context, WebviewWindowBuilder, Wry};

use crate::clock;

const PAGE: &str =
    "<!doctype html><meta charset=utf-8><p>A window.</p><script src=/drawn.js></script>";
/// The frame after next shows what was drawn in the next one. The title takes the news to the
/// program, because a page without commands has no other way.
const SCRIPT: &str =
    "requestAnimationFrame(() => requestAnimationFrame(() => { document.title = 'drawn' }))";

/// Opens the window and stays until the process is ended.
pub(crate) fn open(folder: &Path) {
    let folder = folder.to_owned();
    let mut context = context();
    context.set_assets(Box::new(OnePage));
    let setup = move |app: &mut App| {
        let config = &app.config().app.windows[0];
        WebviewWindowBuilder::from_config(app, config)?
            .data_directory(folder)
            .on_document_title_changed(|_, title| {
                if title == "drawn" {
                    clock::first_frame();
                }
            })
            .build()?;
        Ok(())
    };
    tauri::Builder::default()
        .setup(setup)
        .run(context)
        .expect("a window can be opened");
}

#[expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "the code is Tauri's, and what it parses was checked by the build script"
)]
fn context() -> Context<Wry> {
    tauri::tauri_build_context!()
}

struct OnePage;

impl Assets<Wry> for OnePage {
    fn get(&self, key: &AssetKey) -> Option<Cow<'_, [u8]>> {
        match key.as_ref() {
            "/index.html" => Some(PAGE.as_bytes().into()),
            "/drawn.js" => Some(SCRIPT.as_bytes().into()),
            _ => None,
        }
    }

    fn iter(&self) -> Box<AssetsIter<'_>> {
        let files = [("/index.html", PAGE), ("/drawn.js", SCRIPT)];
        Box::new(
            files
                .map(|(name, text)| (name.into(), text.as_bytes().into()))
                .into_iter(),
        )
    }

    fn csp_hashes(&self, _: &AssetKey) -> Box<dyn Iterator<Item = CspHash<'_>> + '_> {
        Box::new(std::iter::empty())
    }
}

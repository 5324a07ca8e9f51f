//! Hands Tauri the window's capabilities and the page to embed, and makes sure that there
//! is one.
//!
//! The page is embedded here and not by `generate_context!`: that macro packs it once for
//! each target that is compiled, at the same time and into the same files, and takes a file
//! that is there for one that is whole. A program with half a script showed an empty window.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

const CAPABILITY: &str = "src-tauri/desktop/capabilities/default.json";
const PAGE: &str = "ui/dist/index.html";

fn main() {
    println!("cargo:rerun-if-changed=src-tauri/desktop/capabilities");
    println!("cargo:rerun-if-changed={CAPABILITY}");
    stand_in_for_the_page();
    forget_packed_pages();
    let manifest = tauri_build::AppManifest::new().commands(commands());
    tauri_build::try_build(
        tauri_build::Attributes::new()
            .capabilities_path_pattern("./src-tauri/desktop/capabilities/**/*.json")
            .app_manifest(manifest)
            .codegen(tauri_build::CodegenContext::new()),
    )
    .expect("tauri-build");
}

/// What an earlier build packed is packed anew: it may have been interrupted.
fn forget_packed_pages() {
    let out = std::env::var_os("OUT_DIR").expect("cargo names a folder");
    let packed = Path::new(&out).join("tauri-codegen-assets");
    match fs::remove_dir_all(&packed) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            panic!("{} cannot be removed: {error}", packed.display())
        }
        _ => {}
    }
}

/// The shell's commands, read from the permissions that the window is given, so
/// that a command without a permission cannot be called at all.
fn commands() -> &'static [&'static str] {
    let text = fs::read_to_string(CAPABILITY).expect("the capability file is readable");
    let capability: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let permissions = capability["permissions"]
        .as_array()
        .expect("it lists permissions");
    let names: Vec<&'static str> = permissions
        .iter()
        .filter_map(|permission| permission.as_str()?.strip_prefix("allow-"))
        .map(|name| &*name.replace('-', "_").leak())
        .collect();
    names.leak()
}

/// Embedding fails when the user interface was never built, and then nothing
/// could be checked before it was. `make run` and `make test` build it first.
fn stand_in_for_the_page() {
    if Path::new(PAGE).exists() {
        return;
    }
    fs::create_dir_all("ui/dist").expect("ui/dist can be made");
    let page =
        "<!doctype html><title>Hearth</title><p>The user interface was not built: make run\n";
    fs::write(PAGE, page).expect("ui/dist/index.html can be written");
    // As old as can be, so that make still finds it out of date and builds the page.
    fs::File::options()
        .append(true)
        .open(PAGE)
        .and_then(|file| file.set_modified(SystemTime::UNIX_EPOCH))
        .expect("ui/dist/index.html can be dated");
}

//! Who may name what.

use crate::source::{Source, all, names, none};

/// A name, and the only places where it may stand.
struct Reserved {
    name: &'static str,
    /// Files of these extensions are looked at …
    extensions: &'static [&'static str],
    /// … in these folders …
    within: &'static [&'static str],
    /// … except in these.
    except: &'static [&'static str],
    why: &'static str,
}

const RUST: &[&str] = &["rs"];
const PAGE: &[&str] = &["ts", "svelte", "js"];

const RESERVED: &[Reserved] = &[
    Reserved {
        name: "tauri::",
        extensions: RUST,
        within: &["src-tauri/", "tests/"],
        except: &["src-tauri/desktop/"],
        why: "only the desktop shell names Tauri",
    },
    Reserved {
        name: "tauri_",
        extensions: RUST,
        within: &["src-tauri/", "tests/"],
        except: &["src-tauri/desktop/"],
        why: "only the desktop shell names Tauri",
    },
    Reserved {
        name: "@tauri-apps",
        extensions: PAGE,
        within: &["ui/src/"],
        except: &["ui/src/host/"],
        why: "only the host knows what the page runs in",
    },
    Reserved {
        name: "__TAURI_",
        extensions: PAGE,
        within: &["ui/src/"],
        except: &["ui/src/host/"],
        why: "only the host knows what the page runs in",
    },
    Reserved {
        name: "fetch",
        extensions: PAGE,
        within: &["ui/src/"],
        except: &[],
        why: "the page has no network",
    },
    Reserved {
        name: "innerHTML",
        extensions: PAGE,
        within: &["ui/src/"],
        except: &["ui/src/markdown/"],
        why: "HTML is made safe in one place",
    },
    Reserved {
        name: "std::net",
        extensions: RUST,
        within: &[
            "src-tauri/wire/src/",
            "src-tauri/store/src/",
            "src-tauri/engine/src/",
        ],
        except: &[],
        why: "sockets belong to foundry",
    },
    Reserved {
        name: "std::time",
        extensions: RUST,
        within: &["src-tauri/wire/src/"],
        except: &[],
        why: "the wire knows no clock",
    },
    Reserved {
        name: "std::thread",
        extensions: RUST,
        within: &["src-tauri/wire/src/"],
        except: &[],
        why: "the wire knows no threads",
    },
    Reserved {
        name: "unsafe",
        extensions: RUST,
        within: &["src-tauri/", "tests/", "benches/"],
        // Removing a variable is unsafe once threads run; this happens before any does.
        except: &["src-tauri/foundry/src/environment", "tests/hearth/tidy"],
        why: "unsafe code needs a place in this list",
    },
    Reserved {
        name: "hearth_wire",
        extensions: RUST,
        within: &["src-tauri/emulator/", "src-tauri/store/"],
        except: &[],
        why: "the emulator judges what is sent, and the store keeps it: neither shares its types",
    },
];

fn violations(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for rule in RESERVED {
        let looked_at = sources.iter().filter(|source| {
            rule.extensions.iter().any(|extension| source.is(extension))
                && rule.within.iter().any(|folder| source.under(folder))
                && !rule.except.iter().any(|folder| source.under(folder))
        });
        for source in looked_at {
            found.extend(
                source
                    .code_lines()
                    .filter(|(_, line)| names(line, rule.name))
                    .filter(|(_, line)| !is_tidy_itself(source, line))
                    .map(|(line, _)| source.at(line, &format!("{} — {}", rule.name, rule.why))),
            );
        }
    }
    found
}

/// This list has to spell what it forbids.
fn is_tidy_itself(source: &Source, line: &str) -> bool {
    source.under("tests/hearth/tidy/") && line.contains('"')
}

#[test]
fn reserved_names_stand_where_they_may() {
    none(&violations(&all()));
}

#[test]
fn a_reserved_name_elsewhere_is_found() {
    for (path, text) in [
        ("src-tauri/engine/src/turn.rs", "use tauri::State;"),
        (
            "src-tauri/cli/src/main.rs",
            "    tauri_plugin_opener::open_url(url)",
        ),
        (
            "ui/src/state/chat.ts",
            "import { invoke } from '@tauri-apps/api/core';",
        ),
        (
            "ui/src/components/App.svelte",
            "window.__TAURI_INTERNALS__.invoke('x')",
        ),
        (
            "ui/src/components/App.svelte",
            "const reply = await fetch(url);",
        ),
        ("ui/src/components/App.svelte", "node.innerHTML = text;"),
        ("src-tauri/wire/src/event.rs", "use std::net::TcpStream;"),
        (
            "src-tauri/wire/src/event.rs",
            "let now = std::time::Instant::now();",
        ),
        ("src-tauri/wire/src/event.rs", "std::thread::spawn(run);"),
        (
            "src-tauri/store/src/lib.rs",
            "let bytes = unsafe { read() };",
        ),
        ("src-tauri/emulator/src/lib.rs", "use hearth_wire::Block;"),
    ] {
        let planted = [Source::new(path, text)];
        assert_eq!(violations(&planted).len(), 1, "{path}: {text}");
    }
    let allowed = [
        Source::new("src-tauri/desktop/window.rs", "use tauri::App;"),
        Source::new("ui/src/host/tauri.ts", "import '@tauri-apps/api/core';"),
        Source::new(
            "src-tauri/engine/src/turn.rs",
            "// The shell, tauri::State and all, is elsewhere.",
        ),
    ];
    none(&violations(&allowed));
}

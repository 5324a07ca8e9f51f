//! Which crate may depend on which.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::source::{none, root};

/// Our crates, and which of ours each may use.
const OURS: &[(&str, &[&str])] = &[
    ("hearth-wire", &[]),
    ("hearth-store", &[]),
    ("hearth-tools", &[]),
    ("hearth-emulator", &[]),
    ("hearth-foundry", &["hearth-wire"]),
    (
        "hearth-engine",
        &[
            "hearth-wire",
            "hearth-foundry",
            "hearth-store",
            "hearth-tools",
        ],
    ),
    ("hearth-gateway", &["hearth-wire", "hearth-foundry"]),
    ("hearth-lending", &["hearth-engine", "hearth-gateway"]),
    (
        "hearth",
        &[
            "hearth-engine",
            "hearth-emulator",
            "hearth-gateway",
            "hearth-lending",
        ],
    ),
    (
        "hearth-desktop",
        &["hearth-engine", "hearth-emulator", "hearth-lending"],
    ),
    ("hearth-gateway-bench", &[]),
];

/// What a crate alone may bring in: a crate exists because its dependencies differ.
const HOMES: &[(&str, &[&str])] = &[
    ("reqwest", &["hearth-foundry"]),
    ("eventsource-stream", &["hearth-foundry"]),
    ("azure_identity", &["hearth-foundry"]),
    ("azure_core", &["hearth-foundry"]),
    ("keyring", &["hearth-foundry"]),
    ("secrecy", &["hearth-foundry"]),
    ("rusqlite", &["hearth-store"]),
    ("rmcp", &["hearth-tools"]),
    ("axum", &["hearth-emulator", "hearth-gateway"]),
    ("rcgen", &["hearth-emulator"]),
    ("clap", &["hearth"]),
    ("tauri", &["hearth-desktop"]),
    ("tauri-plugin-dialog", &["hearth-desktop"]),
    ("tauri-plugin-opener", &["hearth-desktop"]),
    ("tauri-plugin-single-instance", &["hearth-desktop"]),
    ("arboard", &["hearth-desktop"]),
];

/// What must not be reached, however indirectly.
const OUT_OF_REACH: &[(&str, &[&str])] = &[
    ("hearth-wire", NETWORK),
    ("hearth-store", NETWORK),
    ("hearth-foundry", WINDOW),
    ("hearth-engine", WINDOW),
    ("hearth-emulator", WINDOW),
    ("hearth-gateway", WINDOW),
    ("hearth-lending", WINDOW),
    ("hearth", WINDOW),
];
const NETWORK: &[&str] = &[
    "tokio",
    "mio",
    "socket2",
    "hyper",
    "reqwest",
    "rustls",
    "native-tls",
    "h2",
    "axum",
    "ureq",
    "curl",
    "async-io",
    "tungstenite",
    "quinn",
];
const WINDOW: &[&str] = &["tauri", "tauri-runtime", "wry", "tao", "gtk", "webkit2gtk"];

/// Packages by name, each with the names of what it depends on.
type Graph = BTreeMap<String, BTreeSet<String>>;

fn violations(direct: &Graph, reached: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    for (krate, uses) in direct {
        let Some((_, allowed)) = OURS.iter().find(|(name, _)| name == krate) else {
            found.push(format!("{krate}: a new crate needs its row in this test"));
            continue;
        };
        for used in uses {
            let ours = OURS.iter().any(|(name, _)| name == used);
            if ours && !allowed.contains(&used.as_str()) {
                found.push(format!("{krate} must not know {used}"));
            }
            let home = HOMES.iter().find(|(name, _)| name == used);
            if home.is_some_and(|(_, homes)| !homes.contains(&krate.as_str())) {
                found.push(format!("{krate} must not bring in {used}"));
            }
        }
    }
    for (krate, banned) in OUT_OF_REACH {
        let reach = reach(reached, krate);
        found.extend(
            banned
                .iter()
                .filter(|name| reach.contains(**name))
                .map(|name| format!("{krate} reaches {name}")),
        );
    }
    found
}

/// Everything that a package depends on, at any distance.
fn reach(graph: &Graph, from: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(package) = open.pop() {
        for next in graph.get(&package).into_iter().flatten() {
            if reached.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    reached
}

fn metadata(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--offline", "--locked"])
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("cargo speaks JSON")
}

/// What each of our manifests asks for itself; tests may use what they like.
fn direct() -> Graph {
    let metadata = metadata(&["--no-deps"]);
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let uses = package["dependencies"].as_array().expect("dependencies");
            let uses = uses
                .iter()
                .filter(|dependency| dependency["kind"].is_null());
            let names = uses.map(|dependency| text(&dependency["name"])).collect();
            (text(&package["name"]), names)
        })
        .collect()
}

/// Who really depends on whom on this platform, tests aside.
fn resolved() -> Graph {
    let platform = host();
    let metadata = metadata(&["--filter-platform", &platform]);
    let packages = metadata["packages"].as_array().expect("packages");
    let names: BTreeMap<_, _> = packages
        .iter()
        .map(|package| (text(&package["id"]), text(&package["name"])))
        .collect();
    let nodes = metadata["resolve"]["nodes"].as_array().expect("nodes");
    let mut graph = Graph::new();
    for node in nodes {
        let uses = graph.entry(names[&text(&node["id"])].clone()).or_default();
        for dependency in node["deps"].as_array().expect("deps") {
            let kinds = dependency["dep_kinds"].as_array().expect("kinds");
            if kinds.iter().any(|kind| kind["kind"].is_null()) {
                uses.insert(names[&text(&dependency["pkg"])].clone());
            }
        }
    }
    graph
}

fn host() -> String {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .expect("rustc runs");
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = output.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc names its host").to_owned()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

#[test]
fn dependencies_point_the_way_they_should() {
    let (direct, resolved) = (direct(), resolved());
    for (krate, _) in OURS {
        assert!(
            direct.contains_key(*krate),
            "{krate} is not in the workspace"
        );
    }
    // The walk sees far enough to find what is there.
    assert!(reach(&resolved, "hearth-foundry").contains("tokio"));
    assert!(
        reach(&resolved, "hearth-desktop").contains("webkit2gtk") || cfg!(not(target_os = "linux"))
    );
    none(&violations(&direct, &resolved));
}

fn graph(rows: &[(&str, &[&str])]) -> Graph {
    rows.iter()
        .map(|(krate, uses)| {
            let uses = uses.iter().map(|used| (*used).to_owned()).collect();
            ((*krate).to_owned(), uses)
        })
        .collect()
}

#[test]
fn a_dependency_the_wrong_way_is_found() {
    let direct = graph(&[
        ("hearth-emulator", &["hearth-wire", "axum"]),
        ("hearth-engine", &["reqwest"]),
        ("hearth-novelty", &[]),
    ]);
    let resolved = graph(&[
        ("hearth-store", &["harmless"]),
        ("harmless", &["socket2"]),
        ("hearth", &["wry"]),
    ]);
    assert_eq!(
        violations(&direct, &resolved),
        [
            "hearth-emulator must not know hearth-wire",
            "hearth-engine must not bring in reqwest",
            "hearth-novelty: a new crate needs its row in this test",
            "hearth-store reaches socket2",
            "hearth reaches wry",
        ]
    );
}

//! What the web view may do.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::source::{file, none};

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; \
    img-src 'self' data: blob:; connect-src ipc: http://ipc.localhost; object-src 'none'; \
    base-uri 'none'; form-action 'none'";

fn config_violations(config: &Value) -> Vec<String> {
    let security = &config["app"]["security"];
    let mut found = Vec::new();
    let mut must = |holds: bool, sentence: &str| {
        if !holds {
            found.push(sentence.to_owned());
        }
    };
    must(
        security["csp"] == CSP,
        "the content security policy is the documented one",
    );
    must(
        security["freezePrototype"] == true,
        "Object.prototype is frozen",
    );
    must(
        security.get("assetProtocol").is_none(),
        "there is no asset protocol",
    );
    must(
        security
            .as_object()
            .is_some_and(|keys| keys.keys().all(|key| !key.starts_with("dangerous"))),
        "nothing dangerous is switched on",
    );
    must(
        security["capabilities"] == json!(["default"]),
        "there is one capability, named",
    );
    must(
        config["app"].get("withGlobalTauri").is_none(),
        "the page gets no global",
    );
    let windows = config["app"]["windows"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    must(windows.len() == 1, "there is one window");
    must(
        windows.iter().all(|window| window["create"] == false),
        "the window is made in Rust, where its folder and its policy are set",
    );
    found
}

fn capability_violations(capability: &Value, handled: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    if capability["windows"] != json!(["main", "main-*"]) || capability.get("remote").is_some() {
        found.push("the capability is the main window's alone".to_owned());
    }
    let mut allowed = BTreeSet::new();
    for permission in capability["permissions"].as_array().into_iter().flatten() {
        let name = permission.as_str().unwrap_or_default();
        match name.strip_prefix("allow-") {
            Some(command) => drop(allowed.insert(command.replace('-', "_"))),
            None => found.push(format!("{permission} is not one explicit command")),
        }
    }
    found.extend(
        allowed
            .difference(handled)
            .map(|name| format!("{name} is allowed and not handled")),
    );
    found.extend(
        handled
            .difference(&allowed)
            .map(|name| format!("{name} is handled and not allowed")),
    );
    found
}

/// The commands that the shell hands to Tauri.
fn handled(commands: &str) -> BTreeSet<String> {
    let list = commands
        .split_once("generate_handler![")
        .and_then(|(_, rest)| rest.split_once(']'))
        .map_or("", |(list, _)| list);
    // Those of a module of their own stand with its name: `attachments::detach`.
    list.split(',')
        .map(|name| name.rsplit("::").next().unwrap_or(name).trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// What the page asks the shell for.
fn asked(host: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for head in ["invoke(", "invoke<"] {
        for (start, _) in host.match_indices(head) {
            let rest = &host[start..];
            let argument = rest
                .split_once('(')
                .map_or("", |(_, argument)| argument)
                .trim_start();
            let quoted = argument
                .strip_prefix(['\'', '"'])
                .and_then(|text| text.split(['\'', '"']).next());
            found.extend(quoted.map(str::to_owned));
        }
    }
    found
}

fn parsed(path: &str) -> Value {
    serde_json::from_str(&file(path).text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_web_view_has_the_documented_policy() {
    none(&config_violations(&parsed("tauri.conf.json")));
}

#[test]
fn a_looser_policy_is_found() {
    let mut config = parsed("tauri.conf.json");
    config["app"]["security"]["csp"] =
        json!(CSP.replace("connect-src ipc:", "connect-src https: ipc:"));
    config["app"]["security"]["freezePrototype"] = json!(false);
    config["app"]["security"]["dangerousDisableAssetCspModification"] = json!(true);
    config["app"]["security"]["assetProtocol"] = json!({ "enable": true });
    config["app"]["security"]["capabilities"] = json!(["default", "more"]);
    config["app"]["withGlobalTauri"] = json!(true);
    config["app"]["windows"][0]["create"] = json!(true);
    assert_eq!(config_violations(&config).len(), 7);
}

#[test]
fn the_window_may_call_its_commands_and_nothing_else() {
    let handled = handled(&file("src-tauri/desktop/commands.rs").text);
    assert!(handled.contains("send"), "no commands were found");
    let capability = parsed("src-tauri/desktop/capabilities/default.json");
    none(&capability_violations(&capability, &handled));
    let asked = asked(&file("ui/src/host/tauri.ts").text);
    let unknown: Vec<_> = asked.difference(&handled).cloned().collect();
    none(&unknown);
    let unasked: Vec<_> = handled
        .difference(&asked)
        .map(|name| format!("nobody asks for {name}"))
        .collect();
    none(&unasked);
}

#[test]
fn a_wide_permission_is_found() {
    let handled = handled("tauri::generate_handler![send, stop,]");
    let found = |permissions: Value| {
        capability_violations(
            &json!({ "windows": ["main", "main-*"], "permissions": permissions }),
            &handled,
        )
    };
    none(&found(json!(["allow-send", "allow-stop"])));
    assert_eq!(
        found(json!(["allow-send", "allow-stop", "core:default"])).len(),
        1
    );
    assert_eq!(
        found(json!(["allow-send", "allow-stop", "allow-erase"])),
        ["erase is allowed and not handled"]
    );
    assert_eq!(
        found(json!(["allow-send"])),
        ["stop is handled and not allowed"]
    );
    let everywhere = json!({ "windows": ["*"], "permissions": ["allow-send", "allow-stop"] });
    assert_eq!(capability_violations(&everywhere, &handled).len(), 1);
}

//! The file: what it keeps, refuses and leaves alone.

use super::*;
use crate::api::CredentialChoice;

fn file_with(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.json");
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn saved(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

const FIRST: &str = r#"{"version":1,"theme":"dusk","network":"wired","active":"c","tools":["now"],"connections":[{"id":"c","name":"n","endpoint":"https://h/anthropic","proxy":"system","color":"red","deployments":[{"name":"d","baseModel":"claude-opus-5-5"}],"default_deployment":"d"}]}"#;

#[test]
fn a_file_of_the_first_version_is_understood_and_kept_beside_the_new_one() {
    let (folder, path) = file_with(FIRST);
    let mut file = SettingsFile::open(path.clone()).unwrap();
    let connection = file.current().active_connection().unwrap().clone();
    assert_eq!(connection.credential, CredentialChoice::Key);
    assert_eq!(connection.deployments[0].name, "d");
    assert_eq!(
        connection.deployments[0].base_model.as_deref(),
        Some("claude-opus-5-5")
    );
    assert_eq!(connection.default_deployment.as_deref(), Some("d"));
    assert_eq!(connection.proxy, None);
    // Looking changes nothing on the disk.
    assert_eq!(fs::read_to_string(&path).unwrap(), FIRST);

    file.change(|settings| settings.demo = true).unwrap();
    let written = saved(&path);
    assert_eq!(written["version"], 2);
    assert_eq!(written["theme"], "dusk");
    assert_eq!(written["unknown_in_version_1"]["network"], "wired");
    let connection = &written["connections"][0];
    assert_eq!(connection["color"], "red");
    assert_eq!(connection["unknown_in_version_1"]["proxy"], "system");
    let kept = folder.path().join("settings.version-1.json");
    assert_eq!(fs::read_to_string(kept).unwrap(), FIRST);
    assert_eq!(SettingsFile::open(path).unwrap().current(), file.current());
}

#[test]
fn a_key_that_version_1_did_not_know_is_no_word_of_ours() {
    let (_folder, path) = file_with(
        r#"{"version":1,"proxy_edition":7,"connections":[{"id":"c","name":"n","endpoint":"https://h/anthropic","this_run_only":"maybe","edition":1,"proxy_edition":2,"agreed":true,"deployments":[{"name":"d","baseModel":null,"hosting":"here","known":"all"}]}]}"#,
    );
    let mut file = SettingsFile::open(path.clone()).unwrap();
    file.change(|settings| settings.demo = true).unwrap();
    let written = saved(&path);
    assert_eq!(written["unknown_in_version_1"]["proxy_edition"], 7);
    let connection = &written["connections"][0];
    let aside = &connection["unknown_in_version_1"];
    assert_eq!(aside["this_run_only"], "maybe");
    assert_eq!(aside["agreed"], true);
    let deployment = &connection["deployments"][0];
    assert_eq!(deployment["unknown_in_version_1"]["hosting"], "here");
    assert_eq!(deployment["unknown_in_version_1"]["known"], "all");
    assert_eq!(deployment["name"], "d");
}

#[test]
fn a_version_that_is_none_is_refused_and_left_alone() {
    for version in ["\"2\"", "0", "-1", "1.5", "null", "[]"] {
        let text = format!(r#"{{"version":{version},"connections":[]}}"#);
        let (_folder, path) = file_with(&text);
        let error = SettingsFile::open(path.clone()).unwrap_err();
        assert_eq!(error.code, ErrorCode::SettingsUnreadable, "{version}");
        assert_eq!(fs::read_to_string(path).unwrap(), text);
    }
}

#[test]
fn keys_of_a_later_minor_version_survive_a_save() {
    let (folder, path) = file_with(
        r#"{"version":2,"theme":"dusk","connections":[{"id":"c","name":"n","endpoint":"https://h/anthropic","color":"red","deployments":[{"name":"d","size":3}]}]}"#,
    );
    let mut file = SettingsFile::open(path.clone()).unwrap();
    file.change(|settings| settings.demo = true).unwrap();
    let written = saved(&path);
    assert_eq!(written["theme"], "dusk");
    assert_eq!(written["connections"][0]["color"], "red");
    assert_eq!(written["connections"][0]["deployments"][0]["size"], 3);
    assert_eq!(written["demo"], true);
    assert!(!folder.path().join("settings.version-2.json").exists());
}

#[test]
fn what_another_process_wrote_is_seen_and_not_written_over() {
    let (_folder, path) = file_with(r#"{"version":2}"#);
    let mut here = SettingsFile::open(path.clone()).unwrap();
    let mut there = SettingsFile::open(path).unwrap();
    there
        .change(|settings| settings.tools = vec!["now".to_owned()])
        .unwrap();
    assert_eq!(here.current().tools, ["now"]);
    there.change(|settings| settings.tools.clear()).unwrap();
    here.change(|settings| settings.demo = true).unwrap();
    let both = there.current();
    assert!(both.demo && both.tools.is_empty());
}

#[test]
fn a_file_that_became_unreadable_is_neither_believed_nor_written_over() {
    let (_folder, path) = file_with(r#"{"version":2,"tools":["now"]}"#);
    let mut file = SettingsFile::open(path.clone()).unwrap();
    fs::write(&path, "{ nonsense").unwrap();
    assert_eq!(file.current().tools, ["now"]);
    let error = file.change(|settings| settings.demo = true).unwrap_err();
    assert_eq!(error.code, ErrorCode::SettingsUnreadable);
    assert_eq!(fs::read_to_string(path).unwrap(), "{ nonsense");
}

#[test]
fn a_newer_file_is_refused_and_left_alone() {
    let text = r#"{"version":3,"connections":"something else"}"#;
    let (_folder, path) = file_with(text);
    let error = SettingsFile::open(path.clone()).unwrap_err();
    assert_eq!(error.code, ErrorCode::SettingsNewer);
    assert_eq!(fs::read_to_string(path).unwrap(), text);
}

#[test]
fn a_broken_file_is_refused_and_left_alone() {
    let (_folder, path) = file_with("{ nonsense");
    let error = SettingsFile::open(path.clone()).unwrap_err();
    assert_eq!(error.code, ErrorCode::SettingsUnreadable);
    assert_eq!(fs::read_to_string(path).unwrap(), "{ nonsense");
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_the_file_and_its_backup() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = file_with(FIRST);
    let mut file = SettingsFile::open(path).unwrap();
    file.change(|settings| settings.demo = true).unwrap();
    for name in ["settings.json", "settings.version-1.json"] {
        let mode = fs::metadata(folder.path().join(name)).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn what_this_program_does_not_know_survives_a_save_however_deep_it_lies() {
    let (_folder, path) = file_with(
        r#"{"version":2,"network":{"proxy":{"kind":"system","later":1},"dns":"own"},"connections":[
            {"id":"a","name":"n","endpoint":"https://h/anthropic","limits":{"attempts":2,"burst":9},
             "headers":[{"name":"x","value":"1","note":"why"},{"name":"y","value":"2"}],
             "credential":{"kind":"client_secret","entra":{"tenant":"t","hint":"ada"}}},
            {"id":"b","name":"m","endpoint":"https://i/anthropic"}]}"#,
    );
    let mut file = SettingsFile::open(path.clone()).unwrap();
    // The connections move, one header goes, and one limit is another.
    file.change(|settings| {
        settings.connections.reverse();
        let connection = &mut settings.connections[1];
        connection.limits.attempts = Some(3);
        connection.headers.retain(|header| header.name == "x");
    })
    .unwrap();
    let written = saved(&path);
    assert_eq!(written["network"]["dns"], "own");
    assert_eq!(written["network"]["proxy"]["later"], 1);
    let connection = &written["connections"][1];
    assert_eq!(connection["limits"]["burst"], 9);
    assert_eq!(connection["limits"]["attempts"], 3);
    assert_eq!(connection["headers"][0]["note"], "why");
    assert_eq!(connection["headers"].as_array().unwrap().len(), 1);
    assert_eq!(connection["credential"]["entra"]["hint"], "ada");
    // A second save knows it still, and what has become something else takes nothing along.
    file.change(|settings| {
        settings.connections[1].credential = CredentialChoice::Key;
        settings.connections.remove(0);
    })
    .unwrap();
    let written = saved(&path);
    let connection = &written["connections"][0];
    assert_eq!(connection["limits"]["burst"], 9);
    assert_eq!(connection["credential"], serde_json::json!({"kind": "key"}));
    assert_eq!(written["connections"].as_array().unwrap().len(), 1);
}

#[test]
fn a_program_that_holds_the_lock_for_ever_stops_nobody_for_ever() {
    let (folder, path) = file_with(r#"{"version":2,"tools":["now"]}"#);
    let lock = File::create(folder.path().join("settings.lock")).unwrap();
    lock.lock().unwrap();
    let mut file = SettingsFile::open(path).unwrap();
    let error = file.change(|settings| settings.demo = true).unwrap_err();
    assert_eq!(error.code, ErrorCode::FileNotWritten);
    assert!(error.subject.unwrap().ends_with("settings.lock"));
    assert_eq!(file.current().tools, ["now"]);
    lock.unlock().unwrap();
    file.change(|settings| settings.demo = true).unwrap();
    assert!(file.current().demo);
}

#[cfg(unix)]
#[test]
fn settings_behind_a_link_are_written_where_they_lie() {
    use std::os::unix::fs::symlink;
    let (folder, path) = file_with(r#"{"version":2,"tools":["now"]}"#);
    let kept = folder.path().join("kept");
    fs::create_dir(&kept).unwrap();
    for (name, exists) in [("mine.json", true), ("later.json", false)] {
        let target = kept.join(name);
        if exists {
            fs::rename(&path, &target).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
        // One by way of another, relative to its own place.
        symlink(name, kept.join(format!("{name}.link"))).unwrap();
        symlink(format!("kept/{name}.link"), &path).unwrap();
        let mut file = SettingsFile::open(path.clone()).unwrap();
        file.change(|settings| settings.demo = true).unwrap();
        assert!(fs::symlink_metadata(&path).unwrap().is_symlink(), "{name}");
        assert_eq!(saved(&target)["demo"], true);
        assert!(file.current().demo);
    }
    // A link to itself leads nowhere, and is refused.
    fs::remove_file(&path).unwrap();
    symlink("settings.json", &path).unwrap();
    assert!(SettingsFile::open(path).is_err());
}

use std::collections::BTreeSet;

use super::*;

#[test]
fn every_listed_mode_is_a_deployment_and_is_documented() {
    let documented = include_str!("../../../../docs/emulator.md");
    let mut names = BTreeSet::new();
    for mode in fault_modes().chain(limited_modes()) {
        assert!(names.insert(mode.name), "{} twice", mode.name);
        let name = if mode.name.ends_with('-') {
            format!("{}12", mode.name)
        } else {
            mode.name.to_owned()
        };
        assert!(parse(&name).is_some(), "{name}");
        let place = if mode.name.ends_with('-') { "N" } else { "" };
        let shown = format!("{}{place}", mode.name);
        let only = if mode.streams_only {
            " Streams only."
        } else {
            ""
        };
        let row = format!("| `{shown}` | {}.{only} |\n", mode.says);
        assert!(documented.contains(&row), "docs/emulator.md lacks\n{row}");
    }
    assert!(names.len() >= 30);
}

#[test]
fn names_are_read() {
    let read = |name: &str| parse(name).map(|(fault, times, base)| (fault, times, base.id));
    let sonnet = "claude-sonnet-5-5";
    let cut = Fault::Ends(Early::Cut, Place::Middle);
    assert_eq!(read("fault-cut"), Some((cut, Times::Always, sonnet)));
    assert_eq!(read("fault-cut-once"), Some((cut, Times::Once, sonnet)));
    let early = Fault::Ends(Early::Reset, Place::At(120));
    let haiku = "claude-haiku-4-5";
    assert_eq!(
        read("fault-reset-at-120-once.claude-haiku-4-5"),
        Some((early, Times::Once, haiku))
    );
    assert_eq!(read("fault-overloaded"), read("fault-529"));
    assert_eq!(read("fault-overloaded-once"), read("fault-529-once"));
    assert_eq!(read("fault-html"), read("fault-502"));
    for name in [
        "fault-",
        "fault-cut-",
        "fault-cut-at-",
        "fault-cut-at-+3",
        "fault-cut-at--3",
        "fault-cut-at-99999999999999999999999",
        "fault-cut-once-once",
        "fault-provisioning-",
        "fault-provisioning-+3",
        "fault-cut.claude-nobody",
        "fault-cut.",
        "cut",
        "",
    ] {
        assert_eq!(read(name), None, "{name}");
    }
}

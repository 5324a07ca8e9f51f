//! `hearth doctor`: what it prints for people and for programs, and how it ends.

#[cfg(target_os = "linux")]
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::{Desk, KEY, bare, text};

const SONNET: &str = "claude-sonnet-5-5";

fn json(output: &[u8]) -> Value {
    serde_json::from_slice(output).unwrap()
}

fn rung<'a>(report: &'a Value, id: &str) -> &'a Value {
    let rungs = report["rungs"].as_array().unwrap();
    rungs.iter().find(|rung| rung["id"] == id).unwrap()
}

#[test]
fn a_connection_of_the_environment_is_looked_at() {
    let desk = Desk::new();
    let looked = desk.run(&["doctor", "--model", SONNET]);
    let said = text(&looked.stdout);
    assert!(looked.status.success(), "{said}{}", text(&looked.stderr));
    // Nobody reads this at a terminal: it is plain.
    assert!(said.is_ascii(), "{said}");
    let answered = format!("\"{SONNET}\" answers; the first word came after ");
    assert!(said.contains(&answered), "{said}");
    assert!(
        said.lines().any(|line| line.starts_with("+ Deployment ")),
        "{said}"
    );
    assert!(said.ends_with("Everything works\n"), "{said}");
    assert_eq!(text(&looked.stderr), "");
}

#[test]
fn a_program_reads_the_whole_report() {
    let desk = Desk::new();
    let looked = desk.run(&["doctor", "--json", "--model", SONNET]);
    assert!(looked.status.success());
    let report = json(&looked.stdout);
    assert_eq!(report["verdict"], "works");
    assert_eq!(report["deployment"], SONNET);
    assert_eq!(rung(&report, "deployment")["state"], "passed");
    assert_eq!(rung(&report, "tls")["state"], "skipped");
}

#[test]
fn what_does_not_work_is_a_failure_with_its_cure() {
    let desk = Desk::new();
    let mut doctor = desk.hearth(&["doctor"]);
    doctor.env("AZURE_API_KEY", "wrong-key-0123456789");
    let looked = doctor.output().unwrap();
    let said = text(&looked.stdout);
    assert_eq!(looked.status.code(), Some(1));
    assert!(said.contains("x Deployment"), "{said}");
    assert!(said.contains("Key refused. "), "{said}");
    assert!(said.ends_with("Chat does not work\n"), "{said}");

    let looked = desk.run(&["doctor", "--json", "--model", "nobody-has-this"]);
    assert_eq!(looked.status.code(), Some(1));
    let report = json(&looked.stdout);
    let problem = &rung(&report, "deployment")["problem"];
    assert_eq!(problem["code"], "deployment-not-found");
    assert_eq!(problem["fix"]["kind"], "choose_deployment");
    assert_eq!(rung(&report, "tools")["state"], "skipped");
}

#[test]
fn without_any_connection_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let looked = bare(folder.path(), &["doctor"]).output().unwrap();
    assert_eq!(looked.status.code(), Some(1));
    assert!(text(&looked.stdout).contains("No connection yet. "));

    let looked = bare(folder.path(), &["doctor", "--connection", "Contoso"]).output();
    let looked = looked.unwrap();
    assert_eq!(looked.status.code(), Some(1));
    assert!(
        text(&looked.stderr).contains("Contoso"),
        "{}",
        text(&looked.stderr)
    );
}

#[test]
fn how_it_ends_is_a_number_that_the_help_explains() {
    let desk = Desk::new();
    let help = text(&desk.run(&["doctor", "--help"]).stdout);
    let plain = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        plain.contains("Ends with 0 when chat works") && plain.contains("with 2 when the command"),
        "{help}"
    );
    for (arguments, code) in [
        (&["doctor", "--model", SONNET][..], 0),
        // Something does not work, and chat does.
        (&["doctor", "--model", "fault-no-tools"][..], 0),
        (&["doctor", "--model", "fault-403"][..], 1),
        (&["doctor", "--connection", "Contoso"][..], 1),
        (&["doctor", "--modell", SONNET][..], 2),
    ] {
        let ended = desk.run(arguments);
        assert_eq!(ended.status.code(), Some(code), "{arguments:?}");
        let json: Vec<_> = [arguments, &["--json"]].concat();
        let ended = desk.run(&json);
        assert_eq!(ended.status.code(), Some(code), "{json:?}");
        if !arguments.contains(&"Contoso") && code != 2 {
            let verdict = &self::json(&ended.stdout)["verdict"];
            assert_eq!(verdict == "fails", code == 1, "{verdict}");
        }
    }
}

/// The program at a terminal of its own, as `script` of util-linux makes one.
#[cfg(target_os = "linux")]
fn at_a_terminal(desk: &Desk, arguments: &str) -> Output {
    let program = env!("CARGO_BIN_EXE_hearth");
    let profile = desk.profile.path().display();
    let line = format!("'{program}' --profile '{profile}' {arguments}");
    let mut terminal = Command::new("script");
    terminal
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .env_clear()
        .env("HOME", desk.profile.path())
        .env("AZURE_API_BASE", desk.emulator.url())
        .env("AZURE_API_KEY", KEY)
        .stdin(Stdio::null());
    terminal.output().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn a_person_at_a_terminal_sees_signs_and_how_far_it_is() {
    let desk = Desk::new();
    let looked = at_a_terminal(&desk, &format!("doctor --model {SONNET}"));
    let said = text(&looked.stdout);
    assert_eq!(looked.status.code(), Some(0), "{said}");
    let lines: Vec<&str> = said.lines().map(str::trim_end).collect();
    assert!(
        lines.iter().any(|line| line.starts_with("✓ Deployment ")),
        "{said}"
    );
    assert!(
        lines.iter().any(|line| line.starts_with("– Proxy ")),
        "{said}"
    );
    assert_eq!(lines.last(), Some(&"Everything works"), "{said}");
    // What is looked at now stands in one line that is wiped away.
    let ladder = said.find("✓ Address").unwrap();
    let before = &said[..ladder];
    assert!(before.contains("\r\u{1b}[KDeployment …"), "{said}");
    assert!(before.ends_with("\r\u{1b}[K") || before.ends_with('\n'), "{said}");

    let looked = at_a_terminal(&desk, "doctor --model fault-403");
    let said = text(&looked.stdout);
    assert_eq!(looked.status.code(), Some(1), "{said}");
    assert!(said.contains("\n✗ Deployment "), "{said}");
    assert!(!said.contains(KEY), "{said}");

    // What a program reads has no signs in it, and is one line after those that were wiped.
    let looked = at_a_terminal(&desk, &format!("doctor --json --model {SONNET}"));
    let said = text(&looked.stdout);
    let report = said.trim_end().rsplit("\u{1b}[K").next().unwrap();
    assert_eq!(json(report.as_bytes())["verdict"], "works", "{said}");
}

#[test]
fn no_secret_is_printed() {
    let desk = Desk::new();
    for deployment in [SONNET, "fault-401", "fault-400", "fault-200-html"] {
        for form in [
            &["doctor", "--model"][..],
            &["doctor", "--json", "--model"][..],
        ] {
            let mut arguments = form.to_vec();
            arguments.push(deployment);
            let mut doctor = desk.hearth(&arguments);
            doctor.env("HEARTH_LOG", "trace");
            let looked = doctor.output().unwrap();
            let said = text(&looked.stdout) + &text(&looked.stderr);
            assert!(said.contains(&desk.emulator.url()), "{said}");
            assert!(!said.contains(KEY), "{deployment}: {said}");
        }
    }
}

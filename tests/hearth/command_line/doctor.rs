//! `hearth doctor`: what it prints for people and for programs, and how it ends.

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

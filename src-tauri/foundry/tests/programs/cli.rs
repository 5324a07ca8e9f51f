//! The Azure CLI and the Azure Developer CLI, each played by a script.

use futures_util::future::join_all;
use hearth_foundry::{Credential, SignInKind, TokenFacts, TokenSource};

use crate::stage::*;

/// A token that says of itself that it ended long ago: what counts is what the program says.
const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJhdWQiOiJodHRwczovL2FpLmF6dXJlLmNvbSIsInRpZCI6InQtMSIsImV4cCI6MTAwMDAwMDAwMH0.canary";

/// What `az` prints, with an end by local time that is long over, and the true one.
fn az_prints(expires_on: &str) -> String {
    format!(
        r#"echo "$*" >> "$HOME/asked"; env > "$HOME/env"; pwd > "$HOME/pwd"
cat <<END
{{"accessToken":"{TOKEN}","expiresOn":"2001-01-01 00:00:00.000000",{expires_on}
"subscription":"s","tenant":"t-1","tokenType":"Bearer"}}
END"#
    )
}

const IN_AN_HOUR: &str = r#""expires_on":$(($(date +%s) + 3600)),"#;

pub(crate) fn all() {
    let az = az_prints(IN_AN_HOUR);
    Stage::new().program("bin", "az", &az).play("az signs in");
    Stage::new()
        .program(".local/bin", "az", &az)
        .path("/usr/bin:/bin")
        .play("az is where a desktop does not look");
    Stage::new().play("az is missing");
    let old = az_prints("");
    Stage::new()
        .program("bin", "az", &old)
        .play("az is too old");
    for (said, code) in [
        (
            "ERROR: Please run 'az login' to setup account.",
            "az: signed out",
        ),
        (
            "ERROR: AADSTS700082: The refresh token has expired. Trace ID: 1\nPlease run: az login",
            "az: signed out",
        ),
        (
            "ERROR: AADSTS90002: Tenant 'x' not found. Trace ID: 1",
            "az: tenant",
        ),
        (
            "ERROR: AADSTS50020: User account from identity provider does not exist in tenant. Trace ID: 1",
            "az: account",
        ),
        (
            "ERROR: AADSTS50076: you must use multi-factor authentication. Trace ID: 1\nInteractive authentication is needed. Please run:\naz login",
            "az: interaction",
        ),
        (
            "ERROR: AADSTS500011: The resource principal named https://ai.azure.com was not found. Trace ID: 1",
            "az: scope",
        ),
        ("something broke", "az: broken"),
    ] {
        let script = format!("cat >&2 <<END\n{said}\nEND\nexit 1");
        Stage::new().program("bin", "az", &script).play(code);
    }
    Stage::new()
        .program("bin", "az", "echo nonsense")
        .play("az: broken");
    Stage::new()
        .program("bin", "az", "sleep 1000")
        .play("az hangs");
    let azd = format!(
        r#"echo "$*" >> "$HOME/asked"
echo '{{"token":"{TOKEN}","expiresOn":"2099-01-01T00:00:00Z"}}'"#
    );
    Stage::new()
        .program("bin", "azd", &azd)
        .play("azd signs in");
    Stage::new().play("azd is missing");
    let signed_out = r#"echo '{"type":"consoleMessage","data":{"message":"\nERROR: not logged in, run `azd auth login` to login\n"}}' >&2; exit 1"#;
    Stage::new()
        .program("bin", "azd", signed_out)
        .play("azd: signed out");
}

/// Plays a scene of this file; false when there is none of that name.
pub(crate) fn play(scene: &str) -> bool {
    match scene {
        "az signs in" => block_on(signs_in()),
        "az is where a desktop does not look" => {
            let found = block_on(az(None).prepare(&client()));
            assert!(found.unwrap().is_some());
        }
        "az is missing" => missing("az", &az(None)),
        "azd is missing" => missing("azd", &azd(None)),
        "az is too old" => {
            let old = problem(block_on(az(None).prepare(&client())));
            assert_eq!(old.kind, SignInKind::Refused);
            assert!(old.said.contains("2.54.0 or newer"), "{old:?}");
        }
        "az: signed out" => refuses(&az(None), SignInKind::CliSignedOut),
        "az: tenant" => refuses(&az(None), SignInKind::TenantUnknown),
        "az: account" => refuses(&az(None), SignInKind::AccountUnknown),
        "az: interaction" => refuses(&az(None), SignInKind::InteractionNeeded),
        "az: scope" => refuses(&az(None), SignInKind::ScopeUnknown),
        "az: broken" => refuses(&az(None), SignInKind::Refused),
        "az hangs" => hangs(),
        "azd signs in" => block_on(azd_signs_in()),
        "azd: signed out" => refuses(&azd(None), SignInKind::CliSignedOut),
        _ => return false,
    }
    true
}

fn az(tenant: Option<&str>) -> Credential {
    let tenant = tenant.map(str::to_owned);
    tokens(TokenSource::AzureCli { tenant })
}

fn azd(tenant: Option<&str>) -> Credential {
    let tenant = tenant.map(str::to_owned);
    tokens(TokenSource::AzureDeveloperCli { tenant })
}

async fn signs_in() {
    let (client, credential) = (client(), az(Some("contoso.example")));
    let got = join_all((0..10).map(|_| credential.prepare(&client))).await;
    assert!(got.iter().all(Result::is_ok), "{got:?}");
    credential.prepare(&client).await.unwrap();
    assert_eq!(credential.facts(), Some(TokenFacts::read(TOKEN)));
    assert_eq!(
        written("asked"),
        "account get-access-token -o json --scope https://ai.azure.com/.default \
         --tenant contoso.example\n",
        "asked once, although the end by local time is over"
    );
    // Planted, and found in the process itself, but not in the program's.
    let its = written("env");
    assert!(its.contains("HEARTH_PROGRAMS_SCENE=az signs in"), "{its}");
    for (name, canary) in OURS {
        assert_eq!(std::env::var(name).as_deref(), Ok(canary));
        assert!(!its.contains(name) && !its.contains(canary), "{its}");
    }
    assert_eq!(written("pwd"), "/bin\n");

    // Nothing that a shell would take for more than a word gets there.
    for tenant in ["x; touch evil", "$(touch evil)", "a b", "../x"] {
        let refused = problem(az(Some(tenant)).prepare(&client).await);
        assert_eq!(refused.kind, SignInKind::TenantUnknown, "{tenant}");
    }
    assert_eq!(written("asked").lines().count(), 1);
}

async fn azd_signs_in() {
    let (client, credential) = (client(), azd(Some("contoso.example")));
    credential.prepare(&client).await.unwrap();
    credential.prepare(&client).await.unwrap();
    assert_eq!(credential.facts(), Some(TokenFacts::read(TOKEN)));
    assert_eq!(
        written("asked"),
        "auth token -o json --no-prompt --scope https://ai.azure.com/.default \
         --tenant-id contoso.example\n"
    );
}

fn missing(program: &str, credential: &Credential) {
    let places = [
        "/usr/local/bin",
        "/usr/bin",
        "/bin",
        "/opt/homebrew/bin",
        "/snap/bin",
        "/opt/az/bin",
    ];
    if places
        .iter()
        .any(|place| std::path::Path::new(place).join(program).exists())
    {
        // This machine has it, so nothing is missing here.
        return;
    }
    refuses(credential, SignInKind::CliMissing);
}

fn refuses(credential: &Credential, expected: SignInKind) {
    let problem = problem(block_on(credential.prepare(&client())));
    assert_eq!(problem.kind, expected, "{problem:?}");
    assert!(
        !problem.said.contains("Trace ID") && !problem.said.is_empty(),
        "{problem:?}"
    );
}

fn hangs() {
    // The time stands still but for waits: nothing happens, so the limit is reached at once.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build();
    let problem = problem(runtime.unwrap().block_on(az(None).prepare(&client())));
    assert_eq!(problem.kind, SignInKind::Unreachable);
    assert_eq!(problem.said, "no answer in time");
}

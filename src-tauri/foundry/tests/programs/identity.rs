//! The identity of an Azure machine, and that of a Kubernetes workload, as their variables name
//! them.

use hearth_emulator::{Clock, Entra, IdentityFault, ManagedIdentity};
use hearth_foundry::{Client, ClientOptions, Credential, Network, SignInKind, TokenSource};

use crate::stage::*;

/// The certificate (DER) that a scene trusts.
const CA: &str = "ca.der";

/// Plays the scenes of this file, each against stand-ins that run here.
pub(crate) async fn all() {
    for off in [0, 86_400, -86_400] {
        let entra = Entra::builder()
            .clock(&Clock::offset(off))
            .start()
            .await
            .unwrap();
        let identity = ManagedIdentity::start(&entra).await.unwrap();
        play_with(at(&identity), "a machine's identity").await;
        let log = identity.log();
        assert_eq!(log.len(), 2, "{log:?}");
        assert!(
            log.iter()
                .all(|asked| asked.resource == "https://ai.azure.com")
        );
        let assigned = [None, Some(ManagedIdentity::ASSIGNED)];
        assert_eq!(
            [log[0].client_id.as_deref(), log[1].client_id.as_deref()],
            assigned
        );
    }
    let entra = Entra::builder().start().await.unwrap();
    for fault in [
        IdentityFault::NoIdentity,
        IdentityFault::WrongHeader,
        IdentityFault::NotFound,
        IdentityFault::Broken,
        IdentityFault::Stall,
    ] {
        let identity = ManagedIdentity::start(&entra).await.unwrap();
        identity.fail(Some(fault));
        play_with(at(&identity), "no machine's identity").await;
        assert!(!identity.log().is_empty(), "{fault:?}");
    }
    play_with(Stage::new(), "no machine's identity").await;
    let nobody = Stage::new()
        .variable("IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi/token")
        .variable("IDENTITY_HEADER", "canary");
    play_with(nobody, "no machine's identity").await;
    workload(&entra).await;
}

/// The endpoint by an address that nobody takes for this machine's own, as those of Azure's are,
/// and beside a proxy that is none: the endpoint is never asked through one.
fn at(identity: &ManagedIdentity) -> Stage {
    let endpoint = identity.endpoint().replace("127.0.0.1", "0.0.0.0");
    Stage::new()
        .variable("IDENTITY_ENDPOINT", &endpoint)
        .variable("IDENTITY_HEADER", identity.header())
        .variable("ALL_PROXY", "http://127.0.0.1:1")
        .variable("NO_PROXY", "")
        .variable("no_proxy", "")
}

async fn workload(entra: &Entra) {
    let stage = Stage::new()
        .variable("AZURE_TENANT_ID", Entra::TENANT)
        .variable("AZURE_CLIENT_ID", Entra::FEDERATED_CLIENT)
        .variable("AZURE_AUTHORITY_HOST", entra.authority());
    let file = stage.folder().join("federated");
    std::fs::write(&file, entra.federated_token(600)).unwrap();
    std::fs::write(stage.folder().join(CA), entra.certificates().ca_der()).unwrap();
    let stage = stage.variable("AZURE_FEDERATED_TOKEN_FILE", file.to_str().unwrap());
    play_with(stage, "a workload's identity").await;
    assert_eq!(entra.log().len(), 1);
    play_with(Stage::new(), "no workload's identity").await;
}

async fn play_with(stage: Stage, scene: &'static str) {
    tokio::task::spawn_blocking(move || drop(stage.play(scene)))
        .await
        .unwrap();
}

/// Plays a scene of this file; false when there is none of that name.
pub(crate) async fn play(scene: &str) -> bool {
    let client = client();
    match scene {
        "a machine's identity" => {
            for id in [None, Some(ManagedIdentity::ASSIGNED)] {
                let credential = machine(id);
                for _ in 0..3 {
                    credential.prepare(&client).await.unwrap();
                }
                let facts = credential.facts().unwrap();
                assert_eq!(facts.audience.as_deref(), Some("https://ai.azure.com"));
            }
        }
        "no machine's identity" => {
            let missing = problem(machine(None).prepare(&client).await);
            assert_eq!(missing.kind, SignInKind::IdentityMissing, "{missing:?}");
            assert!(!missing.said.is_empty());
        }
        "a workload's identity" => {
            let root = std::fs::read(folder().join(CA)).unwrap();
            let network = Network {
                roots: vec![root],
                ..Network::default()
            };
            let trusting = Client::new(ClientOptions {
                network,
                ..ClientOptions::default()
            });
            let facts = workload_of()
                .prepare(&trusting.unwrap())
                .await
                .unwrap()
                .unwrap();
            assert_eq!(facts.application.as_deref(), Some(Entra::FEDERATED_CLIENT));
        }
        "no workload's identity" => {
            let missing = problem(workload_of().prepare(&client).await);
            assert_eq!(missing.kind, SignInKind::WorkloadTokenUnreadable);
            assert_eq!(missing.said, "AZURE_TENANT_ID is not set");
        }
        _ => return false,
    }
    true
}

fn machine(client_id: Option<&str>) -> Credential {
    let client_id = client_id.map(str::to_owned);
    tokens(TokenSource::ManagedIdentity { client_id })
}

fn workload_of() -> Credential {
    tokens(TokenSource::WorkloadIdentity {
        tenant: None,
        client_id: None,
        token_file: None,
        authority: None,
    })
}

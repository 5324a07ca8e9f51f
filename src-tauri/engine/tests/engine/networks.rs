//! The way out: proxies with and without a password, certificates, and each change at once.

use hearth_emulator::{Certificates, Emulator, Proxy};
use hearth_engine::api::{
    ConnectionDraft, ErrorCode, MessageState, NetworkDraft, NetworkSettings, ProxySettings,
    SecretPlace,
};
use hearth_engine::{ClientOptions, Engine};

use crate::connections::files_with;
use crate::support::*;

/// A name that only the proxy knows; this machine's own never go through one.
pub(crate) const NAME: &str = "far.services.ai.azure.com";

pub(crate) fn manual(url: &str, user: Option<&str>) -> ProxySettings {
    ProxySettings::Manual {
        url: url.into(),
        user: user.map(str::to_owned),
        no_proxy: Vec::new(),
    }
}

pub(crate) fn network(
    proxy: ProxySettings,
    password: Option<&str>,
    certificates: &[&str],
) -> NetworkDraft {
    NetworkDraft {
        settings: NetworkSettings {
            proxy,
            certificates: certificates.iter().map(|it| (*it).to_owned()).collect(),
            client_certificate: None,
        },
        proxy_password: password.map(str::to_owned),
        this_run_only: true,
    }
}

/// A resource over TLS that is reached by [`NAME`] and through a proxy only.
pub(crate) struct Far {
    pub(crate) emulator: Emulator,
    certificates: Certificates,
    pub(crate) engine: Engine,
    pub(crate) folder: tempfile::TempDir,
}

pub(crate) async fn far() -> Far {
    let certificates = Certificates::new("Far Root");
    let emulator = Emulator::builder().tls_config(certificates.server(&[NAME]));
    let emulator = emulator.start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("root.pem"), certificates.ca_pem()).unwrap();
    let limits = ClientOptions {
        max_attempts: 1,
        ..ClientOptions::default()
    };
    let engine = Engine::open_with(profile(folder.path()), no_environment(), limits)
        .await
        .unwrap();
    let draft = draft_to(&format!("https://{NAME}"), emulator.key());
    engine.save_connection(draft).await.unwrap();
    Far {
        emulator,
        certificates,
        engine,
        folder,
    }
}

impl Far {
    pub(crate) fn root(&self) -> String {
        self.folder.path().join("root.pem").display().to_string()
    }

    pub(crate) async fn ask(&self) -> Result<(), ErrorCode> {
        let mut window = self.engine.subscribe();
        let sent = self.engine.send(question(None, "Hello", None)).await;
        let sent = sent.map_err(|error| error.code)?;
        match ended(&mut window, &sent.turn).await.state {
            MessageState::Complete { .. } => Ok(()),
            MessageState::Failed { error } => Err(error.code),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_proxy_with_a_password_and_a_root_count_from_the_next_question_on() {
    let far = far().await;
    let proxy = Proxy::http()
        .password("ada", "canary-proxy-4711")
        .resolving(NAME, far.emulator.address())
        .start()
        .await
        .unwrap();
    let to_proxy = || manual(&proxy.url(), Some("ada"));
    far.engine
        .save_network(network(to_proxy(), None, &[]))
        .await
        .unwrap();
    assert_eq!(far.ask().await, Err(ErrorCode::ProxyCredentials));
    let wrong = network(to_proxy(), Some("wrong"), &[]);
    far.engine.save_network(wrong).await.unwrap();
    assert_eq!(far.ask().await, Err(ErrorCode::ProxyCredentials));
    let right = network(to_proxy(), Some("canary-proxy-4711"), &[]);
    let view = far.engine.save_network(right).await.unwrap();
    assert_eq!(view.proxy_password, Some(SecretPlace::ThisRun));
    assert_eq!(far.ask().await, Err(ErrorCode::CertificateUntrusted));
    // The password stays with its proxy when something else changes.
    let root = far.root();
    let trusting = network(to_proxy(), None, &[&root]);
    let view = far.engine.save_network(trusting).await.unwrap();
    assert_eq!(view.proxy_password, Some(SecretPlace::ThisRun));
    assert_eq!(view.certificates[0].certificates.len(), 1);
    assert_eq!(far.ask().await, Ok(()));
    assert_eq!(proxy.log().last().unwrap().target, format!("{NAME}:443"));

    assert_eq!(
        files_with(far.folder.path(), "canary-proxy-4711"),
        Vec::<String>::new()
    );
    let told = serde_json::to_string(&far.engine.state().await).unwrap();
    assert!(!told.contains("canary-proxy"));
    // The file is read when it is needed: without it nothing is asked, and it is named.
    std::fs::write(far.folder.path().join("root.pem"), "nonsense").unwrap();
    let error = far
        .engine
        .send(question(None, "Hello", None))
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::PemUnreadable);
    assert_eq!(error.subject, Some(root));
}

#[tokio::test]
async fn a_password_of_one_proxy_is_not_sent_to_another() {
    let far = far().await;
    let proxies = [(); 2].map(|()| {
        Proxy::http()
            .password("ada", "canary-proxy-4711")
            .resolving(NAME, far.emulator.address())
    });
    let [one, two] = proxies.map(|proxy| async { proxy.start().await.unwrap() });
    let (one, two) = (one.await, two.await);
    let root = far.root();
    let first = network(
        manual(&one.url(), Some("ada")),
        Some("canary-proxy-4711"),
        &[&root],
    );
    far.engine.save_network(first).await.unwrap();
    assert_eq!(far.ask().await, Ok(()));
    let second = network(manual(&two.url(), Some("ada")), None, &[&root]);
    let view = far.engine.save_network(second).await.unwrap();
    assert_eq!(view.proxy_password, None);
    assert_eq!(far.ask().await, Err(ErrorCode::ProxyCredentials));
    // Nor does it come back to the first.
    let back = network(manual(&one.url(), Some("ada")), None, &[&root]);
    far.engine.save_network(back).await.unwrap();
    assert_eq!(far.ask().await, Err(ErrorCode::ProxyCredentials));
}

#[tokio::test]
async fn a_connection_may_have_a_proxy_of_its_own() {
    let far = far().await;
    let proxy = Proxy::socks5()
        .password("ada", "own-password-1")
        .resolving(NAME, far.emulator.address())
        .start()
        .await
        .unwrap();
    let root = far.root();
    far.engine
        .save_network(network(ProxySettings::Direct, None, &[&root]))
        .await
        .unwrap();
    assert!(far.ask().await.is_err());
    // What stands in the address goes where it belongs.
    let address = proxy.url().replace("://", "://ada:own-password-1@");
    let draft = ConnectionDraft {
        id: Some(connection_of(&far.engine.state().await)),
        proxy: Some(manual(&address, None)),
        ..draft_to(&format!("https://{NAME}"), far.emulator.key())
    };
    let view = far.engine.save_connection(draft.clone()).await.unwrap();
    assert_eq!(view.proxy, Some(manual(&proxy.url(), Some("ada"))));
    assert_eq!(view.proxy_password, Some(SecretPlace::ThisRun));
    assert_eq!(far.ask().await, Ok(()));
    assert_eq!(
        files_with(far.folder.path(), "own-password-1"),
        Vec::<String>::new()
    );
    // It stays when the form says nothing about it, and goes with the proxy.
    let same = ConnectionDraft {
        proxy: view.proxy.clone(),
        ..draft.clone()
    };
    far.engine.save_connection(same.clone()).await.unwrap();
    assert_eq!(far.ask().await, Ok(()));
    let without = ConnectionDraft {
        proxy: None,
        ..draft.clone()
    };
    far.engine.save_connection(without).await.unwrap();
    let again = far.engine.save_connection(same).await.unwrap();
    assert_eq!(again.proxy_password, None);

    for url in ["", "ftp://proxy:1", "http://", "two words"] {
        let refused = ConnectionDraft {
            proxy: Some(manual(url, None)),
            ..draft.clone()
        };
        let error = far.engine.save_connection(refused).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::ProxyInvalid, "{url}");
        assert_eq!(error.subject, None);
    }
}

#[tokio::test]
async fn an_authority_is_trusted_with_one_press_and_kept_in_the_profile() {
    let far = far().await;
    let proxy = Proxy::http()
        .resolving(NAME, far.emulator.address())
        .start()
        .await
        .unwrap();
    far.engine
        .save_network(network(manual(&proxy.url(), None), None, &[]))
        .await
        .unwrap();
    assert_eq!(far.ask().await, Err(ErrorCode::CertificateUntrusted));
    let pem = far.certificates.ca_pem();
    let view = far.engine.trust_certificate(pem.clone()).await.unwrap();
    let file = &view.certificates[0];
    assert!(file.path.starts_with(far.folder.path().to_str().unwrap()));
    assert!(file.certificates[0].authority);
    assert_eq!(far.ask().await, Ok(()));
    // Twice is once, and what is no certificate is refused.
    let view = far.engine.trust_certificate(pem.clone()).await.unwrap();
    assert_eq!(view.certificates.len(), 1);
    for bad in [String::new(), "nonsense".to_owned(), format!("{pem}{pem}")] {
        let error = far.engine.trust_certificate(bad).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::PemUnreadable);
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown_where_one_is_wanted() {
    let certificates = Certificates::new("Company Root");
    let emulator = Emulator::builder()
        .tls(&certificates)
        .client_certificates(&certificates);
    let house = House::with(emulator, ClientOptions::default()).await;
    let root = house.folder.path().join("root.pem");
    let identity = house.folder.path().join("identity.pem");
    std::fs::write(&root, certificates.ca_pem()).unwrap();
    std::fs::write(&identity, certificates.client_pem("ada")).unwrap();
    let root = root.display().to_string();
    let mut draft = network(ProxySettings::System, None, &[&root]);
    house.engine.save_network(draft.clone()).await.unwrap();
    let (_, answer) = house.ask(None, "Hello").await;
    let MessageState::Failed { error } = answer.state else {
        panic!("{answer:?}");
    };
    assert_eq!(error.code, ErrorCode::ClientCertificateNeeded);
    draft.settings.client_certificate = Some(identity.display().to_string());
    let view = house.engine.save_network(draft).await.unwrap();
    let shown = view.client_certificate.unwrap();
    assert_eq!((shown.problem, shown.certificates.len()), (None, 1));
    let (_, answer) = house.ask(None, "Hello").await;
    assert_eq!(answer.state, complete("end_turn"));
    // A file without a key is none to show.
    let file = house.engine.read_client_certificate(root.into()).await;
    assert_eq!(file.problem.unwrap().code, ErrorCode::PemUnreadable);
}

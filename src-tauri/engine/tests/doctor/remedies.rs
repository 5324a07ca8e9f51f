//! Ways out that the Doctor has really tried.

use hearth_emulator::{Certificates, Emulator, Entra, Proxy, Script, TellsTenant};
use hearth_engine::api::{
    CredentialChoice, EntraSettings, ErrorCode, Fix, ProxySettings, RungId, RungState, Verdict,
};

use crate::desk::*;

fn fix_of(report: &hearth_engine::api::DoctorReport, fault: &Fault) -> Option<Fix> {
    let problem = found(report, fault);
    assert_eq!(problem.code, fault.code, "{report:#?}");
    problem.fix.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_path_on_the_same_host() {
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = Desk::new().await;
    let mut draft = with_key(&emulator);
    draft.endpoint = format!("{}/somewhere/else", emulator.url());
    let saved = desk.save(draft).await;
    let row = fault(
        "path",
        RungId::Deployment,
        ErrorCode::ApiNotSupported,
        no_fix,
    );
    let report = desk.walk(None).await;
    let endpoint = format!("{}/anthropic", emulator.url());
    let fix = fix_of(&report, &row);
    assert_eq!(fix, Some(Fix::UseEndpoint { endpoint }));
    let tried = fact(rung(&report, RungId::Deployment), "tried");
    assert!(tried.contains(&emulator.url()));
    assert_eq!(desk.card(None).await.code, ErrorCode::ApiNotSupported);

    desk.engine.apply_fix(saved.id, fix.unwrap()).await.unwrap();
    let verdict = desk.walk(None).await.verdict;
    assert!(matches!(verdict, Verdict::Works | Verdict::Partly));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_name_of_the_same_resource() {
    const GOOD: &str = "hearth-doctor.services.ai.azure.com";
    const OTHER: &str = "hearth-doctor.openai.azure.com";
    let key = "resource-key-0123";
    let name = "fault-404-api_not_supported";
    let ours = Certificates::new("Hearth Test Root");
    // Here that name is a deployment like any other; there it says what the host lacks.
    let resource = Emulator::builder().tls_config(ours.server(&[GOOD]));
    let resource = resource.key(key).deployment(name, SONNET).unwrap();
    let resource = resource.start().await.unwrap();
    let other = Emulator::builder().tls_config(ours.server(&[OTHER]));
    let other = other.key(key).start().await.unwrap();
    let proxy = Proxy::http()
        .resolving(GOOD, resource.address())
        .resolving(OTHER, other.address());
    let proxy = proxy.start().await.unwrap();
    let desk = Desk::trusting(&[&ours]).await;
    let draft = |key: &str| {
        let key = secret(CredentialChoice::Key, Some(key));
        let mut draft = connection(&format!("https://{OTHER}"), key);
        draft.proxy = Some(ProxySettings::Manual {
            url: proxy.url(),
            user: None,
            no_proxy: Vec::new(),
        });
        draft.deployments = vec![deployment(name, Some(SONNET))];
        draft
    };
    let saved = desk.save(draft(key)).await;
    let row = fault(
        "host",
        RungId::Deployment,
        ErrorCode::ApiNotSupported,
        no_fix,
    );
    let report = desk.walk(None).await;
    let fix = fix_of(&report, &row);
    let endpoint = format!("https://{GOOD}/anthropic");
    assert_eq!(fix, Some(Fix::UseEndpoint { endpoint }));
    desk.engine.apply_fix(saved.id, fix.unwrap()).await.unwrap();
    let report = desk.walk(None).await;
    assert_eq!(rung(&report, RungId::Deployment).state, RungState::Passed);

    // A key that is refused goes nowhere else.
    let asked = resource.log().len();
    desk.save(draft("another-key-0123")).await;
    let row = fault("key", RungId::Deployment, ErrorCode::KeyRefused, no_fix);
    let report = desk.walk(None).await;
    assert_eq!(fix_of(&report, &row), Some(Fix::ReplaceSecret));
    assert_eq!(resource.log().len(), asked);
}

struct Company {
    entra: Entra,
    desk: Desk,
}

impl Company {
    async fn new() -> Self {
        let certificates = Certificates::new("Entra Test Root");
        let entra = Entra::builder().certificates(&certificates);
        let entra = entra.start().await.unwrap();
        let desk = Desk::trusting(&[&certificates]).await;
        Self { entra, desk }
    }

    async fn application(
        &self,
        resource: &Emulator,
        scope: &str,
    ) -> hearth_engine::api::ConnectionView {
        let entra = EntraSettings {
            tenant: self.entra.tenant().to_owned(),
            client_id: Entra::CLIENT.to_owned(),
            scope: scope.to_owned(),
            authority: self.entra.authority().to_owned(),
        };
        let choice = CredentialChoice::ClientSecret { entra };
        let credential = secret(choice, Some(Entra::SECRET));
        self.desk
            .save(connection(&resource.url(), credential))
            .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_scope() {
    let company = Company::new().await;
    let resource = Emulator::builder()
        .entra(&company.entra)
        .audiences(&["https://cognitiveservices.azure.com"]);
    let resource = resource.start().await.unwrap();
    let saved = company.application(&resource, "").await;
    let row = fault("scope", RungId::Deployment, ErrorCode::TokenRefused, no_fix);
    let report = company.desk.walk(None).await;
    let scope = "https://cognitiveservices.azure.com/.default".to_owned();
    let fix = fix_of(&report, &row);
    assert_eq!(fix, Some(Fix::UseScope { scope }));
    assert_eq!(company.desk.card(None).await.code, ErrorCode::TokenRefused);

    company
        .desk
        .engine
        .apply_fix(saved.id, fix.unwrap())
        .await
        .unwrap();
    let verdict = company.desk.walk(None).await.verdict;
    assert!(matches!(verdict, Verdict::Works | Verdict::Partly));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_the_tenant_does_not_know() {
    let company = Company::new().await;
    let resource = Emulator::builder().entra(&company.entra);
    let resource = resource.start().await.unwrap();
    company
        .application(&resource, "https://nothing.example.com/.default")
        .await;
    let row = fault("scope", RungId::Credential, ErrorCode::ScopeUnknown, no_fix);
    let report = company.desk.walk(None).await;
    let scope = "https://ai.azure.com/.default".to_owned();
    assert_eq!(fix_of(&report, &row), Some(Fix::UseScope { scope }));
    let card = company.desk.card(None).await;
    assert_eq!(card.code, ErrorCode::ScopeUnknown);
    assert_eq!(card.aadsts, Some(500_011));
    assert_eq!(
        card.subject.as_deref(),
        Some("https://nothing.example.com/.default")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_scope_would_do() {
    let company = Company::new().await;
    let resource = Emulator::builder()
        .entra(&company.entra)
        .audiences(&["https://nothing.example.com"]);
    let resource = resource.start().await.unwrap();
    company.application(&resource, "").await;
    let row = fault("scope", RungId::Deployment, ErrorCode::TokenRefused, no_fix);
    let report = company.desk.walk(None).await;
    assert_eq!(fix_of(&report, &row), None);
}

/// Whoever is busy, or broken, has said nothing about the token.
#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_was_not_looked_at_is_not_offered() {
    for status in [429, 500, 502, 503] {
        let company = Company::new().await;
        let resource = Emulator::builder()
            .entra(&company.entra)
            .audiences(&["https://cognitiveservices.azure.com"]);
        let resource = resource.start().await.unwrap();
        company.application(&resource, "").await;
        // The first token is refused before any script is played: this is for the second scope.
        resource.next(Script::status(status, [], "{}"));
        let row = fault("scope", RungId::Deployment, ErrorCode::TokenRefused, no_fix);
        let report = company.desk.walk(None).await;
        let tried = fact(rung(&report, RungId::Deployment), "tried");
        assert_eq!(tried, "https://cognitiveservices.azure.com/.default");
        let statuses: Vec<_> = resource.log().iter().map(|it| it.status).collect();
        assert_eq!(statuses.last(), Some(&Some(status)), "{statuses:?}");
        let fix = fix_of(&report, &row);
        assert!(
            !matches!(fix, Some(Fix::UseScope { .. })),
            "{status}: {fix:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenant() {
    for tells in [TellsTenant::InHeader, TellsTenant::InBody] {
        let company = Company::new().await;
        let resource = Emulator::builder()
            .entra(&company.entra)
            .tenant(Entra::OTHER_TENANT, tells);
        let resource = resource.start().await.unwrap();
        let saved = company.application(&resource, "").await;
        let row = fault("tenant", RungId::Deployment, ErrorCode::TokenTenant, no_fix);
        let report = company.desk.walk(None).await;
        let tenant = Entra::OTHER_TENANT.to_owned();
        let fix = fix_of(&report, &row);
        assert_eq!(fix, Some(Fix::UseTenant { tenant }), "{tells:?}");
        let tried = fact(rung(&report, RungId::Deployment), "tried");
        assert_eq!(tried, Entra::OTHER_TENANT);
        let card = company.desk.card(None).await;
        assert_eq!(card.code, ErrorCode::TokenTenant);
        assert_eq!(card.fix, fix);

        company
            .desk
            .engine
            .apply_fix(saved.id, fix.unwrap())
            .await
            .unwrap();
        let report = company.desk.walk(None).await;
        let credential = rung(&report, RungId::Credential);
        assert_eq!(fact(credential, "tenant"), Entra::OTHER_TENANT);
        assert!(matches!(report.verdict, Verdict::Works | Verdict::Partly));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_is_not_named_or_does_not_work_is_not_offered() {
    // One that Entra does not have, and one that the resource does not name.
    let unknown = "22222222-2222-4222-8222-222222222222";
    for (tenant, tells) in [
        (unknown, TellsTenant::InHeader),
        (Entra::OTHER_TENANT, TellsTenant::No),
    ] {
        let company = Company::new().await;
        let resource = Emulator::builder()
            .entra(&company.entra)
            .tenant(tenant, tells);
        let resource = resource.start().await.unwrap();
        company.application(&resource, "").await;
        let row = fault("tenant", RungId::Deployment, ErrorCode::TokenTenant, no_fix);
        let report = company.desk.walk(None).await;
        let fix = fix_of(&report, &row);
        assert!(
            !matches!(fix, Some(Fix::UseTenant { .. })),
            "{tenant} {tells:?}: {fix:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_out_of_its_own_hides_no_remedy() {
    let company = Company::new().await;
    let resource = Emulator::builder()
        .entra(&company.entra)
        .audiences(&["https://cognitiveservices.azure.com"]);
    let resource = resource.start().await.unwrap();
    let saved = company.application(&resource, "").await;
    let proxy = Proxy::http().start().await.unwrap();
    let ways = [
        ProxySettings::Direct,
        ProxySettings::System,
        ProxySettings::Manual {
            url: proxy.url(),
            user: None,
            no_proxy: Vec::new(),
        },
    ];
    for way in ways {
        // Nothing keeps passwords here, and none is wanted.
        let entra = EntraSettings {
            tenant: company.entra.tenant().to_owned(),
            client_id: Entra::CLIENT.to_owned(),
            scope: String::new(),
            authority: company.entra.authority().to_owned(),
        };
        let choice = CredentialChoice::ClientSecret { entra };
        let mut draft = connection(&resource.url(), secret(choice, None));
        draft.id = Some(saved.id.clone());
        draft.proxy = Some(way.clone());
        company.desk.save(draft).await;
        let row = fault("scope", RungId::Deployment, ErrorCode::TokenRefused, no_fix);
        let report = company.desk.walk(None).await;
        let scope = "https://cognitiveservices.azure.com/.default".to_owned();
        assert_eq!(
            fix_of(&report, &row),
            Some(Fix::UseScope { scope }),
            "{way:?}"
        );
    }
}

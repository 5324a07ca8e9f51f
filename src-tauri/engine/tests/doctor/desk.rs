//! An engine with a profile of its own, a connection to look at, and the one check that all
//! faults share.

use std::time::Duration;

use hearth_emulator::{Certificates, Emulator};
use hearth_engine::api::{
    ConnectionDraft, ConnectionLimits, ConnectionView, CredentialChoice, CredentialDraft,
    DeploymentDraft, DoctorReport, DoctorTarget, ErrorCode, ErrorReport, Fix, HearthEvent,
    MessageState, MessageView, RungId, RungState, RungView, SendRequest, Step, TurnSettings,
    Verdict,
};
use hearth_engine::{ClientOptions, Engine, Environment, Profile, Subscription};
use hearth_foundry::{Network, Proxy};
use tempfile::TempDir;

pub(crate) const SONNET: &str = "claude-sonnet-5-5";

/// A net under waits that would otherwise hang; nothing depends on its length.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("it takes for ever")
}

pub(crate) struct Desk {
    pub(crate) folder: TempDir,
    pub(crate) engine: Engine,
}

impl Desk {
    /// Trusts nothing but what the system trusts.
    pub(crate) async fn new() -> Self {
        Self::trusting(&[]).await
    }

    /// Trusts these authorities, too. Attempts are few and quick, so that faults are.
    pub(crate) async fn trusting(authorities: &[&Certificates]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let limits = ClientOptions {
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(2),
            whole_timeout: Duration::from_secs(10),
            max_attempts: 2,
            max_wait_total: Duration::from_secs(1),
            network: Network {
                proxy: Proxy::Direct,
                roots: authorities.iter().map(|it| it.ca_der()).collect(),
                ..Network::default()
            },
        };
        let profile = Profile::in_folder(folder.path());
        let environment = Environment::from_vars([]);
        let engine = Engine::open_with(profile, environment, limits)
            .await
            .unwrap();
        Self { folder, engine }
    }

    pub(crate) async fn save(&self, draft: ConnectionDraft) -> ConnectionView {
        self.engine.save_connection(draft).await.unwrap()
    }

    /// Walks what questions go to now.
    pub(crate) async fn walk(&self, deployment: Option<&str>) -> DoctorReport {
        let target = DoctorTarget::Saved {
            connection: None,
            deployment: deployment.map(str::to_owned),
        };
        within(self.engine.diagnose(target, |_| {})).await
    }

    /// Asks in a new conversation, and waits for the answer.
    pub(crate) async fn ask(&self, settings: TurnSettings) -> MessageView {
        let mut window = self.engine.subscribe();
        let request = SendRequest {
            conversation: None,
            text: "Hello".to_owned(),
            attachments: Vec::new(),
            settings,
            replaces: None,
            after: None,
        };
        let sent = self.engine.send(request).await.unwrap();
        ended(&mut window, &sent.turn).await
    }

    /// What the card of a failed question says; questions that cannot be asked at all fail
    /// where they are asked.
    pub(crate) async fn card(&self, deployment: Option<&str>) -> ErrorReport {
        let settings = on(deployment);
        let mut window = self.engine.subscribe();
        let request = SendRequest {
            conversation: None,
            text: "Hello".to_owned(),
            attachments: Vec::new(),
            settings,
            replaces: None,
            after: None,
        };
        let sent = match self.engine.send(request).await {
            Ok(sent) => sent,
            Err(error) => return error,
        };
        let answer = ended(&mut window, &sent.turn).await;
        match answer.state {
            MessageState::Failed { error } => error,
            other => panic!("the question was answered: {other:?}"),
        }
    }

    /// The connection that is saved now has this fault: the Doctor stops on this rung with
    /// this code and offers this, and the card of a question has the same code.
    pub(crate) async fn has(&self, deployment: Option<&str>, fault: &Fault) {
        let report = self.walk(deployment).await;
        let problem = found(&report, fault);
        assert_eq!(problem.code, fault.code, "{}: {report:#?}", fault.name);
        assert!(
            (fault.fix)(problem.fix.as_ref()),
            "{}: {:?}",
            fault.name,
            problem.fix
        );
        assert_eq!(report.verdict, Verdict::Fails, "{}", fault.name);
        let card = self.card(deployment).await;
        assert_eq!(card.code, fault.card, "{}: {card:#?}", fault.name);
    }
}

/// A fault with its diagnosis.
pub(crate) struct Fault {
    pub(crate) name: String,
    pub(crate) rung: RungId,
    pub(crate) code: ErrorCode,
    pub(crate) fix: fn(Option<&Fix>) -> bool,
    /// The code of the card of a question.
    pub(crate) card: ErrorCode,
}

pub(crate) fn fault(
    name: &str,
    rung: RungId,
    code: ErrorCode,
    fix: fn(Option<&Fix>) -> bool,
) -> Fault {
    Fault {
        name: name.to_owned(),
        rung,
        code,
        fix,
        card: code,
    }
}

pub(crate) fn no_fix(fix: Option<&Fix>) -> bool {
    fix.is_none()
}

/// The problem of the rung that failed; it is the only one.
pub(crate) fn found<'a>(report: &'a DoctorReport, fault: &Fault) -> &'a ErrorReport {
    let mut failed = report
        .rungs
        .iter()
        .filter(|rung| rung.state == RungState::Failed);
    let (first, second) = (failed.next(), failed.next());
    let first = first.unwrap_or_else(|| panic!("{}: nothing failed: {report:#?}", fault.name));
    assert_eq!(first.id, fault.rung, "{}: {report:#?}", fault.name);
    assert!(second.is_none(), "{}: {report:#?}", fault.name);
    first.problem.as_ref().expect("a failed rung has a problem")
}

pub(crate) fn rung(report: &DoctorReport, id: RungId) -> &RungView {
    report.rungs.iter().find(|rung| rung.id == id).unwrap()
}

pub(crate) fn fact<'a>(rung: &'a RungView, name: &str) -> &'a str {
    let found = rung.facts.iter().find(|fact| fact.name == name);
    &found
        .unwrap_or_else(|| panic!("no {name}: {rung:#?}"))
        .value
}

pub(crate) fn on(deployment: Option<&str>) -> TurnSettings {
    TurnSettings {
        deployment: deployment.map(str::to_owned),
        ..TurnSettings::default()
    }
}

pub(crate) async fn ended(
    window: &mut Subscription,
    turn: &hearth_engine::api::TurnId,
) -> MessageView {
    loop {
        for event in within(window.next()).await.expect("the engine ended") {
            if let HearthEvent::Turn(event) = event
                && event.turn == *turn
                && let Step::Ended { answer } = event.step
            {
                return answer;
            }
        }
    }
}

pub(crate) fn secret(choice: CredentialChoice, secret: Option<&str>) -> CredentialDraft {
    CredentialDraft {
        choice,
        secret: secret.map(str::to_owned),
        imported: None,
        sign_in: None,
        agreed: false,
        this_run_only: true,
    }
}

/// A connection whose secrets live in memory only.
pub(crate) fn connection(endpoint: &str, credential: CredentialDraft) -> ConnectionDraft {
    ConnectionDraft {
        id: None,
        opened_on: None,
        name: "Here".to_owned(),
        endpoint: endpoint.to_owned(),
        credential,
        headers: Vec::new(),
        anthropic_version: None,
        limits: ConnectionLimits::default(),
        proxy: None,
        proxy_password: None,
        deployments: vec![deployment(SONNET, Some(SONNET))],
        default_deployment: None,
    }
}

pub(crate) fn deployment(name: &str, base_model: Option<&str>) -> DeploymentDraft {
    DeploymentDraft {
        name: name.to_owned(),
        base_model: base_model.map(str::to_owned),
        hosting: None,
    }
}

pub(crate) fn with_key(emulator: &Emulator) -> ConnectionDraft {
    let key = secret(CredentialChoice::Key, Some(emulator.key()));
    connection(&emulator.url(), key)
}

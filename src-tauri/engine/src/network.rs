//! The network settings: the proxy, the certificates, and what the window sees of them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hearth_foundry::{Certificate, Secret};

use crate::api::{
    CertificateFile, ErrorCode, ErrorReport, HearthEvent, KeyringState, NetworkDraft,
    NetworkSettings, NetworkView,
};
use crate::connection::{self, password_owner, read_certificates, read_identity, secrets};
use crate::engine::{Engine, Shared};
use crate::report;

/// An address of Azure's, to ask the system for the proxy on the way there.
const AN_ADDRESS_OF_AZURE: &str = "https://any.services.ai.azure.com/";

/// The folder of the certificates that were trusted from within Hearth.
const TRUSTED: &str = "trusted";

impl Engine {
    /// Saves the network settings. They count from the next question on.
    ///
    /// # Errors
    /// [`ErrorCode::ProxyInvalid`]; a keyring that does not take the password; a settings file
    /// that cannot be written. A PEM file that cannot be read is saved all the same, and shown
    /// with its problem.
    pub async fn save_network(&self, draft: NetworkDraft) -> Result<NetworkView, ErrorReport> {
        let connections = &self.shared.connections;
        let _alone = connections.alone().await;
        let typed = connection::proxy(&draft.settings.proxy)?;
        let before = connections.written();
        let password = draft.proxy_password.filter(|typed| !typed.is_empty());
        let password = password.map(Secret::new).or(typed.password).map(Arc::new);
        let owner = password_owner(Some(&typed.settings));
        let same_owner = owner == password_owner(Some(&before.network.proxy));
        let password = password.filter(|_| owner.is_some());
        // The password of one proxy is not sent to another.
        let edition = match password.is_none() && same_owner {
            true => before.proxy_edition.clone(),
            false => secrets::new_edition(),
        };
        let settings = NetworkSettings {
            proxy: typed.settings,
            certificates: each_once(draft.settings.certificates),
            client_certificate: draft
                .settings
                .client_certificate
                .filter(|path| !path.trim().is_empty()),
        };
        let names =
            [&before.proxy_edition, &edition].map(|it| secrets::network_proxy(it.as_deref()));
        let kept = match password {
            Some(password) => {
                let secrets = connections.secrets();
                let keep = secrets.keep(&names[1], password, draft.this_run_only);
                keep.await
            }
            None => Ok(()),
        };
        let changed = kept.and_then(|()| {
            connections.change(|written| {
                written.network = settings;
                written.proxy_edition = edition;
            })
        });
        let [before, now] = names;
        if before != now {
            let superfluous = if changed.is_ok() { before } else { now };
            connections.forget_all(vec![superfluous]).await;
        }
        changed?;
        self.state_changed();
        Ok(self.shared.network_view(connections.keyring().await).await)
    }

    /// Trusts a certificate besides the system's: keeps it as a file of the profile, and adds
    /// that to the network settings.
    ///
    /// # Errors
    /// [`ErrorCode::PemUnreadable`] for what is not exactly one certificate, and when a file
    /// cannot be written.
    pub async fn trust_certificate(&self, pem: String) -> Result<NetworkView, ErrorReport> {
        let unreadable = |said: String| ErrorReport::new(ErrorCode::PemUnreadable).saying(said);
        let found = Certificate::all_in(pem.as_bytes());
        let found = found.map_err(|error| unreadable(error.to_string()))?;
        let [certificate] = found.as_slice() else {
            return Err(unreadable("it holds more than one certificate".to_owned()));
        };
        let folder = self.shared.profile.data_folder().join(TRUSTED);
        let name = certificate.fingerprint.replace(':', "").to_lowercase();
        let path = folder.join(format!("{name}.pem"));
        keep(&path, &certificate.pem).map_err(|error| {
            ErrorReport::new(ErrorCode::FileNotWritten)
                .about(path.display().to_string())
                .saying(error.to_string())
        })?;
        let connections = &self.shared.connections;
        let path = path.display().to_string();
        connections.change(|written| {
            let certificates = &mut written.network.certificates;
            if !certificates.contains(&path) {
                certificates.push(path);
            }
        })?;
        self.state_changed();
        Ok(self.shared.network_view(connections.keyring().await).await)
    }

    /// A PEM file as the settings would have it.
    pub async fn read_certificate_file(&self, path: PathBuf) -> CertificateFile {
        file_view(path.display().to_string(), read_certificates).await
    }

    /// The same for a file with this machine's certificate and its key.
    pub async fn read_client_certificate(&self, path: PathBuf) -> CertificateFile {
        file_view(path.display().to_string(), read_identity).await
    }
}

impl Shared {
    /// Asks the desktop for its proxy, once and aside: nobody waits for it. When it names one,
    /// the windows are told to look again.
    pub(crate) fn look_for_system_proxy(self: &Arc<Self>) {
        if self.connections.desktop_was_asked() {
            return;
        }
        let shared = self.clone();
        self.turns.spawn(async move {
            let network = shared.connections.network();
            let before = network.system_proxy(AN_ADDRESS_OF_AZURE);
            let now = tokio::select! {
                () = shared.quitting.cancelled() => return,
                now = network.ask_system_proxy(AN_ADDRESS_OF_AZURE) => now,
            };
            if now != before {
                shared.live().announce(HearthEvent::StateChanged);
            }
        });
    }

    /// The network settings as shown.
    pub(crate) async fn network_view(&self, keyring: KeyringState) -> NetworkView {
        let written = self.connections.written();
        let name = secrets::network_proxy(written.proxy_edition.as_deref());
        let settings = written.network;
        let password = match password_owner(Some(&settings.proxy)) {
            Some(_) => self.connections.look(&name, keyring).await,
            None => None,
        };
        let mut certificates = Vec::with_capacity(settings.certificates.len());
        for path in &settings.certificates {
            certificates.push(file_view(path.clone(), read_certificates).await);
        }
        let client_certificate = match &settings.client_certificate {
            Some(path) => Some(file_view(path.clone(), read_identity).await),
            None => None,
        };
        NetworkView {
            proxy_password: password.map(|(_, place)| place),
            system_proxy: self.connections.network().system_proxy(AN_ADDRESS_OF_AZURE),
            certificates,
            client_certificate,
            settings,
        }
    }
}

async fn file_view(
    path: String,
    read: fn(&Path) -> Result<Vec<Certificate>, ErrorReport>,
) -> CertificateFile {
    let place = PathBuf::from(&path);
    let found = tokio::task::spawn_blocking(move || read(&place)).await;
    let found = found.unwrap_or_else(|stopped| {
        Err(ErrorReport::new(ErrorCode::Internal).saying(stopped.to_string()))
    });
    let (certificates, problem) = match found {
        Ok(found) => (found.iter().map(report::certificate).collect(), None),
        Err(problem) => (Vec::new(), Some(problem)),
    };
    CertificateFile {
        path,
        certificates,
        problem,
    }
}

fn each_once(paths: Vec<String>) -> Vec<String> {
    let mut once: Vec<String> = Vec::with_capacity(paths.len());
    for path in paths {
        if !path.trim().is_empty() && !once.contains(&path) {
            once.push(path);
        }
    }
    once
}

/// Writes beside the file and renames over it, so that a crash leaves a whole one or none.
fn keep(path: &Path, pem: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(pem.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

//! How requests leave this machine.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::connection::SecretPlace;
use super::error::ErrorReport;

/// The way out, for every connection that has none of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct NetworkSettings {
    /// Through what.
    pub proxy: ProxySettings,
    /// PEM files whose certificates are trusted besides the system's.
    pub certificates: Vec<String>,
    /// A PEM file with the certificate and the key that this machine shows.
    pub client_certificate: Option<String>,
}

/// Which proxy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProxySettings {
    /// The one that the system or the environment names, if any.
    #[default]
    System,
    /// None.
    Direct,
    /// This one.
    #[serde(rename_all = "camelCase")]
    Manual {
        /// `http://`, `https://`, `socks5://` or `socks5h://`, a host and a port, and no password.
        url: String,
        /// The user's name there; the password is a secret.
        user: Option<String>,
        /// Hosts, domains (`.example.com`) and networks that are reached without it.
        no_proxy: Vec<String>,
    },
}

/// The way out as shown.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NetworkView {
    /// As chosen.
    pub settings: NetworkSettings,
    /// Where the proxy's password is kept; none when there is none.
    pub proxy_password: Option<SecretPlace>,
    /// The proxy that the system names for Azure's addresses, without user and password.
    pub system_proxy: Option<String>,
    /// The files of `settings.certificates`, in the same order.
    pub certificates: Vec<CertificateFile>,
    /// The file of `settings.client_certificate`.
    pub client_certificate: Option<CertificateFile>,
}

/// A PEM file as shown.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CertificateFile {
    /// Where it is.
    pub path: String,
    /// What is in it.
    pub certificates: Vec<CertificateFacts>,
    /// Why it cannot be used.
    pub problem: Option<ErrorReport>,
}

/// A certificate as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CertificateFacts {
    /// To whom, such as `CN=contoso.services.ai.azure.com`.
    pub subject: String,
    /// By whom.
    pub issuer: String,
    /// From when, in milliseconds since the Unix epoch.
    #[ts(type = "number")]
    pub not_before: i64,
    /// Until when, in milliseconds since the Unix epoch.
    #[ts(type = "number")]
    pub not_after: i64,
    /// SHA-256 of the whole certificate, in hexadecimal pairs.
    pub fingerprint: String,
    /// It may sign others.
    pub authority: bool,
    /// The certificate itself, so that it can be added to the trusted ones.
    pub pem: String,
}

/// The way out as typed.
#[derive(Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NetworkDraft {
    /// As chosen.
    pub settings: NetworkSettings,
    /// The proxy's password, typed just now; none keeps the one there is.
    pub proxy_password: Option<String>,
    /// Keep the password in memory only: the person agreed to it.
    pub this_run_only: bool,
}

impl std::fmt::Debug for NetworkDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NetworkDraft")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

//! From the failures of the rooms below to the codes that people are told.

mod failure;
mod fix;

use hearth_foundry::{BadEndpoint, Certificate, ParsedEndpoint, VaultError};
use hearth_store::{self as store, StoreError};

use crate::api::{CertificateFacts, ErrorCode, ErrorReport, TokenFacts};

pub(crate) use failure::failure;
pub(crate) use fix::fix;

/// The store's refusals and failures.
pub(crate) fn store(error: &StoreError) -> ErrorReport {
    let code = match error {
        StoreError::Newer { .. } => ErrorCode::StoreNewer,
        StoreError::Unreadable(_) => ErrorCode::StoreUnreadable,
        StoreError::Full => ErrorCode::DiskFull,
        StoreError::ReadOnly => ErrorCode::StoreReadOnly,
        StoreError::Outdated { .. } => ErrorCode::StoreOutdated,
        StoreError::Busy | StoreError::Failed(_) => ErrorCode::StoreFailed,
        StoreError::NoSuchConversation(_) => ErrorCode::ConversationNotFound,
        StoreError::NoSuchMessage(_)
        | StoreError::NoSuchTurn(_)
        | StoreError::AlreadyFinished(_) => ErrorCode::MessageNotFound,
        StoreError::NoSuchAttachment(_) => ErrorCode::AttachmentNotFound,
        StoreError::TurnRunning(_) | StoreError::HeadMoved(_) => ErrorCode::TurnRunning,
    };
    ErrorReport::new(code).saying(error.to_string())
}

/// The keyring's refusals.
pub(crate) fn vault(error: VaultError) -> ErrorReport {
    match error {
        VaultError::Missing => ErrorReport::new(ErrorCode::KeyringMissing),
        VaultError::Locked => ErrorReport::new(ErrorCode::KeyringLocked),
        VaultError::Refused(said) => ErrorReport::new(ErrorCode::KeyringRefused).saying(said),
    }
}

/// What was typed, as an endpoint.
pub(crate) fn endpoint(
    parsed: Result<ParsedEndpoint, BadEndpoint>,
    typed: &str,
) -> Result<ParsedEndpoint, ErrorReport> {
    parsed.map_err(|bad| match bad {
        BadEndpoint::Empty => ErrorReport::new(ErrorCode::EndpointMissing),
        BadEndpoint::NotAnAddress => {
            ErrorReport::new(ErrorCode::EndpointInvalid).about(typed.trim())
        }
        BadEndpoint::NotHttps => ErrorReport::new(ErrorCode::EndpointNotHttps).about(typed.trim()),
        // These two hold a secret, so what was typed is not repeated.
        BadEndpoint::LooksLikeKey | BadEndpoint::HasCredentials => {
            ErrorReport::new(ErrorCode::EndpointHoldsSecret)
        }
        BadEndpoint::Portal => ErrorReport::new(ErrorCode::EndpointIsPortal),
    })
}

/// What a token says about itself.
pub(crate) fn token(facts: &hearth_foundry::TokenFacts) -> TokenFacts {
    TokenFacts {
        audience: facts.audience.clone(),
        tenant: facts.tenant.clone(),
        expires_at: facts.expires_at,
        roles: facts.roles.clone(),
        scopes: facts.scopes.clone(),
        application: facts.application.clone(),
        account: facts.account.clone(),
    }
}

/// A certificate.
pub(crate) fn certificate(certificate: &Certificate) -> CertificateFacts {
    CertificateFacts {
        subject: certificate.subject.clone(),
        issuer: certificate.issuer.clone(),
        not_before: certificate.not_before,
        not_after: certificate.not_after,
        fingerprint: certificate.fingerprint.clone(),
        authority: certificate.authority,
        pem: certificate.pem.clone(),
    }
}

/// A report as the store keeps it.
pub(crate) fn as_json(report: &ErrorReport) -> store::Json {
    let text = serde_json::to_string(report).expect("BUG: a report is not JSON");
    store::Json::parse(&text).expect("BUG: serde_json wrote no JSON")
}

//! The way out of a failure that one button can take, as far as the failure alone tells it.
//! What has to be tried first (another address, scope or tenant) is the Doctor's to find.

use crate::api::{ErrorCode, Fix};

/// The way out of a failure; none where there is no single one.
pub(crate) fn fix(code: ErrorCode) -> Option<Fix> {
    match code {
        ErrorCode::KeyRefused
        | ErrorCode::KeyUnusable
        | ErrorCode::KeyForOtherHost
        | ErrorCode::CredentialMissing
        | ErrorCode::ClientSecretWrong
        | ErrorCode::ClientSecretExpired => Some(Fix::ReplaceSecret),
        ErrorCode::SignInExpired
        | ErrorCode::SignInDeclined
        | ErrorCode::SignInTimedOut
        | ErrorCode::InteractionNeeded => Some(Fix::SignIn),
        ErrorCode::CommandNotAgreed | ErrorCode::CommandFailed => Some(Fix::AgreeToCommand),
        ErrorCode::DeploymentNotFound | ErrorCode::NoDeployment => Some(Fix::ChooseDeployment),
        ErrorCode::CertificateUntrusted => Some(Fix::TrustCertificate),
        ErrorCode::ClientCertificateNeeded => Some(Fix::ChooseClientCertificate),
        ErrorCode::ProxyCredentials => Some(Fix::ProxyPassword),
        ErrorCode::ProxyUnreachable
        | ErrorCode::ProxyFailed
        | ErrorCode::ProxyInvalid
        | ErrorCode::PemUnreadable => Some(Fix::OpenNetwork),
        ErrorCode::KeysDisabled
        | ErrorCode::ApiNotSupported
        | ErrorCode::AddressNotFound
        | ErrorCode::RedirectRefused
        | ErrorCode::HostUnknown
        | ErrorCode::EndpointMissing
        | ErrorCode::EndpointInvalid
        | ErrorCode::EndpointNotHttps
        | ErrorCode::EndpointHoldsSecret
        | ErrorCode::EndpointIsPortal
        | ErrorCode::HeaderInvalid
        | ErrorCode::ApplicationUnknown
        | ErrorCode::TenantUnknown
        | ErrorCode::ScopeUnknown
        | ErrorCode::ScopeInvalid
        | ErrorCode::AuthorityInvalid
        | ErrorCode::PublicClientDisabled
        | ErrorCode::TokenAudience
        | ErrorCode::TokenTenant
        | ErrorCode::AccountUnknown
        | ErrorCode::IdentityMissing
        | ErrorCode::WorkloadTokenUnreadable => Some(Fix::EditConnection),
        _ => None,
    }
}

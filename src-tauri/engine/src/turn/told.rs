//! A turn's failure as people are told of it: the failure, and what the turn knows besides.

use hearth_foundry::Failure;

use super::Plan;
use crate::api::{CredentialChoice, EntraSettings, ErrorCode, ErrorReport, Fix};
use crate::{capability, connection, report};

/// A failure of a plan's request, with what the plan knows about it.
pub(super) fn report(plan: &Plan, failure: &Failure) -> ErrorReport {
    let mut report = report::failure(failure);
    report.deployment = Some(plan.deployment().to_owned()).filter(|name| !name.is_empty());
    if let Some(lack) = capability::refused(failure, &plan.build().request) {
        report.code = ErrorCode::FeatureMissing;
        report.lacks = Some(lack.capability);
    }
    if report.subject.is_none() {
        report.subject = subject(plan, report.code);
    }
    report.fix = fix(&plan.used.choice, &report).or(report.fix);
    report
}

/// What a failure is about, where it does not tell so itself.
fn subject(plan: &Plan, code: ErrorCode) -> Option<String> {
    let used = &plan.used;
    let entra = connection::entra(&used.choice);
    let typed = |field: fn(&EntraSettings) -> &String| {
        entra.map(field).filter(|it| !it.is_empty()).cloned()
    };
    match code {
        ErrorCode::DeploymentNotFound => Some(plan.deployment().to_owned()),
        ErrorCode::HostUnknown | ErrorCode::CertificateOtherName => {
            Some(connection::host(&used.endpoint).to_owned())
        }
        ErrorCode::CredentialMissing => Some(used.name.clone()),
        ErrorCode::TenantUnknown => typed(|entra| &entra.tenant),
        ErrorCode::ApplicationUnknown => typed(|entra| &entra.client_id),
        ErrorCode::ScopeUnknown | ErrorCode::ScopeInvalid => typed(|entra| &entra.scope),
        ErrorCode::SignInUnreachable | ErrorCode::AuthorityInvalid => {
            typed(|entra| &entra.authority)
        }
        ErrorCode::CliMissing | ErrorCode::CliSignedOut => match &used.choice {
            CredentialChoice::AzureDeveloperCli { .. } => Some("azd".to_owned()),
            CredentialChoice::AzureCli { .. } => Some("az".to_owned()),
            _ => None,
        },
        ErrorCode::WorkloadTokenUnreadable => match &used.choice {
            CredentialChoice::WorkloadIdentity { token_file, .. } => token_file.clone(),
            _ => None,
        },
        ErrorCode::ProxyCredentials
        | ErrorCode::ProxyUnreachable
        | ErrorCode::ProxyFailed
        | ErrorCode::ClockWrong
        | ErrorCode::ConsentNeeded
        | ErrorCode::InteractionNeeded
        | ErrorCode::PublicClientDisabled
        | ErrorCode::AccountUnknown
        | ErrorCode::ClientSecretWrong
        | ErrorCode::ClientSecretExpired
        | ErrorCode::SignInExpired
        | ErrorCode::SignInDeclined
        | ErrorCode::SignInTimedOut
        | ErrorCode::SignInRefused
        | ErrorCode::IdentityMissing
        | ErrorCode::CommandFailed
        | ErrorCode::CommandNotAgreed
        | ErrorCode::KeyringMissing
        | ErrorCode::KeyringLocked
        | ErrorCode::KeyringRefused => None,
        _ => Some(used.endpoint.messages_url().to_owned()),
    }
}

/// The way out that depends on the kind of credential; none leaves the failure's own.
fn fix(choice: &CredentialChoice, report: &ErrorReport) -> Option<Fix> {
    if matches!(report.fix, Some(Fix::UseTenant { .. })) && connection::entra(choice).is_none() {
        // There is no tenant to change: the token came from elsewhere.
        return Some(Fix::ReplaceSecret);
    }
    match (report.code, choice) {
        (
            ErrorCode::TokenExpired
            | ErrorCode::TokenRefused
            | ErrorCode::TokenAudience
            | ErrorCode::TokenTenant,
            CredentialChoice::Token,
        ) => Some(Fix::ReplaceSecret),
        (ErrorCode::TokenExpired | ErrorCode::TokenRefused, CredentialChoice::SignIn { .. })
        | (ErrorCode::CredentialMissing, CredentialChoice::SignIn { .. }) => Some(Fix::SignIn),
        (ErrorCode::KeyRefused | ErrorCode::KeyUnusable, CredentialChoice::Command { .. }) => {
            Some(Fix::AgreeToCommand)
        }
        (
            ErrorCode::InteractionNeeded | ErrorCode::SignInExpired,
            CredentialChoice::ClientSecret { .. }
            | CredentialChoice::ManagedIdentity { .. }
            | CredentialChoice::WorkloadIdentity { .. },
        ) => Some(Fix::EditConnection),
        _ => None,
    }
}

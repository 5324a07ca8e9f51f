//! A failed request, as people are told of it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hearth_foundry::{
    Category, Clock, Failure, Ids, ProxyKind, ProxyProblem, Rejection, SignInKind, SignInProblem,
    TlsKind, TlsProblem,
};

use crate::api::{ErrorCode, ErrorReport, Fix};
use crate::words;

/// Two clocks differ when they are further apart than this. Entra and Azure forgive five
/// minutes.
const CLOCKS_DIFFER: Duration = Duration::from_secs(5 * 60);

/// A failed request.
pub(crate) fn failure(failure: &Failure) -> ErrorReport {
    let report = ErrorReport::new(code(failure.category()));
    let mut report = match failure {
        Failure::Rejected(rejection) => rejected(report, rejection),
        Failure::StreamError { error, ids } => with_ids(
            ErrorReport {
                api_type: error.kind.clone(),
                api_code: error.code.clone(),
                message: Some(error.message.clone()),
                ..report
            },
            ids,
        ),
        Failure::Unexpected { what, ids } => with_ids(report.saying(what.to_string()), ids),
        Failure::Redirected { status, to, ids } => with_ids(
            ErrorReport {
                status: Some(*status),
                subject: to.clone(),
                ..report
            },
            ids,
        ),
        Failure::Unreachable(said) => report.saying(said.clone()),
        Failure::Tls(problem) => tls(report, problem),
        Failure::Proxy(problem) => proxy(report, problem),
        Failure::SignIn(problem) => sign_in(report, problem),
        Failure::Cut | Failure::Stalled | Failure::HostUnknown | Failure::BadCredential => report,
    };
    report.fix = report.fix.or_else(|| super::fix(report.code));
    report
}

fn rejected(report: ErrorReport, rejection: &Rejection) -> ErrorReport {
    let mut report = ErrorReport {
        status: Some(rejection.status),
        api_type: rejection.kind.clone(),
        api_code: rejection.code.clone(),
        message: Some(rejection.message.clone()),
        request_id: rejection.request_id.clone(),
        apim_request_id: rejection.apim_request_id.clone(),
        retry_after: rejection.retry_after.map(|wait| wait.as_secs().max(1)),
        attempts: rejection.attempts,
        token: rejection.token.as_ref().map(super::token),
        ..report
    };
    if let Some(clock) = rejection.clock
        && is_the_clocks_fault(report.code, rejection, clock)
    {
        report.code = ErrorCode::ClockWrong;
        report.subject = milliseconds(clock.theirs).and_then(words::moment);
    }
    if report.code == ErrorCode::TokenTenant {
        let tenant = rejection.tenant.clone().or_else(|| other_tenant(rejection));
        report.fix = tenant.map(|tenant| Fix::UseTenant { tenant });
    }
    report
}

/// The resource refuses a token that is good by this machine's clock, and the clocks differ.
fn is_the_clocks_fault(code: ErrorCode, rejection: &Rejection, clock: Clock) -> bool {
    let differ = clock.ahead().unsigned_abs() >= CLOCKS_DIFFER.as_secs();
    let refused = matches!(code, ErrorCode::TokenExpired | ErrorCode::TokenRefused);
    let expires = rejection.token.as_ref().and_then(|token| token.expires_at);
    let good_here = match (expires, milliseconds(clock.ours)) {
        (Some(expires), Some(now)) => expires > now,
        (None, _) | (_, None) => true,
    };
    differ && refused && good_here
}

fn milliseconds(time: SystemTime) -> Option<i64> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}

/// The tenant of the resource, where its refusal names one beside the token's own.
fn other_tenant(rejection: &Rejection) -> Option<String> {
    let own = rejection.token.as_ref()?.tenant.as_deref()?;
    let is_letter = |c: char| c.is_ascii_hexdigit() || c == '-';
    let mut words = rejection.message.split(|c| !is_letter(c));
    let found = words.find(|word| {
        word.len() == 36
            && word.split('-').map(str::len).eq([8, 4, 4, 4, 12])
            && !word.eq_ignore_ascii_case(own)
    })?;
    Some(found.to_ascii_lowercase())
}

fn tls(report: ErrorReport, problem: &TlsProblem) -> ErrorReport {
    ErrorReport {
        subject: problem.host.clone(),
        message: Some(problem.said.clone()),
        chain: problem.chain.iter().map(super::certificate).collect(),
        ..report
    }
}

fn proxy(report: ErrorReport, problem: &ProxyProblem) -> ErrorReport {
    ErrorReport {
        status: problem.status,
        subject: problem.proxy.clone(),
        message: Some(problem.said.clone()),
        ..report
    }
}

fn sign_in(report: ErrorReport, problem: &SignInProblem) -> ErrorReport {
    ErrorReport {
        api_type: problem.error.clone(),
        aadsts: problem.aadsts,
        message: Some(problem.said.clone()),
        request_id: problem.correlation_id.clone(),
        ..report
    }
}

fn with_ids(report: ErrorReport, ids: &Ids) -> ErrorReport {
    ErrorReport {
        request_id: ids.request_id.clone(),
        apim_request_id: ids.apim_request_id.clone(),
        ..report
    }
}

fn code(category: Category) -> ErrorCode {
    match category {
        Category::Unauthorized => ErrorCode::KeyRefused,
        Category::TokenRefused => ErrorCode::TokenRefused,
        Category::TokenExpired => ErrorCode::TokenExpired,
        Category::TokenAudience => ErrorCode::TokenAudience,
        Category::TokenTenant => ErrorCode::TokenTenant,
        Category::RoleMissing => ErrorCode::RoleMissing,
        Category::NetworkRule => ErrorCode::NetworkRule,
        Category::KeysDisabled => ErrorCode::KeysDisabled,
        Category::Forbidden => ErrorCode::PermissionDenied,
        Category::DeploymentNotFound => ErrorCode::DeploymentNotFound,
        Category::ApiNotSupported => ErrorCode::ApiNotSupported,
        Category::AddressNotFound => ErrorCode::AddressNotFound,
        Category::RequestInvalid => ErrorCode::RequestInvalid,
        Category::FeatureMissing => ErrorCode::FeatureMissing,
        Category::ThinkingInvalid => ErrorCode::ThinkingInvalid,
        Category::ContextExceeded => ErrorCode::ContextExceeded,
        Category::RequestTooLarge => ErrorCode::RequestTooLarge,
        Category::Billing => ErrorCode::BillingProblem,
        Category::RateLimited => ErrorCode::RateLimited,
        Category::SpendLimit => ErrorCode::SpendLimit,
        Category::Overloaded => ErrorCode::Overloaded,
        Category::Upstream => ErrorCode::UpstreamFailed,
        Category::UpstreamTimeout => ErrorCode::UpstreamTimeout,
        Category::Redirected => ErrorCode::RedirectRefused,
        Category::UnexpectedAnswer => ErrorCode::UnexpectedAnswer,
        Category::StreamError => ErrorCode::StreamError,
        Category::Cut => ErrorCode::StreamCut,
        Category::Stalled => ErrorCode::StreamStalled,
        Category::HostUnknown => ErrorCode::HostUnknown,
        Category::Unreachable => ErrorCode::Unreachable,
        Category::Tls(kind) => tls_code(kind),
        Category::Proxy(kind) => proxy_code(kind),
        Category::SignIn(kind) => sign_in_code(kind),
        Category::BadCredential => ErrorCode::KeyUnusable,
    }
}

fn tls_code(kind: TlsKind) -> ErrorCode {
    match kind {
        TlsKind::Untrusted => ErrorCode::CertificateUntrusted,
        TlsKind::Expired | TlsKind::NotYetValid => ErrorCode::CertificateExpired,
        TlsKind::OtherName => ErrorCode::CertificateOtherName,
        TlsKind::ClientCertificateNeeded => ErrorCode::ClientCertificateNeeded,
        TlsKind::Other => ErrorCode::TlsFailed,
    }
}

fn proxy_code(kind: ProxyKind) -> ErrorCode {
    match kind {
        ProxyKind::Credentials => ErrorCode::ProxyCredentials,
        ProxyKind::Unreachable => ErrorCode::ProxyUnreachable,
        ProxyKind::Refused | ProxyKind::Other => ErrorCode::ProxyFailed,
    }
}

/// The rows of Entra's error reference that people can do something about are told apart
/// (<https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes>).
fn sign_in_code(kind: SignInKind) -> ErrorCode {
    match kind {
        SignInKind::ClientSecretWrong => ErrorCode::ClientSecretWrong,
        SignInKind::ClientSecretExpired => ErrorCode::ClientSecretExpired,
        SignInKind::ApplicationUnknown => ErrorCode::ApplicationUnknown,
        SignInKind::TenantUnknown => ErrorCode::TenantUnknown,
        SignInKind::ScopeUnknown => ErrorCode::ScopeUnknown,
        SignInKind::ScopeInvalid => ErrorCode::ScopeInvalid,
        SignInKind::ConsentNeeded => ErrorCode::ConsentNeeded,
        SignInKind::InteractionNeeded => ErrorCode::InteractionNeeded,
        SignInKind::PublicClientDisabled => ErrorCode::PublicClientDisabled,
        SignInKind::AccountUnknown => ErrorCode::AccountUnknown,
        SignInKind::SignedOut => ErrorCode::CredentialMissing,
        SignInKind::Expired => ErrorCode::SignInExpired,
        SignInKind::Declined => ErrorCode::SignInDeclined,
        SignInKind::TimedOut => ErrorCode::SignInTimedOut,
        SignInKind::AuthorityInvalid => ErrorCode::AuthorityInvalid,
        SignInKind::Unreachable => ErrorCode::SignInUnreachable,
        SignInKind::Refused => ErrorCode::SignInRefused,
        SignInKind::CliMissing => ErrorCode::CliMissing,
        SignInKind::CliSignedOut => ErrorCode::CliSignedOut,
        SignInKind::IdentityMissing => ErrorCode::IdentityMissing,
        SignInKind::WorkloadTokenUnreadable => ErrorCode::WorkloadTokenUnreadable,
        SignInKind::CommandFailed => ErrorCode::CommandFailed,
        SignInKind::KeyringMissing => ErrorCode::KeyringMissing,
        SignInKind::KeyringLocked => ErrorCode::KeyringLocked,
        SignInKind::KeyringRefused => ErrorCode::KeyringRefused,
    }
}

#[cfg(test)]
mod tests;

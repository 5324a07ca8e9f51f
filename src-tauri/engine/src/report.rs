//! From the failures of the rooms below to the codes that people are told.

use hearth_foundry::{BadEndpoint, Category, Failure, Ids, ParsedEndpoint, VaultError};
use hearth_store::{self as store, StoreError};

use crate::api::{ErrorCode, ErrorReport};

/// A failed request.
pub(crate) fn failure(failure: &Failure) -> ErrorReport {
    let report = ErrorReport::new(code(failure.category()));
    match failure {
        Failure::Rejected(rejection) => ErrorReport {
            status: Some(rejection.status),
            api_type: rejection.kind.clone(),
            api_code: rejection.code.clone(),
            message: Some(rejection.message.clone()),
            request_id: rejection.request_id.clone(),
            apim_request_id: rejection.apim_request_id.clone(),
            retry_after: rejection.retry_after.map(|wait| wait.as_secs().max(1)),
            attempts: rejection.attempts,
            ..report
        },
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
        Failure::Unreachable(said)
        | Failure::Tls(said)
        | Failure::Proxy(said)
        | Failure::SignIn(said) => report.saying(said.clone()),
        Failure::Cut | Failure::Stalled | Failure::HostUnknown | Failure::BadCredential => report,
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
        Category::Forbidden => ErrorCode::PermissionDenied,
        Category::DeploymentNotFound => ErrorCode::DeploymentNotFound,
        Category::ApiNotSupported => ErrorCode::ApiNotSupported,
        Category::AddressNotFound => ErrorCode::AddressNotFound,
        Category::RequestInvalid => ErrorCode::RequestInvalid,
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
        Category::Tls => ErrorCode::TlsFailed,
        Category::Proxy => ErrorCode::ProxyFailed,
        Category::SignIn => ErrorCode::SignInRefused,
        Category::BadCredential => ErrorCode::KeyUnusable,
    }
}

/// The store's refusals and failures.
pub(crate) fn store(error: &StoreError) -> ErrorReport {
    let code = match error {
        StoreError::Newer { .. } => ErrorCode::StoreNewer,
        StoreError::Unreadable(_) => ErrorCode::StoreUnreadable,
        StoreError::Full => ErrorCode::DiskFull,
        StoreError::ReadOnly | StoreError::Busy | StoreError::Failed(_) => ErrorCode::StoreFailed,
        StoreError::NoSuchConversation(_) => ErrorCode::ConversationNotFound,
        StoreError::NoSuchMessage(_)
        | StoreError::NoSuchTurn(_)
        | StoreError::AlreadyFinished(_) => ErrorCode::MessageNotFound,
        StoreError::NoSuchAttachment(_) => ErrorCode::AttachmentNotFound,
        StoreError::TurnRunning(_) => ErrorCode::TurnRunning,
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

/// A report as the store keeps it.
pub(crate) fn as_json(report: &ErrorReport) -> store::Json {
    let text = serde_json::to_string(report).expect("BUG: a report is not JSON");
    store::Json::parse(&text).expect("BUG: serde_json wrote no JSON")
}

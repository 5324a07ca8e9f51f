//! Ways out that are tried before they are offered: another address of the same resource,
//! another scope, another tenant.
//!
//! A credential goes only where it belongs: to the host that it was given for, or to another
//! name of the same resource, which Azure gives to nobody else.

use std::time::Duration;

use hearth_foundry::{Endpoint, Failure, sign_in};

use super::asking::{Attempts, Until, ask};
use super::ladder::fact;
use super::patient::Patient;
use super::walk;
use crate::Shared;
use crate::api::{ConnectionDraft, ErrorCode, ErrorReport, Fact, Fix};
use crate::connection::{self, Used, entra, entra_mut};
use crate::turn::Plan;

/// Longest time for one try.
const TRY: Duration = Duration::from_secs(30);

/// The hosts that one resource has in a cloud: `{resource}` before each ending
/// (<https://learn.microsoft.com/en-us/azure/ai-services/cognitive-services-custom-subdomains>).
const CLOUDS: [[&str; 3]; 2] = [
    [
        ".services.ai.azure.com",
        ".openai.azure.com",
        ".cognitiveservices.azure.com",
    ],
    [
        ".services.ai.azure.us",
        ".openai.azure.us",
        ".cognitiveservices.azure.us",
    ],
];

/// Looks for a way out of a problem. The problem comes back with the fix that there is, and
/// with what was tried.
pub(super) async fn look(
    shared: &Shared,
    patient: &Patient,
    plan: &Plan,
    problem: ErrorReport,
) -> (ErrorReport, Vec<Fact>) {
    let mut tried = Vec::new();
    let found = match problem.code {
        ErrorCode::ApiNotSupported
        | ErrorCode::AddressNotFound
        | ErrorCode::RedirectRefused
        | ErrorCode::UnexpectedAnswer
        | ErrorCode::HostUnknown => address(plan, &mut tried).await,
        ErrorCode::TokenAudience | ErrorCode::TokenRefused | ErrorCode::ScopeUnknown => {
            scope(shared, patient, plan, &mut tried).await
        }
        ErrorCode::TokenTenant => tenant(shared, patient, plan, &problem, &mut tried).await,
        _ => None,
    };
    let mut problem = super::with_fix(problem);
    if found.is_some() {
        problem.fix = found;
    } else if matches!(problem.fix, Some(Fix::UseTenant { .. })) {
        // It was named, and it does not work.
        problem.fix = Some(Fix::EditConnection);
    }
    let facts = (!tried.is_empty()).then(|| fact("tried", tried.join(", ")));
    (problem, facts.into_iter().collect())
}

async fn address(plan: &Plan, tried: &mut Vec<String>) -> Option<Fix> {
    for candidate in others(&plan.used.endpoint) {
        let endpoint = candidate.base();
        tried.push(endpoint.clone());
        let used = Used {
            endpoint: candidate,
            ..plan.used.clone()
        };
        if answers(used, plan).await.is_ok() {
            return Some(Fix::UseEndpoint { endpoint });
        }
    }
    None
}

/// Other addresses that may be the resource's: the usual path on the same host, and the other
/// names of the same resource.
fn others(endpoint: &Endpoint) -> Vec<Endpoint> {
    let url = endpoint.messages_url();
    let host = connection::host(endpoint);
    let scheme = url.split("://").next().unwrap_or("https");
    let mut candidates = vec![format!("{scheme}://{host}/anthropic")];
    let path = url
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once('/'));
    let before = path.and_then(|(_, path)| path.strip_suffix("v1/messages"));
    if let Some(before) = before {
        let before = before.trim_matches('/');
        if !before.is_empty() && !before.ends_with("anthropic") {
            candidates.push(format!("{scheme}://{host}/{before}/anthropic"));
        }
    }
    for endings in CLOUDS {
        let resource = endings.iter().find_map(|ending| host.strip_suffix(ending));
        if let Some(resource) = resource {
            let hosts = endings
                .iter()
                .map(|ending| format!("https://{resource}{ending}"));
            candidates.extend(hosts);
        }
    }
    let mut found: Vec<Endpoint> = Vec::new();
    for candidate in candidates {
        let Ok(parsed) = Endpoint::parse(&candidate) else {
            continue;
        };
        if parsed.endpoint != *endpoint && !found.contains(&parsed.endpoint) {
            found.push(parsed.endpoint);
        }
    }
    found
}

async fn scope(
    shared: &Shared,
    patient: &Patient,
    plan: &Plan,
    tried: &mut Vec<String>,
) -> Option<Fix> {
    let draft = patient.as_draft(shared)?;
    let current = entra(&draft.credential.choice)?.scope.trim().to_owned();
    let current = match current.as_str() {
        "" => sign_in::DEFAULT_SCOPE,
        scope => scope,
    };
    for scope in [sign_in::DEFAULT_SCOPE, sign_in::COGNITIVE_SCOPE] {
        if scope == current {
            continue;
        }
        let mut draft = draft.clone();
        entra_mut(&mut draft.credential.choice)?.scope = scope.to_owned();
        tried.push(scope.to_owned());
        if token_is_taken(shared, draft, plan).await {
            let scope = scope.to_owned();
            return Some(Fix::UseScope { scope });
        }
    }
    None
}

async fn tenant(
    shared: &Shared,
    patient: &Patient,
    plan: &Plan,
    problem: &ErrorReport,
    tried: &mut Vec<String>,
) -> Option<Fix> {
    let Some(Fix::UseTenant { tenant }) = &problem.fix else {
        return None;
    };
    let mut draft = patient.as_draft(shared)?;
    entra_mut(&mut draft.credential.choice)?
        .tenant
        .clone_from(tenant);
    tried.push(tenant.clone());
    let tenant = tenant.clone();
    token_is_taken(shared, draft, plan)
        .await
        .then_some(Fix::UseTenant { tenant })
}

/// With the credential of the form the resource lets in, whatever it says about the rest.
async fn token_is_taken(shared: &Shared, draft: ConnectionDraft, plan: &Plan) -> bool {
    let Ok(used) = shared.connections.tried(&draft).await else {
        return false;
    };
    match answers(used, plan).await {
        Ok(()) => true,
        // The resource looked past the token.
        Err(problem) => {
            let says_nothing = matches!(
                problem.code,
                ErrorCode::TokenRefused
                    | ErrorCode::TokenAudience
                    | ErrorCode::TokenExpired
                    | ErrorCode::TokenTenant
                    | ErrorCode::KeyRefused
                    | ErrorCode::NetworkRule
            );
            // Whoever is busy or broken may not even have looked at it.
            matches!(problem.status, Some(400 | 403 | 404 | 422)) && !says_nothing
        }
    }
}

/// Asks the plan's question as `used`, to the first sign that it was accepted.
async fn answers(used: Used, plan: &Plan) -> Result<(), ErrorReport> {
    let plan = walk::plan(used, Some(plan.deployment().to_owned()));
    let built = plan.build();
    let request = built.request;
    let asked = ask(
        &plan,
        built.version,
        request,
        Attempts::Once,
        Until::Accepted,
        |_| {},
    );
    let came = tokio::time::timeout(TRY, asked).await;
    let came = came.unwrap_or(Err(Failure::Stalled));
    came.map(|_| ()).map_err(|failure| plan.report(&failure))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bases(typed: &str) -> Vec<String> {
        let endpoint = Endpoint::parse(typed).unwrap().endpoint;
        others(&endpoint).iter().map(Endpoint::base).collect()
    }

    #[test]
    fn only_the_same_host_or_the_same_resource_is_tried() {
        assert_eq!(
            bases("https://contoso.openai.azure.com"),
            [
                "https://contoso.services.ai.azure.com/anthropic",
                "https://contoso.cognitiveservices.azure.com/anthropic",
            ]
        );
        assert_eq!(
            bases("https://contoso.services.ai.azure.us"),
            [
                "https://contoso.openai.azure.us/anthropic",
                "https://contoso.cognitiveservices.azure.us/anthropic",
            ]
        );
        assert_eq!(
            bases("https://gateway.example.com/llm/v1/messages"),
            [
                "https://gateway.example.com/anthropic",
                "https://gateway.example.com/llm/anthropic",
            ]
        );
        assert_eq!(
            bases("http://127.0.0.1:4000/wrong/anthropic"),
            ["http://127.0.0.1:4000/anthropic"]
        );
        assert!(bases("https://gateway.example.com/anthropic").is_empty());
    }
}

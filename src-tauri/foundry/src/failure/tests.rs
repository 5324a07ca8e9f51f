use super::*;

fn rejection(status: u16) -> Rejection {
    Rejection {
        status,
        kind: None,
        code: None,
        message: String::new(),
        request_id: None,
        apim_request_id: None,
        retry_after: None,
        should_retry: None,
        token: None,
        tenant: None,
        clock: None,
        attempts: 1,
    }
}

fn rejected(rejection: Rejection) -> Failure {
    Failure::Rejected(Box::new(rejection))
}

fn coded(status: u16, code: &str) -> Failure {
    rejected(Rejection {
        code: Some(code.into()),
        ..rejection(status)
    })
}

#[test]
fn a_refusal_has_a_meaning() {
    for (failure, category) in [
        (rejected(rejection(400)), Category::RequestInvalid),
        (rejected(rejection(401)), Category::Unauthorized),
        (rejected(rejection(402)), Category::Billing),
        (rejected(rejection(403)), Category::Forbidden),
        (rejected(rejection(404)), Category::AddressNotFound),
        (
            coded(404, "DeploymentNotFound"),
            Category::DeploymentNotFound,
        ),
        (coded(404, "api_not_supported"), Category::ApiNotSupported),
        (
            rejected(rejection(407)),
            Category::Proxy(ProxyKind::Credentials),
        ),
        (rejected(rejection(408)), Category::UpstreamTimeout),
        (rejected(rejection(413)), Category::RequestTooLarge),
        (rejected(rejection(422)), Category::RequestInvalid),
        (coded(429, "RateLimitReached"), Category::RateLimited),
        (
            coded(429, "enforced_spend_limit_reached"),
            Category::SpendLimit,
        ),
        (rejected(rejection(500)), Category::Upstream),
        (rejected(rejection(502)), Category::Upstream),
        (rejected(rejection(503)), Category::Overloaded),
        (rejected(rejection(504)), Category::UpstreamTimeout),
        (rejected(rejection(529)), Category::Overloaded),
    ] {
        assert_eq!(failure.category(), category, "{failure:?}");
    }
    let long = Rejection {
        message: "prompt is too long: 9 tokens > 8 maximum".into(),
        ..rejection(400)
    };
    assert_eq!(rejected(long).category(), Category::ContextExceeded);
    let model = Rejection {
        kind: Some("not_found_error".into()),
        ..rejection(404)
    };
    assert_eq!(rejected(model).category(), Category::DeploymentNotFound);
}

#[test]
fn what_passes_by_itself_is_tried_again() {
    for status in [408, 409, 429, 500, 502, 503, 504, 529] {
        assert!(
            rejected(rejection(status)).retry_delay(1).is_some(),
            "{status}"
        );
    }
    for status in [400, 401, 402, 403, 404, 407, 413, 422] {
        assert_eq!(rejected(rejection(status)).retry_delay(1), None, "{status}");
    }
    for code in [
        "enforced_spend_limit_reached",
        "contract_spend_limit_reached",
    ] {
        assert_eq!(coded(429, code).retry_delay(1), None, "{code}");
    }
    assert!(Failure::Cut.retry_delay(1).is_some());
    assert!(Failure::Unreachable(String::new()).retry_delay(1).is_some());
    assert_eq!(Failure::Stalled.retry_delay(1), None);
    let tls = TlsProblem {
        kind: TlsKind::Expired,
        said: String::new(),
        host: None,
        chain: Vec::new(),
    };
    assert_eq!(Failure::Tls(Box::new(tls)).retry_delay(1), None);
}

#[test]
fn the_resource_overrules_the_status_but_not_for_credentials() {
    let told = |status, should_retry| {
        rejected(Rejection {
            should_retry,
            ..rejection(status)
        })
    };
    assert_eq!(told(500, Some(false)).retry_delay(1), None);
    assert!(told(400, Some(true)).retry_delay(1).is_some());
    assert_eq!(told(401, Some(true)).retry_delay(1), None);
    assert_eq!(told(403, Some(true)).retry_delay(1), None);
}

#[test]
fn the_resources_own_wait_is_kept_however_long() {
    let day = Duration::from_secs(86_400);
    let failure = rejected(Rejection {
        retry_after: Some(day),
        ..rejection(429)
    });
    assert_eq!(failure.retry_delay(1), Some(day));
}

#[test]
fn an_error_event_is_tried_again_by_its_kind() {
    let event = |kind: &str| Failure::StreamError {
        error: Box::new(ApiError {
            kind: Some(kind.into()),
            ..ApiError::default()
        }),
        ids: Ids::default(),
    };
    assert!(event("overloaded_error").retry_delay(1).is_some());
    assert!(event("api_error").retry_delay(1).is_some());
    assert_eq!(event("invalid_request_error").retry_delay(1), None);
}

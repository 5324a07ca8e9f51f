use hearth_foundry::TokenFacts;

use super::*;

const OWN: &str = "11111111-1111-4111-8111-111111111111";
const THEIRS: &str = "22222222-2222-4222-8222-222222222222";

fn moment(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn rejection(status: u16, message: &str) -> Rejection {
    Rejection {
        status,
        kind: None,
        code: None,
        message: message.to_owned(),
        request_id: None,
        apim_request_id: None,
        retry_after: None,
        should_retry: None,
        token: Some(TokenFacts {
            tenant: Some(OWN.to_owned()),
            expires_at: Some(1_000_000_000),
            ..TokenFacts::default()
        }),
        clock: None,
        tenant: None,
        attempts: 1,
    }
}

fn reported(rejection: Rejection) -> ErrorReport {
    failure(&Failure::Rejected(Box::new(rejection)))
}

#[test]
fn a_token_that_is_good_here_and_not_there_is_the_clocks_fault() {
    let refused = |theirs: u64, ours: u64| {
        let clock = Some(Clock {
            theirs: moment(theirs),
            ours: moment(ours),
        });
        let refusal = rejection(401, "Access denied.");
        reported(Rejection { clock, ..refusal }).code
    };
    // It expires a million seconds after the epoch.
    assert_eq!(refused(1_086_400, 999_000), ErrorCode::ClockWrong);
    assert_eq!(refused(913_600, 999_000), ErrorCode::ClockWrong);
    assert_eq!(refused(1_000_010, 999_900), ErrorCode::TokenExpired);
    assert_eq!(refused(1_086_400, 1_000_001), ErrorCode::TokenExpired);
    assert_eq!(refused(999_010, 999_000), ErrorCode::TokenRefused);
}

#[test]
fn the_tenant_of_the_resource_is_offered_where_it_is_named() {
    let message = format!("Token tenant {OWN} does not match resource tenant {THEIRS}.");
    let report = reported(rejection(400, &message));
    assert_eq!(report.code, ErrorCode::TokenTenant);
    let tenant = THEIRS.to_owned();
    assert_eq!(report.fix, Some(Fix::UseTenant { tenant }));

    let message = format!("Token tenant {OWN} does not match resource tenant.");
    let report = reported(rejection(400, &message));
    assert_eq!(report.code, ErrorCode::TokenTenant);
    assert_eq!(report.fix, Some(Fix::EditConnection));

    // Nothing is said, but the challenge names it.
    let challenged = Rejection {
        tenant: Some(THEIRS.to_owned()),
        ..rejection(401, "Access denied.")
    };
    let report = reported(Rejection {
        token: challenged.token.clone().map(|token| TokenFacts {
            expires_at: None,
            ..token
        }),
        ..challenged
    });
    assert_eq!(report.code, ErrorCode::TokenTenant);
    assert!(matches!(report.fix, Some(Fix::UseTenant { .. })));
}

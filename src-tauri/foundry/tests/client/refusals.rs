//! Refusals with the bodies that Azure and the Messages API send, and what they mean.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use hearth_foundry::{
    Category, Credential, ExtraHeader, Failure, Progress, Rejection, Secret, TokenSource, Tokens,
};

use crate::server::{Reply, Server, response};
use crate::support::{KEY, client, follow, key, once, question, target_as};

const JSON: (&str, &str) = ("content-type", "application/json");

async fn refused(
    credential: Credential,
    status: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Failure {
    let reply = Reply::Fin(response(status, headers, body));
    let server = Server::start(vec![reply]).await;
    let answer = once().stream(&target_as(&server.url(), credential), question("d"));
    follow(answer).await.failure()
}

fn rejection(failure: Failure) -> Rejection {
    match failure {
        Failure::Rejected(rejection) => *rejection,
        other => panic!("{other:?}"),
    }
}

/// An error of Azure's, which has a code and no type.
fn azure(code: &str, message: &str) -> String {
    serde_json::json!({"error": {"code": code, "message": message}}).to_string()
}

/// An error of the Messages API.
fn api(kind: &str, message: &str) -> String {
    let error = serde_json::json!({"type": kind, "message": message});
    serde_json::json!({"type": "error", "error": error, "request_id": "req_1"}).to_string()
}

#[tokio::test]
async fn each_refusal_means_something() {
    let wrong_key = "Access denied due to invalid subscription key or wrong API endpoint. Make \
        sure to provide a valid key for an active subscription and use a correct regional API \
        endpoint for your resource.";
    let role = "The principal `1-2` lacks the required data action \
        `Microsoft.CognitiveServices/accounts/providers/action` to perform `POST /x` operation.";
    let invalid = "invalid_request_error";
    for (status, body, category) in [
        ("401 No", azure("401", wrong_key), Category::Unauthorized),
        (
            "403 No",
            azure("PermissionDenied", role),
            Category::RoleMissing,
        ),
        (
            "401 No",
            azure("PermissionDenied", role),
            Category::RoleMissing,
        ),
        (
            "403 No",
            azure(
                "403",
                "Access denied due to Virtual Network/Firewall rules.",
            ),
            Category::NetworkRule,
        ),
        (
            "403 No",
            azure(
                "403",
                "A Virtual Network is configured for this resource. Please use the correct endpoint for making requests.",
            ),
            Category::NetworkRule,
        ),
        (
            "403 No",
            azure(
                "403",
                "Public access is disabled. Please configure private endpoint.",
            ),
            Category::NetworkRule,
        ),
        (
            "403 No",
            azure(
                "AuthenticationTypeDisabled",
                "Key based authentication is disabled for this resource.",
            ),
            Category::KeysDisabled,
        ),
        (
            "403 No",
            api("permission_error", "No."),
            Category::Forbidden,
        ),
        (
            "403 No",
            "<html><title>Blocked</title></html>".into(),
            Category::Forbidden,
        ),
        (
            "400 No",
            azure(
                "Tenant provided in token does not match resource token",
                "Token tenant 1 does not match resource tenant.",
            ),
            Category::TokenTenant,
        ),
        (
            "404 No",
            azure(
                "DeploymentNotFound",
                "The API deployment for this resource does not exist.",
            ),
            Category::DeploymentNotFound,
        ),
        (
            "404 No",
            azure(
                "api_not_supported",
                "Requested API is currently not supported",
            ),
            Category::ApiNotSupported,
        ),
        (
            "404 No",
            azure("404", "Resource not found"),
            Category::AddressNotFound,
        ),
        (
            "404 No",
            api("not_found_error", "model: x"),
            Category::DeploymentNotFound,
        ),
        (
            "400 No",
            api(
                invalid,
                "structured_outputs not supported in your workspace.",
            ),
            Category::FeatureMissing,
        ),
        (
            "400 No",
            api(invalid, "temperature: Extra inputs are not permitted"),
            Category::FeatureMissing,
        ),
        (
            "400 No",
            api(
                invalid,
                "This model does not support assistant message prefill. The conversation must end with a user message.",
            ),
            Category::FeatureMissing,
        ),
        (
            "400 No",
            api(
                invalid,
                "messages.1.content.0: Invalid `signature` in `thinking` block. The block is bound to a different conversation.",
            ),
            Category::ThinkingInvalid,
        ),
        (
            "400 No",
            api(
                invalid,
                "messages.3.content.1: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified. These blocks must remain as they were in the original response.",
            ),
            Category::ThinkingInvalid,
        ),
        (
            "400 No",
            api(
                invalid,
                "\"thinking.type.enabled\" is not supported for this model. Use \"thinking.type.adaptive\" and \"output_config.effort\" to control thinking behavior.",
            ),
            Category::FeatureMissing,
        ),
        (
            "400 No",
            api(invalid, "prompt is too long: 9 tokens > 8 maximum"),
            Category::ContextExceeded,
        ),
        (
            "400 No",
            api(invalid, "messages: at least one message is required"),
            Category::RequestInvalid,
        ),
        (
            "413 No",
            api("request_too_large", "too large"),
            Category::RequestTooLarge,
        ),
        ("402 No", api("billing_error", "pay"), Category::Billing),
        (
            "429 No",
            azure("RateLimitReached", "Please retry after 7 seconds."),
            Category::RateLimited,
        ),
        (
            "502 No",
            "<html><title>Bad Gateway</title></html>".into(),
            Category::Upstream,
        ),
        (
            "504 No",
            api("timeout_error", "late"),
            Category::UpstreamTimeout,
        ),
        (
            "529 No",
            api("overloaded_error", "busy"),
            Category::Overloaded,
        ),
    ] {
        let failure = refused(key(), status, &[JSON], &body).await;
        assert_eq!(failure.category(), category, "{status}: {body}");
        assert!(!format!("{failure:?} {failure}").contains(KEY));
    }
}

/// What stands on the way has words of its own, and they are not the resource's.
#[tokio::test]
async fn a_page_of_whoever_stands_on_the_way_is_no_refusal_of_the_resources() {
    let page = |title: &str| format!("<html><head><title>{title}</title></head></html>");
    let html = ("content-type", "text/html");
    for (status, title, category) in [
        ("403 No", "Blocked by Firewall", Category::Forbidden),
        (
            "403 No",
            "Blocked: your virtual network is not known",
            Category::Forbidden,
        ),
        (
            "403 No",
            "Key based authentication is disabled here",
            Category::Forbidden,
        ),
        (
            "401 No",
            "The firewall wants a login",
            Category::Unauthorized,
        ),
    ] {
        let failure = refused(key(), status, &[html], &page(title)).await;
        assert_eq!(failure.category(), category, "{title}");
        // The page is told all the same.
        assert_eq!(rejection(failure).message, title);
    }
}

/// A token with these claims, signed by nobody: only whoever it is for would look.
fn token(claims: &serde_json::Value) -> Credential {
    use base64::Engine;
    let part = |json: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json);
    let head = part("{\"alg\":\"none\"}");
    let token = format!("{head}.{}.canary", part(&claims.to_string()));
    let given = TokenSource::Given(Arc::new(Secret::new(token)));
    Credential::Tokens(Tokens::new(given, String::new()))
}

#[tokio::test]
async fn a_refused_token_is_explained_by_what_it_says() {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let later = now.as_secs() + 3600;
    let body = azure(
        "Unauthorized",
        "Access token is missing, invalid, audience is incorrect \
         (https://cognitiveservices.azure.com), or have expired.",
    );
    for (audience, category) in [
        ("https://ai.azure.com", Category::TokenRefused),
        ("https://ai.azure.com/", Category::TokenRefused),
        (
            "https://cognitiveservices.azure.com",
            Category::TokenRefused,
        ),
        ("https://management.azure.com/", Category::TokenAudience),
        ("https://graph.microsoft.com", Category::TokenAudience),
        (
            "00000003-0000-0000-c000-000000000000",
            Category::TokenAudience,
        ),
        // A company's gateway may want tokens for itself.
        ("api://gateway.contoso.example", Category::TokenRefused),
        ("https://azure.com.evil.example", Category::TokenRefused),
    ] {
        let claims = serde_json::json!({"aud": audience, "exp": later, "tid": "t-1"});
        let failure = refused(token(&claims), "401 No", &[JSON], &body).await;
        assert_eq!(failure.category(), category, "{audience}");
        assert!(!format!("{failure:?}").contains("canary"));
        let facts = rejection(failure).token.unwrap();
        assert_eq!(facts.audience.as_deref(), Some(audience));
        assert_eq!(facts.tenant.as_deref(), Some("t-1"));
    }
    let tenant = azure(
        "Unauthorized",
        "Token tenant t-1 does not match resource tenant.",
    );
    let claims = serde_json::json!({"aud": "https://ai.azure.com", "exp": later});
    let failure = refused(token(&claims), "401 No", &[JSON], &tenant).await;
    assert_eq!(failure.category(), Category::TokenTenant);
}

#[tokio::test]
async fn whether_a_token_has_expired_is_told_by_the_other_sides_clock() {
    let at = |shift: i64| {
        let now = SystemTime::now();
        let length = Duration::from_secs(shift.unsigned_abs());
        httpdate::fmt_http_date(if shift < 0 {
            now - length
        } else {
            now + length
        })
    };
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let claims = serde_json::json!({"aud": "https://ai.azure.com", "exp": now.as_secs() + 3600});
    for (shift, category) in [
        (0, Category::TokenRefused),
        (86_400, Category::TokenExpired),
        (-86_400, Category::TokenRefused),
    ] {
        let date = at(shift);
        let headers = [JSON, ("date", date.as_str())];
        let failure = refused(token(&claims), "401 No", &headers, &azure("401", "No.")).await;
        assert_eq!(failure.category(), category, "{shift}");
        let clock = rejection(failure).clock.unwrap();
        assert!((clock.ahead() + shift).abs() < 60, "{clock:?}");
    }
    let failure = refused(key(), "401 No", &[JSON, ("date", "soon")], "{}").await;
    assert_eq!(rejection(failure).clock, None);
}

#[tokio::test]
async fn a_wait_until_a_moment_is_by_the_other_sides_clock() {
    for shift in [-86_400_i32, 0, 86_400] {
        let now = SystemTime::now();
        let length = Duration::from_secs(u64::from(shift.unsigned_abs()));
        let theirs = if shift < 0 {
            now - length
        } else {
            now + length
        };
        let date = httpdate::fmt_http_date(theirs);
        let until = httpdate::fmt_http_date(theirs + Duration::from_secs(120));
        let headers = [
            JSON,
            ("date", date.as_str()),
            ("retry-after", until.as_str()),
        ];
        let failure = refused(key(), "429 Too Many", &headers, &azure("429", "No.")).await;
        let wait = rejection(failure).retry_after;
        assert_eq!(wait, Some(Duration::from_secs(120)), "{shift}");
    }
}

/// Gateways repeat the key that they refuse, and what a failure says is shown, logged and stored.
#[tokio::test]
async fn what_was_sent_is_not_repeated_by_what_went_wrong() {
    let echo = format!("Received={KEY}, expected to start with 'sk-'.");
    let page = format!("<title>Blocked: {KEY}</title>");
    let event = format!("event: error\ndata: {}\n\n", api("api_error", &echo));
    let cut = format!("{}{KEY}", "x".repeat(285));
    let events = ("content-type", "text/event-stream");
    let html = ("content-type", "text/html");
    for (status, header, body) in [
        ("401 No", JSON, azure("401", &echo)),
        ("401 No", JSON, azure(&echo, "No.")),
        ("400 No", JSON, api(&echo, "No.")),
        ("502 No", html, page.clone()),
        ("200 OK", html, page),
        ("200 OK", JSON, api("api_error", &echo)),
        ("200 OK", events, event),
        // Words are cut off after 300 characters, which leaves the beginning of the key.
        ("502 No", ("content-type", "text/plain"), cut),
    ] {
        let failure = refused(key(), status, &[header], &body).await;
        let shown = format!("{failure:?} {failure}");
        assert!(!shown.contains("canary-key-"), "{shown}");
        assert!(shown.contains("<redacted>"), "{shown}");
    }
    let location = ("location", format!("https://login.example/?key={KEY}"));
    let failure = refused(key(), "302 No", &[(location.0, &location.1)], "").await;
    assert!(!format!("{failure:?}").contains(KEY), "{failure:?}");

    // The same of a token, of a header of the person's own, and while it is tried again.
    let claims = serde_json::json!({"aud": "https://ai.azure.com"});
    let body = azure("503", "canary-header-9 and TOKEN");
    let Credential::Tokens(given) = token(&claims) else {
        panic!("not a token");
    };
    let TokenSource::Given(secret) = given.source().clone() else {
        panic!("not given");
    };
    let body = body.replace("TOKEN", secret.expose());
    let reply = Reply::Fin(response("503 Busy", &[JSON], &body));
    let server = Server::start(vec![reply]).await;
    let mut target = target_as(&server.url(), Credential::Tokens(given));
    target.headers = vec![ExtraHeader::new("x-gateway", "canary-header-9").unwrap()];
    let steps: Vec<_> = client().stream(&target, question("d")).collect().await;
    let waits = steps
        .iter()
        .filter(|it| matches!(it, Ok(Progress::Waiting { .. })));
    assert!(waits.count() > 0, "{steps:?}");
    let shown = format!("{steps:?}");
    assert!(shown.contains("<redacted> and <redacted>"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
    let counted = client().count_tokens(&target, &question("d")).await;
    assert!(!format!("{counted:?}").contains("canary"), "{counted:?}");
}

#[tokio::test]
async fn a_wait_that_only_the_words_name_is_kept() {
    for (words, headers, wait) in [
        (
            "Requests exceeded the rate limit. Please retry after 7 seconds.",
            None,
            Some(7_000),
        ),
        ("Please retry after 1 second.", None, Some(1_000)),
        ("please RETRY AFTER 250 milliseconds", None, Some(250)),
        ("Try again in 2 minutes.", None, Some(120_000)),
        (
            "Please retry after 7 seconds.",
            Some(("retry-after", "3")),
            Some(3_000),
        ),
        ("Please retry after 0 seconds.", None, None),
        ("Please retry after -1 seconds.", None, None),
        ("Please retry after 1e400 seconds.", None, None),
        ("Please retry after some seconds.", None, None),
        ("Please retry after 7 parsecs.", None, None),
        ("Please retry after ", None, None),
        ("Too many requests.", None, None),
    ] {
        let headers: Vec<_> = [JSON].into_iter().chain(headers).collect();
        let body = azure("429", words);
        let failure = refused(key(), "429 Too Many", &headers, &body).await;
        let wait: Option<u128> = wait;
        let read = rejection(failure).retry_after.map(|it| it.as_millis());
        assert_eq!(read, wait, "{words}");
    }
}

#[tokio::test]
async fn of_a_refusal_without_an_end_a_few_pages_are_kept_and_no_part_of_the_key() {
    let words = format!("Refused with {KEY}. ").repeat(4_000);
    for body in [
        api("invalid_request_error", &words),
        words.replace(' ', "_"),
    ] {
        let failure = refused(key(), "400 No", &[JSON], &body).await;
        let message = rejection(failure).message;
        assert!(message.len() <= 4 * 1024, "{} bytes", message.len());
        assert!(message.starts_with("Refused"), "{message}");
        assert!(!message.contains("canary"), "{message}");
    }
    let said = "one word ".repeat(10_000);
    let failure = refused(
        key(),
        "400 No",
        &[JSON],
        &api("invalid_request_error", &said),
    )
    .await;
    let message = rejection(failure).message;
    assert!(
        message.ends_with("word …") || message.ends_with("one …"),
        "{message}"
    );
    assert!(message.len() > 4_000);
}

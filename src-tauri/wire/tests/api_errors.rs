//! Every shape in which a refusal has been seen.

use hearth_wire::ApiError;

#[track_caller]
fn check(body: &str, kind: Option<&str>, code: Option<&str>, message: &str, id: Option<&str>) {
    let expected = ApiError {
        kind: kind.map(str::to_owned),
        code: code.map(str::to_owned),
        message: message.to_owned(),
        request_id: id.map(str::to_owned),
    };
    assert_eq!(ApiError::parse(body), Some(expected), "{body}");
}

// https://platform.claude.com/docs/en/api/errors
#[test]
fn the_apis_own_shape() {
    check(
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: 200000 > 128000, which is the maximum allowed number of output tokens for claude-opus-5-5","details":null},"request_id":"req_011"}"#,
        Some("invalid_request_error"),
        None,
        "max_tokens: 200000 > 128000, which is the maximum allowed number of output tokens for claude-opus-5-5",
        Some("req_011"),
    );
    check(
        r#"{"type":"error","error":{"type":"rate_limit_error","message":"Spend limit","details":{"error_code":"enforced_spend_limit_reached"}},"request_id":null}"#,
        Some("rate_limit_error"),
        Some("enforced_spend_limit_reached"),
        "Spend limit",
        None,
    );
    check(
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"structured_outputs not supported in your workspace."}}"#,
        Some("invalid_request_error"),
        None,
        "structured_outputs not supported in your workspace.",
        None,
    );
}

#[test]
fn azures_shape() {
    check(
        r#"{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint."}}"#,
        None,
        Some("401"),
        "Access denied due to invalid subscription key or wrong API endpoint.",
        None,
    );
    check(
        r#"{"error":{"code":"PermissionDenied","message":"The principal lacks the required data action."}}"#,
        None,
        Some("PermissionDenied"),
        "The principal lacks the required data action.",
        None,
    );
    check(
        r#"{"error":{"code":"api_not_supported","message":"Requested API is currently not supported"}}"#,
        None,
        Some("api_not_supported"),
        "Requested API is currently not supported",
        None,
    );
    check(
        r#"{"error":{"code":429,"message":"Please retry after 7 seconds."}}"#,
        None,
        Some("429"),
        "Please retry after 7 seconds.",
        None,
    );
}

#[test]
fn azures_shape_with_the_apis_type() {
    check(
        r#"{"error":{"type":"invalid_request_error","code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}"#,
        Some("invalid_request_error"),
        Some("DeploymentNotFound"),
        "The API deployment for this resource does not exist.",
        None,
    );
}

#[test]
fn a_code_beats_the_code_in_the_details() {
    check(
        r#"{"error":{"type":"t","code":"outer","message":"m","details":{"error_code":"inner"}}}"#,
        Some("t"),
        Some("outer"),
        "m",
        None,
    );
}

#[test]
fn shapes_of_what_stands_between() {
    check(
        r#"{ "statusCode": 401, "message": "Unauthorized. Access token is missing." }"#,
        None,
        Some("401"),
        "Unauthorized. Access token is missing.",
        None,
    );
    check(
        r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret."}"#,
        None,
        Some("invalid_client"),
        "AADSTS7000215: Invalid client secret.",
        None,
    );
    check(
        r#"{"error":null,"code":"Busy","message":"m"}"#,
        None,
        Some("Busy"),
        "m",
        None,
    );
    check(r#"{"error":"not found"}"#, None, None, "not found", None);
    check(
        "\u{FEFF}{\"error\":{\"message\":\"m\"}}\r\n",
        None,
        None,
        "m",
        None,
    );
    check(
        r#"{"error":{"message":["a",1]}}"#,
        None,
        None,
        r#"["a",1]"#,
        None,
    );
    check(
        r#"{"error":{"type":"api_error"}}"#,
        Some("api_error"),
        None,
        "",
        None,
    );
}

#[test]
fn what_says_nothing_is_no_error_body() {
    for body in [
        "",
        "null",
        "[]",
        "{}",
        "502 Bad Gateway",
        "<html><body>502</body></html>",
        r#"{"error":{}}"#,
        r#"{"error":null}"#,
        r#"{"error":{"message":"cut o"#,
        r#"{"id":"msg_01","type":"message","content":[]}"#,
    ] {
        assert_eq!(ApiError::parse(body), None, "{body}");
    }
}

#[test]
fn an_error_in_the_place_of_an_answer_says_something() {
    for (body, says) in [
        (r#"{"error":{"type":"overloaded_error"}}"#, true),
        (r#"{"error":{"code":"429","message":"Slow down"}}"#, true),
        (r#"{"statusCode":401,"message":"Access denied"}"#, true),
        // An answer may have a code, or a text that is called a message.
        (r#"{"code":"1"}"#, false),
        (r#"{"message":"Hi"}"#, false),
        (r#"{"error":"no"}"#, false),
    ] {
        let error = ApiError::parse(body).expect("it says what an error would");
        assert_eq!(error.says_something(), says, "{body}");
    }
}

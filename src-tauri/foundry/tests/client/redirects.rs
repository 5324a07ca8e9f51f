//! A redirect is never followed: the key would go along.

use hearth_foundry::Failure;

use crate::server::{Reply, Server, good, response};
use crate::support::{KEY, client, follow, question, target};

#[tokio::test]
async fn no_redirect_of_any_kind_carries_the_key_anywhere() {
    let sink = Server::start(vec![good()]).await;
    // The sink notices a key: here is one.
    follow(client().stream(&target(&sink.url()), question("d"))).await;
    assert_eq!(
        sink.requests()
            .iter()
            .filter(|request| request.head.contains(KEY))
            .count(),
        1
    );

    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary",
        "308 Permanent",
    ] {
        for to in [
            format!("http://localhost:{}/anthropic/v1/messages", sink.port()),
            format!("http://127.0.0.1:{}/anthropic/v1/messages", sink.port()),
            format!("https://127.0.0.1:{}/anthropic/v1/messages", sink.port()),
        ] {
            let reply = Reply::Fin(response(
                status,
                &[("location", &to), ("request-id", "req_3")],
                "",
            ));
            let server = Server::start(vec![reply]).await;
            let course = follow(client().stream(&target(&server.url()), question("d"))).await;
            assert_eq!(course.steps(), ["ask 1"]);
            let Failure::Redirected {
                status: seen,
                to: seen_to,
                ids,
            } = course.failure()
            else {
                panic!("followed {status} to {to}");
            };
            assert_eq!(
                (seen.to_string().as_str(), seen_to.as_deref()),
                (&status[..3], Some(to.as_str()))
            );
            assert_eq!(ids.request_id.as_deref(), Some("req_3"));
            assert_eq!(server.requests().len(), 1);
        }
    }
    assert_eq!(sink.requests().len(), 1, "a redirect was followed");
}

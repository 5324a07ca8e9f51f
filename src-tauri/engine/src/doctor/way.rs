//! The lower rungs: the way to the resource, one step at a time.

use hearth_foundry::{Client, Endpoint, Failure, path};

use super::ladder::{Finding, Ladder, Why, fact};
use crate::api::{ErrorCode, ErrorReport, Fact, RungId};
use crate::words::common_name;
use crate::{connection, report};

/// Addresses of a name that are shown; some names have dozens.
const MOST_ADDRESSES: usize = 8;

/// Goes the way to the resource as far as it leads. False when it ends before the resource.
pub(super) async fn look(client: &Client, endpoint: &Endpoint, ladder: &Ladder) -> bool {
    let begun = ladder.begin(RungId::Proxy);
    match path::proxy(client, endpoint).await {
        Ok(None) => ladder.skip(RungId::Proxy, Why::Nothing),
        Ok(Some(found)) => {
            begun.end(Finding::passed(vec![
                fact("proxy", found.proxy),
                fact("peer", found.peer.to_string()),
            ]));
            ladder.skip(RungId::Dns, Why::ThroughProxy);
            ladder.skip(RungId::Tcp, Why::ThroughProxy);
            return tls(client, endpoint, ladder).await;
        }
        Err(failure) => {
            begun.end(Finding::failed(told(&failure, endpoint)));
            ladder.skip(RungId::Dns, Why::ThroughProxy);
            ladder.skip(RungId::Tcp, Why::FailedBefore);
            ladder.skip(RungId::Tls, Why::FailedBefore);
            return false;
        }
    }
    dns(endpoint, ladder).await
        && tcp(client, endpoint, ladder).await
        && tls(client, endpoint, ladder).await
}

async fn dns(endpoint: &Endpoint, ladder: &Ladder) -> bool {
    let begun = ladder.begin(RungId::Dns);
    match path::resolve(endpoint).await {
        Ok(found) if is_number(&found) => {
            ladder.skip(RungId::Dns, Why::Number);
            true
        }
        Ok(found) => {
            let addresses = found.addresses.iter().map(|it| it.ip().to_string());
            let addresses: Vec<_> = addresses.take(MOST_ADDRESSES).collect();
            begun.end(Finding::passed(vec![
                fact("host", found.host),
                fact("addresses", addresses.join(", ")),
            ]));
            true
        }
        Err(failure) => {
            begun.end(Finding::failed(told(&failure, endpoint)));
            false
        }
    }
}

/// The host is an address already: it resolves to itself.
fn is_number(found: &path::Resolved) -> bool {
    let mut addresses = found.addresses.iter();
    addresses.all(|address| address.ip().to_string() == found.host)
}

async fn tcp(client: &Client, endpoint: &Endpoint, ladder: &Ladder) -> bool {
    let begun = ladder.begin(RungId::Tcp);
    let found = path::connect(client, endpoint).await;
    let passed = found.is_ok();
    begun.end(match found {
        Ok(found) => Finding::passed(vec![fact("peer", found.peer.to_string())]),
        Err(failure) => Finding::failed(told(&failure, endpoint)),
    });
    passed
}

async fn tls(client: &Client, endpoint: &Endpoint, ladder: &Ladder) -> bool {
    let begun = ladder.begin(RungId::Tls);
    match path::secure(client, endpoint).await {
        Ok(None) => {
            ladder.skip(RungId::Tls, Why::ThisMachine);
            true
        }
        Ok(Some(found)) => {
            begun.end(Finding::passed(secured(&found)));
            true
        }
        Err(failure) => {
            begun.end(Finding::failed(told(&failure, endpoint)));
            false
        }
    }
}

fn secured(found: &path::Secured) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let (Some(own), Some(last)) = (found.chain.first(), found.chain.last()) {
        facts.push(fact("issuer", common_name(&last.issuer)));
        facts.push(fact("certificate", common_name(&own.subject)));
        let until = crate::words::moment(own.not_after);
        facts.extend(until.map(|until| fact("valid-until", until)));
    }
    facts.push(fact("protocol", found.protocol.clone()));
    facts.push(fact("cipher", found.cipher.clone()));
    facts
}

/// A failure on the way.
fn told(failure: &Failure, endpoint: &Endpoint) -> ErrorReport {
    let mut report = report::failure(failure);
    if report.subject.is_none() {
        let about = match report.code {
            ErrorCode::Unreachable => Some(endpoint.messages_url()),
            ErrorCode::HostUnknown | ErrorCode::CertificateOtherName => {
                Some(connection::host(endpoint))
            }
            _ => None,
        };
        report.subject = about.map(str::to_owned);
    }
    report
}

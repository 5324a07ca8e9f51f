//! What a failed connection means, read from the chain of errors below it.
//!
//! By type wherever the type is reachable. Name resolution and proxies are told by the words of
//! `hyper-util`, whose error types for them are private; those words are the library's own and
//! never translated, unlike the operating system's.

use std::error::Error;
use std::io;

use crate::failure::Failure;

/// Why a request got no answer.
pub(crate) fn failure(error: reqwest::Error) -> Failure {
    // The address may hold a name that a person considers private; it is known without this.
    let error = error.without_url();
    let said = chain(&error);
    let words = words(&said);
    // The way to a proxy can fail for each of the reasons below; it is the proxy's failure then.
    if said
        .iter()
        .any(|text| text.starts_with("tunnel error") || text.starts_with("socks"))
    {
        return Failure::Proxy(words);
    }
    if error.is_dns() || said.iter().any(|text| text == "dns error") {
        return Failure::HostUnknown;
    }
    if is_tls(&error) {
        return Failure::Tls(words);
    }
    Failure::Unreachable(words)
}

/// The error's own words and those of everything below it.
pub(crate) fn words_of(error: &dyn Error) -> String {
    words(&chain(error))
}

fn chain(error: &dyn Error) -> Vec<String> {
    let mut said = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        said.push(error.to_string());
        next = error.source();
    }
    said
}

/// One line; many errors repeat the words of the one below.
fn words(said: &[String]) -> String {
    let repeated = |at: usize| {
        said[..at]
            .iter()
            .any(|earlier| earlier.contains(said[at].as_str()))
    };
    let fresh: Vec<&str> = (0..said.len())
        .filter(|at| !repeated(*at))
        .map(|at| said[at].as_str())
        .collect();
    fresh.join(": ")
}

fn is_tls(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<rustls::Error>() {
            return true;
        }
        // tokio-rustls wraps it in an `io::Error`, whose `source` skips what it wraps.
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        if wrapped.is_some_and(|wrapped| is_tls(wrapped)) {
            return true;
        }
        next = error.source();
    }
    false
}

//! Where a proxy finds a name: on loopback, or not at all.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Names that were led somewhere. Letter case does not count.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names(HashMap<String, SocketAddr>);

impl Names {
    pub(crate) fn add(&mut self, name: &str, address: SocketAddr) {
        self.0.insert(name.to_ascii_lowercase(), address);
    }

    /// The address behind a name and a port; none when nobody answers to it.
    pub(crate) fn find(&self, host: &str, port: u16) -> Option<SocketAddr> {
        let host = host.to_ascii_lowercase();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let led = self.0.get(&format!("{host}:{port}"));
        let led = led.or_else(|| self.0.get(host)).copied();
        let itself = || {
            let address = match host {
                "localhost" => IpAddr::from(Ipv4Addr::LOCALHOST),
                other => other.parse().ok()?,
            };
            Some(SocketAddr::new(address, port))
        };
        led.or_else(itself)
            .filter(|address| address.ip().is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_loopback_or_nowhere() {
        let at = |text: &str| text.parse::<SocketAddr>().expect("an address");
        let mut names = Names::default();
        names.add("X.services.ai.azure.com", at("127.0.0.1:1"));
        names.add("x.services.ai.azure.com:8443", at("127.0.0.1:2"));
        names.add("far.example", at("192.0.2.1:3"));
        let find = |host: &str, port| names.find(host, port);
        assert_eq!(
            find("x.services.ai.azure.com", 443),
            Some(at("127.0.0.1:1"))
        );
        assert_eq!(
            find("x.services.ai.azure.com", 8443),
            Some(at("127.0.0.1:2"))
        );
        assert_eq!(find("localhost", 9), Some(at("127.0.0.1:9")));
        assert_eq!(find("[::1]", 9), Some(at("[::1]:9")));
        for nowhere in ["far.example", "192.0.2.1", "other.example", ""] {
            assert_eq!(find(nowhere, 443), None, "{nowhere}");
        }
    }
}

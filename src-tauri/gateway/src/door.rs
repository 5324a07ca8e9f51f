//! By which name a caller calls, and from which page: what keeps the pages that a person visits
//! away from a server on their machine.
//!
//! A page of another site can make its own name lead here (DNS rebinding), but then the browser
//! sends that name as `Host`. It can also simply ask, but then the browser sends `Origin`, or
//! says with `Sec-Fetch-Site` (<https://www.w3.org/TR/fetch-metadata/>) that it is another site.

use std::net::{IpAddr, SocketAddr};

use http::header::{HOST, HeaderName, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Uri};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Names and pages that are let in besides this machine's own.
#[derive(Debug, Clone, Default)]
pub struct Door {
    hosts: Vec<String>,
    origins: Vec<String>,
}

/// Neither a host's name, nor an origin such as `https://tool.example.com`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither the name of a host nor an origin")]
pub struct BadName;

/// Why the door stays shut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shut {
    /// No name, several, or one that is not ours.
    Host,
    /// A page that is not let in.
    Origin,
}

impl Door {
    /// Lets in those who call by this name. Addresses need not be named.
    ///
    /// # Errors
    /// [`BadName`].
    pub fn allow_host(&mut self, name: &str) -> Result<(), BadName> {
        let authority: Authority = name.parse().map_err(|_| BadName)?;
        let plain = authority.host() == name && !name.contains('@');
        if !plain {
            return Err(BadName);
        }
        self.hosts.push(name.to_ascii_lowercase());
        Ok(())
    }

    /// Lets in the pages of this origin, such as `https://tool.example.com`.
    ///
    /// # Errors
    /// [`BadName`].
    pub fn allow_origin(&mut self, origin: &str) -> Result<(), BadName> {
        let origin = origin.trim_end_matches('/').to_ascii_lowercase();
        let rest = ["https://", "http://"]
            .iter()
            .find_map(|scheme| origin.strip_prefix(scheme));
        let authority = rest.and_then(|rest| rest.parse::<Authority>().ok());
        let plain =
            authority.is_some_and(|it| Some(it.as_str()) == rest && !it.as_str().contains('@'));
        if !plain {
            return Err(BadName);
        }
        self.origins.push(origin);
        Ok(())
    }

    /// The page that calls, if it is one that is let in; none when no page calls.
    pub(crate) fn pass(
        &self,
        headers: &HeaderMap,
        uri: &Uri,
        listening: SocketAddr,
    ) -> Result<Option<HeaderValue>, Shut> {
        let page = self.page(headers)?;
        let mut hosts = headers.get_all(HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return Err(Shut::Host);
        };
        let host = host.to_str().ok().and_then(|host| host.parse().ok());
        let host: Authority = host.ok_or(Shut::Host)?;
        let named = [Some(&host), uri.authority()];
        let known = |name: &Authority| self.knows(name, listening, page.is_some());
        match named.into_iter().flatten().all(known) {
            true => Ok(page),
            false => Err(Shut::Host),
        }
    }

    fn page(&self, headers: &HeaderMap) -> Result<Option<HeaderValue>, Shut> {
        let mut origins = headers.get_all(ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (Some(origin), None) => {
                let known = self
                    .origins
                    .iter()
                    .any(|known| origin.as_bytes().eq_ignore_ascii_case(known.as_bytes()));
                known.then(|| Some(origin.clone())).ok_or(Shut::Origin)
            }
            (Some(_), Some(_)) => Err(Shut::Origin),
            (None, _) => {
                // Links and pictures of other sites come without an origin.
                let mut sites = headers.get_all(SEC_FETCH_SITE).iter();
                let own = |site: &HeaderValue| matches!(site.as_bytes(), b"same-origin" | b"none");
                sites.all(own).then_some(None).ok_or(Shut::Origin)
            }
        }
    }

    fn knows(&self, name: &Authority, listening: SocketAddr, page: bool) -> bool {
        let text = name.as_str();
        // Nothing but a port stands beside the host.
        let beside = text.strip_prefix(name.host()).unwrap_or(text);
        let port = beside.strip_prefix(':');
        if !beside.is_empty() && !port.is_some_and(|it| it.bytes().all(|it| it.is_ascii_digit())) {
            return false;
        }
        let host = name.host().to_ascii_lowercase();
        let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        if let Ok(address) = bare.unwrap_or(&host).parse::<IpAddr>() {
            let address = address.to_canonical();
            let listening = listening.ip();
            return address.is_loopback()
                // Programs are told this address by manuals; what a browser makes of it differs.
                || (address.is_unspecified() && !page)
                // Nobody makes an address lead elsewhere.
                || !listening.is_loopback();
        }
        host == "localhost" || self.hosts.contains(&host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door() -> Door {
        let mut door = Door::default();
        door.allow_host("Gateway.Example.com").unwrap();
        door.allow_origin("https://Tool.example.com/").unwrap();
        door
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn names_that_are_let_in() {
        let here: SocketAddr = "127.0.0.1:4000".parse().unwrap();
        let everywhere: SocketAddr = "0.0.0.0:4000".parse().unwrap();
        for (host, on_loopback, on_all) in [
            ("127.0.0.1:4000", true, true),
            ("127.9.9.9", true, true),
            ("localhost:4000", true, true),
            ("LOCALHOST", true, true),
            ("[::1]:4000", true, true),
            ("[::ffff:127.0.0.1]", true, true),
            ("0.0.0.0:4000", true, true),
            ("[::]:4000", true, true),
            ("gateway.example.com", true, true),
            ("GATEWAY.example.com:4000", true, true),
            ("192.168.1.7:4000", false, true),
            ("evil.example:4000", false, false),
            ("localhost.evil.example", false, false),
            ("127.0.0.1.evil.example", false, false),
            ("127.0.0.1@evil.example", false, false),
            ("evil.example@127.0.0.1", false, false),
            ("[::1]evil.example", false, false),
            ("[::1]4000", false, false),
            ("2130706433", false, false),
            ("0x7f.1", false, false),
            ("", false, false),
        ] {
            let map = headers(&[("host", host)]);
            let uri = Uri::from_static("/health");
            for (listening, expected) in [(here, on_loopback), (everywhere, on_all)] {
                let passed = door().pass(&map, &uri, listening);
                assert_eq!(passed.is_ok(), expected, "{host} on {listening}");
            }
        }
    }

    #[test]
    fn pages_that_are_let_in() {
        let here: SocketAddr = "127.0.0.1:4000".parse().unwrap();
        let uri = Uri::from_static("/health");
        let pass =
            |pairs: &[(&'static str, &'static str)]| door().pass(&headers(pairs), &uri, here);
        let host = ("host", "localhost");
        assert!(matches!(pass(&[host]), Ok(None)));
        assert!(matches!(
            pass(&[host, ("origin", "https://tool.example.com")]),
            Ok(Some(_))
        ));
        assert!(matches!(
            pass(&[host, ("sec-fetch-site", "none")]),
            Ok(None)
        ));
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "http://tool.example.com"),
            ("origin", "https://tool.example.com:8443"),
            ("origin", "https://tool.example.com.evil.example"),
            ("origin", "null"),
            ("origin", ""),
            ("origin", "http://localhost:4000"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert_eq!(pass(&[host, (name, value)]), Err(Shut::Origin), "{value}");
        }
        let twice = [
            host,
            ("origin", "https://tool.example.com"),
            ("origin", "null"),
        ];
        assert_eq!(pass(&twice), Err(Shut::Origin));
        assert_eq!(pass(&[host, host]), Err(Shut::Host));
        assert_eq!(pass(&[]), Err(Shut::Host));
        // The address that means every address is a program's word, not a page's.
        let page = ("origin", "https://tool.example.com");
        assert_eq!(pass(&[("host", "0.0.0.0:4000"), page]), Err(Shut::Host));
        let elsewhere = Uri::from_static("http://evil.example/health");
        let absolute = door().pass(&headers(&[host]), &elsewhere, here);
        assert_eq!(absolute, Err(Shut::Host));
    }

    #[test]
    fn what_is_no_name_is_not_allowed() {
        let mut door = Door::default();
        for bad in ["", "two words", "a/b", "a:1", "u@a", "https://a"] {
            assert_eq!(door.allow_host(bad), Err(BadName), "{bad}");
        }
        for bad in [
            "",
            "*",
            "null",
            "tool.example.com",
            "ftp://a",
            "https://a/b",
            "https://u@a",
        ] {
            assert_eq!(door.allow_origin(bad), Err(BadName), "{bad}");
        }
    }
}

use super::*;

fn way(proxy: &Proxy) -> Route {
    Route::of(proxy, &Desktop::default())
}

fn parsed(text: &str) -> (String, Option<String>, Option<String>) {
    let typed = ProxyAddress::parse(text).unwrap();
    let password = typed.password.map(|it| it.expose().to_owned());
    (typed.address.to_string(), typed.user, password)
}

#[test]
fn an_address_is_read_and_what_stands_before_it_is_taken_out() {
    for (text, address, user, password) in [
        ("proxy.corp:8080", "http://proxy.corp:8080", None, None),
        (" http://proxy.corp/ ", "http://proxy.corp", None, None),
        ("HTTPS://Proxy.Corp:443", "https://proxy.corp", None, None),
        ("socks5://10.0.0.1", "socks5://10.0.0.1:1080", None, None),
        ("socks5h://[::1]:9", "socks5h://[::1]:9", None, None),
        ("socks://p", "socks5://p:1080", None, None),
        ("http://me@p:1", "http://p:1", Some("me"), None),
        ("http://me:pw@p:1", "http://p:1", Some("me"), Some("pw")),
        (
            "http://CORP%5Cme:p%40ss@p:1/",
            "http://p:1",
            Some("CORP\\me"),
            Some("p@ss"),
        ),
        // Typed as it is, without the spelling that an address would want.
        (
            "me:p@ss#1/2?:ä@p:1",
            "http://p:1",
            Some("me"),
            Some("p@ss#1/2?:ä"),
        ),
        ("http://:pw@p:1", "http://p:1", None, Some("pw")),
    ] {
        let expected = (
            address.to_owned(),
            user.map(str::to_owned),
            password.map(str::to_owned),
        );
        assert_eq!(parsed(text), expected, "{text}");
    }
}

#[test]
fn what_is_no_address_is_told_apart_and_never_repeated() {
    for (text, problem) in [
        ("", BadProxy::Empty),
        ("  ", BadProxy::Empty),
        ("socks4://p", BadProxy::Scheme),
        ("ftp://p", BadProxy::Scheme),
        ("http://", BadProxy::NotAnAddress),
        ("http://me:canary@", BadProxy::NotAnAddress),
        ("http://p:99999", BadProxy::NotAnAddress),
        ("two words", BadProxy::NotAnAddress),
        ("http:\\\\p:1", BadProxy::NotAnAddress),
        ("http:/p:1", BadProxy::NotAnAddress),
        ("http://wpad/wpad.dat", BadProxy::NotAnAddress),
        ("http://p:1?canary", BadProxy::NotAnAddress),
        ("http://p:1#canary", BadProxy::NotAnAddress),
    ] {
        let refused = ProxyAddress::parse(text).unwrap_err();
        assert_eq!(refused, problem, "{text}");
        assert!(!format!("{refused} {refused:?}").contains("canary"));
    }
}

fn manual(text: &str, no_proxy: &[&str]) -> Proxy {
    let typed = ProxyAddress::parse(text).unwrap();
    Proxy::Manual {
        address: typed.address,
        user: typed.user,
        password: typed.password.map(Arc::new),
        no_proxy: no_proxy.iter().map(|&it| it.to_owned()).collect(),
    }
}

#[test]
fn the_way_leads_through_the_proxy_except_where_it_does_not() {
    let proxy = manual(
        "p:1",
        &[
            "corp.example",
            " .intern ",
            "10.0.0.0/8",
            "192.168.1.7",
            "*.star.example",
            "with-port.example:8443",
            "upper.EXAMPLE",
            "[fd00::7]",
            "[fd00::8]:8443",
            "fd00:1::/32",
        ],
    );
    let route = way(&proxy);
    for (url, through) in [
        ("https://res.services.ai.azure.com/x", true),
        ("https://corp.example", false),
        ("https://a.corp.example", false),
        ("https://notcorp.example", true),
        ("https://gateway.intern", false),
        ("https://10.1.2.3", false),
        ("https://11.1.2.3", true),
        ("https://192.168.1.7:8443", false),
        // As people write them, and other programs understand them.
        ("https://a.star.example", false),
        ("https://star.example", false),
        ("https://with-port.example:8443", false),
        ("https://UPPER.example", false),
        ("https://[fd00::7]", false),
        ("https://[fd00::8]:8443", false),
        ("https://[fd00:1::9]", false),
        ("https://[fd00::9]", true),
    ] {
        assert_eq!(route.to(url).is_some(), through, "{url}");
    }
    let everywhere = way(&manual("p:1", &["*"]));
    assert!(everywhere.to("https://res.services.ai.azure.com").is_none());
    assert!(way(&Proxy::Direct).to("https://x.example").is_none());
}

#[test]
fn a_login_goes_along_and_is_never_shown() {
    for (text, kind) in [
        ("http://me:canary p@ss@p:1", ProxyScheme::Http),
        ("https://me:canary p@ss@p:1", ProxyScheme::Https),
        ("socks5://me:canary p@ss@p:1", ProxyScheme::Socks5),
        ("socks5h://me:canary p@ss@p:1", ProxyScheme::Socks5h),
    ] {
        let proxy = manual(text, &[]);
        let route = way(&proxy);
        let hop = route.to("https://x.example").unwrap();
        assert_eq!((hop.kind(), hop.host(), hop.port()), (kind, "p", 1));
        let spoken = match hop.authorization() {
            Some(basic) => basic.to_str().unwrap().to_owned(),
            None => format!("{:?}", hop.login().unwrap()),
        };
        let expected = match kind {
            // `me:canary p@ss`, as RFC 7617 wants it.
            ProxyScheme::Http | ProxyScheme::Https => "Basic bWU6Y2FuYXJ5IHBAc3M=",
            _ => "(\"me\", \"canary p@ss\")",
        };
        assert_eq!(spoken, expected, "{text}");
        let shown = format!("{proxy:?} {route:?} {hop:?} {} {}", hop.shown(), hop.uri());
        assert!(
            !shown.contains("canary") && !shown.contains("bWU6"),
            "{shown}"
        );
    }
}

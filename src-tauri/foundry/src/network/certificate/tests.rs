use super::*;

fn pem() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

#[test]
fn a_certificate_says_who_it_is_and_comes_back_whole() {
    let (cert, _) = pem();
    let all = Certificate::all_in(cert.as_bytes()).unwrap();
    let [read] = all.as_slice() else {
        panic!("{all:?}");
    };
    assert_eq!(read.subject, "CN=rcgen self signed cert");
    assert_eq!(read.subject, read.issuer);
    assert!(read.not_before < read.not_after && !read.authority);
    assert_eq!(read.fingerprint.len(), 32 * 3 - 1);
    assert_eq!(Certificate::from_der(&read.der()).as_ref(), Some(read));
    assert_eq!(
        read.pem.split_whitespace().collect::<String>(),
        cert.split_whitespace().collect::<String>()
    );
    assert_eq!(
        read.to_string(),
        "CN=rcgen self signed cert (signed by CN=rcgen self signed cert)"
    );
}

#[test]
fn a_bundle_is_read_whole_and_in_order() {
    let ((one, key), (two, _)) = (pem(), pem());
    let bundle = format!("# our authorities\r\n{one}\n{key}\nsome text ä\n{two}");
    let all = Certificate::all_in(bundle.as_bytes()).unwrap();
    let prints: Vec<_> = all.iter().map(|it| it.fingerprint.clone()).collect();
    let of = |pem: &str| {
        let one = Certificate::all_in(pem.as_bytes()).unwrap();
        one[0].fingerprint.clone()
    };
    assert_eq!(prints, [of(&one), of(&two)]);
}

#[test]
fn what_is_no_certificate_is_told_apart() {
    let (cert, key) = pem();
    let spoiled = cert.replacen("MII", "!!!", 1);
    let no_der = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (text, problem) in [
        ("", BadPem::NoCertificate),
        ("hello", BadPem::NoCertificate),
        ("\u{0}\u{fffd}", BadPem::NoCertificate),
        (key.as_str(), BadPem::NoCertificate),
        (spoiled.as_str(), BadPem::Unreadable),
        (no_der, BadPem::Unreadable),
        ("-----BEGIN CERTIFICATE-----\nMIIB", BadPem::Unreadable),
    ] {
        assert_eq!(
            Certificate::all_in(text.as_bytes()),
            Err(problem),
            "{text:?}"
        );
    }
    assert_eq!(Certificate::from_der(b""), None);
    let mut trailing = Certificate::all_in(cert.as_bytes()).unwrap()[0].der();
    trailing.push(0);
    assert_eq!(Certificate::from_der(&trailing), None);
}

#[test]
fn keys_are_told_apart() {
    let (cert, own) = pem();
    assert!(key(own.as_bytes()).is_ok());
    assert_eq!(key(cert.as_bytes()).unwrap_err(), BadPem::NoKey);
    let encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    assert_eq!(key(encrypted.as_bytes()).unwrap_err(), BadPem::KeyEncrypted);
}

//! Certificates as people see them, and the PEM files that they come in.

use std::fmt;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::prelude::{FromDer, X509Certificate};

/// Most certificates that are read from one PEM file. The bundles of whole operating systems have
/// fewer than two hundred.
const MOST: usize = 2_000;

/// A certificate with what a person can recognise it by (RFC 5280).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// To whom, such as `CN=contoso.services.ai.azure.com`.
    pub subject: String,
    /// By whom.
    pub issuer: String,
    /// From when, in milliseconds since the Unix epoch.
    pub not_before: i64,
    /// Until when, in milliseconds since the Unix epoch.
    pub not_after: i64,
    /// SHA-256 of the whole certificate, in hexadecimal pairs with colons between them.
    pub fingerprint: String,
    /// It may sign others.
    pub authority: bool,
    /// The certificate itself, as PEM.
    pub pem: String,
}

/// Why a text is not the PEM file that is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPem {
    /// There is no certificate in it.
    #[error("there is no certificate in it")]
    NoCertificate,
    /// Something in it looks like PEM and cannot be read, or like a certificate and is none.
    #[error("it cannot be read as PEM")]
    Unreadable,
    /// There is no private key in it.
    #[error("there is no private key in it")]
    NoKey,
    /// The private key is encrypted with a password.
    #[error("its private key is encrypted")]
    KeyEncrypted,
    /// The private key cannot be used, or belongs to another certificate.
    #[error("its private key does not fit its certificate")]
    KeyUnfit,
}

impl Certificate {
    /// Reads one certificate (DER); none when it is not one.
    #[must_use]
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let (rest, read) = X509Certificate::from_der(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let digest = digest::digest(&digest::SHA256, der);
        let pairs: Vec<String> = digest
            .as_ref()
            .iter()
            .map(|it| format!("{it:02X}"))
            .collect();
        Some(Self {
            subject: name(&read.subject().to_string()),
            issuer: name(&read.issuer().to_string()),
            not_before: read.validity().not_before.timestamp().saturating_mul(1000),
            not_after: read.validity().not_after.timestamp().saturating_mul(1000),
            fingerprint: pairs.join(":"),
            authority: read.is_ca(),
            pem: pem_of(der),
        })
    }

    /// Every certificate of a PEM text, in its order. Other things in it, such as keys, are
    /// passed over.
    ///
    /// # Errors
    ///
    /// When there is no certificate, or one that cannot be read.
    pub fn all_in(pem: &[u8]) -> Result<Vec<Self>, BadPem> {
        let ders = ders(pem)?;
        let read = ders.iter().map(|der| Self::from_der(der));
        read.collect::<Option<_>>().ok_or(BadPem::Unreadable)
    }

    /// The certificate itself (DER).
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        let der = CertificateDer::from_pem_slice(self.pem.as_bytes());
        der.map(|der| der.to_vec()).unwrap_or_default()
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (signed by {})", self.subject, self.issuer)
    }
}

/// The certificates of a PEM text.
pub(crate) fn ders(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, BadPem> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).take(MOST).collect();
    let all = all.map_err(|_| BadPem::Unreadable)?;
    if all.is_empty() {
        return Err(BadPem::NoCertificate);
    }
    Ok(all)
}

/// The private key of a PEM text.
pub(crate) fn key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, BadPem> {
    let encrypted = |pem: &[u8]| {
        let text = String::from_utf8_lossy(pem);
        text.contains("ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED")
    };
    if encrypted(pem) {
        return Err(BadPem::KeyEncrypted);
    }
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| match error {
        rustls::pki_types::pem::Error::NoItemsFound => BadPem::NoKey,
        _ => BadPem::Unreadable,
    })
}

/// Somebody else's words: without control characters, and no longer than can be read.
fn name(text: &str) -> String {
    // Those that turn the direction of text could make one name look like another.
    let turns = |it: char| matches!(it, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let clean = text.chars().filter(|it| !it.is_control() && !turns(*it));
    clean.take(400).collect()
}

/// PEM as RFC 7468 writes it.
fn pem_of(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

#[cfg(test)]
mod tests;

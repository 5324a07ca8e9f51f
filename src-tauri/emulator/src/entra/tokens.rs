//! Tokens: what stands in them, who signs them, and what a resource thinks of one.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use rcgen::{KeyPair, PublicKeyData};
use serde_json::{Value, json};

use super::directory;

/// What a token says. Times are seconds relative to the moment at which it is minted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// `aud`, such as `https://ai.azure.com`.
    pub audience: String,
    /// `tid`, and the tenant in `iss`.
    pub tenant: String,
    /// `appid`: the application that asked.
    pub application: String,
    /// The person; none for an application's own token.
    pub user: Option<String>,
    /// `roles` of an application, `scp` of a person. Empty: neither stands in the token.
    pub roles: Vec<String>,
    /// `nbf` and `iat`: negative is the past.
    pub valid_from: i64,
    /// `exp`: negative is the past.
    pub expires_in: i64,
}

impl Claims {
    /// An application's own token for that audience, good for an hour.
    pub fn application(audience: &str) -> Claims {
        Claims {
            audience: audience.to_owned(),
            tenant: directory::TENANT.to_owned(),
            application: directory::CLIENT.to_owned(),
            user: None,
            roles: vec!["Foundry User".to_owned()],
            valid_from: -300,
            expires_in: 3_599,
        }
    }

    /// A person's token for that audience, good for an hour.
    pub fn user(audience: &str) -> Claims {
        Claims {
            application: directory::PUBLIC_CLIENT.to_owned(),
            user: Some(directory::USER.to_owned()),
            roles: vec!["user_impersonation".to_owned()],
            ..Claims::application(audience)
        }
    }

    /// It ran out an hour ago.
    #[must_use]
    pub fn expired(mut self) -> Claims {
        self.valid_from = -7_200;
        self.expires_in = -3_600;
        self
    }

    /// It comes from another tenant.
    #[must_use]
    pub fn tenant(mut self, tenant: &str) -> Claims {
        tenant.clone_into(&mut self.tenant);
        self
    }

    /// The principal has no data role.
    #[must_use]
    pub fn without_role(mut self) -> Claims {
        self.roles.clear();
        self
    }

    /// The principal's object id.
    fn object(&self) -> &str {
        match self.user {
            Some(_) => directory::USER_ID,
            None => "0b1ec700-0000-4000-8000-00000000c11e",
        }
    }

    fn json(&self, now: i64) -> Value {
        let from = now.saturating_add(self.valid_from);
        let mut claims = json!({
            "aud": self.audience,
            "iss": format!("https://sts.windows.net/{}/", self.tenant),
            "iat": from,
            "nbf": from,
            "exp": now.saturating_add(self.expires_in),
            "aio": random_text(36),
            "appid": self.application,
            "appidacr": if self.user.is_some() { "0" } else { "1" },
            "idp": format!("https://sts.windows.net/{}/", self.tenant),
            "idtyp": if self.user.is_some() { "user" } else { "app" },
            "oid": self.object(),
            "sub": self.object(),
            "tid": self.tenant,
            "uti": random_text(16),
            "ver": "1.0",
        });
        if let Some(user) = &self.user {
            claims["upn"] = json!(user);
            claims["unique_name"] = json!(user);
            claims["name"] = json!("Alex Emulator");
        }
        if !self.roles.is_empty() {
            match self.user {
                Some(_) => claims["scp"] = json!(self.roles.join(" ")),
                None => claims["roles"] = json!(self.roles),
            }
        }
        claims
    }
}

/// Why a resource does not take a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// Signature, audience or time.
    Invalid,
    /// It is another tenant's, of this id.
    Tenant(String),
    /// The principal of this object id has no data role.
    NoRole(String),
}

/// The key pair of the tenant.
#[derive(Clone)]
pub(crate) struct Keys {
    signing: EncodingKey,
    checking: DecodingKey,
    point: Vec<u8>,
    id: String,
}

impl Keys {
    pub(crate) fn generate() -> Keys {
        let pair = KeyPair::generate().expect("BUG: the provider makes P-256 keys");
        let point = pair.der_bytes().to_vec();
        Keys {
            signing: EncodingKey::from_ec_der(&pair.serialize_der()),
            checking: DecodingKey::from_ec_der(&point),
            id: sha256_url(&point),
            point,
        }
    }

    /// A signed token of these claims.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.id.clone());
        jsonwebtoken::encode(&header, claims, &self.signing)
            .expect("BUG: the key is one for this algorithm")
    }

    /// An access token.
    pub(crate) fn access_token(&self, claims: &Claims, now: i64) -> String {
        self.sign(&claims.json(now))
    }

    /// The claims, if the signature is this tenant's.
    pub(crate) fn read(&self, token: &str) -> Option<Value> {
        let mut validation = Validation::new(Algorithm::ES256);
        // Time and audience are judged by our own, shifted clock.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let token = jsonwebtoken::decode::<Value>(token, &self.checking, &validation);
        token.ok().map(|token| token.claims)
    }

    /// What a resource of a tenant that takes these audiences thinks of a token.
    pub(crate) fn judge(
        &self,
        token: &str,
        tenant: &str,
        audiences: &[String],
        now: i64,
    ) -> Result<(), Wrong> {
        let claims = self.read(token).ok_or(Wrong::Invalid)?;
        let audience = claims["aud"].as_str().unwrap_or_default();
        let bare = audience.strip_suffix('/').unwrap_or(audience);
        let taken = audiences.iter().any(|one| one.eq_ignore_ascii_case(bare));
        let from = claims["nbf"].as_i64().unwrap_or(i64::MAX);
        let until = claims["exp"].as_i64().unwrap_or(i64::MIN);
        if !taken || now < from || now >= until {
            return Err(Wrong::Invalid);
        }
        let text = |key: &str| claims[key].as_str().unwrap_or_default().to_owned();
        if text("tid") != tenant {
            return Err(Wrong::Tenant(text("tid")));
        }
        if claims["roles"].is_null() && claims["scp"].is_null() {
            return Err(Wrong::NoRole(text("oid")));
        }
        Ok(())
    }

    /// The public half, as `/discovery/v2.0/keys` answers it.
    pub(crate) fn published(&self) -> Value {
        let (x, y) = self.point[1..].split_at(32);
        json!({"keys": [{
            "kty": "EC",
            "use": "sig",
            "alg": "ES256",
            "crv": "P-256",
            "kid": self.id,
            "x": URL_SAFE_NO_PAD.encode(x),
            "y": URL_SAFE_NO_PAD.encode(y),
        }]})
    }
}

/// SHA-256 as base64url, which is also PKCE's `S256` (RFC 7636, section 4.2).
pub(crate) fn sha256_url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, bytes))
}

/// So many random bytes as base64url.
pub(crate) fn random_text(bytes: usize) -> String {
    let mut random = vec![0; bytes];
    aws_lc_rs::rand::fill(&mut random).expect("BUG: the system has randomness");
    URL_SAFE_NO_PAD.encode(random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_judged_by_signature_audience_time_tenant_and_role() {
        let keys = Keys::generate();
        let audiences = ["https://ai.azure.com".to_owned()];
        let good = Claims::application("https://ai.azure.com");
        let judged = |token: &str, now| keys.judge(token, directory::TENANT, &audiences, now);
        let judge = |claims: &Claims| judged(&keys.access_token(claims, 1_000_000), 1_000_000);
        assert_eq!(judge(&good), Ok(()));
        assert_eq!(judge(&Claims::user("https://ai.azure.com/")), Ok(()));
        assert_eq!(judge(&good.clone().expired()), Err(Wrong::Invalid));
        let other = Claims::application("https://graph.microsoft.com");
        assert_eq!(judge(&other), Err(Wrong::Invalid));
        let foreign = good.clone().tenant("elsewhere");
        assert_eq!(judge(&foreign), Err(Wrong::Tenant("elsewhere".to_owned())));
        let theirs = directory::OTHER_TENANT;
        let token = keys.access_token(&good.clone().tenant(theirs), 1_000_000);
        assert_eq!(keys.judge(&token, theirs, &audiences, 1_000_000), Ok(()));
        assert!(matches!(
            judge(&good.clone().without_role()),
            Err(Wrong::NoRole(_))
        ));
        let forged = Keys::generate().access_token(&good, 1_000_000);
        assert_eq!(judged(&forged, 1_000_000), Err(Wrong::Invalid));
        let token = keys.access_token(&good, 1_000_000);
        assert_eq!(judged(&token, 1_003_598), Ok(()));
        assert_eq!(judged(&token, 1_003_599), Err(Wrong::Invalid));
        assert_eq!(judged("no token", 0), Err(Wrong::Invalid));
    }

    #[test]
    fn pkce_as_in_rfc_7636_appendix_b() {
        assert_eq!(
            sha256_url(b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}

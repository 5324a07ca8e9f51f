//! Reading `scope`: one resource, and what OpenID Connect adds.
//!
//! <https://learn.microsoft.com/entra/identity-platform/scopes-oidc>

use super::directory;
use super::refusals::TokenRefusal;

/// A scope, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    /// The audience of the access token, spelt as it was asked for.
    pub(crate) resource: String,
    /// A refresh token is wanted.
    pub(crate) offline: bool,
    /// An id token is wanted.
    pub(crate) openid: bool,
    /// As it was written.
    pub(crate) text: String,
}

const OIDC: &[&str] = &["openid", "profile", "email", "offline_access"];
/// What a token is for when only OpenID Connect's scopes are asked for.
const GRAPH: &str = "https://graph.microsoft.com";

/// Whose scope it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// An application: exactly one resource with `/.default`.
    Application,
    /// A person: one resource, with any permission.
    Person,
}

impl Scope {
    pub(crate) fn parse(text: &str, asker: Asker, app: &str) -> Result<Scope, TokenRefusal> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let is_oidc = |word: &&str| OIDC.contains(word);
        let mut resource: Option<&str> = None;
        for word in words.iter().copied().filter(|word| !is_oidc(word)) {
            let (one, permission) = word
                .rsplit_once('/')
                .ok_or_else(|| TokenRefusal::aadsts(70011, app, word))?;
            let fits = match asker {
                Asker::Application => permission == ".default",
                Asker::Person => !permission.is_empty() && !one.ends_with(':') && !one.is_empty(),
            };
            if !fits || one.ends_with(":/") {
                return Err(TokenRefusal::aadsts(70011, app, word));
            }
            if resource.is_some_and(|known| known != one) {
                return Err(TokenRefusal::aadsts(28000, app, text));
            }
            resource = Some(one);
        }
        let resource = match (resource, asker) {
            (Some(resource), _) => resource,
            (None, Asker::Person) if !words.is_empty() => GRAPH,
            (None, _) => return Err(TokenRefusal::aadsts(70011, app, text)),
        };
        if !directory::knows_resource(resource) {
            return Err(TokenRefusal::aadsts(500_011, app, resource));
        }
        Ok(Scope {
            resource: resource.to_owned(),
            offline: words.contains(&"offline_access"),
            openid: words.contains(&"openid"),
            text: text.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, asker: Asker) -> Result<(String, bool, bool), u16> {
        match Scope::parse(text, asker, "app") {
            Ok(scope) => Ok((scope.resource, scope.offline, scope.openid)),
            Err(refusal) => Err(refusal.status),
        }
    }

    fn refused(text: &str, asker: Asker) -> String {
        let refusal = Scope::parse(text, asker, "app").expect_err(text);
        refusal
            .text
            .split(':')
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    #[test]
    fn scopes_are_read() {
        let ai = || "https://ai.azure.com".to_owned();
        let app = Asker::Application;
        assert_eq!(
            read("https://ai.azure.com/.default", app),
            Ok((ai(), false, false))
        );
        let slashed = "https://cognitiveservices.azure.com//.default";
        let audience = "https://cognitiveservices.azure.com/".to_owned();
        assert_eq!(read(slashed, app), Ok((audience, false, false)));
        let person = Asker::Person;
        assert_eq!(
            read(
                "openid https://ai.azure.com/user_impersonation offline_access",
                person
            ),
            Ok((ai(), true, true))
        );
        assert_eq!(
            read("openid profile", person),
            Ok((GRAPH.to_owned(), false, true))
        );
    }

    #[test]
    fn wrong_scopes_get_entras_codes() {
        let app = Asker::Application;
        assert_eq!(refused("https://ai.azure.com", app), "AADSTS70011");
        assert_eq!(refused("https://ai.azure.com/", app), "AADSTS70011");
        assert_eq!(
            refused("https://ai.azure.com/user_impersonation", app),
            "AADSTS70011"
        );
        assert_eq!(refused("", app), "AADSTS70011");
        assert_eq!(refused("nonsense", app), "AADSTS70011");
        assert_eq!(refused("https://example.com/.default", app), "AADSTS500011");
        let two = "https://ai.azure.com/.default https://graph.microsoft.com/.default";
        assert_eq!(refused(two, app), "AADSTS28000");
        assert_eq!(
            refused("https://ai.azure.com", Asker::Person),
            "AADSTS70011"
        );
    }
}

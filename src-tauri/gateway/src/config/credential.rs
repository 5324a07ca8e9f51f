//! As whom an entry asks: a key, else an application with its secret, else a token. One of them,
//! and never another in its place.

use std::sync::Arc;

use hearth_foundry::{
    Choice, Credential, Endpoint, FoundCredential, Secret, TokenSource, Tokens, sign_in,
};

use super::entry::Reader;
use super::section::{At, Section};
use super::{BadConfig, Note, NoteKind, Reason};

/// The parts of an application, as LiteLLM names them.
const APPLICATION: [&str; 3] = ["tenant_id", "client_id", "client_secret"];
/// The scope for which every application signs in whose entry names none.
const SCOPE: &str = "AZURE_SCOPE";

/// Takes every credential out of the parameters and makes the first of them. Without any, the
/// one that the environment has for the same address is used.
pub(super) fn read(
    reader: &Reader,
    params: &mut Section,
    endpoint: &Endpoint,
    lent: Option<Choice>,
    notes: &mut Vec<Note>,
) -> Result<Credential, BadConfig> {
    let key = sendable(reader, params, "api_key")?;
    let application = application(reader, params)?;
    let token = sendable(reader, params, "azure_ad_token")?;
    let (scope, set_for_all) = scope(reader, params)?;
    let mut leave_out = |line: u64, name: &str| {
        notes.push(Note {
            line,
            kind: NoteKind::LeftOut,
            name: name.to_owned(),
        });
    };
    if let Some(key) = key {
        if let Some(application) = &application {
            leave_out(application.line, "client_secret");
        }
        if let Some(token) = &token {
            leave_out(token.line, "azure_ad_token");
        }
        return Ok(Credential::Key(key.value));
    }
    if let Some(application) = application {
        if let Some(token) = &token {
            leave_out(token.line, "azure_ad_token");
        }
        if set_for_all {
            notes.push(from_the_environment(application.line, "azure_scope"));
        }
        return Ok(Credential::Tokens(Tokens::new(application.value, scope)));
    }
    if let Some(token) = token {
        if token.value.expose().starts_with("oidc/") {
            return Err(token.refuse(Reason::TokenExchange).naming("azure_ad_token"));
        }
        let source = TokenSource::Given(token.value);
        return Ok(Credential::Tokens(Tokens::new(source, scope)));
    }
    let lent = lent.filter(|choice| choice.endpoint.endpoint == *endpoint);
    let found = lent.and_then(|choice| choice.credential);
    let found = found.ok_or_else(|| params.refuse(Reason::NoCredential, "api_key"))?;
    notes.push(from_the_environment(params.line(), "api_key"));
    Ok(from_environment(found, scope))
}

/// For what an application signs in, and whether that is said for all of them.
fn scope(reader: &Reader, params: &mut Section) -> Result<(String, bool), BadConfig> {
    if let Some(written) = reader.plain(params, "azure_scope")? {
        return Ok((written.value, false));
    }
    Ok(match reader.variable(SCOPE) {
        Some(set) => (plain(&set), true),
        None => (sign_in::DEFAULT_SCOPE.to_owned(), false),
    })
}

fn from_the_environment(line: u64, name: &str) -> Note {
    Note {
        line,
        kind: NoteKind::FromEnvironment,
        name: name.to_owned(),
    }
}

/// A key or a token, which goes into a header as it stands.
fn sendable(
    reader: &Reader,
    params: &mut Section,
    name: &str,
) -> Result<Option<At<Arc<Secret>>>, BadConfig> {
    let secret = reader.secret(params, name)?;
    match secret {
        Some(secret) if !secret.value.can_be_sent() => {
            Err(secret.refuse(Reason::BadCredential).naming(name))
        }
        secret => Ok(secret),
    }
}

fn plain(secret: &Arc<Secret>) -> String {
    secret.expose().to_owned()
}

/// All three parts of an application, or none.
fn application(
    reader: &Reader,
    params: &mut Section,
) -> Result<Option<At<TokenSource>>, BadConfig> {
    let mut part = |name: &str| reader.secret(params, name);
    let parts = [
        part(APPLICATION[0])?,
        part(APPLICATION[1])?,
        part(APPLICATION[2])?,
    ];
    // Clouds of their own, such as a government's, sign in elsewhere; Azure's libraries read it
    // from here, too.
    let authority = reader.variable("AZURE_AUTHORITY_HOST");
    match parts {
        [None, None, None] => Ok(None),
        [Some(tenant), Some(client), Some(secret)] => Ok(Some(At {
            line: secret.line,
            value: TokenSource::ClientSecret {
                tenant: plain(&tenant.value),
                client_id: plain(&client.value),
                secret: secret.value,
                authority: authority.as_ref().map(plain),
            },
        })),
        parts => {
            let absent = parts.iter().position(Option::is_none).unwrap_or_default();
            let line = parts.iter().flatten().map(|part| part.line).min();
            let refused = At {
                line: line.unwrap_or(1),
                value: (),
            };
            let refused = refused.refuse(Reason::HalfAnApplication);
            Err(refused.naming(APPLICATION[absent]))
        }
    }
}

fn from_environment(found: FoundCredential, scope: String) -> Credential {
    match found {
        FoundCredential::Key(key) => Credential::Key(key),
        FoundCredential::Token(token) => {
            Credential::Tokens(Tokens::new(TokenSource::Given(token), scope))
        }
        FoundCredential::ClientSecret {
            tenant,
            client_id,
            secret,
            authority,
            // It was looked at before: what the file writes goes before it.
            scope: _,
        } => {
            let source = TokenSource::ClientSecret {
                tenant,
                client_id,
                secret,
                authority,
            };
            Credential::Tokens(Tokens::new(source, scope))
        }
    }
}

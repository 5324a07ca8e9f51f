//! Reading the connection form: what would be saved, what of it is secret, and what the
//! connection has already and may keep.

use std::sync::Arc;

use hearth_foundry::{Endpoint, ParsedEndpoint, Secret};
use serde_json::Map;

use super::credentials::{self, SecretKind, authority, same_authority};
use super::{Connections, fields, host, same_owner, secrets};
use crate::api::{
    ConnectionDraft, ConnectionId, CredentialChoice, ErrorCode, ErrorReport, ProxySettings,
};
use crate::report;
use crate::settings::{Agreed, SavedConnection, SavedHeader};

/// A form that was read: what would be saved, and what of it is secret.
pub(super) struct Read {
    pub(super) saved: SavedConnection,
    pub(super) endpoint: ParsedEndpoint,
    /// The key, client secret, token or refresh token that is new.
    pub(super) secret: Option<NewSecret>,
    /// New values of secret headers, by the headers' names.
    pub(super) headers: Vec<(String, Arc<Secret>)>,
    pub(super) proxy_password: Option<Arc<Secret>>,
    /// The connection as it was, if it is an old one.
    pub(super) before: Option<SavedConnection>,
}

/// A secret that the connection has not yet.
pub(super) struct NewSecret {
    pub(super) secret: Arc<Secret>,
    /// Where a refresh token lies until it is saved.
    pub(super) lies_under: Option<String>,
    pub(super) account: Option<String>,
}

impl Read {
    /// The connection under the name that its secret had before, if nothing but the value of
    /// that secret is new: then keeping it is the whole of the change.
    pub(super) fn in_its_place(&self) -> Option<SavedConnection> {
        let before = self.before.as_ref()?;
        let same = SavedConnection {
            edition: before.edition.clone(),
            ..self.saved.clone()
        };
        (same == *before).then_some(same)
    }
}

impl Connections {
    pub(super) fn before(&self, draft: &ConnectionDraft) -> Option<SavedConnection> {
        self.written().connection(draft.id.as_ref()?).cloned()
    }

    /// Reads the form. Everything that it asks for without saying it anew, the connection has
    /// already, and for the same host.
    pub(super) async fn read(&self, draft: &ConnectionDraft) -> Result<Read, ErrorReport> {
        let endpoint = fields::endpoint(&draft.endpoint)?;
        let choice = fields::choice(&draft.credential.choice)?;
        let before = self.before(draft);
        if draft.id.is_some() && before.is_none() {
            return Err(ErrorReport::new(ErrorCode::ConnectionNotFound));
        }
        let secret = self.new_secret(draft, &choice, &endpoint).await?;
        if let (None, Some(before)) = (&secret, &before) {
            stays_where_it_is(before, &choice, &endpoint)?;
        }
        let (headers, header_secrets) = headers(draft, before.as_ref(), &endpoint)?;
        let proxy = draft.proxy.as_ref().map(fields::proxy).transpose()?;
        let (proxy, in_address) = match proxy {
            Some(typed) => (Some(typed.settings), typed.password),
            None => (None, None),
        };
        let proxy_password = password(draft.proxy_password.as_deref(), in_address)
            .filter(|_| fields::password_owner(proxy.as_ref()).is_some());
        let known = before.as_ref();
        let deployments = fields::deployments(
            &draft.deployments,
            known.map_or(&[], |known| &known.deployments),
        );
        let chosen = draft.default_deployment.as_deref();
        let name = match draft.name.trim() {
            "" => endpoint
                .resource
                .clone()
                .unwrap_or_else(|| host(&endpoint.endpoint).to_owned()),
            name => name.to_owned(),
        };
        let edition = edition(known, &choice, secret.is_some());
        let proxy_edition = proxy_edition(known, proxy.as_ref(), proxy_password.is_some());
        let account = match (&secret, known) {
            (Some(new), _) => new.account.clone(),
            (None, Some(known)) if is_sign_in(&choice) => known.account.clone(),
            (None, _) => None,
        };
        let saved = SavedConnection {
            id: draft
                .id
                .clone()
                .unwrap_or_else(|| ConnectionId(crate::new_id())),
            name,
            endpoint: endpoint.endpoint.base(),
            agreed: agreed(draft, &choice, known, host(&endpoint.endpoint)),
            edition,
            account,
            this_run_only: draft.credential.this_run_only
                || known.is_some_and(|known| known.this_run_only && secret.is_none()),
            headers,
            anthropic_version: draft.anthropic_version,
            limits: fields::limits(draft.limits),
            proxy,
            proxy_edition,
            default_deployment: fields::default_deployment(chosen, &deployments),
            deployments,
            credential: choice,
            unknown: known.map_or_else(Map::new, |known| known.unknown.clone()),
        };
        Ok(Read {
            saved,
            endpoint,
            secret,
            headers: header_secrets,
            proxy_password,
            before,
        })
    }

    /// The secret that was typed, or that an import or a sign-in brought, in this order.
    ///
    /// # Errors
    /// [`ErrorCode::KeyForOtherHost`] when an import found it for another host.
    async fn new_secret(
        &self,
        draft: &ConnectionDraft,
        choice: &CredentialChoice,
        endpoint: &ParsedEndpoint,
    ) -> Result<Option<NewSecret>, ErrorReport> {
        let Some(kind) = SecretKind::of(choice) else {
            return Ok(None);
        };
        let typed = |secret| NewSecret {
            secret,
            lies_under: None,
            account: None,
        };
        if kind == SecretKind::RefreshToken {
            let Some(sign_in) = &draft.credential.sign_in else {
                return Ok(None);
            };
            let Some(done) = self.sign_ins().done(sign_in, choice)? else {
                return Ok(None);
            };
            let lies_under = done.lies_under;
            // The Doctor may have used it meanwhile, and each use may bring another.
            let now = self.secrets.vault().load(&lies_under).await;
            let now = now.map_err(report::vault)?;
            return Ok(now.map(|secret| NewSecret {
                secret,
                lies_under: Some(lies_under),
                account: done.account,
            }));
        }
        let secret = draft.credential.secret.as_deref().map(str::trim);
        if let Some(secret) = secret.filter(|secret| !secret.is_empty()) {
            return Ok(Some(typed(Arc::new(Secret::new(secret.to_owned())))));
        }
        let Some(imported) = &draft.credential.imported else {
            return Ok(None);
        };
        let found = self.imports().found(imported);
        let found = found.ok_or_else(|| ErrorReport::new(ErrorCode::ImportEmpty))?;
        let same_kind = found.credential.as_ref().and_then(SecretKind::of) == Some(kind);
        let Some(secret) = found.secret.clone().filter(|_| same_kind) else {
            return Ok(None);
        };
        found.for_host(endpoint, authority(choice))?;
        Ok(Some(typed(secret)))
    }
}

fn is_sign_in(choice: &CredentialChoice) -> bool {
    matches!(choice, CredentialChoice::SignIn { .. })
}

pub(super) fn password(typed: Option<&str>, in_address: Option<Secret>) -> Option<Arc<Secret>> {
    let typed = typed.filter(|typed| !typed.is_empty());
    let typed = typed.map(|typed| Secret::new(typed.to_owned()));
    typed.or(in_address).map(Arc::new)
}

/// A secret was given for one host, and goes to one authority. A form that names others, by
/// mistake or because somebody talked the person into it, does not take it there.
fn stays_where_it_is(
    before: &SavedConnection,
    choice: &CredentialChoice,
    endpoint: &ParsedEndpoint,
) -> Result<(), ErrorReport> {
    let kind = SecretKind::of(choice);
    if kind.is_none() || kind != SecretKind::of(&before.credential) {
        return Ok(());
    }
    same_host(before, endpoint)?;
    let known = credentials::entra(&before.credential).map(credentials::place);
    let now = credentials::entra(choice).map(credentials::place);
    match (known, now) {
        (Some(known), Some(now)) if !same_authority(&known, &now) => {
            Err(ErrorReport::new(ErrorCode::KeyForOtherHost).about(known.authority))
        }
        _ => Ok(()),
    }
}

fn same_host(before: &SavedConnection, endpoint: &ParsedEndpoint) -> Result<(), ErrorReport> {
    match Endpoint::parse(&before.endpoint) {
        Ok(known) if !same_owner(&known, endpoint) => {
            Err(ErrorReport::new(ErrorCode::KeyForOtherHost).about(host(&known.endpoint)))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Under which name the secret is kept: the same as before only where it is the same secret.
fn edition(
    before: Option<&SavedConnection>,
    now: &CredentialChoice,
    is_new: bool,
) -> Option<String> {
    match before {
        Some(before) if !is_new && SecretKind::of(&before.credential) == SecretKind::of(now) => {
            before.edition.clone()
        }
        _ => secrets::new_edition(),
    }
}

/// The same for the password of the connection's own proxy.
fn proxy_edition(
    before: Option<&SavedConnection>,
    now: Option<&ProxySettings>,
    is_new: bool,
) -> Option<String> {
    let owner = fields::password_owner(now);
    match before {
        Some(before) if !is_new && fields::password_owner(before.proxy.as_ref()) == owner => {
            before.proxy_edition.clone()
        }
        _ => secrets::new_edition(),
    }
}

/// The command that the person agreed to, now or before, for this host.
fn agreed(
    draft: &ConnectionDraft,
    choice: &CredentialChoice,
    before: Option<&SavedConnection>,
    host: &str,
) -> Option<Agreed> {
    let CredentialChoice::Command { argv, .. } = choice else {
        return None;
    };
    let now = Agreed {
        argv: argv.clone(),
        host: host.to_owned(),
    };
    let known = before.and_then(|before| before.agreed.as_ref());
    (draft.credential.agreed || known == Some(&now)).then_some(now)
}

type Headers = (Vec<SavedHeader>, Vec<(String, Arc<Secret>)>);

/// The headers as saved, and the values of those that are secret and new.
fn headers(
    draft: &ConnectionDraft,
    before: Option<&SavedConnection>,
    endpoint: &ParsedEndpoint,
) -> Result<Headers, ErrorReport> {
    let refused = |name: &str| ErrorReport::new(ErrorCode::HeaderInvalid).about(name.trim());
    let mut saved: Vec<SavedHeader> = Vec::with_capacity(draft.headers.len());
    let mut new = Vec::new();
    for typed in &draft.headers {
        let name = typed.name.trim();
        if saved
            .iter()
            .any(|known| known.name.eq_ignore_ascii_case(name))
        {
            return Err(refused(name).saying("it stands there twice"));
        }
        let kept = || {
            let mut headers = before.into_iter().flat_map(|before| &before.headers);
            headers.find(|it| it.value.is_none() && it.name.eq_ignore_ascii_case(name))
        };
        // Another value than the one that is kept cannot be seen here; any will do.
        let value = typed.value.as_deref().map(str::trim);
        let value = value.filter(|value| !value.is_empty() || !typed.secret);
        fields::header(name, value.unwrap_or("kept"))?;
        let (value, edition) = match (typed.secret, value, kept()) {
            (false, Some(value), _) => (Some(value.to_owned()), None),
            (true, Some(value), _) => {
                new.push((name.to_owned(), Arc::new(Secret::new(value.to_owned()))));
                (None, secrets::new_edition())
            }
            (true, None, Some(kept)) => {
                if let Some(before) = before {
                    same_host(before, endpoint)?;
                }
                (None, kept.edition.clone())
            }
            (_, None, _) => return Err(refused(name).saying("it has no value")),
        };
        saved.push(SavedHeader {
            name: name.to_owned(),
            value,
            edition,
        });
    }
    Ok((saved, new))
}

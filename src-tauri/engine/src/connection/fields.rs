//! The fields of a connection form, each made into what is saved or refused.

use hearth_foundry::{BadEndpoint, Endpoint, ExtraHeader, ParsedEndpoint, ProxyAddress, Secret};

use super::credentials::{authority, entra_mut};
use crate::api::{
    ConnectionLimits, CredentialChoice, DeploymentDraft, ErrorCode, ErrorReport, ProxySettings,
};
use crate::capability::Learned;
use crate::import;
use crate::report;
use crate::settings::SavedDeployment;

/// Where a person typed a proxy, with the password that stood in its address.
pub(crate) struct TypedProxy {
    pub(crate) settings: ProxySettings,
    pub(crate) password: Option<Secret>,
}

/// What was typed, as an endpoint. What is more than an address is not repeated in the
/// refusal: a key may stand in it.
pub(super) fn endpoint(typed: &str) -> Result<ParsedEndpoint, ErrorReport> {
    report::endpoint(Endpoint::parse(typed), typed).map_err(|error| {
        let more = typed.lines().nth(1).is_some() || import::looks_importable(typed);
        match more {
            true => ErrorReport {
                subject: None,
                ..error
            },
            false => error,
        }
    })
}

/// A choice without white space around its fields, and with an authority that can be asked.
pub(crate) fn choice(typed: &CredentialChoice) -> Result<CredentialChoice, ErrorReport> {
    let mut choice = typed.clone();
    if let Some(entra) = entra_mut(&mut choice) {
        for field in [
            &mut entra.tenant,
            &mut entra.client_id,
            &mut entra.scope,
            &mut entra.authority,
        ] {
            *field = field.trim().to_owned();
        }
        if !entra.authority.is_empty() && !entra.authority.contains("://") {
            entra.authority.insert_str(0, "https://");
        }
    }
    if let CredentialChoice::WorkloadIdentity { token_file, .. } = &mut choice {
        let file = token_file.take();
        *token_file = file.filter(|file| !file.trim().is_empty());
    }
    if let Some(authority) = authority(&choice).filter(|authority| !authority.is_empty()) {
        usable_authority(authority)?;
    }
    Ok(choice)
}

/// Secrets go to the authority, so it is https without exception: the libraries refuse
/// another, also on this machine.
fn usable_authority(authority: &str) -> Result<(), ErrorReport> {
    let invalid = || ErrorReport::new(ErrorCode::AuthorityInvalid);
    match Endpoint::parse(authority) {
        Ok(_) if authority.starts_with("https://") => Ok(()),
        Ok(_) | Err(BadEndpoint::NotHttps) => Err(invalid().about(authority)),
        // What stands there may be anything, also a secret.
        Err(_) => Err(invalid()),
    }
}

/// A header as it is sent.
pub(super) fn header(name: &str, value: &str) -> Result<ExtraHeader, ErrorReport> {
    ExtraHeader::new(name, value).map_err(|error| {
        ErrorReport::new(ErrorCode::HeaderInvalid)
            .about(name.trim())
            .saying(error.to_string())
    })
}

/// A proxy as typed: its user and password leave the address.
pub(crate) fn proxy(typed: &ProxySettings) -> Result<TypedProxy, ErrorReport> {
    let ProxySettings::Manual {
        url,
        user,
        no_proxy,
    } = typed
    else {
        return Ok(TypedProxy {
            settings: typed.clone(),
            password: None,
        });
    };
    // What was typed is not repeated: a password may stand in it.
    let parsed = ProxyAddress::parse(url)
        .map_err(|error| ErrorReport::new(ErrorCode::ProxyInvalid).saying(error.to_string()))?;
    let named = |user: &String| !user.trim().is_empty();
    let user = user
        .clone()
        .filter(named)
        .map(|user| user.trim().to_owned());
    let entries = no_proxy.iter().flat_map(|entry| entry.split(','));
    let entries = entries.map(str::trim).filter(|entry| !entry.is_empty());
    Ok(TypedProxy {
        settings: ProxySettings::Manual {
            url: parsed.address.to_string(),
            user: parsed.user.or(user),
            no_proxy: entries.map(str::to_owned).collect(),
        },
        password: parsed.password,
    })
}

/// The proxy that a password belongs to; none where none would be sent.
pub(crate) fn password_owner(proxy: Option<&ProxySettings>) -> Option<(&str, &str)> {
    match proxy? {
        ProxySettings::Manual {
            url,
            user: Some(user),
            ..
        } => Some((url, user)),
        ProxySettings::Manual { user: None, .. }
        | ProxySettings::System
        | ProxySettings::Direct => None,
    }
}

/// Limits under which something can still be asked: no time at all means the default, and
/// one attempt is the least.
pub(super) fn limits(typed: ConnectionLimits) -> ConnectionLimits {
    let some = |limit: Option<u32>| limit.filter(|limit| *limit > 0);
    ConnectionLimits {
        connect_seconds: some(typed.connect_seconds),
        idle_seconds: some(typed.idle_seconds),
        whole_seconds: some(typed.whole_seconds),
        attempts: typed.attempts.map(|attempts| attempts.max(1)),
        wait_seconds: typed.wait_seconds,
    }
}

/// Without empty lines, and each name once. What was measured of a deployment stays with it
/// as long as it is mapped to the same model at the same place.
pub(super) fn deployments(
    drafts: &[DeploymentDraft],
    before: &[SavedDeployment],
) -> Vec<SavedDeployment> {
    let mut cleaned: Vec<SavedDeployment> = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let name = draft.name.trim();
        if name.is_empty() || cleaned.iter().any(|known| known.name == name) {
            continue;
        }
        let before = before.iter().find(|known| known.name == name);
        let mut deployment = before.cloned().unwrap_or_default();
        let same = deployment.base_model == draft.base_model && deployment.hosting == draft.hosting;
        if !same {
            deployment.learned = Learned::default();
        }
        deployment.name = name.to_owned();
        deployment.base_model.clone_from(&draft.base_model);
        deployment.hosting = draft.hosting;
        cleaned.push(deployment);
    }
    cleaned
}

/// The chosen one, else the first.
pub(super) fn default_deployment(
    chosen: Option<&str>,
    deployments: &[SavedDeployment],
) -> Option<String> {
    let chosen = chosen.map(str::trim);
    deployments
        .iter()
        .find(|known| Some(known.name.as_str()) == chosen)
        .or(deployments.first())
        .map(|known| known.name.clone())
}

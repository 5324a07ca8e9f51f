//! LiteLLM's `config.yaml` (<https://docs.litellm.ai/docs/proxy/configs>): the models of its
//! list that are asked at an Azure AI resource.
//!
//! Several models of one resource with one credential are one connection. The proxy's own
//! keys (`master_key` and the like) are its clients', and are never looked at.

use std::sync::Arc;

use hearth_foundry::{Endpoint, Environment, Secret};
use serde_json::Value;

use super::found::names_a_secret;
use super::{Found, unreadable};
use crate::api::{CredentialChoice, EntraSettings, ErrorCode, ErrorReport};

/// The route of models that are served at an Azure AI resource.
const ROUTE: &str = "azure_ai/";
/// How it names models of Anthropic's own API, and of what speaks it.
const OTHER_ROUTE: &str = "anthropic/";

/// How a value says that it stands in the environment.
const REFERENCE: &str = "os.environ/";

/// The connections that the configuration describes.
///
/// # Errors
/// [`ErrorCode::ImportUnreadable`] when it is no YAML, and [`ErrorCode::ImportEmpty`], with
/// what was left out, when none of its models is served at an Azure AI resource.
pub(super) fn read(text: &str, environment: &Environment) -> Result<Vec<Found>, ErrorReport> {
    // Far more than any configuration has, and little enough for one that grows by aliases.
    // The parser's words may quote the text, which may hold a secret: only the place is told.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 100_000,
            max_nodes: 50_000,
            max_aliases: 1_000,
            max_recorded_anchor_events: 10_000,
            max_recorded_anchor_bytes: 1024 * 1024,
        },
    };
    let document: Value = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        unreadable(match error.location() {
            Some(place) => format!("line {}, column {}", place.line(), place.column()),
            None => "it is not YAML".to_owned(),
        })
    })?;
    let models = document.get("model_list").and_then(Value::as_array);
    let reader = Reader {
        document: &document,
        environment,
    };
    let mut connections: Vec<Entry> = Vec::new();
    let mut left_out = Vec::new();
    for model in models.into_iter().flatten() {
        match reader.entry(model) {
            Ok(entry) => merge(&mut connections, entry),
            Err(name) => left_out.push(name),
        }
    }
    let mut found: Vec<Found> = connections.into_iter().map(|entry| entry.found).collect();
    match found.first_mut() {
        Some(first) => left_out.into_iter().for_each(|name| first.leaves_out(name)),
        None => {
            let error = ErrorReport::new(ErrorCode::ImportEmpty);
            return Err(match left_out.is_empty() {
                true => error,
                false => error.about(left_out.join(", ")),
            });
        }
    }
    Ok(found)
}

/// One model of the list, and what makes two of them one connection.
struct Entry {
    found: Found,
    address: String,
}

fn merge(connections: &mut Vec<Entry>, entry: Entry) {
    let exposed = |found: &Found| found.secret.as_ref().map(|it| it.expose().to_owned());
    let same = connections.iter_mut().find(|known| {
        known.address == entry.address
            && known.found.credential == entry.found.credential
            && exposed(&known.found) == exposed(&entry.found)
    });
    let Some(known) = same else {
        connections.push(entry);
        return;
    };
    for new in entry.found.deployments {
        known.found.deployment(&new.name, new.base_model);
    }
    entry
        .found
        .used
        .into_iter()
        .for_each(|name| known.found.uses(name));
    let left_out = entry.found.left_out.into_iter();
    left_out.for_each(|name| known.found.leaves_out(name));
}

struct Reader<'a> {
    document: &'a Value,
    environment: &'a Environment,
}

/// A parameter as it is meant.
enum Meant {
    Written(String),
    /// It stood in a variable.
    Borrowed {
        name: String,
        value: Arc<Secret>,
    },
    /// The variable is not set.
    Missing {
        name: String,
    },
}

impl Reader<'_> {
    /// A model of the list; the error is the name of one that is served elsewhere.
    fn entry(&self, model: &Value) -> Result<Entry, String> {
        let params = model.get("litellm_params").unwrap_or(&Value::Null);
        let name = params.get("model").and_then(Value::as_str);
        let name = name.ok_or_else(|| {
            let alias = model.get("model_name").and_then(Value::as_str);
            alias.unwrap_or("?").to_owned()
        })?;
        let params = Params {
            reader: self,
            own: params,
            shared: self.shared(params),
        };
        let mut found = Found::default();
        let here = name.strip_prefix(ROUTE).or_else(|| {
            // Before LiteLLM knew Foundry, its resources were named as another address of the
            // same API.
            let deployment = name.strip_prefix(OTHER_ROUTE)?;
            params.is_on_azure().then_some(deployment)
        });
        let deployment = here.ok_or_else(|| name.to_owned())?;
        params.endpoint(&mut found);
        params.credential(&mut found);
        found.uses("model");
        // A route with a star is a rule about names, and none itself.
        if !deployment.contains('*') {
            let base = model
                .get("model_info")
                .and_then(|info| info.get("base_model"));
            let base = base.and_then(Value::as_str);
            let base = base.map(|id| id.strip_prefix(ROUTE).unwrap_or(id).to_owned());
            found.deployment(deployment, base);
        }
        let address = Endpoint::parse(&found.endpoint)
            .map_or_else(|_| found.endpoint.clone(), |parsed| parsed.endpoint.base());
        Ok(Entry { found, address })
    }

    /// The values of the credential that a model refers to by name.
    fn shared(&self, params: &Value) -> Option<&Value> {
        let wanted = params.get("litellm_credential_name")?.as_str()?;
        let list = self.document.get("credential_list")?.as_array()?;
        let named = |it: &&Value| it.get("credential_name").and_then(Value::as_str) == Some(wanted);
        list.iter().find(named)?.get("credential_values")
    }

    /// A variable: the configuration's own, else the environment's.
    fn variable(&self, name: &str) -> Meant {
        let own = self.document.get("environment_variables");
        let own = own.and_then(|own| own.get(name)).and_then(text_of);
        if let Some(value) = own {
            return Meant::Written(value);
        }
        let name = name.to_owned();
        match self.environment.get(&name) {
            Some(value) => Meant::Borrowed { name, value },
            None => Meant::Missing { name },
        }
    }
}

/// The parameters of one model.
struct Params<'a> {
    reader: &'a Reader<'a>,
    own: &'a Value,
    shared: Option<&'a Value>,
}

impl Params<'_> {
    fn get(&self, key: &str) -> Option<Meant> {
        let own = self.own.get(key).and_then(text_of);
        let shared = || self.shared?.get(key).and_then(text_of);
        let text = own.or_else(shared)?;
        Some(match text.strip_prefix(REFERENCE) {
            Some(name) => self.reader.variable(name.trim()),
            None => Meant::Written(text),
        })
    }

    /// A parameter that is shown and saved, with a note of where it came from.
    fn text(&self, key: &str, found: &mut Found) -> Option<String> {
        self.lent(key, found, |_, name| !names_a_secret(name))
    }

    /// A parameter, taken from this machine's variables only where those are lent.
    fn lent(
        &self,
        key: &str,
        found: &mut Found,
        lent: impl Fn(&Found, &str) -> bool,
    ) -> Option<String> {
        match self.get(key)? {
            Meant::Borrowed { name, .. } if !lent(found, &name) => {
                found.leaves_out(format!("{REFERENCE}{name}"));
                None
            }
            Meant::Written(text) => {
                found.uses(key);
                Some(text)
            }
            Meant::Borrowed { name, value } => {
                found.uses(key);
                found.uses(format!("{REFERENCE}{name}"));
                found.borrow(&name, self.reader.environment);
                Some(value.expose().to_owned())
            }
            Meant::Missing { name } => {
                found.leaves_out(format!("{REFERENCE}{name}"));
                None
            }
        }
    }

    /// An address is written, and it is one of Azure's.
    fn is_on_azure(&self) -> bool {
        let mut found = Found::default();
        let base = self.text("api_base", &mut found);
        found.endpoint = base.unwrap_or_default();
        found.may_borrow()
    }

    /// The address, or the variable that LiteLLM takes it from where none is written.
    fn endpoint(&self, found: &mut Found) {
        if let Some(base) = self.text("api_base", found) {
            found.endpoint = base;
            return;
        }
        for name in ["AZURE_AI_API_BASE", "AZURE_API_BASE"] {
            let base = match self.reader.variable(name) {
                Meant::Written(base) => base,
                Meant::Borrowed { value, .. } => value.expose().to_owned(),
                Meant::Missing { .. } => continue,
            };
            found.endpoint = base;
            found.uses(name);
            return;
        }
    }

    /// A key, then an application with its secret, then a token. What is there besides is
    /// left out and named.
    fn credential(&self, found: &mut Found) {
        let scope = |found: &mut Found| self.text("azure_scope", found).unwrap_or_default();
        if self.secret("api_key", CredentialChoice::Key, found) {
            self.leave_out(&APPLICATION, found);
            self.leave_out(&["azure_ad_token"], found);
            return;
        }
        if APPLICATION.iter().all(|key| self.get(key).is_some()) {
            let entra = EntraSettings {
                tenant: self.text("tenant_id", found).unwrap_or_default(),
                client_id: self.text("client_id", found).unwrap_or_default(),
                scope: scope(found),
                authority: String::new(),
            };
            let choice = CredentialChoice::ClientSecret { entra };
            if self.secret("client_secret", choice, found) {
                self.leave_out(&["azure_ad_token"], found);
                return;
            }
        }
        let token = match self.get("azure_ad_token") {
            // Another way to get a token, which Hearth has not.
            Some(Meant::Written(text)) if text.starts_with("oidc/") => {
                found.leaves_out("azure_ad_token");
                return;
            }
            token => token,
        };
        if token.is_some() {
            self.secret("azure_ad_token", CredentialChoice::Token, found);
        }
    }

    /// Takes a secret. Where its variable is not set, the choice stands and the secret is
    /// left for the person to type.
    fn secret(&self, key: &str, choice: CredentialChoice, found: &mut Found) -> bool {
        if self.get(key).is_none() {
            return false;
        }
        let secret = self.lent(key, found, |found, _| found.may_borrow());
        found.secret = secret.map(|secret| Arc::new(Secret::new(secret)));
        found.credential = Some(choice);
        true
    }

    fn leave_out(&self, keys: &[&str], found: &mut Found) {
        for key in keys.iter().filter(|key| self.get(key).is_some()) {
            found.leaves_out(*key);
        }
    }
}

const APPLICATION: [&str; 3] = ["tenant_id", "client_id", "client_secret"];

/// Scalars, as people write them with and without quotes.
fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

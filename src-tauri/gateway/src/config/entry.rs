//! One model of the list: where it is asked, as whom, and under which name.

use std::sync::Arc;
use std::time::Duration;

use hearth_foundry::{
    ApiVersion, Choice, Client, ClientOptions, Endpoint, Environment, Secret, Skip, Target,
};
use hearth_wire::models::{self, Hosting};

use super::credential;
use super::section::{At, Meant, Section};
use super::yaml::{Node, Value};
use super::{BadConfig, Note, NoteKind, Reason};
use crate::catalogue::Deployment;

/// The route of models that are served at an Azure AI resource.
pub(crate) const ROUTE: &str = "azure_ai/";

/// What every entry is read with.
pub(super) struct Reader {
    /// The file's own variables, and those of the environment that it does not set anew.
    environment: Environment,
    client: Client,
}

impl Reader {
    /// Takes `environment_variables` out of the file.
    pub(super) fn new(
        file: &mut Section,
        environment: &Environment,
        timeout: Option<Duration>,
    ) -> Result<Self, BadConfig> {
        let mut own = Vec::new();
        if let Some(node) = file.take("environment_variables") {
            let Value::Map(members) = node.value else {
                return Err(At {
                    line: node.line,
                    value: (),
                }
                .refuse(Reason::NotAMapping));
            };
            for (name, node) in members {
                let Value::Text(text) = node.value else {
                    let refused = At {
                        line: node.line,
                        value: (),
                    };
                    return Err(refused
                        .refuse(Reason::NotText)
                        .naming_what_is_written(&name.text));
                };
                own.push((name.text, text));
            }
        }
        let mut options = ClientOptions::default();
        if let Some(timeout) = timeout {
            options.idle_timeout = timeout;
            options.whole_timeout = timeout;
        }
        let client =
            Client::new(options).map_err(|_| file.refuse(Reason::NoClient, "litellm_settings"))?;
        Ok(Self {
            environment: environment.with(own),
            client,
        })
    }

    /// A variable: the file's own, else the environment's.
    pub(super) fn variable(&self, name: &str) -> Option<Arc<Secret>> {
        self.environment.get(name)
    }

    /// A text with its variable resolved.
    pub(super) fn resolve(
        &self,
        text: At<Meant>,
        name: &str,
    ) -> Result<At<Arc<Secret>>, BadConfig> {
        let line = text.line;
        let value = match text.value {
            Meant::Written(text) => Arc::new(Secret::new(text)),
            Meant::Variable(variable) => self.variable(&variable).ok_or_else(|| {
                let refused = At { line, value: () };
                refused
                    .refuse(Reason::VariableMissing)
                    .naming_what_is_written(&variable)
            })?,
        };
        match value.is_empty() {
            true => Err(At { line, value }.refuse(Reason::Missing).naming(name)),
            false => Ok(At { line, value }),
        }
    }

    /// A secret member of a section.
    pub(super) fn secret(
        &self,
        section: &mut Section,
        name: &str,
    ) -> Result<Option<At<Arc<Secret>>>, BadConfig> {
        let text = section.text(name)?;
        text.map(|text| self.resolve(text, name)).transpose()
    }

    /// The same for what is no secret.
    pub(super) fn plain(
        &self,
        section: &mut Section,
        name: &str,
    ) -> Result<Option<At<String>>, BadConfig> {
        let found = self.secret(section, name)?;
        Ok(found.map(|At { line, value }| At {
            line,
            value: value.expose().to_owned(),
        }))
    }

    /// The name that is asked for, and the deployment behind it.
    pub(super) fn entry(
        &self,
        node: Node,
        notes: &mut Vec<Note>,
    ) -> Result<(String, Deployment), BadConfig> {
        let mut entry = Section::of(node)?;
        let mut params = entry.section("litellm_params")?;
        let model = self.plain(&mut params, "model")?;
        let model = model.ok_or_else(|| params.refuse(Reason::Missing, "model"))?;
        let deployment = model.value.strip_prefix(ROUTE).filter(|it| !it.is_empty());
        let deployment = deployment.ok_or_else(|| model.refuse(Reason::OtherProvider))?;
        let name = self.plain(&mut entry, "model_name")?;
        let name = name.ok_or_else(|| entry.refuse(Reason::Missing, "model_name"))?;
        if deployment.contains('*') || name.value.contains('*') {
            return Err(model.refuse(Reason::Wildcard));
        }
        let max_tokens = params.whole("max_tokens")?;
        let (endpoint, lent) = self.endpoint(&mut params, notes)?;
        let credential = credential::read(self, &mut params, &endpoint, lent, notes)?;
        params.end()?;
        let mut info = entry.section("model_info")?;
        // The rest of it is a person's notes about the model.
        let said = self.base_model(&mut info)?;
        let hosting = self.hosting(&mut info)?;
        entry.end()?;
        // The base model is what the file says, or what the name says in full: nothing is read
        // out of a part of a name.
        let base_model = said.or_else(|| models::find(deployment).map(|base| base.id.clone()));
        let deployment = Deployment {
            deployment: deployment.to_owned(),
            base_model,
            hosting,
            target: Target {
                endpoint,
                credential,
                // For those who name none: what they send was written for this one.
                anthropic_version: ApiVersion::V2023_06_01,
                headers: Vec::new(),
                skip: Skip::new(),
            },
            client: self.client.clone(),
            max_tokens,
        };
        Ok((name.value, deployment))
    }

    /// The model behind a deployment, as the file says it.
    fn base_model(&self, info: &mut Section) -> Result<Option<String>, BadConfig> {
        let Some(said) = self.plain(info, "base_model")? else {
            return Ok(None);
        };
        let id = said.value.strip_prefix(ROUTE).unwrap_or(&said.value);
        let base = models::find(id);
        let base = base.ok_or_else(|| said.refuse(Reason::BadBaseModel).naming("base_model"))?;
        Ok(Some(base.id.clone()))
    }

    /// Who hosts a deployment, as the file says it, in the settings' spelling.
    fn hosting(&self, info: &mut Section) -> Result<Option<Hosting>, BadConfig> {
        let Some(said) = self.plain(info, "hosting")? else {
            return Ok(None);
        };
        match said.value.as_str() {
            "azure" => Ok(Some(Hosting::Azure)),
            "anthropic" => Ok(Some(Hosting::Anthropic)),
            _ => Err(said.refuse(Reason::BadHosting).naming("hosting")),
        }
    }

    /// The address and, where it came from the environment, what else that says.
    fn endpoint(
        &self,
        params: &mut Section,
        notes: &mut Vec<Note>,
    ) -> Result<(Endpoint, Option<Choice>), BadConfig> {
        if let Some(base) = self.plain(params, "api_base")? {
            let parsed = Endpoint::parse(&base.value);
            let parsed = parsed.map_err(|_| base.refuse(Reason::BadEndpoint).naming("api_base"))?;
            let same = |choice: &Choice| {
                choice.credential.is_some()
                    && choice.endpoint.endpoint.messages_url() == parsed.endpoint.messages_url()
            };
            let lent = self.environment.choices().into_iter().find(same);
            return Ok((parsed.endpoint, lent));
        }
        let choice = self.environment.choice();
        let choice = choice.ok_or_else(|| params.refuse(Reason::Missing, "api_base"))?;
        notes.push(Note {
            line: params.line(),
            kind: NoteKind::FromEnvironment,
            name: "api_base".to_owned(),
        });
        Ok((choice.endpoint.endpoint.clone(), Some(choice)))
    }
}

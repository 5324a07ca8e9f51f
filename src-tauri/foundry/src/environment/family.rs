//! The names of the variables, by family.

/// One family: each list in the order of preference.
pub(super) struct Family {
    pub(super) endpoints: &'static [&'static str],
    pub(super) key: &'static str,
    pub(super) application: Option<Application>,
    pub(super) token: Option<&'static str>,
}

pub(super) struct Application {
    pub(super) tenant: &'static str,
    pub(super) client: &'static str,
    pub(super) secret: &'static str,
    pub(super) scope: &'static str,
    pub(super) authority: &'static str,
}

pub(super) static FAMILIES: [Family; 3] = [
    Family {
        // The SDKs refuse to have both. The address says more than the name, so it goes first.
        endpoints: &["ANTHROPIC_FOUNDRY_BASE_URL", "ANTHROPIC_FOUNDRY_RESOURCE"],
        key: "ANTHROPIC_FOUNDRY_API_KEY",
        application: None,
        token: Some("ANTHROPIC_FOUNDRY_AUTH_TOKEN"),
    },
    Family {
        endpoints: &["AZURE_API_BASE"],
        key: "AZURE_API_KEY",
        application: Some(Application {
            tenant: "AZURE_TENANT_ID",
            client: "AZURE_CLIENT_ID",
            secret: "AZURE_CLIENT_SECRET",
            scope: "AZURE_SCOPE",
            authority: "AZURE_AUTHORITY_HOST",
        }),
        token: Some("AZURE_AD_TOKEN"),
    },
    Family {
        endpoints: &["AZURE_AI_API_BASE"],
        key: "AZURE_AI_API_KEY",
        application: None,
        token: None,
    },
];

/// Deployments that people name for Claude Code; the one for most work first.
pub(super) const DEPLOYMENTS: [&str; 3] = [
    "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "ANTHROPIC_DEFAULT_OPUS_MODEL",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL",
];

/// What no child process is to inherit.
pub(crate) const SECRETS: [&str; 7] = [
    "ANTHROPIC_FOUNDRY_API_KEY",
    "ANTHROPIC_FOUNDRY_AUTH_TOKEN",
    "AZURE_API_KEY",
    "AZURE_CLIENT_SECRET",
    "AZURE_AD_TOKEN",
    "AZURE_AI_API_KEY",
    "HEARTH_GATEWAY_KEY",
];

impl Family {
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let application = self
            .application
            .as_ref()
            .map(Application::names)
            .into_iter()
            .flatten();
        self.endpoints
            .iter()
            .copied()
            .chain([self.key])
            .chain(application)
            .chain(self.token)
    }
}

impl Application {
    fn names(&self) -> [&'static str; 5] {
        [
            self.tenant,
            self.client,
            self.secret,
            self.scope,
            self.authority,
        ]
    }
}

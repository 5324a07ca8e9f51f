//! Who is registered in the tenant: applications, the person who signs in, and resources.

use super::faults::{self, EntraFault};

pub(crate) const TENANT: &str = "5e7a1f00-4c1d-4b5e-9a60-0f1e2d3c4b5a";
/// Another tenant of the same directory service, in which [`CLIENT`] is registered, too.
pub(crate) const OTHER_TENANT: &str = "07e41f00-4c1d-4b5e-9a60-0f1e2d3c4b5a";
pub(crate) const DOMAIN: &str = "hearth-emulator.onmicrosoft.com";
pub(crate) const CLIENT: &str = "c11e0000-5ec2-4e7a-8001-000000000001";
pub(crate) const SECRET: &str = "Em8Q~hearth-emulator-client-secret-value~";
pub(crate) const PUBLIC_CLIENT: &str = "c11e0000-5ec2-4e7a-8001-000000000002";
pub(crate) const FEDERATED_CLIENT: &str = "c11e0000-5ec2-4e7a-8001-000000000003";
pub(crate) const CLIENT_WITHOUT_ROLE: &str = "c11e0000-5ec2-4e7a-8001-000000000004";
pub(crate) const USER: &str = "alex@hearth-emulator.onmicrosoft.com";
pub(crate) const USER_ID: &str = "0b1ec700-0000-4000-8000-0000000a1e00";

/// How an application proves that it is itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// By nothing: a program on a person's machine.
    Public,
    /// By [`SECRET`].
    Secret,
    /// By an assertion that the cluster's issuer signed.
    Federated,
    /// Whatever it brings, or nothing.
    Anything,
}

/// A registered application.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Application {
    pub(crate) id: String,
    pub(crate) proof: Proof,
    /// Its tokens carry a data role.
    pub(crate) has_role: bool,
    /// What happens to its requests.
    pub(crate) fault: Option<EntraFault>,
}

/// The application of that id; none when nobody registered it.
pub(crate) fn application(id: &str) -> Option<Application> {
    let (proof, has_role, fault) = match id.to_ascii_lowercase().as_str() {
        CLIENT => (Proof::Secret, true, None),
        PUBLIC_CLIENT => (Proof::Public, true, None),
        FEDERATED_CLIENT => (Proof::Federated, true, None),
        CLIENT_WITHOUT_ROLE => (Proof::Anything, false, None),
        other => (Proof::Anything, true, Some(faults::parse(other)?)),
    };
    Some(Application {
        id: id.to_owned(),
        proof,
        has_role,
        fault,
    })
}

/// What a tenant's name in a path turns out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// This tenant, by its id or its domain.
    Here,
    /// The other tenant, by its id.
    There,
    /// `organizations` or `common`: whichever the person who signs in belongs to.
    Anyone,
    /// A name of the right form that nobody has.
    Unknown,
    /// Neither an id nor a domain.
    Malformed,
}

/// Reads a tenant's name.
pub(crate) fn tenant(name: &str) -> Named {
    let name = name.to_ascii_lowercase();
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    match name.as_str() {
        TENANT | DOMAIN => Named::Here,
        OTHER_TENANT => Named::There,
        "organizations" | "common" => Named::Anyone,
        _ if uuid::Uuid::try_parse(&name).is_ok() && name.contains('-') => Named::Unknown,
        _ if name.contains('.') && name.chars().all(letters) => Named::Unknown,
        _ => Named::Malformed,
    }
}

/// The resources that the tenant knows, without a trailing slash. The first two of each
/// cloud are Foundry's.
const RESOURCES: &[&str] = &[
    "https://ai.azure.com",
    "https://cognitiveservices.azure.com",
    "https://ai.azure.us",
    "https://cognitiveservices.azure.us",
    "https://cognitiveservices.azure.cn",
    "https://graph.microsoft.com",
    "https://management.azure.com",
];

/// Whether a token can be asked for it.
pub(crate) fn knows_resource(resource: &str) -> bool {
    let resource = resource.strip_suffix('/').unwrap_or(resource);
    RESOURCES
        .iter()
        .any(|one| one.eq_ignore_ascii_case(resource))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenants_are_read() {
        assert_eq!(tenant(TENANT), Named::Here);
        assert_eq!(tenant(&TENANT.to_ascii_uppercase()), Named::Here);
        assert_eq!(tenant(DOMAIN), Named::Here);
        assert_eq!(tenant(OTHER_TENANT), Named::There);
        assert_eq!(tenant("organizations"), Named::Anyone);
        assert_eq!(
            tenant("00000000-0000-0000-0000-000000000000"),
            Named::Unknown
        );
        assert_eq!(tenant("contoso.onmicrosoft.com"), Named::Unknown);
        for malformed in ["", "contoso", "con toso.com", "0000"] {
            assert_eq!(tenant(malformed), Named::Malformed, "{malformed}");
        }
    }

    #[test]
    fn resources_are_known_with_and_without_a_slash() {
        assert!(knows_resource("https://ai.azure.com"));
        assert!(knows_resource("https://AI.azure.com/"));
        assert!(!knows_resource("https://ai.azure.com//"));
        assert!(!knows_resource("https://example.com"));
    }
}

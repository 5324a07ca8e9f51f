//! The deployments of the stand-in resource: base models under their own names, those
//! that a test adds, and those that misbehave.

use std::collections::BTreeMap;

use crate::faults::{self, Fault, Times};
use crate::models::{self, BASES, Base, Hosting};

/// Added deployments are named freely; the base model behind one must exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no base model `{0}`")]
pub struct UnknownBaseModel(pub String);

#[derive(Debug, Clone, Copy)]
pub(crate) struct Deployment {
    pub(crate) base: &'static Base,
    pub(crate) hosting: Hosting,
    pub(crate) fault: Option<(Fault, Times)>,
}

/// Names are matched as Azure matches them: letter case does not count.
#[derive(Debug, Clone)]
pub(crate) struct Deployments(BTreeMap<String, Deployment>);

impl Deployments {
    pub(crate) fn standard() -> Deployments {
        let deployment = |base: &'static Base| Deployment {
            base,
            hosting: base.hosting,
            fault: None,
        };
        let own_names = BASES
            .iter()
            .map(|base| (base.id.to_owned(), deployment(base)));
        Deployments(own_names.collect())
    }

    pub(crate) fn add(
        &mut self,
        name: &str,
        base: &str,
        hosting: Option<Hosting>,
    ) -> Result<(), UnknownBaseModel> {
        let base = models::find(base).ok_or_else(|| UnknownBaseModel(base.to_owned()))?;
        let hosting = hosting.unwrap_or(base.hosting);
        let fault = None;
        self.0.insert(
            name.to_ascii_lowercase(),
            Deployment {
                base,
                hosting,
                fault,
            },
        );
        Ok(())
    }

    pub(crate) fn get(&self, name: &str) -> Option<Deployment> {
        let name = name.to_ascii_lowercase();
        self.0.get(&name).copied().or_else(|| {
            let (fault, times, base) = faults::parse(&name)?;
            Some(Deployment {
                base,
                hosting: base.hosting,
                fault: Some((fault, times)),
            })
        })
    }
}

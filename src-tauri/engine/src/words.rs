//! The words catalogue: every sentence that a person reads, by key.
//!
//! The window reads the same file with the same library's other half
//! (projectfluent.org), so a sentence is written once for both.

mod facts;

pub(crate) use facts::{common_name, moment};

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::langid;

use crate::api::ErrorReport;

const ENGLISH: &str = include_str!("../../../words/en.ftl");

/// The sentences of one language.
pub struct Words {
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    /// English, the language that Hearth is written in.
    #[must_use]
    pub fn english() -> Self {
        let resource =
            FluentResource::try_new(ENGLISH.to_owned()).expect("BUG: words/en.ftl is not Fluent");
        let mut bundle = FluentBundle::new_concurrent(vec![langid!("en")]);
        // The isolating marks would end up in files and terminals.
        bundle.set_use_isolating(false);
        bundle
            .add_resource(resource)
            .expect("BUG: words/en.ftl names a sentence twice");
        Self { bundle }
    }

    /// The same, read once for as long as the program runs.
    pub(crate) fn shared() -> &'static Self {
        static ENGLISH: LazyLock<Words> = LazyLock::new(Words::english);
        &ENGLISH
    }

    /// The sentence of a key; the key itself when there is none, so that a
    /// missing sentence is seen and nothing else breaks. A test finds missing keys.
    #[must_use]
    pub fn say(&self, key: &str, facts: &[(&str, String)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in facts {
            // Only what reads the same as a number is one: a deployment may be named 007.
            match value.parse::<i64>() {
                Ok(number) if number.to_string() == *value => args.set(*name, number),
                Ok(_) | Err(_) => args.set(*name, value.clone()),
            }
        }
        self.format(key, &args).unwrap_or_else(|| key.to_owned())
    }

    /// A failure in two sentences: what happened, and what to do about it.
    #[must_use]
    pub fn explain(&self, report: &ErrorReport) -> String {
        let key = error_key(report);
        let facts = self.facts(report);
        let title = self.say(&key, &facts);
        let cause = self.say(&format!("{key}.cause"), &facts);
        let title = title.trim_end_matches('.');
        format!("{title}. {cause}")
    }

    fn format(&self, key: &str, args: &FluentArgs<'_>) -> Option<String> {
        let (name, attribute) = match key.split_once('.') {
            Some((name, attribute)) => (name, Some(attribute)),
            None => (key, None),
        };
        let message = self.bundle.get_message(name)?;
        let pattern = match attribute {
            None => message.value()?,
            Some(attribute) => message.get_attribute(attribute)?.value(),
        };
        // A fact that a sentence names and nobody gave is a defect; what can be said is said.
        let mut defects = Vec::new();
        let sentence = self
            .bundle
            .format_pattern(pattern, Some(args), &mut defects);
        Some(sentence.into_owned())
    }
}

/// The catalogue's key of a failure's title; its cause is the attribute `cause`.
pub(crate) fn error_key(report: &ErrorReport) -> String {
    let code = serde_json::to_value(report.code).ok();
    let code = code.as_ref().and_then(serde_json::Value::as_str);
    format!(
        "error-{}",
        code.expect("BUG: an error code is not a string")
    )
}

#[cfg(test)]
mod tests;

//! How much of a request may be strict.

use std::collections::BTreeSet;

use crate::object::Object;
use crate::raw::Raw;

/// What a request has left of the API's limits on strict schemas, those of tools and of the
/// answer together. Source:
/// <https://platform.claude.com/docs/en/build-with-claude/structured-outputs>.
pub(super) struct Room {
    tools: usize,
    /// Members that need not be there.
    optional: usize,
    /// Members of more than one type.
    unions: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            tools: 20,
            optional: 24,
            unions: 16,
        }
    }
}

impl Room {
    /// Takes what the schema of one more tool needs; false, and nothing, where that is too much.
    pub(super) fn take_tool(&mut self, schema: &Raw) -> bool {
        self.tools > 0 && self.take(schema) && {
            self.tools -= 1;
            true
        }
    }

    /// The same for the schema of the answer.
    pub(super) fn take(&mut self, schema: &Raw) -> bool {
        let needs = Needs::of(schema);
        let fits = needs.optional <= self.optional && needs.unions <= self.unions;
        if fits {
            self.optional -= needs.optional;
            self.unions -= needs.unions;
        }
        fits
    }
}

#[derive(Default)]
struct Needs {
    optional: usize,
    unions: usize,
}

impl Needs {
    /// What a schema needs that was closed before, and so is not too deep.
    fn of(schema: &Raw) -> Self {
        let mut needs = Self::default();
        needs.add(schema);
        needs
    }

    fn add(&mut self, schema: &Raw) {
        let Ok(schema) = Object::parse(schema.json()) else {
            return;
        };
        let required = schema.list("required").unwrap_or_default();
        let properties = schema.object("properties").unwrap_or_default();
        let named: BTreeSet<String> = required
            .iter()
            .filter_map(|name| serde_json::from_str(name.json()).ok())
            .collect();
        for (name, property) in properties.iter() {
            self.optional += usize::from(!named.contains(&name));
            let members = Object::parse(property.json()).unwrap_or_default();
            let union = members.list("type").is_some() || members.get("anyOf").is_some();
            self.unions += usize::from(union);
            self.add(property);
        }
        for key in ["$defs", "definitions"] {
            for (_, definition) in schema.object(key).unwrap_or_default().iter() {
                self.add(definition);
            }
        }
        for key in ["anyOf", "allOf"] {
            for part in schema.list(key).unwrap_or_default() {
                self.add(&part);
            }
        }
        if let Some(items) = schema.get("items") {
            self.add(items);
        }
    }
}

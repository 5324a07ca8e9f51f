//! Schemas whose root is put together of others: `oneOf`, `anyOf` and `allOf`.
//!
//! The API refuses them at the root of a tool's input, and the whole request with it, in the
//! words "input_schema does not support oneOf, allOf, or anyOf at the top level"; below the root
//! it takes them. Libraries that write schemas of types put unions there.

use std::collections::{BTreeMap, BTreeSet};

use crate::literal::Literal;
use crate::object::Object;
use crate::raw::Raw;

use super::text::{object, string};

/// The members that put a schema together of others.
const UNIONS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
/// Deeper schemas have no say.
const DEEPEST: usize = 16;
/// How often a schema may be read all in all: references may name the same again and again.
const TIMES: usize = 8;
/// The most that is read, in bytes, however large the schema is.
const MOST: usize = 1024 * 1024;

/// The unions at the root of a schema.
pub(super) fn of_root(schema: &Object) -> Vec<&'static str> {
    let stands = |key: &&str| schema.get(key).is_some();
    UNIONS.into_iter().filter(stands).collect()
}

/// The schema without unions at its root, which takes whatever they take: it has the members of
/// all of them, and demands what all of them demand.
pub(super) fn without(schema: &Object) -> Object {
    let mut reader = Reader {
        root: schema,
        left: schema.length().saturating_mul(TIMES).min(MOST),
        open: vec![],
    };
    let merged = reader.read(schema);
    let mut flat = Object::default();
    for (key, value) in schema.iter() {
        if !UNIONS.contains(&key.as_str()) {
            flat.push(&key, value.clone());
        }
    }
    if !merged.properties.is_empty() {
        flat.set("properties", merged.properties());
    }
    if !merged.required.order.is_empty() {
        let names = merged.required.order.iter();
        let names: Vec<Raw> = names.map(|name| string(name)).collect();
        flat.set("required", Raw::list(&names));
    }
    flat
}

/// Names in their order, each once.
#[derive(Default)]
struct Names {
    order: Vec<String>,
    known: BTreeSet<String>,
}

impl Names {
    fn add(&mut self, name: String) {
        if self.known.insert(name.clone()) {
            self.order.push(name);
        }
    }
}

/// What is known of an object's members.
#[derive(Default)]
struct Members {
    /// In the order in which they are named, each with the schemas that it may have.
    properties: Vec<(String, Vec<Raw>)>,
    /// Where they stand in that order.
    places: BTreeMap<String, usize>,
    required: Names,
}

impl Members {
    /// What stands in the schema itself.
    fn own(schema: &Object) -> Self {
        let mut own = Self::default();
        for (name, property) in schema.object("properties").unwrap_or_default().iter() {
            own.allow(name, vec![property.clone()]);
        }
        let required = schema.list("required").unwrap_or_default();
        let required = required.iter().filter_map(Literal::of);
        required.for_each(|name| own.required.add(name.decode()));
        own
    }

    /// A member may have these schemas, too.
    fn allow(&mut self, name: String, schemas: Vec<Raw>) {
        let places = self.places.entry(name.clone());
        let at = *places.or_insert(self.properties.len());
        match self.properties.get_mut(at) {
            Some((_, allowed)) => allowed.extend(schemas),
            None => self.properties.push((name, schemas)),
        }
    }

    /// Adds what holds besides. What is known of a member already stands nearer, and stays.
    fn add(&mut self, others: Self) {
        for (name, schemas) in others.properties {
            if !self.places.contains_key(&name) {
                self.allow(name, schemas);
            }
        }
        let required = others.required.order.into_iter();
        required.for_each(|name| self.required.add(name));
    }

    /// As a schema's `properties`.
    fn properties(&self) -> Raw {
        let mut properties = Object::default();
        for (name, schemas) in &self.properties {
            let mut known = BTreeSet::new();
            let different = schemas.iter().filter(|schema| known.insert(schema.json()));
            let different: Vec<Raw> = different.cloned().collect();
            let schema = match different.as_slice() {
                [only] => only.clone(),
                several => object([("anyOf", Some(Raw::list(several)))]).raw(),
            };
            properties.push(name, schema);
        }
        properties.raw()
    }
}

struct Reader<'a> {
    /// Where references look.
    root: &'a Object,
    /// Bytes that may still be read.
    left: usize,
    /// The references that are being followed: some lead to themselves.
    open: Vec<String>,
}

impl Reader<'_> {
    fn read(&mut self, schema: &Object) -> Members {
        let mut members = Members::own(schema);
        if let Some(reference) = schema.text("$ref")
            && !self.open.contains(&reference)
        {
            let named = self.named(&reference);
            let named = named.iter().map(Raw::json);
            members.add(self.each(&reference, named, all));
        }
        for key in UNIONS {
            let parts = schema.get(key).and_then(Raw::items);
            let together = if key == "allOf" { all } else { any };
            let parts = parts.into_iter().flatten();
            members.add(self.each(key, parts, together));
        }
        members
    }

    /// What schemas say that stand at `place`.
    fn each<'b>(
        &mut self,
        place: &str,
        parts: impl Iterator<Item = &'b str>,
        together: fn(Members, Members) -> Members,
    ) -> Members {
        let mut members = None;
        self.open.push(place.to_owned());
        for part in parts {
            let Some(left) = self.left.checked_sub(part.len()) else {
                break;
            };
            self.left = left;
            if let Ok(part) = Object::parse(part)
                && self.open.len() <= DEEPEST
            {
                let read = self.read(&part);
                members = Some(match members {
                    None => read,
                    Some(before) => together(before, read),
                });
            }
        }
        self.open.pop();
        members.unwrap_or_default()
    }

    /// The definition that a reference within the schema names.
    fn named(&mut self, reference: &str) -> Option<Raw> {
        let (place, name) = reference.strip_prefix("#/")?.split_once('/')?;
        let definitions = self.root.get(place)?;
        self.left = self.left.checked_sub(definitions.json().len())?;
        Object::parse(definitions.json()).ok()?.known(name)
    }
}

/// Both hold.
fn all(mut one: Members, other: Members) -> Members {
    one.add(other);
    one
}

/// One of them holds: what only one of them demands is not demanded.
fn any(mut one: Members, other: Members) -> Members {
    let demanded = &other.required.known;
    one.required.order.retain(|name| demanded.contains(name));
    one.required.known.retain(|name| demanded.contains(name));
    for (name, schemas) in other.properties {
        one.allow(name, schemas);
    }
    one
}

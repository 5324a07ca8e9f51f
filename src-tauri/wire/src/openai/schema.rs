//! JSON Schemas, as tools and as structured outputs take them.

use std::collections::BTreeMap;

use crate::literal::Literal;
use crate::object::Object;
use crate::raw::Raw;

use super::dropped::{Noted, Why};
use super::refusal::Refusal;
use super::text::{object, string};
use super::{nothing, union};

/// Deeper schemas are not taken for structured outputs, whose limits are narrower still.
const DEEPEST: u32 = 40;

/// The formats of strings that structured outputs take, as JSON.
const FORMATS: &[&str] = &[
    r#""date-time""#,
    r#""time""#,
    r#""date""#,
    r#""duration""#,
    r#""email""#,
    r#""hostname""#,
    r#""uri""#,
    r#""ipv4""#,
    r#""ipv6""#,
    r#""uuid""#,
];

/// Neither are longer ones, in bytes.
const LONGEST: usize = 256 * 1024;

/// The schema of a tool's input: the client's, whose type has to be `object`, without what the
/// API does not take at the root; the members that were left out are listed.
pub(super) fn of_input(
    schema: Option<&Raw>,
    param: &str,
    dropped: &mut Noted,
) -> Result<Raw, Refusal> {
    let empty = || Raw::composed(r#"{"type":"object","properties":{}}"#.to_owned());
    let Some(raw) = schema else {
        return Ok(empty());
    };
    let wrong = |what: &str| Refusal::invalid(param, format!("`{param}` must be {what}"));
    let mut schema = Object::parse(raw.json()).map_err(|_| wrong("a JSON Schema"))?;
    if schema.is_empty() {
        return Ok(empty());
    }
    let unions = union::of_root(&schema);
    if let Some(mended) = nothing::left_out(raw.json()) {
        schema = mended;
    } else if is_object(&schema) && unions.is_empty() {
        return Ok(raw.clone());
    }
    if schema.known("type").is_some() && !is_object(&schema) && !allows_object(&schema) {
        return Err(wrong("a JSON Schema of the type `object`"));
    }
    if !unions.is_empty() {
        schema = union::without(&schema);
        for key in unions {
            dropped.note(format!("{param}.{key}"), Why::Nearest);
        }
    }
    schema.set("type", string("object"));
    Ok(schema.raw())
}

/// The schema may be that of a tool's input as it is.
pub(super) fn is_input(schema: &Raw) -> bool {
    let schema = Object::parse(schema.json());
    schema.is_ok_and(|schema| is_object(&schema) && union::of_root(&schema).is_empty())
}

/// The schema is one of objects and of nothing else.
fn is_object(schema: &Object) -> bool {
    schema.text("type").as_deref() == Some("object")
}

fn allows_object(schema: &Object) -> bool {
    let types = schema.list("type").unwrap_or_default();
    types.iter().any(|kind| kind.json() == r#""object""#)
}

/// A schema of an object whose member `value` is of this schema. Definitions move to the
/// root, where references look for them.
pub(super) fn wrapped(schema: &Raw) -> Raw {
    let mut inner = Object::parse(schema.json()).unwrap_or_default();
    let mut outer = object([("type", Some(string("object")))]);
    for key in ["$defs", "definitions"] {
        if let Some(definitions) = inner.known(key) {
            outer.set(key, definitions);
            inner.set(key, Raw::composed("{}".to_owned()));
        }
    }
    outer.set("properties", object([("value", Some(inner.raw()))]).raw());
    outer.set("required", Raw::composed(r#"["value"]"#.to_owned()));
    outer.raw()
}

/// The schema as structured outputs take it; none where they have no way to say it.
///
/// Every object has to be closed, recursion is not allowed, nor a reference within `allOf`,
/// nor values of an `enum` that are objects or lists, and most limits of numbers
/// and lengths are not taken: these are told to the model in `description` instead.
/// Source: <https://platform.claude.com/docs/en/build-with-claude/structured-outputs>.
pub(super) fn closed(schema: &Raw) -> Option<Raw> {
    if schema.json().len() > LONGEST {
        return None;
    }
    let root = Object::parse(schema.json()).ok()?;
    if is_recursive(&root) {
        return None;
    }
    close(schema, DEEPEST)
}

/// The schema with a description, unless it has one.
pub(super) fn described(schema: &Raw, description: Option<&str>) -> Raw {
    let mut members = Object::parse(schema.json()).unwrap_or_default();
    match description {
        Some(description) if members.known("description").is_none() => {
            members.set("description", string(description));
            members.raw()
        }
        _ => schema.clone(),
    }
}

fn close(schema: &Raw, depth: u32) -> Option<Raw> {
    let schema = Object::parse(schema.json()).ok()?;
    let depth = depth.checked_sub(1)?;
    let mut closed = Object::default();
    let mut told = vec![];
    let typed = fits_enum(&schema);
    for (key, value) in schema.iter() {
        match key.as_str() {
            "properties" | "$defs" | "definitions" => closed.push(&key, each_member(value, depth)?),
            "allOf" if lone_reference(value).is_some() && schema.get("$ref").is_none() => {
                closed.push("$ref", lone_reference(value)?);
            }
            "allOf" if has_reference(value) || joins_objects(&schema, value) => return None,
            "anyOf" | "allOf" => closed.push(&key, each_item(value, depth)?),
            "oneOf" => closed.push("anyOf", each_item(value, depth)?),
            "items" => closed.push(&key, close(value, depth)?),
            "enum" if !each_is_simple(value) => return None,
            "const" if !is_simple(value) => return None,
            "minItems" if matches!(value.json(), "0" | "1") => closed.push(&key, value.clone()),
            "type" if !typed => {}
            "type" | "enum" | "const" | "required" | "description" | "title" | "$ref"
            | "default" => closed.push(&key, value.clone()),
            "format" if FORMATS.contains(&value.json()) => closed.push(&key, value.clone()),
            "additionalProperties" if value.json() == "false" => {}
            // They say nothing of what is valid.
            "$schema" | "$id" | "$comment" | "example" | "examples" | "strict"
            | "discriminator" | "deprecated" | "readOnly" | "writeOnly" => {}
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf"
            | "minLength" | "maxLength" | "pattern" | "minItems" | "maxItems" | "uniqueItems"
            | "minProperties" | "maxProperties" | "format" => {
                told.push(format!("{key}: {}", value.json()));
            }
            _ => return None,
        }
    }
    let objects = is_object(&schema) || allows_object(&schema);
    if objects || schema.get("properties").is_some() {
        // An object of any members cannot be closed and stay what it is.
        schema.object("properties")?;
        closed.set("additionalProperties", Raw::composed("false".to_owned()));
    }
    if !told.is_empty() {
        let known = closed
            .text("description")
            .map(|known| known + " ")
            .unwrap_or_default();
        closed.set(
            "description",
            string(&format!("{known}({})", told.join(", "))),
        );
    }
    Some(closed.raw())
}

/// A text, a number, true, false or null: structured outputs take no other values.
fn is_simple(value: &Raw) -> bool {
    !value.json().starts_with(['{', '['])
}

fn each_is_simple(values: &Raw) -> bool {
    let items: Option<Vec<Raw>> = serde_json::from_str(values.json()).ok();
    items.is_some_and(|items| items.iter().all(is_simple))
}

/// The reference that is all of an `allOf`, as older writers of schemas put one beside a
/// title. Structured outputs take none within `allOf`.
fn lone_reference(items: &Raw) -> Option<Raw> {
    let items: Vec<Raw> = serde_json::from_str(items.json()).ok()?;
    let [item] = items.as_slice() else {
        return None;
    };
    let item = Object::parse(item.json()).ok()?;
    let alone = item.iter().count() == 1;
    item.known("$ref").filter(|_| alone)
}

fn has_reference(items: &Raw) -> bool {
    any_item(items, |item| item.get("$ref").is_some())
}

/// An `allOf` says what members an object has in several places. Each would be closed to the
/// members of the others, and nothing would be valid.
fn joins_objects(schema: &Object, items: &Raw) -> bool {
    let alone = schema.get("properties").is_none()
        && serde_json::from_str::<Vec<Raw>>(items.json()).is_ok_and(|items| items.len() < 2);
    !alone && any_item(items, |item| item.get("properties").is_some())
}

fn any_item(items: &Raw, is: impl Fn(&Object) -> bool) -> bool {
    let items: Vec<Raw> = serde_json::from_str(items.json()).unwrap_or_default();
    items
        .iter()
        .any(|item| Object::parse(item.json()).is_ok_and(|item| is(&item)))
}

/// The type is that of every value in an `enum`, if there is one. Structured outputs refuse a
/// schema that leaves a value without a type, such as null among strings; without the type it
/// says what was meant.
fn fits_enum(schema: &Object) -> bool {
    let (Some(kind), Some(values)) = (schema.get("type"), schema.list("enum")) else {
        return true;
    };
    let several: Result<Vec<Raw>, _> = serde_json::from_str(kind.json());
    let kinds = several.unwrap_or_else(|_| vec![kind.clone()]);
    let has = |word: &str| kinds.iter().any(|kind| kind.json() == word);
    let fits = |value: &Raw| match value.json().as_bytes() {
        [b'"', ..] => has(r#""string""#),
        [b'n', ..] => has(r#""null""#),
        [b't' | b'f', ..] => has(r#""boolean""#),
        _ => has(r#""number""#) || has(r#""integer""#),
    };
    values.iter().all(fits)
}

fn each_member(members: &Raw, depth: u32) -> Option<Raw> {
    let mut closed = Object::default();
    for (key, value) in Object::parse(members.json()).ok()?.iter() {
        closed.push(&key, close(value, depth)?);
    }
    Some(closed.raw())
}

fn each_item(items: &Raw, depth: u32) -> Option<Raw> {
    let items: Vec<Raw> = serde_json::from_str(items.json()).ok()?;
    let closed: Option<Vec<Raw>> = items.iter().map(|item| close(item, depth)).collect();
    closed.map(|closed| Raw::list(&closed))
}

/// Whether a definition leads back to itself, or a reference leads anywhere but to one.
fn is_recursive(root: &Object) -> bool {
    let mut edges: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut known = true;
    for key in ["$defs", "definitions"] {
        for (name, definition) in root.object(key).unwrap_or_default().iter() {
            let found = references(definition, DEEPEST, false, &mut known);
            edges
                .entry(format!("#/{key}/{name}"))
                .or_default()
                .extend(found);
        }
    }
    let targets = references(&root.raw(), DEEPEST, false, &mut known);
    known &= targets.iter().all(|target| edges.contains_key(target));
    !known || leads_back(&edges)
}

/// Some definition refers to itself, through however many others.
fn leads_back(edges: &BTreeMap<String, Vec<String>>) -> bool {
    // How many of its references lead to definitions that are not done with.
    let mut open = BTreeMap::new();
    let mut referring: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, targets) in edges {
        open.insert(name.as_str(), targets.len());
        for target in targets {
            referring.entry(target).or_default().push(name);
        }
    }
    // What refers to nothing is taken away until nothing is left, or only circles are.
    let ends = edges.iter().filter(|(_, targets)| targets.is_empty());
    let mut ends: Vec<&str> = ends.map(|(name, _)| name.as_str()).collect();
    while let Some(end) = ends.pop() {
        open.remove(end);
        for name in referring.get(end).into_iter().flatten() {
            if let Some(left) = open.get_mut(name) {
                *left -= 1;
                if *left == 0 {
                    ends.push(name);
                }
            }
        }
    }
    !open.is_empty()
}

/// The targets of all references in a schema, or in an object whose members are schemas
/// and whose keys are `names`.
fn references(schema: &Raw, depth: u32, names: bool, known: &mut bool) -> Vec<String> {
    let Some(depth) = depth.checked_sub(1) else {
        *known = false;
        return vec![];
    };
    if let Ok(object) = Object::parse(schema.json()) {
        let members = object.iter().flat_map(|(key, value)| match key.as_str() {
            _ if names => references(value, depth, false, known),
            "$ref" => Literal::of(value)
                .map(|target| target.decode())
                .into_iter()
                .collect(),
            "enum" | "const" | "default" | "examples" => vec![],
            "properties" | "$defs" | "definitions" | "patternProperties" => {
                references(value, depth, true, known)
            }
            _ => references(value, depth, false, known),
        });
        return members.collect();
    }
    let items: Vec<Raw> = serde_json::from_str(schema.json()).unwrap_or_default();
    items
        .iter()
        .flat_map(|item| references(item, depth, false, known))
        .collect()
}

//! Lists and maps of a schema that hold nothing and are written as null, as programs in Go do. The
//! API refuses them, at the root of a schema and below.

use memchr::memmem;

use crate::object::Object;
use crate::raw::Raw;

/// Deeper schemas stay as they are.
const DEEPEST: u32 = 40;

/// So do longer ones, in bytes.
const LONGEST: usize = 256 * 1024;

/// The members of a schema that hold nothing when they are null.
const NOTHING: [&str; 2] = ["properties", "required"];
/// Those that are a schema, or a list of them.
const SCHEMAS: [&str; 7] = [
    "items",
    "additionalProperties",
    "not",
    "anyOf",
    "allOf",
    "oneOf",
    "prefixItems",
];
/// Those that are schemas under names.
const NAMED: [&str; 4] = ["properties", "patternProperties", "$defs", "definitions"];

/// The schema without these nulls; none where it has none.
pub(super) fn left_out(schema: &str) -> Option<Object> {
    // Nearly no schema has any, and it is not read for it.
    let may = schema.len() <= LONGEST && memmem::find(schema.as_bytes(), b"null").is_some();
    if may {
        of_schema(schema, DEEPEST)
    } else {
        None
    }
}

fn of_schema(schema: &str, depth: u32) -> Option<Object> {
    let depth = depth.checked_sub(1)?;
    let kept = |key: &str, value: &Raw| !(value.is_null() && NOTHING.contains(&key));
    each(schema, kept, |key, value| {
        if NAMED.contains(&key) {
            let names = each(value, |_, _| true, |_, value| member(value, depth));
            return names.map(|names| names.raw());
        }
        match SCHEMAS.contains(&key) && value.starts_with('[') {
            true => of_list(value, depth),
            false if SCHEMAS.contains(&key) => member(value, depth),
            false => None,
        }
    })
}

fn member(schema: &str, depth: u32) -> Option<Raw> {
    of_schema(schema, depth).map(|schema| schema.raw())
}

fn of_list(items: &str, depth: u32) -> Option<Raw> {
    let mut items: Vec<Raw> = serde_json::from_str(items).ok()?;
    let mut changed = false;
    for item in &mut items {
        if let Some(mended) = member(item.json(), depth) {
            *item = mended;
            changed = true;
        }
    }
    changed.then(|| Raw::list(&items))
}

/// An object without the members that are not kept, and with the others mended; none where
/// nothing changes.
fn each(
    object: &str,
    kept: impl Fn(&str, &Raw) -> bool,
    mended: impl Fn(&str, &str) -> Option<Raw>,
) -> Option<Object> {
    let object = Object::parse(object).ok()?;
    let mut changed = false;
    let mut whole = Object::default();
    for (key, value) in object.iter() {
        if !kept(&key, value) {
            changed = true;
            continue;
        }
        let better = mended(&key, value.json());
        changed |= better.is_some();
        whole.push(&key, better.unwrap_or_else(|| value.clone()));
    }
    changed.then_some(whole)
}

//! Values that a schema takes: the input of a tool, and answers that are JSON.

use serde_json::{Map, Value, json};

/// A value that the schema takes, as far as that can be told without solving it. Texts are the
/// beginning of the question. What there is no room for is null.
pub(super) fn value(schema: &Value, question: &str) -> Value {
    let question: String = question.trim().chars().take(LONGEST_TEXT).collect();
    let sought = Sought {
        schema,
        root: schema,
        depth: 0,
        question: &question,
    };
    sought_value(&sought, &mut Room::default())
}

/// The input of a tool, which is an object whatever its schema says.
pub(super) fn input(schema: &Value, question: &str) -> Value {
    match value(schema, question) {
        object @ Value::Object(_) => object,
        _ => json!({}),
    }
}

/// A value that is sought, and where its references lead.
struct Sought<'a> {
    schema: &'a Value,
    root: &'a Value,
    depth: usize,
    question: &'a str,
}

/// How deep a schema is followed; one that leads back to itself has no end.
const DEEPEST: usize = 16;
/// How many values are made; one that branches into itself has too many within any depth.
const MOST_VALUES: usize = 1_000;
/// How many bytes of names, texts and references; one large constant can be meant often.
const MOST_BYTES: usize = 64 * 1024;
/// How much of the question a text takes, in characters.
const LONGEST_TEXT: usize = 200;

/// What may still be made.
struct Room {
    values: usize,
    bytes: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            values: MOST_VALUES,
            bytes: MOST_BYTES,
        }
    }
}

impl Room {
    /// Room for one more value of so many bytes, if there is any.
    fn take(&mut self, bytes: usize) -> Option<()> {
        self.name(bytes)?;
        self.values -= 1;
        Some(())
    }

    /// Room for what leads to one more value: a name, or a reference. Once there is none,
    /// there is no room for anything that comes after.
    fn name(&mut self, bytes: usize) -> Option<()> {
        match self.bytes.checked_sub(bytes) {
            Some(left) if self.values > 0 => self.bytes = left,
            _ => {
                self.values = 0;
                return None;
            }
        }
        Some(())
    }
}

impl<'a> Sought<'a> {
    fn within(&self, schema: &'a Value) -> Self {
        Self {
            schema,
            root: self.root,
            depth: self.depth + 1,
            question: self.question,
        }
    }

    /// The schema that this one is another word for: where it refers to, or its first choice.
    /// Fields of its own go before a choice, which then only says which of them go together.
    fn another(&self) -> Option<&'a Value> {
        let schema = self.schema;
        if let Some(pointer) = schema["$ref"].as_str().and_then(|it| it.strip_prefix('#')) {
            return Some(self.root.pointer(pointer).unwrap_or(&Value::Null));
        }
        let mut choices = ["anyOf", "oneOf", "allOf"].iter();
        let first = choices.find_map(|name| schema[name].get(0));
        first.filter(|_| schema.get("properties").is_none())
    }
}

fn sought_value(sought: &Sought<'_>, room: &mut Room) -> Value {
    let schema = sought.schema;
    if sought.depth > DEEPEST {
        return copy(&Value::Null, room);
    }
    if let Some(fixed) = schema.get("const").or_else(|| schema["enum"].get(0)) {
        return copy(fixed, room);
    }
    if let Some(another) = sought.another() {
        let length = schema["$ref"].as_str().map_or(0, str::len);
        return match room.name(length) {
            Some(()) => sought_value(&sought.within(another), room),
            None => Value::Null,
        };
    }
    made(sought, room).unwrap_or(Value::Null)
}

/// A value of the schema's type; none where there is no room for it.
fn made(sought: &Sought<'_>, room: &mut Room) -> Option<Value> {
    let schema = sought.schema;
    // Of several types the first.
    let kind = schema["type"].get(0).unwrap_or(&schema["type"]).as_str();
    let is_text = !matches!(
        kind,
        Some("number" | "integer" | "boolean" | "null" | "array" | "object")
    );
    room.take(if is_text { sought.question.len() } else { 0 })?;
    Some(match kind {
        Some("number" | "integer") => json!(schema["minimum"].as_i64().unwrap_or(1).max(1)),
        Some("boolean") => json!(true),
        Some("null") => Value::Null,
        Some("array") => {
            let least = schema["minItems"].as_u64().unwrap_or(0).min(8);
            (0..least)
                .map(|_| sought_value(&sought.within(&schema["items"]), room))
                .collect()
        }
        Some("object") => object(sought, room),
        Some(_) | None => json!(sought.question),
    })
}

fn object(sought: &Sought<'_>, room: &mut Room) -> Value {
    let required = sought.schema["required"].as_array().into_iter().flatten();
    let mut fields = Map::new();
    for name in required.filter_map(Value::as_str) {
        if room.name(name.len()).is_none() {
            break;
        }
        let about = &sought.schema["properties"][name];
        fields.insert(name.to_owned(), sought_value(&sought.within(about), room));
    }
    Value::Object(fields)
}

/// The same value; null where there is no room for it.
fn copy(value: &Value, room: &mut Room) -> Value {
    let bytes = value.as_str().map_or(0, str::len);
    if room.take(bytes).is_none() {
        return Value::Null;
    }
    match value {
        Value::Array(items) => {
            let mut copied = Vec::new();
            for item in items {
                if room.values == 0 {
                    break;
                }
                copied.push(copy(item, room));
            }
            Value::Array(copied)
        }
        Value::Object(fields) => {
            let mut copied = Map::new();
            for (name, value) in fields {
                if room.name(name.len()).is_none() {
                    break;
                }
                copied.insert(name.clone(), copy(value, room));
            }
            Value::Object(copied)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

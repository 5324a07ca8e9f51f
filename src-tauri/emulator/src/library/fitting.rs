//! Values that a schema takes: the input of a tool, and answers that are JSON.

use serde_json::{Map, Value, json};

/// A value that the schema takes, as far as that can be told without solving it. Texts are the
/// question.
pub(super) fn value(schema: &Value, question: &str) -> Value {
    sought_value(&Sought {
        schema,
        root: schema,
        depth: 0,
        question: question.trim(),
    })
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

impl<'a> Sought<'a> {
    fn within(&self, schema: &'a Value) -> Self {
        Self {
            schema,
            root: self.root,
            depth: self.depth + 1,
            question: self.question,
        }
    }
}

fn object(sought: &Sought<'_>) -> Value {
    let required = sought.schema["required"].as_array().into_iter().flatten();
    let field = |name: &Value| {
        let name = name.as_str()?;
        let about = &sought.schema["properties"][name];
        Some((name.to_owned(), sought_value(&sought.within(about))))
    };
    Value::Object(required.filter_map(field).collect::<Map<_, _>>())
}

fn sought_value(sought: &Sought<'_>) -> Value {
    let schema = sought.schema;
    if sought.depth > DEEPEST {
        return Value::Null;
    }
    if let Some(fixed) = schema.get("const").or_else(|| schema["enum"].get(0)) {
        return fixed.clone();
    }
    if let Some(pointer) = schema["$ref"].as_str().and_then(|it| it.strip_prefix('#')) {
        let leads_to = sought.root.pointer(pointer).unwrap_or(&Value::Null);
        return sought_value(&sought.within(leads_to));
    }
    let choices = ["anyOf", "oneOf", "allOf"].iter();
    if let Some(first) = choices.filter_map(|name| schema[name].get(0)).next() {
        return sought_value(&sought.within(first));
    }
    // Of several types the first.
    let kind = schema["type"].get(0).unwrap_or(&schema["type"]);
    match kind.as_str() {
        Some("number" | "integer") => json!(schema["minimum"].as_i64().unwrap_or(1).max(1)),
        Some("boolean") => json!(true),
        Some("null") => Value::Null,
        Some("array") => {
            let least = schema["minItems"].as_u64().unwrap_or(0).min(8);
            (0..least)
                .map(|_| sought_value(&sought.within(&schema["items"])))
                .collect()
        }
        Some("object") => object(sought),
        _ => json!(sought.question),
    }
}

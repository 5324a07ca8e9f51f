//! JSON as an answer.

use crate::object::Object;
use crate::openai::refusal::Refusal;
use crate::openai::schema;
use crate::openai::text::{object, string};
use crate::openai::wants::{JsonTool, Wants};
use crate::raw::Raw;

use super::case::Case;
use super::thinking::OutputConfig;
use super::tools::{Choice, Tools};

/// The name of the tool whose input is the answer. LiteLLM calls it the same.
const JSON_TOOL: &str = "json_tool_call";

const DESCRIPTION: &str = "Gives the answer to the user. Its input is the answer, as JSON.";

const INSTRUCTION: &str = "Give your final answer only by calling the tool `json_tool_call`, \
    with the answer as its input, and write no text besides.";

/// Takes `response_format`.
///
/// A schema goes into the request where the deployment has structured outputs and they
/// can say it (<https://platform.claude.com/docs/en/build-with-claude/structured-outputs>);
/// elsewhere the answer becomes the input of a tool, which the model is made to call
/// where it can be, and asked to call where not.
pub(super) fn take(
    case: &mut Case<'_>,
    wants: &mut Wants,
    tools: &mut Tools,
    output: &mut OutputConfig,
    system: &mut Vec<Raw>,
) -> Result<(), Refusal> {
    let Some(format) = case.object("response_format")? else {
        return Ok(());
    };
    let Some((schema, description)) = asked(case, &format)? else {
        return Ok(());
    };
    if case.facts.is_hosted_on_anthropic()
        && let Some(closed) = schema::closed(&schema)
        && tools.may_be_strict(&closed)
    {
        let closed = schema::described(&closed, description.as_deref());
        let kind = Some(string("json_schema"));
        let format = object([("type", kind), ("schema", Some(closed))]);
        output.0.set("format", format.raw());
        return Ok(());
    }
    through_tool(wants, tools, system, &schema, description);
    Ok(())
}

/// The schema of the answer and what is said about it; none for an answer in any form.
fn asked(case: &mut Case<'_>, format: &Object) -> Result<Option<(Raw, Option<String>)>, Refusal> {
    let read = ["type", "json_schema", "schema", "response_schema"];
    case.dropped.unread(format, "response_format", &read);
    let kind = format.text("type");
    let mut description = None;
    let schema = match kind.as_deref() {
        Some("text") => return Ok(None),
        Some("json_object") => format
            .known("schema")
            .or_else(|| format.known("response_schema")),
        Some("json_schema") => {
            let param = "response_format.json_schema";
            let inner = format.object("json_schema");
            let inner = inner.ok_or_else(|| Refusal::missing(param))?;
            let read = ["name", "description", "schema", "strict"];
            case.dropped.unread(&inner, param, &read);
            let said = inner.text("description");
            description = said.filter(|text| !text.trim().is_empty());
            inner.known("schema")
        }
        Some(_) => {
            let message = "`response_format.type` must be text, json_object or json_schema";
            return Err(Refusal::invalid("response_format.type", message));
        }
        None => return Err(Refusal::missing("response_format.type")),
    };
    let schema = schema.unwrap_or_else(|| Raw::composed(r#"{"type":"object"}"#));
    if !schema.is_object() {
        let param = "response_format.json_schema.schema";
        let message = format!("`{param}` must be a JSON Schema");
        return Err(Refusal::invalid(param, message));
    }
    Ok(Some((schema, description)))
}

fn through_tool(
    wants: &mut Wants,
    tools: &mut Tools,
    system: &mut Vec<Raw>,
    schema: &Raw,
    description: Option<String>,
) {
    // An answer that has to be a call of one of the client's tools has no other content.
    if tools.chosen().is_some_and(Choice::is_forced) {
        return;
    }
    let wrapped = !schema::is_input(schema);
    let name = wants.names.own(JSON_TOOL);
    let input = if wrapped {
        schema::wrapped(schema)
    } else {
        schema.clone()
    };
    let about = match description {
        Some(description) => format!("{DESCRIPTION} {description}"),
        None => DESCRIPTION.to_owned(),
    };
    let tool = object([
        ("name", Some(string(&name))),
        ("description", Some(string(&about))),
        ("input_schema", Some(input)),
    ]);
    let alone = tools.is_empty() || tools.chosen() == Some(&Choice::None);
    tools.add(&name, tool.raw());
    if tools.may_force() {
        tools.force(if alone {
            Choice::Named(name.clone())
        } else {
            Choice::Any
        });
    } else {
        tools.force(Choice::Auto);
        let text = INSTRUCTION.replace(JSON_TOOL, &name);
        system.push(
            object([
                ("type", Some(string("text"))),
                ("text", Some(string(&text))),
            ])
            .raw(),
        );
    }
    if alone {
        tools.one_at_a_time();
    }
    wants.json_tool = Some(JsonTool { name, wrapped });
}

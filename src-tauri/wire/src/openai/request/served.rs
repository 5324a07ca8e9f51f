//! What the API's own tools did, as LiteLLM tells it: their calls stand among those of the
//! client's tools, with their results beside, and conversations that began there go on here.

use std::collections::BTreeMap;

use crate::block::Block;
use crate::object::Object;
use crate::openai::text::{object, string};
use crate::raw::Raw;

use super::assistant::Call;

/// Where the results stand in `provider_specific_fields`.
const RESULTS: [&str; 2] = ["web_search_results", "tool_results"];

/// How the ids of such calls begin.
const PREFIX: &str = "srvtoolu_";

/// Takes the calls out whose results are there; the blocks of both, each result behind its call
/// as the API wants it. A call without a result stays: the client may have one.
/// Source: <https://platform.claude.com/docs/en/agents-and-tools/tool-use/server-tools>.
pub(super) fn take(message: &Object, calls: &mut Vec<Call>) -> Vec<Block> {
    let mut blocks = vec![];
    if !calls.iter().any(is_served) {
        return blocks;
    }
    let mut results = results(message);
    calls.retain(|call| {
        let id = call.id.as_deref().filter(|_| is_served(call));
        let Some((id, result)) = id.and_then(|id| Some((id, results.remove(id)?))) else {
            return true;
        };
        let call = object([
            ("type", Some(string("server_tool_use"))),
            ("id", Some(string(id))),
            ("name", Some(string(&call.name))),
            ("input", Some(call.input.clone())),
        ]);
        blocks.extend([Block::from(&call), result]);
        false
    });
    blocks
}

fn is_served(call: &Call) -> bool {
    call.id.as_ref().is_some_and(|id| id.starts_with(PREFIX))
}

/// The results, each under the id of its call.
fn results(message: &Object) -> BTreeMap<String, Block> {
    let fields = message.object("provider_specific_fields");
    let fields = fields.unwrap_or_default();
    let told = RESULTS.into_iter().filter_map(|key| fields.list(key));
    let result = |raw: Raw| {
        let result = Block::from_raw(raw).ok()?;
        Some((result.members().text("tool_use_id")?, result))
    };
    told.flatten().filter_map(result).collect()
}

//! What an answer used, in OpenAI's terms.

use crate::object::Object;
use crate::raw::Raw;
use crate::usage::Usage;

/// The `usage` of a completion.
///
/// To OpenAI's clients, prompt tokens are all that went in, those of the cache included,
/// and the cache's share stands in the details. What LiteLLM adds beside the details is
/// added too. Counts that were not reported are zero.
pub(super) fn told(usage: &Usage) -> Raw {
    let members = usage.raw.as_ref().map(|raw| Object::parse(raw.json()));
    let members = members.and_then(Result::ok).unwrap_or_default();
    let Counts {
        input,
        output,
        written,
        read,
    } = Counts::of(usage, &members);
    let prompt = input.saturating_add(written).saturating_add(read);
    let total = prompt.saturating_add(output);
    let thought = usage.thinking_tokens.unwrap_or(0);
    let (kept, beside) = (kept(usage), beside(&members));
    Raw::composed(format!(
        "{{\"prompt_tokens\":{prompt},\"completion_tokens\":{output},\"total_tokens\":{total},\
         \"prompt_tokens_details\":{{\"cached_tokens\":{read},\"cache_creation_tokens\":{written}{kept}}},\
         \"completion_tokens_details\":{{\"reasoning_tokens\":{thought}}},\
         \"cache_creation_input_tokens\":{written},\"cache_read_input_tokens\":{read}{beside}}}"
    ))
}

/// How long what was written to the cache is kept, where that is said: an hour costs more than
/// five minutes.
fn kept(usage: &Usage) -> String {
    let (Some(minutes), Some(hour)) = (
        usage.cache_creation_5m_tokens,
        usage.cache_creation_1h_tokens,
    ) else {
        return String::new();
    };
    format!(
        ",\"cache_creation_token_details\":{{\"ephemeral_5m_input_tokens\":{minutes},\
         \"ephemeral_1h_input_tokens\":{hour}}}"
    )
}

/// What else an answer is paid by, as it came.
fn beside(members: &Object) -> String {
    let names = [
        "server_tool_use",
        "service_tier",
        "speed",
        "inference_geo",
        "iterations",
    ];
    let said = names.iter().filter_map(|name| {
        let value = members.known(name)?;
        let empty = matches!(value.json(), "[]" | "{}");
        (!empty).then(|| format!(",\"{name}\":{}", value.json()))
    });
    said.collect()
}

#[derive(Default)]
struct Counts {
    input: u64,
    output: u64,
    written: u64,
    read: u64,
}

impl Counts {
    /// The counts of a request. Where it had several passes, as with compaction, the
    /// passes are counted one by one, for the totals leave some of them out. Source:
    /// <https://platform.claude.com/docs/en/build-with-claude/compaction>.
    fn of(usage: &Usage, members: &Object) -> Self {
        let mut counts = Self::default();
        let passes = members.list("iterations").unwrap_or_default();
        let passes: Vec<_> = passes.into_iter().map(Usage::from_raw).collect();
        if passes.iter().any(|pass| pass.output_tokens.is_some()) {
            passes.iter().for_each(|pass| counts.add(pass));
        } else {
            counts.add(usage);
        }
        counts
    }

    fn add(&mut self, pass: &Usage) {
        let add = |sum: &mut u64, count: Option<u64>| *sum = sum.saturating_add(count.unwrap_or(0));
        add(&mut self.input, pass.input_tokens);
        add(&mut self.output, pass.output_tokens);
        add(&mut self.written, pass.cache_creation_input_tokens);
        add(&mut self.read, pass.cache_read_input_tokens);
    }
}

//! What a stream tells in one piece before its end.

use crate::object::Object;
use crate::raw::Raw;

use super::citations::annotations;

/// Lists that clients put together from chunks only if each comes in one: OpenAI's clients add
/// lists up by the `index` of their members, which these do not have. The one for Python fails at
/// a second piece, the one for Node keeps the last only.
#[derive(Debug, Clone, Default)]
pub(super) struct Lists {
    /// Blocks of thinking, to be sent back as they are.
    thinking: Vec<Raw>,
    /// Web pages that are cited.
    annotations: Vec<Raw>,
    /// All citations, of each text that has any.
    citations: Vec<Raw>,
    /// How many characters the texts have so far.
    characters: u64,
}

impl Lists {
    /// A block of thinking is whole.
    pub(super) fn thought(&mut self, block: &Object) {
        self.thinking.push(block.raw());
    }

    /// A text is whole, and its places in the answer are known.
    pub(super) fn cite(&mut self, block: &Object) {
        let text = block.literal("text").unwrap_or_default();
        let start = self.characters;
        self.characters += text.decode().chars().count() as u64;
        let citations = block.list("citations").unwrap_or_default();
        if !citations.is_empty() {
            let annotations = annotations(&citations, start, self.characters);
            self.annotations.extend(annotations);
            self.citations.push(Raw::list(&citations));
        }
    }

    /// The members of a delta that have such lists, by their names.
    pub(super) fn members(&self) -> impl Iterator<Item = (&'static str, Raw)> + '_ {
        let lists = [
            ("thinking_blocks", &self.thinking),
            ("annotations", &self.annotations),
        ];
        let said = lists.into_iter().filter(|(_, list)| !list.is_empty());
        said.map(|(name, list)| (name, Raw::list(list)))
    }

    /// All citations, as an answer in one piece has them.
    pub(super) fn citations(&self) -> Option<Raw> {
        (!self.citations.is_empty()).then(|| Raw::list(&self.citations))
    }
}

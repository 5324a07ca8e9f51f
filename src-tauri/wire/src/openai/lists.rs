//! What an answer tells in lists, and beside OpenAI's form.

use crate::extras::Extras;
use crate::object::Object;
use crate::raw::Raw;

use super::citations::annotations;
use super::text::object;

/// Lists that are told when all of the answer is there.
///
/// A stream tells each in one chunk before its end: OpenAI's clients add lists up by the `index`
/// of their members, which these do not have. The one for Python fails at a second piece, the
/// one for Node keeps the last only.
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

    /// The blocks of thinking, if there are any.
    pub(super) fn thinking(&self) -> Option<Raw> {
        list(&self.thinking)
    }

    /// The web pages that are cited, if there are any.
    pub(super) fn annotations(&self) -> Option<Raw> {
        list(&self.annotations)
    }

    /// `provider_specific_fields`, if anything stands there.
    pub(super) fn fields(&self, blocks: Option<Raw>, extras: &Extras) -> Option<Raw> {
        let [container, context_management, input_transformations] = extras.members();
        let fields = object([
            ("citations", list(&self.citations)),
            ("content_blocks", blocks),
            container,
            context_management,
            input_transformations,
        ]);
        (!fields.is_empty()).then(|| fields.raw())
    }
}

fn list(items: &[Raw]) -> Option<Raw> {
    (!items.is_empty()).then(|| Raw::list(items))
}

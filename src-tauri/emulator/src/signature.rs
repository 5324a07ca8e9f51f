//! Signatures of thinking blocks: opaque to the client, checkable here.
//!
//! They stand in for the API's, which bind a block to the model and to the conversation
//! before it (<https://platform.claude.com/docs/en/build-with-claude/extended-thinking>).
//! They are deterministic and protect nothing.

use crate::random::{Random, digest};

/// Signs the thinking of one answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signer {
    model: u64,
    prefix: u64,
}

/// What a signature says about the block that it came back with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Intact,
    /// Made by another model: the API drops the block silently.
    OtherModel,
    /// Made under another conversation.
    OtherPrefix,
    /// Made here, for another text.
    Changed,
    /// Never made here.
    Foreign,
}

impl Signer {
    pub(crate) fn new(base_model: &str, prefix: u64) -> Signer {
        Signer {
            model: digest(&[base_model.as_bytes()]),
            prefix,
        }
    }

    pub(crate) fn sign(&self, thinking: &str) -> String {
        Parts {
            model: self.model,
            prefix: self.prefix,
            text: digest(&[thinking.as_bytes()]),
        }
        .seal()
    }

    pub(crate) fn judge(&self, thinking: &str, signature: &str) -> Verdict {
        let Some(parts) = Parts::open(signature) else {
            return Verdict::Foreign;
        };
        if parts.text != digest(&[thinking.as_bytes()]) {
            return Verdict::Changed;
        }
        if parts.model != self.model {
            return Verdict::OtherModel;
        }
        if parts.prefix != self.prefix {
            return Verdict::OtherPrefix;
        }
        Verdict::Intact
    }
}

struct Parts {
    model: u64,
    prefix: u64,
    text: u64,
}

const OPENING: &str = "EqQB";

impl Parts {
    fn seal(&self) -> String {
        let Parts {
            model,
            prefix,
            text,
        } = self;
        let body = format!("{model:016x}{prefix:016x}{text:016x}");
        let mut seal = Random::new(digest(&[b"hearth emulator", body.as_bytes()]));
        format!("{OPENING}{body}{}==", seal.letters(42))
    }

    fn open(signature: &str) -> Option<Parts> {
        let body = signature.strip_prefix(OPENING)?;
        let field = |n: usize| u64::from_str_radix(body.get(n * 16..(n + 1) * 16)?, 16).ok();
        let parts = Parts {
            model: field(0)?,
            prefix: field(1)?,
            text: field(2)?,
        };
        (parts.seal() == signature).then_some(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_knows_what_was_changed() {
        let signer = Signer::new("claude-sonnet-5-5", 7);
        let signature = signer.sign("so");
        let judge =
            |model: &str, prefix, text: &str| Signer::new(model, prefix).judge(text, &signature);
        assert_eq!(judge("claude-sonnet-5-5", 7, "so"), Verdict::Intact);
        assert_eq!(judge("claude-opus-5-5", 7, "so"), Verdict::OtherModel);
        assert_eq!(judge("claude-sonnet-5-5", 8, "so"), Verdict::OtherPrefix);
        assert_eq!(judge("claude-sonnet-5-5", 7, "so!"), Verdict::Changed);
        assert_eq!(
            signer.judge("so", &signature.replace("==", "")),
            Verdict::Foreign
        );
    }
}

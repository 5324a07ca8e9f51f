//! The veil over bytes that come in pieces: a secret may begin in one and end in another.

use bytes::Bytes;

use super::Veil;

/// Hides secrets in bytes that come in pieces. What could be the beginning of one is kept back
/// until it is known, which is never more than a secret's length; everything else goes at once.
#[derive(Debug)]
pub struct Veiling {
    veil: Veil,
    /// What came last and could be the beginning of a secret.
    kept: Vec<u8>,
}

impl Veiling {
    pub(super) fn new(veil: Veil) -> Self {
        Self {
            veil,
            kept: Vec::new(),
        }
    }

    /// The next bytes, without what was sent. They may be fewer, or none.
    #[must_use]
    pub fn push(&mut self, piece: Bytes) -> Bytes {
        let text = match self.kept.is_empty() {
            true => piece,
            false => {
                let mut text = std::mem::take(&mut self.kept);
                text.extend_from_slice(&piece);
                text.into()
            }
        };
        let (hidden, at) = self.veil.hide(&text, |rest| self.veil.is_open(rest));
        self.kept = text[at..].to_vec();
        hidden.map_or_else(|| text.slice(..at), Bytes::from)
    }

    /// What was kept back, when no more comes.
    #[must_use]
    pub fn end(&mut self) -> Bytes {
        let kept = std::mem::take(&mut self.kept);
        self.veil.bytes(kept).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use super::super::HIDDEN;

    const SECRETS: [&str; 4] = ["canary+key/1==", "canary+key/1==more", "seven", "nananana"];

    fn veil() -> Veil {
        Veil::over(SECRETS.into_iter())
    }

    /// What is left of a text that comes in two pieces, and then in pieces of one size.
    fn in_pieces(text: &[u8], split: usize, size: usize) -> Vec<u8> {
        let (first, rest) = text.split_at(split);
        let mut veiling = veil().over_pieces();
        let mut passed = veiling.push(Bytes::copy_from_slice(first)).to_vec();
        for piece in rest.chunks(size) {
            passed.extend_from_slice(&veiling.push(Bytes::copy_from_slice(piece)));
            assert!(veiling.kept.len() < 6 * SECRETS[1].len());
        }
        passed.extend_from_slice(&veiling.end());
        passed
    }

    #[test]
    fn pieces_of_every_size_lose_what_the_whole_loses() {
        let spelled = "{\"m\":\"canary\\u002Bkey\\/1\\u003d\\u003D, canary+key/1==\"}";
        for (text, hides) in [
            ("nothing of it \\u00e4 \\", false),
            ("", false),
            ("canary+", false),
            ("seven canary+key/2==", false),
            ("nanana nananan", false),
            ("canary+key/1==", true),
            ("a canary+key/1==more!", true),
            ("canary+key/1==mor", true),
            ("canary+kcanary+key/1==", true),
            ("cancanary+key/1==canary+key/1==", true),
            ("bananananas", true),
            ("cut: canary+key\\u00", true),
            (spelled, true),
        ] {
            let whole = veil().bytes(text.as_bytes().to_vec());
            let has_mark = whole.windows(HIDDEN.len()).any(|part| part == HIDDEN);
            assert_eq!(has_mark, hides, "{text}");
            for split in 0..=text.len() {
                for size in 1..=text.len().max(1) {
                    assert_eq!(in_pieces(text.as_bytes(), split, size), whole, "{text}");
                }
            }
        }
    }

    #[test]
    fn what_holds_no_beginning_of_a_secret_goes_at_once() {
        let mut veiling = veil().over_pieces();
        let piece = Bytes::from_static(b"event: error\ndata: a canary\n\n");
        assert_eq!(veiling.push(piece.clone()), piece);
        assert_eq!(veiling.push(Bytes::from_static(b"x ca")), "x ");
        assert_eq!(veiling.push(Bytes::from_static(b"t")), "cat");
        assert!(veiling.end().is_empty());
    }
}

//! How often a token is renewed because the resource refused it.
//!
//! A new one helps where the old one was revoked, or where somebody else signed in since. Where
//! it does not help, a program that asks on and on would make the authority give one for every
//! question, and authorities lock out who asks like that (AADSTS50196,
//! <https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes>).

use tokio::time::Instant;

use super::{Duration, REFUSED, pause};

/// So many tokens are renewed at once, one after the other: one for whoever was refused, and one
/// for when they have mended what was wrong and ask again.
const AT_ONCE: u32 = 2;
/// After so long without a renewal, those before it do not count any more.
const FORGIVEN: Duration = Duration::from_secs(10 * 60);

#[derive(Default)]
pub(super) struct Refusals {
    /// Tokens in a row that were renewed because they were refused, and when the last was.
    renewed: u32,
    last: Option<Instant>,
    /// Until then the token is kept although it was refused.
    pub(super) kept_until: Option<Instant>,
    /// The token that there is now was refused.
    doubted: bool,
}

impl Refusals {
    /// The token that there is now was refused.
    pub(super) fn doubt(&mut self) {
        self.doubted = true;
    }

    /// There is another token, which nobody has refused yet.
    pub(super) fn trust(&mut self) {
        self.doubted = false;
    }

    /// Whether the token is to be renewed now, because it was refused and is not to be kept for
    /// a while; true once for each token.
    pub(super) fn end_the_token(&mut self) -> bool {
        let now = Instant::now();
        if !self.doubted || self.kept_until.is_some_and(|moment| now < moment) {
            return false;
        }
        if self.last.is_none_or(|last| now - last >= FORGIVEN) {
            self.renewed = 0;
        }
        self.renewed += 1;
        self.last = Some(now);
        self.kept_until = match self.renewed.saturating_sub(AT_ONCE - 1) {
            0 => None,
            too_many => Some(now + pause(too_many).max(REFUSED)),
        };
        self.doubted = false;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::LONGEST_PAUSE;
    use super::*;

    fn refused(refusals: &mut Refusals) -> bool {
        refusals.doubt();
        refusals.end_the_token()
    }

    #[tokio::test(start_paused = true)]
    async fn two_are_renewed_at_once_and_then_one_in_each_pause() {
        let mut refusals = Refusals::default();
        assert!(!refusals.end_the_token(), "nobody refused it");
        assert!(refused(&mut refusals) && refused(&mut refusals));
        for _ in 0..10 {
            assert!(!refused(&mut refusals));
            tokio::time::advance(REFUSED - Duration::from_secs(1)).await;
            assert!(!refused(&mut refusals));
            tokio::time::advance(LONGEST_PAUSE).await;
            // It was refused before, so nobody has to be refused once more.
            assert!(refusals.end_the_token());
        }
        // A token that nobody refused is kept, however long ago that was.
        tokio::time::advance(FORGIVEN).await;
        assert!(!refusals.end_the_token());
        assert!(refused(&mut refusals) && refused(&mut refusals));
        assert!(!refused(&mut refusals));
        // One that came meanwhile is trusted until it is refused, too.
        refusals.trust();
        tokio::time::advance(LONGEST_PAUSE).await;
        assert!(!refusals.end_the_token());
    }
}

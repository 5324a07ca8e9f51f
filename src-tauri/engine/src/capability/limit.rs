//! Which limit of a deployment it is that a request went over, and how large the limit is.
//!
//! The API tells both numbers in its words only
//! (<https://platform.claude.com/docs/en/api/errors>).

use hearth_foundry::Failure;
use hearth_wire::MessagesRequest;

use super::MOST_SAID;
use crate::api::{KnownLimit, Limit, Origin};

/// The limit that a refusal names; none for any other failure, and for numbers that contradict
/// themselves or what was asked.
pub(crate) fn exceeded(failure: &Failure, request: &MessagesRequest) -> Option<KnownLimit> {
    let Failure::Rejected(rejection) = failure else {
        return None;
    };
    if !matches!(rejection.status, 400 | 413 | 422) {
        return None;
    }
    let said = rejection.message.as_str();
    let about = |name: &str, words: &str| {
        let (_, after) = said.split_once(name)?;
        after.contains(words).then_some(after)
    };
    let output = about("max_tokens: ", "maximum allowed number of output tokens");
    let (limit, asked, most) = if let Some((asked, most)) = output.and_then(two_numbers) {
        let is_ours = asked == u64::from(request.max_tokens);
        is_ours.then_some((Limit::Output, asked, most))
    } else {
        let (asked, most) = two_numbers(about("prompt is too long: ", "maximum")?)?;
        Some((Limit::Context, asked, most))
    }?;
    let tokens = u32::try_from(most).ok().filter(|most| *most > 0)?;
    (most < asked).then(|| KnownLimit {
        limit,
        tokens,
        origin: Origin::Measured,
        at: Some(crate::now()),
        said: Some(said.chars().take(MOST_SAID).collect()),
    })
}

/// The numbers of `200007 tokens > 200000 maximum`.
fn two_numbers(text: &str) -> Option<(u64, u64)> {
    let (asked, most) = text.split_once('>')?;
    Some((number(asked)?, number(most)?))
}

/// The number at the beginning; separators between thousands are none of it.
fn number(text: &str) -> Option<u64> {
    let of_number = |letter: &char| letter.is_ascii_digit() || *letter == ',';
    let digits = text.trim_start().chars().take_while(of_number);
    let digits: String = digits.filter(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::tests::rejected;
    use super::*;

    fn limit_in(status: u16, message: &str) -> Option<(Limit, u32)> {
        let request = MessagesRequest {
            max_tokens: 128_000,
            ..MessagesRequest::default()
        };
        let found = exceeded(&rejected(status, message), &request)?;
        assert_eq!(found.said.as_deref(), Some(message));
        assert!(found.at.is_some() && found.origin == Origin::Measured);
        Some((found.limit, found.tokens))
    }

    #[test]
    fn limits_are_read_out_of_refusals() {
        let output = "max_tokens: 128000 > 64000, which is the maximum allowed number of output tokens for claude-haiku-4-5";
        assert_eq!(limit_in(400, output), Some((Limit::Output, 64_000)));
        let context = "prompt is too long: 200007 tokens > 200000 maximum";
        assert_eq!(limit_in(400, context), Some((Limit::Context, 200_000)));
        assert_eq!(limit_in(413, context), Some((Limit::Context, 200_000)));
        let separated = "prompt is too long: 1,200,007 tokens > 1,000,000 maximum";
        assert_eq!(limit_in(400, separated), Some((Limit::Context, 1_000_000)));
    }

    #[test]
    fn numbers_that_make_no_sense_are_no_limits() {
        for message in [
            "max_tokens: 999 > 64000, which is the maximum allowed number of output tokens",
            "max_tokens: 128000 > 0, which is the maximum allowed number of output tokens",
            "max_tokens: 128000 > 128000, which is the maximum allowed number of output tokens",
            "max_tokens: 128000 > 64000",
            "max_tokens: Input should be greater than or equal to 1",
            "prompt is too long: 7 tokens > 8 maximum",
            "prompt is too long: 99999999999999999999 tokens > 8 maximum",
            "prompt is too long: 99999999999 tokens > 88888888888 maximum",
            "prompt is too long: tokens > maximum",
            "prompt is too long",
            "",
        ] {
            assert_eq!(limit_in(400, message), None, "{message}");
        }
        let good = "prompt is too long: 200007 tokens > 200000 maximum";
        assert_eq!(limit_in(429, good), None);
    }
}

//! When to try again, and for how long in all. Pure arithmetic; the waiting is done elsewhere.
//!
//! The rules are those of the official SDKs
//! (<https://github.com/anthropics/anthropic-sdk-python>, `_base_client.py`), with a limit on the
//! waiting: a window that says nothing for a day is broken.

use std::time::{Duration, SystemTime};

use hearth_wire::ApiError;
use reqwest::header::HeaderMap;

use crate::failure::Failure;

/// What is left of the attempts and of the time to wait.
#[derive(Debug, Clone)]
pub struct Budget {
    attempts: u32,
    wait: Duration,
}

impl Budget {
    /// At most `attempts` in all, and `wait` between them in all.
    #[must_use]
    pub fn new(attempts: u32, wait: Duration) -> Self {
        Self { attempts, wait }
    }

    /// The wait after the `attempt`-th attempt failed, taken off the budget; none when there are
    /// to be no more attempts. A wait that the budget cannot cover is not begun.
    pub fn spend(&mut self, failure: &Failure, attempt: u32) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let delay = failure.retry_delay(attempt)?;
        self.wait = self.wait.checked_sub(delay)?;
        Some(delay)
    }
}

/// Half a second after the first attempt, doubled with each, eight at most; shortened by up to a
/// quarter, by `jitter` in 0..1, so that clients that failed together do not come back together.
pub(crate) fn backoff(attempt: u32, jitter: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let seconds = (0.5 * f64::from(1_u32 << doublings)).min(8.0);
    Duration::from_secs_f64(seconds * (1.0 - 0.25 * jitter.clamp(0.0, 1.0)))
}

/// The wait that an answer asks for: `retry-after-ms`, or `retry-after` in seconds or as a date.
/// None when it asks for none, or for one that is no wait at all.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let seconds = |text: &str| {
        text.parse::<f64>()
            .ok()
            .and_then(|s| Duration::try_from_secs_f64(s).ok())
    };
    let asked = text("retry-after-ms")
        .and_then(|ms| seconds(ms).map(|value| value / 1000))
        .or_else(|| text("retry-after").and_then(seconds))
        .or_else(|| {
            httpdate::parse_http_date(text("retry-after")?)
                .ok()?
                .duration_since(now)
                .ok()
        });
    asked.filter(|wait| !wait.is_zero())
}

/// The wait that Azure's quota refusals name in their words only, such as "Please retry after 7
/// seconds." None when there is none, or one that is no wait at all.
pub(crate) fn retry_after_in_words(message: &str) -> Option<Duration> {
    let lower = message.to_ascii_lowercase();
    let rest = ["retry after ", "try again in "]
        .iter()
        .find_map(|words| lower.split_once(words))?
        .1;
    let mut words = rest.split_whitespace();
    let number = words.next()?.trim_end_matches(['.', ',']);
    let unit = words.next().unwrap_or_default();
    let scale = match unit.trim_end_matches(['.', ',', ')']) {
        "second" | "seconds" => 1.0,
        "millisecond" | "milliseconds" => 0.001,
        "minute" | "minutes" => 60.0,
        "hour" | "hours" => 3600.0,
        _ => return None,
    };
    let wait = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * scale).ok()?;
    (!wait.is_zero()).then_some(wait)
}

/// `x-should-retry`.
pub(crate) fn should_retry(headers: &HeaderMap) -> Option<bool> {
    match headers.get("x-should-retry")?.as_bytes() {
        b"true" => Some(true),
        b"false" => Some(false),
        _ => None,
    }
}

/// Limits that no waiting lifts (<https://platform.claude.com/docs/en/api/errors>).
pub(crate) fn is_spend_limit(code: Option<&str>) -> bool {
    matches!(
        code,
        Some("enforced_spend_limit_reached" | "contract_spend_limit_reached")
    )
}

/// An `error` event of a kind that may pass by itself.
pub(crate) fn is_passing(error: &ApiError) -> bool {
    let kind = error.kind.as_deref();
    matches!(
        kind,
        Some("overloaded_error" | "api_error" | "timeout_error" | "rate_limit_error")
    ) && !is_spend_limit(error.code.as_deref())
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn waits_grow_to_eight_seconds() {
        let waits: Vec<_> = (1..=7)
            .map(|attempt| backoff(attempt, 0.0).as_millis())
            .collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 8000, 8000]);
        assert_eq!(backoff(1, 1.0), Duration::from_millis(375));
        assert_eq!(backoff(u32::MAX, 0.0), Duration::from_secs(8));
    }

    #[test]
    fn reads_the_wait_that_is_asked_for() {
        let now = httpdate::parse_http_date("Sun, 22 Nov 2026 10:00:00 GMT").unwrap();
        for (pairs, expected) in [
            (&[("retry-after", "2")][..], Some(2_000)),
            (&[("retry-after", "0.5")], Some(500)),
            (
                &[("retry-after-ms", "750"), ("retry-after", "9")],
                Some(750),
            ),
            (
                &[("retry-after-ms", "soon"), ("retry-after", "9")],
                Some(9_000),
            ),
            (
                &[("retry-after", "Sun, 22 Nov 2026 10:00:30 GMT")],
                Some(30_000),
            ),
            (&[("retry-after", "Sun, 22 Nov 2026 09:59:30 GMT")], None),
            (&[("retry-after", "86400")], Some(86_400_000)),
            (&[("retry-after", "0")], None),
            (&[("retry-after", "-3")], None),
            (&[("retry-after", "inf")], None),
            (&[("retry-after", "1e300")], None),
            (&[("retry-after", "later")], None),
            (&[], None),
        ] {
            let wait = retry_after(&headers(pairs), now).map(|wait| wait.as_millis());
            assert_eq!(wait, expected, "{pairs:?}");
        }
        assert_eq!(
            should_retry(&headers(&[("x-should-retry", "false")])),
            Some(false)
        );
        assert_eq!(
            should_retry(&headers(&[("x-should-retry", "true")])),
            Some(true)
        );
        assert_eq!(
            should_retry(&headers(&[("x-should-retry", "perhaps")])),
            None
        );
    }

    #[test]
    fn a_budget_ends_with_its_attempts_or_its_time() {
        let mut budget = Budget::new(3, Duration::from_secs(60));
        assert!(budget.spend(&Failure::Cut, 1).is_some());
        assert!(budget.spend(&Failure::Cut, 2).is_some());
        assert_eq!(budget.spend(&Failure::Cut, 3), None);
        assert_eq!(
            Budget::new(9, Duration::from_millis(100)).spend(&Failure::Cut, 1),
            None
        );
    }
}

//! What time the stand-ins believe it is: tests shift it instead of waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A clock that is so many seconds off. A cheap handle: clones are the same clock, so that
/// one shift moves every stand-in that was given it.
#[derive(Debug, Clone, Default)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// A clock that is `seconds` ahead of this machine's, or behind it when negative.
    pub fn offset(seconds: i64) -> Clock {
        let clock = Clock::default();
        clock.set_offset(seconds);
        clock
    }

    /// Sets how many seconds it is ahead of this machine's clock.
    pub fn set_offset(&self, seconds: i64) {
        self.0.store(seconds, Ordering::Release);
    }

    /// Moves it by so many seconds from where it is.
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::AcqRel);
    }

    /// Seconds since 1970.
    pub fn seconds(&self) -> i64 {
        let real = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let real = i64::try_from(real.as_secs()).unwrap_or(i64::MAX);
        real.saturating_add(self.0.load(Ordering::Acquire))
    }

    /// The `date` header of an answer.
    pub(crate) fn http_date(&self) -> String {
        let seconds = u64::try_from(self.seconds()).unwrap_or_default();
        // Dates past the year 9999 cannot be written; nobody shifts a clock that far.
        let last = 253_402_300_799;
        httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds.min(last)))
    }

    /// As Entra writes times: `2026-11-22 10:00:00Z`.
    pub(crate) fn entra_date(&self) -> String {
        let time = jiff::Timestamp::from_second(self.seconds()).unwrap_or_default();
        time.strftime("%F %TZ").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_are_one_clock() {
        let clock = Clock::offset(86_400);
        let clone = clock.clone();
        let before = clone.seconds();
        clock.advance(-86_400);
        assert!((before - 86_400..before - 86_390).contains(&clone.seconds()));
        clock.set_offset(i64::MAX);
        assert!(clone.http_date().ends_with("GMT"));
        assert_eq!(clone.entra_date(), "1970-01-01 00:00:00Z");
    }
}

//! What many measured times say together.

use std::time::Duration;

/// Half of all values were at most `median`, 99 of 100 at most `high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quantiles {
    pub(crate) median: Duration,
    pub(crate) high: Duration,
}

impl Quantiles {
    /// None of no values.
    pub(crate) fn of(mut values: Vec<Duration>) -> Option<Self> {
        values.sort_unstable();
        Some(Self {
            median: quantile(&values, 50)?,
            high: quantile(&values, 99)?,
        })
    }

    /// How much longer the slowest had to wait than the others: 1 where all wait alike.
    pub(crate) fn spread(self) -> f64 {
        self.high.as_secs_f64() / self.median.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

/// The middle one of few ratios. None of none.
pub(crate) fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    quantile(&values, 50)
}

/// The least of the sorted values that at least so many percent do not exceed (nearest rank), so
/// that what is told was really measured.
fn quantile<T: Copy>(sorted: &[T], percent: usize) -> Option<T> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

/// The middle one of few values. None of no values.
pub(crate) fn median(mut values: Vec<Duration>) -> Option<Duration> {
    values.sort_unstable();
    quantile(&values, 50)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(values: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        values.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn quantiles_are_values_of_nearest_rank_in_whatever_order_they_came() {
        let quantiles = Quantiles::of(milliseconds((1..=200).rev())).unwrap();
        assert_eq!(quantiles.median, Duration::from_millis(100));
        assert_eq!(quantiles.high, Duration::from_millis(198));
        assert!((quantiles.spread() - 1.98).abs() < 1e-9);
    }

    #[test]
    fn the_slowest_of_few_is_their_high_quantile() {
        let quantiles = Quantiles::of(milliseconds([5, 1, 3])).unwrap();
        assert_eq!(quantiles.median, Duration::from_millis(3));
        assert_eq!(quantiles.high, Duration::from_millis(5));
    }

    #[test]
    fn one_value_is_every_quantile_and_none_has_none() {
        let quantiles = Quantiles::of(milliseconds([7])).unwrap();
        assert_eq!(quantiles.median, quantiles.high);
        assert_eq!(Quantiles::of(Vec::new()), None);
        assert_eq!(median(Vec::new()), None);
        assert_eq!(
            median(milliseconds([9, 2, 4])),
            Some(Duration::from_millis(4))
        );
    }
}

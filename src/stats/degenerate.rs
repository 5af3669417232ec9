//! Intervals that must not be taken at their word.

use std::fmt;

use super::Interval;

/// Why a bootstrap interval says less than it seems to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Degenerate {
    /// The interval has no width although the values differ.
    ZeroWidth,
    /// More than half of the values are zero.
    MostlyZero,
}

impl fmt::Display for Degenerate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Degenerate::ZeroWidth => {
                "the interval has no width although runs differ: every resample has the same centre; give the mean instead"
            }
            Degenerate::MostlyZero => {
                "more than half of the values are zero: the interval may hold the true centre far less often than 95 % of the time"
            }
        })
    }
}

/// Whether the interval of a centre of some values says less than it seems to.
pub fn degenerate(values: &[f64], interval: Interval) -> Option<Degenerate> {
    let zeros = values.iter().filter(|value| **value == 0.0).count();
    let differ = values.windows(2).any(|pair| pair[0] != pair[1]);
    if interval.low == interval.high && differ {
        Some(Degenerate::ZeroWidth)
    } else {
        (2 * zeros > values.len()).then_some(Degenerate::MostlyZero)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Digest;
    use crate::stats::{Centre, centre_intervals};

    fn found(centre: Centre, values: &[f64]) -> Option<Degenerate> {
        degenerate(values, centre_intervals(centre, &[values], 500, Digest::of(b"key"))[0])
    }

    #[test]
    fn medians_of_few_distinct_values_have_no_width() {
        let values: Vec<f64> = (0..100).map(|run| if run < 10 { 0.3 } else { 0.1 }).collect();
        assert_eq!(found(Centre::Median, &values), Some(Degenerate::ZeroWidth));
        assert_eq!(found(Centre::InterquartileMean, &values), Some(Degenerate::ZeroWidth));
        assert_eq!(found(Centre::Mean, &values), None);
    }

    #[test]
    fn nearly_solved_benchmarks_are_named() {
        let zeros = |count: usize| (0..100).map(|run| if run < count { 0.0 } else { run as f64 }).collect::<Vec<_>>();
        assert_eq!(found(Centre::Mean, &zeros(51)), Some(Degenerate::MostlyZero));
        assert_eq!(found(Centre::Mean, &zeros(50)), None);
        assert_eq!(found(Centre::Mean, &zeros(100)), Some(Degenerate::MostlyZero));
        assert!(Degenerate::MostlyZero.to_string().contains("more than half"));
    }

    #[test]
    fn runs_that_are_alike_are_no_warning() {
        assert_eq!(found(Centre::Median, &[2.5; 20]), None);
    }
}

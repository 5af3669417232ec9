//! The estimates of Hodges and Lehmann (Annals of Mathematical Statistics 34, 1963): by how much two sides differ, with
//! intervals that belong to the tests of Wilcoxon and of Mann and Whitney (Hollander, Wolfe and Chicken, Nonparametric
//! Statistical Methods, 2014, sections 3.2, 3.3, 4.2 and 4.3).
//!
//! Both list all pairs: made for up to some thousand runs.

use super::distribution::normal_quantile;
use super::mann_whitney::{EXACT_PAIRS, wins_law};
use super::summary::quantile_of;
use super::wilcoxon::{EXACT_DIFFERENCES, signed_sum_law};

/// An estimate with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The estimate itself.
    pub centre: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

/// The median of all averages of two of the differences, each with itself too, and its interval of the given level (0.95, say).
///
/// The interval counts averages inwards from both ends, as many as the null distribution of the signed ranks allows: the exact
/// one up to 50 differences, its normal approximation beyond. Where even all averages do not reach the level (below 6
/// differences at 0.95) the interval is the whole line. All NaN without a difference.
pub fn hodges_lehmann(differences: &[f64], level: f64) -> Estimate {
    let n = differences.len();
    let pairs =
        differences.iter().enumerate().flat_map(|(place, x)| differences[place..].iter().map(move |y| (x + y) / 2.0));
    let law = (n <= EXACT_DIFFERENCES).then(|| signed_sum_law(&(1..=n).collect::<Vec<_>>()));
    let n = n as f64;
    estimate(pairs.collect(), law, n * (n + 1.0) * (2.0 * n + 1.0) / 24.0, level)
}

/// The median of all differences of a value of `a` and a value of `b`, and its interval of the given level.
///
/// The interval follows the null distribution of Mann and Whitney's U: the exact one up to 2,500 pairs, its normal
/// approximation beyond; otherwise as [`hodges_lehmann`].
pub fn hodges_lehmann_shift(a: &[f64], b: &[f64], level: f64) -> Estimate {
    let pairs: Vec<f64> = a.iter().flat_map(|x| b.iter().map(move |y| x - y)).collect();
    let law = (pairs.len() <= EXACT_PAIRS).then(|| wins_law(a.len(), b.len()));
    let variance = pairs.len() as f64 * (a.len() + b.len() + 1) as f64 / 12.0;
    estimate(pairs, law, variance, level)
}

/// The median of some values, and those as far from both ends as a statistic that counts them allows.
fn estimate(mut values: Vec<f64>, law: Option<Vec<f64>>, variance: f64, level: f64) -> Estimate {
    if values.is_empty() || values.iter().any(|value| value.is_nan()) {
        return Estimate { centre: f64::NAN, low: f64::NAN, high: f64::NAN };
    }
    let outside = (1.0 - level) / 2.0;
    let place = match law {
        Some(law) => exact_place(&law, outside),
        None => libm::floor(values.len() as f64 / 2.0 + 0.5 + normal_quantile(outside) * variance.sqrt()) as usize,
    };
    let centre = quantile_of(&mut values, 0.5);
    let Some(below) = place.checked_sub(1) else {
        return Estimate { centre, low: f64::NEG_INFINITY, high: f64::INFINITY };
    };
    let above = values.len() - 1 - below; // a place is at most about half of the number of values
    let mut nth = |place: usize| *values.select_nth_unstable_by(place, f64::total_cmp).1;
    Estimate { centre, low: nth(below), high: nth(above) }
}

/// The largest number of smallest values of a statistic whose probability stays within `outside`.
fn exact_place(law: &[f64], outside: f64) -> usize {
    let mut sum = 0.0;
    let within = |probability: &&f64| {
        sum += **probability;
        sum <= outside
    };
    law.iter().take_while(within).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    #[track_caller]
    fn close(found: Estimate, expected: [f64; 3]) {
        for (found, expected) in [found.centre, found.low, found.high].into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
        }
    }

    /// By numpy's median of all averages, the interval by inverting scipy's exact test: the shifts that it does not reject at
    /// .05.
    #[test]
    fn agrees_with_the_inverted_signed_rank_test() {
        let differences = [1.5, -0.3, 2.2, 4.1, -1.1, 0.7, 3.3, -2.9, 5.0, 1.9, 2.4, -0.8];
        close(hodges_lehmann(&differences, 0.95), [1.475, -0.3, 2.85]);
    }

    /// By numpy, with the 1,211th of 3,240 averages from either end, the place that scipy's normal quantile gives.
    #[test]
    fn many_differences_go_by_the_normal_approximation() {
        let differences: Vec<f64> = (0..80).map(|i| f64::from(i * 37 % 101 - 40) / 10.0).collect();
        close(hodges_lehmann(&differences, 0.95), [1.0, 0.3, 1.7]);
    }

    /// As above, by inverting scipy's exact Mann-Whitney test.
    #[test]
    fn agrees_with_the_inverted_mann_whitney_test() {
        let a: Vec<f64> = (0..20).map(|i| f64::from(i * 31 % 97) / 10.0 + 1.005).collect();
        let b: Vec<f64> = (0..25).map(|i| f64::from(i * 29 % 89) / 10.0).collect();
        close(hodges_lehmann_shift(&a, &b, 0.95), [0.805, -1.095, 2.605]);
        let turned = hodges_lehmann_shift(&b, &a, 0.95);
        close(turned, [-0.805, -2.605, 1.095]);
    }

    /// The normal approximation of U stands close to its exact law: 50 and 51 runs a side, shifted by exactly 2.
    #[test]
    fn many_pairs_go_by_the_normal_approximation() {
        let runs = |count: i32, shift: i32| -> Vec<f64> { (0..count).map(|i| f64::from(i + shift) / 8.0).collect() };
        let exact = hodges_lehmann_shift(&runs(50, 16), &runs(50, 0), 0.95);
        let normal = hodges_lehmann_shift(&runs(51, 16), &runs(51, 0), 0.95);
        assert_eq!((exact.centre, normal.centre), (2.0, 2.0));
        assert!((exact.low - normal.low).abs() <= 0.125 && (exact.high - normal.high).abs() <= 0.125);
    }

    #[test]
    fn few_differences_bound_nothing() {
        let five = hodges_lehmann(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.95);
        assert_eq!((five.centre, five.low, five.high), (3.0, f64::NEG_INFINITY, f64::INFINITY));
        close(hodges_lehmann(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 0.95), [3.5, 1.0, 6.0]);
        assert!(
            hodges_lehmann(&[], 0.95).centre.is_nan() && hodges_lehmann_shift(&[1.0], &[f64::NAN], 0.95).low.is_nan()
        );
    }
}

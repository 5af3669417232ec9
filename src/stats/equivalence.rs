//! Tests of means: Welch's test of a difference, two one-sided tests of equivalence, and how many runs would decide.
//!
//! Welch, Biometrika 34, 1947; Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 15, 1987.

use super::distribution::{normal_cdf, student_t_cdf, student_t_quantile};
use super::hypothesis::{Alternative, TestResult};
use super::summary::{mean, standard_deviation};

/// The power that [`runs_needed`] asks for (Cohen, Statistical Power Analysis, 1988, section 2.4).
const POWER: f64 = 0.8;

/// Where [`runs_needed`] gives up.
const MOST_RUNS: u64 = 1_000_000;

/// A difference of two means, as both sides' runs show it.
struct Difference {
    /// The mean of `a` minus that of `b`.
    mean: f64,
    /// Its standard error.
    error: f64,
    /// The degrees of freedom of the error.
    degrees: f64,
    /// The standard deviation of the difference of one run of `a` and one of `b`.
    spread: f64,
}

impl Difference {
    /// NaN throughout where a side has fewer than two runs, or paired sides differ in length.
    fn new(a: &[f64], b: &[f64], paired: bool) -> Self {
        match (paired, a.len() == b.len()) {
            (true, true) => Self::paired(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>()),
            (true, false) => Self { mean: f64::NAN, error: f64::NAN, degrees: f64::NAN, spread: f64::NAN },
            (false, _) => Self::unpaired(a, b),
        }
    }

    fn paired(differences: &[f64]) -> Self {
        let (mean, variance) = moments(differences);
        let runs = differences.len() as f64;
        Self { mean, error: (variance / runs).sqrt(), degrees: runs - 1.0, spread: variance.sqrt() }
    }

    /// The degrees of freedom are those of Welch and Satterthwaite.
    fn unpaired(a: &[f64], b: &[f64]) -> Self {
        let ((mean_a, variance_a), (mean_b, variance_b)) = (moments(a), moments(b));
        let (runs_a, runs_b) = (a.len() as f64, b.len() as f64);
        let (share_a, share_b) = (variance_a / runs_a, variance_b / runs_b);
        let sum = share_a + share_b;
        Self {
            mean: mean_a - mean_b,
            error: sum.sqrt(),
            degrees: sum * sum / (share_a * share_a / (runs_a - 1.0) + share_b * share_b / (runs_b - 1.0)),
            spread: (variance_a + variance_b).sqrt(),
        }
    }

    /// The probability of a mean at most as large as this one, were the true one `expected`.
    fn at_most(&self, expected: f64) -> f64 {
        let beyond = self.mean - expected;
        match self.error {
            error if error != 0.0 => student_t_cdf(beyond / error, self.degrees),
            _ if beyond.is_nan() => f64::NAN,
            _ => f64::from(beyond >= 0.0),
        }
    }

    /// The probability of a mean at least as large as this one, were the true one `expected`.
    fn at_least(&self, expected: f64) -> f64 {
        Self { mean: -self.mean, ..*self }.at_most(-expected)
    }
}

/// The mean and the sample variance; equal values have no variance, whatever rounding does to their mean.
fn moments(values: &[f64]) -> (f64, f64) {
    match values {
        [first, _, ..] if values.iter().all(|value| value == first) => (*first, 0.0),
        _ => (mean(values), standard_deviation(values) * standard_deviation(values)),
    }
}

/// Welch's test of two means with unequal variances; the statistic is t of the mean of `a` minus that of `b`.
///
/// Where neither side varies p is 0 or 1, as the means differ or not. NaN where a side has fewer than two runs.
pub fn welch_test(a: &[f64], b: &[f64], alternative: Alternative) -> TestResult {
    let difference = Difference::new(a, b, false);
    let statistic = if difference.mean == 0.0 { 0.0 } else { difference.mean / difference.error };
    TestResult { statistic, p: alternative.p(difference.at_most(0.0), difference.at_least(0.0)), exact: false }
}

/// The p-value of the claim that two means differ by less than a margin: the larger one of two one-sided t tests (Schuirmann
/// 1987), Welch's or, for runs in pairs, the paired one.
///
/// Where the runs do not vary p is 0 if the difference lies strictly inside the margin, otherwise 1. NaN where a side has fewer
/// than two runs, or paired sides differ in length.
pub fn equivalence(a: &[f64], b: &[f64], paired: bool, margin: f64) -> f64 {
    let difference = Difference::new(a, b, paired);
    difference.at_least(-margin).max(difference.at_most(margin))
}

/// How many runs a side would decide with probability .8, if the difference d of the means and the standard deviation s of one
/// run's difference were those observed: the smallest n that either rejects equality or establishes equivalence within the
/// margin m, at level alpha.
///
/// With e = s / sqrt(n), t_p the quantile of Student's t with n - 1 degrees of freedom (paired; otherwise 2 n - 2), and Phi the
/// normal distribution, the powers are
///
/// - of the two-sided test: Phi(|d|/e - t_(1-alpha/2)) + Phi(-|d|/e - t_(1-alpha/2)),
/// - of equivalence: Phi((m - |d|)/e - t_(1-alpha)) + Phi((m + |d|)/e - t_(1-alpha)) - 1
///
/// (Chow, Shao and Wang, Sample Size Calculations in Clinical Research, 2008, section 3.2). None where a million runs would not
/// do, or where the observed runs tell nothing.
pub fn runs_needed(a: &[f64], b: &[f64], paired: bool, margin: f64, alpha: f64) -> Option<u64> {
    let difference = Difference::new(a, b, paired);
    let distance = difference.mean.abs();
    let decides = |runs: u64| {
        let degrees = (runs - 1) as f64 * if paired { 1.0 } else { 2.0 }; // at least 2 runs are asked for
        let error = difference.spread / (runs as f64).sqrt();
        power_of_difference(distance, error, degrees, alpha) >= POWER
            || power_of_equivalence(distance, error, degrees, alpha, margin) >= POWER
    };
    if difference.spread == 0.0 {
        return (distance > 0.0 || distance < margin).then_some(2);
    }
    if !decides(MOST_RUNS) {
        return None;
    }
    let (mut fewest, mut enough) = (2, MOST_RUNS);
    while fewest < enough {
        let middle = fewest + (enough - fewest) / 2;
        if decides(middle) { enough = middle } else { fewest = middle + 1 }
    }
    Some(enough)
}

fn power_of_difference(distance: f64, error: f64, degrees: f64, alpha: f64) -> f64 {
    let critical = student_t_quantile(1.0 - alpha / 2.0, degrees);
    normal_cdf(distance / error - critical) + normal_cdf(-distance / error - critical)
}

fn power_of_equivalence(distance: f64, error: f64, degrees: f64, alpha: f64, margin: f64) -> f64 {
    let critical = student_t_quantile(1.0 - alpha, degrees);
    normal_cdf((margin - distance) / error - critical) + normal_cdf((margin + distance) / error - critical) - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    const A: [f64; 7] = [3.1, 2.7, 4.4, 3.9, 2.2, 5.0, 3.3];
    const B: [f64; 9] = [4.0, 4.9, 3.7, 5.6, 4.4, 6.1, 5.2, 3.5, 7.0];

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-11 * expected.abs(), "{found} is not {expected}");
    }

    /// By scipy 1.17, `ttest_ind(equal_var=False)`.
    #[test]
    fn the_test_of_welch_agrees_with_scipy() {
        let cases = [
            (Alternative::TwoSided, 0.019_354_731_028_975_034),
            (Alternative::Less, 0.009_677_365_514_487_517),
            (Alternative::Greater, 0.990_322_634_485_512_5),
        ];
        for (alternative, p) in cases {
            let found = welch_test(&A, &B, alternative);
            close(found.statistic, -2.644_322_398_060_018_6);
            close(found.p, p);
        }
    }

    /// The larger p of two one-sided tests by scipy 1.17, `ttest_ind(equal_var=False)` and `ttest_rel`.
    #[test]
    fn equivalence_agrees_with_scipy() {
        close(equivalence(&A, &B, false, 0.5), 0.945_484_615_668_867_1);
        close(equivalence(&A, &B, false, 2.0), 0.148_725_492_161_461_83);
        close(equivalence(&B, &A, false, 3.0), 0.005_356_295_061_754_859);
        close(equivalence(&A, &B[..7], true, 2.0), 0.067_277_525_645_391_86);
        close(equivalence(&A, &B[..7], true, 3.0), 0.002_535_517_983_496_305_4);
    }

    #[test]
    fn runs_that_do_not_vary_are_decided_exactly() {
        let (low, high) = ([0.1; 200], [0.3; 150]);
        assert_eq!((equivalence(&low, &high, false, 0.25), equivalence(&low, &high, false, 0.15)), (0.0, 1.0));
        assert_eq!(
            (equivalence(&[1.0; 3], &[2.0; 3], true, 1.0), equivalence(&[1.0; 3], &[2.0; 3], true, 1.1)),
            (1.0, 0.0)
        );
        assert_eq!(welch_test(&low, &[0.1; 7], Alternative::TwoSided).p, 1.0);
        assert_eq!(welch_test(&low, &high, Alternative::TwoSided).p, 0.0);
        assert_eq!(welch_test(&low, &high, Alternative::Greater).p, 1.0);
    }

    #[test]
    fn too_few_runs_decide_nothing() {
        assert!(welch_test(&[1.0], &B, Alternative::Less).p.is_nan() && equivalence(&[], &B, false, 1.0).is_nan());
        assert!(equivalence(&A, &B, true, 1.0).is_nan());
        assert_eq!(runs_needed(&[1.0], &B, false, 0.1, 0.05), None);
    }

    /// Three runs around a centre whose standard deviation is 1.
    fn around(centre: f64) -> [f64; 3] {
        [centre - 1.0, centre, centre + 1.0]
    }

    /// By Python, from the noncentral t distribution (scipy's `nct`): 64 and 34 runs detect half a standard deviation; from the
    /// integral of the powers over the spread: 70 and 82 runs establish equivalence within it.
    #[test]
    fn runs_needed_agree_with_exact_powers() {
        assert_eq!(runs_needed(&around(0.5), &around(0.0), false, 0.0, 0.05), Some(64));
        assert_eq!(runs_needed(&around(0.5), &[0.0; 3], true, 0.0, 0.05), Some(34));
        assert_eq!(runs_needed(&around(0.0), &around(0.0), false, 0.5, 0.05), Some(70));
        assert_eq!(runs_needed(&around(0.1), &around(0.0), false, 0.5, 0.05), Some(82));
    }

    #[test]
    fn some_questions_no_number_of_runs_decides() {
        assert_eq!(runs_needed(&around(0.0), &around(0.0), false, 0.0, 0.05), None);
        assert_eq!(runs_needed(&[1.0; 3], &[1.0; 3], false, 0.0, 0.05), None);
        assert_eq!(runs_needed(&[1.0; 3], &[2.0; 3], false, 0.0, 0.05), Some(2));
    }
}

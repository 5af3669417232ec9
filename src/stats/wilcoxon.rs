//! Tests of paired differences: Wilcoxon's signed ranks and the signs alone.
//!
//! Wilcoxon, Biometrics Bulletin 1, 1945; zeros by Pratt, Journal of the American Statistical Association 54, 1959: they take
//! part in the ranking and are dropped afterwards. Given the sizes of the differences, all signs are equally likely under the
//! null hypothesis.

use super::hypothesis::{Alternative, TestResult};
use super::rank::ranks;

/// Up to so many differences that are not 0 the null distribution is exact; its probabilities are whole multiples of 2^-50 at
/// most, so that not a bit of them is lost.
pub(super) const EXACT_DIFFERENCES: usize = 50;

/// Wilcoxon's signed-rank test; the statistic is the sum of the ranks of the positive differences.
///
/// Up to 50 differences that are not 0 the null distribution is exact, also with ties and zeros. Beyond, the normal
/// approximation takes its variance from the ranks themselves, which is the correction for ties and zeros, and a continuity
/// correction of one half. Without a difference p is 1.
pub fn wilcoxon_signed_rank(differences: &[f64], alternative: Alternative) -> TestResult {
    if differences.iter().any(|difference| difference.is_nan()) {
        return TestResult::UNDEFINED;
    }
    let sizes: Vec<f64> = differences.iter().map(|difference| difference.abs()).collect();
    let signed = ranks(&sizes).into_iter().zip(differences).filter(|(_, difference)| **difference != 0.0);
    let (used, positive): (Vec<f64>, Vec<bool>) = signed.map(|(rank, difference)| (rank, *difference > 0.0)).unzip();
    let statistic: f64 = used.iter().zip(&positive).filter(|(_, positive)| **positive).map(|(rank, _)| rank).sum();
    let exact = used.len() <= EXACT_DIFFERENCES;
    let p = if exact {
        let doubled: Vec<usize> = used.iter().map(|rank| (2.0 * rank) as usize).collect();
        alternative.p_of_law(&signed_sum_law(&doubled), (2.0 * statistic) as usize)
    } else {
        let squares: f64 = used.iter().map(|rank| rank * rank).sum();
        alternative.p_of_normal(statistic, used.iter().sum::<f64>() / 2.0, squares / 4.0)
    };
    TestResult { statistic, p, exact }
}

/// The probability of each sum of a random subset of some whole numbers, all subsets being equally likely.
pub(super) fn signed_sum_law(numbers: &[usize]) -> Vec<f64> {
    let mut law = vec![0.0; numbers.iter().sum::<usize>() + 1];
    law[0] = 1.0; // there is always the empty sum
    let mut reached = 0;
    for number in numbers {
        reached += number;
        for sum in (0..=reached).rev() {
            let without = if sum < *number { 0.0 } else { law[sum - number] };
            law[sum] = 0.5 * (law[sum] + without); // reached never exceeds the sum of all numbers
        }
    }
    law
}

/// The sign test: zeros are dropped, the rest are positive with probability one half under the null hypothesis. The statistic
/// is the number of positive differences; p is exact (Conover, Practical Nonparametric Statistics, 1999, section 3.4).
pub fn sign_test(differences: &[f64], alternative: Alternative) -> TestResult {
    if differences.iter().any(|difference| difference.is_nan()) {
        return TestResult::UNDEFINED;
    }
    let positive = differences.iter().filter(|difference| **difference > 0.0).count();
    let all = positive + differences.iter().filter(|difference| **difference < 0.0).count();
    let p = alternative.p_of_law(&fair_binomial_law(all), positive);
    TestResult { statistic: positive as f64, p, exact: true }
}

/// The probability of each number of heads in so many throws of a fair coin.
fn fair_binomial_law(throws: usize) -> Vec<f64> {
    let log_factorial = |count: usize| libm::lgamma(count as f64 + 1.0);
    let log_all = log_factorial(throws) - throws as f64 * std::f64::consts::LN_2;
    (0..=throws).map(|heads| libm::exp(log_all - log_factorial(heads) - log_factorial(throws - heads))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Alternative; 3] = [Alternative::TwoSided, Alternative::Less, Alternative::Greater];

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-11 * expected.abs().max(1e-3), "{found} is not {expected}");
    }

    /// The p-values over all signs of the differences that are not 0, straight from the definition.
    fn enumerated(differences: &[f64]) -> [f64; 3] {
        let sizes: Vec<f64> = differences.iter().map(|difference| difference.abs()).collect();
        let ranks = ranks(&sizes);
        let sum = |positive: &dyn Fn(usize) -> bool| -> f64 {
            (0..sizes.len()).filter(|&place| sizes[place] > 0.0 && positive(place)).map(|place| ranks[place]).sum()
        };
        let found = sum(&|place| differences[place] > 0.0);
        let signs = 0..1u32 << sizes.len();
        let (mut at_most, mut at_least) = (0u32, 0u32);
        for sign in signs.clone() {
            let other = sum(&|place| sign >> place & 1 == 1);
            at_most += u32::from(other <= found);
            at_least += u32::from(other >= found);
        }
        let share = |count: u32| f64::from(count) / signs.len() as f64;
        [(2.0 * share(at_most.min(at_least))).min(1.0), share(at_most), share(at_least)]
    }

    proptest! {
        #[test]
        fn the_exact_law_is_that_of_all_signs(differences in prop::collection::vec(-4i8..=4, 0..10)) {
            let differences: Vec<f64> = differences.into_iter().map(f64::from).collect();
            for (alternative, expected) in ALL.into_iter().zip(enumerated(&differences)) {
                let found = wilcoxon_signed_rank(&differences, alternative);
                prop_assert!(found.exact && (found.p - expected).abs() < 1e-12, "{found:?}, {expected}");
            }
        }
    }

    /// Five differences of one sign cannot reach .05, six can (2 / 2^5 and 2 / 2^6).
    #[test]
    fn few_differences_have_a_smallest_p() {
        let p = |differences: &[f64]| wilcoxon_signed_rank(differences, Alternative::TwoSided).p;
        assert_eq!(p(&[1.0, 2.0, 3.0, 4.0, 5.0]), 0.0625);
        assert_eq!(p(&[-1.0, -2.0, -3.0, -4.0, -5.0, -6.0]), 0.03125);
        assert_eq!((p(&[0.0; 7]), p(&[])), (1.0, 1.0));
    }

    #[test]
    fn many_zeros_do_not_make_few_differences_significant() {
        let mut differences = vec![0.0; 195];
        differences.extend([0.1, 0.2, 0.3, 0.4, 0.5]);
        assert_eq!(wilcoxon_signed_rank(&differences, Alternative::TwoSided).p, 0.0625);
        assert!(wilcoxon_signed_rank(&[1.0, f64::NAN], Alternative::Less).p.is_nan());
    }
    /// Made by whole numbers, so that Python has the same ones: 80 differences, one of them 0, with ties.
    fn long() -> Vec<f64> {
        (0..80).map(|i| f64::from(i * 37 % 101 - 40) / 10.0).collect()
    }

    /// 90 whole differences from -4 to 6, 8 of them 0.
    fn tied() -> Vec<f64> {
        (0..90).map(|i| f64::from(i * 7 % 11 - 4)).collect()
    }

    /// By scipy 1.17, `wilcoxon(zero_method="pratt", correction=True, method="asymptotic")`.
    #[test]
    fn agrees_with_scipy_beyond_the_exact_sizes() {
        let long_p = [0.006_121_958_195_490_332_5, 0.996_983_414_686_807_3, 0.003_060_979_097_745_166_3];
        let tied_p = [0.008_565_397_832_016_656, 0.995_767_888_179_346_5, 0.004_282_698_916_008_328];
        for (differences, statistic, p) in [(long(), 2_191.5, long_p), (tied(), 2_681.0, tied_p)] {
            for (alternative, p) in ALL.into_iter().zip(p) {
                let found = wilcoxon_signed_rank(&differences, alternative);
                assert_eq!((found.statistic, found.exact), (statistic, false));
                close(found.p, p);
            }
        }
    }

    /// By scipy 1.17, `wilcoxon(method="exact")`, without ties and zeros.
    #[test]
    fn agrees_with_scipy_on_exact_sizes() {
        let sign = |i: i32| if i * i % 7 < 4 { 1.0 } else { -1.0 };
        let fifty: Vec<f64> = (0..50).map(|i| sign(i) * f64::from(i + 1) / 4.0).collect();
        let twelve = vec![1.5, -0.3, 2.2, 4.1, -1.1, 0.7, 3.3, -2.9, 5.0, 1.9, 2.4, -0.8];
        let fifty_p = [0.006_131_180_232_502_587, 0.997_028_920_442_511_8, 0.003_065_590_116_251_293_3];
        let twelve_p = [0.092_285_156_25, 0.961_425_781_25, 0.046_142_578_125];
        for (differences, statistic, p) in [(fifty, 918.0, fifty_p), (twelve, 61.0, twelve_p)] {
            for (alternative, p) in ALL.into_iter().zip(p) {
                let found = wilcoxon_signed_rank(&differences, alternative);
                assert_eq!((found.statistic, found.exact), (statistic, true));
                close(found.p, p);
            }
        }
    }

    /// By scipy 1.17, `binomtest(49, 82)`.
    #[test]
    fn the_sign_test_agrees_with_scipy() {
        let p = [0.097_030_911_297_299_07, 0.970_095_830_832_841_9, 0.048_515_455_648_649_536];
        for (alternative, p) in ALL.into_iter().zip(p) {
            let found = sign_test(&tied(), alternative);
            assert_eq!(found.statistic, 49.0);
            close(found.p, p);
        }
        assert_eq!(sign_test(&[0.0, 0.0], Alternative::TwoSided).p, 1.0);
        assert!(sign_test(&[f64::NAN], Alternative::TwoSided).p.is_nan());
    }
}

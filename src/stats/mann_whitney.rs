//! Comparison of two independent samples: the test of Mann and Whitney, and the effect size of Vargha and Delaney.
//!
//! Mann and Whitney, Annals of Mathematical Statistics 18, 1947; Vargha and Delaney, Journal of Educational and Behavioral
//! Statistics 25, 2000.

use super::hypothesis::{Alternative, TestResult};
use super::rank::{ranks, tie_correction};

/// Up to so many pairs, and without ties, the null distribution is exact.
pub(super) const EXACT_PAIRS: usize = 2_500;

/// The test of Mann and Whitney; the statistic is U of `a`: the number of pairs in which the value of `a` is the larger, ties
/// counting one half.
///
/// Exact up to 2,500 pairs without ties, otherwise by the normal approximation with the correction for ties and a continuity
/// correction of one half. Without a pair p is 1.
pub fn mann_whitney(a: &[f64], b: &[f64], alternative: Alternative) -> TestResult {
    let both = [a, b].concat();
    if both.iter().any(|value| value.is_nan()) {
        return TestResult::UNDEFINED;
    }
    let statistic = wins(a.len(), &both);
    let (pairs, all, ties) = ((a.len() * b.len()) as f64, both.len() as f64, tie_correction(&both));
    let exact = ties == 0.0 && a.len() * b.len() <= EXACT_PAIRS;
    let p = if exact {
        alternative.p_of_law(&wins_law(a.len(), b.len()), statistic as usize)
    } else {
        let variance = pairs / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
        alternative.p_of_normal(statistic, pairs / 2.0, variance)
    };
    TestResult { statistic, p, exact }
}

/// The number of pairs that the first `size` values win against the others, from their ranks among all.
fn wins(size: usize, both: &[f64]) -> f64 {
    let sum: f64 = ranks(both).iter().take(size).sum();
    sum - (size * (size + 1)) as f64 / 2.0
}

/// The probability of each number of won pairs under the null hypothesis, without ties, for at most 2,500 pairs.
///
/// The numbers of orders in which a sample of n wins u of its n m pairs against one of m are the coefficients of a Gaussian
/// binomial, the product over i = 1..n of (1 - q^(m+i)) / (1 - q^i) (Andrews, The Theory of Partitions, 1976, theorem 3.1).
/// Multiplied out factor by factor they stay whole and below C(100, 50) = 1.01 x 10^29.
pub(super) fn wins_law(n: usize, m: usize) -> Vec<f64> {
    let (few, many) = (n.min(m), n.max(m));
    let mut orders = vec![0i128; n * m + 1];
    orders[0] = 1; // there is always an order without a win
    for i in 1..=few {
        (many + i..orders.len()).rev().for_each(|power| orders[power] -= orders[power - many - i]);
        (i..orders.len()).for_each(|power| orders[power] += orders[power - i]);
    }
    let all: i128 = orders.iter().sum();
    orders.into_iter().map(|count| count as f64 / all as f64).collect()
}

/// The effect size A of Vargha and Delaney: the probability that a value of `a` is larger than one of `b`, ties counting one
/// half; 0.5 means no effect. NaN without a pair.
pub fn vargha_delaney(a: &[f64], b: &[f64]) -> f64 {
    let both = [a, b].concat();
    if both.iter().any(|value| value.is_nan()) {
        return f64::NAN;
    }
    wins(a.len(), &both) / (a.len() * b.len()) as f64
}

/// The word for an effect size of Vargha and Delaney, by their thresholds .56, .64 and .71, whichever side is larger.
pub fn magnitude(effect: f64) -> &'static str {
    match effect.max(1.0 - effect) {
        effect if effect < 0.56 => "negligible",
        effect if effect < 0.64 => "small",
        effect if effect < 0.71 => "medium",
        effect if effect >= 0.71 => "large",
        _ => "undefined",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Alternative; 3] = [Alternative::TwoSided, Alternative::Less, Alternative::Greater];

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-11 * expected.abs(), "{found} is not {expected}");
    }
    /// Made by whole numbers, so that Python has the same ones; without ties.
    fn samples(n: i32, m: i32) -> (Vec<f64>, Vec<f64>) {
        let a = (0..n).map(|i| f64::from(i * 31 % 97) / 10.0 + 1.005).collect();
        (a, (0..m).map(|i| f64::from(i * 29 % 89) / 10.0).collect())
    }

    #[track_caller]
    fn agrees((a, b): (Vec<f64>, Vec<f64>), statistic: f64, exact: bool, p: [f64; 3]) {
        for (alternative, p) in ALL.into_iter().zip(p) {
            let found = mann_whitney(&a, &b, alternative);
            assert_eq!((found.statistic, found.exact), (statistic, exact));
            close(found.p, p);
        }
    }

    /// By scipy 1.17, `mannwhitneyu`, `method="exact"` and `method="asymptotic"`.
    #[test]
    fn agrees_with_scipy() {
        let exact = [0.280_986_742_604_459_77, 0.864_549_665_722_52, 0.140_493_371_302_229_89];
        agrees(samples(20, 25), 298.0, true, exact);
        let normal = [0.005_989_053_284_389_562, 0.997_047_858_409_309_9, 0.002_994_526_642_194_781];
        agrees(samples(60, 70), 2_689.0, false, normal);
        let tied =
            ((0..30).map(|i| f64::from(i * 5 % 7 + 1)).collect(), (0..40).map(|i| f64::from(i * 3 % 8)).collect());
        let normal = [0.405_547_412_743_132_33, 0.800_587_727_288_160_1, 0.202_773_706_371_566_16];
        agrees(tied, 670.0, false, normal);
    }

    /// The largest exact case: whole counts up to 10^29. Without a win p is 2 / C(100, 50), C(100, 50) =
    /// 100891344545564193334812497256.
    #[test]
    fn the_largest_exact_case_is_whole() {
        let law = wins_law(50, 50);
        close(law[0], 1.0 / 100_891_344_545_564_193_334_812_497_256.0);
        close(law.iter().sum(), 1.0);
        assert!(law.iter().zip(law.iter().rev()).all(|(left, right)| left == right));
    }

    /// Every choice of places of the first sample among all is equally likely.
    #[test]
    fn the_exact_law_is_that_of_all_orders() {
        for (n, m) in [(1, 4), (3, 2), (4, 5), (0, 3)] {
            let mut counts = vec![0.0; n * m + 1];
            for places in (0u32..1 << (n + m)).filter(|places| places.count_ones() as usize == n) {
                let below = |place: u32| (0..place).filter(|other| places >> other & 1 == 0).count();
                let won: usize = (0..(n + m) as u32).filter(|place| places >> place & 1 == 1).map(below).sum();
                counts[won] += 1.0;
            }
            let all: f64 = counts.iter().sum();
            for (found, count) in wins_law(n, m).iter().zip(&counts) {
                assert!((found - count / all).abs() < 1e-14, "{n} {m}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_effect_is_the_share_of_won_pairs(
            a in prop::collection::vec(0u8..6, 1..12),
            b in prop::collection::vec(0u8..6, 1..12),
        ) {
            let won: f64 = a.iter().flat_map(|x| b.iter().map(move |y| match x.cmp(y) {
                std::cmp::Ordering::Less => 0.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Greater => 1.0,
            })).sum();
            let floats = |values: &[u8]| values.iter().copied().map(f64::from).collect::<Vec<f64>>();
            let found = vargha_delaney(&floats(&a), &floats(&b));
            prop_assert!((found - won / (a.len() * b.len()) as f64).abs() < 1e-12);
        }
    }

    #[test]
    fn effects_have_words() {
        for (effect, word) in [(0.5, "negligible"), (0.56, "small"), (0.37, "small"), (0.64, "medium"), (0.71, "large")]
        {
            assert_eq!(magnitude(effect), word, "{effect}");
        }
        assert_eq!((magnitude(0.0), magnitude(f64::NAN)), ("large", "undefined"));
    }

    #[test]
    fn nothing_to_tell_apart() {
        assert_eq!(mann_whitney(&[2.0; 60], &[2.0; 60], Alternative::TwoSided).p, 1.0);
        assert_eq!(mann_whitney(&[], &[1.0], Alternative::TwoSided).p, 1.0);
        assert!(vargha_delaney(&[], &[1.0]).is_nan() && vargha_delaney(&[f64::NAN], &[1.0]).is_nan());
        assert!(mann_whitney(&[f64::NAN], &[1.0], Alternative::Less).p.is_nan());
    }
}

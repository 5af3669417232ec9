//! What all hypothesis tests share: the direction of the alternative, the result, and the normal approximation of a count.

use super::distribution::normal_tail;

/// What is held against the null hypothesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alternative {
    /// The two sides differ, whichever is larger.
    TwoSided,
    /// The first side (or the difference) is smaller.
    Less,
    /// The first side (or the difference) is larger.
    Greater,
}

/// What a test found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TestResult {
    /// The test's statistic; each test says which.
    pub statistic: f64,
    /// The p-value; NaN where the test is not defined.
    pub p: f64,
    /// Whether the p-value comes from the exact null distribution of the statistic, not from an approximation.
    pub exact: bool,
}

impl TestResult {
    /// The result of a test that is not defined on its data.
    pub(super) const UNDEFINED: Self = Self { statistic: f64::NAN, p: f64::NAN, exact: false };
}

impl Alternative {
    /// The p-value from the null probabilities of a statistic at most, and at least, as large as the one found. The two-sided
    /// one is twice the smaller, at most 1.
    pub(super) fn p(self, at_most: f64, at_least: f64) -> f64 {
        match self {
            Self::TwoSided if at_most.is_nan() || at_least.is_nan() => f64::NAN,
            Self::TwoSided => (2.0 * at_most.min(at_least)).min(1.0),
            Self::Less => at_most,
            Self::Greater => at_least,
        }
    }

    /// The p-value from the probabilities of the statistic's values 0, 1, 2, ... under the null hypothesis.
    pub(super) fn p_of_law(self, law: &[f64], found: usize) -> f64 {
        let at_most: f64 = law.iter().take(found + 1).sum();
        let at_least: f64 = law.iter().skip(found).sum();
        self.p(at_most.min(1.0), at_least.min(1.0))
    }

    /// The p-value from the normal approximation of a statistic that moves in steps of 1, with the continuity correction of one
    /// half; 1 where the statistic cannot vary.
    pub(super) fn p_of_normal(self, found: f64, mean: f64, variance: f64) -> f64 {
        if variance <= 0.0 {
            return 1.0;
        }
        let tail = |beyond: f64| normal_tail((beyond - 0.5) / variance.sqrt());
        self.p(tail(mean - found), tail(found - mean))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_the_right_way_round() {
        let law = [0.1, 0.2, 0.3, 0.4];
        for (alternative, expected) in
            [(Alternative::Less, 0.3), (Alternative::Greater, 0.9), (Alternative::TwoSided, 0.6)]
        {
            assert!((alternative.p_of_law(&law, 1) - expected).abs() < 1e-12, "{alternative:?}");
        }
        assert!(Alternative::Greater.p_of_normal(12.0, 10.0, 1.0) < 0.1);
        assert!(Alternative::Less.p_of_normal(12.0, 10.0, 1.0) > 0.9);
        assert_eq!(Alternative::TwoSided.p_of_normal(10.0, 10.0, 1.0), 1.0);
        assert_eq!(Alternative::TwoSided.p_of_normal(3.0, 3.0, 0.0), 1.0);
    }

    /// Twice the normal tail beyond 1.5, by scipy 1.17 (`2 * norm.sf(1.5)`).
    #[test]
    fn the_continuity_correction_is_one_half() {
        assert!(
            (Alternative::TwoSided.p_of_normal(14.0, 10.0, 5.444_444_444_444_445) - 0.133_614_402_537_716_1).abs()
                < 1e-12
        );
    }
}

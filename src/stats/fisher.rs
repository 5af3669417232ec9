//! Fisher's exact test of a two by two table of counts (Fisher, Journal of the Royal Statistical Society 98, 1935).

use super::hypothesis::Alternative;

/// Two tables count as equally probable within this share, as in R and scipy: their probabilities carry rounding errors.
const EQUALLY_PROBABLE: f64 = 1.0 + 1e-7;

/// The p-value of a table of counts, rows being sides and columns outcomes, given all its margins.
///
/// The alternative speaks of the first cell: greater means that the first side has more of the first outcome than independence
/// would give. Two-sided sums the probabilities of all tables that are no more probable than the one found.
pub fn fisher_exact(table: [[u64; 2]; 2], alternative: Alternative) -> f64 {
    let [[found, beside], [below, across]] = table;
    let lowest = found - found.min(across);
    let law = first_cell_law(lowest, [beside + (found - lowest), below + (found - lowest), across - (found - lowest)]);
    let place = (found - lowest) as usize;
    let sum = |part: &mut dyn Iterator<Item = &f64>| part.sum::<f64>().min(1.0);
    match alternative {
        Alternative::Less => sum(&mut law.iter().take(place + 1)),
        Alternative::Greater => sum(&mut law.iter().skip(place)),
        Alternative::TwoSided => {
            let most = law.get(place).map_or(f64::NAN, |found| found * EQUALLY_PROBABLE);
            sum(&mut law.iter().filter(|probability| **probability <= most))
        }
    }
}

/// The hypergeometric probabilities of the first cell's values from its lowest one on, where the other three cells are as
/// given.
fn first_cell_law(lowest: u64, [beside, below, across]: [u64; 3]) -> Vec<f64> {
    let log_factorial = |count: u64| libm::lgamma(count as f64 + 1.0);
    let log_weight = |more: u64| {
        let cells = [lowest + more, beside - more, below - more, across + more]; // more is at most beside and below
        -cells.into_iter().map(log_factorial).sum::<f64>()
    };
    let logs: Vec<f64> = (0..=beside.min(below)).map(log_weight).collect();
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logs.iter().map(|log| libm::exp(log - largest)).collect();
    let all: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / all).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    /// By scipy 1.17, `fisher_exact`: two-sided, less, greater.
    #[test]
    fn agrees_with_scipy() {
        let cases = [
            ([[3, 1], [1, 3]], [0.485_714_285_714_285_65, 0.985_714_285_714_285_8, 0.242_857_142_857_142_83]),
            ([[8, 2], [1, 5]], [0.034_965_034_965_034_975, 0.999_125_874_125_874_2, 0.024_475_524_475_524_483]),
            ([[10, 190], [2, 198]], [0.035_779_909_868_204_94, 0.997_178_241_089_542, 0.017_889_954_934_102_47]),
            ([[2, 198], [13, 187]], [0.006_380_593_196_934_472, 0.003_190_296_598_467_236, 0.999_601_925_011_858_5]),
            ([[0, 5], [5, 0]], [0.007_936_507_936_507_938, 0.003_968_253_968_253_969, 1.0]),
            (
                [[30, 70], [900, 1_000]],
                [0.000_650_184_470_961_351_3, 0.000_419_658_134_453_573_17, 0.999_810_478_632_718_9],
            ),
            ([[0, 0], [3, 4]], [1.0, 1.0, 1.0]),
        ];
        for (table, expected) in cases {
            for (alternative, expected) in
                [Alternative::TwoSided, Alternative::Less, Alternative::Greater].into_iter().zip(expected)
            {
                let found = fisher_exact(table, alternative);
                assert!((found - expected).abs() < 1e-11 * expected, "{table:?} {alternative:?}: {found}, {expected}");
            }
        }
        assert_eq!(fisher_exact([[0, 0], [0, 0]], Alternative::TwoSided), 1.0);
    }
}

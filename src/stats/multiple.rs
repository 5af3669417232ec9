//! Many tests at once.

/// The p-values adjusted for the number of tests by Holm's step-down method (Scandinavian Journal of Statistics 6, 1979), in
/// the order given: comparing them with .05 keeps the probability of one or more false alarms in the family within .05. NaN
/// stays NaN and is not counted.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut rising: Vec<usize> = (0..p.len()).filter(|&place| !p[place].is_nan()).collect();
    rising.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![f64::NAN; p.len()];
    let mut largest = 0.0_f64;
    for (before, &place) in rising.iter().enumerate() {
        largest = largest.max((rising.len() - before) as f64 * p[place]).min(1.0);
        adjusted[place] = largest; // places are those of `p`
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: sorted .01 .02 .02 .5 times 4 3 2 1, never falling, at most 1.
    #[test]
    fn adjusts_in_the_order_given() {
        let adjusted = holm(&[0.02, f64::NAN, 0.5, 0.01, 0.02]);
        for (found, expected) in adjusted.iter().zip([0.06, f64::NAN, 0.5, 0.04, 0.06]) {
            assert!((found - expected).abs() < 1e-15 || (found.is_nan() && expected.is_nan()), "{adjusted:?}");
        }
        assert_eq!(holm(&[0.6, 0.7]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }
}

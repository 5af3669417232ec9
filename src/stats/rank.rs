//! Ranks of a sample, and what ties do to the variance of rank statistics.

/// The rank of each value, 1 for the smallest; equal values share the average of their ranks.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut ranks = vec![0.0; values.len()];
    let mut smaller = 0;
    for group in rising(values).chunk_by(|a, b| a.1 == b.1) {
        let shared = smaller as f64 + (group.len() as f64 + 1.0) / 2.0;
        group.iter().for_each(|&(place, _)| ranks[place] = shared); // places are those of `values`
        smaller += group.len();
    }
    ranks
}

/// The sum of t^3 - t over all groups of t equal values: 0 without ties.
pub fn tie_correction(values: &[f64]) -> f64 {
    let excess = |size: f64| size * size * size - size;
    rising(values).chunk_by(|a, b| a.1 == b.1).map(|group| excess(group.len() as f64)).sum()
}

/// The values in rising order, each with its place.
fn rising(values: &[f64]) -> Vec<(usize, f64)> {
    let mut sorted: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
    sorted.sort_unstable_by(|a, b| a.1.total_cmp(&b.1));
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 1 1 3 4 4 4 7 take the ranks 1.5 1.5 3 5 5 5 7.
    #[test]
    fn ties_share_the_average_rank() {
        let values = [4.0, 1.0, 7.0, 4.0, 3.0, 1.0, 4.0];
        assert_eq!(ranks(&values), [5.0, 1.5, 7.0, 5.0, 3.0, 1.5, 5.0]);
        assert_eq!(tie_correction(&values), 6.0 + 24.0);
        assert_eq!(ranks(&[0.0, -0.0]), [1.5, 1.5]);
    }

    #[test]
    fn no_ties_need_no_correction() {
        assert_eq!(tie_correction(&[3.0, 1.0, 2.0]), 0.0);
        assert!(ranks(&[]).is_empty());
    }
}

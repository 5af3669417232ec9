//! Ranks of strategies in each repetition.

use super::rank::ranks;

/// The rank of each strategy in each run that all of them have: 1 for the lowest value, equal values share the average of their
/// ranks. Runs are paired by their repetition. Comes as `[strategy][run]`, so that means and intervals over runs follow.
pub fn rank_columns(strategies: &[&[f64]]) -> Vec<Vec<f64>> {
    let runs = strategies.iter().map(|strategy| strategy.len()).min().unwrap_or(0);
    let mut columns = vec![Vec::with_capacity(runs); strategies.len()];
    for run in 0..runs {
        let values: Vec<f64> = strategies.iter().map(|strategy| strategy[run]).collect();
        columns.iter_mut().zip(ranks(&values)).for_each(|(column, rank)| column.push(rank));
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strategies_are_ranked_run_by_run() {
        let ranks = rank_columns(&[&[0.1, 5.0, 2.0], &[0.2, 5.0, 1.0], &[0.3, 4.0, 3.0, 9.0]]);
        assert_eq!(ranks, [[1.0, 2.5, 2.0], [2.0, 2.5, 1.0], [3.0, 1.0, 3.0]]);
        assert!((0..3).all(|run| ranks.iter().map(|column| column[run]).sum::<f64>() == 6.0));
        assert!(rank_columns(&[]).is_empty());
    }
}

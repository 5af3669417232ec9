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

/// The rank that each run of a strategy is expected to have among one run of each of the others, drawn from all of theirs: 1, and for every
/// other strategy the share of its runs with a lower value, equal ones counting half. Comes as `[strategy][run]`.
pub fn expected_ranks(strategies: &[&[f64]]) -> Vec<Vec<f64>> {
    let sorted: Vec<Vec<f64>> = strategies
        .iter()
        .map(|values| {
            let mut values = values.to_vec();
            values.sort_unstable_by(f64::total_cmp);
            values
        })
        .collect();
    let share_below = |values: &Vec<f64>, value: f64| {
        let below = values.partition_point(|other| *other < value);
        let not_above = values.partition_point(|other| *other <= value);
        (below + not_above) as f64 / (2 * values.len()) as f64
    };
    let rank = |own: usize, value: f64| {
        let others = sorted.iter().enumerate().filter(|(other, values)| *other != own && !values.is_empty());
        1.0 + others.map(|(_, values)| share_below(values, value)).sum::<f64>()
    };
    strategies.iter().enumerate().map(|(own, values)| values.iter().map(|&value| rank(own, value)).collect()).collect()
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

    /// Of (1, 3) and (1, 2, 4): 1 ties with the first of three; 3 is above two of three. Mean ranks add up to 3.
    #[test]
    fn unpaired_runs_are_ranked_among_all_of_the_others() {
        let ranks = expected_ranks(&[&[1.0, 3.0], &[1.0, 2.0, 4.0]]);
        assert_eq!(ranks, [vec![1.0 + 1.0 / 6.0, 1.0 + 2.0 / 3.0], vec![1.25, 1.5, 2.0]]);
        let means: f64 = ranks.iter().map(|column| column.iter().sum::<f64>() / column.len() as f64).sum();
        assert!((means - 3.0).abs() < 1e-12, "{means}");
    }
}

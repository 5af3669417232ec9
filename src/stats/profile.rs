//! Strategies over all runs and data sets: performance profiles, optimality gaps, chances to be better (Agarwal et al., NeurIPS 2021,
//! sections 4.2 and 4.3). Lower values are better throughout.

use rayon::prelude::*;

use super::Interval;
use super::bootstrap::{counts, percentiles, stream};
use super::lanes::{Block, LANES, Lanes, Sorted, add};
use super::summary::mean;
use crate::base::Digest;

/// The share of values at or below each threshold (Dolan and More 2002, on values instead of ratios).
pub fn performance_profile(values: &[f64], thresholds: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let share = |threshold: &f64| sorted.partition_point(|value| value <= threshold) as f64 / sorted.len() as f64;
    thresholds.iter().map(share).collect()
}

/// The mean normalised regret, counting what is worse than the average architecture (1) as 1.
pub fn optimality_gap(values: &[f64]) -> f64 {
    mean(&values.iter().map(|value| value.min(1.0)).collect::<Vec<f64>>())
}

/// The share of paired runs in which x is lower than y, equal ones counting half.
pub fn win_share(x: &[f64], y: &[f64]) -> f64 {
    let won = |(x, y): (&f64, &f64)| if x < y { 1.0 } else { 0.5 * f64::from(x == y) };
    mean(&x.iter().zip(y).map(won).collect::<Vec<f64>>())
}

/// The chance that a run of x is lower than a run of y, equal ones counting half, on average over data sets, with its 95 % interval.
///
/// Takes `[data set]` lists, a value a run, whose runs need not be paired. On one data set this is the statistic of Mann and Whitney
/// divided by the number of pairs (the A12 of Vargha and Delaney 2000). Runs of x and of y are resampled independently within each
/// data set. NaN if a data set has no runs on one side.
pub fn probability_of_improvement(x: &[&[f64]], y: &[&[f64]], resamples: usize, key: Digest) -> (f64, Interval) {
    let data_sets: Vec<Contest> = x.iter().zip(y).map(|(x, y)| Contest::new(x, y)).collect();
    let share = mean(&data_sets.iter().map(Contest::share).collect::<Vec<f64>>());
    let resampled =
        |(number, contest): (usize, &Contest)| contest.resampled(resamples, stream(key, "data set", number));
    let columns: Vec<Vec<f64>> = data_sets.iter().enumerate().map(resampled).collect();
    let over_data_sets =
        |number: usize| columns.iter().map(|column| column[number]).sum::<f64>() / columns.len() as f64;
    (share, percentiles(&mut (0..resamples).map(over_data_sets).collect::<Vec<f64>>()))
}

/// The runs of two strategies on one data set, merged by value.
struct Contest {
    /// The runs of x and of y that share a value, by rising values.
    steps: Vec<(Vec<u32>, Vec<u32>)>,
    runs: (usize, usize),
}

impl Contest {
    fn new(x: &[f64], y: &[f64]) -> Self {
        let both = [x, y].concat();
        let step = |(_, runs): (f64, &[u32])| {
            let (of_x, of_y): (Vec<u32>, Vec<u32>) = runs.iter().partition(|run| (**run as usize) < x.len());
            (of_x, of_y.into_iter().map(|run| run - x.len() as u32).collect())
        };
        Self { steps: Sorted::new(&both).steps().map(step).collect(), runs: (x.len(), y.len()) }
    }

    fn pairs(&self) -> f64 {
        self.runs.0 as f64 * self.runs.1 as f64
    }

    /// The share of pairs of runs that x wins.
    fn share(&self) -> f64 {
        let (mut below, mut twice) = (0.0, 0.0); // those below count twice, those that are equal once
        for (x, y) in &self.steps {
            twice += y.len() as f64 * (2.0 * below + x.len() as f64);
            below += x.len() as f64;
        }
        0.5 * twice / self.pairs()
    }

    /// The share of pairs that x wins in each resample.
    fn resampled(&self, resamples: usize, key: Digest) -> Vec<f64> {
        let draw = |runs: usize, side: &str| {
            let key = stream(key, side, 0);
            Lanes::draw(runs, resamples, |number| counts(runs, number, key))
        };
        let (x, y) = (draw(self.runs.0, "x"), draw(self.runs.1, "y"));
        let blocks = x.blocks.par_iter().zip(&y.blocks);
        let mut shares: Vec<f64> = blocks.flat_map_iter(|(x, y)| self.block_shares(x, y)).collect();
        shares.truncate(resamples);
        shares
    }

    /// As [`Contest::share`] in each lane; whole numbers below 2^53, so in f64 exact.
    fn block_shares(&self, x: &Block, y: &Block) -> [f64; LANES] {
        let (mut below, mut twice) = ([0; LANES], [0.0; LANES]);
        for (of_x, of_y) in &self.steps {
            let before = below;
            of_x.iter().for_each(|&run| add(&mut below, &x.counts[run as usize]));
            if of_y.is_empty() {
                continue;
            }
            let mut drawn = [0; LANES];
            of_y.iter().for_each(|&run| add(&mut drawn, &y.counts[run as usize]));
            // those below count twice, those that are equal once
            (0..LANES).for_each(|lane| twice[lane] += f64::from(drawn[lane]) * f64::from(before[lane] + below[lane]));
        }
        twice.map(|twice| 0.5 * twice / self.pairs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Two lists on two data sets each, for the numbers by rliable 1.2.0.
    const A: [[f64; 6]; 2] = [[0.0, 0.74, 0.47, 0.2, 0.94, 0.67], [0.37, 0.1, 0.84, 0.57, 0.3, 0.03]];
    const B: [[f64; 6]; 2] = [[0.74, 0.04, 0.16, 0.36, 0.64, 0.11], [0.01, 0.09, 0.25, 0.49, 0.81, 0.32]];

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    /// Golden numbers by rliable 1.2.0, for which higher is better: `create_performance_profile` (scores above .2, .5, .8: 8/12, 5/12,
    /// 2/12) and `aggregate_optimality_gap` of the scores, that is of 1 - regret.
    #[test]
    fn profiles_and_gaps_agree_with_rliable() {
        let profile = performance_profile(&A.concat(), &[0.2, 0.5, 0.8]);
        profile.iter().zip([4.0, 7.0, 10.0]).for_each(|(found, count)| close(*found, count / 12.0));
        let regrets: Vec<f64> = A.concat().iter().map(|score| 1.0 - score).collect();
        close(optimality_gap(&regrets), 0.564_166_666_666_666_7);
        close(optimality_gap(&[0.5, 7.0]), 0.75);
    }

    /// Golden number by rliable 1.2.0, `probability_of_improvement(a, b)`, the chance that a is higher; one pair is equal.
    #[test]
    fn the_chance_to_be_better_agrees_with_rliable() {
        let (a, b): (Vec<&[f64]>, Vec<&[f64]>) =
            (A.iter().map(|x| &x[..]).collect(), B.iter().map(|x| &x[..]).collect());
        let chance = |x: &[&[f64]], y: &[&[f64]]| probability_of_improvement(x, y, 100, Digest::of(b"key")).0;
        close(chance(&b, &a), 0.618_055_555_555_555_6);
        close(chance(&a, &b), 0.381_944_444_444_444_4);
        close(chance(&a, &a), 0.5);
    }

    /// Golden numbers by numpy 2.4.6 over 20,000 resamples: lists ((37 i + 11 k) mod 101)^2 / 100, k = 0 and 1 against half of k = 2 and
    /// 40 runs of k = 3 plus 5.
    #[test]
    fn the_interval_agrees_with_numpy() {
        let column =
            |k: i32, runs: i32| (0..runs).map(move |i| f64::from((37 * i + 11 * k) % 101)).map(|x| x * x / 100.0);
        let x: [Vec<f64>; 2] = [column(0, 60).collect(), column(1, 60).collect()];
        let y: [Vec<f64>; 2] = [column(2, 60).map(|y| y / 2.0).collect(), column(3, 40).map(|y| y + 5.0).collect()];
        let (share, interval) = probability_of_improvement(&[&x[0], &x[1]], &[&y[0], &y[1]], 4_000, Digest::of(b"key"));
        close(share, 0.459_305_555_555_555_6);
        assert!((interval.low - 0.3844).abs() < 0.006 && (interval.high - 0.5354).abs() < 0.006, "{interval:?}");
    }

    #[test]
    fn resamples_agree_with_counting_pairs() {
        let (x, y) = ([3.0, 1.0, 2.0, 2.0], [2.0, 4.0, 1.0]);
        let found = Contest::new(&x, &y).resampled(20, Digest::of(b"key"));
        for (number, found) in found.into_iter().enumerate() {
            let of = |runs, side| counts(runs, number, stream(Digest::of(b"key"), side, 0));
            let (of_x, of_y) = (of(4, "x"), of(3, "y"));
            let mut wins = 0.0;
            for (x, &count_x) in x.iter().zip(&of_x) {
                for (y, &count_y) in y.iter().zip(&of_y) {
                    let won = if x < y { 1.0 } else { 0.5 * f64::from(x == y) };
                    wins += f64::from(count_x * count_y) * won;
                }
            }
            close(found, wins / 12.0);
        }
    }

    #[test]
    fn a_data_set_without_runs_has_no_answer() {
        let (share, interval) = probability_of_improvement(&[&[1.0], &[]], &[&[2.0], &[1.0]], 10, Digest::of(b""));
        assert!(share.is_nan() && interval.low.is_nan());
        assert!(win_share(&[], &[]).is_nan() && optimality_gap(&[]).is_nan());
    }

    #[test]
    fn equal_runs_are_half_won() {
        assert_eq!(win_share(&[1.0, 2.0, 3.0, 4.0], &[2.0, 2.0, 1.0, 9.0]), 0.625);
    }
}

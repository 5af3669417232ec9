//! Percentile bootstrap of means over whole runs (Efron 1979; Efron and Tibshirani 1993, section 13.3), with the same resampled runs
//! for all columns of equally many runs, so that comparisons are paired. Every resample has a random stream of its own: threads change nothing.

use rayon::prelude::*;

use super::summary::quantile_of;
use crate::base::{Digest, Key, Rng};

/// Columns that are summed side by side: their sums stay in registers (a third of the time of summing whole rows in memory).
const LANES: usize = 16;

/// A two-sided interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// 95 % intervals of the means of several columns, each with a value a run; NaN without runs. Columns of equally many runs share
/// their resamples: which runs are drawn depends on their number, the resample's number and the key alone.
pub fn mean_intervals(columns: &[&[f64]], resamples: usize, key: Digest) -> Vec<Interval> {
    let groups = columns.chunk_by(|a, b| a.len() == b.len());
    groups.flat_map(|group| group_intervals(group, resamples, key)).collect()
}

/// The intervals of columns of equally many runs.
fn group_intervals(columns: &[&[f64]], resamples: usize, key: Digest) -> Vec<Interval> {
    let runs = columns.first().map_or(0, |column| column.len());
    let resamples: Vec<Resample> = (0..resamples).into_par_iter().map(|number| resample(runs, number, key)).collect();
    columns.par_chunks(LANES).flat_map_iter(|block| block_intervals(block, runs, &resamples)).collect()
}

/// The runs that a resample drew, rising, each with how often it was drawn: 5 bytes a run, since all resamples are kept.
#[derive(Default)]
struct Resample {
    runs: Vec<u32>,
    counts: Vec<u8>,
}

fn resample(runs: usize, number: usize, key: Digest) -> Resample {
    let mut rng = Rng::new(Key::derive(0, "bootstrap", &[&key.to_string()], number as u64));
    let mut counts = vec![0u32; runs];
    (0..runs).for_each(|_| counts[rng.below(runs as u32) as usize] += 1);
    let mut resample = Resample::default();
    for (run, mut left) in counts.into_iter().enumerate().filter(|(_, count)| *count > 0) {
        while left > 0 {
            let count = left.min(u32::from(u8::MAX)); // one more entry for a run that was drawn very often
            resample.runs.push(run as u32);
            resample.counts.push(count as u8);
            left -= count;
        }
    }
    resample
}

fn block_intervals(block: &[&[f64]], runs: usize, resamples: &[Resample]) -> Vec<Interval> {
    let mut rows = vec![[0.0; LANES]; runs];
    for (lane, column) in block.iter().enumerate() {
        rows.iter_mut().zip(*column).for_each(|(row, &value)| row[lane] = value);
    }
    let means: Vec<[f64; LANES]> = resamples.iter().map(|drawn| mean_of(&rows, drawn)).collect();
    let interval = |lane: usize| {
        let mut lane: Vec<f64> = means.iter().map(|mean| mean[lane]).collect();
        Interval { low: quantile_of(&mut lane, 0.025), high: quantile_of(&mut lane, 0.975) }
    };
    (0..block.len()).map(interval).collect()
}

fn mean_of(rows: &[[f64; LANES]], drawn: &Resample) -> [f64; LANES] {
    let mut sums = [0.0; LANES];
    for (&run, &count) in drawn.runs.iter().zip(&drawn.counts) {
        let (row, count) = (&rows[run as usize], f64::from(count));
        (0..LANES).for_each(|lane| sums[lane] += count * row[lane]);
    }
    sums.map(|sum| sum / rows.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(count: usize) -> Vec<f64> {
        let mut rng = Rng::new(Key::derive(5, "test", &[], 0));
        (0..count).map(|_| rng.unit() + rng.unit() + rng.unit()).collect()
    }

    #[test]
    fn the_interval_of_a_mean_is_about_two_standard_errors_wide() {
        let values = sample(400);
        let interval = mean_intervals(&[&values], 4_000, Digest::of(b"key"))[0];
        let centre = crate::stats::mean(&values);
        let error = crate::stats::standard_deviation(&values) / 20.0;
        for (end, expected) in [(interval.low, centre - 1.96 * error), (interval.high, centre + 1.96 * error)] {
            assert!((end - expected).abs() < 0.12 * error, "{interval:?}, {centre} +- {error}");
        }
    }

    #[test]
    fn resamples_are_paired() {
        let values = sample(50);
        let shifted: Vec<f64> = values.iter().map(|value| value + 1.0).collect();
        let columns: Vec<&[f64]> =
            (0..40).map(|column| if column == 20 { &shifted[..] } else { &values[..] }).collect();
        let all = mean_intervals(&columns, 500, Digest::of(b"key"));
        assert_eq!((all.len(), all[0]), (40, all[39]));
        assert!((all[0].low + 1.0 - all[20].low).abs() < 1e-12);
        assert_eq!(all, mean_intervals(&columns, 500, Digest::of(b"key")));
        assert_ne!(all, mean_intervals(&columns, 500, Digest::of(b"other")));
    }

    #[test]
    fn columns_of_other_lengths_are_resampled_as_if_alone() {
        let (long, short) = (sample(50), sample(20));
        let alone = |column: &[f64]| mean_intervals(&[column], 300, Digest::of(b"key"))[0];
        let together = mean_intervals(&[&long, &short, &long], 300, Digest::of(b"key"));
        assert_eq!(together, [alone(&long), alone(&short), alone(&long)]);
    }

    #[test]
    fn no_runs_have_no_interval() {
        assert!(mean_intervals(&[], 100, Digest::of(b"")).is_empty());
        assert!(mean_intervals(&[&[]], 0, Digest::of(b""))[0].low.is_nan());
    }
}

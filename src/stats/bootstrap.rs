//! Percentile bootstrap over whole runs (Efron 1979; Efron and Tibshirani 1993, section 13.3), with the same resampled runs for all
//! series, so that comparisons are paired. The k-th resample has a random stream of its own: threads change nothing.

use rayon::prelude::*;

use super::summary::quantile_of;
use crate::base::{Digest, Key, Rng};

/// Resamples that one task draws one after another.
const CHUNK: usize = 64;

/// A two-sided interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// 95 % intervals of the means of several series, an element a run, all of the same length.
pub fn mean_intervals(series: &[&[f64]], resamples: usize, key: Digest) -> Vec<Interval> {
    let tables: Vec<Vec<Vec<f64>>> =
        series.iter().map(|values| values.iter().map(|&value| vec![value]).collect()).collect();
    let tables: Vec<&[Vec<f64>]> = tables.iter().map(Vec::as_slice).collect();
    mean_bands(&tables, resamples, key).into_iter().map(|band| band[0]).collect()
}

/// 95 % intervals of the means of several series of curves: `series[s][run][point]`, all with the same number of runs.
///
/// Gives `[s][point]`. Series without runs get no intervals.
pub fn mean_bands(series: &[&[Vec<f64>]], resamples: usize, key: Digest) -> Vec<Vec<Interval>> {
    let runs = series.first().map_or(0, |curves| curves.len());
    if runs == 0 || resamples == 0 {
        return series.iter().map(|_| Vec::new()).collect();
    }
    debug_assert!(series.iter().all(|curves| curves.len() == runs), "paired series have equally many runs");
    let chunks: Vec<usize> = (0..resamples).step_by(CHUNK).collect();
    let means: Vec<Vec<Vec<f64>>> = chunks
        .into_par_iter()
        .map(|first| chunk_means(series, runs, first..resamples.min(first + CHUNK), key))
        .collect();
    (0..series.len())
        .into_par_iter()
        .map(|s| {
            let points = series[s][0].len();
            (0..points).map(|point| interval(&means, s, points, point)).collect()
        })
        .collect()
}

/// The means of the resamples of a chunk: for each series, `[resample * points + point]`.
fn chunk_means(series: &[&[Vec<f64>]], runs: usize, resamples: std::ops::Range<usize>, key: Digest) -> Vec<Vec<f64>> {
    let mut means: Vec<Vec<f64>> = series.iter().map(|curves| vec![0.0; resamples.len() * curves[0].len()]).collect();
    let mut drawn = vec![0usize; runs];
    for (place, resample) in resamples.enumerate() {
        let mut rng = Rng::new(Key::derive(0, "bootstrap", &[&key.to_string()], resample as u64));
        drawn.iter_mut().for_each(|run| *run = rng.below(runs as u32) as usize);
        drawn.sort_unstable(); // the sum does not depend on the order of the draws, and memory is read forwards
        for (curves, means) in series.iter().zip(&mut means) {
            let points = curves[0].len();
            let sums = &mut means[place * points..(place + 1) * points];
            drawn.iter().for_each(|&run| sums.iter_mut().zip(&curves[run]).for_each(|(sum, value)| *sum += value));
            sums.iter_mut().for_each(|sum| *sum /= runs as f64);
        }
    }
    means
}

fn interval(means: &[Vec<Vec<f64>>], series: usize, points: usize, point: usize) -> Interval {
    let mut column: Vec<f64> =
        means.iter().flat_map(|chunk| chunk[series].iter().skip(point).step_by(points)).copied().collect();
    Interval { low: quantile_of(&mut column, 0.025), high: quantile_of(&mut column, 0.975) }
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
        let both = mean_intervals(&[&values, &shifted], 500, Digest::of(b"key"));
        assert!((both[0].low + 1.0 - both[1].low).abs() < 1e-12);
        assert_eq!(both, mean_intervals(&[&values, &shifted], 500, Digest::of(b"key")));
        assert_ne!(both, mean_intervals(&[&values, &shifted], 500, Digest::of(b"other")));
    }
}

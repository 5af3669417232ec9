//! Stratified bootstrap: the centre of the runs of all data sets together, with runs resampled within each data set (Agarwal et al.,
//! NeurIPS 2021, section 4.1). Values must mean the same on every data set: normalised regrets or percentile ranks.

use std::ops::Range;

use super::bootstrap::{counts, percentiles, stream};
use super::lanes::Lanes;
use super::{Centre, Interval};
use crate::base::{Digest, Key, Rng};

/// 95 % intervals of each strategy's centre over the runs of all data sets, from its values in `[strategy][data set]`, one a run.
///
/// Strategies with equally many runs on every data set share their resamples. With `resample_data_sets` a resample first draws as
/// many data sets as there are, so that the interval speaks of data sets that were not tried, too; a data set that is drawn twice
/// has its runs drawn twice, each time anew.
pub fn stratified_intervals(
    strategies: &[Vec<&[f64]>],
    centre: Centre,
    resamples: usize,
    key: Digest,
    resample_data_sets: bool,
) -> Vec<Interval> {
    let of_group = |group: &[Vec<&[f64]>]| {
        let strata = Strata::new(group.first().map_or(&[][..], |strategy| strategy)); // all of one shape
        let lanes = Lanes::draw(strata.runs, resamples, |number| strata.counts(number, key, resample_data_sets));
        let interval = |strategy: &Vec<&[f64]>| percentiles(&mut lanes.centres(centre, &strategy.concat()));
        group.iter().map(interval).collect::<Vec<Interval>>()
    };
    strategies
        .chunk_by(|a, b| a.iter().map(|runs| runs.len()).eq(b.iter().map(|runs| runs.len())))
        .flat_map(of_group)
        .collect()
}

/// Where the runs of each data set stand among all runs.
struct Strata {
    places: Vec<Range<usize>>,
    runs: usize,
}

impl Strata {
    fn new(data_sets: &[&[f64]]) -> Self {
        let mut runs = 0;
        let place = |data_set: &&[f64]| {
            let from = runs;
            runs += data_set.len();
            from..runs
        };
        let places = data_sets.iter().map(place).collect();
        Self { places, runs }
    }

    /// How often the numbered resample draws each run.
    fn counts(&self, number: usize, key: Digest, resample_data_sets: bool) -> Vec<u32> {
        let mut all = vec![0; self.runs];
        for (slot, data_set) in self.drawn(number, key, resample_data_sets).into_iter().enumerate() {
            let place = self.places[data_set].clone();
            let drawn = counts(place.len(), number, stream(key, "data set", slot));
            all[place].iter_mut().zip(drawn).for_each(|(all, drawn)| *all += drawn);
        }
        all
    }

    /// The data sets that the numbered resample draws.
    fn drawn(&self, number: usize, key: Digest, resample_data_sets: bool) -> Vec<usize> {
        let count = self.places.len();
        if !resample_data_sets {
            return (0..count).collect();
        }
        let mut rng = Rng::new(Key::derive(0, "bootstrap of data sets", &[&key.to_string()], number as u64));
        (0..count).map(|_| rng.below(count as u32) as usize).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{mean, standard_deviation};

    fn sample(count: usize, number: u64) -> Vec<f64> {
        let mut rng = Rng::new(Key::derive(7, "test", &[], number));
        (0..count).map(|_| rng.unit() * rng.unit()).collect()
    }

    fn key() -> Digest {
        Digest::of(b"strata")
    }

    /// Between data sets far apart nothing is resampled: the standard error is that of the strata alone (Cochran, Sampling
    /// Techniques, 1977, chapter 5), a hundredth of what pooling the runs would give.
    #[test]
    fn runs_are_resampled_within_their_data_set() {
        let (low, high) = (sample(80, 0), sample(120, 1).iter().map(|value| value + 50.0).collect::<Vec<_>>());
        let found = stratified_intervals(&[vec![&low, &high]], Centre::Mean, 4_000, key(), false)[0];
        let square = |runs: &[f64]| standard_deviation(runs) * standard_deviation(runs) * runs.len() as f64;
        let error = (square(&low) + square(&high)).sqrt() / 200.0;
        let centre = mean(&[low, high].concat());
        assert!((found.low - centre + 1.96 * error).abs() < 0.12 * error, "{found:?}, {centre} +- {error}");
        assert!((found.high - centre - 1.96 * error).abs() < 0.12 * error, "{found:?}, {centre} +- {error}");
    }

    /// Two data sets, all runs of one 0, of the other 1: the mean of a resample is 0, 1/2 or 1, with chances 1/4, 1/2, 1/4.
    #[test]
    fn data_sets_are_resampled_on_request() {
        let (zeros, ones) = (vec![0.0; 5], vec![1.0; 5]);
        let interval = |data_sets| stratified_intervals(&[vec![&zeros, &ones]], Centre::Mean, 500, key(), data_sets)[0];
        assert_eq!(interval(false), Interval { low: 0.5, high: 0.5 });
        assert_eq!(interval(true), Interval { low: 0.0, high: 1.0 });
    }

    /// Golden numbers by numpy 2.4.6, `quantile` over 100,000 resamples: the interquartile mean of ((37 i + 11 k) mod 101)^2 / 100,
    /// i below 60, k = 0 and half of k = 1.
    #[test]
    fn agrees_with_numpy() {
        let column = |k: u32, scale: f64| -> Vec<f64> {
            (0..60).map(|i| f64::from((37 * i + 11 * k) % 101)).map(|x| x * x * scale).collect()
        };
        let (first, second) = (column(0, 0.01), column(1, 0.005));
        for (data_sets, low, high) in [(false, 13.90, 23.79), (true, 11.39, 31.75)] {
            let strategies = [vec![&first[..], &second[..]]];
            let found = stratified_intervals(&strategies, Centre::InterquartileMean, 4_000, key(), data_sets)[0];
            let room = 0.05 * (high - low);
            assert!(
                (found.low - low).abs() < room && (found.high - high).abs() < room,
                "{found:?}, not {low} to {high}"
            );
        }
    }

    #[test]
    fn strategies_share_their_resamples() {
        let runs: Vec<Vec<f64>> = (0..3).map(|number| sample(30, number)).collect();
        let shifted: Vec<Vec<f64>> = runs.iter().map(|runs| runs.iter().map(|run| run + 1.0).collect()).collect();
        let strategies: [Vec<&[f64]>; 2] =
            [runs.iter().map(|run| &run[..]).collect(), shifted.iter().map(|run| &run[..]).collect()];
        for data_sets in [false, true] {
            let found = stratified_intervals(&strategies, Centre::InterquartileMean, 300, key(), data_sets);
            assert!((found[0].low + 1.0 - found[1].low).abs() < 1e-12, "{found:?}");
            assert!((found[0].high + 1.0 - found[1].high).abs() < 1e-12, "{found:?}");
        }
    }

    #[test]
    fn a_strategy_without_data_sets_has_no_interval() {
        assert!(stratified_intervals(&[vec![]], Centre::Mean, 10, key(), true)[0].low.is_nan());
    }
}

//! Percentile bootstrap of means and other centres over whole runs (Efron 1979; Efron and Tibshirani 1993, section 13.3), with the
//! same resampled runs for all columns of equally many runs, so that comparisons are paired. Every resample has a random stream of
//! its own: threads change nothing.

use rayon::prelude::*;

use super::Centre;
use super::lanes::Lanes;
use super::summary::{quantile_of, standard_deviation};
use crate::base::{Digest, Hasher, Key, Rng};

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

impl Interval {
    const NONE: Self = Self { low: f64::NAN, high: f64::NAN };

    fn around(centre: f64, half: f64) -> Self {
        Self { low: centre - half, high: centre + half }
    }
}

/// 95 % intervals of the means of several columns, each with a value a run; NaN without runs. Columns of equally many runs share
/// their resamples: which runs are drawn depends on their number, the resample's number and the key alone.
pub fn mean_intervals(columns: &[&[f64]], resamples: usize, key: Digest) -> Vec<Interval> {
    let groups = columns.chunk_by(|a, b| a.len() == b.len());
    groups.flat_map(|group| group_intervals(group, resamples, key)).collect()
}

/// 95 % intervals of a centre of several columns: the resamples are those of [`mean_intervals`].
pub fn centre_intervals(centre: Centre, columns: &[&[f64]], resamples: usize, key: Digest) -> Vec<Interval> {
    match centre {
        Centre::Mean => mean_intervals(columns, resamples, key),
        _ => of_resamples(centre, columns, resamples, key, |mut centres| percentiles(&mut centres)),
    }
}

/// A band that holds the true centres of all columns at once in 95 % of experiments, as far as the bootstrap is right: the estimates
/// plus and minus their standard errors, times the 95 % quantile of the largest deviation of a resample in standard errors (a sup-t
/// band: Montiel Olea and Plagborg-Moller, Journal of Applied Econometrics 34, 2019). Columns that do not vary have no width.
pub fn simultaneous_band(centre: Centre, columns: &[&[f64]], resamples: usize, key: Digest) -> Vec<Interval> {
    let centres = of_resamples(centre, columns, resamples, key, |centres| centres);
    let points: Vec<(f64, f64)> = columns.iter().zip(&centres).map(|(c, all)| (centre.of(c), error_of(all))).collect();
    let deviation = |number: usize| {
        let of = |(all, &(estimate, error)): (&Vec<f64>, &(f64, f64))| (all[number] - estimate).abs() / error;
        let varying = centres.iter().zip(&points).filter(|(_, point)| point.1 > 0.0);
        varying.map(of).fold(0.0, f64::max)
    };
    let mut deviations: Vec<f64> = (0..resamples).map(deviation).collect();
    let times = quantile_of(&mut deviations, 0.95);
    let interval =
        |(estimate, error): (f64, f64)| Interval::around(estimate, if error > 0.0 { times * error } else { 0.0 });
    points.into_iter().map(interval).collect()
}

/// The standard error of a centre: the spread of its resamples, exactly 0 where they are all alike.
fn error_of(centres: &[f64]) -> f64 {
    let alike = centres.windows(2).all(|pair| pair[0] == pair[1]);
    if alike { 0.0 } else { standard_deviation(centres) }
}

/// The 95 % interval of mean(a) - mean(b). Paired runs are resampled together, and NaN comes out unless there are equally many;
/// otherwise the resamples of a and b are independent.
pub fn difference_interval(a: &[f64], b: &[f64], paired: bool, resamples: usize, key: Digest) -> Interval {
    if paired && a.len() != b.len() {
        return Interval::NONE;
    }
    let second = if paired { key } else { stream(key, "second sample", 0) };
    let means = |values, key| of_resamples(Centre::Mean, &[values], resamples, key, |means| means).concat();
    let (of_a, of_b) = (means(a, key), means(b, second));
    percentiles(&mut of_a.iter().zip(&of_b).map(|(a, b)| a - b).collect::<Vec<f64>>())
}

/// The key of resamples that shall be independent of those of the key itself.
pub(super) fn stream(key: Digest, purpose: &str, number: usize) -> Digest {
    let mut hasher = Hasher::default();
    hasher.part("key", &key.0).part("purpose", purpose.as_bytes()).part("number", &(number as u64).to_le_bytes());
    hasher.finish()
}

/// The interval between the 2.5 % and the 97.5 % quantile; reorders the values.
pub(super) fn percentiles(values: &mut [f64]) -> Interval {
    Interval { low: quantile_of(values, 0.025), high: quantile_of(values, 0.975) }
}

/// Something of each column's resampled centres. Of neighbours that are alike (a curve between two steps) one is resampled.
fn of_resamples<T: Clone + Send>(
    centre: Centre,
    columns: &[&[f64]],
    resamples: usize,
    key: Digest,
    summary: impl Fn(Vec<f64>) -> T + Sync,
) -> Vec<T> {
    let of_group = |group: &[&[f64]]| {
        let runs = group.first().map_or(0, |column| column.len());
        let lanes = Lanes::draw(runs, resamples, |number| counts(runs, number, key));
        let alike: Vec<&[&[f64]]> = group.chunk_by(|a, b| a == b).collect();
        let repeat = |same: &[&[f64]]| vec![summary(lanes.centres(centre, same[0])); same.len()]; // never empty
        alike.into_par_iter().flat_map_iter(repeat).collect::<Vec<T>>()
    };
    columns.chunk_by(|a, b| a.len() == b.len()).flat_map(of_group).collect()
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

/// How often a resample draws each run.
pub(super) fn counts(runs: usize, number: usize, key: Digest) -> Vec<u32> {
    let mut rng = Rng::new(Key::derive(0, "bootstrap", &[&key.to_string()], number as u64));
    let mut counts = vec![0u32; runs];
    (0..runs).for_each(|_| counts[rng.below(runs as u32) as usize] += 1);
    counts
}

fn resample(runs: usize, number: usize, key: Digest) -> Resample {
    let mut resample = Resample::default();
    for (run, mut left) in counts(runs, number, key).into_iter().enumerate().filter(|(_, count)| *count > 0) {
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
        percentiles(&mut lane)
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

    /// The k-th list of the checks against numpy: ((37 i + 11 k) mod 101)^2 / 100, i below 60.
    fn column(k: u32) -> Vec<f64> {
        (0..60).map(|i| f64::from((37 * i + 11 * k) % 101)).map(|x| x * x / 100.0).collect()
    }

    /// Both ends within a twentieth of the width of what 100,000 resamples by numpy gave.
    fn near(found: Interval, low: f64, high: f64) {
        let room = 0.05 * (high - low);
        assert!((found.low - low).abs() < room && (found.high - high).abs() < room, "{found:?}, not {low} to {high}");
    }

    /// Golden numbers by numpy 2.4.6, `quantile` over 100,000 resamples.
    #[test]
    fn intervals_of_centres_agree_with_numpy() {
        let values = column(0);
        let interval = |centre| centre_intervals(centre, &[&values], 4_000, Digest::of(b"key"))[0];
        near(interval(Centre::Mean), 25.63, 40.73);
        near(interval(Centre::InterquartileMean), 17.31, 37.89);
        near(interval(Centre::Median), 13.69, 38.44);
    }

    /// Against each resample written out, sorted, and cut: 57 runs, so that the window's ends cut a run.
    #[test]
    fn intervals_of_centres_agree_with_a_plain_bootstrap() {
        let values: Vec<f64> = sample(57).iter().map(|value| libm::round(value * 20.0) / 20.0).collect();
        for centre in [Centre::Mean, Centre::InterquartileMean, Centre::Median] {
            let drawn = |number| {
                let counts = counts(values.len(), number, Digest::of(b"key"));
                let repeated = |(value, &count): (&f64, &u32)| vec![*value; count as usize];
                centre.of(&values.iter().zip(&counts).flat_map(repeated).collect::<Vec<f64>>())
            };
            let expected = percentiles(&mut (0..500).map(drawn).collect::<Vec<f64>>());
            let found = centre_intervals(centre, &[&values], 500, Digest::of(b"key"))[0];
            assert!((found.low - expected.low).abs() < 1e-12, "{centre:?}: {found:?}, not {expected:?}");
            assert!((found.high - expected.high).abs() < 1e-12, "{centre:?}: {found:?}, not {expected:?}");
        }
    }

    #[test]
    fn columns_of_centres_are_resampled_as_if_alone() {
        let (long, short) = (sample(50), sample(20));
        let of = |columns: &[&[f64]]| centre_intervals(Centre::Median, columns, 300, Digest::of(b"key"));
        let (long_alone, short_alone) = (of(&[&long])[0], of(&[&short])[0]);
        let together = of(&[&long, &long, &short, &long]);
        assert_eq!(together, [long_alone, long_alone, short_alone, long_alone]);
    }

    #[test]
    fn threads_change_nothing() {
        let columns: Vec<Vec<f64>> = (0..9).map(column).collect();
        let columns: Vec<&[f64]> = columns.iter().map(|column| &column[..]).collect();
        let intervals = || centre_intervals(Centre::InterquartileMean, &columns, 300, Digest::of(b"key"));
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(intervals);
        let five = rayon::ThreadPoolBuilder::new().num_threads(5).build().unwrap().install(intervals);
        assert_eq!(one, five);
    }

    /// Golden numbers by numpy 2.4.6 over 100,000 resamples: 2.533 standard errors (5.269 and 5.290) on each side of the estimates
    /// (26.628 and 26.874).
    #[test]
    fn a_simultaneous_band_agrees_with_numpy() {
        let columns: Vec<Vec<f64>> = (0..5).map(column).collect();
        let columns: Vec<&[f64]> = columns.iter().map(|column| &column[..]).collect();
        let band = simultaneous_band(Centre::InterquartileMean, &columns, 4_000, Digest::of(b"key"));
        near(band[0], 26.628 - 2.533 * 5.269, 26.628 + 2.533 * 5.269);
        near(band[4], 26.874 - 2.533 * 5.290, 26.874 + 2.533 * 5.290);
    }

    #[test]
    fn a_simultaneous_band_has_no_width_where_nothing_varies() {
        let (values, constant) = (sample(40), vec![0.1; 40]);
        let of = |columns: &[&[f64]]| simultaneous_band(Centre::Mean, columns, 500, Digest::of(b"key"));
        let band = of(&[&constant, &values]);
        let centre = crate::stats::mean(&constant);
        assert_eq!((band[0].low, band[0].high), (centre, centre));
        assert_eq!(band[1], of(&[&values])[0]);
        // one column alone: about 1.96 standard errors
        let error = crate::stats::standard_deviation(&values) / 40.0f64.sqrt();
        assert!(((band[1].high - band[1].low) / (2.0 * error) - 1.96).abs() < 0.15, "{band:?}");
    }

    /// Golden numbers by numpy 2.4.6 over 100,000 resamples; b is half of a plus the next list, so pairs vary less.
    #[test]
    fn differences_agree_with_numpy() {
        let a = column(0);
        let b: Vec<f64> = column(1).iter().zip(&a).map(|(next, a)| next + 0.5 * a).collect();
        let difference = |paired| difference_interval(&a, &b, paired, 4_000, Digest::of(b"key"));
        near(difference(true), -23.97, -10.44);
        near(difference(false), -30.08, -4.88);
        assert!(difference_interval(&a, &b[1..], true, 10, Digest::of(b"key")).low.is_nan());
        assert_eq!(difference_interval(&a, &a, true, 10, Digest::of(b"key")), Interval { low: 0.0, high: 0.0 });
    }
}

//! The centres of many resamples at once, with no resample ever sorted.
//!
//! A column is sorted once. How often each resample drew a run stands in a table, some resamples side by side ("lanes"). Walking
//! through the sorted runs and adding up the counts gives, lane by lane, the place up to which a resample's sorted values are reached;
//! a centre is the mean over a window of these places ([`Centre::window`]), so each value counts as often as the places it covers
//! lie within the window. Runs of equal values are one step, so what does not vary between resamples comes out with equal bits.

use std::array::from_fn;

use rayon::prelude::*;

use super::Centre;

/// Resamples side by side: their sums stay in registers (eight f64 fill four of SSE2's).
pub(super) const LANES: usize = 8;

/// How often each of some resamples drew each run.
pub(super) struct Block {
    /// A row a run. A count above 255 is cut: its chance is below 10^-150, also where data sets are resampled.
    pub(super) counts: Vec<[u8; LANES]>,
    /// How many runs each resample drew, all together.
    drawn: [u32; LANES],
}

/// All resamples of a column's runs.
pub(super) struct Lanes {
    resamples: usize,
    pub(super) blocks: Vec<Block>,
}

impl Lanes {
    /// Draws resamples of so many runs; `draw` says how often the numbered resample draws each run.
    pub(super) fn draw(runs: usize, resamples: usize, draw: impl Fn(usize) -> Vec<u32> + Sync) -> Self {
        let block = |number: usize| {
            let numbers = number * LANES..resamples.min((number + 1) * LANES);
            Block::new(runs, &numbers.map(&draw).collect::<Vec<_>>())
        };
        Self { resamples, blocks: (0..resamples.div_ceil(LANES)).into_par_iter().map(block).collect() }
    }

    /// The centre of each resample of a column of finite values; NaN without runs.
    pub(super) fn centres(&self, centre: Centre, column: &[f64]) -> Vec<f64> {
        let sorted = Sorted::new(column);
        let mut centres: Vec<f64> = self.blocks.iter().flat_map(|block| block.centres(centre, &sorted)).collect();
        centres.truncate(self.resamples);
        centres
    }
}

impl Block {
    fn new(runs: usize, resamples: &[Vec<u32>]) -> Self {
        let (mut counts, mut drawn) = (vec![[0; LANES]; runs], [0; LANES]);
        for (lane, resample) in resamples.iter().enumerate() {
            for (row, &count) in counts.iter_mut().zip(resample) {
                row[lane] = count.min(u32::from(u8::MAX)) as u8;
                drawn[lane] += u32::from(row[lane]);
            }
        }
        Self { counts, drawn }
    }

    fn centres(&self, centre: Centre, sorted: &Sorted) -> [f64; LANES] {
        let windows = self.drawn.map(|drawn| centre.window(drawn));
        let (from, to) = (windows.map(|window| window.0), windows.map(|window| window.1));
        let (first, last) = (from.map(|place| place as i32), to.map(|place| libm::ceil(place) as i32));
        let (mut reached, mut before, mut sums) = ([0i32; LANES], from, [0.0; LANES]);
        for (value, runs) in sorted.steps() {
            runs.iter().for_each(|&run| add(&mut reached, &self.counts[run as usize]));
            if !any(|lane| reached[lane] > first[lane]) {
                continue; // before all windows
            }
            for lane in 0..LANES {
                let place = within(f64::from(reached[lane]), from[lane], to[lane]);
                sums[lane] += (place - before[lane]) * value;
                before[lane] = place;
            }
            if !any(|lane| reached[lane] < last[lane]) {
                break; // behind all windows
            }
        }
        from_fn(|lane| sums[lane] / (to[lane] - from[lane]))
    }
}

/// Adds the counts of one run.
pub(super) fn add(reached: &mut [i32; LANES], counts: &[u8; LANES]) {
    (0..LANES).for_each(|lane| reached[lane] += i32::from(counts[lane]));
}

/// Whether something holds in any lane; every lane is asked, which is faster than stopping early.
fn any(holds: impl Fn(usize) -> bool) -> bool {
    (0..LANES).fold(false, |any, lane| any | holds(lane))
}

/// The nearest place within a window: comparisons alone, since neither is ever NaN.
fn within(place: f64, from: f64, to: f64) -> f64 {
    let place = if place > from { place } else { from };
    if place < to { place } else { to }
}

/// The runs of a column, ordered by value.
pub(super) struct Sorted {
    runs: Vec<u32>,
    /// Each distinct value, rising, with the place behind its last run.
    ends: Vec<(f64, usize)>,
}

impl Sorted {
    pub(super) fn new(column: &[f64]) -> Self {
        let mut pairs: Vec<(f64, u32)> = column.iter().copied().zip(0..).collect();
        pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut ends = Vec::new();
        for group in pairs.chunk_by(|a, b| a.0 == b.0) {
            let behind = ends.last().map_or(0, |last: &(f64, usize)| last.1);
            ends.push((group[0].0, behind + group.len())); // a group is never empty
        }
        Self { runs: pairs.into_iter().map(|pair| pair.1).collect(), ends }
    }

    /// Each distinct value, rising, with its runs.
    pub(super) fn steps(&self) -> impl Iterator<Item = (f64, &[u32])> {
        let mut from = 0;
        self.ends.iter().map(move |&(value, end)| {
            let runs = &self.runs[from..end];
            from = end;
            (value, runs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMN: [f64; 6] = [4.0, 0.5, 4.0, 9.0, 0.0, 1.5];

    /// The resample itself, sorted by its centre's own function.
    fn plain(centre: Centre, column: &[f64], counts: &[u32]) -> f64 {
        let repeated = |(value, &count): (&f64, &u32)| vec![*value; count as usize];
        centre.of(&column.iter().zip(counts).flat_map(repeated).collect::<Vec<f64>>())
    }

    #[test]
    fn a_lane_is_the_centre_of_its_resample() {
        let resamples = [
            vec![1, 1, 1, 1, 1, 1],
            vec![0, 6, 0, 0, 0, 0],
            vec![2, 0, 1, 3, 0, 0],
            vec![0, 0, 0, 0, 5, 1],
            vec![1, 2, 0, 0, 2, 1],
            vec![3, 0, 0, 9, 4, 1], // a resample of more runs than the column
            vec![0, 0, 1, 0, 0, 0],
            vec![0, 1, 0, 1, 0, 1],
            vec![0, 3, 1, 0, 1, 1],
        ];
        let lanes = Lanes::draw(6, resamples.len(), |number| resamples[number].clone());
        for centre in [Centre::Mean, Centre::InterquartileMean, Centre::Median] {
            let found = lanes.centres(centre, &COLUMN);
            assert_eq!(found.len(), resamples.len());
            for (counts, found) in resamples.iter().zip(found) {
                let expected = plain(centre, &COLUMN, counts);
                assert!((found - expected).abs() < 1e-12, "{centre:?} of {counts:?}: {found}, not {expected}");
            }
        }
    }

    #[test]
    fn equal_values_are_one_step() {
        let sorted = Sorted::new(&COLUMN);
        let steps: Vec<(f64, usize)> = sorted.steps().map(|(value, runs)| (value, runs.len())).collect();
        assert_eq!(steps, [(0.0, 1), (0.5, 1), (1.5, 1), (4.0, 2), (9.0, 1)]);
    }

    #[test]
    fn what_does_not_vary_has_equal_bits() {
        let lanes = Lanes::draw(3, 4, |number| (0..3).map(|run| u32::from(run == number % 3) * 2 + 1).collect());
        let found = lanes.centres(Centre::Mean, &[0.1, 0.1, 0.1]);
        assert!(found.iter().all(|centre| centre.to_bits() == found[0].to_bits()), "{found:?}");
    }

    #[test]
    fn no_runs_have_no_centre() {
        let lanes = Lanes::draw(0, 3, |_| Vec::new());
        assert!(lanes.centres(Centre::Mean, &[]).iter().all(|centre| centre.is_nan()));
    }
}

//! Fixed targets: when runs reach them, and what reaching them takes (Hansen et al., COCO: A platform for comparing continuous
//! optimizers in a black-box setting, Optimization Methods and Software 36, 2021).

use super::Interval;
use super::bootstrap::counts;
use super::curve::log_grid;
use crate::base::Digest;

/// How many targets there are besides 0, unless told otherwise.
pub const TARGETS: usize = 51;

/// The first x at which a step curve is at or below a target; 0 if it begins there; `None` if it never is. That a run *hits* a target
/// does not say that it *holds* it: regret may rise again.
pub fn hitting(mut steps: impl Iterator<Item = (f64, f64)>, initial: f64, target: f64) -> Option<f64> {
    if initial <= target {
        return Some(0.0);
    }
    steps.find(|step| step.1 <= target).map(|step| step.0)
}

/// What it takes to reach a target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunningTime {
    /// The expected running time: all time spent before hitting, divided by the hits; infinite without hits, NaN without runs.
    pub ert: f64,
    /// How many runs hit the target.
    pub hits: usize,
    /// How many runs there are.
    pub runs: usize,
}

/// The expected running time of independent restarts until one hits (Price 1997; Auger and Hansen, CEC 2005): a run that never hits
/// spends its whole budget. To be shown with the number of hits always.
pub fn expected_running_time(hits: &[Option<f64>], budgets: &[f64]) -> RunningTime {
    let spent: f64 = spent(hits, budgets).sum();
    let count = hits.iter().flatten().count();
    RunningTime { ert: spent / count as f64, hits: count, runs: hits.len() }
}

/// The time that each run spends before it hits.
fn spent(hits: &[Option<f64>], budgets: &[f64]) -> impl Iterator<Item = f64> {
    hits.iter().zip(budgets).map(|(hit, &budget)| hit.unwrap_or(budget))
}

/// The 95 % percentile bootstrap interval of the expected running time over whole runs; its ends may be infinite.
pub fn running_time_interval(hits: &[Option<f64>], budgets: &[f64], resamples: usize, key: Digest) -> Interval {
    let spent: Vec<f64> = spent(hits, budgets).collect();
    let time = |number: usize| {
        let drawn = counts(spent.len(), number, key);
        let time: f64 = drawn.iter().zip(&spent).map(|(&count, spent)| f64::from(count) * spent).sum();
        let hit: u32 = drawn.iter().zip(hits).filter(|(_, hit)| hit.is_some()).map(|(count, _)| count).sum();
        time / f64::from(hit)
    };
    let mut times: Vec<f64> = (0..resamples).map(time).collect();
    times.sort_unstable_by(f64::total_cmp);
    Interval { low: between(&times, 0.025), high: between(&times, 0.975) }
}

/// A quantile (type 7) of rising numbers that may be infinite: between a finite and an infinite one it is infinite.
fn between(rising: &[f64], share: f64) -> f64 {
    let place = share * (rising.len() as f64 - 1.0);
    let at = |place: f64| rising.get(place as usize).copied().unwrap_or(f64::NAN);
    let (low, high, part) = (at(place), at(libm::ceil(place)), place - libm::floor(place));
    if low == high || part == 0.0 { low } else { low + part * (high - low) }
}

/// The targets between the regret of the average architecture and the smallest positive regret, falling, equally far apart in their
/// logarithms; then 0.
pub fn log_targets(average: f64, smallest_positive: f64, count: usize) -> Vec<f64> {
    let mut targets =
        if smallest_positive < average { log_grid(smallest_positive, average, count) } else { vec![average] };
    targets.retain(|target| *target > 0.0);
    targets.push(0.0);
    targets.sort_unstable_by(|a, b| b.total_cmp(a));
    targets
}

/// The share of (target, run) pairs that are hit by each x of a grid (the empirical distribution function of running times).
pub fn ecdf(hits: &[Option<f64>], grid: &[f64]) -> Vec<f64> {
    let mut times: Vec<f64> = hits.iter().flatten().copied().collect();
    times.sort_unstable_by(f64::total_cmp);
    grid.iter().map(|x| times.partition_point(|time| time <= x) as f64 / hits.len() as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Key, Rng};

    #[test]
    fn a_target_is_hit_once_though_regret_rises_again() {
        let steps = [(2.0, 5.0), (4.0, 3.0), (6.0, 4.0), (9.0, 0.0)];
        let hit = |target| hitting(steps.into_iter(), 8.0, target);
        assert_eq!([hit(8.0), hit(5.5), hit(3.0), hit(0.0)], [Some(0.0), Some(2.0), Some(4.0), Some(9.0)]);
        assert_eq!(hitting(steps[..3].iter().copied(), 8.0, 2.9), None);
    }

    /// By hand: 3 + 10 + 5 + 20 seconds for two hits.
    #[test]
    fn runs_without_a_hit_spend_their_budget() {
        let time = expected_running_time(&[Some(3.0), None, Some(5.0), None], &[10.0, 10.0, 10.0, 20.0]);
        assert_eq!(time, RunningTime { ert: 19.0, hits: 2, runs: 4 });
        assert_eq!(expected_running_time(&[None], &[7.0]).ert, f64::INFINITY);
        assert!(expected_running_time(&[], &[]).ert.is_nan());
    }

    /// Restarts that hit at once with chance p after a budget of 1 need 1 / p on average: the interval holds it and narrows.
    #[test]
    fn the_interval_holds_the_expectation() {
        let mut rng = Rng::new(Key::derive(3, "test", &[], 0));
        let hits: Vec<Option<f64>> = (0..400).map(|_| (rng.unit() < 0.4).then_some(1.0)).collect();
        let interval =
            |hits: &[Option<f64>]| running_time_interval(hits, &vec![1.0; hits.len()], 2_000, Digest::of(b"k"));
        let (all, few) = (interval(&hits), interval(&hits[..40]));
        assert!(all.low < 2.5 && 2.5 < all.high && all.high - all.low < 0.8, "{all:?}");
        assert!(few.high - few.low > 2.0 * (all.high - all.low), "{few:?}");
    }

    #[test]
    fn rare_hits_have_an_interval_without_end() {
        let hits = [Some(1.0), None, None, None, None, None];
        let interval = running_time_interval(&hits, &[2.0; 6], 2_000, Digest::of(b"key"));
        assert!(interval.low > 1.0 && interval.high == f64::INFINITY, "{interval:?}");
        assert_eq!(running_time_interval(&[None; 3], &[2.0; 3], 50, Digest::of(b"key")).low, f64::INFINITY);
        assert!(running_time_interval(&[], &[], 0, Digest::of(b"key")).low.is_nan());
    }

    #[test]
    fn targets_fall_to_zero() {
        let targets = log_targets(8.0, 0.5, 5);
        let expected = [8.0, 4.0, 2.0, 1.0, 0.5, 0.0];
        assert!(targets.len() == 6 && targets.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{targets:?}");
        assert_eq!(log_targets(8.0, 0.5, TARGETS).len(), TARGETS + 1);
        assert_eq!(log_targets(0.5, 0.5, 5), [0.5, 0.0]);
    }

    #[test]
    fn pairs_that_are_never_hit_keep_the_share_below_one() {
        let hits = [Some(2.0), None, Some(1.0), Some(2.0), Some(7.0)];
        assert_eq!(ecdf(&hits, &[0.5, 1.0, 2.0, 100.0]), [0.0, 0.2, 0.6, 0.8]);
    }
}

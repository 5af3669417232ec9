//! Random search, simulated on a table: where its law over time is wanted, and not only over trials.

use rayon::prelude::*;

use super::study::{Measure, Study};
use super::view::Over;
use crate::base::{Digest, Key, Nanos, Rng};
use crate::benchmark::Projection;
use crate::experiment::ExperimentError;

/// A simulated run: its incumbents' regret over an axis, and where it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedRun {
    /// Pairs of place and regret from there on.
    pub steps: Vec<(f64, f64)>,
    /// The end of its last trial.
    pub end: f64,
}

/// Runs of random search under `duplicates = "charge"`; `None` where the benchmark's random search is another.
///
/// # Errors
/// As [`Projection::new`].
pub fn simulate_random_search(
    study: &Study<'_>,
    runs: usize,
    trials: u32,
    over: Over,
    key: Digest,
) -> Result<Option<Vec<SimulatedRun>>, ExperimentError> {
    if study.law.is_none() {
        return Ok(None);
    }
    let projection = Projection::new(study.benchmark())?;
    let slots: Vec<usize> = (0..projection.len()).filter(|&slot| projection.entry(slot).measured > 0).collect();
    let simulate = |run: usize| {
        let mut rng = Rng::new(Key::derive(0, "random search", &[&key.to_string()], run as u64));
        one_run(study, &projection, &slots, trials, over, &mut rng)
    };
    Ok(Some((0..runs).into_par_iter().map(simulate).collect()))
}

fn one_run(
    study: &Study<'_>,
    projection: &Projection,
    slots: &[usize],
    trials: u32,
    over: Over,
    rng: &mut Rng,
) -> SimulatedRun {
    let (mut best, mut clock) = (f64::NEG_INFINITY, 0u64);
    let mut steps = Vec::new();
    for trial in 1..=trials {
        let slot = slots[rng.below_u64(slots.len() as u64) as usize];
        let entry = projection.entry(slot);
        let training = rng.below(entry.measured) as usize;
        clock = clock.saturating_add(projection.cost(slot, training).0);
        let score = projection.sign() * projection.told(slot, training);
        if score > best {
            best = score;
            let place = study.place_of(over, trial, Nanos(clock).seconds());
            steps.push((place, study.value(Measure::Regret, Some(entry.row))));
        }
    }
    SimulatedRun { steps, end: study.place_of(over, trials, Nanos(clock).seconds()) }
}

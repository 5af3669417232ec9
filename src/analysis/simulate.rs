//! Random search, simulated on a table: where its law over time is wanted, and not only over trials.

use rayon::prelude::*;

use super::study::{Measure, Study};
use super::view::Over;
use crate::base::{Digest, Key, Nanos, Rng};
use crate::benchmark::{Overrun, Projection};
use crate::experiment::ExperimentError;

/// A simulated run: its incumbents' regret over an axis, and where it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedRun {
    /// Pairs of place and regret from there on.
    pub steps: Vec<(f64, f64)>,
    /// The end of its last trial.
    pub end: f64,
}

/// Runs of random search under `duplicates = "charge"` to the benchmark's budget, and at most so many trials; `None` where the benchmark's
/// random search is another.
///
/// # Errors
/// As [`Projection::new`].
pub fn simulate_random_search(
    study: &Study<'_>,
    runs: usize,
    most: u32,
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
        one_run(study, &projection, &slots, most, over, &mut rng)
    };
    Ok(Some((0..runs).into_par_iter().map(simulate).collect()))
}

fn one_run(
    study: &Study<'_>,
    projection: &Projection,
    slots: &[usize],
    most: u32,
    over: Over,
    rng: &mut Rng,
) -> SimulatedRun {
    let (resolved, limits) = (&study.benchmark().resolved, &study.benchmark().limits);
    let by_epochs = (limits.epochs / limits.epochs_a_trial.max(1)).min(u64::from(u32::MAX)) as u32;
    let (mut best, mut clock, mut trials) = (f64::NEG_INFINITY, 0u64, 0);
    let mut steps = Vec::new();
    while trials < most.min(limits.trials).min(by_epochs) && clock < limits.clock.0 {
        let slot = slots[rng.below_u64(slots.len() as u64) as usize];
        let entry = projection.entry(slot);
        let training = rng.below(entry.measured) as usize;
        let end = clock.saturating_add(projection.cost(slot, training).0);
        if end > limits.clock.0 && resolved.overrun == Overrun::Drop {
            break;
        }
        (clock, trials) = (end, trials + 1);
        let score = projection.sign() * projection.told(slot, training);
        if score > best {
            best = score;
            let place = study.place_of(over, trials, Nanos(clock).seconds());
            steps.push((place, study.value(Measure::Regret, Some(entry.row))));
        }
    }
    SimulatedRun { steps, end: study.place_of(over, trials, Nanos(clock).seconds()) }
}

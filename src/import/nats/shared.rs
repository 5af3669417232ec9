//! What the publication gives equally for all seeds of a training: seconds, size and latency, and what to do where the seeds differ.

use super::definitions::{Shared, What};
use super::trial::{Doubts, Trial};

/// The seed whose size is right where the seeds differ (D-X-Y/NATS-Bench, issue 36, and `get_compute_costs` of its program).
const TRUSTED: i64 = 888;

/// The numbers of a training by epoch, NaN where there is none; the seeds' mean where they differ.
pub(super) fn shared(what: Shared, trials: &[Trial<'_>], doubts: &mut Doubts) -> Vec<f64> {
    let mut curves: Vec<Vec<f64>> = trials.iter().filter_map(|trial| curve(what, trial, doubts)).collect();
    let sizes = matches!(what, Shared::Params | Shared::Flops);
    if sizes
        && printed_differ(&curves)
        && let Some(place) = trials.iter().position(|trial| trial.seed == TRUSTED)
    {
        doubts.patched = true;
        curves = vec![curves.swap_remove(place)]; // every training has a size
    }
    let Some((first, others)) = curves.split_first() else { return Vec::new() };
    if others.iter().all(|other| other.iter().zip(first).all(|(a, b)| a.to_bits() == b.to_bits())) {
        return first.clone();
    }
    doubts.seeds_differ = true;
    let mean = |epoch: usize| curves.iter().map(|curve| curve[epoch]).sum::<f64>() / curves.len() as f64;
    (0..first.len()).map(mean).collect()
}

/// Whether the last numbers differ as the publisher's program prints them, with five decimals.
fn printed_differ(curves: &[Vec<f64>]) -> bool {
    let mut printed = curves.iter().map(|curve| format!("{:.5}", curve.last().copied().unwrap_or(f64::NAN)));
    let first = printed.next();
    printed.any(|other| Some(other) != first)
}

fn curve(what: Shared, trial: &Trial<'_>, doubts: &mut Doubts) -> Option<Vec<f64>> {
    let last = |value: f64| Some(only_last(value, trial.epochs));
    match what {
        Shared::TrainSeconds => {
            let seconds = trial.train_seconds.as_deref()?;
            doubts.seconds_change |= changes(seconds);
            Some(running_sum(seconds))
        }
        Shared::EachSeconds(set) => mean_seconds(trial, set, doubts),
        Shared::LastSeconds(set) => {
            let seconds = mean_seconds(trial, set, doubts)?;
            last(seconds.last().copied().unwrap_or(f64::NAN))
        }
        Shared::Params => last(trial.params),
        Shared::Flops => last(trial.flops),
        Shared::Latency => last(trial.latency?),
    }
}

fn only_last(value: f64, epochs: usize) -> Vec<f64> {
    let mut values = vec![f64::NAN; epochs];
    values.iter_mut().rev().take(1).for_each(|last| *last = value);
    values
}

/// The mean seconds of the evaluations on a set, up to each epoch.
fn mean_seconds(trial: &Trial<'_>, set: &str, doubts: &mut Doubts) -> Option<Vec<f64>> {
    let seconds = &trial.evaluations.get(set)?.seconds;
    doubts.seconds_change |= changes(seconds);
    let sums = running_sum(seconds);
    Some(sums.iter().enumerate().map(|(epoch, sum)| sum / (epoch + 1) as f64).collect())
}

/// Sums from the left, as the publisher's program adds; NaN from the first missing number on.
fn running_sum(values: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let next = |value: &f64| {
        sum += value;
        sum
    };
    values.iter().map(next).collect()
}

fn changes(seconds: &[f64]) -> bool {
    seconds.windows(2).any(|pair| pair[0] != pair[1] && !(pair[0].is_nan() && pair[1].is_nan()))
}

impl Trial<'_> {
    /// The numbers of a metric that each seed has for itself; `None` where nothing was measured.
    pub(super) fn curve(&self, what: What) -> Option<Vec<f64>> {
        match what {
            What::TrainAcc => Some(self.train_acc.clone()),
            What::TrainLoss => Some(self.train_loss.clone()),
            What::Acc(set) => Some(self.evaluations.get(set)?.acc.clone()),
            What::Loss(set) => Some(self.evaluations.get(set)?.loss.clone()),
            What::Shared(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn trial(seed: i64, params: f64, seconds: &[f64]) -> Trial<'static> {
        Trial {
            seed,
            epochs: seconds.len(),
            train_acc: Vec::new(),
            train_loss: Vec::new(),
            train_seconds: Some(seconds.to_vec()),
            evaluations: HashMap::new(),
            params,
            flops: 1.0,
            latency: None,
        }
    }

    #[test]
    fn seed_888_is_trusted_where_printed_sizes_differ() {
        let mut doubts = Doubts::default();
        let trials = [trial(777, 0.5, &[1.0, 1.0]), trial(888, 0.25, &[1.0, 1.0])];
        let params = shared(Shared::Params, &trials, &mut doubts);
        assert!(params[0].is_nan() && params[1] == 0.25);
        assert_eq!(doubts, Doubts { patched: true, ..Doubts::default() });
        let alike = [trial(777, 0.5, &[1.0]), trial(999, 0.500_000_4, &[1.0])];
        assert_eq!(shared(Shared::Params, &alike, &mut doubts), [0.500_000_2]);
        assert!(doubts.seeds_differ);
    }

    #[test]
    fn seconds_are_summed_and_told_when_they_change() {
        let mut doubts = Doubts::default();
        let trials = [trial(777, 0.5, &[1.5, 1.5]), trial(888, 0.5, &[1.5, 1.5])];
        assert_eq!(shared(Shared::TrainSeconds, &trials, &mut doubts), [1.5, 3.0]);
        assert_eq!(doubts, Doubts::default());
        shared(Shared::TrainSeconds, &[trial(777, 0.5, &[1.5, 2.0])], &mut doubts);
        assert!(doubts.seconds_change);
        assert_eq!(shared(Shared::Latency, &trials, &mut doubts), [0.0; 0]);
    }
}

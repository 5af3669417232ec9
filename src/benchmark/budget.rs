//! When a run ends: after so many trials, epochs or simulated seconds, or once a told value reaches a target.

use serde::{Deserialize, Serialize};

use crate::base::Nanos;

/// When a run ends; the first that is reached counts.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Finished trials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trials: Option<u32>,
    /// Epochs trained by all trials together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<u64>,
    /// Simulated seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// A told value of the objective, in its unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
}

/// A budget ready for the replay loop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Finished trials.
    pub trials: u32,
    /// Epochs trained by all trials together.
    pub epochs: u64,
    /// Epochs that a trial trains.
    pub epochs_a_trial: u64,
    /// Simulated time.
    pub clock: Nanos,
    /// The score that ends a run; higher is better.
    pub target: f64,
}

impl Budget {
    /// Checks the budget and makes it ready.
    ///
    /// # Errors
    /// Refuses a budget that ends no run or allows no trial, one in seconds without cost, and numbers that make no sense.
    pub fn limits(&self, epochs_a_trial: u32, has_cost: bool, sign: f64) -> Result<Limits, String> {
        if self.trials.is_none() && self.epochs.is_none() && self.seconds.is_none() {
            return Err("the budget ends no run: give `trials`, `epochs` or `seconds`".into());
        }
        if self.trials == Some(0) {
            return Err("the budget's `trials` is 0, expected at least 1".into());
        }
        if self.epochs.is_some() && epochs_a_trial == 0 {
            return Err(
                "the budget counts `epochs`, but the table does not say how many a training took: give `trials`".into(),
            );
        }
        if let Some(epochs) = self.epochs.filter(|&epochs| epochs < u64::from(epochs_a_trial.max(1))) {
            return Err(format!(
                "the budget's `epochs` is {epochs}, expected at least the {epochs_a_trial} of one trial"
            ));
        }
        if let Some(target) = self.target.filter(|target| target.is_nan()) {
            return Err(format!("the budget's `target` is {target}, expected a number"));
        }
        Ok(Limits {
            trials: self.trials.unwrap_or(u32::MAX),
            epochs: self.epochs.unwrap_or(u64::MAX),
            epochs_a_trial: u64::from(epochs_a_trial),
            clock: self.clock(has_cost)?,
            target: self.target.map_or(f64::INFINITY, |target| sign * target),
        })
    }

    fn clock(&self, has_cost: bool) -> Result<Nanos, String> {
        match self.seconds {
            None => Ok(Nanos(u64::MAX)),
            Some(_) if !has_cost => {
                Err("a budget in seconds needs a cost, and the benchmark has none: give `cost`, or a budget in trials"
                    .into())
            }
            Some(seconds) if seconds > 0.0 => {
                Nanos::from_seconds(seconds).map_err(|error| format!("the budget's `seconds`: {error}"))
            }
            Some(seconds) => Err(format!("the budget's `seconds` is {seconds}, expected more than 0")),
        }
    }
}

impl Limits {
    /// Whether a trial that trained so many epochs and cost so much time brings a run nearer to its budget.
    #[inline]
    pub fn approached_by(&self, epochs: u64, cost: Nanos) -> bool {
        let by_clock = self.clock.0 < u64::MAX && cost.0 > 0;
        self.trials < u32::MAX || by_clock || self.epochs < u64::MAX && epochs > 0
    }
}

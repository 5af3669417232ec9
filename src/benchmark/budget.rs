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
    /// Simulated time.
    pub clock: Nanos,
    /// The score that ends a run; higher is better.
    pub target: f64,
    /// Whether only the clock ends a run, so that trials without cost bring it no nearer.
    pub clock_only: bool,
}

impl Budget {
    /// Checks the budget and makes it ready.
    ///
    /// # Errors
    /// Refuses a budget that ends no run, one in seconds without cost, and numbers that make no sense.
    pub fn limits(&self, epochs_a_trial: u32, has_cost: bool, sign: f64) -> Result<Limits, String> {
        if self.trials.is_none() && self.epochs.is_none() && self.seconds.is_none() {
            return Err("the budget ends no run: give `trials`, `epochs` or `seconds`".into());
        }
        if self.trials == Some(0) || self.epochs == Some(0) || self.target.is_some_and(f64::is_nan) {
            return Err("the budget's `trials`, `epochs` and `target` must be numbers above 0".into());
        }
        if self.seconds.is_some() && !has_cost {
            return Err(
                "a budget in seconds needs a cost, and the benchmark has none: give `cost`, or a budget in trials"
                    .into(),
            );
        }
        let clock = match self.seconds {
            None => Nanos(u64::MAX),
            Some(seconds) if seconds > 0.0 => {
                Nanos::from_seconds(seconds).map_err(|error| format!("the budget's `seconds`: {error}"))?
            }
            Some(seconds) => return Err(format!("the budget's `seconds` is {seconds}, expected more than 0")),
        };
        let by_epochs = self.epochs.map_or(u64::MAX, |epochs| epochs / u64::from(epochs_a_trial.max(1)));
        let trials = u64::from(self.trials.unwrap_or(u32::MAX)).min(by_epochs) as u32;
        let target = self.target.map_or(f64::INFINITY, |target| sign * target);
        Ok(Limits { trials, clock, target, clock_only: trials == u32::MAX })
    }
}

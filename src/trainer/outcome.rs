//! What a training measured.

use serde::{Deserialize, Serialize};

use crate::base::Digest;
#[cfg(feature = "train")]
use crate::base::Hasher;

/// What was measured after an epoch; accuracies are fractions, losses nats.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Finished epochs.
    pub epoch: u32,
    /// Mean loss over the epoch's training batches, each before its step.
    pub train_loss: f64,
    /// Accuracy over the same.
    pub train_acc: f64,
    /// On the validation images.
    pub valid_loss: f64,
    /// On the validation images.
    pub valid_acc: f64,
    /// Mean over the validation images of 1 / (1 + exp(-m)), m the logit of the true class minus the largest other one.
    pub margin_score: f64,
    /// On the test images.
    pub test_loss: f64,
    /// On the test images.
    pub test_acc: f64,
    /// Measured seconds of training up to here, without evaluation: processor time on a CPU, wall time elsewhere.
    pub train_seconds: f64,
}

/// A finished training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// What was measured, epoch by epoch.
    pub measured: Vec<Measured>,
    /// The epoch in which the training diverged, counted from 1; nothing was measured from there on.
    pub diverged: Option<u32>,
    /// The digest of all measured values but the seconds, and of the final weights.
    pub digest: Digest,
}

/// A measured value by its metric's name, its unit and on what it was measured.
pub struct MetricOf {
    /// The metric's name.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Whether higher is better.
    pub maximise: bool,
    /// The part of the data set that it was measured on.
    pub part: &'static str,
    /// How it is computed, where its name does not say so.
    pub derived: Option<&'static str>,
    /// Its value.
    pub of: fn(&Measured) -> f64,
}

const MARGIN: &str =
    "mean over images of 1 / (1 + exp(-alpha m)), alpha = 1, m = logit of the true class minus the largest other logit";

/// The metrics that a training measures, in the order in which tables hold them.
pub const METRICS: &[MetricOf] = &[
    MetricOf { name: "valid_acc", unit: "fraction", maximise: true, part: "valid", derived: None, of: |m| m.valid_acc },
    MetricOf {
        name: "margin_score",
        unit: "fraction",
        maximise: true,
        part: "valid",
        derived: Some(MARGIN),
        of: |m| m.margin_score,
    },
    MetricOf { name: "valid_loss", unit: "nats", maximise: false, part: "valid", derived: None, of: |m| m.valid_loss },
    MetricOf { name: "test_acc", unit: "fraction", maximise: true, part: "test", derived: None, of: |m| m.test_acc },
    MetricOf { name: "test_loss", unit: "nats", maximise: false, part: "test", derived: None, of: |m| m.test_loss },
    MetricOf { name: "train_acc", unit: "fraction", maximise: true, part: "train", derived: None, of: |m| m.train_acc },
    MetricOf { name: "train_loss", unit: "nats", maximise: false, part: "train", derived: None, of: |m| m.train_loss },
    MetricOf {
        name: "train_seconds",
        unit: "seconds",
        maximise: false,
        part: "train",
        derived: None,
        of: |m| m.train_seconds,
    },
];

impl MetricOf {
    /// The metric with a name, and what its values are multiplied by to be in a unit; absent where trainings do not measure it.
    pub(super) fn find(name: &str, unit: &str) -> Option<(&'static Self, f64)> {
        let metric = METRICS.iter().find(|metric| metric.name == name)?;
        match (metric.unit, unit) {
            (own, unit) if own == unit => Some((metric, 1.0)),
            ("fraction", "percent") => Some((metric, 100.0)),
            _ => None,
        }
    }
}

impl Outcome {
    /// The digest of measured values and final weights.
    #[cfg(feature = "train")]
    pub(super) fn digest<'w>(
        measured: &[Measured],
        diverged: Option<u32>,
        weights: impl Iterator<Item = &'w [f32]>,
    ) -> Digest {
        let mut hasher = Hasher::default();
        hasher.part("diverged", &diverged.unwrap_or(0).to_le_bytes());
        for each in measured {
            hasher.part("epoch", &each.epoch.to_le_bytes());
            let values = METRICS.iter().filter(|metric| metric.unit != "seconds");
            values.for_each(|metric| _ = hasher.part(metric.name, &(metric.of)(each).to_le_bytes()));
        }
        weights.for_each(|weights| _ = hasher.part("weights", bytemuck::cast_slice(weights)));
        hasher.finish()
    }

    /// What was measured after an epoch; absent where the training diverged or was not evaluated then.
    pub(super) fn at(&self, epoch: u32) -> Option<&Measured> {
        let measured = self.measured.iter().find(|measured| measured.epoch == epoch);
        measured.filter(|_| self.diverged.is_none())
    }

    /// What was measured after the last epoch; absent where the training diverged.
    pub fn last(&self) -> Option<&Measured> {
        self.measured.last().filter(|_| self.diverged.is_none())
    }
}

//! The trainer of a replay: what its overlay has is looked up, what it lacks is trained and kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::outcome::{MetricOf, Outcome};
use super::overlay::{Overlay, Trained};
use super::setup::{Setup, Source};
use crate::base::Digest;
use crate::benchmark::{Measure, Trainer};
use crate::space::{Arch, Space};

/// The trainer of a replay.
pub struct Fallback {
    setup: Setup,
    training: Digest,
    #[cfg_attr(not(feature = "train"), allow(dead_code))]
    space: Arc<dyn Space>,
    overlay: Arc<Overlay>,
    replicates: u32,
    trained: AtomicUsize,
}

impl Fallback {
    /// A trainer that trains each architecture `replicates` times.
    pub fn new(setup: Setup, space: Arc<dyn Space>, overlay: Arc<Overlay>, replicates: u32) -> Self {
        let training = setup.spec.digest();
        Self { setup, training, space, overlay, replicates, trained: AtomicUsize::new(0) }
    }

    /// Where its images are.
    pub fn source(&self) -> &Source {
        &self.setup.source
    }

    /// The overlay.
    pub fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    /// How many trainings ran since this trainer was made; what was found in the overlay does not count.
    pub fn trained(&self) -> usize {
        self.trained.load(Ordering::Relaxed)
    }

    /// Whether trainings measure this: by its name, in its unit or in percent.
    pub fn measures(measure: &Measure) -> bool {
        MetricOf::find(&measure.metric, &measure.unit).is_some()
    }

    fn outcome(&self, arch: Arch, replicate: u32) -> Result<Outcome, String> {
        if let Some(Trained { outcome, .. }) = self.overlay.find(self.training, arch, replicate) {
            return Ok(outcome);
        }
        let outcome = self.train_now(arch, replicate)?;
        self.trained.fetch_add(1, Ordering::Relaxed);
        Ok(outcome)
    }

    #[cfg(feature = "train")]
    fn train_now(&self, arch: Arch, replicate: u32) -> Result<Outcome, String> {
        use std::sync::atomic::AtomicBool;
        use std::time::Duration;

        let pool = super::Pool {
            spec: &self.setup.spec,
            space: self.space.as_ref(),
            data: &self.setup.data,
            overlay: &self.overlay,
            device: super::device(&self.setup.spec.device)?,
            threads: 1,
            checkpoint_every: Duration::from_secs(10),
            deadline: None,
        };
        let item = super::Item { arch, replicate };
        // A thread of its own: a thread of the replay's pool would begin other runs while it waits, and they might wait for this one.
        let trained = std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                self.overlay.describe(pool.spec)?;
                pool.train(item, &AtomicBool::new(false))
            });
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        let trained = trained.map_err(|error| error.to_string())?;
        trained.map(|trained| trained.outcome).ok_or_else(|| "the training was stopped".to_owned())
    }

    #[cfg(not(feature = "train"))]
    fn train_now(&self, _: Arch, _: u32) -> Result<Outcome, String> {
        Err(format!(
            "overlay `{}` does not have it, and this build cannot train: it was made without the feature `train`",
            self.overlay.path().display()
        ))
    }
}

impl Trainer for Fallback {
    fn train(&self, arch: Arch, measures: &[&Measure]) -> Result<Vec<Vec<f64>>, String> {
        let outcomes = (0..self.replicates).map(|replicate| self.outcome(arch, replicate));
        let values = |outcome: &Outcome| measures.iter().map(|measure| value(outcome, measure)).collect();
        outcomes.map(|outcome| outcome.map(|outcome| values(&outcome))).collect()
    }
}

/// The value of a measure; NaN where the training diverged.
fn value(outcome: &Outcome, measure: &Measure) -> f64 {
    let metric = MetricOf::find(&measure.metric, &measure.unit);
    outcome.at(measure.epoch).zip(metric).map_or(f64::NAN, |(measured, (metric, scale))| scale * (metric.of)(measured))
}

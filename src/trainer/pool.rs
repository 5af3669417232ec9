//! Many trainings side by side: one thread each, results into the overlay.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use burn::tensor::Device;
use thiserror::Error;

use super::checkpoint::Checkpoint;
use super::data::DataSet;
use super::overlay::{Machine, Overlay, OverlayError, Trained};
use super::spec::TrainingSpec;
use super::train::Training;
use crate::base::FileError;
use crate::space::{Arch, Space};

/// A training that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// The architecture.
    pub arch: Arch,
    /// Which of its trainings, from 0.
    pub replicate: u32,
}

/// What trainings need.
pub struct Pool<'a> {
    /// What is trained.
    pub spec: &'a TrainingSpec,
    /// The space of the architectures.
    pub space: &'a dyn Space,
    /// The images.
    pub data: &'a DataSet,
    /// Where results go.
    pub overlay: &'a Overlay,
    /// Where tensors live.
    pub device: Device,
    /// How many trainings run side by side.
    pub threads: usize,
    /// How often a training is saved.
    pub checkpoint_every: Duration,
    /// When to stop, between two epochs.
    pub deadline: Option<Instant>,
}

/// Why trainings ended early.
#[derive(Debug, Error)]
pub enum PoolError {
    /// A result could not be kept.
    #[error(transparent)]
    Overlay(#[from] OverlayError),
    /// A checkpoint could not be kept.
    #[error(transparent)]
    File(#[from] FileError),
    /// An architecture cannot become a network.
    #[error("{0}")]
    Network(String),
    /// A thread could not be started.
    #[error("cannot start a thread: {0}")]
    Thread(String),
}

/// Whether all that was asked for is there now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// All trainings are in the overlay.
    Done,
    /// The deadline came first; unfinished trainings are saved as checkpoints.
    Deadline,
}

impl Pool<'_> {
    /// Trains what the overlay lacks of `items` and tells each training as it is finished.
    ///
    /// # Errors
    /// Ends all trainings at their next epoch when one cannot be trained or kept.
    pub fn run(&self, items: &[Item], finished: &(dyn Fn(&Trained) + Sync)) -> Result<Stopped, PoolError> {
        self.overlay.describe(self.spec)?;
        let next = AtomicUsize::new(0);
        let (stop, late) = (AtomicBool::new(false), AtomicBool::new(false));
        let failure = Mutex::new(None);
        let work = || {
            while let Some(&item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                if self.is_late() {
                    late.store(true, Ordering::Relaxed);
                    break;
                }
                match self.train(item, &stop) {
                    Ok(Some(trained)) => finished(&trained),
                    Ok(None) => late.store(true, Ordering::Relaxed),
                    Err(error) => {
                        stop.store(true, Ordering::Relaxed);
                        let mut failure = failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                        failure.get_or_insert(error);
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            (0..self.threads.clamp(1, items.len().max(1))).for_each(|_| _ = scope.spawn(work));
        });
        match failure.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
            Some(error) => Err(error),
            None if late.into_inner() => Ok(Stopped::Deadline),
            None => Ok(Stopped::Done),
        }
    }

    /// One training, on the calling thread, which must not belong to a thread pool: the backend gets a pool of one thread, in which
    /// its results do not depend on how many threads there are.
    ///
    /// # Errors
    /// See [`Pool::run`].
    pub fn train(&self, item: Item, stop: &AtomicBool) -> Result<Option<Trained>, PoolError> {
        let training = self.spec.digest();
        self.overlay.refresh()?;
        if let Some(known) = self.overlay.find(training, item.arch, item.replicate) {
            return Ok(Some(known));
        }
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let one = one.map_err(|error| PoolError::Thread(error.to_string()))?;
        let outcome = one.install(|| self.train_here(item, stop))?;
        let Some(outcome) = outcome else { return Ok(None) };
        let arch = self.space.write(item.arch);
        let machine = Machine::here(&self.device);
        let trained = Trained { training, arch, code: item.arch, replicate: item.replicate, outcome, machine };
        self.overlay.add(trained.clone())?;
        self.checkpoint(item).remove();
        Ok(Some(trained))
    }

    fn train_here(&self, item: Item, stop: &AtomicBool) -> Result<Option<super::Outcome>, PoolError> {
        let graph = self.spec.graph(self.space, item.arch).map_err(PoolError::Network)?;
        let arch = self.space.write(item.arch);
        let TrainingSpec { recipe, seed, .. } = self.spec;
        let training =
            Training { graph: &graph, data: self.data, recipe, seed: *seed, arch: &arch, replicate: item.replicate };
        let mut checkpoint = self.checkpoint(item);
        let progress = checkpoint.load().unwrap_or_else(|| training.begin());
        let mut failure = None;
        let outcome = training.run(progress, &self.device, &mut |progress| {
            let last = progress.epochs == recipe.epochs;
            let leave = !last && (stop.load(Ordering::Relaxed) || self.is_late());
            let saved = if leave { checkpoint.save_now(progress) } else { checkpoint.save(progress) };
            match saved {
                Ok(()) if leave => ControlFlow::Break(()),
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
        failure.map_or(Ok(outcome), |error| Err(error.into()))
    }

    fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    fn checkpoint(&self, item: Item) -> Checkpoint {
        let folder = PathBuf::from(format!("{}.checkpoints", self.overlay.path().display()));
        Checkpoint::new(&folder, self.spec.digest(), item.arch, item.replicate, self.checkpoint_every)
    }
}

impl Machine {
    fn here(device: &Device) -> Self {
        Self {
            nasreplay: env!("CARGO_PKG_VERSION").to_owned(),
            backend: format!("burn {} {:?}", BURN, device),
            cpu: processor(),
        }
    }
}

/// The version of burn, which Cargo.toml pins; a test compares them.
const BURN: &str = "0.22.1";

fn processor() -> String {
    let known = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = known.lines().find_map(|line| line.strip_prefix("model name")).and_then(|rest| rest.split_once(':'));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_version_of_burn_is_the_pinned_one() {
        let manifest = include_str!("../../Cargo.toml");
        assert!(manifest.contains(&format!("burn = {{ version = \"={}\"", super::BURN)));
    }
}

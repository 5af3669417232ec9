//! How architectures are searched: a strategy is asked for the next architecture and told what it scored.
//!
//! A strategy sees a space, a random stream and the scores that it is told, nothing else: this floor cannot name a table or a
//! benchmark, so no strategy can peek. One file a strategy; the list of them is in `registry.rs`.

mod local_search;
mod random_search;
mod registry;
mod regularized_evolution;
mod seen;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::base::{Nanos, Rng};
use crate::space::{Arch, Space};

pub use local_search::{AtOptimum, LocalSearch};
pub use random_search::RandomSearch;
pub use registry::{KINDS, Kind, Preset, Settings, Start, Visitor, find_kind, find_preset, preset_names, resolve};
pub use regularized_evolution::{Mutation, RegularizedEvolution};

/// How a strategy draws architectures from nothing: as the benchmark says.
#[derive(Debug, Clone, Copy)]
pub enum Sampler<'a> {
    /// Every architecture of the space alike.
    Space,
    /// Every listed architecture alike: the rows of a table that does not cover its space.
    Rows(&'a [Arch]),
}

/// What a strategy may use when it is asked.
pub struct Turn<'a> {
    /// The space that is searched.
    pub space: &'a dyn Space,
    /// How architectures are drawn from nothing.
    pub sampler: Sampler<'a>,
    /// The run's own random stream.
    pub rng: &'a mut Rng,
    /// The number of the trial that the answer may become, from 0.
    pub trial: u32,
    /// The simulated time.
    pub clock: Nanos,
    /// How many trials are under way.
    pub running: u32,
}

impl Turn<'_> {
    /// Draws an architecture as the benchmark's sampler does.
    #[inline]
    pub fn sample(&mut self) -> Arch {
        match self.sampler {
            Sampler::Space => self.space.sample(self.rng),
            Sampler::Rows(rows) => rows[self.rng.below_u64(rows.len() as u64) as usize],
        }
    }
}

/// A strategy's answer: what to train next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// The architecture.
    pub arch: Arch,
}

/// What a finished trial scored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Told {
    /// The number of the trial, from 0.
    pub trial: u32,
    /// The architecture that was asked for.
    pub arch: Arch,
    /// The score; higher is better, whatever the metric.
    pub score: f64,
    /// What the trial cost; 0 where the benchmark has no cost.
    pub cost: Nanos,
}

/// A search algorithm in the middle of a run.
pub trait Strategy: Send {
    /// Chooses what to train next; `None` means "nothing now", which ends the run when nothing is running.
    fn ask(&mut self, turn: &mut Turn<'_>) -> Option<Ask>;

    /// Takes in a finished trial.
    fn tell(&mut self, told: &Told);

    /// The whole state, so that [`Strategy::restore`] can continue from here; the random stream is saved beside it.
    fn save(&self) -> Vec<u8>;

    /// Continues from a saved state of the same settings and space.
    ///
    /// # Errors
    /// Refuses bytes that [`Strategy::save`] did not write.
    fn restore(&mut self, state: &[u8]) -> Result<(), StrategyError>;
}

/// A strategy that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StrategyError {
    /// A name that no strategy or preset has.
    #[error("no {what} is called `{name}`; there are {known}")]
    Unknown {
        /// `strategy` or `preset`.
        what: &'static str,
        /// The name that was given.
        name: String,
        /// The names that exist.
        known: String,
        /// The nearest of them.
        near: Option<String>,
    },
    /// A setting that makes no sense.
    #[error("{0}")]
    Setting(String),
    /// A setting that no strategy of the kind has, or of the wrong type.
    #[error("strategy `{kind}`: {fault}")]
    Strict {
        /// The kind.
        kind: String,
        /// What is wrong.
        fault: crate::base::StrictError,
    },
    /// Bytes that are no saved state.
    #[error("these bytes are no saved state of this strategy")]
    State,
}

impl StrategyError {
    /// What to do about it, if that can be told.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { near, .. } => near.as_ref().map(|near| format!("did you mean `{near}`?")),
            Self::Strict { fault, .. } => fault.hint.clone(),
            _ => None,
        }
    }
}

/// A state as bytes.
fn encode<T: Serialize>(state: &T) -> Vec<u8> {
    // numbers, lists and options: postcard has no way to refuse them
    postcard::to_stdvec(state).expect("a strategy's state is plain data")
}

/// A state from bytes.
fn decode<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, StrategyError> {
    postcard::from_bytes(bytes).map_err(|_| StrategyError::State)
}

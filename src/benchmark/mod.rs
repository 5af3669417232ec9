//! What a strategy is scored by: the objective that it is told, what is reported of it, what a trial costs, and the policies of an
//! honest replay.
//!
//! [`BenchmarkSpec`] is what an experiment file says; [`Benchmark::open`] resolves it against its table, with every default made
//! explicit; [`Projection`] holds just the numbers that the replay loop needs.

mod budget;
mod error;
mod noise;
mod policy;
mod projection;
mod reference;
mod resolve;
mod seconds;
mod spec;
mod trained;

pub use budget::{Budget, Limits};
pub use error::BenchmarkError;
pub use noise::Noise;
pub use policy::{
    CalibrationPolicy, Duplicates, Incumbent, Invalid, Missing, Overrun, Replicate, SamplerKind, named_label,
    training_labels,
};
pub use projection::{NO_ROW, Projection, Slot};
pub use reference::{Level, Reference, Reported};
pub use resolve::{Benchmark, Measure, Resolved, TableRef};
pub use seconds::SecondsFit;
pub(crate) use spec::only_table;
pub use spec::{BenchmarkSpec, CostSpec, MeasureSpec, ReportSpec, Share, TrainSpec};
pub use trained::{Diverged, ResolvedTraining, TrainedRow, Trainer};

/// The version of everything that decides a trajectory: key derivation, draws, noise hash, clock, policies.
pub const RULES_VERSION: u32 = 1;

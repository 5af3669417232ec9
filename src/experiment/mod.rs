//! An experiment: runs of strategies on benchmarks, declared in one TOML file, replayed on all cores, stored so that a kill loses
//! at most the cells in flight.
//!
//! [`ExperimentSpec`] is the file, [`Plan`] the resolved cells, [`run`] replays what is missing, [`Results`] reads what was stored,
//! [`Scores`] compares the incumbents with the table's reference values, [`verify`] replays again and compares.

mod engine;
mod error;
mod folder;
mod plan;
mod record;
mod replay;
mod results;
mod score;
mod spec;
mod store;
mod training;
mod verify;

pub use engine::{Outcome, Progress, replay_cell, run};
pub use error::ExperimentError;
pub use folder::{Manifest, ManifestBenchmark, Versions};
pub use plan::{Cell, NamedStrategy, Plan};
pub use record::{Block, Stop};
pub use replay::{Arena, Lane};
pub use results::{CellResults, Results, Run};
pub use score::{Final, Scores, Side, Step};
pub use spec::{ExperimentSpec, StrategySpec};
pub use verify::{Difference, verify};

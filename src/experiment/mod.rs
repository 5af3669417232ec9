//! An experiment: runs of strategies on benchmarks, declared in one TOML file, replayed on all cores, stored so that a kill loses
//! at most the cells in flight.
//!
//! [`ExperimentSpec`] is the file, [`Plan`] the resolved cells, [`run`] replays what is missing, [`Results`] reads what was stored,
//! [`Scores`] compares the incumbents with the table's reference values, [`verify`] replays again and compares; [`import_runs`] makes
//! results of what somebody's own strategy did.

mod difference;
mod ends;
mod engine;
mod error;
mod folder;
mod import_runs;
mod plan;
mod record;
mod replay;
mod results;
mod score;
mod spec;
mod store;
mod streams;
mod told_elsewhere;
mod training;
mod trial_list;
mod verify;

pub use difference::{Divergence, first_divergence};
pub use ends::Ends;
pub use engine::{Outcome, Progress, replay_cell, run};
pub use error::ExperimentError;
pub use folder::{Manifest, ManifestBenchmark, Versions};
pub use import_runs::{FOREIGN_LABEL, ImportOutcome, ImportRules, Imported, import_runs, listed_strategies};
pub use plan::{Cell, NamedStrategy, Plan};
pub use record::{Block, Stop};
pub use replay::{Arena, Lane};
pub use results::{CellResults, Results, Run};
pub use score::{Final, Scores, Side, Step};
pub use spec::{ExperimentSpec, Statement, StrategySpec};
pub use streams::Streams;
pub use trial_list::{ListedStop, ListedTrial, read_trials};
pub use verify::{Difference, verify};

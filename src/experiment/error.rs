//! What can be wrong with an experiment or its results.

use thiserror::Error;

use crate::base::{FileError, StrictError};
use crate::benchmark::BenchmarkError;
use crate::strategy::StrategyError;
use crate::table::TableError;

/// An experiment that cannot be run, or results that cannot be read.
#[derive(Debug, Error)]
pub enum ExperimentError {
    /// The operating system refuses a file.
    #[error("cannot read `{file}`")]
    Io {
        /// The file.
        file: String,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// An experiment file that makes no sense.
    #[error("experiment `{file}`: {fault}")]
    Spec {
        /// The file.
        file: String,
        /// What is wrong.
        fault: StrictError,
    },
    /// A table that cannot be opened.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A benchmark that cannot be replayed.
    #[error(transparent)]
    Benchmark(#[from] BenchmarkError),
    /// A strategy that cannot be made.
    #[error("strategy {place} of experiment `{file}`")]
    Strategy {
        /// The experiment's file.
        file: String,
        /// Which of its strategies, from 1.
        place: usize,
        /// What is wrong.
        #[source]
        source: StrategyError,
    },
    /// A run that cannot go on.
    #[error("strategy `{strategy}` on benchmark `{benchmark}`, run {run}, trial {trial}: {what}")]
    Replay {
        /// The strategy.
        strategy: String,
        /// The benchmark.
        benchmark: String,
        /// The run, from 0.
        run: u32,
        /// The trial, from 0.
        trial: u32,
        /// What happened.
        what: String,
    },
    /// A strategy that ran elsewhere cannot be replayed.
    #[error("strategy `{strategy}` was imported: there is nothing to replay")]
    Imported {
        /// The strategy.
        strategy: String,
    },
    /// A line of a list of trials that makes no sense.
    #[error("line {line} of the list: {what}")]
    Listed {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
        /// What to do.
        hint: String,
    },
    /// A folder that holds something else.
    #[error("`{folder}`: {what}")]
    Folder {
        /// The folder.
        folder: String,
        /// What is wrong.
        what: String,
        /// What to do, if that can be told.
        hint: Option<String>,
    },
    /// A file that could not be written.
    #[error(transparent)]
    Write(#[from] FileError),
}

impl ExperimentError {
    /// What to do about it, if that can be told.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Spec { fault, .. } => fault.hint.clone(),
            Self::Table(source) => source.hint(),
            Self::Benchmark(source) => source.hint(),
            Self::Strategy { source, .. } => source.hint(),
            Self::Replay { .. } => {
                Some("the benchmark's `missing` and `invalid` say what is done about such architectures".into())
            }
            Self::Folder { hint, .. } => hint.clone(),
            Self::Listed { hint, .. } => Some(hint.clone()),
            _ => None,
        }
    }
}

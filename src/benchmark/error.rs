//! What can be wrong with a benchmark.

use thiserror::Error;

use crate::table::TableError;

/// A benchmark that cannot be replayed.
#[derive(Debug, Error)]
pub enum BenchmarkError {
    /// The table cannot be opened or lacks what the benchmark needs.
    #[error("benchmark `{name}`, table `{table}`")]
    Table {
        /// The benchmark.
        name: String,
        /// What the benchmark calls the table.
        table: String,
        /// What is wrong with the table.
        #[source]
        source: Box<TableError>,
        /// What to do in the benchmark, where that is more to the point than what the table's error says.
        hint: Option<String>,
    },
    /// Settings that make no sense.
    #[error("benchmark `{name}`: {what}")]
    Setting {
        /// The benchmark.
        name: String,
        /// What was expected and found.
        what: String,
        /// What to do, if that can be told.
        hint: Option<String>,
    },
}

impl BenchmarkError {
    /// The same error with something to do that is more to the point, if there is any.
    #[must_use]
    pub fn with_hint(self, better: Option<String>) -> Self {
        match self {
            Self::Table { name, table, source, hint } => Self::Table { name, table, source, hint: better.or(hint) },
            other => other,
        }
    }

    /// What to do about it, if that can be told.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Table { source, hint, .. } => hint.clone().or_else(|| source.hint()),
            Self::Setting { hint, .. } => hint.clone(),
        }
    }
}

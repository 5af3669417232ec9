//! Why a command could not be carried out.

use thiserror::Error;

use crate::base::FileError;
use crate::experiment::ExperimentError;
use crate::figure::FigureError;
use crate::import::ImportError;
use crate::report::ReportError;
use crate::space::SpaceError;
use crate::strategy::StrategyError;
use crate::table::TableError;
use crate::trainer::{OverlayError, SetupError};

/// A request or an input that is wrong.
#[derive(Debug, Error)]
pub enum CliError {
    /// See [`TableError`].
    #[error(transparent)]
    Table(#[from] TableError),
    /// See [`ImportError`].
    #[error(transparent)]
    Import(#[from] ImportError),
    /// See [`ExperimentError`].
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
    /// See [`StrategyError`].
    #[error(transparent)]
    Strategy(#[from] StrategyError),
    /// See [`SpaceError`].
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// See [`FigureError`].
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// See [`ReportError`].
    #[error(transparent)]
    Report(#[from] ReportError),
    /// See [`SetupError`].
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// See [`OverlayError`].
    #[error(transparent)]
    Overlay(#[from] OverlayError),
    /// See [`PoolError`](crate::trainer::PoolError).
    #[cfg(feature = "train")]
    #[error(transparent)]
    Pool(#[from] crate::trainer::PoolError),
    /// See [`FileError`].
    #[error(transparent)]
    File(#[from] FileError),
    /// Stdin or stdout fails.
    #[error("cannot {doing}")]
    Stream {
        /// What was being done.
        doing: &'static str,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// Arguments that do not go together.
    #[error("{what}")]
    Usage {
        /// What is wrong.
        what: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// Whoever read stdout has gone: nothing to complain about.
    #[error("stdout is closed")]
    ClosedPipe,
}

impl CliError {
    /// What to do about it, if that can be told.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Table(error) => error.hint(),
            Self::Import(error) => error.hint(),
            Self::Experiment(error) | Self::Report(ReportError::Experiment(error)) => error.hint(),
            Self::Strategy(error) => error.hint(),
            Self::Setup(error) => error.hint(),
            Self::Usage { hint, .. } => hint.clone(),
            _ => None,
        }
    }

    pub(super) fn usage(what: impl Into<String>, hint: &str) -> Self {
        Self::Usage { what: what.into(), hint: Some(hint.to_owned()) }
    }
}

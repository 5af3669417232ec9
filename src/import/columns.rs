//! What several importers need: descriptions of metrics, numbers laid out as columns, files of folders.

use std::fs;
use std::path::{Path, PathBuf};

use ndarray::Array3;

use super::ImportError;
use crate::table::{Direction, ElementType, Metric};

/// A metric of the finished training (epoch 0: the publication does not say which) with one replicate, stored in 8 bytes.
pub(super) fn finished(unit: &str, direction: Direction, split: &str) -> Metric {
    Metric {
        unit: unit.to_owned(),
        direction,
        split: split.to_owned(),
        labels: vec!["all".to_owned()],
        epochs: vec![0],
        element: ElementType::F64,
        aggregated: None,
        derived: None,
        optimum: None,
    }
}

/// One value a row, `[rows, 1, 1]`.
pub(super) fn column(values: &[f64]) -> Array3<f64> {
    Array3::from_shape_fn((values.len(), 1, 1), |(row, ..)| values[row])
}

/// The given files, and in place of each folder its files in the order of their names.
///
/// # Errors
/// Names the folder that cannot be read.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, ImportError> {
    let mut files = Vec::new();
    for path in paths {
        match path.is_dir() {
            true => files.extend(files_of(path)?),
            false => files.push(path.clone()),
        }
    }
    Ok(files)
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let io = |source| ImportError::Io { file: folder.display().to_string(), source };
    let entries = fs::read_dir(folder).map_err(io)?;
    let paths: Result<Vec<PathBuf>, _> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths: Vec<PathBuf> = paths.map_err(io)?.into_iter().filter(|path| path.is_file()).collect();
    paths.sort();
    Ok(paths)
}

/// A file's name without its folder.
pub(super) fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// All paths, for messages.
pub(super) fn listed(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join("`, `")
}

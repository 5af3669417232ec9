//! Tables for other programs: a folder of CSV or Parquet files with a mapping that rebuilds the table, or of NumPy arrays.

mod csv;
mod folder;
mod mapping;
mod numpy;
mod parquet;
mod sheet;

use std::path::Path;

use self::sheet::sheets;
use super::select::Selection;
use super::{Table, TableError};
use crate::base::with_folder;

#[cfg(test)]
pub(crate) use self::parquet::BATCH;
pub(crate) use self::parquet::put;

/// What the listing of an exported folder says that it is.
pub const EXPORTED: &str = "table exported by nasreplay";

/// What a table is exported to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// Lines of cells separated by commas: `architectures.csv` and a file for each task and schedule.
    Csv,
    /// The same as Apache Parquet.
    Parquet,
    /// A `.npy` array `[rows, replicates, epochs]` for each metric.
    Numpy,
}

/// Writes a table, or the chosen part of it, into a new folder; with `replace` in place of what is there.
///
/// CSV and Parquet come with `mapping.toml`, by which the generic importer makes the same table of them, digest and all.
///
/// # Errors
/// Unknown names, a folder that is there already, and what the operating system says; nothing is left then.
pub fn export(
    table: &Table,
    selection: &Selection,
    to: Container,
    folder: &Path,
    replace: bool,
) -> Result<(), TableError> {
    let chosen = selection.of(table)?;
    with_folder(folder, EXPORTED, replace, |folder| match to {
        Container::Numpy => numpy::write(table, &chosen, folder),
        Container::Csv => {
            let sheets = sheets(table, &chosen, "csv")?;
            sheets.iter().try_for_each(|sheet| csv::write(sheet, folder))?;
            mapping::write(table, &chosen, &sheets, "csv", folder)
        }
        Container::Parquet => {
            let sheets = sheets(table, &chosen, "parquet")?;
            sheets.iter().try_for_each(|sheet| parquet::write(sheet, folder))?;
            mapping::write(table, &chosen, &sheets, "parquet", folder)
        }
    })
}

//! The generic importer: files of records in any container (CSV, JSON lines, Parquet), described by a [`Mapping`].

mod feeds;
mod rows;
mod targets;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use self::feeds::Feeds;
use self::rows::Rows;
use self::targets::Targets;
use super::mapping::StaticMap;
use super::records::RecordFile;
use super::{ImportError, Mapping, importer};
use crate::table::{Provenance, Table, TableBuilder};

/// Imports files as a mapping says, and writes the table. Several files are joined by architecture, or by row number.
///
/// # Errors
/// Names the file, line and column of what does not fit; nothing is written then.
pub fn import(mapping: &Mapping, files: &[PathBuf], output: &Path) -> Result<Table, ImportError> {
    let delimiter = mapping.delimiter.map_or(b',', |letter| letter as u8); // the mapping was checked: it is ASCII
    let files: Vec<RecordFile> =
        files.iter().map(|path| RecordFile::open(path, delimiter)).collect::<Result<_, _>>()?;
    let statics = mapping.statics(&files)?;
    let rows = Rows::read(mapping, &files)?;
    let mut targets = Targets::new(mapping, &statics, rows.archs.len());
    let mut found = HashSet::new();
    for (file, of_records) in files.iter().zip(&rows.of_records) {
        found.extend(Feeds::of(mapping, file, &targets)?.run(mapping, of_records, &mut targets)?);
    }
    targets.check_all_found(mapping, &found, &files)?;
    targets.check_none_empty(&files)?;
    let provenance = provenance(mapping, &statics, files);
    table(mapping, rows, targets, provenance)?.write(output).map_err(ImportError::from)
}

/// What messages call all files together.
fn labels(files: &[RecordFile]) -> String {
    files.iter().map(|file| file.label.as_str()).collect::<Vec<_>>().join("`, `")
}

fn provenance(mapping: &Mapping, statics: &[StaticMap], files: Vec<RecordFile>) -> Provenance {
    let derived = mapping.metric.iter().map(|metric| (&metric.name, &metric.derived));
    let derived = derived.chain(statics.iter().map(|fixed| (&fixed.name, &fixed.derived)));
    let derived = derived.filter_map(|(name, how)| how.as_ref().map(|how| format!("`{name}` is derived: {how}")));
    let mut notes = mapping.provenance.notes.clone();
    for note in derived {
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    Provenance {
        origin: mapping.provenance.origin.clone(),
        licence: mapping.provenance.licence.clone(),
        sources: files.into_iter().map(|file| file.source).collect(),
        importer: importer("generic"),
        trained: None,
        notes,
    }
}

fn table(
    mapping: &Mapping,
    rows: Rows,
    targets: Targets<'_>,
    provenance: Provenance,
) -> Result<TableBuilder, ImportError> {
    let mut table = TableBuilder::new(&mapping.name, mapping.space.clone(), rows.archs, provenance);
    if let Some(names) = &rows.names {
        table.names(names)?;
    }
    if let Some(features) = rows.features {
        table.features(features)?;
    }
    targets.add_to(&mut table)?;
    Ok(table)
}

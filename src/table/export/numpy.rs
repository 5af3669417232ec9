//! A table as NumPy arrays, in the folders of the table's own file: `tasks/<task>/<schedule>/<metric>.npy` and `static/<metric>.npy`,
//! `[rows, replicates, epochs]` in the table's own type, NaN where nothing was measured; `architectures.txt` with a name a line,
//! `names.txt` with the published ones, `features.npy`, and `catalogue.json`, which says what everything is.

use std::io::{self, Write};
use std::path::Path;

use ndarray::{ArrayView, Dimension, IntoDimension};
use ndarray_npy::{WritableElement, WriteNpyExt};
use serde_json::json;

use super::folder::create;
use super::sheet::has_second_name;
use crate::table::schema::{metric_path, static_path};
use crate::table::select::Chosen;
use crate::table::{MetricColumn, Schedules, Table, TableError, Values};

pub(super) fn write(table: &Table, chosen: &[Chosen<'_>], folder: &Path) -> Result<(), TableError> {
    let space = table.catalogue.space.build()?;
    let name = |row: usize| {
        if has_second_name(table) { space.write(table.arch(row)) } else { table.space.write(table.arch(row)) }
    };
    write_lines(folder, "architectures.txt", (0..table.rows()).map(name))?;
    if has_second_name(table) {
        let names = (0..table.rows()).filter_map(|row| table.published_name(row));
        write_lines(folder, "names.txt", names.map(str::to_owned))?;
    }
    if let (Some(features), Some(width)) = (table.features()?, table.catalogue.features) {
        write_array(folder, "features.npy", (table.rows(), width), features.as_slice())?;
    }
    for one in chosen {
        let column = table.metric(one.task, one.schedule, one.name)?;
        write_metric(folder, &metric_path(one.task, one.schedule, one.name), &column)?;
    }
    for name in table.catalogue.statics.keys() {
        write_metric(folder, &static_path(name), &table.fixed(name)?)?;
    }
    let catalogue = serde_json::to_string_pretty(&catalogue(table, chosen)).unwrap_or_default(); // plain data is always JSON
    create(folder, "catalogue.json", |file| writeln!(file, "{catalogue}"))
}

fn write_lines(folder: &Path, file: &str, mut lines: impl Iterator<Item = String>) -> Result<(), TableError> {
    create(folder, file, |file| lines.try_for_each(|line| writeln!(file, "{line}")))
}

fn write_metric(folder: &Path, path: &str, column: &MetricColumn) -> Result<(), TableError> {
    let [rows, replicates, epochs] = column.metric.shape(column.rows);
    let (file, shape) = (format!("{path}.npy"), (rows, replicates, epochs));
    match &column.values {
        Values::F32(values) => write_array(folder, &file, shape, values.as_slice()),
        Values::F64(values) => write_array(folder, &file, shape, values.as_slice()),
    }
}

fn write_array<T: WritableElement, D: Dimension>(
    folder: &Path,
    file: &str,
    shape: impl IntoDimension<Dim = D>,
    values: &[T],
) -> Result<(), TableError> {
    create(folder, file, |file| {
        let array = ArrayView::from_shape(shape.into_dimension(), values).map_err(io::Error::other)?;
        array.write_npy(file).map_err(io::Error::other)
    })
}

/// The catalogue of what was chosen, with the table's name, digest and provenance.
fn catalogue(table: &Table, chosen: &[Chosen<'_>]) -> serde_json::Value {
    let mut catalogue = table.catalogue.clone();
    catalogue.tasks.clear();
    for one in chosen {
        let schedules: &mut Schedules = catalogue.tasks.entry(one.task.to_owned()).or_default();
        schedules.entry(one.schedule.to_owned()).or_default().insert(one.name.to_owned(), one.metric.clone());
    }
    json!({
        "name": table.name(),
        "digest": table.digest(),
        "catalogue": catalogue,
        "provenance": table.provenance(),
    })
}

//! The tables of HPOBench (`automl/HPOBench`, Apache-2.0): `<model>_<task>_data.parquet.gzip`, one for each model and OpenML task, beside
//! `<model>_<task>_metadata.json`. Eggensperger et al., "HPOBench: A Collection of Reproducible Multi-Fidelity Benchmark Problems for
//! HPO", NeurIPS 2021.
//!
//! A row is one training: hyper-parameters, fidelities, `seed`, and a structure `result` with scores and seconds. Iterations or trees
//! become epochs; the values of the other fidelities, such as `subsample`, name the schedules; seeds are replicates.

mod axes;
mod cells;
mod column;
mod files;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::records::RecordFile;
use super::{ImportError, Kind, Look, importer};
use crate::space::SpaceSpec;
use crate::table::{Provenance, Source, Table, TableBuilder};
use axes::Axes;
use cells::Cells;
use column::Columns;

/// Whether a Parquet file has the table's columns, or a folder holds files of the published names.
pub fn knows(look: &Look) -> bool {
    match look.kind {
        Kind::Parquet => look.has("seed") && look.any(|name| name.starts_with("result.info.")),
        Kind::Folder => look.any(|name| files::is_data(Path::new(name))),
        _ => false,
    }
}

/// Imports the tables of one model, each OpenML task a task, and writes the table.
///
/// # Errors
/// Names the file, row and column that is not as published; nothing is written then.
pub fn import(paths: &[PathBuf], output: &Path) -> Result<Table, ImportError> {
    let files = files::locate(paths)?;
    let model = files::model(&files)?;
    let fidelities = files::fidelities(&files)?;
    let mut sources = Vec::new();
    let mut tables = Vec::new();
    for file in &files {
        let records = RecordFile::open(&file.path, b',')?;
        sources.push(records.source.clone());
        sources.extend(file.metadata_source()?);
        let columns = Columns::of(&records, &fidelities)?;
        tables.push((file, records, columns));
    }
    let mut axes = Axes::default();
    for (_, records, columns) in &tables {
        axes.read(records, columns)?;
    }
    axes.sort();
    let mut cells = Cells::new(&axes);
    for (file, records, columns) in &tables {
        cells.read(&file.task, records, columns)?;
    }
    build(&model, &axes, cells, sources)?.write(output).map_err(ImportError::from)
}

fn build(model: &str, axes: &Axes, cells: Cells<'_>, sources: Vec<Source>) -> Result<TableBuilder, ImportError> {
    let space: SpaceSpec = axes.space();
    let (archs, metrics, unrecorded) = cells.finish();
    let name = format!("hpobench-{model}");
    let mut table = TableBuilder::new(&name, space, archs, provenance(model, &unrecorded, sources));
    for metric in metrics {
        table.metric(&metric.task, &metric.schedule, &metric.name, metric.data)?;
    }
    Ok(table)
}

fn provenance(model: &str, unrecorded: &BTreeSet<String>, sources: Vec<Source>) -> Provenance {
    let notes = [
        "rows are in the order in which configurations appear; replicates are the published seeds",
        "scores are published fractions of 1, to maximise; HPOBench's loss is 1 - the validation score; f1 and precision are macro averages",
        "train_seconds is `model_cost`; valid_seconds/<metric> is `val_costs`, prediction included",
        "HPOBench's tabular class charges model_cost + val_scores, which is a mistake for model_cost + val_costs: add train_seconds and valid_seconds/<metric>",
        "`function_value`, `cost`, losses, `train_costs` and `test_costs` are not kept: they follow from the scores, or say nothing of a search",
        "values at different epochs are trainings of their own with so many iterations or trees, each from the beginning",
    ];
    let names: Vec<String> = unrecorded.iter().map(|name| format!("`{name}`")).collect();
    let left_out = (!names.is_empty()).then(|| {
        format!("left out where no training has it, or all have 0, which means not recorded: {}", names.join(", "))
    });
    Provenance {
        origin: format!("HPOBench `{model}` (Eggensperger et al., HPOBench, NeurIPS 2021), tabular data"),
        licence: "Apache-2.0 (automl/HPOBench)".into(),
        sources,
        importer: importer("hpobench"),
        trained: None,
        notes: notes.map(str::to_owned).into_iter().chain(left_out).collect(),
    }
}

//! NAS-Bench-Macro (Su et al., CVPR 2021; Apache-2.0): `nas-bench-macro_cifar10.json`, plain or gzip.
//!
//! One object `{"eight digits": {test_acc: [three], mean_acc, std, params, flops}}` with all 6,561 networks in no order; a row is the
//! number that its digits are in base 3. The mean and the (population) standard deviation are checked, not kept.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use ndarray::Array3;
use serde::Deserialize;

use super::columns::{column, finished, listed};
use super::{ImportError, Kind, Look, SourceFile, importer};
use crate::space::{Arch, nas_bench_macro};
use crate::table::{Direction, Metric, MetricData, Provenance, Source, Table, TableBuilder};

const LAYERS: usize = 8;
const REPLICATES: usize = 3;
const SCHEDULE: &str = "final";

/// How far a published mean or deviation may be from that of the three accuracies, in percent: a rounding of the last digits.
const TOLERANCE: f64 = 1e-6;

/// What is published of a network.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    test_acc: [f64; REPLICATES],
    mean_acc: f64,
    std: f64,
    params: u64,
    flops: u64,
}

/// Whether a file is JSON whose keys are eight digits from 0 to 2.
pub fn knows(look: &Look) -> bool {
    look.kind == Kind::Json && !look.names.is_empty() && look.names.iter().all(|name| row_of(name).is_some())
}

/// Imports the file and writes the table.
///
/// # Errors
/// Names the file and the network that is not as promised, or is missing; nothing is written then.
pub fn import(paths: &[PathBuf], output: &Path) -> Result<Table, ImportError> {
    let [path] = paths else {
        return Err(ImportError::content(&listed(paths), format!("expected one JSON file, found {}", paths.len())));
    };
    let file = SourceFile::read(path)?;
    let entries = read(&file.bytes).map_err(|what| ImportError::content(&file.label, what))?;
    build(&entries, file.source)?.write(output).map_err(ImportError::from)
}

/// The networks in the order of their numbers.
fn read(bytes: &[u8]) -> Result<Vec<Entry>, String> {
    let published: IndexMap<String, Entry> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let mut entries = vec![None; 3usize.pow(LAYERS as u32)];
    for (name, entry) in published {
        let row = row_of(&name).ok_or_else(|| format!("network `{name}`: expected eight digits from 0 to 2"))?;
        check(&entry).map_err(|what| format!("network `{name}`: {what}"))?;
        entries[row] = Some(entry); // eight digits of base 3
    }
    let absent = entries.iter().filter(|entry| entry.is_none()).count();
    match absent {
        0 => Ok(entries.into_iter().flatten().collect()),
        _ => Err(format!("expected {} networks, {absent} are missing", entries.len())),
    }
}

/// The number that eight digits are in base 3.
fn row_of(name: &str) -> Option<usize> {
    let is_name = name.len() == LAYERS && name.bytes().all(|digit| (b'0'..=b'2').contains(&digit));
    is_name.then(|| name.bytes().fold(0, |row, digit| 3 * row + usize::from(digit - b'0')))
}

fn check(entry: &Entry) -> Result<(), String> {
    if let Some(odd) = entry.test_acc.iter().find(|value| !(0.0..=100.0).contains(*value)) {
        return Err(format!("`test_acc` is {odd}, expected percent"));
    }
    let mean = entry.test_acc.iter().sum::<f64>() / REPLICATES as f64;
    let variance = entry.test_acc.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / REPLICATES as f64;
    for (name, published, computed) in [("mean_acc", entry.mean_acc, mean), ("std", entry.std, variance.sqrt())] {
        let is_near = (published - computed).abs() <= TOLERANCE; // not where one is NaN
        if !is_near {
            return Err(format!("`{name}` is {published}, but that of the three accuracies is {computed}"));
        }
    }
    Ok(())
}

fn build(entries: &[Entry], source: Source) -> Result<TableBuilder, ImportError> {
    let archs = (0..entries.len() as u64).map(Arch).collect();
    let repeats = repeats(entries);
    let mut table = TableBuilder::new("nas-bench-macro", nas_bench_macro(), archs, provenance(source, repeats));
    let accuracy = Array3::from_shape_fn((entries.len(), REPLICATES, 1), |(row, run, _)| entries[row].test_acc[run]);
    let labels = (0..REPLICATES).map(|run| run.to_string()).collect();
    let test = finished("percent", Direction::Maximise, "trained on the training images, measured on test");
    table.metric(
        "cifar10",
        SCHEDULE,
        "test_acc",
        MetricData { metric: Metric { labels, ..test }, values: accuracy },
    )?;
    let params: Vec<f64> = entries.iter().map(|entry| entry.params as f64).collect();
    let flops: Vec<f64> = entries.iter().map(|entry| entry.flops as f64).collect();
    for (name, unit, values) in [("params", "parameters", params), ("flops", "operations", flops)] {
        let metric = finished(unit, Direction::Minimise, "");
        table.fixed(name, MetricData { metric, values: column(&values) })?;
    }
    Ok(table)
}

/// How many rows have the values of the row in which the identities of each stage but its first layer stand last; the published
/// training script trained only those.
fn repeats(entries: &[Entry]) -> usize {
    let is_repeat = |row: usize| {
        let trained = trained_row(row);
        trained != row && entries.get(trained) == entries.get(row)
    };
    (0..entries.len()).filter(|&row| is_repeat(row)).count()
}

/// The row of the network that was trained for a row: stages of 2, 3 and 3 layers.
fn trained_row(row: usize) -> usize {
    let digits: Vec<usize> = (0..LAYERS as u32).rev().map(|place| row / 3usize.pow(place) % 3).collect();
    let mut trained = Vec::with_capacity(LAYERS);
    for stage in [0..2, 2..5, 5..8] {
        let (first, rest) = (digits[stage.start], &digits[stage.start + 1..stage.end]); // the stages are eight layers
        trained.push(first);
        trained.extend(rest.iter().filter(|&&digit| digit != 0));
        trained.resize(stage.end, 0);
    }
    trained.iter().fold(0, |row, digit| 3 * row + digit)
}

fn provenance(source: Source, repeats: usize) -> Provenance {
    let notes = [
        "there is no validation accuracy: a benchmark on this table selects by test accuracy, and must say so"
            .to_owned(),
        "there is no training time".to_owned(),
        "replicates are the published positions 0, 1, 2".to_owned(),
        "the published mean and population standard deviation agree with the three accuracies and are not kept"
            .to_owned(),
        format!(
            "{repeats} of the 6,561 rows repeat the trainings of another: where only the places of identities within a stage (layers 1-2, 3-5, 6-8; not its first layer) differ, one network was trained for all"
        ),
    ];
    Provenance {
        origin:
            "NAS-Bench-Macro (Su et al., \"Prioritized Architecture Sampling with Monto-Carlo Tree Search\", CVPR 2021)"
                .into(),
        licence: "Apache-2.0".into(),
        sources: vec![source],
        importer: importer("nas-bench-macro"),
        trained: None,
        notes: notes.to_vec(),
    }
}

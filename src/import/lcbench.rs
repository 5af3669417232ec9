//! LCBench (Zimmer, Lindauer and Hutter, TPAMI 2021; `automl/LCBench`, Apache-2.0): `data_2k_lw.json` or `data_2k.json`, perhaps still in
//! its zip: 2,000 configurations of funnel-shaped perceptrons, each trained for 50 epochs on 35 data sets.
//!
//! The file is `{data set: {"0": {config, log, results}, ...}}` of hundreds of megabytes: it is read training by training. Curves have 52
//! values: one before training, 50 after each epoch, and the last one again.

use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use ndarray::{Array2, Array3};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;

use super::columns::finished;
use super::json_nan::WithoutNan;
use super::progress::Counted;
use super::scale::scaled;
use super::source::source_of;
use super::{ImportError, Kind, Look, importer, unpack};
use crate::space::{Arch, SpaceSpec};
use crate::table::{Direction, ElementType, Metric, MetricData, Provenance, Source, Table, TableBuilder};

const EPOCHS: usize = 50;
/// Values of a published curve.
const PUBLISHED: usize = EPOCHS + 2;
const SCHEDULE: &str = "50";

/// More configurations are refused; 2,000 are published.
const MOST: usize = 100_000;

/// What a curve of the log is called in the table, and what it was measured on.
const CURVES: [(&str, &str, &str); 10] = [
    ("Train/train_accuracy", "train_acc", "train"),
    ("Train/val_accuracy", "valid_acc", "valid"),
    ("Train/test_result", "test_acc", "test"),
    ("Train/train_balanced_accuracy", "train_balanced_acc", "train"),
    ("Train/val_balanced_accuracy", "valid_balanced_acc", "valid"),
    ("Train/test_balanced_accuracy", "test_balanced_acc", "test"),
    ("Train/train_cross_entropy", "train_loss", "train"),
    ("Train/val_cross_entropy", "valid_loss", "valid"),
    ("Train/test_cross_entropy", "test_loss", "test"),
    ("Train/loss", "optimised_loss", "train"),
];

/// What belongs to a data set rather than to a configuration.
const OF_DATA: [&str; 7] = ["OpenML_task_id", "test_split", "budget", "seed", "instances", "classes", "features"];

/// Hyper-parameters that were drawn on a logarithmic scale (README of the publication).
const LOGARITHMIC: [&str; 3] = ["batch_size", "learning_rate", "max_units"];

/// Whether JSON holds trainings of numbered configurations by data set.
pub fn knows(look: &Look) -> bool {
    match look.kind {
        Kind::Json => {
            let is_number = |name: &String| name.len() < 6 && name.parse::<u32>().is_ok();
            !look.inner.is_empty() && look.inner.iter().all(is_number) && !look.names.iter().any(is_number)
        }
        Kind::Zip => look.names.iter().any(|name| name.starts_with("data_2k") && name.ends_with(".json")),
        _ => false,
    }
}

/// Imports the file and writes the table.
///
/// # Errors
/// Names the data set and the configuration that are not as promised; nothing is written then.
pub fn import(paths: &[PathBuf], output: &Path) -> Result<Table, ImportError> {
    let mut bench = Bench::default();
    for path in paths {
        bench.read(path)?;
    }
    bench.build()?.write(output).map_err(ImportError::from)
}

/// A number that may be written as a text; NaN where there is none.
struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyNumber;
        impl Visitor<'_> for AnyNumber {
            type Value = Number;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number, or a text that spells one")
            }

            fn visit_unit<E>(self) -> Result<Number, E> {
                Ok(Number(f64::NAN))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Number, E> {
                Ok(Number(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Number, E> {
                Ok(Number(value as f64))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Number, E> {
                Ok(Number(value as f64))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Number, E> {
                let number = text.trim().parse().map_err(|_| E::custom(format!("`{text}` is no number")))?;
                Ok(Number(if f64::is_finite(number) { number } else { f64::NAN }))
            }
        }
        deserializer.deserialize_any(AnyNumber)
    }
}

/// The curves of a log that are kept; the others are skipped while they are read.
#[derive(Default)]
struct Log {
    time: Option<Curve>,
    curves: [Option<Curve>; CURVES.len()],
}

impl<'de> Deserialize<'de> for Log {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Curves;
        impl<'de> Visitor<'de> for Curves {
            type Value = Log;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("curves by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Log, A::Error> {
                let mut log = Log::default();
                while let Some(name) = map.next_key::<String>()? {
                    match CURVES.iter().position(|curve| curve.0 == name) {
                        Some(place) => log.curves[place] = Some(map.next_value()?),
                        None if name == "time" => log.time = Some(map.next_value()?),
                        None => _ = map.next_value::<serde::de::IgnoredAny>()?,
                    }
                }
                Ok(log)
            }
        }
        deserializer.deserialize_map(Curves)
    }
}

/// The values of a curve; a longer one than any published is read no further.
struct Curve(Vec<Number>);

impl<'de> Deserialize<'de> for Curve {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Values;
        impl<'de> Visitor<'de> for Values {
            type Value = Curve;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "a curve of {PUBLISHED} values")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Curve, A::Error> {
                let mut values = Vec::with_capacity(PUBLISHED);
                while let Some(value) = items.next_element()? {
                    values.push(value);
                    if values.len() > PUBLISHED {
                        return Err(serde::de::Error::custom(format!("a curve has more than {PUBLISHED} values")));
                    }
                }
                Ok(Curve(values))
            }
        }
        deserializer.deserialize_seq(Values)
    }
}

/// A training, as published.
#[derive(Deserialize)]
struct Training {
    config: BTreeMap<String, Value>,
    log: Log,
    #[serde(default)]
    results: BTreeMap<String, Value>,
}

/// One training's kept numbers.
struct Kept {
    seconds: Vec<f64>,
    curves: Vec<Option<Vec<f64>>>,
    params: f64,
}

/// A data set's trainings, by the number of their configuration.
type Task = BTreeMap<usize, Kept>;

/// All that is read.
#[derive(Default)]
struct Bench {
    configs: BTreeMap<usize, BTreeMap<String, Value>>,
    tasks: IndexMap<String, Task>,
    sources: Vec<Source>,
}

impl Bench {
    fn read(&mut self, path: &Path) -> Result<(), ImportError> {
        let label = path.display().to_string();
        let io = |source| ImportError::Io { file: label.clone(), source };
        self.sources.push(source_of(path)?);
        let mut unpacked = unpack::open(path).map_err(io)?;
        let is_zip = unpacked.reader.fill_buf().map_err(io)?.starts_with(b"PK");
        let fault = |what: String| ImportError::content(&label, what);
        if !is_zip {
            return self.read_json(unpacked.reader).map_err(fault);
        }
        let mut zip =
            zip::ZipArchive::new(BufReader::new(Counted::open(path).map_err(io)?)).map_err(|e| fault(e.to_string()))?;
        let is_data = |name: &str| name.ends_with(".json") && !name.contains("__MACOSX");
        let place = zip.file_names().position(|name| name.is_ok_and(|name| is_data(&name)));
        let place = place.ok_or_else(|| fault("holds no .json".into()))?;
        let member = zip.by_index(place).map_err(|error| fault(error.to_string()))?;
        self.read_json(member).map_err(fault)
    }

    fn read_json(&mut self, reader: impl Read) -> Result<(), String> {
        let mut json = serde_json::Deserializer::from_reader(BufReader::new(WithoutNan::new(reader)));
        DataSets(self).deserialize(&mut json).and_then(|()| json.end()).map_err(|error| error.to_string())
    }

    fn add(&mut self, task: &str, number: usize, training: Training) -> Result<(), String> {
        let is_first = self.tasks.get_index_of(task) == Some(0);
        match self.configs.get(&number) {
            Some(known) => compare(known, &training.config)?,
            None if is_first && number < MOST => _ = self.configs.insert(number, training.config.clone()),
            None => return Err("no such configuration is in the first data set".into()),
        }
        let kept = training.kept()?;
        match self.tasks.entry(task.to_owned()).or_default().insert(number, kept) {
            None => Ok(()),
            Some(_) => Err("is given twice".into()),
        }
    }
}

/// Compares what a configuration has in two data sets; texts may spell numbers, and the last digits may differ.
fn compare(known: &BTreeMap<String, Value>, here: &BTreeMap<String, Value>) -> Result<(), String> {
    let differs = |key: &&String| {
        let is_shared = !OF_DATA.contains(&key.as_str());
        is_shared
            && match (number_of(known.get(*key)), number_of(here.get(*key))) {
                (Some(a), Some(b)) => (a - b).abs() > 1e-5 * a.abs().max(b.abs()),
                _ => known.get(*key) != here.get(*key),
            }
    };
    match known.keys().chain(here.keys()).find(differs) {
        None => Ok(()),
        Some(key) => {
            let text = |value: Option<&Value>| value.map_or("absent".to_owned(), Value::to_string);
            Err(format!(
                "`{key}` is {}, in another data set {}: one number must be one configuration everywhere",
                text(here.get(key)),
                text(known.get(key))
            ))
        }
    }
}

fn number_of(value: Option<&Value>) -> Option<f64> {
    match value? {
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        other => other.as_f64(),
    }
}

impl Training {
    fn kept(self) -> Result<Kept, String> {
        let time = self.log.time.ok_or("has no curve `time`")?;
        let before = time.0.first().map_or(f64::NAN, |number| number.0);
        let seconds = inner("time", time)?.into_iter().map(|seconds| seconds - before).collect();
        let named = CURVES.iter().zip(self.log.curves);
        let curves: Result<Vec<_>, String> =
            named.map(|(curve, values)| values.map(|values| inner(curve.0, values)).transpose()).collect();
        let params = number_of(self.results.get("model_parameters")).unwrap_or(f64::NAN);
        Ok(Kept { seconds, curves: curves?, params })
    }
}

/// The values after each epoch.
fn inner(name: &str, Curve(values): Curve) -> Result<Vec<f64>, String> {
    if values.len() != PUBLISHED {
        return Err(format!("curve `{name}` has {} values, expected {PUBLISHED}", values.len()));
    }
    Ok(values.into_iter().skip(1).take(EPOCHS).map(|number| number.0).collect())
}

/// Reads the whole file.
struct DataSets<'b>(&'b mut Bench);

impl<'de> DeserializeSeed<'de> for DataSets<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for DataSets<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("trainings by data set")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(task) = map.next_key::<String>()? {
            if self.0.tasks.contains_key(&task) {
                return Err(A::Error::custom(format!("data set `{task}` is given twice")));
            }
            self.0.tasks.insert(task.clone(), Task::new());
            map.next_value_seed(Trainings { bench: self.0, task })?;
        }
        Ok(())
    }
}

/// Reads the trainings of a data set.
struct Trainings<'b> {
    bench: &'b mut Bench,
    task: String,
}

impl<'de> DeserializeSeed<'de> for Trainings<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Trainings<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("trainings by the number of their configuration")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let task = &self.task;
        while let Some(key) = map.next_key::<String>()? {
            let fault = |what: String| A::Error::custom(format!("data set `{task}`, configuration `{key}`: {what}"));
            let number = key.parse().map_err(|_| fault("expected a number".into()))?;
            let training = map.next_value::<Training>().map_err(|error| fault(error.to_string()))?;
            self.bench.add(task, number, training).map_err(fault)?;
        }
        Ok(())
    }
}

impl Bench {
    fn build(self) -> Result<TableBuilder, ImportError> {
        let rows: BTreeMap<usize, usize> =
            self.configs.keys().enumerate().map(|(row, &number)| (number, row)).collect();
        let (varying, constant) = self.hyper_parameters();
        let archs = (0..rows.len() as u64).map(Arch).collect();
        let provenance = provenance(&self, &constant, &varying);
        let mut table = TableBuilder::new("lcbench", SpaceSpec::Listed { size: 0 }, archs, provenance);
        table.names(&rows.keys().map(usize::to_string).collect::<Vec<_>>())?;
        if !varying.is_empty() {
            table.features(features(&varying))?;
        }
        for (name, values) in &varying {
            let values = Array3::from_shape_fn((rows.len(), 1, 1), |(row, ..)| values[row]);
            let metric = finished("hyper-parameter", Direction::Minimise, "");
            table.fixed(&format!("config/{}", name.replace('/', ".")), MetricData { metric, values })?;
        }
        let is_percent = self.percent();
        for (name, task) in self.tasks {
            fill(&mut table, &name, task, &rows, is_percent)?;
        }
        Ok(table)
    }

    /// The hyper-parameters that vary, with their numbers by row, and those that do not, with their values.
    fn hyper_parameters(&self) -> (IndexMap<String, Vec<f64>>, BTreeMap<String, Value>) {
        let (mut varying, mut constant) = (IndexMap::new(), BTreeMap::new());
        let Some(first) = self.configs.values().next() else { return (varying, constant) };
        for (key, value) in first.iter().filter(|(key, _)| !OF_DATA.contains(&key.as_str())) {
            let values: Vec<f64> =
                self.configs.values().map(|config| number_of(config.get(key)).unwrap_or(f64::NAN)).collect();
            if self.configs.values().all(|config| config.get(key) == Some(value)) {
                constant.insert(key.clone(), value.clone());
            } else if values.iter().all(|value| !value.is_nan()) {
                varying.insert(key.clone(), values);
            }
        }
        (varying, constant)
    }

    /// Whether accuracies, and balanced accuracies, are percent: some are above 1.
    fn percent(&self) -> [bool; 2] {
        let above = |prefix: usize| {
            let trainings = self.tasks.values().flat_map(BTreeMap::values);
            let curves = trainings.flat_map(|kept| kept.curves[prefix..prefix + 3].iter().flatten()); // three kinds of accuracy, then three balanced ones
            curves.flatten().any(|&value| value > 1.0)
        };
        [above(0), above(3)]
    }
}

/// Each hyper-parameter between 0 and 1, on the scale on which it was drawn.
fn features(varying: &IndexMap<String, Vec<f64>>) -> Array2<f32> {
    let rows = varying.first().map_or(0, |(_, values)| values.len());
    let mut features = Array2::zeros((rows, varying.len()));
    for ((name, values), mut column) in varying.iter().zip(features.columns_mut()) {
        let numbers = scaled(values, LOGARITHMIC.contains(&name.as_str()));
        numbers.into_iter().zip(&mut column).for_each(|(number, cell)| *cell = number);
    }
    features
}

fn fill(
    table: &mut TableBuilder,
    name: &str,
    task: Task,
    rows: &BTreeMap<usize, usize>,
    is_percent: [bool; 2],
) -> Result<(), ImportError> {
    let name = name.replace('/', "-");
    for (place, (_, metric, part)) in CURVES.iter().enumerate() {
        if task.values().all(|kept| kept.curves[place].is_none()) {
            continue;
        }
        let values = curve(&task, rows, |kept| kept.curves[place].as_deref());
        let metric_data = MetricData { metric: description(place, part, is_percent), values };
        table.metric(&name, SCHEDULE, metric, metric_data)?;
    }
    let mut metric = description(CURVES.len(), "train", is_percent);
    metric.unit = "seconds".into();
    metric.split = "trained on train".into();
    metric.derived = Some("the published seconds, which add up, less those before the first epoch".into());
    let values = curve(&task, rows, |kept| Some(&kept.seconds));
    table.metric(&name, SCHEDULE, "train_seconds", MetricData { metric, values })?;
    if task.values().any(|kept| !kept.params.is_nan()) {
        let mut values = Array3::from_elem((rows.len(), 1, 1), f64::NAN);
        task.iter().for_each(|(number, kept)| values[[rows[number], 0, 0]] = kept.params); // each number has a row
        let metric = Metric { epochs: vec![EPOCHS as u32], ..finished("parameters", Direction::Minimise, "") };
        table.metric(&name, SCHEDULE, "params", MetricData { metric, values })?;
    }
    Ok(())
}

fn curve<'t>(task: &'t Task, rows: &BTreeMap<usize, usize>, of: impl Fn(&'t Kept) -> Option<&'t [f64]>) -> Array3<f64> {
    let mut values = Array3::from_elem((rows.len(), 1, EPOCHS), f64::NAN);
    for (number, kept) in task {
        let row = rows[number]; // each number has a row
        of(kept).into_iter().flatten().enumerate().for_each(|(epoch, &value)| values[[row, 0, epoch]] = value);
    }
    values
}

fn description(place: usize, part: &str, is_percent: [bool; 2]) -> Metric {
    let unit = |is_percent: bool| if is_percent { "percent" } else { "fraction" };
    let (unit, direction) = match place {
        0..3 => (unit(is_percent[0]), Direction::Maximise),
        3..6 => (unit(is_percent[1]), Direction::Maximise),
        _ => ("nats", Direction::Minimise),
    };
    Metric {
        epochs: (1..=EPOCHS as u32).collect(),
        element: ElementType::F64,
        ..finished(unit, direction, &format!("trained on train, measured on {part}"))
    }
}

fn provenance(bench: &Bench, constant: &BTreeMap<String, Value>, varying: &IndexMap<String, Vec<f64>>) -> Provenance {
    let constant: Vec<String> = constant.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    let all = bench.configs.len();
    let mut notes = vec![
        "a row is a configuration, named by its published number; it is the same in all data sets, which was checked".to_owned(),
        "published curves have 52 values: the first (before training) and the last (the 51st again) are left out; published times begin at the first value, here at 0".to_owned(),
        "one training of each configuration; gradient statistics and learning rates are not kept".to_owned(),
        format!("features: {}, each between 0 and 1, {} by logarithm", varying.keys().cloned().collect::<Vec<_>>().join(", "), LOGARITHMIC.join(", ")),
        format!("all configurations have {}", constant.join(", ")),
    ];
    let absent = bench.tasks.iter().filter(|(_, task)| task.len() < all);
    notes.extend(absent.map(|(name, task)| format!("data set `{name}` has {} of {all} configurations", task.len())));
    Provenance {
        origin: "LCBench (Zimmer, Lindauer and Hutter, Auto-PyTorch, TPAMI 2021), automl/LCBench".into(),
        licence: "Apache-2.0".into(),
        sources: bench.sources.clone(),
        importer: importer("lcbench"),
        trained: None,
        notes,
    }
}

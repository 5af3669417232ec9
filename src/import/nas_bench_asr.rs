//! NAS-Bench-ASR (Mehrotra et al., ICLR 2021; Apache-2.0): the files `nb-asr-*.pickle` of the releases.
//!
//! Each file is two pickles: a header that names the columns, then the rows. Training files (one a seed and a number of epochs) hold
//! phoneme error rates on TIMIT, which are to be minimised; benchmarking files latencies of one device; the static file parameters and
//! perhaps FLOPs. A row's model is named by the hash of its graph.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use ndarray::Array3;

use super::columns::{column, files, finished, listed};
use super::pickle::{self, PickleError, Value};
use super::{ImportError, Kind, Look, SourceFile, importer};
use crate::space::{Arch, Asr, Space, SpaceSpec};
use crate::table::{Direction, ElementType, Metric, MetricData, Provenance, Source, Table, TableBuilder};

const TASK: &str = "timit";

/// A training of more epochs than this is none of the publication's.
const MOST_EPOCHS: usize = 1000;

/// Whether a folder or a pickle holds the published files.
pub fn knows(look: &Look) -> bool {
    match look.kind {
        Kind::Folder => look.names.iter().any(|name| name.starts_with("nb-asr-") && name.ends_with(".pickle")),
        Kind::Pickle => ["dataset_type", "columns", "search_space"].iter().all(|key| look.has(key)),
        _ => false,
    }
}

/// Imports any of the files and writes the table; the rows are those of the first file of the longest training, then what others add.
///
/// # Errors
/// Names the file and the row that is not as promised; nothing is written then.
pub fn import(paths: &[PathBuf], output: &Path) -> Result<Table, ImportError> {
    let is_given = |path: &PathBuf| paths.contains(path);
    let is_pickle = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "pickle" || ending == "pkl");
    let files: Vec<PathBuf> = files(paths)?.into_iter().filter(|path| is_given(path) || is_pickle(path)).collect();
    let mut parts = files.iter().map(|path| Part::read(path)).collect::<Result<Vec<_>, _>>()?;
    parts.sort_by(|a, b| a.content.cmp(&b.content));
    if let Some(twin) = parts.windows(2).find(|pair| pair[0].content == pair[1].content) {
        let what = format!("{} stands in `{}` too", twin[1].content, twin[0].label);
        return Err(ImportError::content(&twin[1].label, what));
    }
    let trained = parts.iter().any(|part| matches!(part.content, Content::Training { .. }));
    if !trained {
        return Err(ImportError::content(&listed(paths), "holds no file of trainings, such as nb-asr-e40-1234.pickle"));
    }
    build(&parts)?.write(output).map_err(ImportError::from)
}

/// What a file holds, in the order of a table's schedules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Content {
    Training { epochs: usize, seed: i64 },
    Device(String),
    Static,
}

impl std::fmt::Display for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Training { epochs, seed } => write!(f, "the training of {epochs} epochs with seed {seed}"),
            Self::Device(device) => write!(f, "device `{device}`"),
            Self::Static => write!(f, "what is known of the models"),
        }
    }
}

impl Content {
    fn of(header: Value<'_>) -> Result<Self, String> {
        let say = |error: PickleError| error.to_string();
        match header.get("dataset_type").and_then(Value::as_str).map_err(say)? {
            "training" => {
                let epochs = header.get("epochs").and_then(Value::as_usize).map_err(say)?;
                let seed = header.get("seed").and_then(Value::as_i64).map_err(say)?;
                match (1..=MOST_EPOCHS).contains(&epochs) {
                    true => Ok(Self::Training { epochs, seed }),
                    false => Err(format!("`epochs` is {epochs}, expected 1 to {MOST_EPOCHS}")),
                }
            }
            "benchmarking" => {
                header.get("device").and_then(Value::as_str).map(|name| Self::Device(name.into())).map_err(say)
            }
            "static" => Ok(Self::Static),
            other => Err(format!("`dataset_type` is `{other}`, expected training, benchmarking or static")),
        }
    }

    /// The columns that are read.
    fn columns(&self, header: &[&str]) -> Vec<&'static str> {
        match self {
            Self::Training { .. } => vec!["val_per", "test_per"],
            Self::Device(_) => vec!["latency"],
            Self::Static if header.contains(&"flops") => vec!["params", "flops"],
            Self::Static => vec!["params"],
        }
    }
}

/// One file: for each model its published hash, and its numbers, one or a curve for each column.
struct Part {
    label: String,
    source: Source,
    content: Content,
    columns: Vec<&'static str>,
    rows: IndexMap<Arch, (String, Vec<Vec<f64>>)>,
}

impl Part {
    fn read(path: &Path) -> Result<Self, ImportError> {
        let file = SourceFile::read(path)?;
        let broken = |source| ImportError::Pickle { file: file.label.clone(), source };
        let (header, end) = pickle::read(&file.bytes).map_err(broken)?;
        let rest = file.bytes.get(end..).unwrap_or_default();
        let wrong = |what: String| ImportError::content(&file.label, what);
        let (rows, _) =
            pickle::read(rest).map_err(|error| wrong(format!("in the second pickle, from byte {end}: {error}")))?;
        let content = Content::of(header.root()).map_err(&wrong)?;
        let names = texts(header.root(), "columns").map_err(|error| wrong(error.to_string()))?;
        let columns = content.columns(&names);
        let mut part =
            Self { label: file.label.clone(), source: file.source.clone(), content, columns, rows: IndexMap::new() };
        let listed = rows.root().items().map_err(|error| wrong(error.to_string()))?;
        for (row, values) in listed.enumerate() {
            part.read_row(&names, values).map_err(|what| wrong(format!("row {row}: {what}")))?;
        }
        Ok(part)
    }

    fn read_row(&mut self, names: &[&str], values: Value<'_>) -> Result<(), String> {
        let find = |column: &str| names.iter().position(|name| *name == column);
        let value = |column: &str| {
            let place = find(column).ok_or_else(|| format!("there is no column `{column}`"))?;
            values.item(place).map_err(|error| error.to_string())
        };
        let hash = value("model_hash")?.as_str().map_err(|error| error.to_string())?;
        let arch = Asr::of_hash(hash).ok_or_else(|| format!("`{hash}` is the hash of no model"))?;
        if find("arch_vec").is_some() {
            check_vector(arch, value("arch_vec")?).map_err(|what| format!("model `{hash}`: {what}"))?;
        }
        let mut numbers = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let read = self.numbers(column, value(column)?);
            numbers.push(read.map_err(|what| format!("model `{hash}`, `{column}`: {what}"))?);
        }
        match self.rows.insert(arch, (hash.to_owned(), numbers)) {
            None => Ok(()),
            Some(_) => Err(format!("model `{hash}` stands there twice")),
        }
    }

    /// The numbers of one cell: as many as epochs for the validation, otherwise one.
    fn numbers(&self, column: &str, value: Value<'_>) -> Result<Vec<f64>, String> {
        let say = |error: PickleError| error.to_string();
        let numbers = match (column, &self.content) {
            ("val_per", Content::Training { epochs, .. }) => {
                let numbers = value.to_f64s().map_err(say)?;
                if numbers.len() != *epochs {
                    return Err(format!("expected {epochs} epochs, found {}", numbers.len()));
                }
                numbers
            }
            _ => vec![value.as_f64().map_err(say)?],
        };
        match numbers.iter().find(|number| number.is_infinite() || **number < 0.0) {
            Some(odd) => Err(format!("is {odd}, expected a finite number that is not negative")),
            None => Ok(numbers),
        }
    }
}

fn texts<'a>(header: Value<'a>, key: &str) -> Result<Vec<&'a str>, PickleError> {
    header.get(key)?.items()?.map(Value::as_str).collect()
}

/// Whether a published vector is a name of the graph that its hash is.
fn check_vector(arch: Arch, vector: Value<'_>) -> Result<(), String> {
    let mut nodes = Vec::new();
    for node in vector.items().map_err(|error| error.to_string())? {
        let digits: Result<Vec<i64>, _> = node.items().and_then(|digits| digits.map(Value::as_i64).collect());
        let digits: Vec<String> = digits.map_err(|error| error.to_string())?.iter().map(i64::to_string).collect();
        nodes.push(format!("[{}]", digits.join(",")));
    }
    let name = format!("[{}]", nodes.join(","));
    let named = Asr.parse(&name).map_err(|error| error.to_string())?;
    match Asr.canonical(named) == Some(arch) {
        true => Ok(()),
        false => Err(format!("`arch_vec` is {name}, which has another hash")),
    }
}

fn build(parts: &[Part]) -> Result<TableBuilder, ImportError> {
    let longest = parts.iter().filter_map(Part::epochs).max();
    let first = parts.iter().filter(|part| part.epochs() == longest); // some file is of trainings
    let mut models: IndexMap<Arch, &str> = IndexMap::new();
    for part in first.chain(parts) {
        part.rows.iter().for_each(|(&arch, (hash, _))| _ = models.entry(arch).or_insert(hash));
    }
    let archs: Vec<Arch> = models.keys().copied().collect();
    let names: Vec<String> = models.values().map(|&hash| hash.to_owned()).collect();
    let mut table = TableBuilder::new("nas-bench-asr", SpaceSpec::Asr, archs.clone(), provenance(parts, archs.len()));
    table.names(&names)?;
    let mut schedules: Vec<usize> = parts.iter().filter_map(Part::epochs).collect();
    schedules.dedup(); // parts are sorted by epochs
    for epochs in schedules {
        let seeds: Vec<&Part> = parts.iter().filter(|part| part.epochs() == Some(epochs)).collect();
        trainings(&mut table, epochs, &seeds, &archs)?;
    }
    for part in parts {
        statics(&mut table, part, &archs)?;
    }
    Ok(table)
}

impl Part {
    fn epochs(&self) -> Option<usize> {
        match self.content {
            Content::Training { epochs, .. } => Some(epochs),
            _ => None,
        }
    }

    fn seed(&self) -> Option<i64> {
        match self.content {
            Content::Training { seed, .. } => Some(seed),
            _ => None,
        }
    }

    /// A number of a model's column; NaN where the file has no such model.
    fn value(&self, arch: Arch, column: usize, epoch: usize) -> f64 {
        let numbers = self.rows.get(&arch).and_then(|(_, columns)| columns.get(column));
        numbers.and_then(|numbers| numbers.get(epoch)).copied().unwrap_or(f64::NAN)
    }
}

/// Adds the validation curve and the test error of one schedule, a replicate for each seed.
fn trainings(table: &mut TableBuilder, epochs: usize, seeds: &[&Part], archs: &[Arch]) -> Result<(), ImportError> {
    let labels: Vec<String> = seeds.iter().filter_map(|part| part.seed()).map(|seed| seed.to_string()).collect();
    let metric = |measured: &str, epochs: Vec<u32>| {
        let split = format!("trained on train, measured on {measured}");
        Metric { labels: labels.clone(), epochs, ..finished("fraction", Direction::Minimise, &split) }
    };
    let curve = Array3::from_shape_fn((archs.len(), seeds.len(), epochs), |(row, seed, epoch)| {
        seeds[seed].value(archs[row], 0, epoch)
    });
    let is_single = curve.iter().all(|&value| value.is_nan() || f64::from(value as f32) == value);
    let element = if is_single { ElementType::F32 } else { ElementType::F64 };
    let valid = Metric { element, ..metric("valid", (1..=epochs as u32).collect()) };
    let test = metric("test, at the epoch of the lowest error on valid", vec![epochs as u32]);
    let finals =
        Array3::from_shape_fn((archs.len(), seeds.len(), 1), |(row, seed, _)| seeds[seed].value(archs[row], 1, 0));
    let schedule = epochs.to_string();
    table.metric(TASK, &schedule, "valid_per", MetricData { metric: valid, values: curve })?;
    table.metric(TASK, &schedule, "test_per", MetricData { metric: test, values: finals })?;
    Ok(())
}

/// Adds what a file says of models whatever their training.
fn statics(table: &mut TableBuilder, part: &Part, archs: &[Arch]) -> Result<(), ImportError> {
    let named = |column: &str| match &part.content {
        Content::Training { .. } => None,
        Content::Device(device) => Some((format!("latency/{device}"), "seconds")),
        Content::Static if column == "params" => Some((column.to_owned(), "parameters")),
        Content::Static => Some((column.to_owned(), "operations")),
    };
    for (place, column_name) in part.columns.iter().enumerate() {
        if let Some((name, unit)) = named(column_name) {
            let values: Vec<f64> = archs.iter().map(|&arch| part.value(arch, place, 0)).collect();
            let metric = finished(unit, Direction::Minimise, "");
            table.fixed(&name, MetricData { metric, values: column(&values) })?;
        }
    }
    Ok(())
}

fn provenance(parts: &[Part], models: usize) -> Provenance {
    let notes = [
        "valid_per and test_per are phoneme error rates, to be minimised; the publication's reader calls them `val_acc` and `test_acc`".to_owned(),
        "test_per is measured once, at the epoch of the lowest valid_per of the same training".to_owned(),
        format!("{models} of the 8,242 graphs have rows; a row's name is the published hash"),
        "replicates are the seeds of the training files, rising; there is no training time".to_owned(),
    ];
    Provenance {
        origin: "NAS-Bench-ASR (Mehrotra et al., ICLR 2021)".into(),
        licence: "Apache-2.0".into(),
        sources: parts.iter().map(|part| part.source.clone()).collect(),
        importer: importer("nas-bench-asr"),
        trained: None,
        notes: notes.to_vec(),
    }
}

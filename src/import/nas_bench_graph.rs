//! NAS-Bench-Graph (Qin et al., NeurIPS 2022; Apache-2.0): the files `light/<data>.bench` of the PyPI package `nas-bench-graph` 1.4.0, and
//! the full files `<data>{0,1,2}.bench`, one a seed.
//!
//! Each is a pickle `{hash: {valid_perf, perf, latency, para}}`; `perf` is measured on test. Light files hold means of three seeds. Full
//! files hold curves too (`dur`), which are not kept.

use std::path::{Path, PathBuf};

use indexmap::{IndexMap, IndexSet};
use ndarray::Array3;

use super::columns::{file_name, files, finished, listed};
use super::pickle::Value;
use super::{ImportError, Kind, Look, SourceFile, importer, torch};
use crate::space::{Arch, Graph, Space, SpaceSpec};
use crate::table::{Direction, Metric, MetricData, Provenance, Source, Table, TableBuilder};

/// The data sets, in the order of the publication's README.
const TASKS: [&str; 9] = ["cora", "citeseer", "pubmed", "cs", "physics", "photo", "computers", "arxiv", "proteins"];

const SEEDS: [&str; 3] = ["0", "1", "2"];
const SCHEDULE: &str = "final";

/// The published keys, with the names, units and directions of the metrics.
const METRICS: [(&str, &str, &str, Direction); 4] = [
    ("valid_perf", "valid_acc", "fraction", Direction::Maximise),
    ("perf", "test_acc", "fraction", Direction::Maximise),
    ("latency", "latency", "seconds", Direction::Minimise),
    ("para", "params", "millions of parameters", Direction::Minimise),
];

/// Whether a folder holds the files, or a file is a dict of hashes.
pub fn knows(look: &Look) -> bool {
    let is_hash = |name: &String| name.len() <= 5 && name.parse::<u32>().is_ok() && Graph.parse(name).is_ok();
    match look.kind {
        Kind::Folder => look.names.iter().any(|name| identify(name).is_some()),
        Kind::Pickle => look.names.len() > 31 && look.names.iter().all(is_hash),
        _ => false,
    }
}

/// Imports the files of any of the data sets and writes the table; the rows are those of the first file, then what others add.
///
/// # Errors
/// Names the file and the hash that is not as promised; nothing is written then.
pub fn import(paths: &[PathBuf], output: &Path) -> Result<Table, ImportError> {
    let mut parts = Vec::new();
    for (task, seed, path) in locate(paths)? {
        parts.push(Part::read(task, seed, &path)?);
    }
    build(&parts)?.write(output).map_err(ImportError::from)
}

/// The data set and the seed of a file, by its name; no seed for a light file.
fn identify(name: &str) -> Option<(usize, Option<usize>)> {
    let stem = name.strip_suffix(".bench")?;
    let seed = SEEDS.iter().position(|seed| stem.ends_with(seed));
    let task = if seed.is_some() { &stem[..stem.len() - 1] } else { stem }; // a seed is one byte
    Some((TASKS.iter().position(|known| *known == task)?, seed))
}

/// The files with their data sets and seeds, in that order.
fn locate(paths: &[PathBuf]) -> Result<Vec<(usize, Option<usize>, PathBuf)>, ImportError> {
    let inner =
        |path: &PathBuf| Some(path.join("light")).filter(|light| light.is_dir()).unwrap_or_else(|| path.clone());
    let paths: Vec<PathBuf> = paths.iter().map(inner).collect();
    let is_given = |path: &PathBuf| paths.contains(path);
    let mut found = Vec::new();
    for path in files(&paths)? {
        match identify(file_name(&path)) {
            Some((task, seed)) => found.push((task, seed, path)),
            None if is_given(&path) => return Err(misnamed(&[path])),
            None => {} // some other file of a folder
        }
    }
    found.sort();
    if found.is_empty() {
        return Err(misnamed(&paths));
    }
    let clash = |pair: &[(usize, Option<usize>, PathBuf)]| {
        pair[0].0 == pair[1].0 && (pair[0].1 == pair[1].1 || pair[0].1.is_none())
    };
    match found.windows(2).find(|pair| clash(pair)) {
        Some(pair) => Err(ImportError::content(
            &pair[1].2.display().to_string(),
            format!("holds the same data set as `{}`; give one of them", pair[0].2.display()),
        )),
        None => Ok(found),
    }
}

fn misnamed(paths: &[PathBuf]) -> ImportError {
    ImportError::Content {
        file: listed(paths),
        what: format!("expected files `<data>.bench` or `<data>0.bench`, with <data> one of {}", TASKS.join(", ")),
        hint: Some("give the package's folder nas_bench_graph/light, or files with their published names".into()),
    }
}

/// What one file holds.
struct Part {
    task: usize,
    seed: Option<usize>,
    source: Source,
    rows: IndexMap<Arch, [f64; METRICS.len()]>,
}

impl Part {
    fn read(task: usize, seed: Option<usize>, path: &Path) -> Result<Self, ImportError> {
        let file = SourceFile::read(path)?;
        let pickle = torch::read(&file)?;
        let wrong = |what: String| ImportError::content(&file.label, what);
        let entries = pickle.root().entries().map_err(|error| wrong(error.to_string()))?;
        let mut rows = IndexMap::with_capacity(entries.len());
        for (key, entry) in entries {
            let hash = key.as_i64().map_err(|error| wrong(format!("expected hashes as keys: {error}")))?;
            let row = read_entry(hash, entry).map_err(|what| wrong(format!("hash {hash}: {what}")))?;
            if rows.insert(row.0, row.1).is_some() {
                return Err(wrong(format!("hash {hash} stands there twice")));
            }
        }
        Ok(Self { task, seed, source: file.source, rows })
    }
}

fn read_entry(hash: i64, entry: Value<'_>) -> Result<(Arch, [f64; METRICS.len()]), String> {
    let arch = Graph.parse(&hash.to_string()).map_err(|error| error.to_string())?;
    if Graph.canonical(arch) != Some(arch) {
        return Err("is not in canonical form, as all published hashes are".into());
    }
    let mut values = [f64::NAN; METRICS.len()];
    for (value, (key, _, unit, _)) in values.iter_mut().zip(METRICS) {
        let number = entry.get(key).and_then(Value::as_f64).map_err(|error| error.to_string())?;
        let most = if unit == "fraction" { 1.0 } else { f64::MAX };
        if !(0.0..=most).contains(&number) {
            return Err(format!("`{key}` is {number}, expected {unit}"));
        }
        *value = number;
    }
    Ok((arch, values))
}

fn build(parts: &[Part]) -> Result<TableBuilder, ImportError> {
    let union: IndexSet<Arch> = parts.iter().flat_map(|part| part.rows.keys().copied()).collect();
    let codes: Vec<Arch> = union.into_iter().collect();
    let mut table = TableBuilder::new("nas-bench-graph", SpaceSpec::Graph, codes.clone(), provenance(parts));
    for (task, name) in TASKS.into_iter().enumerate() {
        let of_task: Vec<&Part> = parts.iter().filter(|part| part.task == task).collect();
        for place in (0..METRICS.len()).filter(|_| !of_task.is_empty()) {
            let value = |(row, part, _): (usize, usize, usize)| {
                of_task[part].rows.get(&codes[row]).map_or(f64::NAN, |values| values[place])
            };
            let values = Array3::from_shape_fn((codes.len(), of_task.len(), 1), value);
            let data = MetricData { metric: metric(task, place, &of_task), values };
            table.metric(name, SCHEDULE, METRICS[place].1, data)?; // a place of the list
        }
    }
    Ok(table)
}

fn metric(task: usize, place: usize, of_task: &[&Part]) -> Metric {
    let (_, name, unit, direction) = METRICS[place]; // a place of the list
    let measure = if TASKS[task] == "proteins" { "ROC-AUC" } else { "accuracy" };
    let split = match name {
        "valid_acc" => format!("trained on train, measured on valid ({measure})"),
        "test_acc" => format!("trained on train, measured on test ({measure})"),
        "latency" => "as published".to_owned(),
        _ => String::new(),
    };
    let seeds: Vec<String> = of_task.iter().filter_map(|part| part.seed).map(|seed| SEEDS[seed].to_owned()).collect();
    let metric = finished(unit, direction, &split);
    match seeds.is_empty() {
        true => Metric { aggregated: (name != "params").then(|| "mean of 3 seeds".to_owned()), ..metric },
        false => Metric { labels: seeds, ..metric },
    }
}

fn provenance(parts: &[Part]) -> Provenance {
    let notes = [
        "`perf` of the files is `test_acc`; for proteins valid_acc and test_acc are ROC-AUC",
        "all skips (88888) is an architecture of the space that was not trained; proteins was trained for 2,021 architectures only",
        "the README calls 0,1,1,2:gcn,cheb,gin,fc the same network as 0,1,2,1:gcn,gin,fc,cheb; its own canonicalisation, used here, does not",
        "light files hold means of three seeds, rounded by nobody; full files hold a seed each, and their curves are not kept",
        "training hyper-parameters, epochs among them, were tuned for each data set and are not in the files; no training time is either",
    ];
    Provenance {
        origin: "NAS-Bench-Graph (Qin et al., NeurIPS 2022)".into(),
        licence: "Apache-2.0".into(),
        sources: parts.iter().map(|part| part.source.clone()).collect(),
        importer: importer("nas-bench-graph"),
        trained: None,
        notes: notes.map(str::to_owned).to_vec(),
    }
}

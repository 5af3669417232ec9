//! A resolved experiment: its open benchmarks, its strategies, and its cells, each with the key of what decides its trajectories.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::ExperimentError;
use super::import_runs::Imported;
use super::spec::ExperimentSpec;
use super::training;
use crate::base::{Digest, Hasher};
use crate::benchmark::{Benchmark, BenchmarkError, RULES_VERSION, Reference, Resolved};
use crate::strategy::{self, Settings};
use crate::table::{Table, is_path};
use crate::trainer::Fallback;

/// An experiment that is ready to be replayed.
pub struct Plan {
    /// Its name.
    pub name: String,
    /// What all random streams are derived from.
    pub seed: u64,
    /// How many runs each cell has.
    pub runs: u32,
    /// The benchmarks, with their tables and reference values.
    pub benchmarks: Vec<(Benchmark, Reference)>,
    /// The strategies.
    pub strategies: Vec<NamedStrategy>,
    /// What trains missing rows, by the benchmark's name; empty in the plan of stored results.
    pub trainers: HashMap<String, Arc<Fallback>>,
}

/// A strategy with its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedStrategy {
    /// Its name, which keys the random streams.
    pub name: String,
    /// What figures call it.
    pub title: String,
    /// The preset that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// All its settings; none where its runs were imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Settings>,
    /// Where its runs were imported from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Imported>,
}

/// One strategy on one benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// The place of the benchmark in the plan.
    pub benchmark: usize,
    /// The place of the strategy in the plan.
    pub strategy: usize,
}

impl Plan {
    /// Resolves a declared experiment; tables named by a relative path are searched beside `file`, then from the present folder.
    ///
    /// # Errors
    /// Names what is unknown or makes no sense.
    pub fn resolve(spec: &ExperimentSpec, file: &Path) -> Result<Self, ExperimentError> {
        let mut tables = Tables::default();
        let folder = file.parent().map(Path::to_owned).unwrap_or_default();
        let (mut benchmarks, mut trainers) = (Vec::new(), HashMap::new());
        let mut overlays = training::Overlays::new();
        for declared in &spec.benchmark {
            let beside = is_path(&declared.table).then(|| folder.join(&declared.table));
            let table = tables.open(&declared.table, beside, &declared.name)?;
            let mut benchmark = Benchmark::open(declared, table, &spec.budget)?;
            if let Some(trainer) = training::attach(&mut benchmark, declared, &folder, &mut overlays)? {
                trainers.insert(declared.name.clone(), trainer);
            }
            benchmarks.push(with_reference(benchmark)?);
        }
        let strategies = spec.strategy.iter().enumerate().map(|(place, declared)| {
            let settings = strategy::resolve(declared.kind.as_deref(), declared.preset.as_deref(), &declared.settings);
            let settings = settings.map_err(|source| ExperimentError::Strategy {
                file: file.display().to_string(),
                place: place + 1,
                source,
            })?;
            let name = declared.label().unwrap_or_else(|| settings.kind().to_owned());
            let title = declared.title.clone().unwrap_or_else(|| name.clone());
            Ok(NamedStrategy { name, title, preset: declared.preset.clone(), settings: Some(settings), imported: None })
        });
        let strategies = strategies.collect::<Result<_, ExperimentError>>()?;
        Ok(Self { name: spec.name.clone(), seed: spec.seed, runs: spec.runs, benchmarks, strategies, trainers })
    }

    /// The cells, benchmark by benchmark.
    pub fn cells(&self) -> impl Iterator<Item = Cell> {
        let strategies = self.strategies.len();
        (0..self.benchmarks.len())
            .flat_map(move |benchmark| (0..strategies).map(move |strategy| Cell { benchmark, strategy }))
    }

    /// The benchmark of a cell.
    pub fn benchmark(&self, cell: Cell) -> &Benchmark {
        &self.benchmarks[cell.benchmark].0
    }

    /// The strategy of a cell.
    pub fn strategy(&self, cell: Cell) -> &NamedStrategy {
        &self.strategies[cell.strategy]
    }

    /// The key of a cell: the digest of everything that decides its trajectories, without the number of runs, so that more runs
    /// extend a cell, and without titles and the places of files.
    pub fn key(&self, cell: Cell) -> Digest {
        let benchmark = Resolved { title: String::new(), ..self.benchmark(cell).resolved.clone() };
        let strategy = self.strategy(cell);
        let mut hasher = Hasher::default();
        let mut part = |label: &str, value: String| _ = hasher.part(label, value.as_bytes());
        part("rules", RULES_VERSION.to_string());
        part("seed", self.seed.to_string());
        part("strategy", strategy.name.clone());
        part("settings", json(&strategy.settings));
        if let Some(imported) = &strategy.imported {
            part("imported", imported.digest.to_string());
        }
        part("table", benchmark.table.digest.to_string());
        let mut value = serde_json::to_value(&benchmark).unwrap_or_default(); // plain data is always JSON
        value.as_object_mut().map(|object| object.remove("table"));
        let training = value.get_mut("training").and_then(|training| training.as_object_mut());
        if let Some(training) = training {
            training.remove("calibration"); // neither decides a trajectory
            training.get_mut("seconds").and_then(|fit| fit.as_object_mut()).map(|fit| fit.remove("out_of_sample"));
        }
        part("benchmark", value.to_string());
        hasher.finish()
    }

    /// Compares the content of the tables' files with their digests: of files of up to `largest` bytes.
    ///
    /// # Errors
    /// Names the first table that was damaged.
    pub fn check_tables(&self, largest: u64) -> Result<(), ExperimentError> {
        let mut tables: Vec<&Arc<Table>> = Vec::new();
        for (benchmark, _) in &self.benchmarks {
            let is_new = tables.iter().all(|known| !Arc::ptr_eq(known, &benchmark.table));
            let size = std::fs::metadata(benchmark.table.label()).map_or(0, |file| file.len()); // 0: part of the program
            if is_new && size > 0 && size <= largest {
                tables.push(&benchmark.table);
            }
        }
        tables.into_par_iter().try_for_each(|table| {
            let label = table.label();
            match table.has_its_digest()? {
                true => Ok(()),
                false => Err(ExperimentError::Folder {
                    folder: label.to_owned(),
                    what: "is damaged: its content does not have its digest".into(),
                    hint: Some(format!("`nasreplay table verify {label}` says where; import the table again")),
                }),
            }
        })
    }

    /// Where the tables' files are, by what the experiment calls them.
    pub fn places(&self) -> HashMap<String, PathBuf> {
        let path = |benchmark: &Benchmark| {
            let label = Path::new(benchmark.table.label());
            label.is_file().then(|| std::fs::canonicalize(label).ok()).flatten()
        };
        let place = |benchmark: &Benchmark| path(benchmark).map(|path| (benchmark.resolved.table.file.clone(), path));
        self.benchmarks.iter().filter_map(|(benchmark, _)| place(benchmark)).collect()
    }
}

fn with_reference(benchmark: Benchmark) -> Result<(Benchmark, Reference), ExperimentError> {
    let reference = Reference::compute(&benchmark)?;
    Ok((benchmark, reference))
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default() // settings are plain data, which is always JSON
}

/// Opens every table once.
#[derive(Default)]
pub(super) struct Tables(HashMap<String, Arc<Table>>);

impl Tables {
    /// Opens the file at `place` if it is there, otherwise what the experiment calls the table.
    pub(super) fn open(
        &mut self,
        name: &str,
        place: Option<PathBuf>,
        benchmark: &str,
    ) -> Result<Arc<Table>, BenchmarkError> {
        if let Some(open) = self.0.get(name) {
            return Ok(open.clone());
        }
        let table = match place.filter(|path| path.is_file()) {
            Some(path) => Table::open(&path),
            None => Table::find(name),
        };
        let table = table.map_err(|source| BenchmarkError::Table {
            name: benchmark.to_owned(),
            table: name.to_owned(),
            source: Box::new(source),
            hint: None,
        })?;
        Ok(self.0.entry(name.to_owned()).or_insert(Arc::new(table)).clone())
    }
}

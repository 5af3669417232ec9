//! Stored results, memory-mapped.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::ends::Ends;
use super::error::ExperimentError;
use super::folder::{Folder, Manifest, ManifestBenchmark, cell_path};
use super::import_runs::FOREIGN_LABEL;
use super::plan::{Cell, Plan, Tables};
use super::record::Stop;
use super::spec::{ExperimentSpec, Statement};
use super::store::CellFile;
use crate::base::{Digest, Hasher, read_text};
use crate::benchmark::{Benchmark, NO_ROW, TrainedRow};

/// The results of an experiment.
pub struct Results {
    /// The folder that holds them.
    pub folder: PathBuf,
    /// What they say of themselves.
    pub manifest: Manifest,
    /// The experiment that made them, with its open tables.
    pub plan: Plan,
    /// The cells that are there.
    pub cells: Vec<CellResults>,
    /// The paths of the cells that are not there yet.
    pub absent: Vec<String>,
    /// Whether the manifest has the digest that it states.
    manifest_is_sound: bool,
}

/// The results of one cell.
pub struct CellResults {
    /// Which cell.
    pub cell: Cell,
    file: CellFile,
    /// Where each run's trials begin; one more than there are runs.
    starts: Vec<usize>,
}

/// One run: columns with an element a trial.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// The published row; [`NO_ROW`](crate::benchmark::NO_ROW) for none.
    pub row: &'a [u32],
    /// The place of the label among the table's replicates; 255 for the mean.
    pub replicate: &'a [u8],
    /// What was told, in the metric's own unit.
    pub told: &'a [f64],
    /// When the trial ended, in simulated nanoseconds; empty where the benchmark has no cost.
    pub end: &'a [u64],
    /// How many asks met a row that the run had trained before.
    pub duplicates: u32,
    /// How many asks could not be trained.
    pub invalid: u32,
    /// Why the run ended.
    pub stop: Option<Stop>,
}

impl Results {
    /// Opens a results folder and the tables that it was made from, and believes only what has the digests that were stored.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn open(folder: &Path) -> Result<Self, ExperimentError> {
        Folder(folder.to_owned()).manifest()?; // before tables are opened by what it says
        let results = Self::open_unchecked(folder)?;
        let folder = Folder(results.folder.clone());
        let damaged = |cell: &&CellResults| cell.file.found_digest() != cell.file.digest;
        match results.cells.par_iter().find_first(damaged) {
            None => Ok(results),
            Some(cell) => {
                let path = cell_path(&results.plan, cell.cell);
                Err(bad_cell(
                    &folder,
                    &results.plan,
                    cell.cell,
                    format!("`{path}` is damaged: its runs do not have its digest"),
                ))
            }
        }
    }

    /// As [`Results::open`], without comparing digests: for [`verify`](super::verify), which says where the differences stand.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn open_unchecked(folder: &Path) -> Result<Self, ExperimentError> {
        let folder = Folder(folder.to_owned());
        let (manifest, manifest_is_sound) = folder.read_manifest()?;
        let plan = plan_of(&manifest, &folder.timing().tables)?;
        let (there, absent): (Vec<Cell>, Vec<Cell>) =
            plan.cells().partition(|&cell| folder.0.join(cell_path(&plan, cell)).exists());
        let open = |cell: Cell| open_cell(&folder, &manifest, &plan, cell);
        let cells: Vec<CellResults> = there.into_iter().map(open).collect::<Result<_, _>>()?;
        if cells.is_empty() {
            return Err(folder.fault(
                "holds no finished cell yet".into(),
                Some("let `nasreplay run` finish; it continues where it stopped"),
            ));
        }
        let absent = absent.into_iter().map(|cell| cell_path(&plan, cell)).collect();
        Ok(Self { folder: folder.0, manifest, plan, cells, absent, manifest_is_sound })
    }

    /// Whether the manifest states a digest of itself; those of earlier versions do not.
    pub fn manifest_has_digest(&self) -> bool {
        Folder(self.folder.clone()).states_digest()
    }

    /// Whether the manifest has the digest that it states.
    pub fn manifest_is_sound(&self) -> bool {
        self.manifest_is_sound
    }

    /// What tells these results from others in a figure: the folder's own name, wherever it lies.
    pub fn label(&self) -> String {
        let name = self.folder.file_name().map(|name| name.to_string_lossy().into_owned());
        name.unwrap_or_else(|| self.manifest.name.clone())
    }

    /// The text of the experiment, as the folder holds it; empty where it is gone.
    pub fn experiment_text(&self) -> String {
        read_text(&self.folder.join("experiment.toml")).unwrap_or_default() // results are whole without it
    }

    /// What a person said of the experiment; nothing where its text is gone or of another version.
    pub fn statement(&self) -> Statement {
        ExperimentSpec::parse(&self.experiment_text()).map(|spec| spec.statement).unwrap_or_default()
    }

    /// The digest of all cells together: what random numbers of statistics are keyed by.
    pub fn digest(&self) -> Digest {
        let mut hasher = Hasher::default();
        self.cells.iter().for_each(|cell| _ = hasher.part("cell", &cell.digest().0));
        hasher.finish()
    }

    /// The trained rows that the runs on a benchmark stand on; the first cell's of equals.
    pub fn trained(&self, benchmark: usize) -> BTreeMap<u32, &TrainedRow> {
        let from = self.plan.benchmarks[benchmark].0.trained_rows_from();
        let rows = self.of_benchmark(benchmark).flat_map(|cell| &cell.file.trained);
        let mut trained = BTreeMap::new();
        rows.for_each(|row| _ = trained.entry(from.wrapping_add(row.arch.0 as u32)).or_insert(row));
        trained
    }

    /// The cells of a benchmark, in the order of the strategies.
    pub fn of_benchmark(&self, benchmark: usize) -> impl Iterator<Item = &CellResults> {
        self.cells.iter().filter(move |cell| cell.cell.benchmark == benchmark)
    }
}

/// What to do where the table of stored results is not found.
fn moved(was_at: Option<PathBuf>) -> Option<String> {
    was_at.map(|path| {
        format!(
            "when the results were made it was at `{}`: put it back, or where the present folder has it by the experiment's own name for it, or into a folder named by NASREPLAY_TABLES",
            path.display()
        )
    })
}

/// Opens a cell whose file is there.
fn open_cell(folder: &Folder, manifest: &Manifest, plan: &Plan, cell: Cell) -> Result<CellResults, ExperimentError> {
    let path = cell_path(plan, cell);
    let fault = |what: String| bad_cell(folder, plan, cell, what);
    let file =
        CellFile::open(&folder.0.join(&path)).map_err(|error| fault(format!("`{path}` cannot be read: {error}")))?;
    if manifest.cells.get(&path) != Some(&file.header.key) {
        let what = format!("`{path}` does not belong to manifest.json");
        let hint = match plan.strategy(cell).imported {
            None => "run the experiment again with `--replace`",
            Some(_) => "import its list again with `--replace`",
        };
        return Err(folder.fault(what, Some(hint)));
    }
    let benchmark = plan.benchmark(cell);
    let rows = benchmark.table.rows();
    let known = |row: u32| {
        let trained = benchmark.trained_arch(row);
        let stored = trained.and_then(|arch| file.trained.binary_search_by_key(&arch, |row| row.arch).ok());
        (row as usize) < rows || row == NO_ROW || stored.is_some()
    };
    match file.row.as_slice().iter().find(|&&row| !known(row)) {
        None => Ok(CellResults::new(cell, file)),
        Some(row) => Err(fault(format!("`{path}` is damaged: it has a trial on row {row} of a table of {rows} rows"))),
    }
}

/// A cell that cannot be believed, with what mends it.
fn bad_cell(folder: &Folder, plan: &Plan, cell: Cell, what: String) -> ExperimentError {
    let remedy = match plan.strategy(cell).imported {
        None => "`nasreplay run` with the experiment that made it, into this folder, replays what is damaged",
        Some(_) => "import its list again with `--replace`",
    };
    folder.fault(what, Some(remedy))
}

/// The plan that results were made by; `places` says where tables were found then.
fn plan_of(manifest: &Manifest, places: &HashMap<String, PathBuf>) -> Result<Plan, ExperimentError> {
    let mut tables = Tables::default();
    let mut benchmarks = Vec::new();
    for ManifestBenchmark { resolved, reference } in &manifest.benchmarks {
        let place = places.get(&resolved.table.file).cloned();
        let was_at = place.clone();
        let table =
            tables.open(&resolved.table.file, place, &resolved.name).map_err(|error| error.with_hint(moved(was_at)))?;
        benchmarks.push((Benchmark::reopen(resolved.clone(), table)?, reference.clone()));
    }
    let Manifest { name, seed, runs, strategies, .. } = manifest.clone();
    Ok(Plan { name, seed, runs, benchmarks, strategies, trainers: HashMap::new() })
}

impl CellResults {
    fn new(cell: Cell, file: CellFile) -> Self {
        let mut starts = vec![0];
        let mut sum = 0;
        starts.extend(file.trials.as_slice().iter().map(|&count| {
            sum += count as usize;
            sum
        }));
        Self { cell, file, starts }
    }

    /// The digest of the cell's trajectories, as its file states it.
    pub fn digest(&self) -> Digest {
        self.file.digest
    }

    /// The number of runs.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many trials were told a value of no replicate, as imported ones may be.
    pub fn foreign(&self) -> usize {
        self.file.replicate.as_slice().iter().filter(|&&label| label == FOREIGN_LABEL).count()
    }

    /// How many trials all runs have together.
    pub fn trials(&self) -> usize {
        self.file.row.as_slice().len()
    }

    /// How its runs ended.
    pub fn ends(&self) -> Ends {
        self.file.ends()
    }

    /// Whether the cell has no run.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A run.
    ///
    /// # Panics
    /// Panics when the run is not below [`CellResults::len`].
    pub fn run(&self, run: usize) -> Run<'_> {
        let trials = self.starts[run]..self.starts[run + 1];
        let end = self.file.end.as_slice();
        Run {
            row: &self.file.row.as_slice()[trials.clone()],
            replicate: &self.file.replicate.as_slice()[trials.clone()],
            told: &self.file.told.as_slice()[trials.clone()],
            end: if end.is_empty() { end } else { &end[trials] },
            duplicates: self.file.duplicates.as_slice()[run],
            invalid: self.file.invalid.as_slice()[run],
            stop: Stop::from_number(self.file.stop.as_slice()[run]),
        }
    }

    /// The runs, in their order.
    pub fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        (0..self.len()).map(|run| self.run(run))
    }

    pub(super) fn file(&self) -> &CellFile {
        &self.file
    }
}
